//! What leaves Redis for the archive: entries of the log, and cases that ended long ago.
//!
//! Both leave in *prepared batches*. One step writes down which entries or cases a batch has; then somebody (anybody, several
//! at once, again after a crash) writes the files that this names; a last step lets Redis forget. A batch's content never
//! changes between the first step and the last: entries of the log never do, and a case of a prepared batch takes no commit
//! any more (they answer [`crate::Committed::Missing`]), though it can still be read.
//!
//! The log is trimmed ([`Store::trim`]) only up to what the archive has, from [`Store::attach_archive`] on until
//! [`Store::detach_archive`].

use futures::future::try_join_all;
use jiff::Timestamp;
use prost::Message as _;
use redis::cmd;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_proto::types::v1::Commit;

use crate::keys::partition_home;
use crate::reply::{entries, read};
use crate::script::{Call, LEAVE_CASES, LEAVE_LOG, LEFT_CASES, LEFT_LOG};
use crate::{EntryId, MAX_BATCH, Store, StoreError};

/// Entries of a partition's log on their way into the archive: those after one, up to and with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogBatch {
    /// The partition.
    pub partition: Partition,
    /// The last entry that the archive has; zero at the beginning.
    pub after: EntryId,
    /// The last entry of the batch.
    pub to: EntryId,
}

/// An entry of a batch.
#[derive(Debug, Clone)]
pub struct Leaving {
    /// The entry.
    pub id: EntryId,
    /// What happened; why it cannot be told, when it cannot be read.
    pub commit: Result<Commit, String>,
}

/// Ended cases of a partition on their way into the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseBatch {
    /// The partition.
    pub partition: Partition,
    /// The batch's number in its partition: 1, 2, 3 …
    pub number: u64,
    /// Its cases, the longest ended first; at most [`MAX_BATCH`].
    pub cases: Vec<CaseNumber>,
}

/// How the archive stands in one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveState {
    /// The partition.
    pub partition: Partition,
    /// The last log entry that the archive has; `None` when there never was an archive.
    pub at: Option<EntryId>,
    /// Nobody archives now.
    pub off: bool,
    /// Cases that have ended and are still here.
    pub ended: u64,
}

