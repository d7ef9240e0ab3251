//! Taking complaints in: durable, and once for each idempotency key.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint};
use sha2::{Digest as _, Sha256};
use swiftline_domain::case::Case;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_proto::convert;
use swiftline_proto::types::v1::{self as wire, Complaint};
use swiftline_telemetry::TraceContext;
use tracing::warn;

use crate::keys::partition_home;
use crate::reply::read;
use crate::script::{ACCEPT, Call};
use crate::seal::SealError;
use crate::{MAX_BATCH, Store, StoreError};

/// The number of the field `complaint` in `swiftline.types.v1.Commit`.
const COMPLAINT_FIELD: u32 = 6;
/// How often a number that is another case's is replaced. The counter then skips twice as many each time, four million in all.
const MINT_ATTEMPTS: u32 = 15;

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

impl IdempotencyKey {
    /// Evenly spread over all keys.
    pub(crate) fn spread(&self) -> u64 {
        u64::from_be_bytes(std::array::from_fn(|i| self.0[i]))
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// What seals contact data for the case number that is given to it.
type Seal = dyn Fn(CaseNumber) -> Result<Vec<u8>, SealError> + Send + Sync;

/// Contact data on its way in. A sealed record opens only under its own case number, so it is sealed when that is known, and
/// again if the case gets another one.
#[derive(Clone)]
pub struct Contact(Arc<Seal>);

impl Contact {
    /// Contact data that `seal` seals; see [`crate::seal::Keyring::seal`].
    pub fn new(
        seal: impl Fn(CaseNumber) -> Result<Vec<u8>, SealError> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(seal))
    }

    fn seal(&self, number: CaseNumber) -> Result<Vec<u8>, StoreError> {
        (self.0)(number).map_err(StoreError::Seal)
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(..)")
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
    /// The contact data, if there is any.
    pub contact: Option<Contact>,
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
    /// A key is remembered for `idempotency_hours`; after that it makes a new case. May be repeated after an error: the same
    /// number with the same complaint, time and trace is taken in once, even without a key. A number that another case has
    /// already (Redis was restored from an old copy, say) is replaced by a new one; only if just that answer is lost does a
    /// repeat without a key make a second case.
    ///
    /// # Errors
    /// When Redis is unavailable or refuses, fewer replicas confirm than wanted, a number is of another partition, or contact
    /// data cannot be sealed.
    pub async fn accept(
        &self,
        partition: Partition,
        mut cases: Vec<NewCase>,
    ) -> Result<Vec<Accepted>, StoreError> {
        self.known(partition)?;
        for case in &cases {
            self.in_partition(case.number, partition)?;
        }
        let mut accepted = Vec::with_capacity(cases.len());
        for batch in cases.chunks_mut(MAX_BATCH) {
            accepted.extend(self.accept_batch(partition, batch).await?);
        }
        Ok(accepted)
    }

    async fn accept_batch(
        &self,
        partition: Partition,
        cases: &mut [NewCase],
    ) -> Result<Vec<Accepted>, StoreError> {
        let mut answers: Vec<Option<Accepted>> = vec![None; cases.len()];
        for attempt in 0..MINT_ATTEMPTS {
            let open: Vec<usize> = (0..cases.len()).filter(|i| answers[*i].is_none()).collect();
            let replies = self
                .accept_call(partition, open.iter().map(|i| &cases[*i]))
                .await?;
            for (i, reply) in open.into_iter().zip(replies) {
                if reply == "!" {
                    cases[i].number = self.mint_past(partition, attempt).await?;
                } else {
                    answers[i] = Some(answer(&cases[i], &reply)?);
                }
            }
            if answers.iter().all(Option::is_some) {
                return Ok(answers.into_iter().flatten().collect());
            }
            warn!(%partition, "case numbers were taken already; minting new ones");
        }
        Err(StoreError::Numbers(partition))
    }

    async fn accept_call<'a>(
        &self,
        partition: Partition,
        cases: impl Iterator<Item = &'a NewCase>,
    ) -> Result<Vec<String>, StoreError> {
        let keys = self.keys();
        let mut call = Call::default();
        call.key(keys.log(partition));
        call.num(self.settings().idempotency_hours * 3_600);
        for case in cases {
            let key = keys.case(case.number);
            let idem = case.key.as_ref().map(|key| keys.idem(partition, key));
            call.key(key.clone()).key(idem.unwrap_or(key));
            let (record, event) = Case::accept(case.number, case.accepted_at);
            let commit = convert::commit(
                &record,
                &[event],
                case.accepted_at,
                case.trace.as_str(),
                None,
            );
            let complaint = case.complaint.encode_to_vec();
            let contact = case.contact.as_ref();
            let sealed = contact
                .map(|contact| contact.seal(case.number))
                .transpose()?;
            call.num(case.number)
                .num(case.accepted_at.as_millisecond())
                .arg(case.trace.as_str())
                .arg(wire::Case::from(&record).encode_to_vec())
                .arg(commit.encode_to_vec())
                .arg(field_head(complaint.len()))
                .arg(complaint)
                .arg(sealed.unwrap_or_default());
        }
        read(
            ACCEPT
                .run_durable(self, partition_home(partition), &call)
                .await?,
        )
    }
}

/// What goes before the complaint's bytes so that they become a field of the commit before them.
fn field_head(len: usize) -> Vec<u8> {
    let mut head = Vec::with_capacity(6);
    encode_key(COMPLAINT_FIELD, WireType::LengthDelimited, &mut head);
    encode_varint(len as u64, &mut head);
    head
}

fn answer(case: &NewCase, reply: &str) -> Result<Accepted, StoreError> {
    if reply.is_empty() {
        return Ok(Accepted {
            number: case.number,
            accepted_at: case.accepted_at,
            duplicate: false,
        });
    }
    let earlier = || {
        let (number, ms) = reply.split_once(' ')?;
        let accepted_at = Timestamp::from_millisecond(ms.parse().ok()?).ok()?;
        Some(Accepted {
            number: number.parse().ok()?,
            accepted_at,
            duplicate: true,
        })
    };
    earlier().ok_or_else(|| StoreError::corrupt("an idempotency key", format!("{reply:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_must_be_short_and_not_empty() {
        assert_eq!(IdempotencyKey::new(""), Err(KeyError::Empty));
        let long = "x".repeat(MAX_KEY_BYTES + 1);
        assert_eq!(IdempotencyKey::new(&long), Err(KeyError::TooLong(201)));
        assert_eq!(IdempotencyKey::new("a"), IdempotencyKey::new("a"));
        assert_ne!(IdempotencyKey::new("a"), IdempotencyKey::new("b"));
    }

    #[test]
    fn a_key_is_never_shown() {
        let shown = format!("{:?}", IdempotencyKey::new("0171 555 0100").unwrap());
        assert_eq!(shown.len(), 32);
        assert!(!shown.contains("555"));
    }

    #[test]
    fn contact_data_is_never_shown() {
        let contact = Contact::new(|_| Ok(b"555-0100".to_vec()));
        assert_eq!(format!("{contact:?}"), "Contact(..)");
    }

    #[test]
    fn a_complaint_put_after_its_commit_is_a_field_of_it() {
        let commit = wire::Commit {
            case_number: "07-0001234-8".into(),
            version: 1,
            ..Default::default()
        };
        let complaint = Complaint {
            text: "x".repeat(300),
            ..Default::default()
        };
        let bytes = [
            commit.encode_to_vec(),
            field_head(complaint.encoded_len()),
            complaint.encode_to_vec(),
        ]
        .concat();
        let read = wire::Commit::decode(bytes.as_slice()).unwrap();
        assert_eq!(
            read,
            wire::Commit {
                complaint: Some(complaint),
                ..commit
            }
        );
    }

    #[test]
    fn a_garbled_idempotency_record_is_an_error() {
        let case = NewCase {
            key: None,
            number: CaseNumber::new(Partition(1), 1).unwrap(),
            complaint: Complaint::default(),
            contact: None,
            accepted_at: Timestamp::UNIX_EPOCH,
            trace: TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                .unwrap(),
        };
        assert!(matches!(
            answer(&case, "x y"),
            Err(StoreError::Corrupt { .. })
        ));
    }
}
