//! SQL over the archive: its tables as they lie, and the views that people ask for most.
//!
//! Reads Parquet by the layout that `swiftline_domain::archive` describes and nothing else of ours, with Arrow and Parquet
//! versions of its own: the files are the contract.

mod error;
mod shown;
mod views;

use std::io::Write;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::csv::WriterBuilder;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::json::LineDelimitedWriter;
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt as _;
use object_store::ObjectStore;
use object_store::path::Path;
use swiftline_domain::archive::{Column, Kind, Table};
use url::Url;

pub use error::SqlError;
use shown::Shown;

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table for people; all of it is held until it is printed.
    Table,
    /// One JSON object a line.
    Json,
    /// Comma-separated, with a header.
    Csv,
}

/// An archive to ask.
pub struct Query {
    context: SessionContext,
}

impl Query {
    /// The archive at this address: a folder, or `s3://bucket/prefix` with what AWS' tools read in the environment.
    ///
    /// # Errors
    /// When there is none.
    pub async fn open(archive: &str) -> Result<Self, SqlError> {
        let root = root(archive)?;
        let config = SessionConfig::new()
            .with_information_schema(true)
            // Rows of one case are looked for by its number: filters go into the files.
            .set_bool("datafusion.execution.parquet.pushdown_filters", true)
            .set_bool("datafusion.execution.parquet.reorder_filters", true);
        let context = SessionContext::new_with_config(config);
        let (store, prefix) = store(&root)?;
        let folders: Vec<Path> = Table::ALL
            .iter()
            .map(|table| prefix.clone().join(table.as_str()))
            .collect();
        let shown = Shown::new(store, &folders).await?;
        context.register_object_store(&root, Arc::new(shown));
        let query = Self { context };
        for table in Table::ALL {
            query.register(table, &root).await?;
        }
        views::create(&query.context).await?;
        Ok(query)
    }

    async fn register(&self, table: Table, root: &Url) -> Result<(), SqlError> {
        let folder = root
            .join(&format!("{table}/"))
            .map_err(|error| SqlError::Address(error.to_string()))?;
        // A folder that is not there yet is a table without rows.
        if let Ok(path) = folder.to_file_path() {
            std::fs::create_dir_all(path)?;
        }
        let url = ListingTableUrl::parse(folder)?;
        let options = ListingOptions::new(Arc::new(ParquetFormat::new()))
            .with_file_extension(".parquet")
            .with_table_partition_cols(vec![
                ("city".to_owned(), DataType::Utf8),
                ("month".to_owned(), DataType::Utf8),
            ])
            .with_collect_stat(false);
        let config = ListingTableConfig::new(url)
            .with_listing_options(options)
            .with_schema(schema(table.columns()));
        let listing = ListingTable::try_new(config)?;
        self.context
            .register_table(table.as_str(), Arc::new(listing))?;
        Ok(())
    }

    /// Asks, and prints the answer.
    ///
    /// # Errors
    /// When the question cannot be understood (what it names and what there is, is said), a file cannot be read, or the answer
    /// cannot be printed.
    pub async fn run(
        &self,
        sql: &str,
        format: Format,
        out: &mut impl Write,
    ) -> Result<(), SqlError> {
        let frame = self.context.sql(sql).await.map_err(SqlError::question)?;
        if format == Format::Table {
            let schema = Arc::new(frame.schema().as_arrow().clone());
            let mut batches = frame.collect().await?;
            if batches.is_empty() {
                batches.push(RecordBatch::new_empty(schema));
            }
            writeln!(
                out,
                "{}",
                pretty_format_batches(&batches).map_err(SqlError::arrow)?
            )?;
            return Ok(());
        }
        let mut batches = frame.execute_stream().await?;
        let mut first = true;
        while let Some(batch) = batches.next().await {
            print(&batch?, format, first, out)?;
            first = false;
        }
        Ok(())
    }

    /// The answer's batches.
    ///
    /// # Errors
    /// As [`Query::run`].
    pub async fn batches(&self, sql: &str) -> Result<Vec<RecordBatch>, SqlError> {
        let frame = self.context.sql(sql).await.map_err(SqlError::question)?;
        Ok(frame.collect().await?)
    }
}

fn print(
    batch: &RecordBatch,
    format: Format,
    first: bool,
    out: &mut impl Write,
) -> Result<(), SqlError> {
    if format == Format::Json {
        let mut writer = LineDelimitedWriter::new(&mut *out);
        writer.write(batch).map_err(SqlError::arrow)?;
        return writer.finish().map_err(SqlError::arrow);
    }
    let mut writer = WriterBuilder::new().with_header(first).build(&mut *out);
    writer.write(batch).map_err(SqlError::arrow)
}

/// Where the files are, and the archive's path there.
fn store(root: &Url) -> Result<(Arc<dyn ObjectStore>, Path), SqlError> {
    let set = std::env::vars().filter(|(name, _)| name.starts_with("AWS_"));
    let (store, prefix) = object_store::parse_url_opts(root, set).map_err(SqlError::storage)?;
    Ok((Arc::from(store), prefix))
}

/// The archive's address, ending with a slash.
fn root(archive: &str) -> Result<Url, SqlError> {
    if archive.contains("://") && !archive.starts_with("file://") {
        let address = format!("{}/", archive.trim_end_matches('/'));
        return Url::parse(&address)
            .map_err(|error| SqlError::Address(format!("{archive}: {error}")));
    }
    let folder = archive.strip_prefix("file://").unwrap_or(archive);
    let found = std::fs::canonicalize(folder)
        .map_err(|error| SqlError::Address(format!("there is no archive at {folder}: {error}")))?;
    Url::from_directory_path(found)
        .map_err(|()| SqlError::Address(format!("{folder} is no folder")))
}

/// The columns as DataFusion reads them best; words as views into the file's dictionaries.
fn schema(columns: &[Column]) -> SchemaRef {
    let field = |column: &Column| {
        let of = match column.kind {
            Kind::Number | Kind::Word => DataType::Utf8View,
            Kind::Time => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            Kind::Day => DataType::Date32,
            Kind::Flag => DataType::Boolean,
            Kind::U8 => DataType::UInt8,
            Kind::U16 => DataType::UInt16,
            Kind::U32 => DataType::UInt32,
            Kind::Opaque => DataType::Int64,
        };
        Field::new(column.name, of, column.nullable)
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}
