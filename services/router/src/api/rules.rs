//! `swiftline.router.v1.Rules`.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use futures::stream;
use swiftline_domain::rules::workflow::Ended;
use swiftline_proto::convert::ConvertError;
use swiftline_proto::router::v1 as wire;
use swiftline_proto::router::v1::check_request::Rules as CheckOf;
use swiftline_proto::router::v1::rules_server::Rules;
use swiftline_rpc::to_status;
use tonic::{Request, Response, Status};

use super::answer;
use super::{convert_rules as convert, history};
use crate::engine::Engine;
use crate::error::Error;
use crate::rules::Text;

/// Entries of the audit log in one message.
const AUDIT_PAGE: usize = 200;
/// Versions that are listed when nothing is said, and at most.
const VERSIONS: (usize, usize) = (50, 1_000);
/// What an answer needs of the time that its call may take.
const TO_ANSWER: Duration = Duration::from_secs(1);
/// The header that says how long a caller waits.
const GRPC_TIMEOUT: &str = "grpc-timeout";

/// How rules change.
#[derive(Debug)]
pub(crate) struct RulesApi {
    /// Does it.
    pub(crate) engine: Arc<Engine>,
    /// How long a call may take whose caller says nothing.
    pub(crate) default_deadline: Duration,
}

impl RulesApi {
    async fn check(&self, request: wire::CheckRequest) -> Result<wire::CheckResponse, Error> {
        let checked = match request.rules {
            Some(CheckOf::Text(text)) => self.engine.check(Text::new(text)?).await?,
            Some(CheckOf::Digest(digest)) => self.engine.check_version(&digest).await?,
            None => {
                return Err(ConvertError::new("rules", "is required: a text or a digest").into());
            }
        };
        Ok(convert::checked(&checked))
    }

    async fn propose(&self, request: wire::ProposeRequest) -> Result<wire::ProposeResponse, Error> {
        let by = convert::by(&request.actor, request.reason)?;
        let proposed = self.engine.propose(Text::new(request.text)?, &by).await?;
        Ok(convert::proposed(&proposed))
    }

    async fn approve(&self, request: wire::ApproveRequest) -> Result<wire::Version, Error> {
        let by = convert::by(&request.actor, request.reason)?;
        let approved = self
            .engine
            .approve(&request.digest, &request.lint, &request.replay, &by)
            .await?;
        Ok(convert::version(&approved))
    }

    async fn reject(&self, request: wire::RejectRequest) -> Result<wire::Version, Error> {
        let by = convert::by(&request.actor, request.reason)?;
        let rejected = self.engine.reject(&request.digest, &by).await?;
        Ok(convert::version(&rejected))
    }

    async fn shadow(&self, request: wire::ShadowRequest) -> Result<wire::RulesStatus, Error> {
        let by = convert::by(&request.actor, request.reason)?;
        self.engine.shadow(&request.digest, &by).await?;
        self.status().await
    }

    async fn canary(&self, request: wire::CanaryRequest) -> Result<wire::RulesStatus, Error> {
        let by = convert::by(&request.actor, request.reason)?;
        if request.digest.is_empty() {
            self.engine.end_canary(Ended::ByHand, &by).await?;
        } else {
            let districts = convert::districts(&request.districts)?;
            let bounds = convert::bounds(request.bounds)?;
            let digest = &request.digest;
            self.engine
                .start_canary(digest, districts, bounds, &by)
                .await?;
        }
        self.status().await
    }

    async fn activate(
        &self,
        request: wire::ActivateRequest,
        longest: Duration,
    ) -> Result<wire::ActivateResponse, Error> {
        let what = convert::activate(&request, longest)?;
        let by = convert::by(&request.actor, request.reason)?;
        let activated = self.engine.activate(what, &by).await?;
        let status = self.engine.rules_status().await?;
        let mut answer = convert::activated(activated, status);
        answer
            .status
            .iter_mut()
            .for_each(|status| self.count(status));
        Ok(answer)
    }

    async fn status(&self) -> Result<wire::RulesStatus, Error> {
        let mut status = convert::status(self.engine.rules_status().await?);
        self.count(&mut status);
        Ok(status)
    }

    /// Adds what the log does not say: how many rules the pack's own set has. This router knows if it serves it.
    fn count(&self, status: &mut wire::RulesStatus) {
        let versions = [&mut status.active, &mut status.canary, &mut status.shadow];
        for version in versions.into_iter().flatten() {
            self.count_of(version);
        }
    }

    fn count_of(&self, version: &mut wire::Version) {
        if version.rules == 0
            && let Some(known) = self.engine.rules_at_hand(&version.digest)
        {
            version.rules = u32::try_from(known).unwrap_or(u32::MAX);
        }
    }

    async fn history(&self, limit: u32) -> Result<Vec<wire::Version>, Error> {
        let workflow = self.engine.catch_up().await?;
        let (some, most) = VERSIONS;
        let limit = match usize::try_from(limit).unwrap_or(most) {
            0 => some,
            limit => limit.min(most),
        };
        let mut versions: Vec<_> = workflow.versions().collect();
        versions.sort_by_key(|version| std::cmp::Reverse(version.proposed.seq));
        let newest = versions.into_iter().take(limit);
        let counted = newest.map(convert::version).map(|mut version| {
            self.count_of(&mut version);
            version
        });
        Ok(counted.collect())
    }

