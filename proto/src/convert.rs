//! Conversions between the wire and the domain.
//!
//! Outwards `From<&Domain> for wire` never fails; inwards `TryFrom<wire> for Domain` consumes the message, so texts
//! move and are not copied, and fails with a [`ConvertError`] that names the field. Field names are relative to the
//! message converted ([`ConvertError::within`] puts the outer path before); only a complaint names itself, because
//! the domain's own checks of it do.

mod archive;
mod case;
mod classification;
mod complaint;
mod event;
mod handling;
mod hints;
mod offer;
#[cfg(test)]
mod tests;
mod time;
mod vocabulary;

use swiftline_domain::case::{Case, Event};
use swiftline_domain::id::IdError;
use swiftline_domain::number::CaseNumber;

pub use archive::{columns, number_of_word};
pub use event::event_name;
pub use time::{timestamp, to_timestamp};
pub use vocabulary::{Word, optional, required, to_wire};

use crate::types::v1 as wire;

/// A field of a message that the domain does not know the meaning of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct ConvertError {
    /// The path of the field, such as `complaint.channel`.
    pub field: String,
    /// What is wrong with it and what would be right.
    pub reason: String,
}

impl ConvertError {
    /// An error of this field.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            reason: reason.into(),
        }
    }

    /// The same error, seen from the message that holds the converted one in its field `outer`.
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        self.field.insert(0, '.');
        self.field.insert_str(0, outer);
        self
    }
}

/// The entry of the case log that tells of `events`, which have just made `case` what it is.
///
/// `trace_parent` is the W3C position of the span that commits, or empty; the complaint belongs to the commit that
/// accepts it and to no other.
#[must_use]
pub fn commit(
    case: &Case,
    events: &[Event],
    at: jiff::Timestamp,
    trace_parent: &str,
    complaint: Option<wire::Complaint>,
) -> wire::Commit {
    wire::Commit {
        case_number: case.number.to_string(),
        version: case.version.0,
        at: Some(timestamp(at)),
        events: events.iter().map(wire::Event::from).collect(),
        trace_parent: trace_parent.to_owned(),
        complaint,
        subject: subject(case, events),
        leads_issue: !case.members.is_empty(),
    }
}

/// What the case is about, for commits that are counted by it.
fn subject(case: &Case, events: &[Event]) -> Option<wire::Subject> {
    let is_counted =
        |event: &Event| matches!(event, Event::Classified { .. } | Event::CalledBack { .. });
    let told = case.classification.as_ref();
    let category = told.and_then(|told| told.category.as_ref());
    let place = told.and_then(|told| told.place.as_ref());
    events.iter().any(is_counted).then(|| wire::Subject {
        accepted_at: Some(timestamp(case.accepted_at)),
        category: category.map(ToString::to_string).unwrap_or_default(),
        place: place.map(ToString::to_string).unwrap_or_default(),
    })
}

/// Reads a case number.
///
/// # Errors
/// When the text is not one: a wrong character, length or check digit.
pub fn case_number(text: &str, field: &str) -> Result<CaseNumber, ConvertError> {
    text.parse()
        .map_err(|error: swiftline_domain::number::CaseNumberError| {
            ConvertError::new(field, error.to_string())
        })
}

/// Reads an id.
///
/// # Errors
/// When the text is empty or not an id.
pub fn id<T>(text: &str, field: &str) -> Result<T, ConvertError>
where
    T: std::str::FromStr<Err = IdError>,
{
    text.parse()
        .map_err(|error: IdError| ConvertError::new(field, error.to_string()))
}

/// Reads ids.
///
/// # Errors
/// When a text is not an id.
pub fn ids<T>(texts: &[String], field: &str) -> Result<Vec<T>, ConvertError>
where
    T: std::str::FromStr<Err = IdError>,
{
    texts.iter().map(|text| id(text, field)).collect()
}

/// Reads an id that may be absent; an empty text is absence.
///
/// # Errors
/// When the text is not an id.
pub fn optional_id<T>(text: &str, field: &str) -> Result<Option<T>, ConvertError>
where
    T: std::str::FromStr<Err = IdError>,
{
    if text.is_empty() {
        Ok(None)
    } else {
        id(text, field).map(Some)
    }
}

/// The message in a field that must not be absent.
///
/// # Errors
/// When it is absent.
pub fn present<T>(message: Option<T>, field: &str) -> Result<T, ConvertError> {
    message.ok_or_else(|| ConvertError::new(field, "is required"))
}

/// Converts a message that must be there, with the field put before the path of what is wrong in it.
fn nested<W, D>(message: Option<W>, field: &str) -> Result<D, ConvertError>
where
    D: TryFrom<W, Error = ConvertError>,
{
    D::try_from(present(message, field)?).map_err(|error| error.within(field))
}

/// Converts a message that may be absent.
fn nested_optional<W, D>(message: Option<W>, field: &str) -> Result<Option<D>, ConvertError>
where
    D: TryFrom<W, Error = ConvertError>,
{
    message
        .map(|message| D::try_from(message).map_err(|error| error.within(field)))
        .transpose()
}

fn text_of<T: ToString>(id: Option<&T>) -> String {
    id.map(T::to_string).unwrap_or_default()
}
