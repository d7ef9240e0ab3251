//! How well urgency is told: messages of known urgency, written for the purpose, and what share of the real ones is raised.
//!
//! Three sorts of lists, each asked of the words alone, of the trained model alone, and of both together as they ship:
//!
//! - `urgency.heldout.jsonl`: nothing was learned from it, chosen on it or added to the words because of it. It is the forecast,
//!   as far as messages of one author can be one;
//! - `urgency.train.jsonl`: the models learn from it, so it is asked in folds, each by a model that has not seen it. No words were
//!   added because of it: of the words, what comes out is at first sight;
//! - `urgency.jsonl`: as the second, but the words were widened with it. It was written in three goes, of which
//!   [`AT_FIRST_SIGHT`] tells what came out before that.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use swiftline_classifier::engine::{Classify as _, Engine, OperatingPoint, opinion};
use swiftline_classifier::model::{Model, Scratch};
use swiftline_classifier::models::BuiltIn;
use swiftline_domain::complaint::{Complaint, Source};
use swiftline_domain::vocabulary::{Language, Urgency};

use super::place::{complaint, pack};
use crate::data::Data;
use crate::fit::urgency::real::{Form, Letter, NYC, RAW, all_forms};
use crate::fit::urgency::{JUDGES, Judged, Score, Written, list, messages};

/// Recall of emergencies and false emergencies among ordinary messages, by writing, of the words alone before any of its words
/// were used.
const AT_FIRST_SIGHT: [(u8, f64, f64); 3] =
    [(1, 0.906, 0.028), (2, 0.456, 0.089), (3, 0.486, 0.250)];

const HOT: &str = "citizen_messages_zh/hot_issues.jsonl";

/// What answers in one language: the words of a city, and the same with the models that ship.
struct Desk {
    language: Language,
    words: Engine,
    both: Engine,
    second: Arc<Model>,
    at: OperatingPoint,
}

impl Desk {
    fn new(language: Language, city: &str) -> Result<Self, Box<dyn Error>> {
        let pack = pack(city)?;
        let models = BuiltIn::all()?.into_iter().map(|one| one.model);
        let models: Vec<Arc<Model>> = models.collect();
        let name = format!("{}-urgency", language.as_str());
        let mut second = models.iter().filter(|one| one.header().name == name);
        let second = Arc::clone(second.next().ok_or(name)?);
        Ok(Self {
            language,
            words: Engine::new(&pack),
            both: Engine::with_models(&pack, &models),
            at: OperatingPoint::of_metrics(&second.header().metrics)
                .ok_or("the model does not say from where it raises")?,
            second,
        })
    }

    /// Judges messages as everything ships.
    fn judge<'a>(&self, list: &'a [Written]) -> Vec<Judged<'a>> {
        let mut scratch = Scratch::new();
        let judged = list.iter().map(|written| {
            let complaint = complaint(&written.text);
            let told = opinion(&self.second, &written.text, &mut scratch);
            Judged {
                written,
                told: [
                    self.words.classify_one(&complaint).urgency,
                    told.map_or(Urgency::Normal, |told| self.at.urgency(&told, false)),
                    self.both.classify_one(&complaint).urgency,
                ],
            }
        });
        judged.collect()
    }
}

pub(super) fn run(data: &Data, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let desks = [
        Desk::new(Language::CHINESE, "beijing")?,
        Desk::new(Language::ENGLISH, "nyc")?,
    ];
    write!(out, "{}", Score::header())?;
    for desk in &desks {
        let heldout = list("urgency.heldout.jsonl", desk.language)?;
        let judged = desk.judge(&heldout);
        rows("held out", desk.language, judged.iter(), out)?;
    }
    for desk in &desks {
        folds(data, desk.language, out)?;
    }
    for (writing, recall, false_alarms) in AT_FIRST_SIGHT {
        writeln!(
            out,
            "writing {writing} of the older list, words alone, at first sight: recall of emergencies {recall:.3}, false \
             emergencies {false_alarms:.3}"
        )?;
    }
    let [chinese, english] = &desks;
    for file in [RAW, HOT] {
        match data.jsonl::<Letter>(file)? {
            Some(messages) => {
                let complaints: Vec<Complaint> = messages.into_iter().map(Letter::into).collect();
                shares(file, chinese, &complaints, out)?;
            }
            None => writeln!(
                out,
                "skipped: shares of real messages ({file} is not there)"
            )?,
        }
    }
    match all_forms(data)? {
        Some(forms) => {
            let complaints: Vec<Complaint> = forms.into_iter().map(Form::into).collect();
            shares(NYC, english, &complaints, out)
        }
        None => Ok(writeln!(
            out,
            "skipped: shares of New York's forms ({NYC} is not there)"
        )?),
    }
}

