//! Files of a month: what is there, what each covers, which to read; opening and writing one.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use parquet::arrow::ArrowWriter;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::file::metadata::{ColumnChunkMask, PageIndexPolicy, ParquetStatisticsPolicy};
use swiftline_domain::archive::{
    COVERS_KEY, Coverage, GENERATION_KEY, Month, SCHEMA_KEY, SCHEMA_VERSION, Table, newest,
    span_of_name,
};

use super::columns::{Rows, properties, schema};
use super::place::{Blob, Listed};
use super::{Archive, ArchiveError};

/// The most footers that are remembered: about one a month and table, for decades.
const REMEMBERED: usize = 4_096;

/// A file that takes part, and what it says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) file: Listed,
    pub(crate) covers: Coverage,
    pub(crate) generation: u32,
    /// Not covered by another one.
    pub(crate) current: bool,
}

/// Footers that were read before. A file is known by path, size and time of writing.
#[derive(Default)]
pub(crate) struct Footers(Mutex<HashMap<String, (Listed, ArrowReaderMetadata)>>);

impl Footers {
    fn get(&self, file: &Listed) -> Option<ArrowReaderMetadata> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, metadata) = known.get(&file.path)?;
        (of == file).then(|| metadata.clone())
    }

    fn put(&self, file: &Listed, metadata: &ArrowReaderMetadata) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(file.path.clone(), (file.clone(), metadata.clone()));
    }
}

impl Archive {
    /// The files of a month of a table.
    pub(crate) async fn parts(
        &self,
        table: Table,
        month: Month,
    ) -> Result<Vec<Part>, ArchiveError> {
        let files = self.place().list(&self.dir(table, month)).await?;
        self.judge(files).await
    }

    /// The files of every month of a table, by month.
    pub(crate) async fn all_parts(
        &self,
        table: Table,
    ) -> Result<Vec<(Month, Vec<Part>)>, ArchiveError> {
        let mut by_month: Vec<(Month, Vec<Listed>)> = Vec::new();
        for file in self.place().list(&self.table_dir(table)).await? {
            let month = file
                .path
                .split('/')
                .find_map(|part| part.strip_prefix("month=")?.parse().ok());
            let Some(month) = month else { continue };
            match by_month.last_mut() {
                Some((last, files)) if *last == month => files.push(file),
                _ => by_month.push((month, vec![file])),
            }
        }
        let mut parts = Vec::with_capacity(by_month.len());
        for (month, files) in by_month {
            parts.push((month, self.judge(files).await?));
        }
        Ok(parts)
    }

    async fn judge(&self, files: Vec<Listed>) -> Result<Vec<Part>, ArchiveError> {
        let archive = self.clone();
        // Only merged files must be opened to know what they cover; their footers are remembered.
        tokio::task::spawn_blocking(move || {
            let mut known = Vec::with_capacity(files.len());
            for file in files.iter().filter(|file| file.path.ends_with(".parquet")) {
                match archive.said(file) {
                    Ok((covers, generation)) => known.push((file.path.clone(), covers, generation)),
                    // Taken away between listing and opening: somebody merged it.
                    Err(error) if error.is_missing() => {}
                    Err(error) => return Err(error),
                }
            }
            let current = newest(&known);
            let by_path: HashMap<&str, &Listed> = files
                .iter()
                .map(|file| (file.path.as_str(), file))
                .collect();
            let parts = known.into_iter().zip(current).filter_map(
                |((path, covers, generation), current)| {
                    let file = (*by_path.get(path.as_str())?).clone();
                    Some(Part {
                        file,
                        covers,
                        generation,
                        current,
                    })
                },
            );
            Ok(parts.collect())
        })
        .await?
    }

    /// What a file covers, and its generation.
    fn said(&self, file: &Listed) -> Result<(Coverage, u32), ArchiveError> {
        if let Some((source, span)) = span_of_name(file.name()) {
            return Ok((Coverage::of(&source, span), 0));
        }
        let footer = self.footer(file)?;
        let covers = said(&footer, COVERS_KEY).unwrap_or_default();
        let covers = covers
            .parse()
            .map_err(|error| ArchiveError::format(&file.path, error))?;
        let generation = said(&footer, GENERATION_KEY).unwrap_or_default();
        Ok((covers, generation.parse().unwrap_or_default()))
    }

