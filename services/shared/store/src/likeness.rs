//! The likeness index: which cases share keys that likely tell of the same thing.
//!
//! The classifier gives each case up to [`MAX_LIKENESS_KEYS`] keys and a sketch; the index remembers under each key the
//! sketches of its newest cases, and answers with those that were there before. What keys and sketches mean is not known
//! here.
//!
//! Where: 8 shards (hash tags `{s00}` to `{s07}`, chosen by the key's bits, so a cluster shares the work), in each 8 hashes
//! for the current window of time and 8 for the one before. A call asks all shards at once, each with one script call.
//!
//! # Bounds
//! A key holds [`RECORDS`] records, a hash its part of [`LikenessBounds::max_bytes`]; a full hash gives up fields at random. A
//! record is the sketch and six bytes, a field [`FIELD_BYTES`] more: a case with a sketch of 54 bytes and 8 keys takes
//! about 0.7 kB. A window's hashes go at the end of the next window.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::try_join_all;
use jiff::Timestamp;
use swiftline_domain::number::{CaseNumber, Partition};

use crate::keys::{LikenessHash, likeness_home};
use crate::reply::read;
use crate::script::{Call, SIMILAR};
use crate::{MAX_BATCH, Store, StoreError};

/// The most keys of a case; more are passed over.
pub const MAX_LIKENESS_KEYS: usize = 24;
/// The most bytes of a sketch.
pub const MAX_SKETCH_BYTES: usize = 128;
/// Records kept to a key: the newest.
const RECORDS: usize = 8;
/// What a field takes beside its records, in bytes: its name, its entry in the table, and the allocator's rounding.
/// Measured on Redis 7.0.
const FIELD_BYTES: usize = 100;
/// Shards, and hashes in each.
const SHARDS: u64 = 8;
const HASHES: u64 = 8;
/// The hashes of a window do not all go in the same moment.
const SPREAD_SECONDS: u64 = 10;
/// Bytes of a key that name its field.
const FIELD_NAME_BYTES: usize = 7;
/// Bytes of a case number in a record.
const NUMBER_BYTES: usize = 6;

/// A case to be linked.
#[derive(Debug, Clone, Copy)]
pub struct Likely<'a> {
    /// Its number.
    pub number: CaseNumber,
    /// The keys by which it is found, at most [`MAX_LIKENESS_KEYS`].
    pub keys: &'a [u64],
    /// What others need to compare themselves with it; of one batch all have the same length, at most [`MAX_SKETCH_BYTES`].
    pub sketch: &'a [u8],
}

/// A case that shares a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its number.
    pub number: CaseNumber,
    /// Its sketch.
    pub sketch: Vec<u8>,
}

/// How much the index remembers. All that use it should say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LikenessBounds {
    /// Cases are found for at least this long, and at most twice as long.
    pub window: Duration,
    /// What the whole index may take of Redis' memory, in bytes.
    pub max_bytes: u64,
}

