//! The counts of units and what they come to: the three rates.

use std::collections::{BTreeMap, BTreeSet};

use swiftline_domain::id::{EntryId, UnitId};
use swiftline_store::{AnswerCounts, Counter, Rates};

use crate::Engine;
use crate::error::FeedbackError;

/// The counts of one unit, or of several together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally(BTreeMap<Counter, u64>);

impl Tally {
    pub(crate) fn get(&self, counter: Counter) -> u64 {
        self.0.get(&counter).copied().unwrap_or_default()
    }

    /// The share of the citizens reached of whom this was counted, 0 to 1; `None` while nobody was reached.
    pub(crate) fn share(&self, counter: Counter) -> Option<f64> {
        let reached = self.get(Counter::Reached);
        (reached > 0).then(|| self.get(counter) as f64 / reached as f64)
    }

    fn add(&mut self, other: &Self) {
        for (counter, n) in &other.0 {
            *self.0.entry(*counter).or_default() += n;
        }
    }
}

/// The counts of some units, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) units: BTreeMap<UnitId, Tally>,
    pub(crate) total: Tally,
}

/// What became of the answers of the knowledge base, by entry.
pub(crate) type Answers = BTreeMap<EntryId, AnswerCounts>;

/// Of the citizens who said whether an answer helped, the share whom it did; `None` while nobody said.
pub(crate) fn helped(counts: &AnswerCounts) -> Option<f64> {
    let said = counts.confirmed + counts.not_solved;
    (said > 0).then(|| counts.confirmed as f64 / said as f64)
}

impl Report {
    /// Of these units, with zeros where nothing was counted; of all that have anything when none are named.
    fn of(mut rates: Rates, wanted: &BTreeSet<UnitId>) -> Self {
        let units: BTreeMap<UnitId, Tally> = if wanted.is_empty() {
            let tallies = rates.into_iter();
            tallies
                .map(|(unit, counts)| (unit, Tally(counts)))
                .collect()
        } else {
            let mut counts = |unit: &UnitId| Tally(rates.remove(unit).unwrap_or_default());
            let wanted = wanted.iter().cloned();
            wanted.map(|unit| (unit.clone(), counts(&unit))).collect()
        };
        let mut total = Tally::default();
        for tally in units.values() {
            total.add(tally);
        }
        Self { units, total }
    }
}

impl Engine {
    /// The counts of these units; of every unit that has any when none are named.
    pub(crate) async fn rates(&self, wanted: &[UnitId]) -> Result<Report, FeedbackError> {
        let rates = self.cases.store.rates().await?;
        for (at, unit) in wanted.iter().enumerate() {
            // A unit that has left the city pack keeps its figures.
            if self.pack.units.get(unit.as_str()).is_none() && !rates.contains_key(unit) {
                return Err(FeedbackError::Unknown {
                    field: format!("units[{at}]"),
                    what: "unit",
                    id: unit.to_string(),
                });
            }
        }
        let wanted = wanted.iter().cloned().collect();
        Ok(Report::of(rates, &wanted))
    }

    /// What became of the answers of each entry that answered anything.
    pub(crate) async fn answers(&self) -> Result<Answers, FeedbackError> {
        Ok(self.cases.store.answer_counts().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(id: &str) -> UnitId {
        id.parse().unwrap()
    }

    fn rates() -> Rates {
        let a = BTreeMap::from([
            (Counter::Reached, 4),
            (Counter::Contacted, 4),
            (Counter::Solved, 3),
            (Counter::Satisfied, 1),
        ]);
        let b = BTreeMap::from([(Counter::Reached, 1), (Counter::Signed, 7)]);
        Rates::from([(unit("a"), a), (unit("b"), b)])
    }

    #[test]
    fn shares_are_of_those_reached() {
        let report = Report::of(rates(), &BTreeSet::new());
        let a = &report.units["a"];
        assert_eq!(a.share(Counter::Contacted), Some(1.0));
        assert_eq!(a.share(Counter::Solved), Some(0.75));
        assert_eq!(a.share(Counter::Satisfied), Some(0.25));
        assert_eq!(report.units["b"].share(Counter::Solved), Some(0.0));
    }

    #[test]
    fn an_answer_helps_the_share_of_those_who_say_so() {
        let mut counts = AnswerCounts {
            answered: 9,
            ..AnswerCounts::default()
        };
        assert_eq!(helped(&counts), None);
        (counts.confirmed, counts.not_solved) = (3, 1);
        assert_eq!(helped(&counts), Some(0.75));
    }

    #[test]
    fn without_anybody_reached_there_is_no_share() {
        assert_eq!(Tally::default().share(Counter::Solved), None);
    }

    #[test]
    fn the_total_is_of_all_citizens_not_of_all_shares() {
        let report = Report::of(rates(), &BTreeSet::new());
        assert_eq!(report.total.get(Counter::Reached), 5);
        assert_eq!(report.total.share(Counter::Solved), Some(0.6));
        assert_eq!(report.total.get(Counter::Signed), 7);
    }

    #[test]
    fn units_that_are_named_are_there_even_with_nothing_and_the_total_is_theirs() {
        let report = Report::of(rates(), &[unit("b"), unit("c")].into());
        let ids: Vec<&str> = report.units.keys().map(UnitId::as_str).collect();
        assert_eq!(ids, ["b", "c"]);
        assert_eq!(report.units["c"], Tally::default());
        assert_eq!(report.total.get(Counter::Reached), 1);
    }
}
