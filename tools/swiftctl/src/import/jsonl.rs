//! Files with one JSON object a line.

use std::io::BufRead;

use jiff::tz::TimeZone;
use serde::Deserialize;
use swiftline_proto::intake::v1::Submission;
use swiftline_proto::types::v1::Location;

use super::{BadRow, Row, Rows, complaint, lines, time};

/// What is read of a line; everything else in it is passed over.
#[derive(Deserialize)]
struct Message {
    #[serde(alias = "title")]
    subject: Option<String>,
    #[serde(alias = "content")]
    detail: Option<String>,
    text: Option<String>,
    /// Words joined by a space, for files that have nothing else.
    seg: Option<String>,
    /// The sender's own key.
    key: Option<String>,
    #[serde(alias = "date")]
    time: Option<String>,
    #[serde(alias = "latitude")]
    lat: Option<f64>,
    #[serde(alias = "longitude")]
    lon: Option<f64>,
    address: Option<String>,
    language: Option<String>,
}

pub(super) fn rows(reader: impl BufRead + Send + 'static, prefix: String, zone: TimeZone) -> Rows {
    let filled =
        lines(reader).filter(|line| !matches!(line, Ok((_, text)) if text.trim().is_empty()));
    Box::new(filled.map(move |line| {
        let (line, text) = line?;
        let message = Message::read(&text).map_err(|reason| BadRow {
            line,
            key: None,
            reason,
        })?;
        let key = message.key.clone();
        read(message, line, &prefix, &zone).map_err(|reason| BadRow { line, key, reason })
    }))
}

impl Message {
    fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| {
            // serde_json counts lines within the one line it was given.
            error.to_string().replace(" at line 1 column", " at column")
        })
    }
}

fn read(message: Message, line: u64, prefix: &str, zone: &TimeZone) -> Result<Row, String> {
    let words = [message.subject, message.text, message.detail]
        .into_iter()
        .flatten();
    let words: Vec<String> = words.filter(|text| !text.trim().is_empty()).collect();
    let text = if words.is_empty() {
        message.seg.unwrap_or_default()
    } else {
        words.join("\n")
    };
    if text.trim().is_empty() {
        return Err("has none of text, subject, detail, title, content".to_owned());
    }
    let location = match (message.lat, message.lon) {
        (Some(latitude), Some(longitude)) => Some(Location {
            latitude,
            longitude,
        }),
        (None, None) => None,
        _ => return Err("has only one of lat and lon".to_owned()),
    };
    let recorded_at = message
        .time
        .map(|text| time::read(&text, zone))
        .transpose()?;
    let mut complaint = complaint(text);
    complaint.location = location;
    complaint.address = message.address.unwrap_or_default();
    complaint.language = message.language.unwrap_or_default();
    complaint.reported_at = recorded_at.map(swiftline_proto::convert::timestamp);
    let key = message.key;
    let idempotency_key = match &key {
        Some(key) => format!("{prefix}-{key}"),
        None => format!("{prefix}-line-{line}"),
    };
    let submission = Submission {
        idempotency_key,
        complaint: Some(complaint),
        ..Submission::default()
    };
    Ok(Row {
        line,
        key,
        recorded_at,
        submission,
    })
}
