//! All keywords of a rule set in one automaton, so that a text is read once however many rules ask for words.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::AhoCorasick;

use super::bits::Bits;
use super::condition::Choice;

/// Finds which keywords a text has.
#[derive(Debug, Clone)]
pub(super) struct Keywords {
    automaton: Option<AhoCorasick>,
    count: usize,
}

impl Keywords {
    /// The numbers of the keywords that stand in this text, which must be lower-case.
    pub(super) fn found_in(&self, text: &str) -> Bits {
        let mut found = Bits::none(self.count);
        if let Some(automaton) = &self.automaton {
            for hit in automaton.find_overlapping_iter(text) {
                if stands_alone(text, hit.range()) {
                    found.insert(hit.pattern().as_usize());
                }
            }
        }
        found
    }
}

/// Whether a find is a word of its own as far as Latin letters and digits go; scripts without spaces need none.
fn stands_alone(text: &str, found: Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let alphanumeric = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_alphanumeric);
    let joined_before =
        found.start > 0 && alphanumeric(found.start) && alphanumeric(found.start - 1);
    let joined_after = alphanumeric(found.end - 1) && alphanumeric(found.end);
    !joined_before && !joined_after
}

/// The numbers of the keywords that one rule asks about.
#[derive(Debug, Clone)]
pub(super) struct RuleWords {
    /// One of these must be there; empty = not asked.
    wanted: Box<[usize]>,
    /// None of these may.
    unwanted: Box<[usize]>,
}

impl RuleWords {
    /// Whether some word is wanted and none of them was found.
    pub(super) fn misses_wanted(&self, found: &Bits) -> bool {
        !self.wanted.is_empty() && !self.wanted.iter().any(|word| found.contains(*word))
    }

    /// Whether a word was found that must not be there.
    pub(super) fn has_unwanted(&self, found: &Bits) -> bool {
        self.unwanted.iter().any(|word| found.contains(*word))
    }
}

/// Gathers the keywords of all rules and numbers them.
#[derive(Debug, Default)]
pub(super) struct KeywordsBuilder {
    numbers: HashMap<String, usize>,
    words: Vec<String>,
}

impl KeywordsBuilder {
    /// Adds a rule's keywords.
    pub(super) fn add(&mut self, choice: &Choice<Arc<str>>) {
        for word in choice.any_of.iter().chain(&choice.none_of) {
            let word = word.to_lowercase();
            if !self.numbers.contains_key(&word) {
                self.numbers.insert(word.clone(), self.words.len());
                self.words.push(word);
            }
        }
    }

    /// A rule's keywords, all of which must have been added; `None` when it asks for none.
    pub(super) fn compile(&self, choice: &Choice<Arc<str>>) -> Option<RuleWords> {
        let numbers = |words: &[Arc<str>]| {
            let number = |word: &Arc<str>| self.numbers[&word.to_lowercase()];
            words.iter().map(number).collect()
        };
        (!choice.is_empty()).then(|| RuleWords {
            wanted: numbers(&choice.any_of),
            unwanted: numbers(&choice.none_of),
        })
    }

    /// The automaton over all keywords added.
    pub(super) fn build(self) -> Keywords {
        // Only a set beyond 2^31 states cannot be built; without an automaton no keyword is ever found.
        let automaton = (!self.words.is_empty()).then(|| AhoCorasick::new(&self.words).ok());
        Keywords {
            automaton: automaton.flatten(),
            count: self.words.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &[&str], text: &str) -> Vec<usize> {
        let choice = Choice {
            any_of: words.iter().map(|w| Arc::from(*w)).collect(),
            none_of: [].into(),
        };
        let mut builder = KeywordsBuilder::default();
        builder.add(&choice);
        let bits = builder.build().found_in(text);
        (0..words.len())
            .filter(|number| bits.contains(*number))
            .collect()
    }

    #[test]
    fn latin_words_stand_alone_and_chinese_ones_need_not() {
        assert_eq!(found(&["gas", "燃气"], "i smell gas. 小区燃气泄漏"), [0, 1]);
        assert_eq!(found(&["gas"], "she gasps"), [] as [usize; 0]);
        assert_eq!(found(&["gas"], "biogas"), [] as [usize; 0]);
        assert_eq!(found(&["gas"], "gas"), [0]);
        assert_eq!(found(&["gas"], "有gas味"), [0]);
    }

    #[test]
    fn words_within_words_and_in_any_case_are_found() {
        assert_eq!(
            found(&["停水", "停水了", "Hot Water"], "停水了, no hot water"),
            [0, 1, 2]
        );
    }
}
