//! The three rates and the scores: which cases count for whom, kept as running sums and computed again from every case.
//!
//! What a case contributes is a pure function of its row and the city's formula (`swiftline_domain::scores`):
//!
//! - [`Scorer`] follows the log: it puts each case's line into its record and the sums of unit, team and day, in one step.
//! - `figures` reads the sums, or computes every case of a period again from the archive and the store.
//! - `api` says what they come to; `ranking`, `explain` and `cases` rank, explain, and list the cases behind a figure.
//!
//! # Invariants
//!
//! - **A case is in the sums once, by its newest line**: the line in its record says what it is in them as, and both change in
//!   one step or not at all. So repeats, redeliveries and replicas change nothing.
//! - **A case is counted before it is forgotten**: the archiver counts what it takes away.

mod api;
mod because;
mod cases;
mod explain;
mod figures;
mod ranking;
mod scorer;
mod settings;
mod touch;

pub(crate) use api::ScoresApi;
pub use scorer::Scorer;
pub(crate) use scorer::history;
pub use settings::ScoreSettings;
pub(crate) use touch::{Touch, touch};
