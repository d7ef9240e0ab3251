//! CSV files by their columns.

use std::collections::BTreeMap;
use std::io::Read;
use std::str::FromStr;

use csv::StringRecord;
use jiff::tz::TimeZone;
use swiftline_domain::vocabulary::{Channel, Kind, UnknownWord};
use swiftline_proto::convert::{Word, to_wire};
use swiftline_proto::types::v1::{Location, Source};

use super::{BadRow, ImportError, Row, Rows, complaint, time};

/// The fields that a column can be mapped to.
pub const FIELDS: [&str; 13] = [
    "text",
    "subject",
    "detail",
    "key",
    "time",
    "latitude",
    "longitude",
    "address",
    "channel",
    "kind",
    "language",
    "type",
    "descriptor",
];

/// Which column holds which field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnMap(BTreeMap<&'static str, String>);

/// Why a mapping is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// It is not `field=column`.
    #[error("{0:?} is not field=column")]
    Form(String),
    /// There is no such field.
    #[error("there is no field {name:?}; the fields are {}", FIELDS.join(", "))]
    Field {
        /// The name that was given.
        name: String,
    },
    /// Nothing says what the matter is.
    #[error("map a column to text, subject or type, or there is nothing to submit")]
    NoText,
}

impl ColumnMap {
    /// Reads mappings of the form `field=column`.
    ///
    /// # Errors
    /// When one is not of that form, names no field, or none of them gives a text.
    pub fn parse<S: AsRef<str>>(pairs: impl IntoIterator<Item = S>) -> Result<Self, MapError> {
        let mut map = BTreeMap::new();
        for pair in pairs {
            let pair = pair.as_ref();
            let (field, column) = pair
                .split_once('=')
                .ok_or_else(|| MapError::Form(pair.to_owned()))?;
            let field = FIELDS
                .into_iter()
                .find(|known| *known == field)
                .ok_or_else(|| MapError::Field {
                    name: field.to_owned(),
                })?;
            map.insert(field, column.to_owned());
        }
        let map = Self(map);
        if ["text", "subject", "type"]
            .iter()
            .all(|field| !map.0.contains_key(field))
        {
            return Err(MapError::NoText);
        }
        Ok(map)
    }

    /// A mapping that is known to be right.
    pub(super) fn of<const N: usize>(pairs: [(&'static str, &str); N]) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(field, column)| (field, column.to_owned()))
                .collect(),
        )
    }
}

/// A record with its columns by name.
pub(super) struct Record<'a> {
    fields: &'a BTreeMap<&'static str, usize>,
    header: &'a BTreeMap<String, usize>,
    record: &'a StringRecord,
}

impl Record<'_> {
    /// The mapped field, trimmed; `None` when it is not mapped or empty.
    fn field(&self, field: &str) -> Option<&str> {
        self.at(*self.fields.get(field)?)
    }

    /// The column of this (normalised) name, trimmed; `None` when there is none or it is empty.
    pub(super) fn column(&self, name: &str) -> Option<&str> {
        self.at(*self.header.get(name)?)
    }

    fn at(&self, index: usize) -> Option<&str> {
        self.record
            .get(index)
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }
}

/// `Created Date` and `created_date` are the same column.
fn normalise(column: &str) -> String {
    column
        .trim_start_matches('\u{feff}')
        .trim()
        .to_lowercase()
        .replace([' ', '-'], "_")
}

/// Reads a CSV file's rows; `finish` adds what only that form of file has.
pub(super) fn rows(
    file: impl Read + Send + 'static,
    map: ColumnMap,
    prefix: String,
    zone: TimeZone,
    finish: fn(&Record<'_>, Row) -> Result<Row, String>,
) -> Result<Rows, ImportError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let found: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let header: BTreeMap<String, usize> = found
        .iter()
        .enumerate()
        .map(|(index, column)| (normalise(column), index))
        .collect();
    let mut fields = BTreeMap::new();
    for (field, column) in map.0 {
        let index = header
            .get(&normalise(&column))
            .ok_or_else(|| ImportError::NoColumn {
                column,
                found: found.clone(),
            })?;
        fields.insert(field, *index);
    }
    let width = found.len();
    let mut records = reader.into_records();
    Ok(Box::new(std::iter::from_fn(move || {
        let record = records.next()?;
        let line = records.reader().position().line().saturating_sub(1);
        let mut key = None;
        let row = record
            .map_err(|error| error.to_string())
            .and_then(|record| {
                let record = Record {
                    fields: &fields,
                    header: &header,
                    record: &record,
                };
                key = record.field("key").map(str::to_owned);
                let found = record.record.len();
                if found != width {
                    return Err(format!("has {found} columns, the header has {width}"));
                }
                let row = read(&record, line, &prefix, &zone)?;
                finish(&record, row)
            });
        Some(row.map_err(|reason| BadRow { line, key, reason }))
    })))
}

fn read(record: &Record<'_>, line: u64, prefix: &str, zone: &TimeZone) -> Result<Row, String> {
    let mut complaint = complaint(text(record)?);
    complaint.address = record.field("address").unwrap_or_default().to_owned();
    complaint.location = location(record)?;
    complaint.language = record.field("language").unwrap_or_default().to_owned();
    if let Some(channel) = record.field("channel") {
        complaint.channel = word::<Channel>(channel)?;
    }
    if let Some(kind) = record.field("kind") {
        complaint.kind = word::<Kind>(kind)?;
    }
    let key = record.field("key");
    if let Some(complaint_type) = record.field("type") {
        complaint.source = Some(Source {
            key: key.unwrap_or_default().to_owned(),
            complaint_type: complaint_type.to_owned(),
            descriptor: record.field("descriptor").unwrap_or_default().to_owned(),
        });
    }
    let recorded_at = record
        .field("time")
        .map(|text| time::read(text, zone))
        .transpose()?;
    complaint.reported_at = recorded_at.map(swiftline_proto::convert::timestamp);
    let idempotency_key = match key {
        Some(key) => format!("{prefix}-{key}"),
        None => format!("{prefix}-line-{line}"),
    };
    let submission = swiftline_proto::intake::v1::Submission {
        idempotency_key,
        complaint: Some(complaint),
        ..Default::default()
    };
    Ok(Row {
        line,
        key: key.map(str::to_owned),
        recorded_at,
        submission,
    })
}

fn text(record: &Record<'_>) -> Result<String, String> {
    let parts = ["subject", "text", "detail"].map(|field| record.field(field));
    let mut parts: Vec<&str> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        parts = ["type", "descriptor"]
            .into_iter()
            .filter_map(|field| record.field(field))
            .collect();
        return if parts.is_empty() {
            Err("has no text".to_owned())
        } else {
            Ok(parts.join(": "))
        };
    }
    Ok(parts.join("\n"))
}

fn location(record: &Record<'_>) -> Result<Option<Location>, String> {
    let degrees = |field| {
        let parse = |text: &str| {
            text.parse::<f64>()
                .map_err(|_| format!("{field} {text:?} is not a number"))
        };
        record.field(field).map(parse).transpose()
    };
    match (degrees("latitude")?, degrees("longitude")?) {
        (Some(latitude), Some(longitude)) => Ok(Some(Location {
            latitude,
            longitude,
        })),
        (None, None) => Ok(None),
        _ => Err("has only one of latitude and longitude".to_owned()),
    }
}

/// Reads a word of a vocabulary into the wire's number.
fn word<T>(text: &str) -> Result<i32, String>
where
    T: Word + FromStr<Err = UnknownWord>,
{
    text.to_lowercase()
        .parse::<T>()
        .map(to_wire)
        .map_err(|error| error.to_string())
}
