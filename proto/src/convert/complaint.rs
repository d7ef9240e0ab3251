//! Complaints.

use swiftline_domain::complaint::{Complaint, Location, Source};
use swiftline_domain::vocabulary::{Language, Line, ReporterType};

use super::time::{optional_time, timestamp};
use super::vocabulary::{optional, optional_to_wire, required, to_wire};
use super::{ConvertError, optional_id, text_of, wire};

impl From<&Location> for wire::Location {
    fn from(at: &Location) -> Self {
        Self {
            latitude: at.latitude,
            longitude: at.longitude,
        }
    }
}

/// Any two numbers: whether they are a place on earth is the domain's question.
impl From<wire::Location> for Location {
    fn from(at: wire::Location) -> Self {
        Self {
            latitude: at.latitude,
            longitude: at.longitude,
        }
    }
}

impl From<Source> for wire::Source {
    fn from(source: Source) -> Self {
        Self {
            key: source.key,
            complaint_type: source.complaint_type,
            descriptor: source.descriptor,
        }
    }
}

impl From<&Source> for wire::Source {
    fn from(source: &Source) -> Self {
        source.clone().into()
    }
}

impl From<wire::Source> for Source {
    fn from(source: wire::Source) -> Self {
        Self {
            key: source.key,
            complaint_type: source.complaint_type,
            descriptor: source.descriptor,
        }
    }
}

impl wire::Complaint {
    /// As it is shown to people: without the caller's pseudonym, which is for adding up only.
    #[must_use]
    pub fn shown(mut self) -> Self {
        self.caller = 0;
        self
    }
}

impl From<&Complaint> for wire::Complaint {
    fn from(complaint: &Complaint) -> Self {
        complaint.clone().into()
    }
}

/// Moves the texts: for the hot path, where the domain is done with the complaint.
impl From<Complaint> for wire::Complaint {
    fn from(complaint: Complaint) -> Self {
        Self {
            text: complaint.text,
            channel: to_wire(complaint.channel),
            line: to_wire(complaint.line),
            reporter: to_wire(complaint.reporter),
            kind: optional_to_wire(complaint.kind),
            language: complaint
                .language
                .map(|language| language.as_str().to_owned())
                .unwrap_or_default(),
            location: complaint.location.as_ref().map(wire::Location::from),
            address: complaint.address.unwrap_or_default(),
            source: complaint.source.map(wire::Source::from),
            reported_at: complaint.reported_at.map(timestamp),
            confidential: complaint.confidential,
            attachments: complaint.attachments,
            answer: text_of(complaint.answer.as_ref()),
            // Told by whoever takes the complaint in, who knows the contact data.
            caller: 0,
        }
    }
}

/// An unspecified line is the general one, an unspecified reporter a resident; empty texts are absent ones.
impl TryFrom<wire::Complaint> for Complaint {
    type Error = ConvertError;

    fn try_from(complaint: wire::Complaint) -> Result<Self, ConvertError> {
        Ok(Self {
            text: complaint.text,
            channel: required(complaint.channel, "complaint.channel")?,
            line: optional(complaint.line, "complaint.line")?.unwrap_or(Line::General),
            reporter: optional(complaint.reporter, "complaint.reporter")?
                .unwrap_or(ReporterType::Resident),
            kind: optional(complaint.kind, "complaint.kind")?,
            language: optional_language(&complaint.language)?,
            location: complaint.location.map(Location::from),
            address: Some(complaint.address).filter(|address| !address.is_empty()),
            source: complaint.source.map(Source::from),
            reported_at: optional_time(complaint.reported_at, "complaint.reported_at")?,
            confidential: complaint.confidential,
            attachments: complaint.attachments,
            answer: optional_id(&complaint.answer, "complaint.answer")?,
        })
    }
}

fn optional_language(code: &str) -> Result<Option<Language>, ConvertError> {
    if code.is_empty() {
        return Ok(None);
    }
    language(code, "complaint.language").map(Some)
}

/// Reads a language code. The error does not repeat a long one: it could be the citizen's text in the wrong field.
pub(super) fn language(code: &str, field: &str) -> Result<Language, ConvertError> {
    code.parse().map_err(|_| {
        ConvertError::new(
            field,
            "is not an ISO 639 language code of two or three lower-case letters, such as zh or en",
        )
    })
}
