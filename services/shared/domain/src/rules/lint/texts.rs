//! What rules ask of a text, as a constraint that can be narrowed and tested exactly.
//!
//! A text that has a word also has the words within it: `停水了` has `停水`. Nothing else is forced, for any words can be
//! written side by side with a mark between them that no keyword has. So a text that has one word of each of some
//! lists and none of another exists exactly when each list has a word that brings none of the unwanted ones.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::super::condition::{Choice, Rule};
use super::super::keywords::KeywordsBuilder;

/// Numbers of words, ascending and each once.
type WordSet = Vec<u32>;

/// All keywords of a rule set, and which are found within which.
#[derive(Debug)]
pub(super) struct Texts {
    words: Vec<String>,
    numbers: HashMap<String, u32>,
    /// For every word the words that a text with it has, itself among them.
    within: Vec<WordSet>,
    /// A character that no keyword has.
    mark: char,
}

impl Texts {
    pub(super) fn of(rules: &[Rule]) -> Self {
        let keywords = rules.iter().flat_map(|rule| {
            let Choice { any_of, none_of } = &rule.when.keywords;
            any_of.iter().chain(none_of)
        });
        let distinct: BTreeSet<String> = keywords.map(|word| word.to_lowercase()).collect();
        let words: Vec<String> = distinct.into_iter().collect();
        let numbers: HashMap<String, u32> = words.iter().cloned().zip(0..).collect();
        let within = within(&words, &numbers);
        let used: BTreeSet<char> = words.iter().flat_map(|word| word.chars()).collect();
        // No alphanumeric mark, so that words on either side stand alone; private-use characters never run out.
        let mut marks = "/;|\n".chars().chain('\u{e000}'..='\u{f8ff}');
        Self {
            mark: marks.find(|mark| !used.contains(mark)).unwrap_or('\0'),
            within,
            numbers,
            words,
        }
    }

    /// What a rule asks of the text.
    pub(super) fn need(&self, keywords: &Choice<Arc<str>>) -> TextNeed {
        let set = |list: &[Arc<str>]| -> WordSet {
            let numbers = list
                .iter()
                .filter_map(|word| self.numbers.get(&word.to_lowercase()));
            numbers
                .copied()
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect()
        };
        let wanted = set(&keywords.any_of);
        TextNeed {
            one_of: if keywords.any_of.is_empty() {
                Vec::new()
            } else {
                vec![wanted]
            },
            none_of: set(&keywords.none_of),
        }
    }

    /// A text that fulfils a need which can be fulfilled.
    pub(super) fn example(&self, need: &TextNeed) -> String {
        let mut chosen: Vec<u32> = Vec::new();
        for list in &need.one_of {
            let has = |word: &u32| {
                chosen
                    .iter()
                    .any(|chosen| self.within[*chosen as usize].contains(word))
            };
            if !list.iter().any(has) {
                chosen.extend(list.iter().find(|word| need.permits(self, **word)));
            }
        }
        let words: Vec<&str> = chosen
            .iter()
            .map(|word| self.words[*word as usize].as_str())
            .collect();
        words.join(&self.mark.to_string())
    }
}

/// For every word the words found in it, as the decision finds them.
fn within(words: &[String], numbers: &HashMap<String, u32>) -> Vec<WordSet> {
    let mut builder = KeywordsBuilder::default();
    let mut order: HashMap<&str, usize> = HashMap::new();
    for (number, word) in words.iter().enumerate() {
        builder.add(&Choice {
            any_of: [Arc::from(word.as_str())].into(),
            none_of: Box::default(),
        });
        order.insert(word, number);
    }
    let matcher = builder.build();
    let found_in = |word: &String| {
        let found = matcher.found_in(word);
        let starts: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
        let ends = || starts.iter().skip(1).copied().chain([word.len()]);
        let parts = starts.iter().flat_map(|from| {
            let longer = ends().filter(move |to| to > from);
            longer.map(move |to| &word[*from..to])
        });
        // Only a word that is a part of it can be found in it; the matcher says which of them stand alone.
        let candidates: BTreeSet<u32> = parts
            .filter_map(|part| numbers.get(part))
            .copied()
            .filter(|number| found.contains(order[words[*number as usize].as_str()]))
            .collect();
        candidates.into_iter().collect()
    };
    words.iter().map(found_in).collect()
}

/// Texts with one word of each list and none of another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct TextNeed {
    one_of: Vec<WordSet>,
    none_of: WordSet,
}

/// The ways out of what a rule asks of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WaysOut {
    /// None of the words that it wants.
    pub(super) has_no_wanted: bool,
    /// One of the words that it does not want.
    pub(super) has_unwanted: bool,
}

