//! Taking over what dead consumers left.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::{join_all, try_join_all};
use redis::cmd;
use swiftline_domain::number::Partition;
use tracing::{debug, warn};

use super::decode::{Decoded, decode};
use super::{Delivery, EntryId, Log};
use crate::keys::partition_home;
use crate::reply::{RawEntry, entries, read};
use crate::script::{Call, FORGET};
use crate::{MAX_BATCH, StoreError};

/// A consumer that holds nothing is forgotten when it was not seen for this many times `min_idle`.
const FORGET_AFTER: u32 = 60;

impl Log {
    /// Takes over what consumers of the group (this one too) were given more than `min_idle` ago and have not acknowledged;
    /// at most [`MAX_BATCH`] of each partition. Entries delivered `max_deliveries` times already become dead letters instead.
    ///
    /// `min_idle` must be longer than handling a batch ever takes, or slow work is done twice at once. Partitions that cannot
    /// be reached do not hold up the others: an entry that was claimed counts as delivered, so it is always given.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn reclaim(&self, min_idle: Duration) -> Result<Vec<Delivery>, StoreError> {
        let all = self
            .store
            .partitions()
            .map(|partition| self.reclaim_of(partition, min_idle));
        let (mut deliveries, mut failed) = (Vec::new(), None);
        for taken in join_all(all).await {
            match taken {
                Ok(taken) => deliveries.extend(taken),
                Err(error) => failed = Some(error),
            }
        }
        failed
            .filter(|_| deliveries.is_empty())
            .map_or(Ok(deliveries), Err)
    }

    async fn reclaim_of(
        &self,
        partition: Partition,
        min_idle: Duration,
    ) -> Result<Vec<Delivery>, StoreError> {
        let idle_ms = millis(min_idle);
        let left = self.left_behind(partition, idle_ms, MAX_BATCH).await?;
        let deliveries = self.take_over(partition, idle_ms, &left).await?;
        self.forget(partition, idle_ms).await;
        Ok(deliveries)
    }

    /// As [`Log::reclaim`], but a single entry; `None` when nothing is left behind. Who handles entries one after the other
    /// in this way has the delivery count climb only of the one that brings its consumers down.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn reclaim_one(&self, min_idle: Duration) -> Result<Option<Delivery>, StoreError> {
        let idle_ms = millis(min_idle);
        for partition in self.store.partitions() {
            loop {
                let left = self.left_behind(partition, idle_ms, 1).await?;
                if left.is_empty() {
                    break;
                }
                // Empty when it was given up, was not for this group, or another consumer was faster.
                if let Some(delivery) = self.take_over(partition, idle_ms, &left).await?.pop() {
                    return Ok(Some(delivery));
                }
            }
            self.forget(partition, idle_ms).await;
        }
        Ok(None)
    }

    /// Claims these entries; gives up those that were delivered too often.
    async fn take_over(
        &self,
        partition: Partition,
        idle_ms: u64,
        left: &[(EntryId, u32)],
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut deliveries = Vec::new();
        if left.is_empty() {
            return Ok(deliveries);
        }
        let claimed = self.claim(partition, idle_ms, left).await?;
        let mut unwanted = Vec::new();
        for entry in claimed {
            let id = entry.id;
            let before = left
                .iter()
                .find(|(left, _)| *left == id)
                .map_or(0, |(_, n)| *n);
            match decode(self.group, partition, before.saturating_add(1), entry) {
                Decoded::NotOurs => unwanted.push(id),
                Decoded::Bad(reason) => self.bury_unread(partition, id, &reason, before).await,
                Decoded::Ours(delivery) if before >= self.store.settings().max_deliveries => {
                    self.give_up(*delivery, before).await;
                }
                Decoded::Ours(delivery) => deliveries.push(*delivery),
            }
        }
        if let Err(error) = self.ack_ids(partition, &unwanted).await {
            warn!(%partition, %error, "could not acknowledge entries for other groups; they will come again");
        }
        Ok(deliveries)
    }

    /// Buries an entry that was delivered too often. If that fails, the next reclaim finds it.
    async fn give_up(&self, delivery: Delivery, attempts: u32) {
        let tried = Delivery {
            attempts,
            ..delivery
        };
        let reason = format!("delivered {attempts} times and never acknowledged");
        if let Err(error) = self.bury(&tried, &reason).await {
            warn!(partition = %tried.partition, entry = %tried.id, %error, "could not bury a log entry; it will be tried again");
        }
    }

    /// Says that these entries are still being worked on: they count as just delivered, and not as delivered once more, so
    /// that nobody reclaims them. Those acknowledged by now stay so.
    ///
    /// # Errors
    /// When Redis is unavailable; may be repeated.
    pub async fn keep(&self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        let mut ids: BTreeMap<Partition, Vec<EntryId>> = BTreeMap::new();
        for delivery in deliveries {
            ids.entry(delivery.partition).or_default().push(delivery.id);
        }
        let all = ids.iter().flat_map(|(partition, ids)| {
            let batches = ids.chunks(MAX_BATCH);
            batches.map(|batch| self.keep_ids(*partition, batch))
        });
        try_join_all(all).await?;
        Ok(())
    }

    async fn keep_ids(&self, partition: Partition, ids: &[EntryId]) -> Result<(), StoreError> {
        let mut claim = cmd("XCLAIM");
        claim
            .arg(self.store.keys().log(partition))
            .arg(self.group.as_str())
            .arg(&self.consumer)
            .arg(0);
        for id in ids {
            claim.arg(id.to_string());
        }
        claim.arg("JUSTID"); // which does not count as a delivery
        let home = partition_home(partition);
        self.store.conn().run(home, claim).await?;
        Ok(())
    }

    /// Entries not acknowledged for so long, `limit` at most, and how often each has been delivered.
    async fn left_behind(
        &self,
        partition: Partition,
        idle_ms: u64,
        limit: usize,
    ) -> Result<Vec<(EntryId, u32)>, StoreError> {
        let mut pending = cmd("XPENDING");
        pending
            .arg(self.store.keys().log(partition))
            .arg(self.group.as_str())
            .arg("IDLE")
            .arg(idle_ms)
            .arg("-")
            .arg("+")
            .arg(limit);
        let answer = self
            .store
            .conn()
            .run(partition_home(partition), pending)
            .await?;
        read::<Vec<(String, String, u64, u32)>>(answer)?
            .into_iter()
            .map(|(id, _, _, delivered)| {
                let id = id
                    .parse()
                    .map_err(|error| StoreError::corrupt("XPENDING", error))?;
                Ok((id, delivered))
            })
            .collect()
    }

    /// Claims entries for this consumer. Whoever is first gets one: the claim makes it young again.
    async fn claim(
        &self,
        partition: Partition,
        idle_ms: u64,
        left: &[(EntryId, u32)],
    ) -> Result<Vec<RawEntry>, StoreError> {
        let mut claim = cmd("XCLAIM");
        claim
            .arg(self.store.keys().log(partition))
            .arg(self.group.as_str())
            .arg(&self.consumer)
            .arg(idle_ms);
        for (id, _) in left {
            claim.arg(id.to_string());
        }
        let answer = self
            .store
            .conn()
            .run(partition_home(partition), claim)
            .await?;
        entries(answer)
    }

    /// Housekeeping only: when it fails, the next reclaim does it.
    async fn forget(&self, partition: Partition, idle_ms: u64) {
        let mut call = Call::default();
        call.key(self.store.keys().log(partition));
        call.arg(self.group.as_str())
            .num(idle_ms.saturating_mul(FORGET_AFTER.into()));
        let home = partition_home(partition);
        if let Err(error) = FORGET.run(self.store.conn(), home, &call).await {
            debug!(%partition, %error, "could not forget consumers that are gone");
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
