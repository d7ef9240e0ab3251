//! What `cues.toml` says, compiled.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use swiftline_domain::city::Taxonomy;
use swiftline_domain::vocabulary::Urgency;

use super::super::phrases::Phrases;

/// The file as it is; a part of the version.
pub(in crate::engine) const FILE: &str = include_str!("cues.toml");

/// Groups of `seen` are bits of a `u128`.
const MAX_GROUPS: usize = 128;

/// What takes back, puts off or raises what was seen; each is explained where `cues.toml` lists its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Turn {
    Figure,
    Aside,
    Negation,
    CloseNegation,
    Settled,
    Wish,
    Past,
    Hypothesis,
    Talk,
    Risk,
    Habit,
    Now,
    Again,
    Contrast,
    And,
    Denial,
    Vulnerable,
    Device,
    Strain,
    Paper,
}

/// What a phrase means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The group it is of.
    Seen(usize),
    Turn(Turn),
    /// What the city says of it; goes before every rule about this phrase alone.
    City(Urgency),
}

/// Groups that together weigh so much.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) groups: Box<[usize]>,
    /// The groups as bits.
    pub(super) mask: u128,
    pub(super) points: f32,
    /// The words may stand in neighbouring clauses.
    pub(super) wide: bool,
    /// What is only supposed counts in full.
    pub(super) firm: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    seen: BTreeMap<String, Words>,
    rules: Vec<RuleText>,
    turns: BTreeMap<Turn, Words>,
}

/// By language.
type Words = BTreeMap<String, Vec<String>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    of: Vec<String>,
    points: f32,
    #[serde(default)]
    wide: bool,
    #[serde(default)]
    firm: bool,
}

/// The language's words and the city's, in one automaton, and the rules.
pub(super) fn compile(taxonomy: &Taxonomy) -> (Phrases<Meaning>, Vec<Rule>) {
    let file: File = toml::from_str(FILE).expect("cues.toml is read by a test");
    let numbers: BTreeMap<&str, usize> = file.seen.keys().map(String::as_str).zip(0..).collect();
    assert!(
        numbers.len() <= MAX_GROUPS,
        "cues.toml has more than {MAX_GROUPS} groups"
    );
    let seen =
        file.seen.values().zip(0..).flat_map(|(words, number)| {
            spelled(words).map(move |word| (word, Meaning::Seen(number)))
        });
    let turns = file
        .turns
        .iter()
        .flat_map(|(turn, words)| spelled(words).map(move |word| (word, Meaning::Turn(*turn))));
    let citys = taxonomy.urgencies().iter().flat_map(|(urgency, words)| {
        let meaning = Meaning::City(*urgency);
        words
            .iter()
            .map(move |(_, word)| (Arc::clone(word), meaning))
    });
    let phrases = Phrases::new(citys.chain(seen).chain(turns), true);
    let rules = file.rules.iter().map(|rule| {
        let groups: Box<[usize]> = rule.of.iter().map(|name| numbers[name.as_str()]).collect();
        Rule {
            mask: groups.iter().fold(0, |mask, group| mask | 1 << group),
            groups,
            points: rule.points,
            wide: rule.wide,
            firm: rule.firm,
        }
    });
    (phrases, rules.collect())
}

/// Every word, and with the curly apostrophe too where it has a straight one.
fn spelled(words: &Words) -> impl Iterator<Item = Arc<str>> {
    words.values().flatten().flat_map(|word| {
        let curly = word.contains('\'').then(|| word.replace('\'', "’").into());
        std::iter::once(Arc::from(word.as_str())).chain(curly)
    })
}

#[cfg(test)]
mod unit_tests {
    use swiftline_domain::city::testing::small_pack;

    use super::*;

    #[test]
    fn the_file_is_sound() {
        let (phrases, rules) = compile(&small_pack().taxonomy);
        assert!(phrases.len() > 1_000);
        for rule in &rules {
            assert!((1..=3).contains(&rule.groups.len()), "{rule:?}");
            assert_eq!(
                rule.mask.count_ones() as usize,
                rule.groups.len(),
                "{rule:?}"
            );
            assert!(rule.points > 0.0 && rule.points < 3.0, "{rule:?}");
        }
        let all = rules.iter().fold(0, |mask, rule| mask | rule.mask);
        let groups = all.trailing_ones();
        assert_eq!(all >> groups, 0, "a group that no rule uses: {groups}");
    }
}
