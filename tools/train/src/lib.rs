//! From data to the classifier's models, and how good what ships is.
//!
//! `train fit` makes the model files; `train eval` measures everything that the classifier says, on the real data where it is
//! there and always on the small sets written for the purpose.
//!
//! **Invariants**
//! - The same data and seed give the same bytes, on every machine.
//! - Messages that are the same or nearly so never stand on both sides of a split.
//! - No text of the data is printed or written: only figures, labels and the models' own features.

pub mod data;
pub mod eval;
pub mod fit;
mod learn;
mod metrics;
mod split;
#[cfg(test)]
mod testing;
