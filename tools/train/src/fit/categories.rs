//! `nyc-categories`: the category of New York's pack for short texts in English, with or without the form's complaint type.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;

use swiftline_classifier::model::{
    Block, Counts, Fields, Model, ModelKind, Recipe, Scratch, Spelling, Unit,
};
use swiftline_config::read_folder;
use swiftline_domain::city::{Category, CityPack};
use swiftline_domain::vocabulary::Language;

use super::card::{Figures, Made, known, with_honest_confidence};
use super::{Sources, corrections};
use crate::data::{Data, DataError};
use crate::learn::{Answer, Doc, Freedom, Known, LearnError, Plan, train};
use crate::metrics::{Confusion, confidence_report};

pub(crate) const NAME: &str = "nyc-categories";

const FILES: [&str; 2] = [
    "nyc311/2018-10-21_all_columns.csv",
    "nyc311/2026_windows.csv",
];

/// Of so many rows one is taken to learn the calibration from: it needs shares, not all of them.
const CALIBRATION_STEP: u64 = 8;

/// Rows of the data that are alike.
#[derive(Debug)]
struct Form {
    complaint_type: String,
    descriptor: String,
    location: String,
    label: usize,
    /// How many rows of each half of the days.
    rows: [u64; 2],
}

/// What of a form is told to the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    TypeAndDescriptor,
    DescriptorAndPlace,
    Descriptor,
    Type,
}

impl Told {
    const ALL: [Self; 4] = [
        Self::TypeAndDescriptor,
        Self::DescriptorAndPlace,
        Self::Descriptor,
        Self::Type,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::TypeAndDescriptor => "type and descriptor",
            Self::DescriptorAndPlace => "descriptor and kind of place, no type",
            Self::Descriptor => "descriptor only",
            Self::Type => "type only",
        }
    }

    fn text(self, form: &Form) -> String {
        match self {
            Self::TypeAndDescriptor => format!("{}: {}", form.complaint_type, form.descriptor),
            Self::DescriptorAndPlace => format!("{}, {}", form.descriptor, form.location),
            Self::Descriptor => form.descriptor.clone(),
            Self::Type => form.complaint_type.clone(),
        }
    }
}

/// The forms of New York and what the model is to make of them.
#[derive(Debug)]
pub(crate) struct Nyc {
    plan: Plan,
    forms: Vec<Form>,
    /// The pack's own words and what they mean.
    words: Vec<(String, usize)>,
    /// Rows whose complaint type the pack does not map.
    unmapped: u64,
}

/// The forms; `None` where the data is absent.
pub(crate) fn nyc(data: &Data, cities: &std::path::Path) -> Result<Option<Nyc>, Box<dyn Error>> {
    let files = FILES.map(|name| data.file(name));
    let [Some(day), Some(windows)] = files else {
        return Ok(None);
    };
    let pack = CityPack::load(&cities.join("nyc"), read_folder)?;
    let labels: BTreeSet<String> = pack.taxonomy.iter().map(|c| label(&pack, c)).collect();
    let labels: Vec<String> = labels.into_iter().collect();
    let place = |name: &str| labels.iter().position(|label| label == name).unwrap_or(0);
    let mut counts: BTreeMap<(String, String, String), [u64; 2]> = BTreeMap::new();
    read_rows(
        &day,
        ["Complaint Type", "Descriptor", "Location Type"],
        None,
        &mut counts,
    )?;
    let columns = ["complaint_type", "descriptor", "location_type"];
    read_rows(&windows, columns, Some("snapshot"), &mut counts)?;
    let mut unmapped = 0;
    let mut forms = Vec::new();
    for ((complaint_type, descriptor, location), rows) in counts {
        match pack.taxonomy.of_source_type(&complaint_type) {
            Some(category) => forms.push(Form {
                label: place(&label(&pack, category)),
                complaint_type,
                descriptor,
                location,
                rows,
            }),
            None => unmapped += rows[0] + rows[1],
        }
    }
    let words = words(&pack, place);
    Ok(Some(Nyc {
        plan: plan(labels),
        forms,
        words,
        unmapped,
    }))
}

/// What the model answers for the category: the nearest that a complaint type means, for below it the pack's words choose.
fn label(pack: &CityPack, category: &Category) -> String {
    let mut at = Some(category);
    while let Some(here) = at {
        if !here.source_types.is_empty() {
            return here.id.to_string();
        }
        at = here
            .parent
            .as_ref()
            .and_then(|parent| pack.taxonomy.get(parent.as_str()));
    }
    category.id.to_string()
}

