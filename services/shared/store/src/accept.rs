//! Taking complaints in: durable, and once for each idempotency key.

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_proto::types::v1::Complaint;
use swiftline_telemetry::TraceContext;

use crate::{Store, StoreError};

/// The longest idempotency key, in bytes.
pub const MAX_KEY_BYTES: usize = 200;

/// A key that a channel gives a request, so that sending it twice makes one case. Kept as a digest only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey([u8; 16]);

/// Why a text is not an idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is empty.
    #[error("is empty")]
    Empty,
    /// The text is longer than [`MAX_KEY_BYTES`].
    #[error("is {0} bytes long, at most {MAX_KEY_BYTES} are allowed")]
    TooLong(usize),
}

impl IdempotencyKey {
    /// The key of this text. Scope it to whoever sends it (`channel:key`), or two senders share a key.
    ///
    /// # Errors
    /// When the text is empty or longer than [`MAX_KEY_BYTES`].
    pub fn new(text: &str) -> Result<Self, KeyError> {
        match text.len() {
            0 => Err(KeyError::Empty),
            n if n > MAX_KEY_BYTES => Err(KeyError::TooLong(n)),
            _ => {
                let digest = Sha256::digest(text.as_bytes());
                let mut short = [0; 16];
                short.copy_from_slice(&digest[..16]);
                Ok(Self(short))
            }
        }
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// A complaint to be taken in.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// The sender's key, if it gave one.
    pub key: Option<IdempotencyKey>,
    /// The number it is to have, from [`Store::mint`], of the partition it is accepted in.
    pub number: CaseNumber,
    /// What the citizen said.
    pub complaint: Complaint,
    /// The contact data, sealed.
    pub sealed_contact: Option<Vec<u8>>,
    /// When it was taken in.
    pub accepted_at: Timestamp,
    /// The span that accepts it.
    pub trace: TraceContext,
}

/// A complaint that has been taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Its number: the one to tell the citizen. Not always the one that was minted.
    pub number: CaseNumber,
    /// When it was first taken in.
    pub accepted_at: Timestamp,
    /// The key was known: this is the case that it was given then, and nothing was written.
    pub duplicate: bool,
}

impl Store {
    /// Takes complaints into one partition, in order; one answer for each. Durable when it returns, as far as Redis'
    /// fsync policy and `wait_replicas` say.
    ///
    /// May be repeated after an error: the same number with the same complaint, time and trace is taken in once, even
    /// without a key. A number that another case has already is replaced by a new one.
    ///
    /// # Errors
    /// When Redis is unavailable or refuses, fewer replicas confirm than wanted, or a number is of another partition.
    pub async fn accept(
        &self,
        partition: Partition,
        cases: Vec<NewCase>,
    ) -> Result<Vec<Accepted>, StoreError> {
        let _ = (partition, cases);
        todo!()
    }
}
