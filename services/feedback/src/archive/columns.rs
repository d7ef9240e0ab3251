//! Rows to columns and back, and how each column is stored.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Int64Builder, StringBuilder, TimestampMillisecondBuilder,
    UInt8Builder, UInt16Builder, UInt32Builder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Int64Type, TimestampMillisecondType, UInt8Type, UInt16Type, UInt32Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use swiftline_domain::archive::{
    COVERS_KEY, Column, Coverage, GENERATION_KEY, Kind, Row, SCHEMA_KEY, SCHEMA_VERSION, TABLE_KEY,
    Table, Value,
};

use super::ArchiveError;

/// Rows of a row group: enough to compress well, few enough that a lookup opens little.
const ROW_GROUP: usize = 262_144;
/// Rows of a page: what a lookup decodes of each column.
const PAGE: usize = 16_384;
/// Of numbers that are not there, how many the bloom filter lets pass.
const FALSE_POSITIVES: f64 = 0.01;
/// Small words are few in a city; a column does not fall back to plain text before its dictionary is this large, bytes.
const DICTIONARY: usize = 4 << 20;
const UTC: &str = "UTC";

/// The columns as Arrow has them.
pub(crate) fn schema(columns: &[Column]) -> SchemaRef {
    let field = |column: &Column| Field::new(column.name, data_type(column.kind), column.nullable);
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Number | Kind::Word => DataType::Utf8,
        Kind::Time => DataType::Timestamp(TimeUnit::Millisecond, Some(UTC.into())),
        Kind::Day => DataType::Date32,
        Kind::Flag => DataType::Boolean,
        Kind::U8 => DataType::UInt8,
        Kind::U16 => DataType::UInt16,
        Kind::U32 => DataType::UInt32,
        Kind::Opaque => DataType::Int64,
    }
}

/// How a file of this table is written, and what it says of itself.
pub(crate) fn properties(table: Table, covers: &Coverage, generation: u32) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_created_by("swiftline".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_data_page_row_count_limit(PAGE)
        .set_dictionary_page_size_limit(DICTIONARY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_sorting_columns(Some(sorting(table)))
        .set_key_value_metadata(Some(vec![
            KeyValue::new(SCHEMA_KEY.to_owned(), SCHEMA_VERSION.to_string()),
            KeyValue::new(TABLE_KEY.to_owned(), table.to_string()),
            KeyValue::new(COVERS_KEY.to_owned(), covers.to_string()),
            KeyValue::new(GENERATION_KEY.to_owned(), generation.to_string()),
        ]));
    for column in table.columns() {
        properties = stored_as(properties, column);
    }
    properties.build()
}

fn stored_as(properties: WriterPropertiesBuilder, column: &Column) -> WriterPropertiesBuilder {
    let path = ColumnPath::from(column.name);
    let plain = |properties: WriterPropertiesBuilder, encoding| {
        properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path.clone(), encoding)
    };
    match column.kind {
        Kind::Number if column.name == "case_number" => {
            plain(properties, Encoding::DELTA_BYTE_ARRAY)
                .set_column_statistics_enabled(path.clone(), EnabledStatistics::Page)
                .set_column_bloom_filter_enabled(path.clone(), true)
                .set_column_bloom_filter_fpp(path, FALSE_POSITIVES)
        }
        Kind::Number => plain(properties, Encoding::DELTA_BYTE_ARRAY),
        Kind::Time => plain(properties, Encoding::DELTA_BINARY_PACKED),
        Kind::Opaque => plain(properties, Encoding::PLAIN),
        Kind::Word | Kind::Day | Kind::Flag | Kind::U8 | Kind::U16 | Kind::U32 => properties,
    }
}

fn sorting(table: Table) -> Vec<SortingColumn> {
    let place = |name: &&str| {
        let at = table
            .columns()
            .iter()
            .position(|column| column.name == *name);
        at.and_then(|at| i32::try_from(at).ok())
    };
    let column = |column_idx| SortingColumn {
        column_idx,
        descending: false,
        nulls_first: true,
    };
    table
        .sorted_by()
        .iter()
        .filter_map(place)
        .map(column)
        .collect()
}

/// One column as it grows.
enum Builder {
    Text(StringBuilder),
    Time(TimestampMillisecondBuilder),
    Day(Date32Builder),
    Flag(BooleanBuilder),
    U8(UInt8Builder),
    U16(UInt16Builder),
    U32(UInt32Builder),
    Opaque(Int64Builder),
}

