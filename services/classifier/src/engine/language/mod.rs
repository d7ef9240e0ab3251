//! The language of the text, from the cheapest sure sign to the dearest: the operator's word; the script and its letters;
//! the words of a language; the trigram identifier where it is confident; the language of the pack's words found.
//!
//! In a text of two scripts the one with more in it wins, unless only the other has the grammar of a sentence: an
//! address in Chinese characters does not make an English message Chinese, nor do brand names make a Chinese one English.

mod alike;
mod dialect;
mod fold;
mod pinyin;
mod script;
mod wordlist;
mod words;

use swiftline_domain::complaint::Complaint;
use swiftline_domain::vocabulary::Language;

use self::script::Script;
use self::words::{Said, Tongue};
use super::Told;
use super::reading::Reading;

/// The identifier's answer goes before the pack's words when it is this sure (0 to 1).
const SURE: f64 = 0.8;

/// It is taken when no word tells more and it is this sure.
const FLOOR: f64 = 0.1;

/// The same for texts of fewer than [`SHORT_LETTERS`] letters of which no word speaks for the answer: it mostly guesses.
const SHORT_FLOOR: f64 = 0.6;
const SHORT_LETTERS: usize = 24;

/// The language shows in the first so many bytes; a long letter need not be read whole.
const ENOUGH_BYTES: usize = 400;

/// The identifier is a hundred times dearer than the words, so it reads less.
const ENOUGH_FOR_TRIGRAMS: usize = 100;

pub(super) fn decide(complaint: &Complaint, reading: &Reading<'_>) -> Told<Language> {
    if let Some(language) = complaint.language {
        return Told::silently(language);
    }
    match of_text(&complaint.text) {
        Guess::Sure(language) => Told::silently(language),
        Guess::Perhaps(guess) => {
            if let Some((language, find)) = reading.language_of_words() {
                return Told {
                    value: language,
                    found: Some((find.word.to_string(), find.weight)),
                };
            }
            Told::silently(guess.unwrap_or(Language::UNDETERMINED))
        }
    }
}

/// What the text alone tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guess {
    /// Nothing else need be asked.
    Sure(Language),
    /// Other signs go first.
    Perhaps(Option<Language>),
}

/// The language that a text shows by itself.
pub(super) fn of_text(text: &str) -> Guess {
    let text = beginning(text, ENOUGH_BYTES);
    let script = Script::of(text);
    let other = script.language(text);
    let Some(language) = other else {
        return latin(text, &script);
    };
    if script.latin == 0 {
        return Guess::Sure(language);
    }
    let is_mostly_latin = script.latin > script.others();
    if !is_mostly_latin && (script.grammar > 0 || script.eastern() == 0) {
        return Guess::Sure(language);
    }
    match Said::of(text).language() {
        Some(latin) if latin != Tongue::Pinyin => Guess::Sure(latin.language()),
        _ => Guess::Sure(language),
    }
}

/// The language of a text in the Latin script, or of none.
fn latin(text: &str, script: &Script) -> Guess {
    if script.latin == 0 {
        return Guess::Perhaps(None);
    }
    let said = Said::of(text);
    if let Some(tongue) = said.language() {
        return Guess::Sure(tongue.language());
    }
    let by_word = said.leaning().map(Tongue::language);
    let by_trigrams = dialect::identify(beginning(text, ENOUGH_FOR_TRIGRAMS));
    match (by_word, by_trigrams) {
        (Some(word), Some((trigrams, _))) if word == trigrams => Guess::Sure(word),
        (Some(word), _) => Guess::Perhaps(Some(word)),
        (None, Some((language, sure))) => {
            let is_long = script.latin >= SHORT_LETTERS;
            let floor = if said.speaks_for(language) || is_long {
                FLOOR
            } else {
                SHORT_FLOOR
            };
            if is_long && sure >= SURE {
                Guess::Sure(language)
            } else {
                Guess::Perhaps(Some(language).filter(|_| sure >= floor))
            }
        }
        (None, None) => Guess::Perhaps(None),
    }
}

/// The first so many bytes, cut between characters.
fn beginning(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests;
