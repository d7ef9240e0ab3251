//! Surges: more complaints of a kind in a district than are usual at this hour.
//!
//! ```text
//! History ─▶ Shapes (hour of the week) ┐
//!   each closed hour ─▶ level, scatter ┴▶ Detector ──look(now)──▶ Finding ─▶ Watch: opened, grows, over
//! ```
//!
//! The count of a series in an hour is expected to be *level × shape*: a slowly moving level (exponential forgetting, a
//! gamma prior from the subject in the city and the district's share) times the factor of that hour of the week
//! (`shape`). Counts are negative binomial around it. How scattered they are is measured, for each length of window, by how
//! far what came was from what had been expected before it came, pooled from series to subject to city as far as a series
//! has too little to tell. A window ends now and begins with a whole hour: the current hour, or that and 1, 2, 5 or 23
//! before. An alarm needs a tail probability that is rare even among all the series, windows and looks of a day (see
//! [`SurgeSettings::false_alarms_per_day`]), at least so many complaints, and a certain ratio.
//!
//! Robust: a count enters level and scatter no larger than it plausibly is, so a surge does not become the usual. With less
//! than two weeks of history everything is taken as more scattered, and the finding says so.
//!
//! State of a series: a shape shared or its own, a level, 23 hours, scatter of five windows: about a kilobyte. An event is
//! O(1); closing an hour is O(series).

mod alarm;
mod detector;
mod shape;
#[cfg(test)]
mod tests;

pub use alarm::{Change, Now, Phase, Surge, Watch};
pub use detector::{Detector, Finding, Look};

use super::grid::SeriesNo;
use super::hour::{Hour, Slot};

/// What counts as a surge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurgeSettings {
    /// How many alarms a day the whole city may have by chance alone; above 0.
    pub false_alarms_per_day: f64,
    /// The fewest complaints that are a surge, at least 2.
    pub least: u64,
    /// How many times what is expected a surge has at least; at least 1.
    pub ratio: f64,
    /// After so many days half of what a level remembers is forgotten; above 0.
    pub half_life_days: f64,
}

impl Default for SurgeSettings {
    fn default() -> Self {
        Self {
            false_alarms_per_day: 0.5,
            least: 5,
            ratio: 1.5,
            half_life_days: 7.0,
        }
    }
}

/// An hour that is over, and what came in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Closed {
    /// Which hour.
    pub hour: Hour,
    /// Which hour of the week it is.
    pub slot: Slot,
    /// Counts of the series that had any, in the order of the series; a theme has what is under it.
    pub counts: Vec<(SeriesNo, u32)>,
}

/// Hours in the order of time; there may be gaps, of which nothing is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History(Vec<Closed>);

impl History {
    /// Adds an hour; one that is not later than the last is left out, and the answer is false.
    pub fn push(&mut self, hour: Closed) -> bool {
        let is_later = self.0.last().is_none_or(|last| last.hour < hour.hour);
        if is_later {
            self.0.push(hour);
        }
        is_later
    }

    /// The hours.
    #[must_use]
    pub fn hours(&self) -> &[Closed] {
        &self.0
    }

    /// Forgets what is older.
    pub fn forget_before(&mut self, hour: Hour) {
        self.0.retain(|closed| closed.hour >= hour);
    }
}
