//! `zh-urgency`, `en-urgency`: a second opinion on how pressing a message is.
//!
//! Learned from messages written for the purpose, and from ordinary real ones that the words find nothing in. Measured by
//! cross-validation over the written ones; the operating point is chosen there ([`choose`]). `urgency.heldout.jsonl` is for
//! [`crate::eval`] alone: nothing here reads it.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use swiftline_classifier::engine::{Classify as _, Engine, OperatingPoint, opinion, pieces};
use swiftline_classifier::model::{
    Block, Counts, Model, ModelKind, Recipe, Scratch, Spelling, Unit,
};
use swiftline_config::read_folder;
use swiftline_domain::city::CityPack;
use swiftline_domain::vocabulary::{Language, Urgency};

use super::card::{Made, known, with_honest_confidence};
use super::{Sources, corrections};
use crate::data::{Data, jsonl};
use crate::eval::place::complaint;
use crate::learn::{Answer, Doc, Freedom, Known, LearnError, Plan, train};
use crate::metrics::confidence_report;
use crate::split::stratified;

pub(crate) mod real;
mod score;

use real::{forms, letters};
pub(crate) use score::Score;

pub(crate) const CHINESE: &str = "zh-urgency";
pub(crate) const ENGLISH: &str = "en-urgency";

const FOLDS: usize = 5;

/// How much a written emergency, another written message, and a piece of a real one counts.
const EMERGENCY_WEIGHT: f32 = 1.5;
const REAL_WEIGHT: f32 = 0.2;

/// The operating point: so many of the written ordinary messages may be raised to an emergency by the model, when they had
/// been left out, and so many to urgent. Four of ten of them are traps, so of plain complaints it is far fewer.
const FALSE_EMERGENCIES: f64 = 0.08;
const FALSE_URGENT: f64 = 0.15;
/// The same where the words are in doubt.
const FALSE_EMERGENCIES_IN_DOUBT: f64 = 0.02;
const FALSE_URGENT_IN_DOUBT: f64 = 0.05;
/// So many of the real letters that were not learned from may be raised to an emergency.
const RAISED_LETTERS: f64 = 0.006;
/// What is taken off for each e-fold of pieces where there are no letters to choose it by, and the steps in which it is sought.
const OF_MANY: f32 = 0.25;
const STEP: f32 = 0.05;
const MOST_OF_MANY: f32 = 1.0;

/// A message that was written for the purpose.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) language: Language,
    pub(crate) urgency: String,
    /// What sort of danger, or of trap.
    #[serde(default)]
    pub(crate) note: String,
    /// In which go a message of the older list was written, from 1.
    #[serde(default)]
    pub(crate) writing: Option<u8>,
}

impl Written {
    pub(crate) fn truth(&self) -> Result<Urgency, Box<dyn Error>> {
        Ok(self.urgency.parse()?)
    }

    /// Neither negated, over, a figure of speech nor a question: what most people write.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(&*self.note, "ordinary" | "long" | "fireworks")
    }
}

/// What a model of one language is made of.
pub(crate) struct Messages {
    plan: Plan,
    pack: CityPack,
    written: Vec<Written>,
    /// Pieces of ordinary real messages.
    ordinary: Vec<Doc>,
    /// Letters that nothing is learned from.
    unseen: Vec<String>,
    data: &'static str,
}

/// One of the lists of `services/classifier/testdata`.
pub(crate) fn list(name: &str, language: Language) -> Result<Vec<Written>, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services/classifier/testdata");
    let mut all: Vec<Written> = jsonl(&folder.join(name))?;
    all.retain(|one| one.language == language);
    Ok(all)
}

/// The messages for the model of this language; `None` where the real ones are absent.
pub(crate) fn messages(
    data: &Data,
    cities: &Path,
    language: Language,
) -> Result<Option<Messages>, Box<dyn Error>> {
    let chinese = language == Language::CHINESE;
    let pack = CityPack::load(
        &cities.join(if chinese { "beijing" } else { "nyc" }),
        read_folder,
    )?;
    let texts = match chinese {
        true => letters(data)?,
        false => forms(data)?,
    };
    let Some(texts) = texts else { return Ok(None) };
    let engine = Engine::new(&pack);
    let ordinary =
        |text: &&String| engine.classify_one(&complaint(text)).urgency == Urgency::Normal;
    let half = usize::from(chinese) + 1;
    let learned = texts.iter().step_by(half).filter(ordinary);
    let mut docs: Vec<Doc> = learned
        .flat_map(|text| pieces(text))
        .map(|piece| Doc::new("", piece, Urgency::Normal as usize))
        .collect();
    for (group, doc) in docs.iter_mut().enumerate() {
        doc.weight = REAL_WEIGHT;
        doc.group = group;
    }
    let unseen = match chinese {
        true => texts.iter().skip(1).step_by(half).cloned().collect(),
        false => Vec::new(),
    };
    let mut written = list("urgency.train.jsonl", language)?;
    written.extend(list("urgency.jsonl", language)?);
    Ok(Some(Messages {
        plan: plan(chinese),
        pack,
        written,
        ordinary: docs,
        unseen,
        data: match chinese {
            true => {
                "pieces of every second letter of `citizen_messages_zh` (raw) in which the words find nothing pressing"
            }
            false => {
                "the distinct complaint types with descriptors of `nyc311` in which the words find nothing pressing"
            }
        },
    }))
}

