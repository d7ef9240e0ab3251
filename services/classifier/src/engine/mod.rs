//! What a complaint is about: category, kind, urgency, language and place, told from the city pack's own words and by
//! trained models.
//!
//! [`Classify`] is the interface; everything outside this module uses only that. [`Engine`] reads a text once for the
//! taxonomy's keywords, the signs of kinds, the words of urgency and the names of places, looks coordinates up in the
//! outlines, and asks the models that know the city ([`Engine::adopt`]), which share one reading of it too; without any it
//! classifies by words alone.
//!
//! Data structures: `phrases::Lists` of `phrases::Phrases`, an R-tree over the outlines' boxes, and scratch pads that are kept from
//! batch to batch, so that a message costs tens of microseconds and allocates little but its answer. `watch` tells where the time goes.
//!
//! **Invariants**
//! - The same complaint, pack and models give the same classification, in every process.
//! - Evidence is a word or an id of the pack, a language code or a model's name; never a piece of the citizen's text.
//! - A batch is judged by the same models from its first message to its last.
//! - Confidence and every share lie in 0 to 1; the alternatives come best first and never repeat the category.

mod beginnings;
mod explain;
mod gazetteer;
mod judges;
mod kind;
mod language;
mod pad;
mod phrases;
mod place;
mod reading;
mod topic;
mod urgency;
mod version;
mod watch;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use arc_swap::ArcSwap;
use swiftline_domain::city::CityPack;
use swiftline_domain::classification::{Classification, Evidence, EvidenceAbout, Hints};
use swiftline_domain::complaint::Complaint;

pub use self::explain::{Question, Reason, What};
use self::judges::Judges;
pub use self::judges::{Observe, Said};
pub(crate) use self::judges::{fields, text_of};
use self::kind::Kinds;
use self::pad::{Pad, Pads};
use self::phrases::Lists;
use self::place::Places;
use self::reading::{Keywords, Reading};
use self::urgency::Urgencies;
pub use self::urgency::{OperatingPoint, Opinion, opinion, pieces};
pub use self::watch::{Part, Watch};
use crate::model::Model;

/// Something that can say what complaints are about.
pub trait Classify: Send + Sync + 'static {
    /// One classification a complaint, in order. Pure, quick (microseconds a message) and deterministic.
    fn classify(&self, complaints: &[Complaint]) -> Vec<Classification>;

    /// The version of the word lists and of the models in force; it stands in every classification.
    fn version(&self) -> Arc<str>;

    /// What the complaint is, and at most `limit` reasons of each sort. Slower than classifying: for people who ask.
    fn explain(&self, complaint: &Complaint, limit: usize) -> (Classification, Vec<Reason>);
}

/// How many lists of words are looked for in one pass.
const LISTS: usize = 4;

/// Classifies by the words of one city pack, and by the models that know it.
#[derive(Debug)]
pub struct Engine {
    keywords: Keywords,
    kinds: Kinds,
    urgencies: Urgencies,
    places: Places,
    /// Keywords, kinds, urgencies and places, in this order.
    lists: Lists<LISTS>,
    pads: Pads,
    in_force: ArcSwap<InForce>,
    observer: Option<Arc<dyn Observe>>,
    /// Of the words alone.
    words: String,
    /// Below this a person decides, and wants to know who has answered such messages.
    min_confidence: f32,
}

/// The models in force, and the version of all that decides.
#[derive(Debug)]
struct InForce {
    judges: Judges,
    version: Arc<str>,
}

impl InForce {
    fn new(words: &str, judges: Judges) -> Self {
        let version = match judges.version.as_str() {
            "" => words.into(),
            models => format!("{models}+{words}").into(),
        };
        Self { judges, version }
    }
}

impl Engine {
    /// Compiles the pack's words, names and outlines. Takes tens of milliseconds for a large city. Without models until
    /// [`Engine::adopt`].
    ///
    /// # Panics
    /// When the pack has so many words (gigabytes) that no automaton can hold them.
    #[must_use]
    pub fn new(pack: &CityPack) -> Self {
        let words = version::of_pack(pack);
        let keywords = Keywords::new(&pack.taxonomy);
        let kinds = Kinds::new(&pack.taxonomy);
        let urgencies = Urgencies::new(&pack.taxonomy);
        let places = Places::new(pack);
        let lists = [
            keywords.spelled(),
            kinds.spelled(),
            urgencies.spelled(),
            places.spelled(),
        ];
        Self {
            lists: Lists::new(lists),
            pads: Pads::default(),
            keywords,
            kinds,
            urgencies,
            places,
            in_force: ArcSwap::from_pointee(InForce::new(&words, Judges::default())),
            observer: None,
            words,
            min_confidence: pack.city.min_confidence as f32,
        }
    }

