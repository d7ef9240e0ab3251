//! Moves what is done with out of Redis: entries of the log, and cases that ended long ago.
//!
//! Any number of replicas may do so at once. Who comes second to a batch writes the same files again, and Redis forgets once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use prometheus_client::metrics::counter::Counter;
use swiftline_domain::archive::{CaseRow, Coverage, EventRow, Month, Position, Row, Span, Table};
use swiftline_domain::case::Event;
use swiftline_domain::number::Partition;
use swiftline_runtime::CancellationToken;
use swiftline_store::{CaseBatch, EntryId, LogBatch, Store, Stored};
use swiftline_telemetry::Metrics;

use super::columns::Rows;
use super::compact::Compaction;
use super::events::rows;
use super::files::FileWriter;
use super::probe::Step;
use super::settings::ArchiveSettings;
use super::{Archive, ArchiveError};
use crate::scores::{Scorer, history};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What the archiver counts of its work.
#[derive(Debug, Clone)]
pub struct ArchiveMetrics {
    entries: Counter,
    unreadable: Counter,
    cases: Counter,
    failures: Counter,
}

impl ArchiveMetrics {
    /// Registers the families.
    #[must_use]
    pub fn new(metrics: &Metrics) -> Self {
        let counter = |name, help| metrics.register(name, help, Counter::default());
        Self {
            entries: counter(
                "swiftline_archived_entries",
                "Entries of the case log that are in the archive",
            ),
            unreadable: counter(
                "swiftline_archive_unreadable_entries",
                "Entries of the case log that cannot be read, and so are not in the archive",
            ),
            cases: counter(
                "swiftline_archived_cases",
                "Cases that are in the archive and no longer in Redis",
            ),
            failures: counter(
                "swiftline_archive_failures",
                "Rounds of the archiver that failed; what they left is tried again",
            ),
        }
    }
}

/// The task.
pub struct Archiver {
    store: Store,
    archive: Archive,
    scorer: Scorer,
    settings: ArchiveSettings,
    metrics: ArchiveMetrics,
}

impl Archiver {
    /// What moves things from this store into this archive. The scorer makes the rows of cases.
    #[must_use]
    pub fn new(
        store: Store,
        archive: Archive,
        scorer: Scorer,
        settings: &ArchiveSettings,
        metrics: ArchiveMetrics,
    ) -> Self {
        Self {
            store,
            archive,
            scorer,
            settings: settings.clone(),
            metrics,
        }
    }

