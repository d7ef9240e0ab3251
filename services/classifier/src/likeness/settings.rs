//! What can be set about likeness.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate};

/// How cases that tell of the same thing are found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LikenessSettings {
    /// Whether to look for them.
    pub enabled: bool,
    /// Messages further apart than this are not linked, in days, 1 to 365.
    pub window_days: u16,
    /// What the index may take of Redis' memory, in MiB, 16 to 65,536. When it is full, entries are dropped at random.
    pub max_mib: u32,
    /// A batch goes on without links when Redis has not answered in this time, in milliseconds.
    pub deadline_ms: u64,
    /// Batches that ask at the same time; more go on without links.
    pub in_flight: usize,
}

impl Default for LikenessSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            window_days: 30,
            max_mib: 1_024,
            deadline_ms: 100,
            in_flight: 4,
        }
    }
}

impl LikenessSettings {
    pub(super) fn window(&self) -> Duration {
        Duration::from_secs(u64::from(self.window_days) * 24 * 60 * 60)
    }

    pub(super) fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }
}

impl Validate for LikenessSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        let window = (1..=365).contains(&self.window_days);
        problems.check(
            "window_days",
            window,
            format!("is {}, must be 1 to 365", self.window_days),
        );
        let memory = (16..=65_536).contains(&self.max_mib);
        problems.check(
            "max_mib",
            memory,
            format!("is {}, must be 16 to 65536", self.max_mib),
        );
        problems.at_least("deadline_ms", self.deadline_ms, 1);
        problems.at_least("in_flight", self.in_flight as u64, 1);
        problems.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bad_value_is_named() {
        assert_eq!(LikenessSettings::default().validate(), []);
        let bad = LikenessSettings {
            enabled: true,
            window_days: 0,
            max_mib: 15,
            deadline_ms: 0,
            in_flight: 0,
        };
        let fields: Vec<String> = bad
            .validate()
            .into_iter()
            .map(|problem| problem.field)
            .collect();
        assert_eq!(
            fields,
            ["window_days", "max_mib", "deadline_ms", "in_flight"]
        );
    }
}