    /// The same with models from the start.
    ///
    /// # Panics
    /// As [`Engine::new`].
    #[must_use]
    pub fn with_models(pack: &CityPack, models: &[Arc<Model>]) -> Self {
        let engine = Self::new(pack);
        engine.adopt(pack, models);
        engine
    }

    /// Shows an observer what the models say of every message from now on.
    #[must_use]
    pub fn observed_by(mut self, observer: Arc<dyn Observe>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Puts models in force, those of them that know the pack, which must be the one that the engine was made of. Batches
    /// under way finish with the models that they began with.
    pub fn adopt(&self, pack: &CityPack, models: &[Arc<Model>]) {
        let judges = Judges::new(pack, models);
        self.in_force
            .store(Arc::new(InForce::new(&self.words, judges)));
    }

    /// Classifies one complaint.
    #[must_use]
    pub fn classify_one(&self, complaint: &Complaint) -> Classification {
        let mut pad = self.pads.take(&self.keywords);
        let told = self.read(complaint, &self.in_force.load(), &mut pad, &mut ());
        self.pads.put_back(pad);
        told
    }

    /// Classifies a batch while somebody looks at the clock.
    #[must_use]
    pub fn classify_watched(
        &self,
        complaints: &[Complaint],
        watch: &mut impl Watch,
    ) -> Vec<Classification> {
        let (in_force, mut pad) = (self.in_force.load_full(), self.pads.take(&self.keywords));
        let told = complaints
            .iter()
            .map(|complaint| self.read(complaint, &in_force, &mut pad, watch));
        let told = told.collect();
        self.pads.put_back(pad);
        told
    }

    fn read(
        &self,
        complaint: &Complaint,
        in_force: &InForce,
        pad: &mut Pad,
        watch: &mut impl Watch,
    ) -> Classification {
        let Pad {
            room,
            hits,
            words,
            scratch,
            signs,
            cues,
        } = pad;
        let (judges, observer) = (&in_force.judges, self.observer.as_deref());
        self.lists.find(&complaint.text, room, hits);
        let reading = &mut Reading::new(&self.keywords, words);
        watch.done(Part::Phrases);
        let [keywords, signs_of_kinds, cues_found, names] = &*hits;
        reading.read(complaint, keywords);
        watch.done(Part::Keywords);
        let language = language::decide(complaint, reading);
        watch.done(Part::Language);
        let judgement = judges.judge(complaint, language.value, scratch, observer);
        watch.done(Part::Models);
        let topic = topic::decide(&self.keywords, complaint, reading, &judgement);
        watch.done(Part::Topic);
        let kind = self.kinds.decide(complaint, signs_of_kinds, signs);
        watch.done(Part::Kind);
        let second = judges.second(language.value).map(|second| urgency::Asked {
            second,
            scratch,
            observer,
        });
        let urgency = self.urgencies.decide(
            (complaint, cues_found),
            topic.urgency,
            kind.value,
            second,
            cues,
        );
        watch.done(Part::Urgency);
        let place = self.places.find(complaint, names);
        watch.done(Part::Place);
        let units = match topic.confidence < self.min_confidence {
            true => judges.units(complaint, language.value, scratch, observer),
            false => Vec::new(),
        };
        watch.done(Part::Models);
        let mut evidence = topic.evidence;
        let one = |about, found: Option<(String, f32)>| {
            found.map(|(found, weight)| Evidence {
                about,
                found,
                weight,
            })
        };
        evidence.extend(one(EvidenceAbout::Urgency, urgency.found));
        evidence.extend(one(EvidenceAbout::Kind, kind.found));
        evidence.extend(one(EvidenceAbout::Language, language.found));
        evidence.extend(place.evidence);
        let classification = Classification {
            category: topic.category,
            kind: kind.value,
            urgency: urgency.value,
            language: language.value,
            place: place.area,
            place_candidates: place.candidates,
            confidence: topic.confidence,
            alternatives: topic.alternatives,
            evidence,
            model: in_force.version.to_string(),
            hints: Hints {
                group: judgement.group,
                units,
                ..Hints::default()
            },
        };
        watch.done(Part::Answer);
        classification
    }
}

impl Classify for Engine {
    fn classify(&self, complaints: &[Complaint]) -> Vec<Classification> {
        self.classify_watched(complaints, &mut ())
    }

    fn version(&self) -> Arc<str> {
        Arc::clone(&self.in_force.load().version)
    }

    fn explain(&self, complaint: &Complaint, limit: usize) -> (Classification, Vec<Reason>) {
        self.explain_one(complaint, limit)
    }
}

/// A value that was decided, and the pack's word that decided it with its weight, if one did.
#[derive(Debug, Clone, PartialEq)]
struct Told<T> {
    value: T,
    found: Option<(String, f32)>,
}

impl<T> Told<T> {
    /// Decided by something that is no word of the pack.
    const fn silently(value: T) -> Self {
        Self { value, found: None }
    }
}
