//! What can be set about feedback; `default.toml` has every field with its default.

use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate};
use swiftline_rpc::{ClientSettings, ServerSettings, TlsSettings};
use swiftline_runtime::{CitySettings, RuntimeSettings, ServiceSettings};
use swiftline_store::{ContactSettings, MAX_BATCH, StoreSettings};
use swiftline_telemetry::TelemetrySettings;

use crate::gateway::GatewaySettings;
use crate::insight::InsightSettings;
use crate::scores::ScoreSettings;

use crate::archive::ArchiveSettings;

/// The commented defaults.
pub const DEFAULTS: &str = include_str!("default.toml");

/// The longest linger, milliseconds: longer is no gathering but delay.
const MAX_LINGER_MS: u64 = 1_000;

/// All settings of the service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FeedbackSettings {
    /// The gRPC server.
    pub server: ServerSettings,
    /// TLS between the services.
    pub tls: TlsSettings,
    /// How the case log is read.
    pub consumer: ConsumerSettings,
    /// How cases come to be reopened.
    pub reopen: ReopenSettings,
    /// Where events and ended cases are kept.
    pub archive: ArchiveSettings,
    /// How citizens are called back.
    pub callbacks: CallbackSettings,
    /// How citizens are asked by message.
    pub gateway: GatewaySettings,
    /// The keys that open contact data for whoever calls.
    pub contact: ContactSettings,
    /// What complaints tell together.
    pub insight: InsightSettings,
    /// How cases are counted for the scores.
    pub scores: ScoreSettings,
    /// The city.
    pub city: CitySettings,
    /// The router: it reopens cases.
    pub router: ClientSettings,
    /// Redis.
    pub store: StoreSettings,
    /// Traces, metrics, logs.
    pub telemetry: TelemetrySettings,
    /// The process.
    pub runtime: RuntimeSettings,
}

/// Reading the case log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConsumerSettings {
    /// Entries handled together, 1 to 256.
    pub batch: usize,
    /// How long to let entries gather after a batch that was not full, milliseconds; at most 1,000. Small batches cost Redis
    /// nearly as much as large ones.
    pub linger_ms: u64,
    /// What a consumer was given this long ago and has not acknowledged is taken over, milliseconds; at least 100. Longer than
    /// a batch ever takes.
    pub reclaim_after_ms: u64,
    /// How often to look for such entries, milliseconds; at least 10.
    pub reclaim_every_ms: u64,
}

/// Reopening cases.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReopenSettings {
    /// A negative callback is answered after this long although the router has not reopened the case yet, milliseconds; the
    /// reopening then follows from the log.
    pub within_ms: u64,
    /// How often such reopenings are tried, milliseconds; at least 10.
    pub every_ms: u64,
    /// How many of them are held in memory, at least 1; more wait in the log.
    pub waiting: usize,
}

/// Calling citizens back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CallbackSettings {
    /// An operator has a case for so long, milliseconds; at least 1,000. Then somebody else may get it.
    pub lease_ms: u64,
    /// So long after a call that reached nobody the next one is due, milliseconds; at least 1.
    pub again_ms: u64,
    /// After so many calls that reached nobody (at least 1) the case is closed.
    pub attempts: u32,
    /// How often metrics look who waits to be called, milliseconds; at least 10.
    pub look_ms: u64,
}

impl Validate for CallbackSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.at_least("lease_ms", self.lease_ms, 1_000);
        problems.at_least("again_ms", self.again_ms, 1);
        problems.at_least("look_ms", self.look_ms, 10);
        problems.at_least("attempts", self.attempts.into(), 1);
        problems.into_vec()
    }
}

impl Validate for ConsumerSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.check(
            "batch",
            (1..=MAX_BATCH).contains(&self.batch),
            format!("is {}, must be 1 to {MAX_BATCH}", self.batch),
        );
        problems.check(
            "linger_ms",
            self.linger_ms <= MAX_LINGER_MS,
            format!("is {}, must be at most {MAX_LINGER_MS}", self.linger_ms),
        );
        problems.at_least("reclaim_after_ms", self.reclaim_after_ms, 100);
        problems.at_least("reclaim_every_ms", self.reclaim_every_ms, 10);
        problems.into_vec()
    }
}

