//! How the groups stand, and dropping what all of them are done with.

use std::time::Duration;

use futures::future::try_join_all;
use jiff::Timestamp;
use redis::{Pipeline, Value, cmd};
use swiftline_domain::number::Partition;

use super::{EntryId, Group, GroupState, Log};
use crate::keys::partition_home;
use crate::reply::{entries, entry_id, fact, read};
use crate::{Store, StoreError};

/// Beyond this many, entries that Redis cannot tell the number of are not counted one by one.
const COUNTED_LAG: usize = 1_000;

/// What Redis says of a partition's log.
struct Facts {
    length: u64,
    dead: u64,
    groups: Vec<GroupFacts>,
}

struct GroupFacts {
    group: Group,
    last_delivered: EntryId,
    /// `None` when Redis does not know: entries beyond the group's last one were deleted.
    lag: Option<u64>,
    pending: u64,
    oldest_pending: Option<EntryId>,
}

impl GroupFacts {
    /// The oldest entry that this group has not acknowledged lies here or later.
    fn first_needed(&self) -> EntryId {
        self.oldest_pending.unwrap_or(self.last_delivered.next())
    }
}

impl Store {
    /// The standing of every group in every partition.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn group_states(&self) -> Result<Vec<GroupState>, StoreError> {
        let all = self.partitions().map(|partition| self.states_of(partition));
        Ok(try_join_all(all).await?.into_iter().flatten().collect())
    }

    async fn states_of(&self, partition: Partition) -> Result<Vec<GroupState>, StoreError> {
        let facts = self.log_facts(partition).await?;
        let now = Timestamp::now();
        let mut states = Vec::with_capacity(facts.groups.len());
        for group in &facts.groups {
            let (first, lag) = match group.lag {
                Some(0) => (None, 0),
                known => {
                    self.undelivered(partition, group, known, facts.length)
                        .await?
                }
            };
            states.push(GroupState {
                partition,
                group: group.group,
                length: facts.length,
                lag,
                pending: group.pending,
                oldest: group.oldest_pending.or(first).map(|id| id.age(now)),
                dead: facts.dead,
            });
        }
        Ok(states)
    }

    /// The first entry not delivered to the group, and how many there are: what Redis says, as far as there are so many; counted
    /// when it does not know, and beyond [`COUNTED_LAG`] the whole length, which is never too few.
    async fn undelivered(
        &self,
        partition: Partition,
        group: &GroupFacts,
        known: Option<u64>,
        length: u64,
    ) -> Result<(Option<EntryId>, u64), StoreError> {
        let mut range = cmd("XRANGE");
        range
            .arg(self.keys().log(partition))
            .arg(format!("({}", group.last_delivered))
            .arg("+")
            .arg("COUNT")
            .arg(if known.is_some() { 1 } else { COUNTED_LAG });
        let found = entries(self.conn().run(partition_home(partition), range).await?)?;
        let counted = if found.len() < COUNTED_LAG {
            found.len() as u64
        } else {
            length
        };
        // Redis subtracts counters, and one of them is not in its file or on its replicas (mended by redis/redis#12898): after a
        // restart or a failover its lag is too high for ever. What is not there nobody lacks.
        let lag = match known {
            Some(_) if found.is_empty() => 0,
            Some(known) => known.min(length),
            None => counted,
        };
        Ok((found.first().map(|entry| entry.id), lag))
    }

    async fn log_facts(&self, partition: Partition) -> Result<Facts, StoreError> {
        let log = self.keys().log(partition);
        let mut pipeline = Pipeline::new();
        pipeline.cmd("XLEN").arg(&log);
        pipeline.cmd("XLEN").arg(self.keys().dead(partition));
        pipeline.cmd("XINFO").arg("GROUPS").arg(&log);
        for group in Group::ALL {
            pipeline.cmd("XPENDING").arg(&log).arg(group.as_str());
        }
        let mut answers = self
            .conn()
            .pipe(partition_home(partition), pipeline)
            .await?
            .into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let (length, dead) = (read(next())?, read(next())?);
        let infos: Vec<Value> = read(next())?;
        let mut groups = Vec::with_capacity(infos.len());
        for group in Group::ALL {
            let pending: (u64, Option<String>, Value, Value) = read(next())?;
            let info = infos.iter().find(|info| {
                read::<String>(fact(info, "name")).is_ok_and(|name| name == group.as_str())
            });
            let Some(info) = info else { continue };
            groups.push(GroupFacts {
                group,
                last_delivered: entry_id(fact(info, "last-delivered-id"))?,
                lag: read(fact(info, "lag"))?,
                pending: pending.0,
                oldest_pending: pending.1.and_then(|id| id.parse().ok()),
            });
        }
        Ok(Facts {
            length,
            dead,
            groups,
        })
    }

    /// Drops from the log what every group has acknowledged and the archive, if there is one, has; says how many entries.
    ///
    /// Safe beside readers: between looking and trimming a group can only come to need less.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn trim(&self) -> Result<u64, StoreError> {
        let all = self.partitions().map(|partition| self.trim_of(partition));
        Ok(try_join_all(all).await?.into_iter().sum())
    }

    async fn trim_of(&self, partition: Partition) -> Result<u64, StoreError> {
        let facts = self.log_facts(partition).await?;
        let needed = facts.groups.iter().map(GroupFacts::first_needed).min();
        // A group that is not there has acknowledged nothing.
        let Some(needed) = needed.filter(|_| facts.groups.len() == Group::ALL.len()) else {
            return Ok(0);
        };
        let archived = self.kept_for_archive(partition).await?;
        let needed = archived.map_or(needed, |at| needed.min(at.next()));
        let mut trim = cmd("XTRIM");
        trim.arg(self.keys().log(partition))
            .arg("MINID")
            .arg(needed.to_string());
        read(self.conn().run(partition_home(partition), trim).await?)
    }
}

impl Log {
    /// The standing of this consumer's group in every partition.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn state(&self) -> Result<Vec<GroupState>, StoreError> {
        let mut states = self.store.group_states().await?;
        states.retain(|state| state.group == self.group);
        Ok(states)
    }
}

impl EntryId {
    /// The least id after this one.
    pub(crate) fn next(self) -> Self {
        Self {
            ms: self.ms,
            seq: self.seq.saturating_add(1),
        }
    }

    /// How old the entry is; zero when Redis' clock is ahead of ours.
    pub(crate) fn age(self, now: Timestamp) -> Duration {
        let now = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Duration::from_millis(now.saturating_sub(self.ms))
    }
}