    /// The audit log from an entry on, as it is stored, page by page.
    fn audit(&self, from: u64) -> impl Stream<Item = Result<wire::AuditResponse, Status>> + use<> {
        let engine = Arc::clone(&self.engine);
        stream::try_unfold(from, move |from| {
            let engine = Arc::clone(&engine);
            async move {
                let lines = engine.store.rules().entries(from, AUDIT_PAGE).await;
                let lines = lines.map_err(|error| to_status(&Error::from(error)))?;
                if lines.is_empty() {
                    return Ok(None);
                }
                let next = from + lines.len() as u64;
                // Whoever verifies must see what is stored, not what we make of it.
                let entries = lines
                    .into_iter()
                    .map(|line| String::from_utf8_lossy(&line).into_owned())
                    .collect();
                Ok(Some((wire::AuditResponse { entries }, next)))
            }
        })
    }

    /// How long an activation may wait: an answer that comes after the call's deadline is none.
    fn longest_wait<T>(&self, request: &Request<T>) -> Duration {
        if request.metadata().contains_key(GRPC_TIMEOUT) {
            Duration::MAX // the caller knows
        } else {
            self.default_deadline.saturating_sub(TO_ANSWER)
        }
    }
}

pub(super) type Replies<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl Rules for RulesApi {
    type ReplayStream = Replies<wire::ReplayResponse>;
    type AuditStream = Replies<wire::AuditResponse>;

    async fn check(
        &self,
        request: Request<wire::CheckRequest>,
    ) -> Result<Response<wire::CheckResponse>, Status> {
        answer(Self::check(self, request.into_inner()).await, |it| it)
    }

    async fn replay(
        &self,
        request: Request<wire::ReplayRequest>,
    ) -> Result<Response<Self::ReplayStream>, Status> {
        let steps = history::replay(&self.engine, request.into_inner()).await;
        answer(steps, |steps| steps)
    }

    async fn propose(
        &self,
        request: Request<wire::ProposeRequest>,
    ) -> Result<Response<wire::ProposeResponse>, Status> {
        answer(Self::propose(self, request.into_inner()).await, |it| it)
    }

    async fn approve(
        &self,
        request: Request<wire::ApproveRequest>,
    ) -> Result<Response<wire::ApproveResponse>, Status> {
        answer(Self::approve(self, request.into_inner()).await, |version| {
            wire::ApproveResponse {
                version: Some(version),
            }
        })
    }

    async fn reject(
        &self,
        request: Request<wire::RejectRequest>,
    ) -> Result<Response<wire::RejectResponse>, Status> {
        answer(Self::reject(self, request.into_inner()).await, |version| {
            wire::RejectResponse {
                version: Some(version),
            }
        })
    }

    async fn shadow(
        &self,
        request: Request<wire::ShadowRequest>,
    ) -> Result<Response<wire::ShadowResponse>, Status> {
        answer(Self::shadow(self, request.into_inner()).await, |status| {
            wire::ShadowResponse {
                status: Some(status),
            }
        })
    }

    async fn canary(
        &self,
        request: Request<wire::CanaryRequest>,
    ) -> Result<Response<wire::CanaryResponse>, Status> {
        answer(Self::canary(self, request.into_inner()).await, |status| {
            wire::CanaryResponse {
                status: Some(status),
            }
        })
    }

    async fn activate(
        &self,
        request: Request<wire::ActivateRequest>,
    ) -> Result<Response<wire::ActivateResponse>, Status> {
        let longest = self.longest_wait(&request);
        let activated = Self::activate(self, request.into_inner(), longest).await;
        answer(activated, |it| it)
    }

    async fn status(
        &self,
        _: Request<wire::StatusRequest>,
    ) -> Result<Response<wire::StatusResponse>, Status> {
        answer(Self::status(self).await, |status| wire::StatusResponse {
            status: Some(status),
        })
    }

    async fn history(
        &self,
        request: Request<wire::HistoryRequest>,
    ) -> Result<Response<wire::HistoryResponse>, Status> {
        let versions = Self::history(self, request.get_ref().limit).await;
        answer(versions, |versions| wire::HistoryResponse { versions })
    }

    async fn show(
        &self,
        request: Request<wire::ShowRequest>,
    ) -> Result<Response<wire::ShowResponse>, Status> {
        let shown = self.engine.show_rules(&request.get_ref().digest).await;
        answer(shown.map(convert::shown), |mut shown| {
            shown.version.iter_mut().for_each(|one| self.count_of(one));
            shown
        })
    }

    async fn audit(
        &self,
        request: Request<wire::AuditRequest>,
    ) -> Result<Response<Self::AuditStream>, Status> {
        Ok(Response::new(Box::pin(Self::audit(
            self,
            request.get_ref().from,
        ))))
    }

    async fn suggest(
        &self,
        request: Request<wire::SuggestRequest>,
    ) -> Result<Response<wire::SuggestResponse>, Status> {
        let suggested = history::suggest(&self.engine, request.into_inner()).await;
        answer(suggested, |it| it)
    }
}
