//! SQL over the archive: its tables as they lie, and the views that people ask for most.
//!
//! ```text
//! address ─▶ place: an object store ─▶ shown: without what merged files cover, nothing can be written ─▶ tables ─▶ views
//! question ─▶ DataFusion, which reads only the cities and months that the question is about ─▶ print
//! ```
//!
//! Reads Parquet by the layout that `swiftline_domain::archive` describes and nothing else of ours, with Arrow and Parquet
//! versions of its own: the files are the contract.
//!
//! # Invariants
//!
//! - Nothing is ever written: questions that would are refused before they are planned, and the store refuses once more.
//! - A row is counted once, as the archive's own readers count it, whatever a merge has left lying about.

mod error;
mod place;
mod print;
mod shown;
mod tables;
mod views;

use std::io::Write;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::execution::context::SQLOptions;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use futures::StreamExt as _;

pub use error::SqlError;
pub use print::Format;
use print::Printer;
use shown::Shown;

/// An archive to ask.
pub struct Query {
    context: SessionContext,
}

impl Query {
    /// The archive at this address: a folder, or `s3://bucket/prefix` with what AWS' tools read in the environment. With a
    /// city, tables have its rows only.
    ///
    /// # Errors
    /// When there is no archive, it has nothing of this city, or a newer program has written it.
    pub async fn open(archive: &str, city: Option<&str>) -> Result<Self, SqlError> {
        let place = place::open(archive)?;
        let shown = Shown::new(place.store, &place.prefix).await?;
        if let Some(city) = city {
            shown.check_city(city)?;
        }
        let context = SessionContext::new_with_config(config());
        let shown = Arc::new(shown);
        context.register_object_store(&place.root, shown.clone());
        tables::register(&context, &place.root, &shown, city).await?;
        views::create(&context).await?;
        Ok(Self { context })
    }

    /// Asks, and prints the answer.
    ///
    /// # Errors
    /// When the question cannot be understood (what it names and what there is, is said) or would change something, a file
    /// cannot be read, or the answer cannot be printed.
    pub async fn run(
        &self,
        sql: &str,
        format: Format,
        out: &mut impl Write,
    ) -> Result<(), SqlError> {
        let frame = self.plan(sql).await?;
        let mut printer = Printer::new(format, frame.schema().inner().clone(), out);
        let mut batches = frame.execute_stream().await?;
        while let Some(batch) = batches.next().await {
            printer.take(batch?)?;
        }
        printer.finish()
    }

    /// The answer's batches.
    ///
    /// # Errors
    /// As [`Query::run`].
    pub async fn batches(&self, sql: &str) -> Result<Vec<RecordBatch>, SqlError> {
        Ok(self.plan(sql).await?.collect().await?)
    }

    async fn plan(&self, sql: &str) -> Result<DataFrame, SqlError> {
        let plan = self.context.state().create_logical_plan(sql).await;
        let plan = plan.map_err(|error| self.question(error))?;
        let only_read = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        only_read
            .verify_plan(&plan)
            .map_err(|_| SqlError::would_change())?;
        Ok(self.context.execute_logical_plan(plan).await?)
    }

    fn question(&self, error: datafusion::error::DataFusionError) -> SqlError {
        let catalog = self.context.catalog(tables::CATALOG);
        let schema = catalog.and_then(|catalog| catalog.schema(tables::SCHEMA));
        let known = schema.map(|schema| schema.table_names());
        SqlError::question(&error, known.unwrap_or_default())
    }
}

fn config() -> SessionConfig {
    SessionConfig::new()
        .with_information_schema(true)
        // Statistics are in the footers, and those of a whole archive are many: only files that are read are opened.
        .with_collect_statistics(false)
        // Rows of one case are looked for by its number: filters go into the files.
        .set_bool("datafusion.execution.parquet.pushdown_filters", true)
        .set_bool("datafusion.execution.parquet.reorder_filters", true)
}
