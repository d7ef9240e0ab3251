//! Takes answers in: `POST /v1/answers`, signed as Standard Webhooks says.
//!
//! | status | when |
//! |---|---|
//! | 200 `{"recorded": true}` | the answer is kept; `false`: there was one already, and nothing has changed |
//! | 400 | a field is wrong: `field` and `reason` say which and why |
//! | 401 | not signed, signed with another secret, or more than five minutes old |
//! | 404 | no invitation was ever sent under this token or id |
//! | 408, 413 | the body does not come, or is larger than 16 KiB |
//! | 410 | too late: the time is over, or the case has moved on since |
//! | 503 | not now; the same may be sent again |

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use bytes::Bytes;
use jiff::Timestamp;
use opentelemetry::trace::FutureExt as _;
use serde_json::json;
use swiftline_domain::case::{Case, Command, Refusal, State as CaseState};
use swiftline_domain::id::ActorId;
use swiftline_proto::types::v1::event::Event;
use swiftline_runtime::CancellationToken;
use swiftline_telemetry::{Hop, SpanKind};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::Gateway;
use super::answer::{self, Answer, Subject, Wrong};
use super::pass::Pass;
use super::port::{ID, SIGNATURE, TIMESTAMP};
use crate::Engine;
use crate::callbacks::Word;
use crate::error::FeedbackError;

/// Where answers are posted.
const PATH: &str = "/v1/answers";
/// The largest body, in bytes.
const MAX_BYTES: usize = 16 * 1024;
/// A body has to be there after so long.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// How far a message's time may be from ours, in seconds.
const TOLERANCE: u64 = 300;
/// Who records what comes in.
const ACTOR: &str = "gateway";

/// Why an answer is not taken.
#[derive(Debug)]
enum Refused {
    Field(Wrong),
    NotSigned,
    Unknown,
    TooSlow,
    Gone,
    TooLarge,
    Busy,
    Away,
    Internal,
}