fn plan(chinese: bool) -> Plan {
    let block = |unit, from, to, counts| Block {
        unit,
        head: false,
        from,
        to,
        weight: 1.0,
        counts,
    };
    let (name, language, spelling, blocks) = match chinese {
        true => (
            CHINESE,
            Language::CHINESE,
            Spelling::Han,
            vec![block(Unit::Chars, 1, 2, Counts::Log)],
        ),
        false => (
            ENGLISH,
            Language::ENGLISH,
            Spelling::Words,
            vec![
                block(Unit::Words, 1, 2, Counts::Log),
                block(Unit::WordChars, 4, 4, Counts::Log),
            ],
        ),
    };
    Plan {
        name: name.to_owned(),
        kind: ModelKind::Urgency,
        language: language.as_str().to_owned(),
        labels: Urgency::ALL.iter().map(ToString::to_string).collect(),
        recipe: Recipe {
            spelling,
            head: 0,
            blocks,
        },
        fewest: if chinese { 3 } else { 2 },
        most: None,
        fewest_words: 1,
        cost: 0.3,
        freedoms: vec![Freedom::Evidence(0.0)],
        seed: 1,
    }
}

/// What a model that had not seen a written message makes of it.
#[derive(Debug, Clone, Copy)]
struct Heard {
    truth: Urgency,
    emergency: f32,
    pressing: f32,
}

/// Written messages judged without having been learned from.
pub(crate) struct Judged<'a> {
    pub(crate) written: &'a Written,
    /// In the order of [`JUDGES`].
    pub(crate) told: [Urgency; JUDGES.len()],
}

/// Who judges a message.
pub(crate) const JUDGES: [&str; 3] = ["words alone", "model alone", "both"];
const BOTH: usize = 2;

/// What cross-validation tells.
pub(crate) struct Measured<'a> {
    pub(crate) at: OperatingPoint,
    pub(crate) judged: Vec<Judged<'a>>,
    /// Unseen letters: how many, and how many the words alone, and both, call urgent and emergencies.
    pub(crate) letters: Raised,
    answers: Vec<Answer>,
}

/// How many messages were raised.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Raised {
    pub(crate) messages: usize,
    pub(crate) rules: [usize; 3],
    pub(crate) both: [usize; 3],
}

impl Messages {
    /// A fold for each written message, evenly by urgency.
    fn folds(&self) -> Result<Vec<usize>, Box<dyn Error>> {
        let truths = self.written.iter().map(|one| Ok(one.truth()? as usize));
        let truths: Vec<usize> = truths.collect::<Result<_, Box<dyn Error>>>()?;
        Ok(stratified(&truths, FOLDS, 7))
    }

    /// What is learned from when the messages of a fold are left out.
    fn without(&self, folds: &[usize], fold: Option<usize>) -> Result<Vec<Doc>, Box<dyn Error>> {
        let mut docs = self.ordinary.clone();
        for (one, of) in self.written.iter().zip(folds) {
            if Some(*of) == fold {
                continue;
            }
            let truth = one.truth()?;
            let mut doc = Doc::new("", &one.text, truth as usize);
            if truth == Urgency::Emergency {
                doc.weight = EMERGENCY_WEIGHT;
            }
            doc.group = docs.len();
            docs.push(doc);
        }
        Ok(docs)
    }

    fn train(&self, docs: &[Doc], known: &Known) -> Result<(Vec<u8>, Model), LearnError> {
        train(&self.plan, &docs.iter().collect::<Vec<_>>(), known)
    }

