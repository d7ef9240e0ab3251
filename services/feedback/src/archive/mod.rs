//! The archive: every event and every case that has ended, as Parquet files that other programs read as they are.
//!
//! `ARCHIVE.md` is for its readers; `swiftline_domain::archive` says what its tables hold. Here it is written, read, merged
//! and forgotten from:
//!
//! - [`Archive`] is the files: [`Archive::find`], [`Archive::journey`], [`Archive::events`], [`Archive::cases`], [`Archive::compact`],
//!   [`Archive::erase`], [`Archive::retain`].
//! - `api` serves them to whoever asks for an old case, erases a citizen or drops months.
//! - `archiver` moves what is done with in Redis into them.
//!
//! # Invariants
//!
//! - **Redis forgets only what is durable here.** A batch is prepared in Redis, written here, then dropped there; each step
//!   may be repeated by anybody at any time, and writes the same bytes under the same name.
//! - **A row is read once**, whatever a crash leaves: files say what they cover, and what another covers is not read.
//! - **One plan a month and table**: merging and erasing first put down what they will do, so that two never undo each other.

mod api;
mod archiver;
mod columns;
mod compact;
mod erase;
mod error;
mod events;
mod files;
mod find;
mod journey;
mod merge;
mod place;
mod plan;
mod probe;
mod rollup;
mod settings;

use std::ops::RangeInclusive;
use std::sync::Arc;

use arrow_array::RecordBatch;
use swiftline_domain::archive::{Month, Table, month_dir, table_dir};

pub(crate) use api::ArchiveApi;
pub use archiver::{ArchiveMetrics, Archiver, open};
pub use columns::{Rows, cell, row};
pub use compact::{Compacted, Compaction};
pub use error::ArchiveError;
pub use files::FileWriter;
pub use find::{Found, Journey};
pub use journey::commits;
pub use merge::Merge;
pub use probe::{Probe, Step};
pub use settings::ArchiveSettings;

use files::Footers;
use place::Place;

/// Sums that are read at once.
const ROLLUP_ROWS: usize = 65_536;

/// The archive of a city. Cheap to clone.
#[derive(Clone)]
pub struct Archive(Arc<Inner>);

struct Inner {
    place: Place,
    city: String,
    footers: Footers,
    probe: Option<Probe>,
}

impl Archive {
    /// The archive at this address: a folder, or with the feature `s3` an address such as `s3://bucket/prefix`.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn open(url: &str, city: &str) -> Result<Self, ArchiveError> {
        Ok(Self(Arc::new(Inner {
            place: Place::open(url)?,
            city: city.to_owned(),
            footers: Footers::default(),
            probe: None,
        })))
    }

    /// The same archive, its work watched, and perhaps broken off, by a probe.
    #[must_use]
    pub fn watched(&self, probe: Probe) -> Self {
        Self(Arc::new(Inner {
            place: self.0.place.clone(),
            city: self.0.city.clone(),
            footers: Footers::default(),
            probe: Some(probe),
        }))
    }

    /// Says that a step is done.
    pub(crate) fn step(&self, step: Step) -> Result<(), ArchiveError> {
        self.0.probe.as_ref().map_or(Ok(()), |probe| probe(step))
    }

    /// Puts a finished file into its month, in the place of one of the same name.
    ///
    /// # Errors
    /// When the storage does not take it.
    pub async fn put(
        &self,
        table: Table,
        month: Month,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<(), ArchiveError> {
        let path = format!("{}/{name}", self.dir(table, month));
        self.place().put(&path, bytes).await
    }

    /// The months of a table that have files, oldest first.
    ///
    /// # Errors
    /// When the storage does not answer.
    pub async fn months(&self, table: Table) -> Result<Vec<Month>, ArchiveError> {
        let parts = self.all_parts(table).await?;
        Ok(parts.into_iter().map(|(month, _)| month).collect())
    }

    /// The events of these months: columns of these names, all when there are none; `case_number`, `version` and `step` come
    /// as well, and rows come sorted by them. Reading the batches blocks.
    ///
    /// # Errors
    /// When a file cannot be read or a column does not exist.
    pub async fn events(
        &self,
        months: RangeInclusive<Month>,
        columns: &[&str],
    ) -> Result<Merge, ArchiveError> {
        self.scan(Table::Events, months, columns).await
    }

    /// The cases that ended in these months, as [`Archive::events`], sorted by `case_number`.
    ///
    /// # Errors
    /// As [`Archive::events`].
    pub async fn cases(
        &self,
        months: RangeInclusive<Month>,
        columns: &[&str],
    ) -> Result<Merge, ArchiveError> {
        self.scan(Table::Cases, months, columns).await
    }

    /// The sums of these months, as far as their cases were dropped.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn rollups(
        &self,
        months: RangeInclusive<Month>,
    ) -> Result<Vec<RecordBatch>, ArchiveError> {
        let all = self.all_parts(Table::Rollups).await?;
        let archive = self.clone();
        tokio::task::spawn_blocking(move || {
            let mut batches = Vec::new();
            let wanted = all.iter().filter(|(month, _)| months.contains(month));
            for part in wanted
                .flat_map(|(_, parts)| parts)
                .filter(|part| part.current)
            {
                let path = &part.file.path;
                for batch in archive.read_file(&part.file, &[], ROLLUP_ROWS)? {
                    batches.push(batch.map_err(|error| ArchiveError::format(path, error))?);
                }
            }
            Ok(batches)
        })
        .await?
    }

    async fn scan(
        &self,
        table: Table,
        months: RangeInclusive<Month>,
        columns: &[&str],
    ) -> Result<Merge, ArchiveError> {
        for column in columns {
            let known = table.columns().iter().any(|known| known.name == *column);
            if !known {
                return Err(ArchiveError::NoColumn {
                    table: table.as_str(),
                    column: (*column).to_owned(),
                    known: table.columns().iter().map(|column| column.name).collect(),
                });
            }
        }
        let all = self.all_parts(table).await?;
        let wanted = all.into_iter().filter(|(month, _)| months.contains(month));
        let parts = wanted
            .flat_map(|(_, parts)| parts)
            .filter(|part| part.current);
        let files: Vec<_> = parts.map(|part| part.file).collect();
        let archive = self.clone();
        let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
        tokio::task::spawn_blocking(move || {
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            archive.merge(table, &files, &columns)
        })
        .await?
    }

    pub(crate) fn place(&self) -> &Place {
        &self.0.place
    }

    pub(crate) fn footers(&self) -> &Footers {
        &self.0.footers
    }

    pub(crate) fn dir(&self, table: Table, month: Month) -> String {
        month_dir(table, &self.0.city, month)
    }

    pub(crate) fn table_dir(&self, table: Table) -> String {
        table_dir(table, &self.0.city)
    }

    pub(crate) fn city(&self) -> &str {
        &self.0.city
    }
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive")
            .field("city", &self.0.city)
            .finish_non_exhaustive()
    }
}
