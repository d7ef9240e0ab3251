//! What intake has to know of its city: where it lies, and which words mean danger.

use std::sync::Arc;

use aho_corasick::AhoCorasick;
use jiff::Timestamp;
use swiftline_domain::calendar::Calendar;
use swiftline_domain::city::{CityPack, KnowledgeBase};
use swiftline_domain::complaint::Extent;
use swiftline_domain::id::EntryId;
use swiftline_domain::vocabulary::Urgency;

/// The part of a city pack that the door needs.
#[derive(Debug, Clone)]
pub(crate) struct City {
    /// The rectangle around the city, for telling a swapped latitude and longitude.
    pub(crate) extent: Option<Extent>,
    /// The pack's words for danger to life or property.
    pub(crate) danger: Danger,
    /// The entries that an operator may have read out.
    pub(crate) answers: Arc<Answers>,
}

impl City {
    pub(crate) fn of(pack: &CityPack) -> Self {
        let emergencies = pack.taxonomy.urgencies().iter();
        let words = emergencies
            .filter(|(urgency, _)| *urgency == Urgency::Emergency)
            .flat_map(|(_, words)| words.iter())
            .map(|(_, word)| word.as_ref());
        Self {
            extent: pack.outlines.extent(),
            danger: Danger::of(words),
            answers: Arc::new(Answers {
                entries: pack.knowledge.clone(),
                calendar: pack.calendar.clone(),
            }),
        }
    }
}

/// The knowledge base, and what day it is in the city.
#[derive(Debug)]
pub(crate) struct Answers {
    entries: KnowledgeBase,
    calendar: Calendar,
}

impl Answers {
    /// What is wrong with an entry that an operator is said to have read out at this time, if anything is.
    pub(crate) fn problem(&self, entry: &EntryId, now: Timestamp) -> Option<String> {
        let Some(known) = self.entries.get(entry.as_str()) else {
            return Some("names no entry of the city's knowledge base".to_owned());
        };
        let today = self.calendar.local(now).date();
        let last = known.valid_until.filter(|_| !known.holds_on(today))?;
        Some(format!("names an entry that held until {last} only"))
    }
}

/// Finds words of danger in a text. It decides only under overload, where a wrong yes costs little and a wrong no much:
/// so a word counts wherever it stands.
#[derive(Debug, Clone)]
pub(crate) struct Danger(Option<AhoCorasick>);

impl Danger {
    fn of<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let words: Vec<&str> = words.collect();
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(&words);
        // only more than 2^31 states could not be built
        Self(automaton.ok().filter(|_| !words.is_empty()))
    }

    /// Whether the text speaks of danger.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.0
            .as_ref()
            .is_some_and(|automaton| automaton.is_match(text))
    }
}

#[cfg(test)]
mod tests {
    use swiftline_domain::city::testing;

    use super::*;

    #[test]
    fn danger_is_found_in_any_case_and_language() {
        let danger = City::of(&testing::small_pack()).danger;
        assert!(danger.is_in("GAS LEAK in the cellar"));
        assert!(danger.is_in("楼道里燃气泄漏"));
        assert!(!danger.is_in("the street light is out"));
        assert!(!Danger::of([].into_iter()).is_in("on fire"));
    }
}
