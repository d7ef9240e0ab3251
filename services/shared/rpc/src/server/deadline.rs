//! Every call ends: by the caller's deadline, or by ours.

use std::time::Duration;

use http::{HeaderMap, Request, Response};
use tonic::Status;
use tonic::body::Body;

use super::around::{Around, Routes, pass};
use super::{Class, Classes, ServerSettings};

/// gRPC's header for the time that a caller gives.
pub(crate) const GRPC_TIMEOUT: &str = "grpc-timeout";

/// tonic's transport watches the same header from outside and would answer CANCELLED: we are this much earlier.
const HEAD_START: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(20));

/// Answers DEADLINE_EXCEEDED when a handler has not answered in time; its future is dropped. A response stream that has
/// begun is not cut.
#[derive(Debug)]
pub struct Deadline {
    default: Duration,
    classes: Classes,
}

impl Deadline {
    pub(crate) fn new(settings: &ServerSettings, classes: Classes) -> Self {
        Self {
            default: Duration::from_millis(settings.default_deadline_ms),
            classes,
        }
    }

    fn of(&self, request: &Request<Body>) -> Option<Duration> {
        let asked = grpc_timeout(request.headers()).map(earlier);
        match self.classes.of(request.uri().path()) {
            Class::Ordinary => Some(asked.unwrap_or(self.default)),
            Class::Streaming | Class::Infrastructure => asked,
        }
    }
}

impl Around for Deadline {
    async fn call<S: Routes>(&self, request: Request<Body>, next: S) -> Response<Body> {
        let Some(limit) = self.of(&request) else {
            return pass(request, next).await;
        };
        match tokio::time::timeout(limit, pass(request, next)).await {
            Ok(response) => response,
            Err(_) => Status::deadline_exceeded("the deadline passed before the answer was ready")
                .into_http(),
        }
    }
}

fn earlier(timeout: Duration) -> Duration {
    timeout.saturating_sub((timeout / 20).clamp(HEAD_START.0, HEAD_START.1))
}

/// Reads `grpc-timeout`: at most 8 digits and a unit. A malformed one counts as none.
pub(crate) fn grpc_timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(GRPC_TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3_600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Duration> {
        grpc_timeout(&HeaderMap::from_iter([(
            http::HeaderName::from_static(GRPC_TIMEOUT),
            text.parse().unwrap(),
        )]))
    }

    #[test]
    fn reads_every_unit() {
        let expected = [
            ("1H", 3_600_000),
            ("2M", 120_000),
            ("3S", 3_000),
            ("4m", 4),
            ("5000u", 5),
            ("6000000n", 6),
        ];
        for (text, ms) in expected {
            assert_eq!(read(text), Some(Duration::from_millis(ms)), "{text}");
        }
    }

    #[test]
    fn a_malformed_timeout_counts_as_none() {
        for text in ["", "S", "1", "1x", "-1S", "+1S", "123456789S", "1 S"] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(grpc_timeout(&HeaderMap::new()), None);
    }

    #[test]
    fn is_a_little_earlier_than_the_transport() {
        let ms = Duration::from_millis;
        assert_eq!(earlier(ms(1)), Duration::ZERO);
        assert_eq!(earlier(ms(100)), ms(95));
        assert_eq!(earlier(ms(10_000)), ms(9_980));
    }
}
