//! Cases that wait for a person of the hotline: for a call back, in triage, or for supervision. The commit that makes them wait
//! puts them on the list, and the one that ends it takes them off.

use std::time::Duration;

use futures::future::try_join_all;
use jiff::Timestamp;
use redis::cmd;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::vocabulary::Language;

use crate::keys::partition_home;
use crate::reply::read;
use crate::script::{CLAIM, Call};
use crate::{MAX_BATCH, Store, StoreError};

impl Store {
    /// Up to `limit` (at most [`MAX_BATCH`]) cases of a partition whose citizens are to be called in this language before
    /// `now`, the oldest first. Each is pushed back to `now + lease` in the same step, so that no other operator gets it before
    /// then; a callback that is recorded takes it off or sets its next time.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn claim_calls(
        &self,
        partition: Partition,
        language: Language,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<CaseNumber>, StoreError> {
        self.known(partition)?;
        let now = now.as_millisecond();
        let until = now.saturating_add(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX));
        let key = self.keys().calls(partition, language);
        let mut call = Call::default();
        call.key(key.clone());
        call.num(now).num(until).num(limit.min(MAX_BATCH));
        let home = partition_home(partition);
        let reply = CLAIM.run(self.conn(), home, &call).await?;
        numbers(&key, read(reply)?)
    }

    /// How many citizens are to be called in this language before `now`.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn calls_due(&self, language: Language, now: Timestamp) -> Result<u64, StoreError> {
        let counts = self.partitions().map(async |partition| {
            let mut count = cmd("ZCOUNT");
            count
                .arg(self.keys().calls(partition, language))
                .arg("-inf")
                .arg(format!("({}", now.as_millisecond()));
            let home = partition_home(partition);
            read::<u64>(self.conn().run(home, count).await?)
        });
        Ok(try_join_all(counts).await?.into_iter().sum())
    }

    /// Up to `limit` cases that supervision looks after, with since when, the oldest first.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn supervised(
        &self,
        limit: usize,
    ) -> Result<Vec<(CaseNumber, Timestamp)>, StoreError> {
        self.oldest(limit, |partition| self.keys().supervised(partition))
            .await
    }

    /// Up to `limit` cases that a person must send somewhere, with since when, the oldest first.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn in_triage(
        &self,
        limit: usize,
    ) -> Result<Vec<(CaseNumber, Timestamp)>, StoreError> {
        self.oldest(limit, |partition| self.keys().triage(partition))
            .await
    }

    /// Up to `limit` cases of all partitions' lists, the oldest first.
    async fn oldest(
        &self,
        limit: usize,
        list: impl Fn(Partition) -> String,
    ) -> Result<Vec<(CaseNumber, Timestamp)>, StoreError> {
        let lists = self.partitions().map(async |partition| {
            let key = list(partition);
            let mut range = cmd("ZRANGE");
            range
                .arg(&key)
                .arg(0)
                .arg(i64::try_from(limit).unwrap_or(i64::MAX).saturating_sub(1))
                .arg("WITHSCORES");
            let home = partition_home(partition);
            let found: Vec<(String, f64)> = read(self.conn().run(home, range).await?)?;
            let (members, since): (Vec<_>, Vec<_>) = found.into_iter().unzip();
            // Redis keeps scores as doubles, which hold milliseconds exactly.
            let at = |ms: f64| Timestamp::from_millisecond(ms as i64).unwrap_or(Timestamp::MIN);
            let since = since.into_iter().map(at);
            Ok::<_, StoreError>(numbers(&key, members)?.into_iter().zip(since))
        });
        let mut all: Vec<_> = try_join_all(lists).await?.into_iter().flatten().collect();
        all.sort_by_key(|(number, since)| (*since, *number));
        all.truncate(limit);
        Ok(all)
    }
}

pub(crate) fn numbers(key: &str, members: Vec<String>) -> Result<Vec<CaseNumber>, StoreError> {
    let number = |member: &String| {
        let read = member.parse();
        read.map_err(|error| StoreError::corrupt(key, format!("{member:?}: {error}")))
    };
    members.iter().map(number).collect()
}
