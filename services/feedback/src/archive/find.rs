//! One case by its number: statistics, then the index of pages, then the bloom filter say where it is not.

use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics;
use swiftline_domain::archive::{CaseRow, Table, Value};
use swiftline_domain::number::CaseNumber;

use super::columns::{cell, row};
use super::place::Listed;
use super::{Archive, ArchiveError};

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

impl Archive {
    /// The case of this number; `None` when the archive does not have it.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn find(&self, number: CaseNumber) -> Result<Option<Found>, ArchiveError> {
        let mut months = self.all_parts(Table::Cases).await?;
        // People ask for what ended lately.
        months.reverse();
        let archive = self.clone();
        tokio::task::spawn_blocking(move || {
            let text = number.to_string();
            let parts = months
                .iter()
                .flat_map(|(_, parts)| parts)
                .filter(|part| part.current);
            for part in parts {
                match archive.find_in(&part.file, number, &text) {
                    Ok(None) => {}
                    // Merged away meanwhile: the merged file has it.
                    Err(error) if error.is_missing() => return Err(error),
                    found => return found,
                }
            }
            Ok(None)
        })
        .await?
    }

    fn find_in(
        &self,
        file: &Listed,
        number: CaseNumber,
        text: &str,
    ) -> Result<Option<Found>, ArchiveError> {
        let footer = self.footer(file)?;
        for group in 0..footer.metadata().num_row_groups() {
            let Some(rows) = may_have(&footer, group, text.as_bytes()) else {
                continue;
            };
            let blob = self.place().open_file(file)?;
            let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(blob, footer.clone());
            let bloom = reader
                .get_row_group_column_bloom_filter(group, 0)
                .map_err(|error| ArchiveError::format(&file.path, error))?;
            if bloom.is_some_and(|bloom| !bloom.check(text)) {
                continue;
            }
            if let Some(found) = self.read_rows(file, group, rows, number)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Reads the pages that may have the case, of all columns.
    fn read_rows(
        &self,
        file: &Listed,
        group: usize,
        rows: RowSelection,
        number: CaseNumber,
    ) -> Result<Option<Found>, ArchiveError> {
        let column = &CaseRow::COLUMNS[0];
        let reader = self
            .open_whole(file)?
            .with_row_groups(vec![group])
            .with_row_selection(rows)
            .build()
            .map_err(|error| ArchiveError::format(&file.path, error))?;
        for batch in reader {
            let batch = batch.map_err(|error| ArchiveError::format(&file.path, error))?;
            let here = |at: &usize| cell(&batch, column, *at) == Value::Number(number);
            if let Some(at) = (0..batch.num_rows()).find(here) {
                return Ok(Some(Found {
                    batch: batch.slice(at, 1),
                }));
            }
        }
        Ok(None)
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
