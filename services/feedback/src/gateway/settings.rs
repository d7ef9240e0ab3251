//! What can be set about the gateway.

use axum::http::Uri;
use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate};

/// The most hours that an answer is waited for: a month.
const MAX_HOURS: u64 = 31 * 24;

/// Asking citizens by message. Off without an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewaySettings {
    /// `http://host:port/path` of the city's SMS gateway; empty: no citizen is asked by message. One behind TLS is reached
    /// through a proxy beside this process.
    pub url: String,
    /// `host:port` on which answers come in; empty: none do.
    pub listen: String,
    /// The file with the secret that both sides sign with, as Standard Webhooks has it: `whsec_` and base64. The first line
    /// signs, every line is accepted.
    pub secret_file: String,
    /// The beginning of the link by which a citizen answers, `http://` or `https://`; the token is put behind it.
    pub link_url: String,
    /// So long an answer is waited for, hours, 1 to 744; then the case goes back to the operators.
    pub answer_hours: u64,
    /// One attempt to hand a message over may take so long, milliseconds.
    pub timeout_ms: u64,
    /// Attempts to hand a message over, the first included.
    pub attempts: u32,
    /// The longest wait before the second attempt, milliseconds; doubles with each.
    pub backoff_ms: u64,
    /// After so many messages in a row that could not be handed over the gateway is left alone …
    pub breaker_failures: u32,
    /// … for so long, milliseconds.
    pub breaker_pause_ms: u64,
    /// Answers that are taken at once; more are told to come again.
    pub answers_at_once: usize,
}

impl GatewaySettings {
    /// Whether messages go out or come in.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.url.is_empty() || !self.listen.is_empty()
    }
}

impl Validate for GatewaySettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        let scheme = |text: &str| {
            let uri = text.parse::<Uri>().ok()?;
            uri.host().and(uri.scheme_str().map(str::to_owned))
        };
        problems.check(
            "url",
            self.url.is_empty() || scheme(&self.url).as_deref() == Some("http"),
            "must be empty or an http:// address; a gateway behind TLS is reached through a proxy beside this one",
        );
        problems.check(
            "secret_file",
            !self.is_on() || !self.secret_file.is_empty(),
            "must name a file when url or listen is set",
        );
        let linked = matches!(scheme(&self.link_url).as_deref(), Some("http" | "https"));
        problems.check(
            "link_url",
            self.url.is_empty() || linked,
            "must be an http:// or https:// address when url is set",
        );
        problems.check(
            "answer_hours",
            (1..=MAX_HOURS).contains(&self.answer_hours),
            format!("is {}, must be 1 to {MAX_HOURS}", self.answer_hours),
        );
        problems.at_least("timeout_ms", self.timeout_ms, 1);
        problems.at_least("attempts", self.attempts.into(), 1);
        problems.at_least("backoff_ms", self.backoff_ms, 1);
        problems.at_least("breaker_failures", self.breaker_failures.into(), 1);
        problems.at_least("breaker_pause_ms", self.breaker_pause_ms, 1);
        problems.at_least("answers_at_once", self.answers_at_once as u64, 1);
        problems.into_vec()
    }
}
