//! What became of the cases that each entry of the knowledge base answered, counted by the step that acknowledges the log
//! entry: exactly once.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use redis::cmd;
use swiftline_domain::id::EntryId;

use crate::keys::partition_home;
use crate::reply::read;
use crate::{Store, StoreError};

/// What is counted of an entry of the knowledge base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AnswerCounter {
    /// Cases that it answered.
    Answered,
    /// Citizens who said that it helped.
    Confirmed,
    /// Citizens who said that it did not.
    NotSolved,
    /// Cases that were taken up again, for whatever reason.
    Reopened,
}

/// What was counted of an entry of the knowledge base.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AnswerCounts {
    /// Cases that it answered.
    pub answered: u64,
    /// Citizens who said that it helped.
    pub confirmed: u64,
    /// Citizens who said that it did not.
    pub not_solved: u64,
    /// Cases that were taken up again, for whatever reason.
    pub reopened: u64,
}

impl AnswerCounter {
    /// Every counter.
    pub const ALL: &'static [Self] = &[
        Self::Answered,
        Self::Confirmed,
        Self::NotSolved,
        Self::Reopened,
    ];

    /// The word in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Confirmed => "confirmed",
            Self::NotSolved => "not_solved",
            Self::Reopened => "reopened",
        }
    }
}

impl AnswerCounts {
    fn of(&mut self, counter: AnswerCounter) -> &mut u64 {
        match counter {
            AnswerCounter::Answered => &mut self.answered,
            AnswerCounter::Confirmed => &mut self.confirmed,
            AnswerCounter::NotSolved => &mut self.not_solved,
            AnswerCounter::Reopened => &mut self.reopened,
        }
    }
}

/// The field of the partition's hash.
pub(crate) fn answer_field(entry: &EntryId, counter: AnswerCounter) -> String {
    format!("{entry}|{}", counter.as_str())
}

fn read_field(field: &str) -> Option<(EntryId, AnswerCounter)> {
    let (entry, word) = field.split_once('|')?;
    let counter = AnswerCounter::ALL.iter().find(|one| one.as_str() == word)?;
    Some((entry.parse().ok()?, *counter))
}

impl Store {
    /// What became of the answers of each entry of the knowledge base, over all partitions; only entries with something to
    /// tell.
    ///
    /// # Errors
    /// When Redis is unavailable or a counter is not one.
    pub async fn answer_counts(&self) -> Result<BTreeMap<EntryId, AnswerCounts>, StoreError> {
        let reads = self.partitions().map(|partition| {
            let mut get = cmd("HGETALL");
            get.arg(self.keys().answers(partition));
            self.conn().run(partition_home(partition), get)
        });
        let mut counts = BTreeMap::<_, AnswerCounts>::new();
        for answer in try_join_all(reads).await? {
            for (field, n) in read::<Vec<(String, u64)>>(answer)? {
                let (entry, counter) = read_field(&field).ok_or_else(|| {
                    StoreError::corrupt("a partition's counters of answers", format!("{field:?}"))
                })?;
                *counts.entry(entry).or_default().of(counter) += n;
            }
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_read_back_and_each_counter_has_a_place_of_its_own() {
        let entry = EntryId::new("heating-season").unwrap();
        let mut counts = AnswerCounts::default();
        for (n, &counter) in (1..).zip(AnswerCounter::ALL) {
            let field = answer_field(&entry, counter);
            assert_eq!(read_field(&field), Some((entry.clone(), counter)));
            *counts.of(counter) += n;
        }
        let expected = AnswerCounts {
            answered: 1,
            confirmed: 2,
            not_solved: 3,
            reopened: 4,
        };
        assert_eq!(counts, expected);
        for bad in ["", "entry", "entry|nothing", " |answered"] {
            assert_eq!(read_field(bad), None);
        }
    }
}
