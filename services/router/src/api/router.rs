//! `swiftline.router.v1.Router`.

use std::sync::Arc;

use swiftline_proto::convert::{ConvertError, case_number, required};
use swiftline_proto::router::v1::explain_request::Subject;
use swiftline_proto::router::v1::router_server::Router;
use swiftline_proto::router::v1::{
    DispatchRequest, DispatchResponse, ExplainRequest, ExplainResponse, ReopenRequest,
    ReopenResponse, RouteRequest, RouteResponse,
};
use tonic::{Request, Response, Status};

use super::{answer, convert};
use crate::engine::Engine;
use crate::error::Error;

/// Decides whose a case is.
#[derive(Debug)]
pub(crate) struct RouterApi(pub(crate) Arc<Engine>);

impl RouterApi {
    async fn route(&self, request: RouteRequest) -> Result<RouteResponse, Error> {
        let items = convert::items(request)?;
        let routed = self.0.route(&items).await?;
        let results = items
            .iter()
            .zip(routed)
            .map(|(item, routed)| convert::routed(item.number.to_string(), routed));
        Ok(RouteResponse {
            results: results.collect(),
        })
    }

    async fn explain(&self, request: ExplainRequest) -> Result<ExplainResponse, Error> {
        let explained = match request.subject {
            Some(Subject::CaseNumber(number)) => {
                let number = case_number(&number, "case_number")?;
                self.0.explain_case(number).await?
            }
            Some(Subject::Facts(item)) => {
                let facts = convert::facts(item, self.0.clock.now())?;
                self.0.explain_facts(&facts)
            }
            None => {
                let reason = "is required: a case number or facts";
                return Err(ConvertError::new("subject", reason).into());
            }
        };
        Ok(convert::explanation(explained))
    }

    async fn dispatch(&self, request: DispatchRequest) -> Result<DispatchResponse, Error> {
        let number = case_number(&request.case_number, "case_number")?;
        let verdict = convert::verdict(&request)?;
        let offer = self.0.dispatch(number, &verdict).await?;
        Ok(DispatchResponse {
            offer: Some((&offer).into()),
        })
    }

    async fn reopen(&self, request: ReopenRequest) -> Result<ReopenResponse, Error> {
        let number = case_number(&request.case_number, "case_number")?;
        let reason = required(request.reason, "reason")?;
        let case = self.0.reopen(number, reason).await?;
        Ok(ReopenResponse {
            case: Some((&case).into()),
        })
    }
}

#[tonic::async_trait]
impl Router for RouterApi {
    async fn route(
        &self,
        request: Request<RouteRequest>,
    ) -> Result<Response<RouteResponse>, Status> {
        answer(Self::route(self, request.into_inner()).await, |it| it)
    }

    async fn explain(
        &self,
        request: Request<ExplainRequest>,
    ) -> Result<Response<ExplainResponse>, Status> {
        answer(Self::explain(self, request.into_inner()).await, |it| it)
    }

    async fn dispatch(
        &self,
        request: Request<DispatchRequest>,
    ) -> Result<Response<DispatchResponse>, Status> {
        answer(Self::dispatch(self, request.into_inner()).await, |it| it)
    }

    async fn reopen(
        &self,
        request: Request<ReopenRequest>,
    ) -> Result<Response<ReopenResponse>, Status> {
        answer(Self::reopen(self, request.into_inner()).await, |it| it)
    }
}
