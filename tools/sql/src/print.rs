//! Printing an answer.

use std::io::Write;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::csv::WriterBuilder;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::json::LineDelimitedWriter;
use datafusion::arrow::util::pretty::pretty_format_batches;

use crate::SqlError;

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table for people; all of it is held until it is printed.
    Table,
    /// One JSON object a line; what is empty is left out.
    Json,
    /// Comma-separated, with a header.
    Csv,
}

/// Prints batches as they come.
pub(crate) struct Printer<'a, W> {
    format: Format,
    schema: SchemaRef,
    /// What a table has so far.
    held: Vec<RecordBatch>,
    /// The header is printed.
    begun: bool,
    out: &'a mut W,
}

impl<'a, W: Write> Printer<'a, W> {
    pub(crate) fn new(format: Format, schema: SchemaRef, out: &'a mut W) -> Self {
        Self {
            format,
            schema,
            held: Vec::new(),
            begun: false,
            out,
        }
    }

    pub(crate) fn take(&mut self, batch: RecordBatch) -> Result<(), SqlError> {
        match self.format {
            Format::Table => self.held.push(batch),
            Format::Json => {
                let mut writer = LineDelimitedWriter::new(&mut *self.out);
                writer.write(&batch).map_err(SqlError::arrow)?;
                writer.finish().map_err(SqlError::arrow)?;
            }
            Format::Csv => self.csv(&batch)?,
        }
        Ok(())
    }

    /// Prints what is still held, and the header of an answer without rows.
    pub(crate) fn finish(mut self) -> Result<(), SqlError> {
        let nothing = RecordBatch::new_empty(self.schema.clone());
        match self.format {
            Format::Table => {
                if self.held.is_empty() {
                    self.held.push(nothing);
                }
                let table = pretty_format_batches(&self.held).map_err(SqlError::arrow)?;
                writeln!(self.out, "{table}")?;
            }
            Format::Csv if !self.begun => self.csv(&nothing)?,
            Format::Csv | Format::Json => {}
        }
        Ok(())
    }

    fn csv(&mut self, batch: &RecordBatch) -> Result<(), SqlError> {
        let builder = WriterBuilder::new().with_header(!self.begun);
        self.begun = true;
        let mut writer = builder.build(&mut *self.out);
        writer.write(batch).map_err(SqlError::arrow)
    }
}
