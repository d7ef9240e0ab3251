//! The city pack in force, and what the router has to know of it beforehand.

use swiftline_domain::city::CityPack;

/// A city pack.
#[derive(Debug)]
pub(crate) struct City {
    /// The pack.
    pub(crate) pack: CityPack,
    /// Some rule asks for words, so texts have to be lower-cased.
    pub(crate) asks_words: bool,
}

impl City {
    pub(crate) fn of(pack: CityPack) -> Self {
        let mut rules = pack.rules.rules().iter();
        Self {
            asks_words: rules.any(|rule| !rule.when.keywords.is_empty()),
            pack,
        }
    }
}
