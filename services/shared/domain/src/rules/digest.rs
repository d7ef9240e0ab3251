//! The name of a rule set: the SHA-256 of its canonical text.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

/// Hex digits of a digest.
const HEX_DIGITS: usize = 64;
/// Hex digits that are shown to people: enough to tell the versions of one city apart.
const SHORT_DIGITS: usize = 12;
/// Hex digits that name it in rows and keys.
const PREFIX_DIGITS: usize = 16;

/// The SHA-256 of a text, as 64 lower-case hex digits: names a rule set, a report about one, or a score formula.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RulesDigest(Arc<str>);

/// A text that is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no digest: it has {HEX_DIGITS} digits 0-9 and a-f")]
pub struct DigestError(String);

impl RulesDigest {
    /// The digest of this text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        use fmt::Write as _;
        let hash = Sha256::digest(text.as_bytes());
        let mut digits = String::with_capacity(HEX_DIGITS);
        for byte in hash {
            let _ = write!(digits, "{byte:02x}"); // writing to a String cannot fail
        }
        Self(digits.into())
    }

    /// All digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 16 digits, for rows and keys: chance makes no two alike.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.0[..PREFIX_DIGITS]
    }

    /// The first digits, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[..SHORT_DIGITS]
    }
}

impl FromStr for RulesDigest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == HEX_DIGITS && text.bytes().all(digit) {
            Ok(Self(text.into()))
        } else {
            Err(DigestError(text.to_owned()))
        }
    }
}

impl TryFrom<String> for RulesDigest {
    type Error = DigestError;
    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}

impl From<RulesDigest> for String {
    fn from(digest: RulesDigest) -> Self {
        digest.0.as_ref().to_owned()
    }
}

impl fmt::Display for RulesDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RulesDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_and_nothing_else_does() {
        let digest = RulesDigest::of("abc");
        // FIPS 180-2, appendix B.1.
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest.as_str(), known);
        assert_eq!(known.parse(), Ok(digest.clone()));
        assert_eq!(digest.short(), "ba7816bf8f01");
        for bad in ["", "ba78", &known.to_uppercase(), &format!("{known}0")] {
            assert!(bad.parse::<RulesDigest>().is_err(), "{bad}");
        }
    }
}
