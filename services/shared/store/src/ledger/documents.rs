//! Documents of a workflow (rule sets and reports; models), each under the digest of what it says.
//!
//! A long one lies in pieces, so that no command is long and no value of Redis large. The last piece is written first: who
//! finds the first piece finds all of them.

use redis::cmd;

use super::{Ledger, within};
use crate::StoreError;
use crate::keys::Workflow;
use crate::reply::read;
use crate::script::{Call, LEDGER_DOCUMENT};

const MIB: usize = 1024 * 1024;

/// A document and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Document<'a> {
    /// SHA-256 of the content, 64 lower-case hexadecimal digits. The caller computes it, and checks it after reading.
    pub digest: &'a str,
    /// The content; how large it may be depends on the ledger.
    pub bytes: &'a [u8],
}

impl Document<'_> {
    /// The error for a digest that already names another text.
    pub(super) fn taken(&self) -> StoreError {
        StoreError::DocumentTaken(self.digest.to_owned())
    }
}

impl Workflow {
    /// What its documents are called, and how large one may be, in bytes.
    const fn largest_document(self) -> (&'static str, usize) {
        match self {
            Self::Rules => ("a rules document", 8 * MIB),
            Self::Models => ("a model", 20 * MIB),
            Self::Insight => ("a document of campaigns", MIB),
        }
    }

    /// How much of a document lies in one value, in bytes.
    const fn piece_bytes(self) -> usize {
        match self {
            Self::Rules => 8 * MIB,
            Self::Models | Self::Insight => MIB,
        }
    }
}

impl Ledger<'_> {
    /// The key of a document that is stored in one piece, when it may be stored so.
    pub(super) fn whole(self, document: &Document<'_>) -> Result<String, StoreError> {
        let (what, limit) = self.of.largest_document();
        within(what, document.bytes, limit.min(self.of.piece_bytes()))?;
        self.piece(document.digest, 0)
    }

    fn piece(self, digest: &str, piece: usize) -> Result<String, StoreError> {
        let plain = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digest.len() == 64 && digest.bytes().all(plain) {
            Ok(self.keys().document(self.of, digest, piece))
        } else {
            Err(StoreError::NotADigest(digest.to_owned()))
        }
    }

    /// Keeps a document for ever. May be repeated.
    ///
    /// # Errors
    /// When the digest is not 64 lower-case hexadecimal digits, the document is larger than this ledger's may be, the
    /// digest already names another one (which stays), Redis is unavailable, or fewer replicas confirm than wanted.
    pub async fn put_document(self, document: Document<'_>) -> Result<(), StoreError> {
        let (what, limit) = self.of.largest_document();
        within(what, document.bytes, limit)?;
        let mut pieces: Vec<&[u8]> = document.bytes.chunks(self.of.piece_bytes()).collect();
        if pieces.is_empty() {
            pieces.push(&[]);
        }
        for (place, piece) in pieces.into_iter().enumerate().rev() {
            let mut call = Call::default();
            call.key(self.piece(document.digest, place)?).arg(piece);
            let kept = LEDGER_DOCUMENT
                .run_durable(self.store, self.home(), &call)
                .await?;
            if !read(kept)? {
                return Err(document.taken());
            }
        }
        Ok(())
    }

    /// The document of this digest; `None` when there is none. The store does not look into it: whether it is what the
    /// digest says, and all of it, is for the caller to check.
    ///
    /// # Errors
    /// When the digest is not 64 lower-case hexadecimal digits, or Redis is unavailable.
    pub async fn document(self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let (whole, full) = (self.of.largest_document().1, self.of.piece_bytes());
        let Some(mut bytes) = self.read_piece(digest, 0).await? else {
            return Ok(None);
        };
        for place in 1..whole.div_ceil(full) {
            if bytes.len() < place * full {
                break;
            }
            let Some(piece) = self.read_piece(digest, place).await? else {
                break;
            };
            bytes.extend(piece);
        }
        Ok(Some(bytes))
    }

    async fn read_piece(self, digest: &str, place: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let mut get = cmd("GET");
        get.arg(self.piece(digest, place)?);
        read(self.store.conn().run(self.home(), get).await?)
    }
}
