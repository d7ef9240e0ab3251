//! The rows of a file of messages.

use std::fmt;
use std::io::BufRead;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::import::{BadRow, time};

/// The most bytes of a line.
const MAX_LINE: usize = 1 << 20;

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// Its own id; `line-7` for one without.
    pub(super) id: Id,
    /// Who wrote it; a message without a caller has one of its own.
    pub(super) caller: String,
    pub(super) at: Timestamp,
    pub(super) subject: String,
    pub(super) detail: String,
    pub(super) votes: u64,
}

/// An id, printed as it was read: a number or a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Id {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// What is read of a line; everything else in it is passed over.
#[derive(Deserialize)]
struct Line {
    #[serde(alias = "id", alias = "key")]
    msg_id: Option<Id>,
    #[serde(alias = "caller")]
    user: Option<Id>,
    #[serde(alias = "date", alias = "recorded_at")]
    time: Option<String>,
    #[serde(alias = "title")]
    subject: Option<String>,
    #[serde(alias = "content")]
    detail: Option<String>,
    text: Option<String>,
    #[serde(alias = "votes")]
    up: Option<i64>,
}

/// Reads rows, good and bad, in order; empty lines are passed over.
pub(super) fn read<'a>(
    reader: impl BufRead + 'a,
    zone: &'a TimeZone,
) -> impl Iterator<Item = Result<Row, BadRow>> + 'a {
    reader
        .split(b'\n')
        .zip(1_u64..)
        .filter(|(bytes, _)| !matches!(bytes, Ok(bytes) if bytes.trim_ascii().is_empty()))
        .map(move |(bytes, line)| {
            let mut key = None;
            bytes
                .map_err(|error| error.to_string())
                .and_then(|bytes| parse(&bytes))
                .and_then(|parsed| {
                    key = parsed.msg_id.as_ref().map(Id::to_string);
                    row(parsed, line, zone)
                })
                .map_err(|reason| BadRow { line, key, reason })
        })
}

fn parse(bytes: &[u8]) -> Result<Line, String> {
    if bytes.len() > MAX_LINE {
        return Err(format!("has {} bytes, may have {MAX_LINE}", bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    // serde_json counts lines within the one line it was given.
    serde_json::from_str(text)
        .map_err(|error| error.to_string().replace(" at line 1 column", " at column"))
}

fn row(line: Line, number: u64, zone: &TimeZone) -> Result<Row, String> {
    let own = || format!("line-{number}");
    let said = |text: Option<String>| text.unwrap_or_default().trim().to_owned();
    let (subject, mut detail) = (said(line.subject), said(line.detail));
    let text = said(line.text);
    if !text.is_empty() {
        detail = if detail.is_empty() {
            text
        } else {
            format!("{text}\n{detail}")
        };
    }
    if subject.is_empty() && detail.is_empty() {
        return Err("has none of subject, detail, text, title, content".to_owned());
    }
    let at = line.time.ok_or("has no time")?;
    Ok(Row {
        id: line.msg_id.unwrap_or_else(|| Id::Text(own())),
        caller: line.user.map_or_else(own, |user| user.to_string()),
        at: time::read(&at, zone)?,
        subject,
        detail,
        votes: line
            .up
            .and_then(|up| u64::try_from(up).ok())
            .unwrap_or_default(),
    })
}