impl Validate for ReopenSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.at_least("within_ms", self.within_ms, 1);
        problems.at_least("every_ms", self.every_ms, 10);
        problems.at_least("waiting", self.waiting as u64, 1);
        problems.into_vec()
    }
}

impl Validate for FeedbackSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = self.problems();
        problems.section("consumer", &self.consumer);
        problems.section("reopen", &self.reopen);
        problems.section("callbacks", &self.callbacks);
        problems.section("gateway", &self.gateway);
        problems.section("archive", &self.archive);
        problems.section("insight", &self.insight);
        problems.section("scores", &self.scores);
        problems.section("city", &self.city);
        problems.section("router", &self.router);
        problems.section("store", &self.store);
        problems.into_vec()
    }
}

impl ServiceSettings for FeedbackSettings {
    fn server(&self) -> &ServerSettings {
        &self.server
    }

    fn runtime(&self) -> &RuntimeSettings {
        &self.runtime
    }

    fn telemetry(&self) -> &TelemetrySettings {
        &self.telemetry
    }

    fn tls(&self) -> &TlsSettings {
        &self.tls
    }
}

#[cfg(test)]
mod tests {
    use swiftline_config::{Cli, ConfigError, load_with};

    use super::*;

    fn load(set: &[&str]) -> Result<FeedbackSettings, ConfigError> {
        let cli = Cli {
            set: set.iter().map(ToString::to_string).collect(),
            ..Cli::default()
        };
        load_with(DEFAULTS, &cli, [])
    }

    #[test]
    fn the_defaults_are_complete_and_valid() {
        let settings = load(&[]).unwrap();
        assert_eq!(settings.server.listen, "127.0.0.1:7004");
        let shown = swiftline_config::print_config(&settings).unwrap();
        let fields = |text: &str| -> Vec<String> {
            let names = text.lines().filter_map(|line| line.split_once(" = "));
            let mut names: Vec<String> = names.map(|(name, _)| name.to_owned()).collect();
            names.sort();
            names
        };
        assert_eq!(
            fields(&shown),
            fields(DEFAULTS),
            "every setting is in the default file"
        );
    }

    #[test]
    fn each_bad_value_is_named() {
        let error = load(&[
            "consumer.batch=257",
            "consumer.linger_ms=1001",
            "consumer.reclaim_after_ms=99",
            "consumer.reclaim_every_ms=9",
            "reopen.within_ms=0",
            "reopen.every_ms=9",
            "reopen.waiting=0",
            "gateway.url=ftp://gateway",
            "gateway.answer_hours=745",
            "gateway.timeout_ms=0",
            "gateway.attempts=0",
            "gateway.backoff_ms=0",
            "gateway.breaker_failures=0",
            "gateway.breaker_pause_ms=0",
            "gateway.answers_at_once=0",
            "archive.every_ms=9",
            "archive.batch_entries=0",
            "archive.compact_every_ms=9",
            "archive.compact_files=1",
            "city.pack=",
            "router.addresses=",
        ])
        .unwrap_err();
        let ConfigError::Invalid(problems) = error else {
            panic!("{error}")
        };
        let fields: Vec<&str> = problems.iter().map(|p| p.problem.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "consumer.batch",
                "consumer.linger_ms",
                "consumer.reclaim_after_ms",
                "consumer.reclaim_every_ms",
                "reopen.within_ms",
                "reopen.every_ms",
                "reopen.waiting",
                "gateway.url",
                "gateway.secret_file",
                "gateway.link_url",
                "gateway.answer_hours",
                "gateway.timeout_ms",
                "gateway.attempts",
                "gateway.backoff_ms",
                "gateway.breaker_failures",
                "gateway.breaker_pause_ms",
                "gateway.answers_at_once",
                "archive.every_ms",
                "archive.batch_entries",
                "archive.compact_every_ms",
                "archive.compact_files",
                "city.pack",
                "router.addresses"
            ]
        );
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        assert!(matches!(
            load(&["reopen.speed=9"]),
            Err(ConfigError::Unknown(_))
        ));
    }
}