impl Builder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Number | Kind::Word => Self::Text(StringBuilder::new()),
            Kind::Time => Self::Time(TimestampMillisecondBuilder::new().with_timezone(UTC)),
            Kind::Day => Self::Day(Date32Builder::new()),
            Kind::Flag => Self::Flag(BooleanBuilder::new()),
            Kind::U8 => Self::U8(UInt8Builder::new()),
            Kind::U16 => Self::U16(UInt16Builder::new()),
            Kind::U32 => Self::U32(UInt32Builder::new()),
            Kind::Opaque => Self::Opaque(Int64Builder::new()),
        }
    }

    fn push(&mut self, value: Value<'_>) {
        match (self, value) {
            (Self::Text(text), Value::Word(word)) => text.append_value(word),
            (Self::Text(text), Value::Number(number)) => {
                // Writing into a builder cannot fail.
                let _ = write!(text, "{number}");
                text.append_value("");
            }
            (Self::Time(times), Value::Time(ms)) => times.append_value(ms),
            (Self::Day(days), Value::Day(day)) => days.append_value(day),
            (Self::Flag(flags), Value::Flag(flag)) => flags.append_value(flag),
            (Self::U8(all), Value::Count(n)) => {
                all.append_value(u8::try_from(n).unwrap_or(u8::MAX));
            }
            (Self::U16(all), Value::Count(n)) => {
                all.append_value(u16::try_from(n).unwrap_or(u16::MAX));
            }
            (Self::U32(all), Value::Count(n)) => all.append_value(n),
            (Self::Opaque(all), Value::Opaque(bits)) => all.append_value(bits),
            // The row's types made the columns, so what is left is an empty cell.
            (Self::Text(text), _) => text.append_null(),
            (Self::Time(times), _) => times.append_null(),
            (Self::Day(days), _) => days.append_null(),
            (Self::Flag(flags), _) => flags.append_null(),
            (Self::U8(all), _) => all.append_null(),
            (Self::U16(all), _) => all.append_null(),
            (Self::U32(all), _) => all.append_null(),
            (Self::Opaque(all), _) => all.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(text) => Arc::new(text.finish()),
            Self::Time(times) => Arc::new(times.finish()),
            Self::Day(days) => Arc::new(days.finish()),
            Self::Flag(flags) => Arc::new(flags.finish()),
            Self::U8(all) => Arc::new(all.finish()),
            Self::U16(all) => Arc::new(all.finish()),
            Self::U32(all) => Arc::new(all.finish()),
            Self::Opaque(all) => Arc::new(all.finish()),
        }
    }
}

/// Rows on their way into a file. They must come sorted as [`Table::sorted_by`] says.
pub struct Rows {
    table: Table,
    schema: SchemaRef,
    columns: Vec<Builder>,
    len: usize,
}

impl Rows {
    /// No rows yet.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self {
            table,
            schema: schema(table.columns()),
            columns: table
                .columns()
                .iter()
                .map(|column| Builder::new(column.kind))
                .collect(),
            len: 0,
        }
    }

    /// Takes one in. Rows of another table are not taken.
    pub fn push<'a, R: Row<'a>>(&mut self, row: &R) {
        debug_assert_eq!(R::TABLE, self.table, "rows of one table");
        row.each_cell(|at, value| self.columns[at].push(value));
        self.len += 1;
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What was taken in, as columns; empty again after that.
    ///
    /// # Errors
    /// When a cell that may not be empty is.
    pub fn finish(&mut self) -> Result<RecordBatch, ArchiveError> {
        self.len = 0;
        let columns = self.columns.iter_mut().map(Builder::finish).collect();
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

/// The cell of a batch; empty when the batch does not have the column.
#[must_use]
pub fn cell<'a>(batch: &'a RecordBatch, column: &Column, row: usize) -> Value<'a> {
    let Some(array) = batch.column_by_name(column.name) else {
        return Value::Null;
    };
    value(array, column.kind, row).unwrap_or(Value::Null)
}

fn value(array: &ArrayRef, kind: Kind, row: usize) -> Option<Value<'_>> {
    if array.is_null(row) {
        return None;
    }
    Some(match kind {
        Kind::Word => Value::Word(array.as_string_opt::<i32>()?.value(row)),
        Kind::Number => Value::Number(array.as_string_opt::<i32>()?.value(row).parse().ok()?),
        Kind::Time => Value::Time(
            array
                .as_primitive_opt::<TimestampMillisecondType>()?
                .value(row),
        ),
        Kind::Day => Value::Day(array.as_primitive_opt::<Date32Type>()?.value(row)),
        Kind::Flag => Value::Flag(array.as_boolean_opt()?.value(row)),
        Kind::U8 => Value::Count(array.as_primitive_opt::<UInt8Type>()?.value(row).into()),
        Kind::U16 => Value::Count(array.as_primitive_opt::<UInt16Type>()?.value(row).into()),
        Kind::U32 => Value::Count(array.as_primitive_opt::<UInt32Type>()?.value(row)),
        Kind::Opaque => Value::Opaque(array.as_primitive_opt::<Int64Type>()?.value(row)),
    })
}

/// The row of a batch; `None` when the batch lacks a column that a row needs.
#[must_use]
pub fn row<'a, R: Row<'a>>(batch: &'a RecordBatch, at: usize) -> Option<R> {
    let columns = R::TABLE.columns();
    R::of_cells(|column| cell(batch, &columns[column], at))
}
