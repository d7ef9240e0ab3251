//! Texts of the rule workflow (rule sets, lint reports, replay reports), each under the digest of what it says.

use redis::cmd;

use super::within;
use crate::keys::{Keys, rules_home};
use crate::reply::read;
use crate::script::{Call, RULES_DOCUMENT};
use crate::{Store, StoreError};

/// The largest document of the rule workflow, in bytes.
pub const MAX_RULES_DOCUMENT_BYTES: usize = 8 * 1024 * 1024;

/// A document and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Document<'a> {
    /// SHA-256 of the text, 64 lower-case hexadecimal digits. The caller computes it.
    pub digest: &'a str,
    /// The text, at most [`MAX_RULES_DOCUMENT_BYTES`].
    pub bytes: &'a [u8],
}

impl Document<'_> {
    /// Its key, when it may be stored at all.
    pub(super) fn key(&self, keys: &Keys) -> Result<String, StoreError> {
        within("a rules document", self.bytes, MAX_RULES_DOCUMENT_BYTES)?;
        key(keys, self.digest)
    }

    /// The error for a digest that already names another text.
    pub(super) fn taken(&self) -> StoreError {
        StoreError::DocumentTaken(self.digest.to_owned())
    }
}

fn key(keys: &Keys, digest: &str) -> Result<String, StoreError> {
    let plain = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digest.len() == 64 && digest.bytes().all(plain) {
        Ok(keys.rules_document(digest))
    } else {
        Err(StoreError::NotADigest(digest.to_owned()))
    }
}

impl Store {
    /// Keeps a document for ever. May be repeated.
    ///
    /// # Errors
    /// When the digest is not 64 lower-case hexadecimal digits, the text is larger than [`MAX_RULES_DOCUMENT_BYTES`], the
    /// digest already names another text (which stays), Redis is unavailable, or fewer replicas confirm than wanted.
    pub async fn put_rules_document(&self, digest: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let document = Document { digest, bytes };
        let mut call = Call::default();
        call.key(document.key(self.keys())?).arg(bytes);
        let kept = RULES_DOCUMENT
            .run_durable(self, rules_home(), &call)
            .await?;
        if read(kept)? {
            Ok(())
        } else {
            Err(document.taken())
        }
    }

    /// The document of this digest; `None` when there is none.
    ///
    /// # Errors
    /// When the digest is not 64 lower-case hexadecimal digits, or Redis is unavailable.
    pub async fn rules_document(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let mut get = cmd("GET");
        get.arg(key(self.keys(), digest)?);
        read(self.conn().run(rules_home(), get).await?)
    }
}