    /// Judges every written message by a model that has not seen it, and letters that none has seen.
    pub(crate) fn measure(
        &self,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Measured<'_>, Box<dyn Error>> {
        let folds = self.folds()?;
        let mut scratch = Scratch::new();
        let (mut heard, mut answers) = (vec![None; self.written.len()], Vec::new());
        for fold in 0..FOLDS {
            tell(&format!("{}: fold {} of {FOLDS}", self.plan.name, fold + 1));
            let (_, model) = self.train(&self.without(&folds, Some(fold))?, &Known::default())?;
            for (place, one) in self
                .written
                .iter()
                .enumerate()
                .filter(|(at, _)| folds[*at] == fold)
            {
                let Some(told) = opinion(&model, &one.text, &mut scratch) else {
                    continue;
                };
                let truth = one.truth()?;
                heard[place] = Some(Heard {
                    truth,
                    emergency: told.emergency,
                    pressing: told.pressing,
                });
                let _ = model.predict(told.worst.into(), &mut scratch);
                answers.push(Answer {
                    fold,
                    truth: truth as usize,
                    scores: scratch.scores().to_vec(),
                });
            }
        }
        let heard: Vec<Heard> = heard.into_iter().flatten().collect();
        tell(&format!("{}: choosing the operating point", self.plan.name));
        let at = self.choose(&heard, &folds)?;
        let known = self.known(&answers, at, &[]);
        let mut judged: Vec<Option<Judged<'_>>> = self.written.iter().map(|_| None).collect();
        let rules = Engine::new(&self.pack);
        let both = Engine::new(&self.pack);
        for fold in 0..FOLDS {
            let (_, model) = self.train(&self.without(&folds, Some(fold))?, &known)?;
            let model = std::sync::Arc::new(model);
            both.adopt(&self.pack, &[std::sync::Arc::clone(&model)]);
            for (place, one) in self
                .written
                .iter()
                .enumerate()
                .filter(|(at, _)| folds[*at] == fold)
            {
                let told = opinion(&model, &one.text, &mut scratch);
                judged[place] = Some(Judged {
                    written: one,
                    told: [
                        rules.classify_one(&complaint(&one.text)).urgency,
                        told.map_or(Urgency::Normal, |told| at.urgency(&told, false)),
                        both.classify_one(&complaint(&one.text)).urgency,
                    ],
                });
            }
        }
        let (_, whole) = self.train(&self.without(&folds, None)?, &known)?;
        both.adopt(&self.pack, &[std::sync::Arc::new(whole)]);
        Ok(Measured {
            at,
            judged: judged.into_iter().flatten().collect(),
            letters: raised(&self.unseen, &rules, &both),
            answers,
        })
    }

    /// The operating point: the shares of ordinary messages above it are as the constants say.
    fn choose(&self, heard: &[Heard], folds: &[usize]) -> Result<OperatingPoint, Box<dyn Error>> {
        let ordinary = heard.iter().filter(|one| one.truth == Urgency::Normal);
        let emergencies: Vec<f32> = ordinary.clone().map(|one| one.emergency).collect();
        let pressing: Vec<f32> = ordinary.map(|one| one.pressing).collect();
        let mut at = OperatingPoint {
            emergency: above(&emergencies, FALSE_EMERGENCIES),
            urgent: above(&pressing, FALSE_URGENT),
            emergency_in_doubt: above(&emergencies, FALSE_EMERGENCIES_IN_DOUBT),
            urgent_in_doubt: above(&pressing, FALSE_URGENT_IN_DOUBT),
            of_many: OF_MANY,
        };
        if self.unseen.is_empty() {
            return Ok(at);
        }
        let (_, model) = self.train(&self.without(folds, None)?, &Known::default())?;
        let mut scratch = Scratch::new();
        let told: Vec<_> = self
            .unseen
            .iter()
            .filter_map(|text| opinion(&model, text, &mut scratch))
            .collect();
        at.of_many = 0.0;
        while at.of_many < MOST_OF_MANY {
            let urgencies = told.iter().map(|told| at.urgency(told, false));
            let raised = urgencies.filter(|urgency| *urgency == Urgency::Emergency);
            if raised.count() as f64 <= RAISED_LETTERS * told.len() as f64 {
                break;
            }
            at.of_many += STEP;
        }
        Ok(at)
    }

    fn known(&self, answers: &[Answer], at: OperatingPoint, more: &[(&str, f64)]) -> Known {
        let metrics: Vec<(&str, f64)> = at
            .to_metrics()
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        known(answers, &metrics)
    }

