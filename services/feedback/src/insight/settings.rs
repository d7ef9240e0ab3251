//! What can be set about insight.

use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate};
use swiftline_domain::insight::surge::SurgeSettings;

/// What complaints tell together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InsightSettings {
    /// How often notes are folded and surges looked for, milliseconds; at least 10.
    pub every_ms: u64,
    /// Alarms a day that the whole city may have by chance alone; above 0, at most 100.
    pub false_alarms_per_day: f64,
    /// The fewest complaints that are a surge, 2 to 1,000.
    pub least: u64,
    /// How many times the usual a surge has at least, 1 to 100.
    pub ratio: f64,
    /// After so many days half of what a level remembers is forgotten, 1 to 90.
    pub half_life_days: f64,
    /// No alarm before there is history of so many days, 0 to 35.
    pub history_days: f64,
}

impl InsightSettings {
    /// As the detector wants them.
    pub(crate) fn surges(&self) -> SurgeSettings {
        SurgeSettings {
            false_alarms_per_day: self.false_alarms_per_day,
            least: self.least,
            ratio: self.ratio,
            half_life_days: self.half_life_days,
        }
    }
}

impl Validate for InsightSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.at_least("every_ms", self.every_ms, 10);
        let rate = self.false_alarms_per_day;
        let good = rate > 0.0 && rate <= 100.0;
        problems.check(
            "false_alarms_per_day",
            good,
            format!("is {rate}, must be above 0 and at most 100"),
        );
        let least = self.least;
        problems.check(
            "least",
            (2..=1_000).contains(&least),
            format!("is {least}, must be 2 to 1000"),
        );
        for (name, value, from, to) in [
            ("ratio", self.ratio, 1.0, 100.0),
            ("half_life_days", self.half_life_days, 1.0, 90.0),
            ("history_days", self.history_days, 0.0, 35.0),
        ] {
            let good = (from..=to).contains(&value);
            problems.check(name, good, format!("is {value}, must be {from} to {to}"));
        }
        problems.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bad_value_is_named() {
        let bad = InsightSettings {
            every_ms: 9,
            false_alarms_per_day: 0.0,
            least: 1,
            ratio: 0.9,
            half_life_days: f64::NAN,
            history_days: 36.0,
        };
        let problems = bad.validate();
        let fields: Vec<&str> = problems
            .iter()
            .map(|problem| problem.field.as_str())
            .collect();
        let expected = [
            "every_ms",
            "false_alarms_per_day",
            "least",
            "ratio",
            "half_life_days",
            "history_days",
        ];
        assert_eq!(fields, expected);
    }
}
