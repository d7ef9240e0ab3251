//! What the trained models say, as far as they know the city.
//!
//! A model takes part when its labels are the pack's: a model of groups when categories of the pack name its labels, one
//! of categories or units when nearly all its labels are ids of the pack. So a third city with its own taxonomy is
//! classified by words until it has a model of its own, and no setting can be wrong.

use std::fmt;
use std::sync::Arc;

use swiftline_domain::city::CityPack;
use swiftline_domain::classification::{GroupGuess, MAX_CANDIDATES};
use swiftline_domain::complaint::Complaint;
use swiftline_domain::id::UnitId;
use swiftline_domain::vocabulary::Language;

use super::explain::{Question, Reason, What};
use super::urgency::{self, Second};
use crate::model::{Fields, Model, ModelKind, Scratch};

/// So many of a model's labels must be the pack's for the model to take part.
const KNOWN_LABELS: f32 = 0.9;

/// The same for units: letters are also answered by institutions that receive no orders.
const KNOWN_UNITS: f32 = 0.3;

/// What is less likely is not worth a place among the alternatives.
const LEAST_SHARE: f32 = 0.005;

/// How much the word of a model of categories counts beside the keywords' when it knows all of a message.
const MODEL_SHARE: f32 = 0.9;

/// A first line of at most so many characters above more text is the subject.
const MAX_SUBJECT_CHARS: usize = 60;

/// Sees what each model says of each message: for watching drift, and for models that are tried beside those in force.
pub trait Observe: Send + Sync + fmt::Debug {
    /// Called for every message that a model judges. Must not wait.
    fn judged(&self, said: Said<'_>);
}

/// What a model in force says of a message.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// The model.
    pub model: &'a Model,
    /// The message. Not to be kept beyond what the policy allows, nor logged.
    pub fields: Fields<'a>,
    /// The label, a place in [`Model::labels`].
    pub label: usize,
    /// How likely it is right, 0 to 1.
    pub confidence: f32,
}

/// The models that know a city.
#[derive(Debug, Default)]
pub(super) struct Judges {
    group: Option<Groups>,
    category: Option<Categories>,
    unit: Option<Units>,
    /// How pressing a message is: one a language.
    urgency: Vec<Second>,
    /// Their versions, joined by `+`; empty without models.
    pub(super) version: String,
}

/// A model of groups, and which of them each category may be of.
#[derive(Debug)]
struct Groups {
    model: Arc<Model>,
    /// By category: a bit a label; zero where the model has no say.
    of_category: Vec<u64>,
}

/// A model of the pack's categories.
#[derive(Debug)]
struct Categories {
    model: Arc<Model>,
    /// By label, its place in the taxonomy.
    ordinals: Vec<Option<usize>>,
}

/// A model of who answers.
#[derive(Debug)]
struct Units {
    model: Arc<Model>,
    /// By label; `None` for institutions that the pack has no unit for.
    ids: Vec<Option<UnitId>>,
}

/// What is known of a message beside its keywords.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    /// The group, for people to see.
    pub(super) group: Option<GroupGuess>,
    /// By category: how likely the groups that it is of are together; `None` where the model has no say.
    plausible: Vec<Option<f32>>,
    /// By category: how likely it is by the model of categories. Empty without one.
    categories: Vec<f32>,
    /// How much of the message that model knows, 0 to 1.
    known: f32,
}

impl Judgement {
    /// How likely the groups that a category is of are together; `None` where no model has a say.
    pub(super) fn plausible(&self, category: usize) -> Option<f32> {
        self.plausible.get(category).copied().flatten()
    }

    /// The categories that the model of categories holds possible, with their probability.
    pub(super) fn categories(&self) -> impl Iterator<Item = (usize, f32)> {
        let all = self.categories.iter().copied().enumerate();
        all.filter(|(_, share)| *share >= LEAST_SHARE)
    }

    /// How much that model's word counts beside the keywords', 0 to 1: the less, the less of the message it knows.
    pub(super) fn trust(&self) -> f32 {
        if self.categories.is_empty() {
            0.0
        } else {
            MODEL_SHARE * self.known
        }
    }
}

impl Judges {
    /// Those of the models that know the pack; of several for the same question the first.
    pub(super) fn new(pack: &CityPack, models: &[Arc<Model>]) -> Self {
        let mut judges = Self::default();
        for model in models {
            match model.header().kind {
                ModelKind::Group if judges.group.is_none() => {
                    judges.group = Groups::new(pack, model);
                }
                ModelKind::Category if judges.category.is_none() => {
                    judges.category = Categories::new(pack, model);
                }
                ModelKind::Unit if judges.unit.is_none() => judges.unit = Units::new(pack, model),
                ModelKind::Urgency => judges.add_urgency(model),
                _ => {}
            }
        }
        judges.version = judges
            .models()
            .map(|model| model.version())
            .collect::<Vec<_>>()
            .join("+");
        judges
    }

