//! Asking a store of traces by HTTP: one address, a deadline for each answer, a bound for all of them together.

use std::error::Error as _;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::header::{ACCEPT, HeaderValue};
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;

use crate::connect::Peer;
use crate::failure::Failure;
use crate::output::clean;

/// All answers of a command together are at most so large, bytes.
const MAX_BYTES: usize = 64 << 20;
/// As much of an answer is shown where it is not what it should be, characters.
const SHOWN: usize = 200;
/// By which header a store of several tenants is told whose traces are meant.
const TENANT: &str = "x-scope-orgid";

/// The way to a store.
pub(super) struct Web {
    client: Client<HttpConnector, Empty<Bytes>>,
    url: String,
    tenant: Option<HeaderValue>,
    timeout: Duration,
    left: AtomicUsize,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status.
    pub(super) status: StatusCode,
    /// The body.
    pub(super) body: Bytes,
    asked: String,
}

impl Web {
    /// The store at this address; no answer may take longer than `timeout`.
    ///
    /// # Errors
    /// When the tenant cannot be written into a header.
    pub(super) fn new(url: &str, tenant: Option<&str>, timeout: Duration) -> Result<Self, Failure> {
        let tenant = tenant.map(HeaderValue::from_str).transpose();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            url: url.to_owned(),
            tenant: tenant.map_err(|error| Failure::Given(format!("--tenant: {error}")))?,
            timeout,
            left: AtomicUsize::new(MAX_BYTES),
        })
    }

    /// Where it is.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Asks for a path with these parameters, and reads all of the answer, whatever its status.
    ///
    /// # Errors
    /// When nobody answers in time, or too much.
    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, Failure> {
        let asked = format!("{}{path}", self.url);
        let mut request = Request::get(address(&asked, query)).header(ACCEPT, "application/json");
        if let Some(tenant) = &self.tenant {
            request = request.header(TENANT, tenant);
        }
        let request = request
            .body(Empty::new())
            .map_err(|error| Failure::Given(format!("--traces: {error}")))?;
        let read = async {
            let answer = self.client.request(request).await;
            let (head, body) = answer.map_err(|error| self.away(&error))?.into_parts();
            let body = Limited::new(body, self.left.load(Relaxed)).collect().await;
            let body = body.map_err(|error| {
                if error.is::<LengthLimitError>() {
                    let most = MAX_BYTES >> 20;
                    return Failure::Failed(format!(
                        "the traces are larger than {most} MiB; narrow them with --since"
                    ));
                }
                self.unavailable(error.to_string())
            })?;
            Ok::<_, Failure>((head.status, body.to_bytes()))
        };
        let (status, body) = match tokio::time::timeout(self.timeout, read).await {
            Ok(read) => read?,
            Err(_) => {
                let patience = crate::words::span(self.timeout);
                return Err(self.unavailable(format!("nothing within {patience}")));
            }
        };
        self.left.fetch_sub(body.len(), Relaxed);
        Ok(Answer {
            status,
            body,
            asked,
        })
    }

    /// The innermost reason: the outer ones only say that it did not work.
    fn away(&self, error: &hyper_util::client::legacy::Error) -> Failure {
        let mut reason = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            reason = inner.to_string();
            source = inner.source();
        }
        self.unavailable(reason)
    }

    fn unavailable(&self, reason: String) -> Failure {
        Failure::Unavailable {
            peer: Peer::Traces,
            url: self.url.clone(),
            reason,
        }
    }
}

impl Answer {
    /// Whether there is nothing of this name, neither what was asked for nor perhaps the path.
    pub(super) fn is_missing(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// The body as JSON, if the status is good and it is JSON of this shape.
    ///
    /// # Errors
    /// Says what came instead; `store` is what was asked, in words.
    pub(super) fn json<T: DeserializeOwned>(&self, store: &str) -> Result<T, Failure> {
        if self.is_missing() {
            return Err(Failure::Failed(format!(
                "{store} is not at {}: 404 Not Found; say what is there with --backend, and where with --traces",
                self.asked
            )));
        }
        if !self.status.is_success() {
            return Err(Failure::Failed(format!(
                "{store} refused: {} {}",
                self.status,
                self.beginning()
            )));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            Failure::Failed(format!(
                "{} did not answer as {store} does ({error}): {}",
                self.asked,
                self.beginning()
            ))
        })
    }

    fn beginning(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let mut shown: String = text.chars().take(SHOWN).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        clean(&shown).replace('\n', " ").trim().to_owned()
    }
}

/// An address with parameters; everything in them that is not plain is escaped.
fn address(base: &str, query: &[(&str, &str)]) -> String {
    let mut text = base.to_owned();
    for (nth, (name, value)) in query.iter().enumerate() {
        text.push(if nth == 0 { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    text.push(char::from(byte));
                }
                // Writing to a String cannot fail.
                _ => _ = write!(text, "%{byte:02X}"),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: StatusCode, body: &'static str) -> Answer {
        Answer {
            status,
            body: Bytes::from_static(body.as_bytes()),
            asked: "http://t:1/api/search".to_owned(),
        }
    }

    #[test]
    fn parameters_are_escaped() {
        assert_eq!(address("http://t:1/a", &[]), "http://t:1/a");
        assert_eq!(
            address("http://t:1/a", &[("q", "{ x = \"07-1\" }"), ("n", "2")]),
            "http://t:1/a?q=%7B%20x%20%3D%20%2207-1%22%20%7D&n=2"
        );
    }

    #[test]
    fn what_is_no_answer_is_told() {
        let told = |status, body| {
            let read = answer(status, body).json::<Vec<u8>>("Tempo");
            read.unwrap_err().to_string()
        };
        assert_eq!(
            answer(StatusCode::OK, "[1]")
                .json::<Vec<u8>>("Tempo")
                .unwrap(),
            [1]
        );
        let missing = told(StatusCode::NOT_FOUND, "");
        assert!(missing.starts_with("Tempo is not at http://t:1/api/search: 404 Not Found"));
        assert_eq!(
            told(StatusCode::BAD_REQUEST, "range\u{1b}[31m too long\n"),
            "Tempo refused: 400 Bad Request range\u{fffd}[31m too long"
        );
        let html = told(StatusCode::OK, "<!doctype html>");
        assert!(
            html.starts_with("http://t:1/api/search did not answer as Tempo does (expected value"),
            "{html}"
        );
        assert!(html.ends_with(": <!doctype html>"), "{html}");
    }
}
