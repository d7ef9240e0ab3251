//! What can be set about scores.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate};

/// How scores are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScoreSettings {
    /// Running sums are kept for so many months besides the one that runs, 1 to 120; older periods are computed from the
    /// archive.
    pub live_months: u32,
}

impl ScoreSettings {
    /// How long the sums of a month are kept after it.
    pub(crate) fn kept(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * 31 * i64::from(self.live_months))
    }
}

impl Validate for ScoreSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.check(
            "live_months",
            (1..=120).contains(&self.live_months),
            format!("is {}, must be 1 to 120", self.live_months),
        );
        problems.into_vec()
    }
}