impl Store {
    /// Makes the log wait for the archive, from where it stood before, or from the log's beginning.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn attach_archive(&self) -> Result<(), StoreError> {
        let all = self.partitions().map(|partition| async move {
            let key = self.keys().archive(partition);
            let mut start = cmd("HSETNX");
            start
                .arg(&key)
                .arg("at")
                .arg(EntryId::default().to_string());
            self.conn().run(partition_home(partition), start).await?;
            let mut on = cmd("HDEL");
            on.arg(&key).arg("off");
            self.conn().run(partition_home(partition), on).await
        });
        try_join_all(all).await?;
        Ok(())
    }

    /// Lets the log be trimmed without an archive. What is trimmed before it is attached again, it never gets.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn detach_archive(&self) -> Result<(), StoreError> {
        for state in self.archive_states().await? {
            if state.at.is_some() && !state.off {
                let mut off = cmd("HSET");
                off.arg(self.keys().archive(state.partition))
                    .arg("off")
                    .arg(1);
                self.conn()
                    .run(partition_home(state.partition), off)
                    .await?;
            }
        }
        Ok(())
    }

    /// How the archive stands in every partition.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn archive_states(&self) -> Result<Vec<ArchiveState>, StoreError> {
        let all = self.partitions().map(|partition| async move {
            let (at, off) = self.archive_at(partition).await?;
            let mut count = cmd("ZCARD");
            count.arg(self.keys().ended(partition));
            let ended = read(self.conn().run(partition_home(partition), count).await?)?;
            Ok::<_, StoreError>(ArchiveState {
                partition,
                at,
                off,
                ended,
            })
        });
        try_join_all(all).await
    }

    async fn archive_at(
        &self,
        partition: Partition,
    ) -> Result<(Option<EntryId>, bool), StoreError> {
        let mut get = cmd("HMGET");
        get.arg(self.keys().archive(partition)).arg("at").arg("off");
        let (at, off): (Option<String>, Option<String>) =
            read(self.conn().run(partition_home(partition), get).await?)?;
        let at = at.map(|at| self.entry_of(partition, &at)).transpose()?;
        Ok((at, off.is_some()))
    }

    fn entry_of(&self, partition: Partition, text: &str) -> Result<EntryId, StoreError> {
        let corrupt = |error| StoreError::corrupt(self.keys().archive(partition), error);
        text.parse().map_err(corrupt)
    }

    /// What the log must keep for the archive: everything after this entry. `None` while nobody archives.
    pub(crate) async fn kept_for_archive(
        &self,
        partition: Partition,
    ) -> Result<Option<EntryId>, StoreError> {
        let (at, off) = self.archive_at(partition).await?;
        Ok(at.filter(|_| !off))
    }

    /// The batch of the log that is prepared in this partition; when there is none prepares one of at most `most` entries, if
    /// the oldest came before `older_than` or the log has at least `enough`. `None` when it is not time yet.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn leave_log(
        &self,
        partition: Partition,
        most: usize,
        enough: usize,
        older_than: Timestamp,
    ) -> Result<Option<LogBatch>, StoreError> {
        self.known(partition)?;
        if let Some(prepared) = self.prepared_log(partition, None).await? {
            return Ok(Some(prepared));
        }
        let (after, _) = self.archive_at(partition).await?;
        let after = after.unwrap_or_default();
        let Some(first) = self.ids_after(partition, after, 1).await?.pop() else {
            return Ok(None);
        };
        let mut length = cmd("XLEN");
        length.arg(self.keys().log(partition));
        let length: usize = read(self.conn().run(partition_home(partition), length).await?)?;
        let young = i64::try_from(first.ms).is_ok_and(|ms| ms > older_than.as_millisecond());
        if young && length < enough {
            return Ok(None);
        }
        let (mut last, mut count) = (after, 0);
        while count < most {
            let page = self.ids_after(partition, last, most - count).await?;
            let Some(newest) = page.last().copied() else {
                break;
            };
            count += page.len();
            last = newest;
        }
        self.prepared_log(partition, Some((after, last))).await
    }

    async fn ids_after(
        &self,
        partition: Partition,
        after: EntryId,
        most: usize,
    ) -> Result<Vec<EntryId>, StoreError> {
        let page = self.page(partition, after, None, most).await?;
        Ok(page.into_iter().map(|(id, ..)| id).collect())
    }

    /// Entries after one, up to another: id, commit, and whether it is a letter put back.
    async fn page(
        &self,
        partition: Partition,
        after: EntryId,
        to: Option<EntryId>,
        most: usize,
    ) -> Result<Vec<(EntryId, Vec<u8>, bool)>, StoreError> {
        let mut range = cmd("XRANGE");
        range
            .arg(self.keys().log(partition))
            .arg(format!("({after}"))
            .arg(to.map_or_else(|| "+".to_owned(), |to| to.to_string()))
            .arg("COUNT")
            .arg(most.min(4 * MAX_BATCH));
        let found = entries(self.conn().run(partition_home(partition), range).await?)?;
        let entry = |mut raw: crate::reply::RawEntry| {
            let again = !raw.take("g").is_empty();
            (raw.id, raw.take("e"), again)
        };
        Ok(found.into_iter().map(entry).collect())
    }

    /// The prepared batch, or this one when none is prepared and the archive stands where it begins.
    async fn prepared_log(
        &self,
        partition: Partition,
        new: Option<(EntryId, EntryId)>,
    ) -> Result<Option<LogBatch>, StoreError> {
        let mut call = Call::default();
        call.key(self.keys().archive(partition));
        let text = |id: Option<EntryId>| id.map(|id| id.to_string()).unwrap_or_default();
        call.arg(text(new.map(|(after, _)| after)))
            .arg(text(new.map(|(_, to)| to)));
        let answer = LEAVE_LOG
            .run_durable(self, partition_home(partition), &call)
            .await?;
        let (after, to): (String, String) = read(answer)?;
        if to.is_empty() {
            return Ok(None);
        }
        Ok(Some(LogBatch {
            partition,
            after: self.entry_of(partition, &after)?,
            to: self.entry_of(partition, &to)?,
        }))
    }

    /// The entries of a batch, oldest first; always the same. Letters that were put back are left out: the commit is there
    /// once already.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn leaving(&self, batch: &LogBatch) -> Result<Vec<Leaving>, StoreError> {
        let (mut all, mut after) = (Vec::new(), batch.after);
        loop {
            let page = self
                .page(batch.partition, after, Some(batch.to), usize::MAX)
                .await?;
            let Some((newest, ..)) = page.last() else {
                break;
            };
            after = *newest;
            let fresh = page.into_iter().filter(|(.., again)| !again);
            all.extend(fresh.map(|(id, commit, _)| Leaving {
                id,
                commit: Commit::decode(commit.as_slice()).map_err(|error| error.to_string()),
            }));
        }
        Ok(all)
    }

    /// Says that the archive has a batch: the log may be trimmed up to its end. Whether it was not known yet.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn log_left(&self, batch: &LogBatch) -> Result<bool, StoreError> {
        let mut call = Call::default();
        call.key(self.keys().archive(batch.partition));
        call.num(batch.after).num(batch.to);
        let home = partition_home(batch.partition);
        read(LEFT_LOG.run_durable(self, home, &call).await?)
    }

    /// The batch of cases that is prepared in this partition; when there is none prepares one of cases that ended before a
    /// moment. `None` when there are none.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn leave_cases(
        &self,
        partition: Partition,
        ended_before: Timestamp,
    ) -> Result<Option<CaseBatch>, StoreError> {
        self.known(partition)?;
        if let Some(prepared) = self.prepared_cases(partition, &[], 0).await? {
            return Ok(Some(prepared));
        }
        let before = ended_before.as_millisecond();
        let mut oldest = cmd("ZRANGE");
        oldest
            .arg(self.keys().ended(partition))
            .arg("-inf")
            .arg(format!("({before}"))
            .arg("BYSCORE")
            .arg("LIMIT")
            .arg(0)
            .arg(MAX_BATCH);
        let found = self.conn().run(partition_home(partition), oldest).await?;
        let members: Vec<String> = read(found)?;
        if members.is_empty() {
            return Ok(None);
        }
        let cases = self.numbers(partition, members.iter().map(String::as_str))?;
        self.prepared_cases(partition, &cases, before).await
    }

    fn numbers<'a>(
        &self,
        partition: Partition,
        members: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<CaseNumber>, StoreError> {
        let corrupt = |error| StoreError::corrupt(self.keys().ended(partition), error);
        members
            .map(|member| member.parse().map_err(corrupt))
            .collect()
    }

    async fn prepared_cases(
        &self,
        partition: Partition,
        cases: &[CaseNumber],
        before_ms: i64,
    ) -> Result<Option<CaseBatch>, StoreError> {
        let mut call = Call::default();
        call.key(self.keys().archive(partition))
            .key(self.keys().ended(partition));
        call.num(before_ms);
        for number in cases {
            call.key(self.keys().case(*number)).num(number);
        }
        let answer = LEAVE_CASES
            .run_durable(self, partition_home(partition), &call)
            .await?;
        let (number, members): (u64, String) = read(answer)?;
        let cases = self.numbers(partition, members.split_ascii_whitespace())?;
        Ok((!cases.is_empty()).then_some(CaseBatch {
            partition,
            number,
            cases,
        }))
    }

    /// Says that the archive has a batch of cases: they are forgotten, with their deadlines. What they taught stays. Whether
    /// it was not known yet.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn cases_left(&self, batch: &CaseBatch) -> Result<bool, StoreError> {
        let keys = self.keys();
        let mut call = Call::default();
        call.key(keys.archive(batch.partition))
            .key(keys.ended(batch.partition))
            .key(keys.due(batch.partition))
            .key(keys.scored(batch.partition));
        call.num(batch.number);
        for number in &batch.cases {
            call.key(keys.case(*number)).num(number);
        }
        let home = partition_home(batch.partition);
        read(LEFT_CASES.run_durable(self, home, &call).await?)
    }
}
