//! Whether the texts of examples are kept, and who can read them.

use swiftline_config::Files;
use swiftline_domain::number::CaseNumber;
use swiftline_store::seal::{Keyring, SealError};

use super::settings::{LessonsSettings, TextPolicy};

/// Stands before a text that is sealed, so that contact data of the same case is not taken for it.
const MARK: &[u8] = b"text\n";

/// Seals and opens texts.
#[derive(Clone)]
pub(super) struct Texts {
    policy: TextPolicy,
    keys: Option<Keyring>,
}

impl Texts {
    /// As the settings say; `files` reads the keys again when they change.
    ///
    /// # Errors
    /// When the key file is not right.
    pub(super) fn new(settings: &LessonsSettings, files: &Files) -> Result<Self, SealError> {
        let file = Some(&settings.keys_file).filter(|file| !file.is_empty());
        let keys = file.map(|file| Keyring::watch(file.as_ref(), "lessons.keys_file", files));
        Ok(Self {
            policy: settings.text,
            keys: keys.transpose()?,
        })
    }

    /// The text as it may be kept: sealed, or nothing.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub(super) fn kept(&self, number: CaseNumber, text: &str) -> Result<Vec<u8>, SealError> {
        match (self.policy, &self.keys) {
            (TextPolicy::Seal, Some(keys)) => keys.seal(number, &[MARK, text.as_bytes()].concat()),
            _ => Ok(Vec::new()),
        }
    }

    /// A text that was kept; empty when none was, or there is no key for it here.
    pub(super) fn open(&self, number: CaseNumber, sealed: &[u8]) -> String {
        let Some(keys) = self.keys.as_ref().filter(|_| !sealed.is_empty()) else {
            return String::new();
        };
        match keys.open(number, sealed) {
            Ok(text) => {
                let text = text.strip_prefix(MARK).unwrap_or_default();
                String::from_utf8_lossy(text).into_owned()
            }
            Err(error) => {
                let (case, reason) = (number.to_string(), error.to_string());
                tracing::warn!(case, reason, "the text of an example stays closed");
                String::new()
            }
        }
    }
}
