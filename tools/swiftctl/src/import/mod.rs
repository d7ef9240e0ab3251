//! Reading complaints out of files, row by row, so that a file of any size needs no memory to speak of.
//!
//! A row that cannot be read is reported with its line number and passed over; the rest goes on.

mod columns;
mod jsonl;
mod nyc311;
pub(crate) mod time;

use std::io::{BufRead, BufReader, Read};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use swiftline_proto::intake::v1::Submission;
use swiftline_proto::types::v1::Complaint;

pub use columns::{ColumnMap, FIELDS, MapError};

/// The form of a file.
#[derive(Debug, Clone)]
pub enum Format {
    /// New York's published 311 requests, with either style of column names.
    Nyc311,
    /// One JSON object a line with `text`, or `subject` and `detail`, or `title` and `content`.
    Jsonl,
    /// Any CSV, by naming the column of each field.
    Csv(ColumnMap),
}

/// A complaint read from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The line it ends on, from 1.
    pub line: u64,
    /// The row's own key, if it has one.
    pub key: Option<String>,
    /// When it was first said, as recorded.
    pub recorded_at: Option<Timestamp>,
    /// What to submit.
    pub submission: Submission,
}

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {reason}", .key.as_ref().map(|key| format!(" (key {key})")).unwrap_or_default())]
pub struct BadRow {
    /// The line, from 1.
    pub line: u64,
    /// The row's own key, where that can be read.
    pub key: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

/// A file that cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It lacks a column that its form has.
    #[error("there is no column {column:?}; the file has {}", .found.join(", "))]
    NoColumn {
        /// The column that is wanted.
        column: String,
        /// The columns that there are.
        found: Vec<String>,
    },
    /// It has no header line that can be read.
    #[error("the header cannot be read: {0}")]
    Header(#[from] csv::Error),
}

/// The rows of a file, good and bad, in order.
pub type Rows = Box<dyn Iterator<Item = Result<Row, BadRow>> + Send>;

/// Reads the rows of `file`. `name` (a file name without folder) makes the idempotency keys of files whose rows have no key
/// of their own, so that importing a file twice changes nothing; `zone` is where times without a zone were recorded.
///
/// # Errors
/// When the header lacks a column.
pub fn rows(
    format: &Format,
    file: impl Read + Send + 'static,
    name: &str,
    zone: TimeZone,
) -> Result<Rows, ImportError> {
    match format {
        Format::Nyc311 => columns::rows(
            file,
            nyc311::columns(),
            "nyc311".to_owned(),
            zone,
            nyc311::finish,
        ),
        Format::Csv(map) => {
            columns::rows(file, map.clone(), key_prefix(name), zone, |_, row| Ok(row))
        }
        Format::Jsonl => Ok(jsonl::rows(BufReader::new(file), key_prefix(name), zone)),
    }
}

/// The part of an idempotency key that tells files apart: visible ASCII, short.
fn key_prefix(name: &str) -> String {
    let stem = name.split('.').next().unwrap_or(name);
    let kept: String = stem
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .take(64)
        .collect();
    if kept.is_empty() {
        "file".to_owned()
    } else {
        kept
    }
}

/// Lines of a reader with their numbers; a line that is not UTF-8 is a bad row.
fn lines(reader: impl BufRead) -> impl Iterator<Item = Result<(u64, String), BadRow>> {
    reader.split(b'\n').zip(1_u64..).map(|(bytes, line)| {
        let bytes = bytes.map_err(|error| BadRow {
            line,
            key: None,
            reason: error.to_string(),
        })?;
        String::from_utf8(bytes)
            .map(|text| (line, text))
            .map_err(|_| BadRow {
                line,
                key: None,
                reason: "is not UTF-8".to_owned(),
            })
    })
}

/// Every complaint that is imported came through another system.
pub(crate) fn complaint(text: String) -> Complaint {
    use swiftline_proto::types::v1::Channel;
    Complaint {
        text,
        channel: Channel::Api.into(),
        ..Complaint::default()
    }
}

#[cfg(test)]
mod tests;
