//! Counters per unit, written by the same script that acknowledges the entry they come from: exactly once.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use swiftline_domain::id::UnitId;

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

impl Store {
    /// The counters of every unit, over all partitions.
    ///
    /// # Errors
    /// When Redis is unavailable or a counter is not a number.
    pub async fn rates(&self) -> Result<Rates, StoreError> {
        todo!()
    }
}
