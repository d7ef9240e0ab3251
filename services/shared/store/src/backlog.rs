//! What has come to a stop and waits for a person: for dashboards and alerts.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::try_join_all;
use jiff::Timestamp;
use redis::{Pipeline, cmd};
use swiftline_domain::case::ClockKind;
use swiftline_domain::number::Partition;

use crate::keys::partition_home;
use crate::reply::{entries, read};
use crate::{Group, Store, StoreError};

/// Dead letters of a partition that are looked at, at most; more of them make no difference to whoever is told.
const LETTERS: usize = 1_000;

/// What waits for a person, in all partitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Cases that a person must send somewhere.
    pub triage: u64,
    /// How long the oldest of them has waited.
    pub triage_oldest: Option<Duration>,
    /// Cases whose clock of this kind has run out and not been stopped.
    pub overdue: BTreeMap<ClockKind, u64>,
    /// Entries that a group could not handle, of the oldest 1,000 of each partition; groups without any are not there.
    pub dead: BTreeMap<Group, u64>,
}

impl Backlog {
    fn add(&mut self, other: &Self) {
        self.triage += other.triage;
        self.triage_oldest = self.triage_oldest.max(other.triage_oldest);
        for (clock, count) in &other.overdue {
            *self.overdue.entry(*clock).or_default() += count;
        }
        for (group, count) in &other.dead {
            *self.dead.entry(*group).or_default() += count;
        }
    }
}

impl Store {
    /// What waits for a person now.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn backlog(&self, now: Timestamp) -> Result<Backlog, StoreError> {
        let all = self
            .partitions()
            .map(|partition| self.backlog_of(partition, now));
        let mut sum = Backlog::default();
        for one in try_join_all(all).await? {
            sum.add(&one);
        }
        Ok(sum)
    }

    async fn backlog_of(
        &self,
        partition: Partition,
        now: Timestamp,
    ) -> Result<Backlog, StoreError> {
        let (keys, home) = (self.keys(), partition_home(partition));
        let triage = keys.triage(partition);
        let mut pipeline = Pipeline::new();
        pipeline.cmd("XLEN").arg(keys.dead(partition));
        pipeline.cmd("ZCARD").arg(&triage);
        let first = pipeline.cmd("ZRANGE").arg(&triage);
        first.arg(0).arg(0).arg("WITHSCORES");
        for clock in ClockKind::ALL {
            pipeline.cmd("ZCARD").arg(keys.overdue(partition, clock));
        }
        let mut answers = self.conn().pipe(home, pipeline).await?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let (dead, triage) = (read::<u64>(next())?, read(next())?);
        let first: Vec<(String, f64)> = read(next())?;
        let mut overdue = BTreeMap::new();
        for clock in ClockKind::ALL {
            overdue.insert(clock, read(next())?);
        }
        // Redis keeps scores as doubles, which hold milliseconds exactly.
        let since = |ms: f64| Timestamp::from_millisecond(ms as i64).ok();
        let age = |since: Timestamp| now.duration_since(since).try_into().unwrap_or_default();
        Ok(Backlog {
            triage,
            triage_oldest: first.first().and_then(|(_, ms)| since(*ms)).map(age),
            overdue,
            dead: match dead {
                0 => BTreeMap::new(),
                _ => self.dead_of(partition).await?,
            },
        })
    }

    /// Dead letters by group. What cannot be read is of no group, and `dead_letters` says what is wrong with it.
    async fn dead_of(&self, partition: Partition) -> Result<BTreeMap<Group, u64>, StoreError> {
        let mut range = cmd("XRANGE");
        range.arg(self.keys().dead(partition)).arg("-").arg("+");
        range.arg("COUNT").arg(LETTERS);
        let answer = self.conn().run(partition_home(partition), range).await?;
        let mut counts = BTreeMap::new();
        for mut entry in entries(answer)? {
            if let Ok(group) = entry.text("g").parse::<Group>() {
                *counts.entry(group).or_default() += 1;
            }
        }
        Ok(counts)
    }
}
