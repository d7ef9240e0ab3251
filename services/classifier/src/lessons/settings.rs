//! What can be set about learning from the desk.

use serde::{Deserialize, Serialize};
use swiftline_config::{Problem, Problems, Validate};

/// The most examples that a partition may keep.
const MAX_KEEP: u32 = 100_000;

/// What becomes of the texts of examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextPolicy {
    /// Only features are kept.
    Drop,
    /// They are kept, sealed with the keys of `keys_file`.
    Seal,
}

/// Learning from the desk; section `[lessons]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonsSettings {
    /// What becomes of the texts.
    pub text: TextPolicy,
    /// The file with the keys that seal and open texts, as of contact data; empty: this service has none, and what others
    /// have sealed is listed without its text.
    pub keys_file: String,
    /// Examples that each partition keeps, the newest, 1 to 100,000.
    pub keep: u32,
    /// How often what the models say is added to the counts in the store, in milliseconds, at least 10.
    pub flush_ms: u64,
}

impl Validate for LessonsSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.check(
            "keys_file",
            self.text == TextPolicy::Drop || !self.keys_file.is_empty(),
            "is needed to seal texts",
        );
        problems.check(
            "keep",
            (1..=MAX_KEEP).contains(&self.keep),
            format!("is {}, must be 1 to {MAX_KEEP}", self.keep),
        );
        problems.at_least("flush_ms", self.flush_ms, 10);
        problems.into_vec()
    }
}