/// Counts the rows of a file. `day` names the column whose value decides the half; without it the first half it is.
fn read_rows(
    path: &std::path::Path,
    columns: [&str; 3],
    day: Option<&str>,
    counts: &mut BTreeMap<(String, String, String), [u64; 2]>,
) -> Result<(), Box<dyn Error>> {
    let wrong = |error: csv::Error| DataError::Io {
        path: path.to_owned(),
        source: error.into(),
    };
    let mut reader = csv::Reader::from_path(path).map_err(wrong)?;
    let headers = reader.headers().map_err(wrong)?.clone();
    let column = |name: &str| {
        let found = headers.iter().position(|header| header == name);
        found.ok_or_else(|| format!("{}: no column {name}", path.display()))
    };
    let [of_type, of_descriptor, of_location] = columns.map(column);
    let (of_type, of_descriptor, of_location) = (of_type?, of_descriptor?, of_location?);
    let of_day = day.map(column).transpose()?;
    // the days take turns, in the order in which they come
    let mut days: Vec<String> = Vec::new();
    for row in reader.records() {
        let row = row.map_err(wrong)?;
        let cell = |column: usize| row.get(column).unwrap_or("").trim().to_owned();
        let half = of_day.map_or(0, |column| {
            let day = cell(column);
            let number = days
                .iter()
                .position(|known| *known == day)
                .unwrap_or_else(|| {
                    days.push(day);
                    days.len() - 1
                });
            (number + 1) % 2
        });
        let key = (cell(of_type), cell(of_descriptor), cell(of_location));
        counts.entry(key).or_insert([0; 2])[half] += 1;
    }
    Ok(())
}

/// The pack's keywords and names in English.
fn words(pack: &CityPack, place: impl Fn(&str) -> usize) -> Vec<(String, usize)> {
    let mut all = Vec::new();
    for category in pack.taxonomy.iter() {
        let label = place(&label(pack, category));
        let words = category
            .keywords
            .in_language(Language::ENGLISH)
            .iter()
            .map(AsRef::as_ref);
        let words = words.chain([category.name.in_language(Language::ENGLISH)]);
        all.extend(words.map(|text| (text.to_owned(), label)));
    }
    all
}

fn plan(labels: Vec<String>) -> Plan {
    let block = |unit, from, to, weight| Block {
        unit,
        head: false,
        from,
        to,
        weight,
        counts: Counts::Binary,
    };
    Plan {
        name: NAME.to_owned(),
        kind: ModelKind::Category,
        language: "en".to_owned(),
        labels,
        recipe: Recipe {
            spelling: Spelling::Words,
            head: 0,
            blocks: vec![
                block(Unit::Words, 1, 2, 1.0),
                block(Unit::WordChars, 5, 5, 0.5),
            ],
        },
        fewest: 1,
        most: None,
        fewest_words: 1,
        cost: 1.0,
        freedoms: vec![Freedom::Evidence(0.0)],
        seed: 1,
    }
}

/// How the model does when it is told so much of a form.
#[derive(Debug)]
struct Measured {
    told: Told,
    confusion: Confusion,
    /// Of the rows, the share that any model could get right at most: the same words mean several things.
    ceiling: f64,
    /// Rows whose type and descriptor no day had that was learned from, and how many of them were right.
    unseen: (u64, u64),
}

impl Nyc {
    /// The forms told in every way, each as often as `rows` says, and the pack's words.
    fn documents(&self, rows: impl Fn(&Form) -> u64) -> Vec<Doc> {
        let mut merged: BTreeMap<(String, usize), u64> = BTreeMap::new();
        for form in &self.forms {
            for told in Told::ALL {
                let text = told.text(form).to_lowercase();
                *merged.entry((text, form.label)).or_insert(0) += rows(form);
            }
        }
        let said = merged
            .into_iter()
            .filter(|(_, rows)| *rows > 0)
            .map(|((text, label), rows)| {
                let mut doc = Doc::new("", &text, label);
                doc.weight = 1.0 + libm::log(rows as f64) as f32;
                doc
            });
        let words = self
            .words
            .iter()
            .map(|(text, label)| Doc::new("", text, *label));
        let mut docs: Vec<Doc> = said.chain(words).collect();
        for (group, doc) in docs.iter_mut().enumerate() {
            doc.group = group;
        }
        docs
    }

    /// Learns from each half of the days and asks about the other.
    fn measure(
        &self,
        tell: &mut dyn FnMut(&str),
    ) -> Result<(Vec<Measured>, Vec<Answer>), LearnError> {
        let new = |told| Measured {
            told,
            confusion: Confusion::new(self.plan.labels.len()),
            ceiling: 0.0,
            unseen: (0, 0),
        };
        let mut all: Vec<Measured> = Told::ALL.map(new).into();
        let mut answers = Vec::new();
        for half in 0..2 {
            tell(&format!("{NAME}: half {} of 2", half + 1));
            let docs = self.documents(|form| form.rows[half]);
            let docs: Vec<&Doc> = docs.iter().collect();
            let (_, model) = train(&self.plan, &docs, &Known::default())?;
            for measured in &mut all {
                self.ask(&model, half, measured, &mut answers);
            }
        }
        for measured in &mut all {
            measured.ceiling = self.ceiling(measured.told);
        }
        Ok((all, answers))
    }

