//! The three rates and what a city makes of them: whom a case counts for, on which day, and who is good at it.
//!
//! ```text
//! CaseRow (of a live case, or out of the archive) ─ Formula ─▶ Line ─ sums ─▶ Tally ─ weights ─▶ score ─▶ rank
//! ```
//!
//! - A [`Formula`] is data of the city pack (`scores.yaml`), in force from a day on and named by the digest of what it says.
//! - A [`Line`] is what one case contributes; it is a pure function of the case's row and the formula, so whoever computes it
//!   again, from the store or from the archive, gets the same.
//! - A [`Tally`] is a sum of lines. Sums of counts are exact; rates are made of them last.
//!
//! # The formula
//!
//! The rate of a question is the share of those who answered it with yes, of those who answered it at all. The score is the
//! mean of the three rates by the formula's weights, times 100; there is none while a rate that has weight has no answer.

mod formula;
mod line;
mod rank;
mod tally;
#[cfg(test)]
mod tests;

pub use formula::{
    AnswersThatCount, By, DayThatCounts, Exclusion, Formula, Formulas, Ranking, Terms, Weights,
};
pub use line::{Line, Verdict};
pub use rank::{Ranked, rank};
pub use tally::{COUNTS, Counts, Tally};