/// The lists that are learned from, asked in folds.
fn folds(data: &Data, language: Language, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let cities = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../k8s/cities");
    let Some(messages) = messages(data, &cities, language)? else {
        return Ok(writeln!(
            out,
            "skipped: the lists that are learned from, in folds ({language}: the real data is not there)"
        )?);
    };
    let measured = messages.measure(&mut |_| {})?;
    let (older, newer): (Vec<_>, Vec<_>) = measured
        .judged
        .iter()
        .partition(|one| one.written.writing.is_some());
    rows("learned from, in folds", language, newer.into_iter(), out)?;
    rows("older list, in folds", language, older.into_iter(), out)?;
    let letters = measured.letters;
    if letters.messages > 0 {
        writeln!(
            out,
            "\n{} letters that were not learned from: {} emergencies and {} urgent by the words, {} and {} with the model\n",
            letters.messages, letters.rules[2], letters.rules[1], letters.both[2], letters.both[1],
        )?;
    }
    Ok(())
}

/// A row for each judge.
fn rows<'a, 'b: 'a>(
    name: &str,
    language: Language,
    judged: impl Iterator<Item = &'a Judged<'b>> + Clone,
    out: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    for (judge, who) in JUDGES.iter().enumerate() {
        let score = Score::of(judged.clone().map(|one| (one.written, one.told[judge])))?;
        writeln!(out, "{}", score.row(&format!("{name}, {language}: {who}")))?;
    }
    Ok(())
}

/// What share of real messages is raised.
fn shares(
    file: &str,
    desk: &Desk,
    complaints: &[Complaint],
    out: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    for (who, engine) in [("words alone", &desk.words), ("both", &desk.both)] {
        let mut counts = [0_u32; Urgency::ALL.len()];
        for told in engine.classify(complaints) {
            counts[told.urgency as usize] += 1;
        }
        let share = |urgency: Urgency| {
            100.0 * f64::from(counts[urgency as usize]) / complaints.len().max(1) as f64
        };
        writeln!(
            out,
            "{file}, {who}: {} messages; {:.2} % emergencies, {:.2} % urgent",
            complaints.len(),
            share(Urgency::Emergency),
            share(Urgency::Urgent),
        )?;
    }
    Ok(())
}

impl From<Letter> for Complaint {
    fn from(letter: Letter) -> Self {
        complaint(&letter.into_text())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What came out when the list was first asked: 0.926 and 0.895 recall, 0.963 and 0.977 raised.
    #[test]
    fn what_ships_hears_emergencies_that_nothing_was_learned_from() {
        for (language, city) in [(Language::CHINESE, "beijing"), (Language::ENGLISH, "nyc")] {
            let heldout = list("urgency.heldout.jsonl", language).unwrap();
            assert!(heldout.len() >= 120);
            let judged = Desk::new(language, city).unwrap().judge(&heldout);
            let score = Score::of(judged.iter().map(|one| (one.written, one.told[2]))).unwrap();
            assert!(score.recall() >= 0.88, "{language}: {}", score.recall());
            assert!(score.raised() >= 0.95, "{language}: {}", score.raised());
        }
    }

    #[test]
    fn nothing_of_the_lists_stands_in_two_of_them() {
        let mut seen = std::collections::BTreeSet::new();
        for name in [
            "urgency.heldout.jsonl",
            "urgency.train.jsonl",
            "urgency.jsonl",
        ] {
            for language in [Language::CHINESE, Language::ENGLISH] {
                for one in list(name, language).unwrap() {
                    assert!(seen.insert(one.text.clone()), "{name}: {}", one.text);
                }
            }
        }
    }
}
