//! What can be set about intake; `default.toml` has every field with its default.

use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate};
use swiftline_rpc::{ClientSettings, ServerSettings, TlsSettings};
use swiftline_runtime::{CitySettings, RuntimeSettings, ServiceSettings};
use swiftline_store::{ContactSettings, StoreSettings};
use swiftline_telemetry::TelemetrySettings;

use crate::MAX_BATCH;

/// The commented defaults.
pub const DEFAULTS: &str = include_str!("default.toml");

/// The most lanes that make sense: no store has more partitions.
const MAX_LANES: usize = 100;
/// The longest linger, microseconds: longer is no batching but delay.
const MAX_LINGER_US: u64 = 100_000;

/// All settings of the service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IntakeSettings {
    /// The gRPC server.
    pub server: ServerSettings,
    /// TLS between the services.
    pub tls: TlsSettings,
    /// How submissions are written.
    pub accept: AcceptSettings,
    /// The city.
    pub city: CitySettings,
    /// Contact data.
    pub contact: ContactSettings,
    /// The classifier, for previews; without addresses there are none.
    pub classifier: ClientSettings,
    /// Feedback, for cases that are only in the archive; without addresses these are not found.
    pub feedback: ClientSettings,
    /// Redis.
    pub store: StoreSettings,
    /// Traces, metrics, logs.
    pub telemetry: TelemetrySettings,
    /// The process.
    pub runtime: RuntimeSettings,
}

/// Group commits and their limits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AcceptSettings {
    /// Independent writers, 1 to 100.
    pub lanes: usize,
    /// Submissions that a lane writes together, 1 to 1,000.
    pub max_batch: usize,
    /// How long a lane that has a write under way waits for more, microseconds; at most 100,000.
    pub linger_us: u64,
    /// Batches that a lane has under way at once, at least 1.
    pub writes_in_flight: usize,
    /// Submissions of unary calls that are not yet durable; above it ordinary ones are refused. At least 1.
    pub high_water: usize,
    /// Submissions of streams that are not yet durable; above it streams are read more slowly. At least 1,000.
    pub stream_high_water: usize,
    /// Batches of one stream worked on at once, at least 1.
    pub stream_batches: usize,
}

impl Validate for AcceptSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        let lanes = (1..=MAX_LANES).contains(&self.lanes);
        problems.check(
            "lanes",
            lanes,
            format!("is {}, must be 1 to {MAX_LANES}", self.lanes),
        );
        let batch = (1..=MAX_BATCH).contains(&self.max_batch);
        problems.check(
            "max_batch",
            batch,
            format!("is {}, must be 1 to {MAX_BATCH}", self.max_batch),
        );
        problems.check(
            "linger_us",
            self.linger_us <= MAX_LINGER_US,
            format!("is {}, must be at most {MAX_LINGER_US}", self.linger_us),
        );
        problems.at_least("writes_in_flight", self.writes_in_flight as u64, 1);
        problems.at_least("high_water", self.high_water as u64, 1);
        // a whole batch must fit, or its stream would wait for ever
        problems.at_least(
            "stream_high_water",
            self.stream_high_water as u64,
            MAX_BATCH as u64,
        );
        problems.at_least("stream_batches", self.stream_batches as u64, 1);
        problems.into_vec()
    }
}

impl IntakeSettings {
    /// Whether there is a classifier to ask for previews.
    pub(crate) fn has_classifier(&self) -> bool {
        names_one(&self.classifier)
    }

    /// Whether there is feedback to ask for what is in the archive.
    pub(crate) fn has_feedback(&self) -> bool {
        names_one(&self.feedback)
    }
}

fn names_one(settings: &ClientSettings) -> bool {
    let mut addresses = settings.addresses.iter();
    addresses.any(|address| !address.trim().is_empty())
}

impl Validate for IntakeSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = self.problems();
        problems.section("accept", &self.accept);
        problems.section("city", &self.city);
        if self.has_classifier() {
            problems.section("classifier", &self.classifier);
        }
        if self.has_feedback() {
            problems.section("feedback", &self.feedback);
        }
        problems.section("store", &self.store);
        problems.into_vec()
    }
}

impl ServiceSettings for IntakeSettings {
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

    fn load(set: &[&str]) -> Result<IntakeSettings, ConfigError> {
        let cli = Cli {
            set: set.iter().map(ToString::to_string).collect(),
            ..Cli::default()
        };
        load_with(DEFAULTS, &cli, [])
    }

    #[test]
    fn the_defaults_are_complete_and_valid() {
        let settings = load(&[]).unwrap();
        assert_eq!(settings.server.listen, "127.0.0.1:7001");
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
            "accept.lanes=0",
            "accept.max_batch=1001",
            "accept.linger_us=100001",
            "accept.writes_in_flight=0",
            "accept.high_water=0",
            "accept.stream_high_water=999",
            "accept.stream_batches=0",
            "city.pack=",
            "classifier.addresses=nowhere",
            "feedback.addresses=nowhere",
        ])
        .unwrap_err();
        let ConfigError::Invalid(problems) = error else {
            panic!("{error}")
        };
        let fields: Vec<&str> = problems.iter().map(|p| p.problem.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "accept.lanes",
                "accept.max_batch",
                "accept.linger_us",
                "accept.writes_in_flight",
                "accept.high_water",
                "accept.stream_high_water",
                "accept.stream_batches",
                "city.pack",
                "classifier.addresses",
                "feedback.addresses"
            ]
        );
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        assert!(matches!(
            load(&["accept.speed=9"]),
            Err(ConfigError::Unknown(_))
        ));
    }
}