    /// Runs until `stop`, which may break it off between any two steps.
    pub async fn run(&self, stop: &CancellationToken) {
        let mut merged = Instant::now();
        while !stop.is_cancelled() {
            let work = async {
                self.round(Timestamp::now()).await?;
                if merged.elapsed() >= Duration::from_millis(self.settings.compact_every_ms) {
                    merged = Instant::now();
                    self.tidy(Timestamp::now()).await?;
                }
                Ok::<_, ArchiveError>(())
            };
            let ended = tokio::select! {
                ended = work => ended,
                () = stop.cancelled() => return,
            };
            if let Err(error) = ended {
                self.metrics.failures.inc();
                let reason = error.to_string();
                tracing::warn!(
                    reason,
                    "the archive does not take what is done; it will be tried again"
                );
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(self.settings.every_ms)) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Archives all that is ready now, in every partition.
    ///
    /// # Errors
    /// When Redis or the storage does not answer. What was begun is finished by the next round, of any replica.
    pub async fn round(&self, now: Timestamp) -> Result<(), ArchiveError> {
        self.store.attach_archive().await?;
        let linger = millis(self.settings.linger_ms);
        let kept = DAY * i32::try_from(self.settings.closed_days).unwrap_or(i32::MAX);
        let (old, ended) = (before(now, linger), before(now, kept));
        let mut failed = None;
        for partition in self.store.partitions() {
            match self.partition(partition, old, ended).await {
                Ok(()) => {}
                Err(broken @ ArchiveError::BrokenOff(_)) => return Err(broken),
                // What is wrong in one partition does not keep the others waiting.
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn partition(
        &self,
        partition: Partition,
        old: Timestamp,
        ended: Timestamp,
    ) -> Result<(), ArchiveError> {
        while let Some(batch) = self.log_batch(partition, old).await? {
            self.step(Step::LogPrepared)?;
            self.archive_log(&batch).await?;
        }
        while let Some(batch) = self.store.leave_cases(partition, ended).await? {
            self.step(Step::CasesPrepared)?;
            self.archive_cases(&batch).await?;
        }
        Ok(())
    }

    /// Merges small files and drops what is older than is kept.
    ///
    /// # Errors
    /// When the storage does not answer; what was begun is finished by the next call.
    pub async fn tidy(&self, now: Timestamp) -> Result<(), ArchiveError> {
        let when = Compaction {
            files: self.settings.compact_files,
            settled_ms: self.settings.settled_ms.cast_signed(),
        };
        let done = self.archive.compact(&when).await?;
        if done.merged > 0 || done.removed > 0 {
            let (merged, removed) = (done.merged, done.removed);
            tracing::info!(merged, removed, "files of the archive were merged");
        }
        if self.settings.keep_months > 0 {
            let months = i32::try_from(self.settings.keep_months).unwrap_or(i32::MAX);
            for month in self.archive.retain(Month::of(now).plus(-months)).await? {
                let month = month.to_string();
                tracing::info!(month, "a month of the archive was dropped; its sums stay");
            }
        }
        Ok(())
    }

    fn step(&self, step: Step) -> Result<(), ArchiveError> {
        self.archive.step(step)
    }

    async fn log_batch(
        &self,
        partition: Partition,
        old: Timestamp,
    ) -> Result<Option<LogBatch>, ArchiveError> {
        let most = self.settings.batch_entries;
        Ok(self.store.leave_log(partition, most, most, old).await?)
    }

    async fn archive_log(&self, batch: &LogBatch) -> Result<(), ArchiveError> {
        let entries = self.store.leaving(batch).await?;
        let mut commits = Vec::with_capacity(entries.len());
        for entry in entries {
            match entry.commit {
                Ok(commit) => commits.push((entry.id, commit)),
                Err(reason) => self.unreadable(batch.partition, entry.id, &reason),
            }
        }
        let count = commits.len() as u64;
        let span = Span {
            after: position(batch.after),
            to: position(batch.to),
        };
        let mut by_month: BTreeMap<Month, Vec<EventRow<'_>>> = BTreeMap::new();
        for (id, commit) in &commits {
            match rows(commit) {
                Ok(rows) => rows.into_iter().for_each(|row| {
                    by_month.entry(Month::of(row.at)).or_default().push(row);
                }),
                Err(reason) => self.unreadable(batch.partition, *id, &reason.to_string()),
            }
        }
        for (month, mut rows) in by_month {
            rows.sort_by_cached_key(|row| (row.case_number.to_string(), row.version, row.step));
            self.write(Table::Events, month, batch.partition, span, &rows)
                .await?;
            self.step(Step::LogWritten)?;
        }
        if self.store.log_left(batch).await? {
            self.metrics.entries.inc_by(count);
        }
        self.step(Step::LogLeft)
    }

    fn unreadable(&self, partition: Partition, id: EntryId, reason: &str) {
        self.metrics.unreadable.inc();
        let entry = id.to_string();
        tracing::error!(%partition, entry, reason, "a log entry that cannot be read is not in the archive");
    }

    async fn archive_cases(&self, batch: &CaseBatch) -> Result<(), ArchiveError> {
        // Counted before it is forgotten, even if the log has not been read so far.
        self.scorer.recount(batch.partition, &batch.cases).await?;
        let known = self.store.dossiers(batch.partition, &batch.cases).await?;
        let known: Vec<(Stored, Vec<(Timestamp, Event)>)> = known
            .into_iter()
            .flatten()
            .map(|known| (known.stored, history(&known.journey)))
            .collect();
        let mut by_month: BTreeMap<Month, Vec<CaseRow<'_>>> = BTreeMap::new();
        for (stored, history) in &known {
            let row = self.scorer.row(stored, history);
            by_month
                .entry(Month::of(row.ended_at))
                .or_default()
                .push(row);
        }
        let place = |major| Position { major, minor: 0 };
        let span = Span {
            after: place(batch.number - 1),
            to: place(batch.number),
        };
        for (month, mut rows) in by_month {
            rows.sort_by_cached_key(|row| row.case_number.to_string());
            self.write(Table::Cases, month, batch.partition, span, &rows)
                .await?;
            self.step(Step::CasesWritten)?;
        }
        if self.store.cases_left(batch).await? {
            self.metrics.cases.inc_by(batch.cases.len() as u64);
        }
        self.step(Step::CasesLeft)
    }

    async fn write<'a, R: Row<'a>>(
        &self,
        table: Table,
        month: Month,
        partition: Partition,
        span: Span,
        all: &[R],
    ) -> Result<(), ArchiveError> {
        let source = partition.to_string();
        let mut rows = Rows::new(table);
        for row in all {
            rows.push(row);
        }
        let mut writer = FileWriter::new(table, &Coverage::of(&source, span), 0)?;
        writer.write_rows(&mut rows)?;
        let name = format!("{source}-{span}.parquet");
        self.archive
            .put(table, month, &name, writer.finish()?)
            .await
    }
}

fn position(id: EntryId) -> Position {
    Position {
        major: id.ms,
        minor: id.seq,
    }
}

fn millis(ms: u64) -> SignedDuration {
    SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
}

fn before(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// Puts the archive of a service together: the archive, and the task that fills it. `None` when it is off; the log then no
/// longer waits for one.
///
/// # Errors
/// When the address cannot be used, or Redis does not answer.
pub async fn open(
    settings: &ArchiveSettings,
    store: &Store,
    scorer: &Scorer,
    metrics: &Metrics,
) -> Result<Option<(Archive, Arc<Archiver>)>, ArchiveError> {
    if settings.url.is_empty() {
        store.detach_archive().await?;
        return Ok(None);
    }
    let archive = Archive::open(&settings.url, scorer.city())?;
    store.attach_archive().await?;
    let metrics = ArchiveMetrics::new(metrics);
    let archiver = Archiver::new(
        store.clone(),
        archive.clone(),
        scorer.clone(),
        settings,
        metrics,
    );
    Ok(Some((archive, Arc::new(archiver))))
}
