//! What can be set.

use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people at a terminal.
    Text,
}

/// Settings of traces, metrics and logs; section `[telemetry]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct TelemetrySettings {
    /// OTLP/gRPC receiver, e.g. `http://127.0.0.1:4317`; empty: spans are neither recorded nor sent.
    pub otlp_endpoint: String,
    /// Share of new traces that are sampled, 0.0 to 1.0; a sampled parent is always followed.
    pub sample_ratio: f64,
    /// Finished spans held for export at most; more are dropped and counted.
    pub queue_size: usize,
    /// Spans in one export request at most.
    pub batch_size: usize,
    /// Spans wait this long at most for a batch to fill, in milliseconds.
    pub export_interval_ms: u64,
    /// One export request may take this long, in milliseconds; then its batch is dropped.
    pub export_timeout_ms: u64,
    /// What is logged: `tracing` directives, e.g. `info,swiftline_router=debug`.
    pub log_filter: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// `service.instance.id`; empty: a new UUIDv7 at each start.
    pub instance_id: String,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self {
            otlp_endpoint: String::new(),
            sample_ratio: 1.0,
            queue_size: 65_536, // the SDK's 2,048 dropped spans under load
            batch_size: 2_048,
            export_interval_ms: 1_000,
            export_timeout_ms: 10_000,
            log_filter: "info".to_owned(),
            log_format: LogFormat::Json,
            instance_id: String::new(),
        }
    }
}

impl Validate for TelemetrySettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        let endpoint = &self.otlp_endpoint;
        let is_http = endpoint.is_empty()
            || endpoint.starts_with("http://")
                && tonic::transport::Endpoint::from_shared(endpoint.clone()).is_ok();
        problems.check(
            "otlp_endpoint",
            is_http,
            "must be empty or http://host:port",
        );
        problems.check(
            "sample_ratio",
            (0.0..=1.0).contains(&self.sample_ratio),
            "must be between 0.0 and 1.0",
        );
        problems.at_least("batch_size", self.batch_size as u64, 1);
        problems.check(
            "queue_size",
            self.queue_size >= self.batch_size,
            "must be at least batch_size",
        );
        problems.at_least("export_interval_ms", self.export_interval_ms, 1);
        problems.at_least("export_timeout_ms", self.export_timeout_ms, 1);
        if let Err(error) = self.log_filter.parse::<tracing_subscriber::EnvFilter>() {
            problems.check("log_filter", false, format!("is not a filter: {error}"));
        }
        problems.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(TelemetrySettings::default().validate(), []);
    }

    #[test]
    fn each_bad_value_is_named() {
        let bad = TelemetrySettings {
            otlp_endpoint: "collector:4317".to_owned(),
            sample_ratio: 1.5,
            queue_size: 0,
            batch_size: 0,
            export_interval_ms: 0,
            export_timeout_ms: 0,
            log_filter: "info,=,x=loud".to_owned(),
            ..TelemetrySettings::default()
        };
        let fields: Vec<String> = bad
            .validate()
            .into_iter()
            .map(|problem| problem.field)
            .collect();
        assert_eq!(
            fields,
            [
                "otlp_endpoint",
                "sample_ratio",
                "batch_size",
                "export_interval_ms",
                "export_timeout_ms",
                "log_filter"
            ]
        );
        let small = TelemetrySettings {
            queue_size: 10,
            ..TelemetrySettings::default()
        };
        assert_eq!(small.validate()[0].field, "queue_size");
    }
}
