//! Reopening: the router does it, because a reopened case needs an offer. This asks it to, and understands its answers.
//!
//! The router's `Reopen` works once: the case must be finished. So it may be asked again after a lost answer; it then refuses,
//! and the case itself tells that it has been reopened.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::FutureExt as _;
use swiftline_domain::case::{Callback, Case, Command, ReopenReason};
use swiftline_domain::city::CityPack;
use swiftline_domain::number::CaseNumber;
use swiftline_proto::convert::{self, to_wire};
use swiftline_proto::router::v1::ReopenRequest;
use swiftline_proto::router::v1::handling_client::HandlingClient;
use swiftline_proto::router::v1::router_client::RouterClient;
use swiftline_rpc::{Annotations, Channel, ClientError, ClientSettings, RetryPolicy, retry};
use swiftline_runtime::Context;
use swiftline_telemetry::Hop;
use tonic::{Code, Request, Status};

use crate::change::Cases;
use crate::error::FeedbackError;
use crate::settings::ReopenSettings;
use crate::spans;

/// Whether the citizen says that it is not solved, or is not satisfied. Whether that reopens the case is for the city pack to
/// say, and depends on the case.
pub(crate) fn is_discontent(callback: &Callback) -> bool {
    callback.reached && (callback.solved == Some(false) || callback.satisfied == Some(false))
}

/// Asks the router. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Reopener {
    pub(crate) cases: Cases,
    pack: Arc<CityPack>,
    channel: Channel,
    client: RouterClient<Channel>,
    policy: RetryPolicy,
    within: Duration,
}

impl Reopener {
    pub(crate) fn new(
        router: &ClientSettings,
        settings: &ReopenSettings,
        cases: Cases,
        pack: Arc<CityPack>,
        context: &Context,
    ) -> Result<Self, ClientError> {
        let channel = Channel::over(router, context.tls.as_ref(), &context.instruments)?;
        let client = RouterClient::new(channel.clone())
            .max_encoding_message_size(router.max_request_bytes)
            .max_decoding_message_size(router.max_response_bytes);
        Ok(Self {
            cases,
            pack,
            channel,
            client,
            policy: router.retry_policy(),
            within: Duration::from_millis(settings.within_ms),
        })
    }

    /// The router's other calls, over the same connections.
    pub(crate) fn handling(&self) -> HandlingClient<Channel> {
        HandlingClient::new(self.channel.clone())
    }

    /// Whether a router is connected.
    pub(crate) fn is_connected(&self) -> bool {
        self.channel.live() > 0
    }

    /// Why the city has the case taken up again, after what its citizen has said; `None` when it does not, or somebody has
    /// taken it up already.
    pub(crate) fn wanted(&self, case: &Case) -> Option<ReopenReason> {
        let callback = case.callback.as_ref()?;
        self.pack.city.callbacks.reopens(case, callback)
    }

    /// Somebody asks for it, for a reason of theirs. Refused here if the case's state forbids it.
    pub(crate) async fn by_request(
        &self,
        number: CaseNumber,
        reason: ReopenReason,
    ) -> Result<Case, FeedbackError> {
        let stored = self.cases.load(number).await?;
        let refused = |refusal| FeedbackError::Refused { number, refusal };
        let now = stored.case.updated_at;
        let decided = stored.case.decide(Command::Reopen { reason }, now);
        decided.map_err(refused)?;
        let tracer = &self.cases.tracer;
        let mut hop = spans::step(tracer, "reopen", &number.to_string(), &stored.trace);
        let answer = self.ask_in(&stored.case, reason, &self.policy, &hop).await;
        answer.inspect_err(|_| hop.error("router"))
    }

    /// A callback asked for it just now: tried for as long as whoever recorded it may be kept waiting.
    pub(crate) async fn at_once(
        &self,
        case: &Case,
        reason: ReopenReason,
    ) -> Result<Case, FeedbackError> {
        let asking = self.ask(case, reason, &self.policy);
        let late = |_| FeedbackError::RouterAway;
        tokio::time::timeout(self.within, asking)
            .await
            .map_err(late)?
    }

    /// A callback asked for it a while ago: tried once, as part of the span.
    pub(crate) async fn later(
        &self,
        case: &Case,
        reason: ReopenReason,
        hop: &Hop,
    ) -> Result<Case, FeedbackError> {
        let once = RetryPolicy {
            attempts: 1,
            ..self.policy
        };
        self.ask_in(case, reason, &once, hop).await
    }

    /// Asks as part of this span.
    async fn ask_in(
        &self,
        case: &Case,
        reason: ReopenReason,
        policy: &RetryPolicy,
        hop: &Hop,
    ) -> Result<Case, FeedbackError> {
        let within = hop.context().to_context();
        self.ask(case, reason, policy).with_context(within).await
    }

    async fn ask(
        &self,
        before: &Case,
        reason: ReopenReason,
        policy: &RetryPolicy,
    ) -> Result<Case, FeedbackError> {
        let number = before.number;
        match retry(policy, || self.call(number, reason)).await {
            Ok(case) => Ok(case),
            Err(status) => match status.code() {
                Code::Unavailable
                | Code::ResourceExhausted
                | Code::DeadlineExceeded
                | Code::Aborted
                | Code::Cancelled => Err(FeedbackError::RouterAway),
                Code::FailedPrecondition => self.reopened_since(before, status).await,
                _ => Err(refused(number, status)),
            },
        }
    }

    async fn call(&self, number: CaseNumber, reason: ReopenReason) -> Result<Case, Status> {
        let case_number = number.to_string();
        let annotations = Annotations::case(&case_number);
        let mut request = Request::new(ReopenRequest {
            case_number,
            reason: to_wire(reason),
        });
        request.extensions_mut().insert(annotations);
        let answer = self.client.clone().reopen(request).await?.into_inner();
        convert::present(answer.case, "case")
            .and_then(|case| Case::try_from(case).map_err(|error| error.within("case")))
            .map_err(|error| Status::internal(format!("the router's answer: {error}")))
    }

    /// The router refuses: because an earlier call has done it, whose answer was lost, or because somebody else has?
    async fn reopened_since(&self, before: &Case, status: Status) -> Result<Case, FeedbackError> {
        let now = self.cases.load(before.number).await?.case;
        if now.reopened > before.reopened {
            return Ok(now);
        }
        Err(refused(before.number, status))
    }
}

fn refused(number: CaseNumber, status: Status) -> FeedbackError {
    let status = Box::new(status);
    FeedbackError::Router { number, status }
}
