//! How well urgency is told: messages of known urgency, written for the purpose, and what share of the real ones is raised.
//!
//! The messages were written in three goes. A third of the first and the whole of the second and third were kept apart until they
//! had been measured once; [`AT_FIRST_SIGHT`] is what came out then, and the honest forecast for messages told in words that nobody
//! has thought of. After that the words were widened with them, so what is printed for them now is a check and no forecast.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use serde::Deserialize;
use swiftline_classifier::engine::{Classify as _, Engine};
use swiftline_domain::complaint::{Complaint, Source};
use swiftline_domain::vocabulary::{Language, Urgency};

use super::place::{complaint, pack};
use crate::data::{Data, jsonl};
use crate::metrics::Confusion;

/// Recall of emergencies and false emergencies among ordinary messages, by writing, before any of its words were used.
const AT_FIRST_SIGHT: [(u8, f64, f64); 3] =
    [(1, 0.906, 0.028), (2, 0.456, 0.089), (3, 0.486, 0.250)];

const RAW: &str = "citizen_messages_zh/train_raw.jsonl";
const HOT: &str = "citizen_messages_zh/hot_issues.jsonl";
const NYC: &str = "nyc311/2026_windows.csv";

/// A line of the list.
#[derive(Debug, Deserialize)]
struct Case {
    text: String,
    language: Language,
    urgency: String,
    /// In which go it was written, from 1.
    writing: u8,
}

/// A message of the real data.
#[derive(Debug, Deserialize)]
struct Message {
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    text: Option<String>,
}

/// A row of New York's forms.
#[derive(Debug, Deserialize)]
struct Form {
    complaint_type: String,
    descriptor: String,
}

pub(super) fn run(data: &Data, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let (beijing, new_york) = (Engine::new(&pack("beijing")?), Engine::new(&pack("nyc")?));
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../services/classifier/testdata/urgency.jsonl");
    let cases: Vec<Case> = jsonl(&path)?;
    let judged = judge(&cases, &beijing, &new_york)?;
    for (writing, recall, false_alarms) in AT_FIRST_SIGHT {
        let of_it = cases.iter().zip(&judged);
        let of_it = of_it.filter(|(case, _)| case.writing == writing);
        figures(
            &format!("writing {writing}"),
            of_it.map(|(_, pair)| *pair),
            out,
        )?;
        writeln!(
            out,
            "    at first sight, words alone: recall of emergencies {recall:.3}, false emergencies {false_alarms:.3}"
        )?;
    }
    for language in [Language::CHINESE, Language::ENGLISH] {
        let of_it = cases.iter().zip(&judged);
        let of_it = of_it.filter(|(case, _)| case.language == language);
        figures(language.as_str(), of_it.map(|(_, pair)| *pair), out)?;
    }
    figures("all", judged.iter().copied(), out)?;
    for file in [RAW, HOT] {
        match data.jsonl::<Message>(file)? {
            Some(messages) => shares(file, &beijing, messages.into_iter().map(Message::into), out)?,
            None => writeln!(
                out,
                "skipped: shares of real messages ({file} is not there)"
            )?,
        }
    }
    match data.file(NYC) {
        Some(path) => {
            let forms = csv::Reader::from_path(path)?
                .into_deserialize()
                .collect::<Result<Vec<Form>, _>>()?;
            shares(NYC, &new_york, forms.into_iter().map(Form::into), out)
        }
        None => Ok(writeln!(
            out,
            "skipped: shares of New York's forms ({NYC} is not there)"
        )?),
    }
}

/// Truth and answer of each case.
fn judge(
    cases: &[Case],
    beijing: &Engine,
    new_york: &Engine,
) -> Result<Vec<(usize, usize)>, Box<dyn Error>> {
    cases
        .iter()
        .map(|case| {
            let engine = if case.language == Language::CHINESE {
                beijing
            } else {
                new_york
            };
            let truth: Urgency = case.urgency.parse()?;
            let told = engine.classify_one(&complaint(&case.text)).urgency;
            Ok((truth as usize, told as usize))
        })
        .collect()
}

/// The figures of a set of truths and answers.
fn figures(
    name: &str,
    pairs: impl Iterator<Item = (usize, usize)>,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let pairs: Vec<(usize, usize)> = pairs.collect();
    let exact = Confusion::of(Urgency::ALL.len(), pairs.iter().copied());
    let (normal, emergency) = (Urgency::Normal as usize, Urgency::Emergency as usize);
    let pressing = |urgency: usize| usize::from(urgency != normal);
    let raised = Confusion::of(
        2,
        pairs
            .iter()
            .map(|(truth, told)| (pressing(*truth), pressing(*told))),
    );
    let ordinary = pairs.iter().filter(|(truth, _)| *truth == normal);
    let alarms = ordinary.filter(|(_, told)| *told == emergency).count();
    writeln!(
        out,
        "{name}: {} messages; recall of emergencies {:.3}, of urgent or more {:.3}; false emergencies among ordinary ones {:.3}",
        pairs.len(),
        exact.recall(emergency),
        raised.recall(1),
        alarms as f64 / exact.support(normal).max(1.0),
    )
}

/// What share of real messages is raised.
fn shares(
    file: &str,
    engine: &Engine,
    complaints: impl Iterator<Item = Complaint>,
    out: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    let complaints: Vec<Complaint> = complaints.collect();
    let mut counts = [0_u32; Urgency::ALL.len()];
    for told in engine.classify(&complaints) {
        counts[told.urgency as usize] += 1;
    }
    let share = |urgency: Urgency| {
        100.0 * f64::from(counts[urgency as usize]) / complaints.len().max(1) as f64
    };
    writeln!(
        out,
        "{file}: {} messages; {:.1} % emergencies, {:.1} % urgent",
        complaints.len(),
        share(Urgency::Emergency),
        share(Urgency::Urgent),
    )?;
    Ok(())
}

impl From<Message> for Complaint {
    fn from(message: Message) -> Self {
        let parts = [message.subject, message.detail, message.text];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        complaint(&parts.join("。"))
    }
}

impl From<Form> for Complaint {
    fn from(form: Form) -> Self {
        let source = Source {
            complaint_type: form.complaint_type,
            ..Source::default()
        };
        Self {
            source: Some(source),
            ..complaint(&form.descriptor)
        }
    }
}
