//! Dead letters: entries that a group could not handle.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use redis::cmd;
use swiftline_domain::number::Partition;

use crate::keys::partition_home;
use crate::reply::{RawEntry, entries, read};
use crate::script::{Call, REDRIVE};
use crate::{EntryId, Group, MAX_BATCH, Store, StoreError};

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
    /// When Redis is unavailable or a letter cannot be read.
    pub async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let mut letters = Vec::new();
        for partition in self.partitions() {
            if letters.len() == limit {
                break;
            }
            letters.extend(
                self.letters_between(partition, ("-", "+"), limit - letters.len())
                    .await?,
            );
        }
        Ok(letters)
    }

    /// One dead letter; `None` when there is none of this id.
    ///
    /// # Errors
    /// When Redis is unavailable or the letter cannot be read.
    pub async fn dead_letter(&self, id: LetterId) -> Result<Option<DeadLetter>, StoreError> {
        self.known(id.partition)?;
        let entry = id.entry.to_string();
        let found = self
            .letters_between(id.partition, (&entry, &entry), 1)
            .await?;
        Ok(found.into_iter().next())
    }

    async fn letters_between(
        &self,
        partition: Partition,
        (from, to): (&str, &str),
        limit: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let key = self.keys().dead(partition);
        let mut range = cmd("XRANGE");
        range.arg(&key).arg(from).arg(to).arg("COUNT").arg(limit);
        let answer = self.conn().run(partition_home(partition), range).await?;
        entries(answer)?
            .into_iter()
            .map(|entry| {
                letter(partition, entry).map_err(|reason| StoreError::corrupt(&key, reason))
            })
            .collect()
    }

    /// Puts dead letters back at the end of the log, for the group that gave them up and no other. Says how many; ids that
    /// are not there (any more) are passed over.
    ///
    /// # Errors
    /// When Redis is unavailable; some may be back then, and repeating puts none back twice.
    pub async fn redrive(&self, ids: &[LetterId]) -> Result<u64, StoreError> {
        let mut by_partition: BTreeMap<Partition, Vec<EntryId>> = BTreeMap::new();
        for id in ids {
            self.known(id.partition)?;
            by_partition.entry(id.partition).or_default().push(id.entry);
        }
        let mut redriven = 0;
        for (partition, entries) in by_partition {
            for batch in entries.chunks(MAX_BATCH) {
                let mut call = Call::default();
                call.key(self.keys().log(partition))
                    .key(self.keys().dead(partition));
                for entry in batch {
                    call.num(entry);
                }
                let back = REDRIVE
                    .run(self.conn(), partition_home(partition), &call)
                    .await?;
                redriven += read::<u64>(back)?;
            }
        }
        Ok(redriven)
    }
}

fn letter(partition: Partition, mut entry: RawEntry) -> Result<DeadLetter, String> {
    let at = i64::try_from(entry.id.ms).ok();
    Ok(DeadLetter {
        id: LetterId {
            partition,
            entry: entry.id,
        },
        group: entry
            .text("g")
            .parse()
            .map_err(|error| format!("{error}"))?,
        entry: entry
            .text("i")
            .parse()
            .map_err(|error| format!("{error}"))?,
        number: entry.text("c"),
        reason: entry.text("r"),
        attempts: entry
            .text("n")
            .parse()
            .map_err(|error| format!("attempts: {error}"))?,
        at: at
            .and_then(|ms| Timestamp::from_millisecond(ms).ok())
            .ok_or("its id is no time")?,
        trace_parent: entry.text("t"),
        bytes: entry.take("e").len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_and_the_rest_is_refused() {
        let id = LetterId {
            partition: Partition(7),
            entry: EntryId { ms: 5, seq: 1 },
        };
        assert_eq!(id.to_string(), "p07/5-1");
        assert_eq!("p07/5-1".parse(), Ok(id));
        for bad in ["", "p07", "07/5-1", "p300/5-1", "p07/x"] {
            assert_eq!(bad.parse::<LetterId>(), Err(LetterIdError(bad.to_owned())));
        }
    }
}
