//! Dead letters: entries that a group could not handle.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use swiftline_domain::number::Partition;

use crate::{EntryId, Group, Store, StoreError};

/// Names a dead letter: `p07/1700000000000-0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LetterId {
    /// The partition.
    pub partition: Partition,
    /// The entry of the partition's dead-letter stream.
    pub entry: EntryId,
}

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.partition, self.entry)
    }
}

/// A text that names no dead letter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the id of a dead letter, such as p07/1700000000000-0")]
pub struct LetterIdError(String);

impl FromStr for LetterId {
    type Err = LetterIdError;

    fn from_str(text: &str) -> Result<Self, LetterIdError> {
        let parse = || {
            let (partition, entry) = text.strip_prefix('p')?.split_once('/')?;
            Some(Self {
                partition: Partition(partition.parse().ok()?),
                entry: entry.parse().ok()?,
            })
        };
        parse().ok_or_else(|| LetterIdError(text.to_owned()))
    }
}

/// An entry that a group could not handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its name.
    pub id: LetterId,
    /// The group that could not handle it.
    pub group: Group,
    /// The entry of the log that it was.
    pub entry: EntryId,
    /// The case, as the entry says; may be unreadable.
    pub number: String,
    /// Why it could not be handled.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up.
    pub at: Timestamp,
    /// W3C traceparent of the commit; empty when the entry was undecodable.
    pub trace_parent: String,
    /// Size of the entry's commit, bytes.
    pub bytes: usize,
}

impl Store {
    /// Up to `limit` dead letters, by partition and then oldest first.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let _ = limit;
        todo!()
    }

    /// One dead letter; `None` when there is none of this id.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn dead_letter(&self, id: LetterId) -> Result<Option<DeadLetter>, StoreError> {
        let _ = id;
        todo!()
    }

    /// Puts dead letters back at the end of the log, for the group that gave them up and no other. Says how many; ids that
    /// are not there (any more) are passed over.
    ///
    /// # Errors
    /// When Redis is unavailable; some may be back then, and repeating puts none back twice.
    pub async fn redrive(&self, ids: &[LetterId]) -> Result<u64, StoreError> {
        let _ = ids;
        todo!()
    }
}
