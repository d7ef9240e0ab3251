//! Complaints and what the classifier makes of them.

use jiff::Timestamp;
use serde::Serialize;
use swiftline_domain::classification::EvidenceAbout;
use swiftline_domain::vocabulary::{Channel, Kind, Line, ReporterType, Urgency};
use swiftline_proto::types::v1 as wire;

use super::time;
use crate::output::Screen;
use crate::words::{some, word};

/// A request as taken in.
#[derive(Debug, Serialize)]
pub(crate) struct ComplaintView {
    pub(crate) text: String,
    pub(crate) channel: Option<String>,
    pub(crate) line: Option<String>,
    pub(crate) reporter: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) latitude: Option<f64>,
    pub(crate) longitude: Option<f64>,
    pub(crate) address: Option<String>,
    pub(crate) source: Option<SourceView>,
    pub(crate) reported_at: Option<Timestamp>,
    pub(crate) confidential: bool,
    pub(crate) attachments: Vec<String>,
    pub(crate) answer: Option<String>,
}

/// What another system said of a request.
#[derive(Debug, Serialize)]
pub(crate) struct SourceView {
    pub(crate) key: Option<String>,
    pub(crate) complaint_type: Option<String>,
    pub(crate) descriptor: Option<String>,
}

impl From<wire::Complaint> for ComplaintView {
    fn from(complaint: wire::Complaint) -> Self {
        Self {
            text: complaint.text,
            channel: word::<Channel>(complaint.channel),
            line: word::<Line>(complaint.line),
            reporter: word::<ReporterType>(complaint.reporter),
            kind: word::<Kind>(complaint.kind),
            language: some(complaint.language),
            latitude: complaint.location.map(|at| at.latitude),
            longitude: complaint.location.map(|at| at.longitude),
            address: some(complaint.address),
            source: complaint.source.map(|source| SourceView {
                key: some(source.key),
                complaint_type: some(source.complaint_type),
                descriptor: some(source.descriptor),
            }),
            reported_at: time(complaint.reported_at),
            confidential: complaint.confidential,
            attachments: complaint.attachments,
            answer: some(complaint.answer),
        }
    }
}

/// How to reach the citizen, as opened for the team that has signed.
#[derive(Debug, Serialize)]
pub(crate) struct ContactView {
    pub(crate) name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) other: Option<String>,
}

impl ContactView {
    /// Whom to call, a line each.
    pub(crate) fn draw(&self, screen: &Screen) -> String {
        screen.pairs(&[
            ("name", self.name.clone()),
            ("phone", self.phone.clone()),
            ("email", self.email.clone()),
            ("other", self.other.clone()),
        ])
    }
}

impl From<wire::Contact> for ContactView {
    fn from(contact: wire::Contact) -> Self {
        Self {
            name: some(contact.name),
            phone: some(contact.phone),
            email: some(contact.email),
            other: some(contact.other),
        }
    }
}

/// What the classifier makes of a complaint.
#[derive(Debug, Serialize)]
pub(crate) struct ClassificationView {
    pub(crate) category: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) urgency: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) place: Option<String>,
    pub(crate) place_candidates: Vec<String>,
    pub(crate) confidence: f32,
    pub(crate) alternatives: Vec<ScoreView>,
    pub(crate) evidence: Vec<EvidenceView>,
    pub(crate) model: Option<String>,
}

/// A category with its share.
#[derive(Debug, Serialize)]
pub(crate) struct ScoreView {
    pub(crate) category: String,
    pub(crate) score: f32,
}

/// One reason for a classification.
#[derive(Debug, Serialize)]
pub(crate) struct EvidenceView {
    pub(crate) about: Option<String>,
    pub(crate) found: String,
    pub(crate) weight: f32,
}

impl From<wire::Classification> for ClassificationView {
    fn from(what: wire::Classification) -> Self {
        let score = |one: wire::CategoryScore| ScoreView {
            category: one.category,
            score: one.score,
        };
        let evidence = |one: wire::Evidence| EvidenceView {
            about: word::<EvidenceAbout>(one.about),
            found: one.found,
            weight: one.weight,
        };
        Self {
            category: some(what.category),
            kind: word::<Kind>(what.kind),
            urgency: word::<Urgency>(what.urgency),
            language: some(what.language),
            place: some(what.place),
            place_candidates: what.place_candidates,
            confidence: what.confidence,
            alternatives: what.alternatives.into_iter().map(score).collect(),
            evidence: what.evidence.into_iter().map(evidence).collect(),
            model: some(what.model),
        }
    }
}
