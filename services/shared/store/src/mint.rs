//! Case numbers, reserved in blocks so that minting one seldom asks Redis.

use std::ops::Range;

use redis::cmd;
use swiftline_domain::number::{CaseNumber, Partition};
use tokio::sync::Mutex;

use crate::keys::partition_home;
use crate::reply::read;
use crate::{IdempotencyKey, Store, StoreError};

/// How many numbers are reserved at once, at least.
const BLOCK: u64 = 128;

/// The reserved numbers of each partition.
pub(crate) struct Mint(Vec<Mutex<Range<u64>>>);

impl Mint {
    pub(crate) fn new(partitions: u8) -> Self {
        Self((0..partitions).map(|_| Mutex::new(0..0)).collect())
    }
}

impl Store {
    /// `n` new case numbers of this partition, in order.
    ///
    /// Numbers are reserved in blocks: a process that ends leaves a gap, and numbers say nothing about order in time.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn mint(
        &self,
        partition: Partition,
        n: usize,
    ) -> Result<Vec<CaseNumber>, StoreError> {
        self.known(partition)?;
        let mut reserved = self.0.mint.0[usize::from(partition.0)].lock().await;
        let mut numbers = Vec::with_capacity(n);
        while numbers.len() < n {
            if reserved.is_empty() {
                let missing = (n - numbers.len()) as u64;
                *reserved = self.reserve(partition, missing.max(BLOCK)).await?;
            }
            let sequence = reserved.start;
            reserved.start += 1;
            numbers
                .push(CaseNumber::new(partition, sequence).ok_or(StoreError::Numbers(partition))?);
        }
        Ok(numbers)
    }

    /// One new number after the counter turned out to be behind the cases (Redis was restored from an old copy): what was
    /// reserved is thrown away, and each attempt skips twice as many.
    pub(crate) async fn mint_past(
        &self,
        partition: Partition,
        attempt: u32,
    ) -> Result<CaseNumber, StoreError> {
        let mut reserved = self.0.mint.0[usize::from(partition.0)].lock().await;
        let block = self.reserve(partition, BLOCK << attempt).await?;
        *reserved = block.end - 1..block.end;
        let sequence = reserved.start;
        reserved.start += 1;
        CaseNumber::new(partition, sequence).ok_or(StoreError::Numbers(partition))
    }

    async fn reserve(&self, partition: Partition, count: u64) -> Result<Range<u64>, StoreError> {
        let mut incr = cmd("INCRBY");
        incr.arg(self.keys().seq(partition)).arg(count);
        let last: u64 = read(self.conn().run(partition_home(partition), incr).await?)?;
        Ok(last + 1 - count..last + 1)
    }

    /// The partition of requests with this key: always the same one, so that the key is found again.
    #[must_use]
    pub fn partition_for(&self, key: &IdempotencyKey) -> Partition {
        let spread = key.spread() % u64::from(self.0.settings.partitions);
        Partition(u8::try_from(spread).unwrap_or_default())
    }

    /// Any partition, for a request without a key.
    #[must_use]
    pub fn random_partition(&self) -> Partition {
        Partition(rand::random_range(0..self.0.settings.partitions))
    }
}