impl TextNeed {
    pub(super) fn is_anything(&self) -> bool {
        self.one_of.is_empty() && self.none_of.is_empty()
    }

    /// Whether some text fulfils it.
    pub(super) fn is_possible(&self, texts: &Texts) -> bool {
        self.one_of.iter().all(|list| self.offers(texts, list))
    }

    /// Whether a text that fulfils it may have this word.
    fn permits(&self, texts: &Texts, word: u32) -> bool {
        self.none_of.is_empty()
            || texts.within[word as usize]
                .iter()
                .all(|word| self.none_of.binary_search(word).is_err())
    }

    fn offers(&self, texts: &Texts, list: &[u32]) -> bool {
        list.iter().any(|word| self.permits(texts, *word))
    }

    /// How texts of this need can fail a rule's need, which is one list at most; `None` when none of them meets it.
    pub(super) fn ways_out(&self, texts: &Texts, rule: &Self) -> Option<WaysOut> {
        let mut both = self.clone();
        both.ban(&rule.none_of);
        let wanted = rule.one_of.first();
        both.one_of.extend(wanted.cloned());
        if !both.is_possible(texts) {
            return None;
        }
        let has_no_wanted = wanted.is_some_and(|wanted| {
            let mut without = self.clone();
            without.ban(wanted);
            without.is_possible(texts)
        });
        Some(WaysOut {
            has_no_wanted,
            has_unwanted: self.offers(texts, &rule.none_of),
        })
    }

    /// Leaves only texts with none of the words that the rule wants.
    pub(super) fn without_wanted(&mut self, rule: &Self) {
        rule.one_of.iter().for_each(|wanted| self.ban(wanted));
    }

    /// Leaves only texts with one of the words that the rule wants.
    pub(super) fn with_wanted(&mut self, rule: &Self) {
        self.one_of.extend(rule.one_of.iter().cloned());
    }

    /// Leaves only texts with one of the words that the rule does not want.
    pub(super) fn with_unwanted(&mut self, rule: &Self) {
        self.one_of.push(rule.none_of.clone());
    }

    /// Leaves only texts with none of the words that the rule does not want.
    pub(super) fn without_unwanted(&mut self, rule: &Self) {
        self.ban(&rule.none_of);
    }

    fn ban(&mut self, words: &[u32]) {
        self.none_of.extend(words);
        self.none_of.sort_unstable();
        self.none_of.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use super::*;

    fn choice(any_of: &[&str], none_of: &[&str]) -> Choice<Arc<str>> {
        let list = |words: &[&str]| words.iter().map(|word| Arc::from(*word)).collect();
        Choice {
            any_of: list(any_of),
            none_of: list(none_of),
        }
    }

    fn texts() -> Texts {
        let rules = read(
            "- {when: {keywords: {any_of: [停水, 停水了, gas, gas leak, leak/]}}}\n\
             - {when: {keywords: {none_of: [GASP]}}}",
        );
        Texts::of(rules.rules())
    }

    #[test]
    fn a_word_brings_those_within_it_that_stand_alone() {
        let texts = texts();
        let possible = |any, none| texts.need(&choice(any, none)).is_possible(&texts);
        assert!(possible(&["停水"], &["停水了"]));
        assert!(!possible(&["停水了"], &["停水"]));
        assert!(!possible(&["gas leak"], &["gas"]));
        assert!(possible(&["gasp"], &["gas"]));
        assert!(possible(&["停水了", "gas"], &["停水"]));
    }

    #[test]
    fn an_example_has_what_is_wanted_and_nothing_that_is_not() {
        let texts = texts();
        let mut need = texts.need(&choice(&["停水了", "gas leak"], &["停水"]));
        need.with_wanted(&texts.need(&choice(&["gas"], &[])));
        need.with_wanted(&texts.need(&choice(&["gasp"], &[])));
        // The mark is none that a keyword has.
        assert_eq!(texts.example(&need), "gas leak;gasp");
    }

    #[test]
    fn the_ways_out_of_a_rule_are_exact() {
        let texts = texts();
        let rule = texts.need(&choice(&["停水", "gas"], &["gasp"]));
        let ways = |need: &TextNeed| need.ways_out(&texts, &rule);
        let of = |has_no_wanted, has_unwanted| {
            Some(WaysOut {
                has_no_wanted,
                has_unwanted,
            })
        };
        assert_eq!(ways(&TextNeed::default()), of(true, true));
        let water = texts.need(&choice(&["停水了"], &[]));
        assert_eq!(ways(&water), of(false, true));
        let calm = texts.need(&choice(&["停水了", "gas leak"], &["gasp"]));
        assert_eq!(ways(&calm), of(false, false));
        assert_eq!(ways(&texts.need(&choice(&["gasp"], &[]))), None);
    }
}
