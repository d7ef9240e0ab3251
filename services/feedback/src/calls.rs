//! The citizens who are to be asked whether their matter is settled: who calls whom next.
//!
//! The commit that resolves a case puts it on the list of its language, a recorded callback takes it off or sets its next
//! time. Whoever takes a case has it for a while; a call that nobody records comes up again.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use swiftline_domain::id::ActorId;
use swiftline_domain::vocabulary::Language;
use swiftline_proto::convert::{self, ConvertError, timestamp};
use swiftline_proto::feedback::v1::callbacks_server::Callbacks;
use swiftline_proto::feedback::v1::{
    Call, InviteRequest, InviteResponse, LanguageCount, NextRequest, NextResponse, WaitingRequest,
    WaitingResponse,
};
use swiftline_runtime::CancellationToken;
use swiftline_store::Stored;
use swiftline_telemetry::hop;
use tonic::{Request, Response, Status};

use crate::Engine;
use crate::api::refused;
use crate::error::FeedbackError;

/// The most cases that one call takes.
const MAX_CALLS: u32 = 50;

impl Engine {
    /// Takes up to `limit` cases whose citizens speak one of these languages, the oldest of each partition first.
    async fn next_calls(
        &self,
        languages: &[Language],
        limit: usize,
        actor: &ActorId,
    ) -> Result<Vec<Call>, FeedbackError> {
        let store = &self.cases.store;
        let lease = Duration::from_millis(self.callbacks.lease_ms);
        let now = Timestamp::now();
        let until = now.saturating_add(SignedDuration::try_from(lease).unwrap_or_default());
        let until = until.unwrap_or(now);
        // Each operator begins somewhere else, so that no partition's citizens wait for the others'.
        let mut partitions: Vec<_> = store.partitions().collect();
        let first = rand::random_range(0..partitions.len().max(1));
        partitions.rotate_left(first);
        let mut calls = Vec::new();
        for partition in partitions {
            for language in languages {
                let wanted = limit - calls.len();
                if wanted == 0 {
                    return Ok(calls);
                }
                let numbers = store
                    .claim_calls(partition, *language, now, lease, wanted)
                    .await?;
                let cases = store.load_many(partition, &numbers).await?;
                // What was settled between the list and the look is not called.
                let waits = |stored: &Stored| stored.case.call_at.is_some();
                let cases = cases.into_iter().flatten().filter(waits);
                calls.extend(cases.map(|stored| self.call(stored, actor, until)));
            }
        }
        Ok(calls)
    }

    fn call(&self, stored: Stored, actor: &ActorId, until: Timestamp) -> Call {
        let keyring = self.keyring.as_ref();
        Call {
            contact: keyring.and_then(|keys| keys.contact_for(&stored, actor)),
            case: Some((&stored.case).into()),
            complaint: Some(stored.complaint.shown()),
            until: Some(timestamp(until)),
        }
    }

    async fn calls_waiting(&self) -> Result<Vec<LanguageCount>, FeedbackError> {
        let now = Timestamp::now();
        let undetermined = std::iter::once(Language::UNDETERMINED);
        let spoken = self.pack.city.languages.iter().copied();
        let mut counts = Vec::new();
        for language in spoken.chain(undetermined) {
            counts.push(LanguageCount {
                waiting: self.cases.store.calls_due(language, now).await?,
                language: language.to_string(),
            });
        }
        Ok(counts)
    }
}

/// Keeps what metrics say of waiting calls fresh until told to stop.
pub(crate) async fn follow(engine: &Engine, stop: &CancellationToken) {
    let every = Duration::from_millis(engine.callbacks.look_ms);
    while !stop.is_cancelled() {
        match engine.calls_waiting().await {
            Ok(counts) => engine.metrics.calls_waiting(&counts),
            // What was seen last stays: the store says for itself that it is away.
            Err(error) => tracing::debug!(reason = error.to_string(), "calls not looked at"),
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// What serves the calls.
pub(crate) struct CallsApi(pub(crate) Arc<Engine>);

#[tonic::async_trait]
impl Callbacks for CallsApi {
    async fn next(&self, request: Request<NextRequest>) -> Result<Response<NextResponse>, Status> {
        let request = request.into_inner();
        let actor = convert::id(&request.actor, "actor").map_err(refused)?;
        let languages = languages(&request.languages).map_err(refused)?;
        let limit = request.limit.clamp(1, MAX_CALLS) as usize;
        let calls = self.0.next_calls(&languages, limit, &actor).await;
        let calls = calls.map_err(refused)?;
        Ok(Response::new(NextResponse { calls }))
    }

    async fn waiting(
        &self,
        _: Request<WaitingRequest>,
    ) -> Result<Response<WaitingResponse>, Status> {
        let languages = self.0.calls_waiting().await.map_err(refused)?;
        Ok(Response::new(WaitingResponse { languages }))
    }

    async fn invite(
        &self,
        request: Request<InviteRequest>,
    ) -> Result<Response<InviteResponse>, Status> {
        let request = request.into_inner();
        let number = convert::case_number(&request.case_number, "case_number").map_err(refused)?;
        let via = convert::required(request.via, "via").map_err(refused)?;
        let actor = convert::id(&request.actor, "actor").map_err(refused)?;
        hop::case_current(&number.to_string());
        let invited = self.0.invite(number, via, &actor).await.map_err(refused)?;
        Ok(Response::new(InviteResponse {
            until: Some(timestamp(invited.until)),
            message_id: invited.message_id,
        }))
    }
}

fn languages(codes: &[String]) -> Result<Vec<Language>, ConvertError> {
    if codes.is_empty() {
        let reason = "is required: at least one that the operator speaks";
        return Err(ConvertError::new("languages", reason));
    }
    let language = |(at, code): (usize, &String)| {
        let read = code.parse();
        read.map_err(|error| ConvertError::new(format!("languages[{at}]"), format!("{error}")))
    };
    codes.iter().enumerate().map(language).collect()
}
