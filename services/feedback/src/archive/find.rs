//! One case by its number, and what happened to it: statistics, then the index of pages, then the bloom filter say where it
//! is not.

use std::ops::RangeInclusive;

use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics;
use swiftline_domain::archive::{CaseRow, Column, EventRow, Month, Table, Value};
use swiftline_domain::number::CaseNumber;

use super::columns::{cell, row};
use super::files::Part;
use super::place::Listed;
use super::{Archive, ArchiveError};

/// How often to look again because files were merged away while they were looked through.
const LOOKS: usize = 4;

/// A case out of the archive.
#[derive(Debug, Clone)]
pub struct Found {
    batch: RecordBatch,
}

impl Found {
    /// The case; `None` when the file lacks a column that this version needs.
    #[must_use]
    pub fn case(&self) -> Option<CaseRow<'_>> {
        row(&self.batch, 0)
    }
}

/// What happened to a case, out of the archive.
#[derive(Debug, Clone, Default)]
pub struct Journey {
    batches: Vec<RecordBatch>,
}

impl Journey {
    /// The events in order, each once.
    #[must_use]
    pub fn events(&self) -> Vec<EventRow<'_>> {
        let of = |batch| (0..RecordBatch::num_rows(batch)).filter_map(move |at| row(batch, at));
        let mut events: Vec<EventRow<'_>> = self.batches.iter().flat_map(of).collect();
        events.sort_by_key(|event| (event.version, event.step));
        events.dedup_by_key(|event| (event.version, event.step));
        events
    }
}

