//! What the desk teaches: people's decisions become labelled examples, and what comes in is compared with what the models
//! were trained on.
//!
//! ```text
//! case log (a person said what it is) ─▶ school: what was said, what is right, features of the text ─▶ store ─▶ acknowledge
//! Correct (gRPC) ────────────────────────┘
//! engine ─▶ watch: labels and confidence, counted ─(now and then)─▶ store ─▶ drift: beside the training data
//! ```
//!
//! **Invariants**
//! - A decision makes at most one example a model, however often its log entry is delivered; it is acknowledged after that.
//! - Without `lessons.text = "seal"` no text is kept, only features: hashes of n-grams with their counts.
//! - Watching never waits and never fails a classification; what is counted twice or lost at a crash is a few messages of many.

mod api;
mod drift;
mod error;
mod record;
mod school;
mod settings;
mod text;
mod watch;
mod wire;

use jiff::Timestamp;
use swiftline_domain::id::CategoryId;
use swiftline_domain::number::CaseNumber;

pub use settings::{LessonsSettings, TextPolicy};
pub use watch::Watch;

pub(crate) use error::LessonsError;
pub(crate) use school::School;
pub(crate) use wire::{Wiring, school, serve};

/// Keeps what somebody says about a case as a correction.
#[tonic::async_trait]
pub(crate) trait Corrections: Send + Sync + 'static {
    /// Keeps that a case is of this category; says how many corrections to it there were, this one included.
    async fn correct(
        &self,
        number: CaseNumber,
        right: CategoryId,
        at: Timestamp,
    ) -> Result<u64, LessonsError>;
}
