//! Sums of lines, and the rates and the score that are made of them.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::formula::Weights;
use super::line::{Line, Verdict};
use crate::id::ExclusionId;

/// How many counts there are.
pub const COUNTS: usize = 8;

/// What cases come to; see [`Tally`] for the order.
pub type Counts = [u64; COUNTS];

/// What some cases come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Cases whose citizen was reached.
    pub assessed: u64,
    /// Citizens who said that they were contacted.
    pub contacted: u64,
    /// Citizens who said whether they were.
    pub contacted_of: u64,
    /// Citizens who said that it was solved.
    pub solved: u64,
    /// Citizens who said whether it was.
    pub solved_of: u64,
    /// Citizens who said that they are satisfied.
    pub satisfied: u64,
    /// Citizens who said whether they are.
    pub satisfied_of: u64,
    /// Cases that ended without their citizen being reached.
    pub unreached: u64,
    /// Cases that do not count, by what takes them out.
    pub excluded: BTreeMap<ExclusionId, u64>,
}

impl Line<'_> {
    /// What the case adds: its counts, and what takes it out, if anything does (the counts are then 0).
    #[must_use]
    pub fn counts(&self) -> (Counts, Option<&ExclusionId>) {
        match self.verdict {
            Verdict::Excluded(exclusion) => (Counts::default(), Some(&exclusion.id)),
            Verdict::Unreached => ([0, 0, 0, 0, 0, 0, 0, 1], None),
            Verdict::Answers {
                contacted,
                solved,
                satisfied,
            } => {
                let yes = |answer: Option<bool>| u64::from(answer == Some(true));
                let said = |answer: Option<bool>| u64::from(answer.is_some());
                let counts = [
                    1,
                    yes(contacted),
                    said(contacted),
                    yes(solved),
                    said(solved),
                    yes(satisfied),
                    said(satisfied),
                    0,
                ];
                (counts, None)
            }
        }
    }
}

impl Tally {
    /// Adds these counts, in the order of the fields.
    pub fn add_counts(&mut self, counts: Counts) {
        let [
            assessed,
            contacted,
            contacted_of,
            solved,
            solved_of,
            satisfied,
            satisfied_of,
            unreached,
        ] = counts;
        self.assessed += assessed;
        self.contacted += contacted;
        self.contacted_of += contacted_of;
        self.solved += solved;
        self.solved_of += solved_of;
        self.satisfied += satisfied;
        self.satisfied_of += satisfied_of;
        self.unreached += unreached;
    }

    /// Adds cases that this takes out.
    pub fn add_excluded(&mut self, by: &ExclusionId, cases: u64) {
        *self.excluded.entry(by.clone()).or_default() += cases;
    }

    /// Adds a case.
    pub fn add(&mut self, line: &Line<'_>) {
        let (counts, excluded) = line.counts();
        self.add_counts(counts);
        if let Some(by) = excluded {
            self.add_excluded(by, 1);
        }
    }

    /// Of those who said whether they were contacted, the share who were, 0 to 1.
    #[must_use]
    pub fn response(&self) -> Option<f64> {
        share(self.contacted, self.contacted_of)
    }

    /// Of those who said whether it was solved, the share for whom it was, 0 to 1.
    #[must_use]
    pub fn resolution(&self) -> Option<f64> {
        share(self.solved, self.solved_of)
    }

    /// Of those who said whether they are satisfied, the share who are, 0 to 1.
    #[must_use]
    pub fn satisfaction(&self) -> Option<f64> {
        share(self.satisfied, self.satisfied_of)
    }

    /// The mean of the three rates by their weights, 0 to 100; `None` while one that has weight has no answer.
    #[must_use]
    pub fn score(&self, weights: &Weights) -> Option<f64> {
        let parts = [
            (weights.response, self.response()),
            (weights.resolution, self.resolution()),
            (weights.satisfaction, self.satisfaction()),
        ];
        let (mut sum, mut weight) = (0.0, 0.0);
        for (by, rate) in parts.into_iter().filter(|(by, _)| *by > 0.0) {
            sum += by * rate?;
            weight += by;
        }
        (weight > 0.0).then(|| 100.0 * sum / weight)
    }
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        self.add_counts([
            other.assessed,
            other.contacted,
            other.contacted_of,
            other.solved,
            other.solved_of,
            other.satisfied,
            other.satisfied_of,
            other.unreached,
        ]);
        for (by, cases) in &other.excluded {
            self.add_excluded(by, *cases);
        }
    }
}

fn share(yes: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| yes as f64 / of as f64)
}
