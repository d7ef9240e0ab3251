//! An entry of the log, sealed by its hash.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::action::Action;
use super::command::By;
use super::verify::Head;
use crate::id::ActorId;
use crate::rules::RulesDigest;
use crate::rules::digest::DigestError;

/// The hash of an entry: the SHA-256 of everything else in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryHash(RulesDigest);

impl EntryHash {
    /// What the first entry has before it: 64 zeros.
    ///
    /// # Panics
    /// Never: 64 zeros are a digest.
    #[must_use]
    pub fn none() -> Self {
        let zeros = "0".repeat(64).parse();
        Self(zeros.expect("64 zeros are a digest"))
    }

    /// Its 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for EntryHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EntryHash {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        text.parse().map(Self)
    }
}

/// An entry of the log: one line of JSON, the fields in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its number, from 0.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: ActorId,
    /// What.
    pub action: Action,
    /// Why, in their words; at most [`super::MAX_REASON_CHARS`] characters.
    pub reason: String,
    /// The hash of the entry before; [`EntryHash::none`] for the first.
    pub previous: EntryHash,
    /// The SHA-256 of the JSON of everything above.
    pub hash: EntryHash,
}

/// What the hash is taken of.
#[derive(Serialize)]
struct Sealed<'a> {
    seq: u64,
    at: Timestamp,
    actor: &'a ActorId,
    action: &'a Action,
    reason: &'a str,
    previous: &'a EntryHash,
}

impl Sealed<'_> {
    fn hash(&self) -> EntryHash {
        EntryHash(RulesDigest::of(&json(self)))
    }
}

/// Why a line is no entry.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// It does not say what an entry says.
    #[error("it is no entry of the rules' log: {0}")]
    Json(#[from] serde_json::Error),
    /// It says it otherwise than the log writes it, so that its hash would not cover every byte.
    #[error("it is not written as the log writes an entry")]
    Form,
}

impl Entry {
    /// The entry that follows this head.
    #[must_use]
    pub fn seal(after: &Head, by: By, action: Action) -> Self {
        let By { actor, at, reason } = by;
        let mut entry = Self {
            seq: after.entries,
            at,
            actor,
            action,
            reason,
            previous: after.hash.clone(),
            hash: EntryHash::none(),
        };
        entry.hash = entry.true_hash();
        entry
    }

    /// The hash that an entry that says this must have.
    #[must_use]
    pub fn true_hash(&self) -> EntryHash {
        let Self {
            seq,
            at,
            actor,
            action,
            reason,
            previous,
            hash: _,
        } = self;
        Sealed {
            seq: *seq,
            at: *at,
            actor,
            action,
            reason,
            previous,
        }
        .hash()
    }

    /// The entry as a line of the log, without the line feed.
    #[must_use]
    pub fn line(&self) -> String {
        json(self)
    }

    /// Reads a line of the log. Hash and place in the chain are not looked at: that is [`super::Workflow::follow`]'s.
    ///
    /// # Errors
    /// When the line is not what [`Entry::line`] writes, to the byte.
    pub fn parse(line: &[u8]) -> Result<Self, EntryError> {
        let entry: Self = serde_json::from_slice(line)?;
        if entry.line().as_bytes() == line {
            Ok(entry)
        } else {
            Err(EntryError::Form)
        }
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("an entry has no map and no float, so it has a JSON form")
}
