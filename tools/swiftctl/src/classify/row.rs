//! A line of the input, and its answer.

use serde::{Deserialize, Serialize};
use swiftline_domain::city::CityPack;
use swiftline_domain::classification::{Classification, GroupGuess};
use swiftline_domain::complaint::{Complaint, Location, Source};
use swiftline_domain::vocabulary::{Channel, Line, ReporterType};
use swiftline_proto::types::v1 as wire;

use crate::output::Screen;

/// A message to classify.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) key: String,
    pub(super) complaint: Complaint,
}

/// A line that is no message.
#[derive(Debug, Serialize, thiserror::Error)]
#[error("{key}: {error}")]
pub(super) struct Unreadable {
    key: String,
    error: String,
}

#[derive(Debug, Deserialize)]
struct Written {
    id: Option<serde_json::Value>,
    text: Option<String>,
    subject: Option<String>,
    detail: Option<String>,
    lat: Option<f64>,
    lon: Option<f64>,
    complaint_type: Option<String>,
    descriptor: Option<String>,
}

/// The message of a line, counted from 1.
pub(super) fn read(number: usize, line: &str) -> Result<Row, Unreadable> {
    let mut key = format!("line-{number}");
    let wrong = |key: &str, error: String| Unreadable {
        key: key.to_owned(),
        error,
    };
    let written: Written =
        serde_json::from_str(line).map_err(|error| wrong(&key, error.to_string()))?;
    match &written.id {
        Some(serde_json::Value::String(id)) => key.clone_from(id),
        Some(serde_json::Value::Number(id)) => key = id.to_string(),
        _ => {}
    }
    let location = match (written.lat, written.lon) {
        (Some(latitude), Some(longitude)) => Some(Location {
            latitude,
            longitude,
        }),
        (None, None) => None,
        (Some(_), None) => return Err(wrong(&key, "lon: is missing beside lat".to_owned())),
        (None, Some(_)) => return Err(wrong(&key, "lat: is missing beside lon".to_owned())),
    };
    let source = written.complaint_type.map(|complaint_type| Source {
        key: String::new(),
        complaint_type,
        descriptor: written.descriptor.unwrap_or_default(),
    });
    let said = match (written.text, written.subject, written.detail) {
        (Some(text), _, _) => Some(text),
        (None, Some(subject), Some(detail)) => Some(format!("{subject}\n{detail}")),
        (None, subject, detail) => subject.or(detail),
    };
    // What another system called it is enough to go by.
    let said = said.or_else(|| {
        let source = source.as_ref()?;
        Some(format!("{} {}", source.complaint_type, source.descriptor))
    });
    let Some(said) = said else {
        let error = "text: is missing, and there is no subject or detail either";
        return Err(wrong(&key, error.to_owned()));
    };
    let complaint = Complaint {
        location,
        source,
        ..complaint(said)
    };
    let problems = complaint.problems(jiff::Timestamp::MAX, None);
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    if problems.is_empty() {
        Ok(Row { key, complaint })
    } else {
        Err(wrong(&key, problems.join("; ")))
    }
}

/// A complaint of which nothing but the words is known.
pub(super) fn complaint(text: String) -> Complaint {
    Complaint {
        text,
        channel: Channel::Api,
        line: Line::General,
        reporter: ReporterType::Resident,
        kind: None,
        language: None,
        location: None,
        address: None,
        source: None,
        reported_at: None,
        confidential: false,
        attachments: Vec::new(),
        answer: None,
    }
}

/// The answer. These are all the keys, in this order.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    key: String,
    group: Option<String>,
    category: Option<String>,
    kind: String,
    urgency: String,
    language: String,
    place: Option<String>,
    place_name: Option<String>,
    place_candidates: Vec<String>,
    confidence: f32,
    alternatives: Vec<Alternative>,
    category_confidence: f32,
    category_alternatives: Vec<Alternative>,
    units: Vec<Alternative>,
    model: String,
}

/// Another answer, and how likely it is.
#[derive(Debug, Serialize)]
pub(super) struct Alternative {
    label: String,
    confidence: f32,
}

impl Told {
    pub(super) fn new(key: String, what: &Classification, pack: &CityPack) -> Self {
        let mut told = Self::of_wire(key, wire::Classification::from(what));
        let area = what.place.as_ref();
        let area = area.and_then(|place| pack.areas.get(place.as_str()));
        told.place_name = area.map(|area| area.name.in_language(what.language).to_owned());
        told
    }

