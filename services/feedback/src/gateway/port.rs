//! Hands messages over to the gateway.

use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, Request, StatusCode, Uri};
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use swiftline_rpc::{Breaker, RetryPolicy, retry};
use tonic::Status;

use super::secrets::Secrets;
use super::settings::GatewaySettings;

/// The headers of Standard Webhooks.
pub(super) const ID: &str = "webhook-id";
pub(super) const TIMESTAMP: &str = "webhook-timestamp";
pub(super) const SIGNATURE: &str = "webhook-signature";
/// No wait between attempts is longer than this many of the first.
const LONGEST_WAIT: u64 = 8;

/// Why a message was not handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotSent {
    /// The gateway is away, slow or in trouble, or is left alone after it was.
    Away,
    /// It does not take this message.
    Refused,
}

/// The way to the gateway.
pub(super) struct Port {
    client: Client<HttpConnector, Full<Bytes>>,
    address: Uri,
    timeout: Duration,
    policy: RetryPolicy,
    breaker: Breaker,
}

impl Port {
    /// `None` without an address.
    pub(super) fn new(settings: &GatewaySettings) -> Option<Self> {
        let address = settings.url.parse().ok()?;
        let pause = Duration::from_millis(settings.breaker_pause_ms);
        (!settings.url.is_empty()).then(|| Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            address,
            timeout: Duration::from_millis(settings.timeout_ms),
            policy: RetryPolicy {
                attempts: settings.attempts,
                backoff_base_ms: settings.backoff_ms,
                backoff_max_ms: settings.backoff_ms.saturating_mul(LONGEST_WAIT),
            },
            breaker: Breaker::new(settings.breaker_failures, pause),
        })
    }

    /// Hands a message over, in as many attempts as the settings say. The gateway knows a repetition by the id.
    pub(super) async fn send(
        &self,
        secrets: &Secrets,
        id: &str,
        body: Vec<u8>,
    ) -> Result<(), NotSent> {
        let Some(pass) = self.breaker.pass() else {
            return Err(NotSent::Away);
        };
        let body = Bytes::from(body);
        let sent = retry(&self.policy, || self.once(secrets, id, body.clone())).await;
        let sent = sent.map_err(|status| {
            tracing::warn!(reason = status.message(), "the gateway takes no message");
            if status.code() == tonic::Code::Unavailable {
                NotSent::Away
            } else {
                NotSent::Refused
            }
        });
        pass.report(sent != Err(NotSent::Away));
        sent
    }

    /// UNAVAILABLE where another attempt may help.
    async fn once(&self, secrets: &Secrets, id: &str, body: Bytes) -> Result<(), Status> {
        let now = Timestamp::now().as_second().to_string();
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.address)
            .header(CONTENT_TYPE, "application/json")
            .header(ID, id)
            .header(TIMESTAMP, &now)
            .header(SIGNATURE, secrets.sign(id, &now, &body))
            .body(Full::new(body))
            .map_err(|_| Status::internal("is no request"))?;
        let answer = tokio::time::timeout(self.timeout, self.client.request(request)).await;
        let answer = answer.map_err(|_| Status::unavailable("too slow"))?;
        let status = answer
            .map_err(|_| Status::unavailable("unreachable"))?
            .status();
        if status.is_success() {
            return Ok(());
        }
        let said = format!("answers {}", status.as_u16());
        let passes = status.is_server_error()
            || matches!(
                status,
                StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
            );
        Err(if passes {
            Status::unavailable(said)
        } else {
            Status::failed_precondition(said)
        })
    }
}
