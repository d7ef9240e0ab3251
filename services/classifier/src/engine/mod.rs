//! What a complaint is about: category, kind, urgency, language and place, told from the city pack's own words.
//!
//! [`Classify`] is the interface; everything outside this module uses only that. [`Engine`] is the version that needs
//! no training: it reads a text once for the taxonomy's keywords and once for the names of places, and looks
//! coordinates up in the outlines.
//!
//! Data structures: two `phrases::Phrases` automata (keywords, place names), an R-tree over the outlines' boxes, and a
//! scratch pad per batch, so that a message costs a few microseconds and allocates little but its answer.
//!
//! **Invariants**
//! - The same complaint and the same pack give the same classification, in every process.
//! - Evidence is a word or an id of the pack, or a language code; never a piece of the citizen's text.
//! - Confidence and every share lie in 0 to 1; the alternatives come best first and never repeat the category.

mod gazetteer;
mod language;
mod phrases;
mod place;
mod reading;
mod topic;
mod version;

#[cfg(test)]
mod tests;

use swiftline_domain::city::CityPack;
use swiftline_domain::classification::{Classification, Evidence, EvidenceAbout};
use swiftline_domain::complaint::Complaint;

use self::place::Places;
use self::reading::{Keywords, Reading};

/// Something that can say what complaints are about.
pub trait Classify: Send + Sync + 'static {
    /// One classification a complaint, in order. Pure, quick (microseconds a message) and deterministic.
    fn classify(&self, complaints: &[Complaint]) -> Vec<Classification>;

    /// The version of the model or word lists; it stands in every classification.
    fn version(&self) -> &str;
}

/// Classifies by the words of one city pack.
#[derive(Debug)]
pub struct Engine {
    keywords: Keywords,
    places: Places,
    version: String,
}

impl Engine {
    /// Compiles the pack's words, names and outlines. Takes tens of milliseconds for a large city.
    ///
    /// # Panics
    /// When the pack has so many words (gigabytes) that no automaton can hold them.
    #[must_use]
    pub fn new(pack: &CityPack) -> Self {
        Self {
            keywords: Keywords::new(&pack.taxonomy),
            places: Places::new(pack),
            version: version::of_pack(pack),
        }
    }

    /// Classifies one complaint.
    #[must_use]
    pub fn classify_one(&self, complaint: &Complaint) -> Classification {
        self.read(complaint, &mut Reading::new(&self.keywords))
    }

    fn read(&self, complaint: &Complaint, reading: &mut Reading<'_>) -> Classification {
        reading.read(complaint);
        let topic = topic::decide(&self.keywords, complaint, reading);
        let kind = reading.kind(complaint.kind);
        let urgency = reading.urgency(topic.urgency);
        let language = language::decide(complaint, reading);
        let place = self.places.find(complaint);
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
        Classification {
            category: topic.category,
            kind: kind.value,
            urgency: urgency.value,
            language: language.value,
            place: place.area,
            place_candidates: place.candidates,
            confidence: topic.confidence,
            alternatives: topic.alternatives,
            evidence,
            model: self.version.clone(),
        }
    }
}

impl Classify for Engine {
    fn classify(&self, complaints: &[Complaint]) -> Vec<Classification> {
        let mut reading = Reading::new(&self.keywords);
        complaints
            .iter()
            .map(|complaint| self.read(complaint, &mut reading))
            .collect()
    }

    fn version(&self) -> &str {
        &self.version
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
