//! What can be set about the classifier; `default.toml` has every field with its default.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate};
use swiftline_rpc::{ClientSettings, ServerSettings, TlsSettings};
use swiftline_runtime::{CitySettings, RuntimeSettings, ServiceSettings};
use swiftline_store::StoreSettings;
use swiftline_telemetry::TelemetrySettings;

use crate::lessons::LessonsSettings;
use crate::likeness::LikenessSettings;
use crate::models::ModelsSettings;
use crate::preview::PreviewSettings;
use crate::translate::TranslateSettings;

/// The commented defaults.
pub const DEFAULTS: &str = include_str!("default.toml");

/// The most items that the router takes in one call.
const MAX_BATCH: usize = 1_000;

/// All settings of the service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClassifierSettings {
    /// The gRPC server.
    pub server: ServerSettings,
    /// TLS between the services.
    pub tls: TlsSettings,
    /// The city.
    pub city: CitySettings,
    /// The consumer of the case log.
    pub consumer: ConsumerSettings,
    /// Models that change.
    pub models: ModelsSettings,
    /// The router.
    pub router: ClientSettings,
    /// Which cases tell of the same thing.
    pub likeness: LikenessSettings,
    /// Translation of what foreign callers say.
    pub translate: TranslateSettings,
    /// Learning from the desk.
    pub lessons: LessonsSettings,
    /// What operators type.
    pub preview: PreviewSettings,
    /// Redis.
    pub store: StoreSettings,
    /// Traces, metrics, logs.
    pub telemetry: TelemetrySettings,
    /// The process.
    pub runtime: RuntimeSettings,
}

/// The consumer of the case log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsumerSettings {
    /// Entries read, classified and routed together, 1 to 1,000.
    pub batch: usize,
    /// Batches under way at once, at least 1.
    pub in_flight: usize,
    /// How often to look for what dead consumers left, in milliseconds.
    pub reclaim_interval_ms: u64,
    /// An entry is left behind when nobody has worked on it for this long, in milliseconds. More than three attempts at
    /// the router take, so that no live consumer is taken for dead.
    pub reclaim_idle_ms: u64,
    /// Batches under way when the drain begins have this long to finish, in milliseconds.
    pub drain_ms: u64,
}

impl ConsumerSettings {
    /// How often a consumer says that it still works on an entry.
    pub(crate) fn keep_interval(&self) -> Duration {
        Duration::from_millis(self.reclaim_idle_ms / 3)
    }
}

impl Validate for ConsumerSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        let batch = (1..=MAX_BATCH).contains(&self.batch);
        problems.check(
            "batch",
            batch,
            format!("is {}, must be 1 to {MAX_BATCH}", self.batch),
        );
        problems.at_least("in_flight", self.in_flight as u64, 1);
        problems.at_least("reclaim_interval_ms", self.reclaim_interval_ms, 1);
        problems.at_least("reclaim_idle_ms", self.reclaim_idle_ms, 3);
        problems.into_vec()
    }
}

impl Validate for ClassifierSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = self.problems();
        problems.section("city", &self.city);
        problems.section("consumer", &self.consumer);
        problems.section("models", &self.models);
        problems.section("router", &self.router);
        problems.section("likeness", &self.likeness);
        problems.section("translate", &self.translate);
        problems.section("lessons", &self.lessons);
        problems.section("preview", &self.preview);
        problems.section("store", &self.store);
        let attempts_ms = 3 * (self.router.timeout_ms + self.router.connect_timeout_ms);
        problems.check(
            "consumer.reclaim_idle_ms",
            self.consumer.reclaim_idle_ms > attempts_ms,
            format!("must be more than three attempts at the router take, {attempts_ms} ms"),
        );
        problems.check(
            "consumer.drain_ms",
            self.consumer.drain_ms < self.runtime.drain_timeout_ms,
            "must be less than runtime.drain_timeout_ms",
        );
        problems.into_vec()
    }
}

impl ServiceSettings for ClassifierSettings {
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

    fn load(set: &[&str]) -> Result<ClassifierSettings, ConfigError> {
        let set = set.iter().map(ToString::to_string).collect();
        load_with(
            DEFAULTS,
            &Cli {
                set,
                ..Cli::default()
            },
            [],
        )
    }

    #[test]
    fn the_defaults_are_complete_and_valid() {
        let shown = swiftline_config::print_config(&load(&[]).unwrap()).unwrap();
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
        let bad = [
            "city.pack=",
            "consumer.batch=1001",
            "consumer.in_flight=0",
            "consumer.reclaim_interval_ms=0",
            "consumer.reclaim_idle_ms=2",
            "consumer.drain_ms=20000",
            "models.poll_ms=9",
            "models.beat_ms=2501",
            "models.shadow_queue=0",
            "lessons.text=seal",
            "lessons.keep=0",
            "lessons.flush_ms=9",
            "router.addresses=",
        ];
        let Err(ConfigError::Invalid(problems)) = load(&bad) else {
            panic!("must be refused")
        };
        let mut fields: Vec<&str> = problems.iter().map(|p| p.problem.field.as_str()).collect();
        fields.dedup();
        let wanted = [
            "city.pack",
            "consumer.batch",
            "consumer.in_flight",
            "consumer.reclaim_interval_ms",
            "consumer.reclaim_idle_ms",
            "models.poll_ms",
            "models.beat_ms",
            "models.shadow_queue",
            "router.addresses",
            "lessons.keys_file",
            "lessons.keep",
            "lessons.flush_ms",
            "consumer.reclaim_idle_ms",
            "consumer.drain_ms",
        ];
        assert_eq!(fields, wanted);
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        assert!(matches!(
            load(&["consumer.speed=9"]),
            Err(ConfigError::Unknown(_))
        ));
    }
}
