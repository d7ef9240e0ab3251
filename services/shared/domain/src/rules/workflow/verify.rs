//! Whether a log is what was written: every entry in its place, none changed, none that could not have happened.
//!
//! Hashes alone show a change only to whoever has noted a later hash: a log that was rewritten from some entry to its end
//! is a chain again. [`verify_against`] looks for a hash that was noted elsewhere, and both functions refuse what
//! the workflow would have refused, so that a rewritten log cannot show an approval that nobody could have given.

use super::entry::{Entry, EntryError, EntryHash};
use super::refusal::Refusal;
use super::state::Workflow;

/// The end of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// How many entries there are; also the number of the next.
    pub entries: u64,
    /// The hash of the last; [`EntryHash::none`] of an empty log.
    pub hash: EntryHash,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            entries: 0,
            hash: EntryHash::none(),
        }
    }
}

/// A log that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {seq} of the rules' log: {why}")]
pub struct Tampered {
    /// The place of the first entry that is wrong, from 0.
    pub seq: u64,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// It is no entry, or not written as one.
    #[error("{0}")]
    Unreadable(String),
    /// It says another number than its place has: one is missing, was put in, or has moved.
    #[error("it says it is entry {says}: an entry is missing, was put in, or has moved")]
    Renumbered {
        /// The number that it says.
        says: u64,
    },
    /// It does not name the hash of the entry before it: one of the two was changed.
    #[error("it does not follow the entry before it: one of the two was changed")]
    BrokenChain,
    /// Its hash is not the one of what it says.
    #[error("it was changed: its hash is not that of what it says")]
    WrongHash,
    /// The workflow would not have allowed it.
    #[error("it could not have happened: {0}")]
    Unlawful(Refusal),
    /// The hash that was noted is not in the log: its end was cut off, or it was written anew.
    #[error(
        "no entry before it has the hash {noted}: entries were cut off, or the log was written anew"
    )]
    HeadMissing {
        /// The hash that was noted.
        noted: EntryHash,
    },
}

impl Workflow {
    /// Takes the next entry of a log after checking its number, its hash, its link to the entry before and whether it
    /// could have happened.
    ///
    /// # Errors
    /// What is wrong with it; the workflow is unchanged.
    pub fn follow(&mut self, entry: &Entry) -> Result<(), Tampered> {
        let head = self.head();
        let seq = head.entries;
        let wrong = if entry.seq != seq {
            Some(Why::Renumbered { says: entry.seq })
        } else if entry.previous != head.hash {
            Some(Why::BrokenChain)
        } else if entry.hash != entry.true_hash() {
            Some(Why::WrongHash)
        } else {
            let lawful = self.check(&entry.action, &entry.actor, &entry.reason);
            lawful.err().map(Why::Unlawful)
        };
        if let Some(why) = wrong {
            return Err(Tampered { seq, why });
        }
        self.evolve(entry);
        Ok(())
    }

    /// Reads the next line of a log and takes it as [`Workflow::follow`] does.
    ///
    /// # Errors
    /// What is wrong with it; the workflow is unchanged.
    pub fn follow_line(&mut self, line: &[u8]) -> Result<Entry, Tampered> {
        let entry = Entry::parse(line).map_err(|error: EntryError| Tampered {
            seq: self.head().entries,
            why: Why::Unreadable(error.to_string()),
        })?;
        self.follow(&entry)?;
        Ok(entry)
    }
}

/// Checks a whole log, given as its lines without line feeds; answers with its end, to be noted elsewhere.
///
/// # Errors
/// The first entry that is wrong, and why.
pub fn verify<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Result<Head, Tampered> {
    let mut workflow = Workflow::default();
    for line in lines {
        workflow.follow_line(line)?;
    }
    Ok(workflow.head)
}

/// Checks a whole log like [`verify`], and that it still has the entry whose hash was noted as its end before: so a
/// log that was cut off, or written anew from its first entry, is found as well.
///
/// # Errors
/// The first entry that is wrong, and why; for a noted hash that is missing, the place after the last entry.
pub fn verify_against<'a>(
    lines: impl IntoIterator<Item = &'a [u8]>,
    noted: &EntryHash,
) -> Result<Head, Tampered> {
    let mut workflow = Workflow::default();
    let mut found = *noted == workflow.head.hash;
    for line in lines {
        found |= workflow.follow_line(line)?.hash == *noted;
    }
    let head = workflow.head;
    if found {
        return Ok(head);
    }
    Err(Tampered {
        seq: head.entries,
        why: Why::HeadMissing {
            noted: noted.clone(),
        },
    })
}
