//! The archive's tables, as DataFusion sees them.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::catalog::{MemorySchemaProvider, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::prelude::{SessionContext, col, lit};
use swiftline_domain::archive::{Column, Kind, Table};
use url::Url;

use crate::SqlError;
use crate::shown::Shown;

/// DataFusion's own names of where tables are.
pub(crate) const CATALOG: &str = "datafusion";
pub(crate) const SCHEMA: &str = "public";
/// Where the tables of all cities are, when a question is about one.
const ALL_CITIES: &str = "all_cities";
/// The columns that the folders tell, outermost first.
const FOLDERS: [&str; 2] = ["city", "month"];

/// Makes every table known: all of it, or one city's part.
pub(crate) async fn register(
    context: &SessionContext,
    root: &Url,
    shown: &Shown,
    city: Option<&str>,
) -> Result<(), SqlError> {
    let catalog = context.catalog(CATALOG);
    if let (Some(catalog), Some(_)) = (catalog, city) {
        catalog.register_schema(ALL_CITIES, Arc::new(MemorySchemaProvider::new()))?;
    }
    for table in Table::ALL {
        let all = provider(table, root, shown)?;
        let Some(city) = city else {
            context.register_table(table.as_str(), all)?;
            continue;
        };
        let hidden = format!("{ALL_CITIES}.{table}");
        context.register_table(hidden.as_str(), all)?;
        // Its filter goes down to the folders: no other city's are opened.
        let part = context.table(hidden.as_str()).await?;
        let part = part.filter(col(FOLDERS[0]).eq(lit(city)))?;
        context.register_table(table.as_str(), part.into_view())?;
    }
    Ok(())
}

fn provider(table: Table, root: &Url, shown: &Shown) -> Result<Arc<dyn TableProvider>, SqlError> {
    let fields = fields(table.columns());
    if !shown.has(table) {
        let folders = FOLDERS.map(|name| Field::new(name, DataType::Utf8, false));
        let all: Vec<Field> = fields.into_iter().chain(folders).collect();
        let nothing = MemTable::try_new(Arc::new(Schema::new(all)), vec![Vec::new()])?;
        return Ok(Arc::new(nothing));
    }
    let folder = root
        .join(&format!("{table}/"))
        .map_err(|error| SqlError::Given(error.to_string()))?;
    let folders = FOLDERS.map(|name| (name.to_owned(), DataType::Utf8));
    let options = ListingOptions::new(Arc::new(ParquetFormat::new()))
        .with_file_extension(".parquet")
        .with_table_partition_cols(folders.to_vec());
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let config = ListingTableConfig::new(ListingTableUrl::parse(folder)?)
        .with_listing_options(options)
        .with_schema(schema);
    Ok(Arc::new(ListingTable::try_new(config)?))
}

/// The columns as DataFusion reads them best.
fn fields(columns: &[Column]) -> Vec<Field> {
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
    columns.iter().map(field).collect()
}