impl Refused {
    /// The status, and the word for it in answers, metrics and spans.
    fn told(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Field(_) => (StatusCode::BAD_REQUEST, "invalid"),
            Self::NotSigned => (StatusCode::UNAUTHORIZED, "not_signed"),
            Self::Unknown => (StatusCode::NOT_FOUND, "unknown"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "too_slow"),
            Self::Gone => (StatusCode::GONE, "gone"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::Away => (StatusCode::SERVICE_UNAVAILABLE, "away"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }
}

/// What serves the answers.
pub(crate) struct Endpoint {
    engine: Arc<Engine>,
    gateway: Arc<Gateway>,
    actor: ActorId,
    places: Semaphore,
}

impl Endpoint {
    /// `None` when no gateway is set up.
    pub(crate) fn new(engine: &Arc<Engine>) -> Option<Self> {
        let gateway = Arc::clone(engine.gateway.as_ref()?);
        Some(Self {
            places: Semaphore::new(gateway.settings.answers_at_once),
            actor: ACTOR.parse().ok()?,
            engine: Arc::clone(engine),
            gateway,
        })
    }

    /// Serves until `stop`.
    ///
    /// # Errors
    /// When the listener fails.
    pub(crate) async fn run(
        self,
        listener: TcpListener,
        stop: CancellationToken,
    ) -> std::io::Result<()> {
        let routes = Router::new()
            .route(PATH, post(answered))
            .with_state(Arc::new(self));
        axum::serve(listener, routes)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await
    }

    async fn take(&self, headers: &HeaderMap, body: Body, hop: &mut Hop) -> Result<bool, Refused> {
        let _place = self.places.try_acquire().map_err(|_| Refused::Busy)?;
        let body = read(headers, body).await?;
        self.check(headers, &body)?;
        let answer = answer::read(&body).map_err(Refused::Field)?;
        let secrets = self.gateway.secrets.get();
        let pass = match &answer.subject {
            Subject::Token(token) => Pass::of_token(token, &secrets),
            Subject::Message(id) => Pass::of_message(id, &secrets),
        };
        let pass = pass.ok_or(Refused::Unknown)?;
        hop.set_case(&pass.number.to_string());
        if pass.until < Timestamp::now() {
            return Err(Refused::Gone);
        }
        self.record(&pass, answer).await
    }

    /// Whether the gateway has sent it, just now.
    fn check(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Refused> {
        let text = |name| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.ok_or(Refused::NotSigned)
        };
        let (id, at, signatures) = (text(ID)?, text(TIMESTAMP)?, text(SIGNATURE)?);
        let sent: i64 = at.parse().map_err(|_| Refused::NotSigned)?;
        let is_new = Timestamp::now().as_second().abs_diff(sent) <= TOLERANCE;
        let is_theirs = self
            .gateway
            .secrets
            .get()
            .have_signed(id, at, body, signatures);
        (is_new && is_theirs)
            .then_some(())
            .ok_or(Refused::NotSigned)
    }

    /// Whether the answer is the first; the way of every callback.
    async fn record(&self, pass: &Pass, answer: Answer) -> Result<bool, Refused> {
        let word = Word {
            callback: answer.callback,
            via: pass.via,
            comment: answer.comment,
        };
        let decide = |case: &Case, now: Timestamp| self.decide(pass, case, &word, now);
        let recorded = self.engine.record(pass.number, &word, &self.actor, decide);
        match recorded.await {
            Ok(changed) => Ok(changed.committed),
            Err(FeedbackError::Refused { .. }) => self.known(pass).await,
            Err(error) => Err(refused(&error)),
        }
    }

    fn decide(
        &self,
        pass: &Pass,
        case: &Case,
        word: &Word,
        now: Timestamp,
    ) -> Result<Vec<Command>, Refusal> {
        let waits = matches!(case.state, CaseState::Resolved | CaseState::Answered);
        if !waits || case.reopened != pass.round {
            return Err(Refusal::NotNow {
                command: "answer",
                state: case.state,
            });
        }
        if case.callback.is_some_and(|earlier| earlier.reached) {
            return Ok(Vec::new());
        }
        Ok(self.engine.what_follows(case, word, now))
    }

    /// The case has moved on: by this very answer, or by something else?
    async fn known(&self, pass: &Pass) -> Result<bool, Refused> {
        let journey = self.engine.cases.store.journey(pass.number).await;
        let journey = journey.map_err(|error| refused(&error.into()))?;
        let events = journey.iter().flat_map(|commit| &commit.events);
        let via = swiftline_proto::convert::to_wire(pass.via);
        let mut round = 0;
        for event in events.filter_map(|event| event.event.as_ref()) {
            match event {
                Event::Reopened(_) => round += 1,
                Event::CalledBack(called) => {
                    let reached = called.callback.is_some_and(|callback| callback.reached);
                    if round == pass.round && called.via == via && reached {
                        return Ok(false);
                    }
                }
                _ => {}
            }
        }
        Err(Refused::Gone)
    }
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Refused> {
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > MAX_BYTES as u64) {
        return Err(Refused::TooLarge);
    }
    let body = tokio::time::timeout(BODY_WITHIN, to_bytes(body, MAX_BYTES)).await;
    // What breaks off gets no answer anyway.
    body.map_err(|_| Refused::TooSlow)?
        .map_err(|_| Refused::TooLarge)
}

fn refused(error: &FeedbackError) -> Refused {
    match error {
        // A case that is no longer there has ended long ago.
        FeedbackError::Unknown { .. } => Refused::Gone,
        error if error.is_passing() => Refused::Away,
        error => {
            tracing::error!(reason = error.to_string(), "an answer cannot be kept");
            Refused::Internal
        }
    }
}

async fn answered(State(here): State<Arc<Endpoint>>, headers: HeaderMap, body: Body) -> Response {
    let span = here
        .gateway
        .tracer
        .span("POST /v1/answers", SpanKind::Server);
    let mut hop: Hop = span.start();
    let within = hop.context().to_context();
    let taken = here.take(&headers, body, &mut hop);
    let taken = taken.with_context(within).await;
    let (status, word, said) = match taken {
        Ok(true) => (StatusCode::OK, "recorded", json!({"recorded": true})),
        Ok(false) => (StatusCode::OK, "repeated", json!({"recorded": false})),
        Err(refused) => {
            let (status, word) = refused.told();
            hop.error(word);
            let said = match refused {
                Refused::Field(wrong) => {
                    json!({"error": word, "field": wrong.field, "reason": wrong.reason})
                }
                _ => json!({"error": word}),
            };
            (status, word, said)
        }
    };
    here.gateway.metrics.answer(word);
    let headers = [(CONTENT_TYPE, "application/json")];
    let mut response = (status, headers, said.to_string()).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let soon = axum::http::HeaderValue::from_static("1");
        response.headers_mut().insert(RETRY_AFTER, soon);
    }
    response
}
