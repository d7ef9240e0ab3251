//! What can be set about a process.

use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate};
use swiftline_rpc::{ServerSettings, TlsSettings};
use swiftline_telemetry::TelemetrySettings;

/// Settings of the process; section `[runtime]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct RuntimeSettings {
    /// Address of `/metrics`, `/livez` and `/readyz`, `host:port`; port 0 takes a free one.
    pub metrics_listen: String,
    /// Health says NOT_SERVING for this long before the listener closes, so that balancers look elsewhere, in milliseconds.
    pub drain_delay_ms: u64,
    /// A drain takes this long at most, in milliseconds; then the process exits with what is left undone.
    pub drain_timeout_ms: u64,
    /// Of the drain's time, the last spans get this much at most, in milliseconds.
    pub flush_timeout_ms: u64,
    /// Written when the service serves, with its addresses as JSON, and removed when it drains; empty: none.
    pub ready_file: String,
    /// Files that may change while the service runs (certificates, keys, passwords) are looked at this often, in milliseconds.
    pub files_every_ms: u64,
    /// Threads that run the service; 0: one for each core.
    pub worker_threads: usize,
}

impl Default for RuntimeSettings {
    fn default() -> Self {
        Self {
            metrics_listen: "127.0.0.1:0".to_owned(),
            drain_delay_ms: 0,
            drain_timeout_ms: 20_000, // Kubernetes kills after 30 s
            flush_timeout_ms: 5_000,
            ready_file: String::new(),
            files_every_ms: 5_000,
            worker_threads: 0,
        }
    }
}

impl Validate for RuntimeSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        let has_port = self
            .metrics_listen
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        problems.check("metrics_listen", has_port, "must be host:port");
        problems.at_least("drain_timeout_ms", self.drain_timeout_ms, 1);
        problems.check(
            "drain_delay_ms",
            self.drain_delay_ms < self.drain_timeout_ms,
            "must be less than drain_timeout_ms",
        );
        problems.at_least("flush_timeout_ms", self.flush_timeout_ms, 1);
        problems.at_least("files_every_ms", self.files_every_ms, 10);
        problems.check(
            "worker_threads",
            self.worker_threads <= 1_024,
            "must be at most 1024",
        );
        problems.into_vec()
    }
}

/// The sections that every service's settings have.
pub trait ServiceSettings: Validate {
    /// `[server]`.
    fn server(&self) -> &ServerSettings;
    /// `[runtime]`.
    fn runtime(&self) -> &RuntimeSettings;
    /// `[telemetry]`.
    fn telemetry(&self) -> &TelemetrySettings;
    /// `[tls]`.
    fn tls(&self) -> &TlsSettings;

    /// What is wrong with these four, for [`Validate`] to go on with.
    fn problems(&self) -> Problems {
        let mut problems = Problems::default();
        problems.section("server", self.server());
        problems.section("runtime", self.runtime());
        problems.section("telemetry", self.telemetry());
        problems.section("tls", self.tls());
        let refused = self.tls().refuses_to_listen(&self.server().listen);
        problems.check(
            "server.listen",
            refused.is_none(),
            refused.unwrap_or_default(),
        );
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(RuntimeSettings::default().validate(), []);
    }

    #[test]
    fn each_bad_value_is_named() {
        let bad = RuntimeSettings {
            metrics_listen: "9090".to_owned(),
            drain_delay_ms: 5,
            drain_timeout_ms: 0,
            flush_timeout_ms: 0,
            files_every_ms: 0,
            worker_threads: 5_000,
            ..RuntimeSettings::default()
        };
        let fields: Vec<String> = bad
            .validate()
            .into_iter()
            .map(|problem| problem.field)
            .collect();
        assert_eq!(
            fields,
            [
                "metrics_listen",
                "drain_timeout_ms",
                "drain_delay_ms",
                "flush_timeout_ms",
                "files_every_ms",
                "worker_threads"
            ]
        );
    }
}
