//! Forgetting a citizen, and forgetting months.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use arrow_array::{Int64Array, RecordBatch};
use swiftline_domain::archive::{Coverage, Month, Span, Table};

use super::columns::Rows;
use super::files::{FileWriter, Part};
use super::plan::Plan;
use super::probe::Step;
use super::{Archive, ArchiveError, rollup};

/// The column that is emptied.
const CALLER: &str = "caller";
/// Rows read at once.
const ROWS: usize = 65_536;
/// How often a plan that somebody else has put down is finished before one's own turn comes.
const TURNS: usize = 16;

impl Archive {
    /// Takes a caller out: the pseudonym in every row of theirs becomes empty, and nothing else in any row comes from the
    /// person, so scores stay what they are. Says in how many rows. Every month is gone through; a crash in between is made
    /// good by calling it again, and by the next [`Archive::compact`].
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub async fn erase(&self, caller: i64) -> Result<u64, ArchiveError> {
        let mut rows = 0;
        for month in self.months(Table::Cases).await? {
            let mine = Plan::Erase { caller };
            self.take_turn(month, &mine).await?;
            self.step(Step::Planned)?;
            rows += self.erase_month(month, caller).await?;
            self.drop_plan(Table::Cases, month, &mine).await?;
        }
        Ok(rows)
    }

    /// Puts one's own plan down; somebody else's is finished first.
    async fn take_turn(&self, month: Month, mine: &Plan) -> Result<(), ArchiveError> {
        for _ in 0..TURNS {
            let plan = self.put_plan(Table::Cases, month, mine.clone()).await?;
            if plan == *mine {
                return Ok(());
            }
            self.carry_out(Table::Cases, month, &plan).await?;
        }
        Err(ArchiveError::Busy(month))
    }

    /// Takes a caller out of a month's files: each that has rows of theirs is written anew under its own name.
    pub(crate) async fn erase_month(&self, month: Month, caller: i64) -> Result<u64, ArchiveError> {
        let mut rows = 0;
        for part in self.parts(Table::Cases, month).await? {
            let archive = self.clone();
            let of = part.clone();
            let work = tokio::task::spawn_blocking(move || archive.without(&of, caller));
            if let Some((bytes, count)) = work.await?? {
                self.place().put(&part.file.path, bytes).await?;
                rows += count;
                self.step(Step::Rewritten)?;
            }
        }
        Ok(rows)
    }

    /// A file's bytes without a caller, and how many rows had it; `None` when none had.
    fn without(&self, part: &Part, caller: i64) -> Result<Option<(Vec<u8>, u64)>, ArchiveError> {
        let mut count = 0;
        for batch in self.read_file(&part.file, &[CALLER], ROWS)? {
            count += callers(&batch?).map_or(0, |callers| count_of(callers, caller));
        }
        if count == 0 {
            return Ok(None);
        }
        let mut writer = FileWriter::new(Table::Cases, &part.covers, part.generation)?;
        for batch in self.read_file(&part.file, &[], ROWS)? {
            writer.write(&emptied(&batch?, caller)?)?;
        }
        Ok(Some((writer.finish()?, count)))
    }

    /// The months before this one that have cases or events, oldest first.
    ///
    /// # Errors
    /// When the storage does not answer.
    pub async fn before(&self, from: Month) -> Result<Vec<Month>, ArchiveError> {
        let mut months = self.months(Table::Cases).await?;
        months.extend(self.months(Table::Events).await?);
        months.retain(|month| *month < from);
        months.sort_unstable();
        months.dedup();
        Ok(months)
    }

    /// Drops the months that ended before this one; sums of each stay in `rollups`. Says which.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub async fn retain(&self, from: Month) -> Result<Vec<Month>, ArchiveError> {
        let mut dropped = Vec::new();
        // Events first: the sums are made of cases.
        for table in [Table::Events, Table::Cases] {
            for month in self
                .months(table)
                .await?
                .into_iter()
                .filter(|month| *month < from)
            {
                self.finish_plan(table, month).await?;
                let plan = self.put_plan(table, month, Plan::Drop).await?;
                self.step(Step::Planned)?;
                self.carry_out(table, month, &plan).await?;
                dropped.push(month);
            }
        }
        dropped.sort_unstable();
        dropped.dedup();
        Ok(dropped)
    }

    /// Sums a month up, if it is one of cases, and takes its files away.
    pub(crate) async fn drop_month(&self, table: Table, month: Month) -> Result<(), ArchiveError> {
        let parts = self.parts(table, month).await?;
        if table == Table::Cases && self.parts(Table::Rollups, month).await?.is_empty() {
            let archive = self.clone();
            let of = parts.clone();
            let bytes = tokio::task::spawn_blocking(move || archive.summed(&of)).await??;
            let span = rollup_span();
            let name = format!("rollup-{span}.parquet");
            self.put(Table::Rollups, month, &name, bytes).await?;
            self.step(Step::Summed)?;
        }
        for part in parts {
            self.place().delete(&part.file.path).await?;
        }
        Ok(())
    }

    fn summed(&self, parts: &[Part]) -> Result<Vec<u8>, ArchiveError> {
        let mut sums = BTreeMap::new();
        for part in parts.iter().filter(|part| part.current) {
            for batch in self.read_file(&part.file, &[], ROWS)? {
                rollup::add(&mut sums, &batch?);
            }
        }
        let covers = Coverage::of("rollup", rollup_span());
        let mut writer = FileWriter::new(Table::Rollups, &covers, 0)?;
        let mut rows = Rows::new(Table::Rollups);
        for (of, sum) in &sums {
            rows.push(&rollup::row(of, sum));
        }
        writer.write_rows(&mut rows)?;
        writer.finish()
    }
}

/// A month is summed up once.
fn rollup_span() -> Span {
    let place = |major| swiftline_domain::archive::Position { major, minor: 0 };
    Span {
        after: place(0),
        to: place(1),
    }
}

fn callers(batch: &RecordBatch) -> Option<&Int64Array> {
    batch
        .column_by_name(CALLER)?
        .as_primitive_opt::<Int64Type>()
}

fn count_of(callers: &Int64Array, caller: i64) -> u64 {
    callers.iter().filter(|of| *of == Some(caller)).count() as u64
}

/// The same rows with the caller's own column empty.
fn emptied(batch: &RecordBatch, caller: i64) -> Result<RecordBatch, ArchiveError> {
    let Some(callers) = callers(batch).filter(|callers| count_of(callers, caller) > 0) else {
        return Ok(batch.clone());
    };
    let left: Int64Array = callers
        .iter()
        .map(|of| of.filter(|of| *of != caller))
        .collect();
    let at = batch.schema().index_of(CALLER)?;
    let mut columns = batch.columns().to_vec();
    columns[at] = Arc::new(left);
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}
