//! Sealing contact data.

use std::path::Path;

use swiftline_domain::number::CaseNumber;

/// Why contact data could not be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The key file cannot be read, or is readable by others.
    #[error("the key file {path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A line of the key file is not right.
    #[error("the key file {path}, line {line}: {reason}")]
    Line {
        /// The file.
        path: String,
        /// The line, 1 is the first.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The record was sealed with a key that the key file does not have.
    #[error("sealed with key {0:?}, which the key file does not have")]
    UnknownKey(String),
    /// The record is no sealed record of a known version.
    #[error("is not a sealed record that this program knows")]
    Format,
    /// The record was changed, or belongs to another case.
    #[error("cannot be opened: it was changed or belongs to another case")]
    Broken,
}

/// The keys that seal and open contact data. Never printed.
#[derive(Clone)]
pub struct Keyring {}

impl Keyring {
    /// Reads a key file: lines `key-id base64-of-32-bytes`, empty lines and lines that begin with `#` passed over. The first
    /// key seals, all open.
    ///
    /// # Errors
    /// When the file cannot be read, is readable by others, or a line is not right (named by its number).
    pub fn load(path: &Path) -> Result<Self, SealError> {
        let _ = path;
        todo!()
    }

    /// Seals contact data for one case.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn seal(&self, number: CaseNumber, contact: &[u8]) -> Result<Vec<u8>, SealError> {
        let _ = (number, contact);
        todo!()
    }

    /// Opens what was sealed for this case.
    ///
    /// # Errors
    /// When the key is unknown, or the record was changed or is another case's.
    pub fn open(&self, number: CaseNumber, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let _ = (number, sealed);
        todo!()
    }
}
