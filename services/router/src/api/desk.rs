//! `swiftline.router.v1.Desk`.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt as _};
use swiftline_domain::case::Case;
use swiftline_proto::convert::id;
use swiftline_proto::router::v1::desk_server::Desk;
use swiftline_proto::router::v1::{
    OrderOffer, ResumeRequest, ResumeResponse, ReturnRequest, ReturnResponse, SignRequest,
    SignResponse, SuspendRequest, SuspendResponse, TransferRequest, TransferResponse, WatchRequest,
    WatchResponse,
};
use swiftline_rpc::to_status;
use swiftline_runtime::CancellationToken;
use tonic::{Request, Response, Status};

use super::{answer, convert, told};
use crate::desk::Signed;
use crate::engine::Engine;
use crate::error::Error;
use crate::watch::{Bells, WatchEnd, WatchOptions, watch};

/// The desk of a team.
#[derive(Debug)]
pub(crate) struct DeskApi {
    /// Does it.
    pub(crate) engine: Arc<Engine>,
    /// Wakes those who watch.
    pub(crate) bells: Arc<Bells>,
    /// How often a watched queue is looked at without a bell.
    pub(crate) poll: Duration,
    /// Ends those who watch.
    pub(crate) stop: CancellationToken,
}

impl DeskApi {
    fn watch(
        &self,
        request: &WatchRequest,
    ) -> Result<impl Stream<Item = Result<Vec<OrderOffer>, WatchEnd>> + use<>, Error> {
        let team = id(&request.team, "team")?;
        let team: &swiftline_domain::id::TeamId = &team;
        self.engine.team(team.as_str(), "team")?;
        let options = WatchOptions {
            once: request.once,
            poll: self.poll,
            stop: self.stop.clone(),
        };
        let store = self.engine.store.clone();
        Ok(watch(store, &self.bells, team.clone(), options))
    }

    async fn sign(&self, request: SignRequest) -> Result<Signed, Error> {
        self.engine.sign(&convert::claim(request.claim)?).await
    }

    async fn give_back(&self, request: ReturnRequest) -> Result<Case, Error> {
        let claim = convert::claim(request.claim)?;
        let grounds = convert::grounds(request.reason, request.note)?;
        self.engine.give_back(&claim, &grounds).await
    }

    async fn transfer(&self, request: TransferRequest) -> Result<Case, Error> {
        let claim = convert::claim(request.claim)?;
        let grounds = convert::grounds(request.reason, request.note)?;
        let to = id(&request.to, "to")?;
        self.engine.transfer(&claim, &to, &grounds).await
    }

    async fn suspend(&self, request: SuspendRequest) -> Result<Case, Error> {
        let claim = convert::claim(request.claim)?;
        let reason = convert::required_words(request.reason, "reason")?;
        let approved_by = id(&request.approved_by, "approved_by")?;
        self.engine.suspend(&claim, &reason, &approved_by).await
    }

    async fn resume(&self, request: ResumeRequest) -> Result<Case, Error> {
        self.engine.resume(&convert::claim(request.claim)?).await
    }
}

#[tonic::async_trait]
impl Desk for DeskApi {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<WatchResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let orders = Self::watch(self, request.get_ref()).map_err(|error| to_status(&error))?;
        let pages = orders.map(|page| match page {
            Ok(offers) => Ok(WatchResponse { offers }),
            Err(WatchEnd::Draining) => Err(Status::unavailable(WatchEnd::Draining.to_string())),
            Err(WatchEnd::Store(error)) => Err(to_status(&Error::from(error))),
        });
        Ok(Response::new(Box::pin(pages)))
    }

    async fn sign(&self, request: Request<SignRequest>) -> Result<Response<SignResponse>, Status> {
        answer(Self::sign(self, request.into_inner()).await, |signed| {
            SignResponse {
                case: Some((&signed.case).into()),
                complaint: Some(signed.complaint.shown()),
                contact: signed.contact,
                already: signed.already,
            }
        })
    }

    async fn r#return(
        &self,
        request: Request<ReturnRequest>,
    ) -> Result<Response<ReturnResponse>, Status> {
        let case = self.give_back(request.into_inner()).await;
        answer(case, |case| ReturnResponse { case: told(&case) })
    }

    async fn transfer(
        &self,
        request: Request<TransferRequest>,
    ) -> Result<Response<TransferResponse>, Status> {
        let case = Self::transfer(self, request.into_inner()).await;
        answer(case, |case| TransferResponse { case: told(&case) })
    }

    async fn suspend(
        &self,
        request: Request<SuspendRequest>,
    ) -> Result<Response<SuspendResponse>, Status> {
        let case = Self::suspend(self, request.into_inner()).await;
        answer(case, |case| SuspendResponse { case: told(&case) })
    }

    async fn resume(
        &self,
        request: Request<ResumeRequest>,
    ) -> Result<Response<ResumeResponse>, Status> {
        let case = Self::resume(self, request.into_inner()).await;
        answer(case, |case| ResumeResponse { case: told(&case) })
    }
}