    /// The models that take part.
    pub(super) fn models(&self) -> impl Iterator<Item = &Arc<Model>> {
        let group = self.group.as_ref().map(|groups| &groups.model);
        let category = self.category.as_ref().map(|categories| &categories.model);
        let unit = self.unit.as_ref().map(|units| &units.model);
        let urgency = self.urgency.iter().map(Second::model);
        group.into_iter().chain(category).chain(unit).chain(urgency)
    }

    /// The second opinion on how pressing messages in this language are.
    pub(super) fn second(&self, language: Language) -> Option<&Second> {
        self.urgency.iter().find(|second| second.reads(language))
    }

    fn add_urgency(&mut self, model: &Arc<Model>) {
        let language = &model.header().language;
        let mut known = self.urgency.iter();
        if !known.any(|second| second.model().header().language == *language) {
            self.urgency.extend(Second::new(model));
        }
    }

    /// What the models of groups and categories say of a message in this language.
    pub(super) fn judge(
        &self,
        complaint: &Complaint,
        language: Language,
        scratch: &mut Scratch,
        observer: Option<&dyn Observe>,
    ) -> Judgement {
        let mut judgement = Judgement::default();
        if let Some(groups) = self
            .group
            .as_ref()
            .filter(|one| reads(&one.model, language))
        {
            predict(&groups.model, fields(&complaint.text), scratch, observer);
            judgement.group = Some(guess(&groups.model, scratch));
            let shares = scratch.probabilities();
            let plausible = groups
                .of_category
                .iter()
                .map(|bits| plausible(*bits, shares));
            judgement.plausible.extend(plausible);
        }
        if let Some(categories) = self
            .category
            .as_ref()
            .filter(|one| reads(&one.model, language))
        {
            let said = said_of(complaint);
            judgement.known = predict(&categories.model, fields(&said), scratch, observer);
            categories.spread(scratch.probabilities(), &mut judgement.categories);
        }
        judgement
    }

    /// Who has answered such messages before, best first; only units of the pack.
    pub(super) fn units(
        &self,
        complaint: &Complaint,
        language: Language,
        scratch: &mut Scratch,
        observer: Option<&dyn Observe>,
    ) -> Vec<(UnitId, f32)> {
        let Some(units) = self.unit.as_ref().filter(|one| reads(&one.model, language)) else {
            return Vec::new();
        };
        predict(&units.model, fields(&complaint.text), scratch, observer);
        let named = scratch.best(units.ids.len()).into_iter();
        named
            .filter_map(|(label, share)| Some((units.ids[label].clone()?, share)))
            .take(MAX_CANDIDATES)
            .collect()
    }
}

impl Judges {
    /// The n-grams by which each model that reads the language decided, at most `limit` a model.
    pub(super) fn explain(
        &self,
        complaint: &Complaint,
        language: Language,
        limit: usize,
        scratch: &mut Scratch,
    ) -> Vec<Reason> {
        let said = said_of(complaint);
        let texts = [
            (Question::Group, &*complaint.text),
            (Question::Category, &*said),
            (Question::Unit, &*complaint.text),
            (Question::Urgency, &*complaint.text),
        ];
        let mut reasons = Vec::new();
        for model in self.models().filter(|model| reads(model, language)) {
            let about = question(model.header().kind);
            let text = texts.iter().find(|(question, _)| Some(*question) == about);
            let Some((about, text)) = text else { continue };
            let text = match about {
                Question::Urgency => {
                    let opinion = urgency::opinion(model, text, scratch);
                    opinion.map_or("", |opinion| opinion.worst)
                }
                _ => text,
            };
            let why = model.explain(fields(text), limit, scratch);
            let of = &model.labels()[why.prediction.label];
            reasons.extend(why.grams.into_iter().map(|gram| Reason {
                about: *about,
                of: of.clone(),
                found: gram.text,
                what: What::Ngram,
                weight: gram.weight,
            }));
        }
        reasons
    }
}

/// What a model of this kind answers here.
const fn question(kind: ModelKind) -> Option<Question> {
    match kind {
        ModelKind::Group => Some(Question::Group),
        ModelKind::Category => Some(Question::Category),
        ModelKind::Unit => Some(Question::Unit),
        ModelKind::Urgency => Some(Question::Urgency),
        ModelKind::Kind => None,
    }
}

impl Groups {
    fn new(pack: &CityPack, model: &Arc<Model>) -> Option<Self> {
        let labels = model.labels();
        let bit = |group: &Arc<str>| {
            let place = labels.iter().position(|label| **label == **group);
            place
                .filter(|place| *place < 64)
                .map_or(0, |place| 1 << place)
        };
        let bits = pack.taxonomy.iter().map(|category| {
            let bits = category.groups.iter().map(bit);
            bits.fold(0, |all: u64, one: u64| all | one)
        });
        let of_category: Vec<u64> = bits.collect();
        of_category.iter().any(|bits| *bits != 0).then(|| Self {
            model: Arc::clone(model),
            of_category,
        })
    }
}

