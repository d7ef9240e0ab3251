//! What can be set about models that change.

use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate};

/// The longest pause between two beats: one may be lost before the others think that this replica is gone.
const MAX_BEAT_MS: u64 = 2_500;

/// The most messages that may wait for a shadow: tens of megabytes of text.
const MAX_QUEUE: usize = 65_536;

/// Models that change; section `[models]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelsSettings {
    /// How often the models' log is looked at without a wake-up, milliseconds, at least 10.
    pub poll_ms: u64,
    /// How often this replica says what it serves, milliseconds, 10 to 2,500: after 5 s of silence it counts as gone.
    pub beat_ms: u64,
    /// How long the start waits for the models that the log names, milliseconds; after that the built-in ones serve first.
    pub start_wait_ms: u64,
    /// Messages that wait for a shadow, 1 to 65,536; beyond that a message is not compared.
    pub shadow_queue: usize,
}

impl Validate for ModelsSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.at_least("poll_ms", self.poll_ms, 10);
        problems.check(
            "beat_ms",
            (10..=MAX_BEAT_MS).contains(&self.beat_ms),
            format!("must be 10 to {MAX_BEAT_MS}"),
        );
        problems.check(
            "shadow_queue",
            (1..=MAX_QUEUE).contains(&self.shadow_queue),
            format!("must be 1 to {MAX_QUEUE}"),
        );
        problems.into_vec()
    }
}