impl Archive {
    /// The case of this number; `None` when the archive does not have it.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn find(&self, number: CaseNumber) -> Result<Option<Found>, ArchiveError> {
        let found = self.look(Table::Cases, None, number, true).await?;
        let batch = found.into_iter().next();
        Ok(batch.map(|batch| Found { batch }))
    }

    /// What happened to the case of this number in these months: nothing when the archive does not have it.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn journey(
        &self,
        number: CaseNumber,
        months: RangeInclusive<Month>,
    ) -> Result<Journey, ArchiveError> {
        let batches = self
            .look(Table::Events, Some(months), number, false)
            .await?;
        Ok(Journey { batches })
    }

    /// Rows of this case in these months, in all when there are none, the newest first; with `one` no more than the first.
    async fn look(
        &self,
        table: Table,
        months: Option<RangeInclusive<Month>>,
        number: CaseNumber,
        one: bool,
    ) -> Result<Vec<RecordBatch>, ArchiveError> {
        for _ in 1..LOOKS {
            match self.look_once(table, months.as_ref(), number, one).await {
                // Merged away meanwhile: the merged file has it.
                Err(error) if error.is_missing() => {}
                done => return done,
            }
        }
        self.look_once(table, months.as_ref(), number, one).await
    }

    async fn look_once(
        &self,
        table: Table,
        months: Option<&RangeInclusive<Month>>,
        number: CaseNumber,
        one: bool,
    ) -> Result<Vec<RecordBatch>, ArchiveError> {
        let mut all = self.all_parts(table).await?;
        all.retain(|(month, _)| months.is_none_or(|months| months.contains(month)));
        // People ask for what ended lately.
        all.reverse();
        let archive = self.clone();
        tokio::task::spawn_blocking(move || {
            let parts = all.iter().flat_map(|(_, parts)| parts);
            let parts = parts.filter(|part| part.current);
            archive.look_in(table, parts, number, one)
        })
        .await?
    }

    fn look_in<'a>(
        &self,
        table: Table,
        parts: impl Iterator<Item = &'a Part>,
        number: CaseNumber,
        one: bool,
    ) -> Result<Vec<RecordBatch>, ArchiveError> {
        let (text, mut found) = (number.to_string(), Vec::new());
        for part in parts {
            let footer = self.footer(&part.file)?;
            for group in 0..footer.metadata().num_row_groups() {
                let Some(rows) = self.group_may_have(&part.file, &footer, group, &text)? else {
                    continue;
                };
                self.read_rows(table, &part.file, (group, rows), number, &mut found)?;
                if one && !found.is_empty() {
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    /// The rows of a row group that may have the case; `None` when it is not there.
    fn group_may_have(
        &self,
        file: &Listed,
        footer: &ArrowReaderMetadata,
        group: usize,
        text: &str,
    ) -> Result<Option<RowSelection>, ArchiveError> {
        let Some(rows) = may_have(footer, group, text.as_bytes()) else {
            return Ok(None);
        };
        let blob = self.place().open_file(file)?;
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(blob, footer.clone());
        let bloom = reader
            .get_row_group_column_bloom_filter(group, 0)
            .map_err(|error| ArchiveError::format(&file.path, error))?;
        let absent = bloom.is_some_and(|bloom| !bloom.check(text));
        Ok((!absent).then_some(rows))
    }

    /// Reads the pages that may have the case, of all columns, and keeps its rows.
    fn read_rows(
        &self,
        table: Table,
        file: &Listed,
        (group, rows): (usize, RowSelection),
        number: CaseNumber,
        found: &mut Vec<RecordBatch>,
    ) -> Result<(), ArchiveError> {
        let column: &Column = &table.columns()[0];
        let reader = self
            .open_whole(file)?
            .with_row_groups(vec![group])
            .with_row_selection(rows)
            .build()
            .map_err(|error| ArchiveError::format(&file.path, error))?;
        for batch in reader {
            let batch = batch.map_err(|error| ArchiveError::format(&file.path, error))?;
            let here = |at: &usize| cell(&batch, column, *at) == Value::Number(number);
            // Rows are sorted by the number, so a case's stand together.
            if let Some(from) = (0..batch.num_rows()).find(here) {
                let length = (from..batch.num_rows()).take_while(here).count();
                found.push(batch.slice(from, length));
            }
        }
        Ok(())
    }
}

/// The rows of a row group where the first column may have this value; `None` when it has it nowhere.
fn may_have(footer: &ArrowReaderMetadata, group: usize, value: &[u8]) -> Option<RowSelection> {
    let facts = footer.metadata().row_group(group);
    let rows = usize::try_from(facts.num_rows()).ok()?;
    if let Some(Statistics::ByteArray(of)) = facts.column(0).statistics() {
        let below = of.min_bytes_opt().is_some_and(|min| value < min);
        let above = of.max_bytes_opt().is_some_and(|max| value > max);
        if below || above {
            return None;
        }
    }
    let everything = RowSelection::from(vec![RowSelector::select(rows)]);
    let Some((pages, firsts)) = pages(footer, group) else {
        return Some(everything);
    };
    let mut selectors = Vec::with_capacity(pages.len());
    for (at, (min, max)) in pages.iter().enumerate() {
        let end = firsts.get(at + 1).copied().unwrap_or(rows);
        let length = end - firsts[at];
        let here = min.as_slice() <= value && value <= max.as_slice();
        selectors.push(if here {
            RowSelector::select(length)
        } else {
            RowSelector::skip(length)
        });
    }
    let any = selectors.iter().any(|selector| !selector.skip);
    any.then(|| RowSelection::from(selectors))
}

/// The least and the greatest value of each page of the first column, and each page's first row.
#[expect(
    clippy::type_complexity,
    reason = "two lists that belong together, used once"
)]
fn pages(
    footer: &ArrowReaderMetadata,
    group: usize,
) -> Option<(Vec<(Vec<u8>, Vec<u8>)>, Vec<usize>)> {
    let pages = footer.metadata().page_index()?;
    let ColumnIndexMetaData::BYTE_ARRAY(index) = pages.column_index(group, 0)? else {
        return None;
    };
    let firsts = pages.offset_index(group, 0)?.page_locations();
    let firsts: Vec<usize> = firsts
        .iter()
        .map(|page| usize::try_from(page.first_row_index).unwrap_or(0))
        .collect();
    let bounds = |at| Some((index.min_value(at)?.to_vec(), index.max_value(at)?.to_vec()));
    let bounds: Option<Vec<_>> = (0..firsts.len()).map(bounds).collect();
    Some((bounds?, firsts))
}
