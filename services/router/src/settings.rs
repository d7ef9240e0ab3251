//! What an operator can set.

use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Validate};
use swiftline_rpc::{ServerSettings, TlsSettings};
use swiftline_runtime::{CitySettings, RuntimeSettings, ServiceSettings};
use swiftline_store::{ContactSettings, StoreSettings};
use swiftline_telemetry::TelemetrySettings;

/// The commented defaults.
pub const DEFAULTS: &str = include_str!("default.toml");

/// The most cases that one claim of the store takes.
const MAX_BATCH: usize = 256;

/// The longest pause between two beats: one may be lost before the others think that this router is gone.
const MAX_BEAT_MS: u64 = 2_500;

/// All settings of the router.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    /// The gRPC server.
    pub server: ServerSettings,
    /// TLS between the services.
    pub tls: TlsSettings,
    /// The process.
    pub runtime: RuntimeSettings,
    /// Traces and logs.
    pub telemetry: TelemetrySettings,
    /// Redis.
    pub store: StoreSettings,
    /// The city.
    pub city: CitySettings,
    /// Contact data.
    pub contact: ContactSettings,
    /// Desks.
    pub desk: DeskSettings,
    /// Loads of teams.
    pub loads: LoadsSettings,
    /// Deadlines.
    pub sweep: SweepSettings,
    /// Rules that change.
    pub rules: RulesSettings,
}

/// Rules that change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RulesSettings {
    /// How often the rules' log is looked at without a wake-up, milliseconds.
    pub poll_ms: u64,
    /// How often this router says what it serves, milliseconds, at most 2,500: after 5 s of silence it counts as gone.
    pub beat_ms: u64,
}

/// Desks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeskSettings {
    /// How often a watched queue is looked at without a wake-up, milliseconds.
    pub poll_ms: u64,
}

/// Loads of teams.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoadsSettings {
    /// How often the store is asked for them, milliseconds.
    pub refresh_ms: u64,
}

/// Deadlines and chores.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SweepSettings {
    /// How often to look what is due, milliseconds.
    pub interval_ms: u64,
    /// How long a case that is being handled is kept from other routers, milliseconds.
    pub lease_ms: u64,
    /// Cases of one partition handled in one go, 1 to 256.
    pub batch: usize,
    /// How often to trim the log and to look at queues for metrics, milliseconds.
    pub chores_ms: u64,
}

impl Validate for Settings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = self.problems();
        problems.section("store", &self.store);
        problems.section("city", &self.city);
        problems.at_least("desk.poll_ms", self.desk.poll_ms, 10);
        problems.at_least("loads.refresh_ms", self.loads.refresh_ms, 10);
        problems.at_least("sweep.interval_ms", self.sweep.interval_ms, 1);
        problems.at_least("sweep.lease_ms", self.sweep.lease_ms, 1_000);
        problems.at_least("sweep.chores_ms", self.sweep.chores_ms, 100);
        problems.at_least("rules.poll_ms", self.rules.poll_ms, 10);
        let beat = (10..=MAX_BEAT_MS).contains(&self.rules.beat_ms);
        problems.check(
            "rules.beat_ms",
            beat,
            format!("must be 10 to {MAX_BEAT_MS}"),
        );
        let batch = (1..=MAX_BATCH).contains(&self.sweep.batch);
        problems.check("sweep.batch", batch, format!("must be 1 to {MAX_BATCH}"));
        problems.into_vec()
    }
}

impl ServiceSettings for Settings {
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
    use swiftline_config::{Cli, load_with};

    use super::*;

    fn load(set: &[&str]) -> Result<Settings, swiftline_config::ConfigError> {
        let cli = Cli {
            set: set.iter().map(ToString::to_string).collect(),
            ..Cli::default()
        };
        load_with(DEFAULTS, &cli, [])
    }

    #[test]
    fn the_defaults_are_complete_and_good() {
        let settings = load(&[]).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(settings.server.listen, "127.0.0.1:7003");
        assert_eq!(settings.sweep.batch, MAX_BATCH);
    }

    #[test]
    fn each_bad_value_is_named() {
        let bad = [
            "city.pack= ",
            "desk.poll_ms=0",
            "loads.refresh_ms=0",
            "sweep.interval_ms=0",
            "sweep.lease_ms=1",
            "sweep.batch=257",
            "sweep.chores_ms=1",
            "rules.poll_ms=1",
            "rules.beat_ms=2501",
        ];
        let error = load(&bad).unwrap_err().to_string();
        for field in bad.iter().filter_map(|one| one.split_once('=')) {
            assert!(error.contains(field.0), "{} not in {error}", field.0);
        }
    }

    #[test]
    fn a_slip_in_a_name_is_an_error() {
        assert!(load(&["sweep.intervall_ms=5"]).is_err());
    }
}