impl Categories {
    fn new(pack: &CityPack, model: &Arc<Model>) -> Option<Self> {
        let ordinal = |label: &String| pack.taxonomy.ordinal(label);
        let ordinals: Vec<Option<usize>> = model.labels().iter().map(ordinal).collect();
        known(&ordinals, KNOWN_LABELS).then(|| Self {
            model: Arc::clone(model),
            ordinals,
        })
    }

    fn spread(&self, shares: &[f32], categories: &mut Vec<f32>) {
        let most = self
            .ordinals
            .iter()
            .flatten()
            .max()
            .map_or(0, |most| most + 1);
        categories.resize(most, 0.0);
        for (ordinal, share) in self.ordinals.iter().zip(shares) {
            if let Some(ordinal) = ordinal {
                categories[*ordinal] += share;
            }
        }
    }
}

impl Units {
    fn new(pack: &CityPack, model: &Arc<Model>) -> Option<Self> {
        let id = |label: &String| {
            let id: UnitId = label.parse().ok()?;
            pack.units.get(id.as_str()).map(|_| id)
        };
        let ids: Vec<Option<UnitId>> = model.labels().iter().map(id).collect();
        known(&ids, KNOWN_UNITS).then(|| Self {
            model: Arc::clone(model),
            ids,
        })
    }
}

fn known<T>(labels: &[Option<T>], least: f32) -> bool {
    let known = labels.iter().flatten().count();
    !labels.is_empty() && known as f32 >= least * labels.len() as f32
}

/// A text whose language nobody can tell is not judged: what a model says of it would be a guess.
fn reads(model: &Model, language: Language) -> bool {
    model.header().language == language.as_str()
}

/// Leaves the probabilities in the scratch pad; answers how much of the message the model knows.
fn predict(
    model: &Model,
    fields: Fields<'_>,
    scratch: &mut Scratch,
    observer: Option<&dyn Observe>,
) -> f32 {
    let prediction = model.predict(fields, scratch);
    if let Some(observer) = observer {
        observer.judged(Said {
            model,
            fields,
            label: prediction.label,
            confidence: prediction.confidence,
        });
    }
    prediction.known
}

fn guess(model: &Model, scratch: &Scratch) -> GroupGuess {
    let mut best = scratch
        .best(MAX_CANDIDATES + 1)
        .into_iter()
        .map(|(label, share)| (model.labels()[label].clone(), share));
    let (label, confidence) = best.next().unwrap_or_default();
    GroupGuess {
        label,
        confidence,
        alternatives: best.collect(),
    }
}

fn plausible(bits: u64, shares: &[f32]) -> Option<f32> {
    let of = shares.iter().take(64).enumerate();
    (bits != 0).then(|| {
        of.filter(|(place, _)| bits & (1 << place) != 0)
            .map(|(_, share)| share)
            .sum()
    })
}

/// A short first line above more text is the subject.
pub(crate) fn fields(text: &str) -> Fields<'_> {
    match text.split_once('\n') {
        Some((subject, detail))
            if !detail.trim().is_empty() && subject.chars().count() <= MAX_SUBJECT_CHARS =>
        {
            Fields { subject, detail }
        }
        _ => Fields::from(text),
    }
}

/// What a model of this kind reads of a complaint.
pub(crate) fn text_of(kind: ModelKind, complaint: &Complaint) -> std::borrow::Cow<'_, str> {
    match kind {
        ModelKind::Category => said_of(complaint),
        ModelKind::Group | ModelKind::Unit | ModelKind::Kind | ModelKind::Urgency => {
            (&complaint.text).into()
        }
    }
}

/// What another system said of the complaint stands above its text, as in the messages that the model learned from.
fn said_of(complaint: &Complaint) -> std::borrow::Cow<'_, str> {
    match &complaint.source {
        Some(source) if !complaint.text.contains(&source.complaint_type) => format!(
            "{} {}\n{}",
            source.complaint_type, source.descriptor, complaint.text
        )
        .into(),
        _ => (&complaint.text).into(),
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn a_short_first_line_is_the_subject() {
        assert_eq!(fields("停水\n从早上开始没有水").subject, "停水");
        for whole in ["停水", "停水\n ", &format!("{}\n水", "很".repeat(61))] {
            assert_eq!(fields(whole), Fields::from(whole));
        }
    }

    #[test]
    fn a_category_is_as_likely_as_its_groups_together() {
        assert_eq!(plausible(0, &[0.5, 0.5]), None);
        assert_eq!(plausible(0b101, &[0.5, 0.3, 0.2]), Some(0.7));
    }
}
