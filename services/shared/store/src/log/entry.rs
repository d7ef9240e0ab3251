//! Entry ids of Redis streams.

use std::fmt;
use std::str::FromStr;

/// The id of an entry: its time in milliseconds and a number within the millisecond. Zero is before every entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId {
    /// Unix time by Redis' clock, milliseconds.
    pub ms: u64,
    /// Number within the millisecond.
    pub seq: u64,
}

/// A text that is no entry id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an entry id, such as 1700000000000-0")]
pub struct EntryIdError(String);

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

impl FromStr for EntryId {
    type Err = EntryIdError;

    fn from_str(text: &str) -> Result<Self, EntryIdError> {
        let parse = || {
            let (ms, seq) = text.split_once('-')?;
            Some(Self {
                ms: ms.parse().ok()?,
                seq: seq.parse().ok()?,
            })
        };
        parse().ok_or_else(|| EntryIdError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_and_refuses_the_rest() {
        let id = EntryId {
            ms: 1_700_000_000_000,
            seq: 3,
        };
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "1", "a-1", "1-", "*"] {
            assert_eq!(bad.parse::<EntryId>(), Err(EntryIdError(bad.to_owned())));
        }
    }
}