    /// The file's footer with the pages of the first column; remembered.
    pub(crate) fn footer(&self, file: &Listed) -> Result<ArrowReaderMetadata, ArchiveError> {
        if let Some(known) = self.footers().get(file) {
            return Ok(known);
        }
        let blob = self.place().open_file(file)?;
        let options = ArrowReaderOptions::new()
            .with_page_index_policy(PageIndexPolicy::Optional)
            .with_page_index_mask(ColumnChunkMask::columns([0]))
            .with_column_stats_policy(ParquetStatisticsPolicy::skip_except(&[0]))
            .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll);
        let footer = ArrowReaderMetadata::load(&blob, options)
            .map_err(|error| ArchiveError::format(&file.path, error))?;
        let version = said(&footer, SCHEMA_KEY).unwrap_or_default();
        let known = version
            .parse::<u32>()
            .is_ok_and(|version| version <= SCHEMA_VERSION);
        if !known {
            return Err(ArchiveError::Newer {
                path: file.path.clone(),
                found: version,
                known: SCHEMA_VERSION,
            });
        }
        self.footers().put(file, &footer);
        Ok(footer)
    }

    /// Reads a file's columns of these names, all when there are none, so many rows at a time.
    pub(crate) fn read_file(
        &self,
        file: &Listed,
        columns: &[&str],
        rows: usize,
    ) -> Result<ParquetRecordBatchReader, ArchiveError> {
        let footer = self.footer(file)?;
        let blob = self.place().open_file(file)?;
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(blob, footer);
        let mask = if columns.is_empty() {
            ProjectionMask::all()
        } else {
            ProjectionMask::columns(reader.parquet_schema(), columns.iter().copied())
        };
        let reader = reader.with_projection(mask).with_batch_size(rows).build();
        reader.map_err(|error| ArchiveError::format(&file.path, error))
    }

    /// Opens a file with the pages of all columns, to read a few rows of it.
    pub(crate) fn open_whole(
        &self,
        file: &Listed,
    ) -> Result<ParquetRecordBatchReaderBuilder<Blob>, ArchiveError> {
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        let blob = self.place().open_file(file)?;
        ParquetRecordBatchReaderBuilder::try_new_with_options(blob, options)
            .map_err(|error| ArchiveError::format(&file.path, error))
    }
}

/// What a file says under a key.
pub(crate) fn said(footer: &ArrowReaderMetadata, key: &str) -> Option<String> {
    let pairs = footer.metadata().file_metadata().key_value_metadata()?;
    pairs.iter().find(|pair| pair.key == key)?.value.clone()
}

/// A file being written, in memory: it is put into its place whole.
pub struct FileWriter(ArrowWriter<Vec<u8>>);

impl FileWriter {
    /// An empty one.
    ///
    /// # Errors
    /// When the columns do not make a file.
    pub fn new(table: Table, covers: &Coverage, generation: u32) -> Result<Self, ArchiveError> {
        let options = ArrowWriterOptions::new()
            .with_properties(properties(table, covers, generation))
            // What a column is, Parquet's own types say: other readers need not know Arrow's.
            .with_skip_arrow_metadata(true);
        let schema = schema(table.columns());
        Ok(Self(ArrowWriter::try_new_with_options(
            Vec::new(),
            schema,
            options,
        )?))
    }

    /// Takes columns in, sorted after what came before.
    ///
    /// # Errors
    /// When they are not the table's.
    pub fn write(&mut self, batch: &arrow_array::RecordBatch) -> Result<(), ArchiveError> {
        Ok(self.0.write(batch)?)
    }

    /// Takes rows in, and empties them.
    ///
    /// # Errors
    /// As [`FileWriter::write`].
    pub fn write_rows(&mut self, rows: &mut Rows) -> Result<(), ArchiveError> {
        if rows.is_empty() {
            return Ok(());
        }
        let batch = rows.finish()?;
        self.write(&batch)
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// When the columns do not make a file.
    pub fn finish(self) -> Result<Vec<u8>, ArchiveError> {
        Ok(self.0.into_inner()?)
    }
}
