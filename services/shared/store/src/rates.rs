//! Counters per unit, written by the same script that acknowledges the entry they come from: exactly once.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use futures::future::try_join_all;
use redis::cmd;
use swiftline_domain::id::UnitId;

use crate::keys::partition_home;
use crate::reply::read;
use crate::{Store, StoreError};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)+) => {
        /// What is counted of a unit.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Counter { $($(#[$doc])* $name,)+ }
        impl Counter {
            /// Every counter.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];
            /// The word in the store and in metrics.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }
        }
        impl FromStr for Counter {
            type Err = UnknownCounter;
            fn from_str(word: &str) -> Result<Self, UnknownCounter> {
                match word {
                    $($word => Ok(Self::$name),)+
                    _ => Err(UnknownCounter(word.to_owned())),
                }
            }
        }
    };
}

counters! {
    /// Orders offered to it.
    Offered = "offered",
    /// Orders it signed for.
    Signed = "signed",
    /// Orders it gave back.
    Returned = "returned",
    /// Orders it let expire.
    Expired = "expired",
    /// Orders it handed on.
    Transferred = "transferred",
    /// Orders it reported as done.
    Resolved = "resolved",
    /// Orders that came back to it.
    Reopened = "reopened",
    /// Citizens who were reached.
    Reached = "reached",
    /// Citizens who said that they were contacted.
    Contacted = "contacted",
    /// Citizens who said that it was solved.
    Solved = "solved",
    /// Citizens who said that they are satisfied.
    Satisfied = "satisfied",
    /// Clocks that ran out.
    Overdue = "overdue",
}

/// A word that is no counter of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a counter")]
pub struct UnknownCounter(String);

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The counters of every unit with at least one event.
pub type Rates = BTreeMap<UnitId, BTreeMap<Counter, u64>>;

/// The field of the partition's hash.
pub(crate) fn field(unit: &UnitId, counter: Counter) -> String {
    format!("{unit}|{counter}")
}

fn read_field(field: &str) -> Option<(UnitId, Counter)> {
    let (unit, counter) = field.split_once('|')?;
    Some((unit.parse().ok()?, counter.parse().ok()?))
}

impl Store {
    /// The counters of every unit, over all partitions.
    ///
    /// # Errors
    /// When Redis is unavailable or a counter is not one.
    pub async fn rates(&self) -> Result<Rates, StoreError> {
        let reads = self.partitions().map(|partition| {
            let mut get = cmd("HGETALL");
            get.arg(self.keys().rates(partition));
            self.conn().run(partition_home(partition), get)
        });
        let mut rates = Rates::new();
        for answer in try_join_all(reads).await? {
            for (field, n) in read::<Vec<(String, u64)>>(answer)? {
                let (unit, counter) = read_field(&field).ok_or_else(|| {
                    StoreError::corrupt("a partition's rates", format!("{field:?}"))
                })?;
                *rates.entry(unit).or_default().entry(counter).or_default() += n;
            }
        }
        Ok(rates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_read_back() {
        let unit = UnitId::new("dept.water").unwrap();
        for counter in Counter::ALL {
            assert_eq!(
                read_field(&field(&unit, *counter)),
                Some((unit.clone(), *counter))
            );
        }
        for bad in ["", "unit", "unit|nothing", " |signed"] {
            assert_eq!(read_field(bad), None);
        }
    }
}
