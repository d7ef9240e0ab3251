//! What intake has to know of its city: where it lies, and which words mean danger.

use aho_corasick::AhoCorasick;
use swiftline_domain::city::CityPack;
use swiftline_domain::complaint::Extent;
use swiftline_domain::vocabulary::Urgency;

/// The part of a city pack that the door needs.
#[derive(Debug, Clone)]
pub(crate) struct City {
    /// The rectangle around the city, for telling a swapped latitude and longitude.
    pub(crate) extent: Option<Extent>,
    /// The pack's words for danger to life or property.
    pub(crate) danger: Danger,
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
        }
    }
}

/// Finds words of danger in a text. Looked up only under overload, where a wrong yes costs little and a wrong no much:
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
