//! Reading new entries: non-blocking, over all partitions at once.
//!
//! `XREADGROUP BLOCK` would hold a socket for every reader, cannot span the slots of a cluster, and delays whoever shares
//! its connection. Instead each round asks every partition with a plain `XREADGROUP COUNT`; the commands of one round go
//! out together, so a round costs one round trip. While there is work the next round follows at once; when there is none,
//! the wait doubles from 1 ms to 25 ms, which bounds both the delay of the first entry and the load of an idle reader
//! (at most 40 rounds a second).

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use futures::future::join_all;
use redis::{Pipeline, RedisResult, Value};
use swiftline_domain::number::Partition;
use tracing::{error, warn};

use super::decode::{Decoded, decode};
use super::{Delivery, EntryId, Log};
use crate::StoreError;
use crate::keys::partition_home;
use crate::reply::{RawEntry, read_entries};

const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(25);
/// After this long of nothing the caller gets an empty batch.
const IDLE_RETURN: Duration = Duration::from_millis(200);

impl Log {
    /// Up to `max` new entries, a fair share of each partition. Waits for the first; gives an empty batch after a fifth of a
    /// second of nothing, so that a service can look whether it is to stop. Do not drop it halfway: what it was just given
    /// would wait for [`Log::reclaim`].
    ///
    /// Partitions that cannot be reached do not hold up the others.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn read(&self, max: usize) -> Result<Vec<Delivery>, StoreError> {
        let started = Instant::now();
        loop {
            let (deliveries, found) = self.round(max).await?;
            if found {
                self.pause_us.store(0, Relaxed);
            }
            if !deliveries.is_empty() || max == 0 {
                return Ok(deliveries);
            }
            if !found {
                if started.elapsed() >= IDLE_RETURN {
                    return Ok(deliveries);
                }
                tokio::time::sleep(self.next_pause()).await;
            }
        }
    }

    fn next_pause(&self) -> Duration {
        let before = Duration::from_micros(self.pause_us.load(Relaxed));
        let pause = (before * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.pause_us.store(
            u64::try_from(pause.as_micros()).unwrap_or(u64::MAX),
            Relaxed,
        );
        pause
    }

    /// Asks every partition once. The second answer says whether anything at all was there, wanted or not.
    async fn round(&self, max: usize) -> Result<(Vec<Delivery>, bool), StoreError> {
        let mut skipped = self.take_skipped();
        let asked = self.shares(max).into_iter().map(|(partition, count)| {
            let skipped = skipped.remove(&partition).unwrap_or_default();
            async move { (partition, self.ask(partition, count, &skipped).await) }
        });
        let (mut deliveries, mut found, mut failed) = (Vec::new(), false, None);
        for (partition, answer) in join_all(asked).await {
            match answer {
                Ok(entries) => {
                    found |= !entries.is_empty();
                    self.sort_out(partition, entries, &mut deliveries).await;
                }
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            // What was given must be handled; the error comes again with the next round.
            Some(error) if deliveries.is_empty() => Err(error),
            _ => Ok((deliveries, found)),
        }
    }

    /// How many entries each partition may give: `max` in all, the remainder to others each time.
    fn shares(&self, max: usize) -> Vec<(Partition, usize)> {
        let partitions: Vec<Partition> = self.store.partitions().collect();
        let (each, rest) = (max / partitions.len(), max % partitions.len());
        let first = self.turn.fetch_add(rest.max(1), Relaxed);
        (0..partitions.len())
            .map(|i| {
                let partition = partitions[first.wrapping_add(i) % partitions.len()];
                (partition, each + usize::from(i < rest))
            })
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    async fn ask(
        &self,
        partition: Partition,
        count: usize,
        skipped: &[EntryId],
    ) -> Result<Vec<RawEntry>, StoreError> {
        match self.xreadgroup(partition, count, skipped).await {
            Ok(value) => read_entries(value),
            // The log is gone: Redis came back without its data. Begin again rather than fail for ever.
            Err(error) if error.code() == Some("NOGROUP") => {
                warn!(%partition, group = %self.group, "the log has lost its group; making it anew");
                self.store.create_group(partition, self.group).await?;
                Ok(Vec::new())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn xreadgroup(
        &self,
        partition: Partition,
        count: usize,
        skipped: &[EntryId],
    ) -> RedisResult<Value> {
        let key = self.store.keys().log(partition);
        let mut pipeline = Pipeline::with_capacity(2);
        if !skipped.is_empty() {
            pipeline.cmd("XACK").arg(&key).arg(self.group.as_str());
            for id in skipped {
                pipeline.arg(id.to_string());
            }
        }
        pipeline
            .cmd("XREADGROUP")
            .arg("GROUP")
            .arg(self.group.as_str())
            .arg(&self.consumer)
            .arg("COUNT")
            .arg(count)
            .arg("STREAMS")
            .arg(&key)
            .arg(">");
        let mut answers = self
            .store
            .conn()
            .pipe(partition_home(partition), pipeline)
            .await?;
        Ok(answers.pop().unwrap_or_default())
    }

    /// Keeps what is ours, notes what is not, buries what cannot be read.
    async fn sort_out(
        &self,
        partition: Partition,
        entries: Vec<RawEntry>,
        deliveries: &mut Vec<Delivery>,
    ) {
        for entry in entries {
            let id = entry.id;
            match decode(self.group, partition, 1, entry) {
                Decoded::Ours(delivery) => deliveries.push(*delivery),
                Decoded::NotOurs => self.skip(partition, id),
                Decoded::Bad(reason) => self.bury_unread(partition, id, &reason, 1).await,
            }
        }
    }

    /// Buries an entry that cannot be read. If that fails, it stays pending and [`Log::reclaim`] finds it.
    pub(super) async fn bury_unread(
        &self,
        partition: Partition,
        id: EntryId,
        reason: &str,
        attempts: u32,
    ) {
        match self.bury_entry(partition, id, reason, attempts, "").await {
            Ok(()) => {
                error!(%partition, entry = %id, group = %self.group, reason, "log entry became a dead letter");
            }
            Err(error) => {
                warn!(%partition, entry = %id, %error, "could not bury a log entry; it will be tried again");
            }
        }
    }

    fn skip(&self, partition: Partition, id: EntryId) {
        self.skipped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((partition, id));
    }

    /// What is to be acknowledged unseen. If that fails the entries stay pending, and [`Log::reclaim`] skips them again.
    fn take_skipped(&self) -> BTreeMap<Partition, Vec<EntryId>> {
        let taken =
            std::mem::take(&mut *self.skipped.lock().unwrap_or_else(PoisonError::into_inner));
        let mut by_partition = BTreeMap::new();
        for (partition, id) in taken {
            by_partition
                .entry(partition)
                .or_insert_with(Vec::new)
                .push(id);
        }
        by_partition
    }
}
