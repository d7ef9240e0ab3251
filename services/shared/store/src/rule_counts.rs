//! What happened to the orders that each rule gave out, counted by the step that acknowledges the log entry: exactly once.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use redis::cmd;
use swiftline_domain::id::{EntryId, RuleId, UnitId};

use crate::keys::partition_home;
use crate::reply::read;
use crate::{AnswerCounter, Counter, Store, StoreError};

/// What an entry of the log is worth.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// For units.
    pub units: Vec<(UnitId, Counter)>,
    /// For rules.
    pub rules: Vec<RuleCount>,
    /// For entries of the knowledge base.
    pub answers: Vec<(EntryId, AnswerCounter)>,
    /// What the case tells, kept for insight; empty: nothing.
    pub note: Vec<u8>,
}

/// Something to count for a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCount {
    /// The digest of the rule set.
    pub digest: String,
    /// The rule; `None` for the backstop.
    pub rule: Option<RuleId>,
    /// What.
    pub counter: RuleCounter,
}

/// What is counted of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RuleCounter {
    /// Orders that it gave out.
    Offered,
    /// Orders of it that were given back.
    Returned,
    /// Orders of it that were handed on.
    Transferred,
    /// Orders of it that nobody signed for in time.
    Expired,
    /// Cases that it left to a person.
    Triage,
}

/// What was counted of a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleCounts {
    /// Orders that it gave out.
    pub offered: u64,
    /// Orders of it that were given back.
    pub returned: u64,
    /// Orders of it that were handed on.
    pub transferred: u64,
    /// Orders of it that nobody signed for in time.
    pub expired: u64,
    /// Cases that it left to a person.
    pub triage: u64,
}

impl RuleCounter {
    /// Every counter.
    pub const ALL: &'static [Self] = &[
        Self::Offered,
        Self::Returned,
        Self::Transferred,
        Self::Expired,
        Self::Triage,
    ];

    /// The word in the store and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Returned => "returned",
            Self::Transferred => "transferred",
            Self::Expired => "expired",
            Self::Triage => "triage",
        }
    }
}

impl RuleCounts {
    fn of(&mut self, counter: RuleCounter) -> &mut u64 {
        match counter {
            RuleCounter::Offered => &mut self.offered,
            RuleCounter::Returned => &mut self.returned,
            RuleCounter::Transferred => &mut self.transferred,
            RuleCounter::Expired => &mut self.expired,
            RuleCounter::Triage => &mut self.triage,
        }
    }
}

impl RuleCount {
    /// The field of the hash of its digest.
    pub(crate) fn field(&self) -> String {
        let rule = self.rule.as_ref().map_or("", RuleId::as_str);
        format!("{rule}|{}", self.counter.as_str())
    }
}

fn read_field(field: &str) -> Option<(Option<RuleId>, RuleCounter)> {
    let (rule, word) = field.split_once('|')?;
    let rule = match rule {
        "" => None,
        rule => Some(rule.parse().ok()?),
    };
    let counter = RuleCounter::ALL.iter().find(|one| one.as_str() == word)?;
    Some((rule, *counter))
}

impl Store {
    /// What happened under each rule of the set with this digest, over all partitions; only rules with something to tell.
    ///
    /// # Errors
    /// When Redis is unavailable or a counter is not one.
    pub async fn rule_counts(
        &self,
        digest: &str,
    ) -> Result<BTreeMap<Option<RuleId>, RuleCounts>, StoreError> {
        let reads = self.partitions().map(|partition| {
            let mut get = cmd("HGETALL");
            get.arg(self.keys().rule_counts(partition, digest));
            self.conn().run(partition_home(partition), get)
        });
        let mut counts = BTreeMap::<_, RuleCounts>::new();
        for answer in try_join_all(reads).await? {
            for (field, n) in read::<Vec<(String, u64)>>(answer)? {
                let (rule, counter) = read_field(&field).ok_or_else(|| {
                    StoreError::corrupt("a partition's counters of rules", format!("{field:?}"))
                })?;
                *counts.entry(rule).or_default().of(counter) += n;
            }
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_read_back() {
        for rule in [None, Some(RuleId::new("heat.by-street").unwrap())] {
            for &counter in RuleCounter::ALL {
                let digest = String::new();
                let rule = rule.clone();
                let count = RuleCount {
                    digest,
                    rule,
                    counter,
                };
                assert_eq!(read_field(&count.field()), Some((count.rule, counter)));
            }
        }
        for bad in ["", "rule", "rule|nothing", " |offered"] {
            assert_eq!(read_field(bad), None);
        }
    }

    #[test]
    fn each_counter_has_a_place_of_its_own() {
        let mut counts = RuleCounts::default();
        for (n, counter) in (1..).zip(RuleCounter::ALL) {
            *counts.of(*counter) += n;
        }
        let expected = RuleCounts {
            offered: 1,
            returned: 2,
            transferred: 3,
            expired: 4,
            triage: 5,
        };
        assert_eq!(counts, expected);
    }
}
