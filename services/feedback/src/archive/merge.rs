//! Several sorted files as one: rows come in the table's order, whatever file they are in.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{UInt8Type, UInt32Type};
use arrow_select::interleave::interleave_record_batch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use swiftline_domain::archive::Table;

use super::place::Listed;
use super::{Archive, ArchiveError};

/// Rows of a batch that is given out.
const OUT: usize = 8_192;
/// Rows of all files that are held at once, about.
const HELD: usize = 1 << 20;

/// Batches of rows in order. Reading blocks.
pub struct Merge {
    inputs: Vec<Input>,
    heap: BinaryHeap<Reverse<(Key, usize)>>,
    failed: bool,
}

/// What events and cases are sorted by. Roll-ups are never merged row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    number: String,
    version: u32,
    step: u8,
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number
            .cmp(&other.number)
            .then(self.version.cmp(&other.version))
            .then(self.step.cmp(&other.step))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

struct Input {
    path: String,
    reader: ParquetRecordBatchReader,
    /// The batches that rows were taken from and not given out yet; the last is the current one.
    batches: Vec<RecordBatch>,
    row: usize,
}

impl Input {
    /// The key of the current row; reads on when the batch is used up. `None` at the end.
    fn key(&mut self) -> Result<Option<Key>, ArchiveError> {
        while self
            .batches
            .last()
            .is_none_or(|batch| self.row >= batch.num_rows())
        {
            match self.reader.next() {
                None => return Ok(None),
                Some(Err(error)) => return Err(ArchiveError::format(&self.path, error)),
                Some(Ok(batch)) => {
                    self.batches.push(batch);
                    self.row = 0;
                }
            }
        }
        let batch = self.batches.last();
        let key = batch.and_then(|batch| key_of(batch, self.row));
        key.map(Some)
            .ok_or_else(|| ArchiveError::format(&self.path, "rows without a case number"))
    }
}

fn key_of(batch: &RecordBatch, row: usize) -> Option<Key> {
    let numbers = batch
        .column_by_name("case_number")?
        .as_string_opt::<i32>()?;
    let version = batch
        .column_by_name("version")
        .and_then(|c| c.as_primitive_opt::<UInt32Type>());
    let step = batch
        .column_by_name("step")
        .and_then(|c| c.as_primitive_opt::<UInt8Type>());
    Some(Key {
        number: numbers.value(row).to_owned(),
        version: version.map_or(0, |versions| versions.value(row)),
        step: step.map_or(0, |steps| steps.value(row)),
    })
}

impl Archive {
    /// Merges these files' columns of these names (all when there are none); those that rows are sorted by come as well.
    pub(crate) fn merge(
        &self,
        table: Table,
        files: &[Listed],
        columns: &[&str],
    ) -> Result<Merge, ArchiveError> {
        let mut wanted = columns.to_vec();
        if !wanted.is_empty() {
            wanted.extend(
                table
                    .sorted_by()
                    .iter()
                    .filter(|name| !columns.contains(name)),
            );
        }
        let rows = (HELD / files.len().max(1)).clamp(64, OUT);
        let mut merge = Merge {
            inputs: Vec::with_capacity(files.len()),
            heap: BinaryHeap::with_capacity(files.len()),
            failed: false,
        };
        for file in files {
            let mut input = Input {
                path: file.path.clone(),
                reader: self.read_file(file, &wanted, rows)?,
                batches: Vec::new(),
                row: 0,
            };
            if let Some(key) = input.key()? {
                merge.heap.push(Reverse((key, merge.inputs.len())));
                merge.inputs.push(input);
            }
        }
        Ok(merge)
    }
}

impl Merge {
    fn next_batch(&mut self) -> Result<Option<RecordBatch>, ArchiveError> {
        // Each row as (input, batch of the input, row of the batch).
        let mut picked: Vec<(usize, usize, usize)> = Vec::with_capacity(OUT);
        while picked.len() < OUT {
            let Some(Reverse((_, at))) = self.heap.pop() else {
                break;
            };
            let input = &mut self.inputs[at];
            picked.push((at, input.batches.len() - 1, input.row));
            input.row += 1;
            if let Some(key) = input.key()? {
                self.heap.push(Reverse((key, at)));
            }
        }
        if picked.is_empty() {
            return Ok(None);
        }
        let batch = self.gather(&picked)?;
        for input in &mut self.inputs {
            let used = input.batches.len().saturating_sub(1);
            input.batches.drain(..used);
        }
        Ok(Some(batch))
    }

    fn gather(&self, picked: &[(usize, usize, usize)]) -> Result<RecordBatch, ArchiveError> {
        let mut first = Vec::with_capacity(self.inputs.len());
        let mut all = Vec::new();
        for input in &self.inputs {
            first.push(all.len());
            all.extend(&input.batches);
        }
        let rows: Vec<(usize, usize)> = picked
            .iter()
            .map(|(input, batch, row)| (first[*input] + batch, *row))
            .collect();
        Ok(interleave_record_batch(&all, &rows)?)
    }
}

impl Iterator for Merge {
    type Item = Result<RecordBatch, ArchiveError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.next_batch();
        self.failed = next.is_err();
        next.transpose()
    }
}