    pub(super) fn of_wire(key: String, what: wire::Classification) -> Self {
        let hints = what.hints.clone().unwrap_or_default();
        let group = hints.group.map(|guess| GroupGuess {
            label: guess.label,
            confidence: guess.confidence,
            alternatives: guess
                .alternatives
                .into_iter()
                .map(|one| (one.label, one.score))
                .collect(),
        });
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let others = || -> Vec<Alternative> {
            let others = what.alternatives.iter();
            others
                .map(|one| Alternative::new(&one.category, one.score))
                .collect()
        };
        Self {
            key,
            category: text(&what.category),
            kind: what
                .kind()
                .as_str_name()
                .trim_start_matches("KIND_")
                .to_lowercase(),
            urgency: what
                .urgency()
                .as_str_name()
                .trim_start_matches("URGENCY_")
                .to_lowercase(),
            language: what.language.clone(),
            place: text(&what.place),
            place_name: None,
            place_candidates: what.place_candidates.clone(),
            confidence: group
                .as_ref()
                .map_or(what.confidence, |group| group.confidence),
            alternatives: match &group {
                Some(group) => group
                    .alternatives
                    .iter()
                    .map(|(label, confidence)| Alternative::new(label, *confidence))
                    .collect(),
                None => others(),
            },
            category_confidence: what.confidence,
            category_alternatives: others(),
            units: hints
                .units
                .iter()
                .map(|one| Alternative::new(&one.unit, one.score))
                .collect(),
            model: what.model.clone(),
            group: group.map(|group| group.label),
        }
    }

    pub(super) fn draw(&self, screen: &Screen) -> String {
        let sure = |label: &Option<String>, confidence: f32| {
            let label = label.as_deref()?;
            Some(format!("{label}, {:.0} % sure", confidence * 100.0))
        };
        let others = |others: &[Alternative]| {
            let others = others
                .iter()
                .map(|one| format!("{} {:.0} %", one.label, one.confidence * 100.0));
            let others: Vec<String> = others.collect();
            (!others.is_empty()).then(|| others.join(", "))
        };
        let place = match (&self.place, &self.place_name) {
            (Some(id), Some(name)) => Some(format!("{name} ({id})")),
            (place, _) => place.clone(),
        };
        let group = self.group.as_ref().map(|_| &*self.alternatives);
        screen.pairs(&[
            ("group", sure(&self.group, self.confidence)),
            ("or", group.and_then(others)),
            ("category", sure(&self.category, self.category_confidence)),
            ("or", others(&self.category_alternatives)),
            ("kind", Some(self.kind.clone())),
            ("urgency", Some(self.urgency.clone())),
            ("language", Some(self.language.clone())),
            ("place", place),
            (
                "place may be",
                (!self.place_candidates.is_empty()).then(|| self.place_candidates.join(", ")),
            ),
            ("answered before by", others(&self.units)),
            ("models", Some(self.model.clone())),
        ])
    }
}

impl Alternative {
    fn new(label: &str, confidence: f32) -> Self {
        Self {
            label: label.to_owned(),
            confidence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_text_or_a_subject_and_a_detail() {
        let row = read(1, r#"{"subject":"停水","detail":"两天没有水","id":7}"#).unwrap();
        assert_eq!(
            (row.key.as_str(), row.complaint.text.as_str()),
            ("7", "停水\n两天没有水")
        );
        let row = read(2, r#"{"text":"no heat","lat":40.7,"lon":-73.9,"other":1}"#).unwrap();
        assert_eq!(row.key, "line-2");
        assert!(row.complaint.location.is_some());
        let row = read(
            3,
            r#"{"complaint_type":"HEAT/HOT WATER","descriptor":"ENTIRE BUILDING"}"#,
        );
        assert_eq!(
            row.unwrap().complaint.text,
            "HEAT/HOT WATER ENTIRE BUILDING"
        );
    }

    #[test]
    fn what_is_wrong_with_a_line_is_named() {
        for (line, error) in [
            ("no json", "line-1: expected"),
            (r#"{"id":"a"}"#, "a: text: is missing"),
            (r#"{"text":" "}"#, "line-1: complaint.text"),
            (r#"{"text":"x","lat":1}"#, "line-1: lon: is missing"),
            (
                r#"{"text":"x","lat":91,"lon":1}"#,
                "line-1: complaint.location.latitude",
            ),
            (r#"{"text":7}"#, "line-1: invalid type"),
        ] {
            let told = read(1, line).unwrap_err().to_string();
            assert!(told.starts_with(error), "{told}");
        }
    }
}
