//! Counts of days: how many cases of a category came in an area, and what citizens said of them when called back.

use std::collections::BTreeMap;

use jiff::civil::Date;

/// What is counted of a category in an area.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// Cases that came.
    pub told: u64,
    /// Callbacks of that day in which the citizen said that it is solved.
    pub solved: u64,
    /// Callbacks of that day in which the citizen said that it is not.
    pub unsolved: u64,
}

impl Cell {
    /// Adds another's counts.
    pub fn add(&mut self, other: Self) {
        self.told += other.told;
        self.solved += other.solved;
        self.unsolved += other.unsolved;
    }

    /// Of those who said whether it is solved, the share who said no; `None` while nobody said.
    #[must_use]
    pub fn unsolved_share(self) -> Option<f64> {
        let said = self.solved + self.unsolved;
        (said > 0).then(|| self.unsolved as f64 / said as f64)
    }
}

/// A day's counts by category and area, each empty where it is not known.
pub type Cells = BTreeMap<(String, String), Cell>;

/// A day of the city and its counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub date: Date,
    /// Its counts.
    pub cells: Cells,
}
