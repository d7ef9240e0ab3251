//! `city.yaml`: what holds for the whole city.

use jiff::tz::TimeZone;

use super::{CallbackTerms, Names, Term, UnitClass};
use crate::vocabulary::{Lane, Language};

/// The city itself.
#[derive(Debug, Clone)]
pub struct City {
    /// The city's id, such as `beijing`: letters, digits, `.`, `_`, `-`.
    pub id: String,
    /// Its name.
    pub name: Names,
    /// Its time zone: calendars and duty hours are read in it.
    pub time_zone: TimeZone,
    /// The language that every name of the pack has.
    pub default_language: Language,
    /// The languages that the city speaks with its citizens, the default one among them.
    pub languages: Box<[Language]>,
    /// Where the pack's facts come from.
    pub sources: Box<[FactSource]>,
    /// Below this confidence (0 to 1) a person decides instead of the classifier.
    pub min_confidence: f64,
    /// From this score (0 to 1) on an answer of the knowledge base is given without a person; `None`: never.
    pub answer_from: Option<f64>,
    /// How offers to teams move.
    pub offers: OfferTerms,
    /// What the word of a citizen who was called back does.
    pub callbacks: CallbackTerms,
    /// The classes of units that are ranked against each other, in the order in which rankings are shown.
    pub ranked_classes: Box<[UnitClass]>,
}

/// Where a fact of the pack comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactSource {
    /// Which facts.
    pub what: String,
    /// Where they were found.
    pub origin: String,
    /// The licence they are under.
    pub licence: String,
}

/// How long an offer waits for a signature, and how often it may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferTerms {
    pub(super) emergency: Term,
    pub(super) urgent: Term,
    pub(super) normal: Term,
    /// After this many offers (at least 1) a person decides.
    pub max_hops: u32,
    /// From so many reopenings on (at least 1) supervision looks after a case.
    pub supervise_from: u32,
}

impl OfferTerms {
    /// How long an offer in this lane waits before it moves on.
    #[must_use]
    pub fn sign_within(&self, lane: Lane) -> Term {
        match lane {
            Lane::Emergency => self.emergency,
            Lane::Urgent => self.urgent,
            Lane::Normal => self.normal,
        }
    }
}