    /// Everything learned from, by the measure of what was left out.
    fn make(
        mut self,
        sources: &Sources<'_>,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Made, Box<dyn Error>> {
        let measured = self.measure(tell)?;
        let both = Score::of(
            measured
                .judged
                .iter()
                .map(|one| (one.written, one.told[BOTH])),
        )?;
        let metrics = both.metrics();
        let known = self.known(&measured.answers, measured.at, &metrics);
        let report = measured.report()?;
        let folds = self.folds()?;
        let mut docs = self.without(&folds, None)?;
        let ordinary = self.ordinary.len();
        corrections::add(&sources.corrections, &mut self.plan, &mut docs);
        tell(&format!("{}: learning from all messages", self.plan.name));
        let (bytes, model) = self.train(&docs, &known)?;
        Ok(Made {
            bytes,
            model,
            purpose: "How pressing a message is: a second opinion beside the words, which can only raise.".to_owned(),
            data: format!(
                "{} messages written for the purpose (`testdata/urgency.train.jsonl`, `testdata/urgency.jsonl`), of all \
                 urgencies; {ordinary} {}, each counting {REAL_WEIGHT} as ordinary. A written emergency counts \
                 {EMERGENCY_WEIGHT}.",
                self.written.len(),
                self.data,
            ),
            method: String::new(),
            protocol: format!(
                "{FOLDS} folds over the written messages, evenly dealt by urgency; what is asked about is not learned from. \
                 The operating point was chosen on the same answers: {:.0} % of the written ordinary messages may sound like \
                 an emergency to the model, {:.0} % urgent ({:.0} % and {:.0} % where the words are in doubt). \
                 `train eval urgency` also asks about `testdata/urgency.heldout.jsonl`, from which nothing was learned or chosen.",
                100.0 * FALSE_EMERGENCIES,
                100.0 * FALSE_URGENT,
                100.0 * FALSE_EMERGENCIES_IN_DOUBT,
                100.0 * FALSE_URGENT_IN_DOUBT,
            ),
            report,
            limits: "One author wrote the messages, so they share a manner that callers do not have: what is measured on them \
                     is kinder than the truth. Messages of one kind of danger resemble each other and stand on both sides of \
                     the folds. It never lowers what the words say. Speech in other dialects, and dangers told only by hints, are \
                     the weakest."
                .to_owned(),
        })
    }
}

/// The score that this share of them is above.
fn above(scores: &[f32], share: f64) -> f32 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let place = (share * sorted.len() as f64) as usize;
    // the next one down, so that the place itself is still above
    sorted
        .get(place)
        .or(sorted.last())
        .map_or(0.0, |score| score + 1e-4)
}

fn raised(texts: &[String], rules: &Engine, both: &Engine) -> Raised {
    let mut raised = Raised {
        messages: texts.len(),
        ..Raised::default()
    };
    let complaints: Vec<_> = texts.iter().map(|text| complaint(text)).collect();
    for (engine, counts) in [(rules, &mut raised.rules), (both, &mut raised.both)] {
        for told in engine.classify(&complaints) {
            counts[told.urgency as usize] += 1;
        }
    }
    raised
}

impl<'a> Measured<'a> {
    /// The figures, in Markdown.
    fn report(&self) -> Result<String, Box<dyn Error>> {
        let mut text = Score::header().to_owned();
        for (judge, name) in JUDGES.iter().enumerate() {
            let told = |one: &Judged<'a>| (one.written, one.told[judge]);
            let score = Score::of(self.judged.iter().map(told))?;
            // writing to a String cannot fail
            let _ = writeln!(text, "{}", score.row(name));
        }
        let at = self.at;
        let _ = write!(
            text,
            "\nOperating point, in scores before calibration: emergency from {:.3}, urgent from {:.3}; in doubt {:.3} and {:.3}; \
             {:.2} off for each e-fold of pieces.\n\n",
            at.emergency, at.urgent, at.emergency_in_doubt, at.urgent_in_doubt, at.of_many,
        );
        let Raised {
            messages,
            rules,
            both,
        } = self.letters;
        if messages > 0 {
            let share = |n: usize| 100.0 * n as f64 / messages as f64;
            let _ = write!(
                text,
                "{messages} real letters that were not learned from: the words call {:.2} % emergencies and {:.2} % urgent; with \
                 the model it is {:.2} % and {:.2} %.\n\n",
                share(rules[2]),
                share(rules[1]),
                share(both[2]),
                share(both[1]),
            );
        }
        let honest = confidence_report(&with_honest_confidence(&self.answers));
        let _ = write!(text, "Calibration learned on the other half. {honest}");
        Ok(text)
    }
}

pub(super) fn chinese(
    sources: &Sources<'_>,
    tell: &mut dyn FnMut(&str),
) -> Result<Option<Made>, Box<dyn Error>> {
    make(sources, Language::CHINESE, tell)
}

pub(super) fn english(
    sources: &Sources<'_>,
    tell: &mut dyn FnMut(&str),
) -> Result<Option<Made>, Box<dyn Error>> {
    make(sources, Language::ENGLISH, tell)
}

fn make(
    sources: &Sources<'_>,
    language: Language,
    tell: &mut dyn FnMut(&str),
) -> Result<Option<Made>, Box<dyn Error>> {
    let messages = messages(sources.data, sources.cities, language)?;
    messages
        .map(|messages| messages.make(sources, tell))
        .transpose()
}