impl Store {
    /// Finds the cases that share keys with these, each at most once and never a case itself, and makes these findable.
    /// A case sees those before it in the batch. Asking again changes nothing.
    ///
    /// # Errors
    /// When Redis is unavailable, or sketches are too long or of different lengths.
    pub async fn link_similar(
        &self,
        batch: &[Likely<'_>],
        now: Timestamp,
        bounds: &LikenessBounds,
    ) -> Result<Vec<Vec<Candidate>>, StoreError> {
        check(batch)?;
        let mut found = Vec::with_capacity(batch.len());
        for part in batch.chunks(MAX_BATCH) {
            found.extend(self.link_part(part, now, bounds).await?);
        }
        Ok(found)
    }

    async fn link_part(
        &self,
        batch: &[Likely<'_>],
        now: Timestamp,
        bounds: &LikenessBounds,
    ) -> Result<Vec<Vec<Candidate>>, StoreError> {
        let mut shards: Vec<Shard> = (0..SHARDS).map(|_| Shard::default()).collect();
        let records: Vec<Vec<u8>> = batch.iter().map(record).collect();
        for (item, likely) in batch.iter().enumerate() {
            for key in likely.keys.iter().take(MAX_LIKENESS_KEYS) {
                shards[(key % SHARDS) as usize].add(item, *key);
            }
        }
        let window = Window::of(now, bounds.window);
        let asked = shards
            .iter()
            .zip(0_u8..)
            .filter(|(shard, _)| !shard.0.is_empty());
        let calls = asked.map(async |(shard, number)| {
            let call = self.likeness_call(number, shard, &records, window, bounds);
            let answer = SIMILAR
                .run(self.conn(), likeness_home(number), &call)
                .await?;
            let answers: Vec<(usize, Vec<u8>)> = read(answer)?;
            let items: Vec<usize> = shard.items().collect();
            let item = |(entry, records): (usize, Vec<u8>)| {
                Some((*items.get(entry.checked_sub(1)?)?, records))
            };
            Ok::<_, StoreError>(answers.into_iter().filter_map(item).collect::<Vec<_>>())
        });
        let mut found: Vec<Vec<Candidate>> = vec![Vec::new(); batch.len()];
        for (item, bytes) in try_join_all(calls).await?.into_iter().flatten() {
            candidates(
                &bytes,
                records[item].len(),
                batch[item].number,
                &mut found[item],
            )?;
        }
        Ok(found)
    }

    fn likeness_call(
        &self,
        shard: u8,
        entries: &Shard,
        records: &[Vec<u8>],
        window: Window,
        bounds: &LikenessBounds,
    ) -> Call {
        let width = records.first().map_or(0, Vec::len);
        let share = bounds.max_bytes / (2 * SHARDS * HASHES);
        let mut call = Call::default();
        call.num(width).num(RECORDS).num(share).num(FIELD_BYTES);
        for (hash, entries) in &entries.0 {
            let name = |window| {
                self.keys().likeness(LikenessHash {
                    shard,
                    width,
                    window,
                    hash: *hash,
                })
            };
            call.key(name(window.number))
                .key(name(window.number.saturating_sub(1)));
            let spread = SPREAD_SECONDS * (u64::from(shard) * HASHES + u64::from(*hash));
            let mut packed = Vec::with_capacity(entries.len() * (FIELD_NAME_BYTES + width));
            for (item, field) in entries {
                packed.extend_from_slice(field);
                packed.extend_from_slice(&records[*item]);
            }
            call.num(window.gone + spread).arg(packed);
        }
        call
    }
}

/// The entries of one shard, by their hash.
#[derive(Debug, Default)]
struct Shard(BTreeMap<u8, Vec<(usize, [u8; FIELD_NAME_BYTES])>>);

impl Shard {
    fn add(&mut self, item: usize, key: u64) {
        let rest = key / SHARDS;
        let [field @ .., _] = (rest / HASHES).to_le_bytes();
        let hash = (rest % HASHES) as u8;
        self.0.entry(hash).or_default().push((item, field));
    }

    /// Whose the answers are, in their order.
    fn items(&self) -> impl Iterator<Item = usize> {
        self.0.values().flatten().map(|(item, _)| *item)
    }
}

/// A window of time.
#[derive(Debug, Clone, Copy)]
struct Window {
    number: u64,
    /// When nobody asks for it any more, in unix seconds.
    gone: u64,
}

impl Window {
    fn of(now: Timestamp, length: Duration) -> Self {
        let length = length.as_secs().max(1);
        let number = u64::try_from(now.as_second()).unwrap_or_default() / length;
        Self {
            number,
            gone: (number + 2) * length,
        }
    }
}

fn check(batch: &[Likely<'_>]) -> Result<(), StoreError> {
    let width = batch.first().map_or(0, |likely| likely.sketch.len());
    for likely in batch {
        let bytes = likely.sketch.len();
        if bytes != width || bytes > MAX_SKETCH_BYTES {
            return Err(StoreError::TooLarge {
                what: "a sketch",
                bytes,
                limit: width.min(MAX_SKETCH_BYTES),
            });
        }
    }
    Ok(())
}

/// Partition, sequence in five bytes ([`swiftline_domain::number::MAX_SEQUENCE`] fits), sketch.
fn record(likely: &Likely<'_>) -> Vec<u8> {
    let mut record = Vec::with_capacity(NUMBER_BYTES + likely.sketch.len());
    record.push(likely.number.partition().0);
    record.extend_from_slice(&likely.number.sequence().to_le_bytes()[..NUMBER_BYTES - 1]);
    record.extend_from_slice(likely.sketch);
    record
}

/// Reads records; those that are there already, or of the case itself, are passed over.
fn candidates(
    bytes: &[u8],
    width: usize,
    own: CaseNumber,
    found: &mut Vec<Candidate>,
) -> Result<(), StoreError> {
    for record in bytes.chunks_exact(width) {
        let (number, sketch) = record.split_at(NUMBER_BYTES);
        let mut sequence = [0; 8];
        sequence[..NUMBER_BYTES - 1].copy_from_slice(&number[1..]);
        let number = CaseNumber::new(Partition(number[0]), u64::from_le_bytes(sequence))
            .ok_or_else(|| StoreError::corrupt("the likeness index", "not a case number"))?;
        if number != own && found.iter().all(|one| one.number != number) {
            found.push(Candidate {
                number,
                sketch: sketch.to_vec(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_follow_each_other() {
        let day = Duration::from_secs(86_400);
        let at = |second| Window::of(Timestamp::from_second(second).unwrap(), day);
        assert_eq!(
            (at(0).number, at(86_399).number, at(86_400).number),
            (0, 0, 1)
        );
        assert_eq!(
            at(0).gone,
            2 * 86_400,
            "asked for until the window after it ends"
        );
    }

    #[test]
    fn a_record_reads_back() {
        let number =
            CaseNumber::new(Partition(99), swiftline_domain::number::MAX_SEQUENCE).unwrap();
        let own = CaseNumber::new(Partition(1), 1).unwrap();
        let bytes = record(&Likely {
            number,
            keys: &[],
            sketch: b"abc",
        });
        let mut found = Vec::new();
        let twice = [bytes.clone(), bytes].concat();
        candidates(&twice, 9, own, &mut found).unwrap();
        let expected = Candidate {
            number,
            sketch: b"abc".to_vec(),
        };
        assert_eq!(found, [expected]);
        found.clear();
        candidates(&twice, 9, number, &mut found).unwrap();
        assert_eq!(found, [], "a case is not like itself");
        let error = candidates(&[200; 9], 9, own, &mut found).unwrap_err();
        assert!(error.to_string().contains("not a case number"), "{error}");
    }
}