    fn ask(&self, model: &Model, half: usize, measured: &mut Measured, answers: &mut Vec<Answer>) {
        let learned = |form: &&Form| form.rows[half] > 0;
        let seen: BTreeSet<(&str, &str)> = self
            .forms
            .iter()
            .filter(learned)
            .map(|form| (&*form.complaint_type, &*form.descriptor))
            .collect();
        let mut scratch = Scratch::new();
        let mut passed = 0;
        for form in &self.forms {
            let rows = form.rows[1 - half];
            let text = measured.told.text(form);
            let label = model.predict(Fields::from(&*text), &mut scratch).label;
            measured.confusion.add(form.label, label, rows as f64);
            if !seen.contains(&(&form.complaint_type, &form.descriptor)) {
                measured.unseen.0 += rows;
                measured.unseen.1 += if label == form.label { rows } else { 0 };
            }
            passed += rows;
            for _ in 0..passed / CALIBRATION_STEP {
                answers.push(Answer {
                    fold: half,
                    truth: form.label,
                    scores: scratch.scores().to_vec(),
                });
            }
            passed %= CALIBRATION_STEP;
        }
    }

    fn ceiling(&self, told: Told) -> f64 {
        let mut by_text: BTreeMap<String, BTreeMap<usize, u64>> = BTreeMap::new();
        for form in &self.forms {
            let labels = by_text.entry(told.text(form).to_lowercase()).or_default();
            *labels.entry(form.label).or_insert(0) += form.rows[0] + form.rows[1];
        }
        let best: u64 = by_text
            .values()
            .filter_map(|labels| labels.values().max())
            .sum();
        let rows: u64 = self
            .forms
            .iter()
            .map(|form| form.rows[0] + form.rows[1])
            .sum();
        best as f64 / rows.max(1) as f64
    }

    /// The figures, in Markdown, and the answers that calibration is learned from.
    pub(crate) fn report(&self, tell: &mut dyn FnMut(&str)) -> Result<Figures, LearnError> {
        let (all, answers) = self.measure(tell)?;
        let rows: u64 = self
            .forms
            .iter()
            .map(|form| form.rows[0] + form.rows[1])
            .sum();
        let mut text = format!(
            "{rows} rows, {} distinct forms, {} categories; {} rows have a type that the pack does not map\n\n\
             | told | accuracy | best possible | macro-F1 | forms new to the model |\n|---|---|---|---|---|\n",
            self.forms.len(),
            self.plan.labels.len(),
            self.unmapped,
        );
        for Measured {
            told,
            confusion,
            ceiling,
            unseen,
        } in &all
        {
            // writing to a String cannot fail
            let _ = writeln!(
                text,
                "| {} | {:.4} | {ceiling:.4} | {:.4} | {} of {} rows right |",
                told.name(),
                confusion.accuracy(),
                confusion.macro_f1(1.0),
                unseen.1,
                unseen.0,
            );
        }
        let metrics = vec![
            ("accuracy_with_type", all[0].confusion.accuracy()),
            ("accuracy_without_type", all[1].confusion.accuracy()),
            ("macro_f1_with_type", all[0].confusion.macro_f1(1.0)),
            ("macro_f1_without_type", all[1].confusion.macro_f1(1.0)),
        ];
        let honest = confidence_report(&with_honest_confidence(&answers));
        let _ = write!(
            text,
            "\nAll ways together, calibration learned on the other half. {honest}"
        );
        Ok((text, answers, metrics))
    }
}

/// Measures, then learns from all days.
pub(super) fn make(
    sources: &Sources<'_>,
    tell: &mut dyn FnMut(&str),
) -> Result<Option<Made>, Box<dyn Error>> {
    tell(&format!("{NAME}: reading"));
    let Some(mut nyc) = nyc(sources.data, sources.cities)? else {
        return Ok(None);
    };
    let (report, answers, metrics) = nyc.report(tell)?;
    let known = known(&answers, &metrics);
    let mut docs = nyc.documents(|form| form.rows[0] + form.rows[1]);
    corrections::add(&sources.corrections, &mut nyc.plan, &mut docs);
    tell(&format!("{NAME}: learning from all days"));
    let docs: Vec<&Doc> = docs.iter().collect();
    let (bytes, model) = train(&nyc.plan, &docs, &known)?;
    Ok(Some(Made {
        bytes,
        model,
        purpose: "The category of New York's pack for a short text in English: a form's complaint type, its descriptor, both, or a \
                  few words of a caller."
            .to_owned(),
        data: "`nyc311` (NYC Open Data, 311 Service Requests): one day of 2018 and nine windows of 2026, each distinct form once, \
               weighing 1 + ln of its rows; told as type with descriptor, descriptor with kind of place, descriptor, and type. \
               And the keywords and names of the pack itself."
            .to_owned(),
        method: String::new(),
        protocol: "Learned from every other day, asked about the days between, and the other way round. Forms repeat from day to \
                   day, as they do in service; the last column is about those that do not. The best possible is what a table of \
                   every text's most frequent category would get right on all days: many descriptors belong to several \
                   categories."
            .to_owned(),
        report,
        limits: "Sentences of callers are not in the data; what the model knows of them are the pack's keywords, and its confidence \
                 in them was not calibrated on such. It answers the category that a complaint type means; those below it are for \
                 the pack's keywords to tell. English only."
            .to_owned(),
    }))
}
