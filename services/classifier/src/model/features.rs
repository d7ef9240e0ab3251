//! N-grams as 64-bit keys: a hash that is rolled from character to character, and the mark of the block.
//!
//! A key does not depend on the vocabulary, so counts of keys can be kept where the text may not be. Two n-grams share a key
//! with a chance of 2⁻⁶⁰; the trainer refuses a vocabulary where it happens to two of its own.

use std::ops::Range;

use super::lexicon::Lexicon;
use super::normal::{BREAK, Spelled, normalise};
use super::recipe::{Block, Recipe, Unit};
use super::{Fields, Model};

/// The low bits of a key say which sort of block it is of.
pub(super) const TAG_MASK: u64 = 15;

/// Where every hash begins.
pub(super) const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// What stands between the words of an n-gram of words: no character.
const SPACE: u32 = 0x11_0000;
/// The end of a word, as a character of it.
const EDGE: u32 = 0x11_0001;

/// The hash with one more character.
pub(super) const fn step(hash: u64, c: u32) -> u64 {
    (hash.rotate_left(23) ^ c as u64).wrapping_mul(0xff51_afd7_ed55_8ccd)
}

/// The key of what was hashed.
const fn key(hash: u64, tag: u64) -> u64 {
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    ((mixed ^ (mixed >> 29)) & !TAG_MASK) | tag
}

/// Calls `found` with the key and the place of every n-gram of the block, in the order of the text.
pub(super) fn grams(
    block: &Block,
    chars: &[u32],
    head: usize,
    lexicon: &Lexicon,
    found: impl FnMut(u64, Range<usize>),
) {
    let chars = if block.head {
        &chars[..chars.len().min(head)]
    } else {
        chars
    };
    match block.unit {
        Unit::Chars => of_chars(block, chars, found),
        Unit::Words => of_words(block, chars, found),
        Unit::WordChars => of_word_chars(block, chars, found),
        Unit::Lexicon => of_lexicon(block, chars, lexicon, found),
        Unit::LexiconPairs => of_lexicon_pairs(block, chars, lexicon, found),
    }
}

fn of_chars(block: &Block, chars: &[u32], mut found: impl FnMut(u64, Range<usize>)) {
    let (from, to, tag) = (usize::from(block.from), usize::from(block.to), block.tag());
    if (from, to) == (1, 2) {
        return of_pairs(tag, chars, found);
    }
    for start in 0..chars.len() {
        let mut hash = SEED;
        for (length, c) in (1..=to).zip(&chars[start..]) {
            if *c == BREAK {
                break;
            }
            hash = step(hash, *c);
            if length >= from {
                found(key(hash, tag), start..start + length);
            }
        }
    }
}

/// One and two characters: what nearly all recipes count.
fn of_pairs(tag: u64, chars: &[u32], mut found: impl FnMut(u64, Range<usize>)) {
    for (start, c) in chars.iter().enumerate() {
        if *c == BREAK {
            continue;
        }
        let hash = step(SEED, *c);
        found(key(hash, tag), start..start + 1);
        if let Some(next) = chars.get(start + 1).filter(|next| **next != BREAK) {
            found(key(step(hash, *next), tag), start..start + 2);
        }
    }
}

fn of_words(block: &Block, chars: &[u32], mut found: impl FnMut(u64, Range<usize>)) {
    let (from, to, tag) = (usize::from(block.from), usize::from(block.to), block.tag());
    let mut start = 0;
    while start < chars.len() {
        let (mut hash, mut place, mut next) = (SEED, start, chars.len());
        for words in 1..=to {
            while let Some(c) = chars.get(place).filter(|c| **c != BREAK) {
                hash = step(hash, *c);
                place += 1;
            }
            if words == 1 {
                next = place + 1;
            }
            if words >= from {
                found(key(hash, tag), start..place);
            }
            if place == chars.len() {
                break;
            }
            hash = step(hash, SPACE);
            place += 1;
        }
        start = next;
    }
}

fn of_word_chars(block: &Block, chars: &[u32], mut found: impl FnMut(u64, Range<usize>)) {
    let (from, to, tag) = (usize::from(block.from), usize::from(block.to), block.tag());
    let mut start = 0;
    for word in chars.split(|c| *c == BREAK) {
        // The edge before the word stands at 0, its letters from 1, the edge behind it after them.
        for first in 0..=word.len() {
            let last = first + to.min(word.len() + 2 - first) - 1;
            let begin = first.saturating_sub(1);
            let (mut hash, mut length) = (SEED, 0);
            if first == 0 {
                (hash, length) = (step(hash, EDGE), 1);
            }
            for (place, c) in (begin..).zip(&word[begin..last.min(word.len())]) {
                hash = step(hash, *c);
                length += 1;
                if length >= from {
                    found(key(hash, tag), start + begin..start + place + 1);
                }
            }
            if last > word.len() && length + 1 >= from && begin < word.len() {
                found(
                    key(step(hash, EDGE), tag),
                    start + begin..start + word.len(),
                );
            }
        }
        start += word.len() + 1;
    }
}

fn of_lexicon(
    block: &Block,
    chars: &[u32],
    lexicon: &Lexicon,
    mut found: impl FnMut(u64, Range<usize>),
) {
    let tag = block.tag();
    lexicon.words(chars, |hash, place| found(key(hash, tag), place));
}

fn of_lexicon_pairs(
    block: &Block,
    chars: &[u32],
    lexicon: &Lexicon,
    mut found: impl FnMut(u64, Range<usize>),
) {
    let tag = block.tag();
    let mut last: Option<(u64, usize)> = None;
    lexicon.words(chars, |hash, place| {
        if let Some((before, start)) = last {
            let both = before.rotate_left(17).wrapping_mul(SEED) ^ hash;
            found(key(both, tag), start..place.end);
        }
        last = Some((hash, place.start));
    });
}

/// Reads texts as a recipe says, for those who learn from them.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    recipe: &'a Recipe,
    lexicon: &'a Lexicon,
    spelled: Spelled,
    keys: Vec<u64>,
}

impl<'a> Reader<'a> {
    /// A reader by this recipe, which must be valid, and the words of this lexicon.
    #[must_use]
    pub const fn new(recipe: &'a Recipe, lexicon: &'a Lexicon) -> Self {
        Self {
            recipe,
            lexicon,
            spelled: Spelled {
                chars: Vec::new(),
                at: Vec::new(),
            },
            keys: Vec::new(),
        }
    }

    /// A reader as this model reads.
    #[must_use]
    pub const fn of(model: &'a Model) -> Self {
        Self::new(&model.header.recipe, &model.lexicon)
    }

    /// Every key that stands in the text and how often, the smallest key first. `head` says how long the head is where it
    /// is not the recipe's.
    pub fn features(&mut self, fields: Fields<'_>, head: Option<u16>) -> Vec<(u64, u16)> {
        let head = usize::from(head.unwrap_or(self.recipe.head));
        normalise(self.recipe.spelling, fields, &mut self.spelled);
        self.keys.clear();
        for block in &self.recipe.blocks {
            grams(block, &self.spelled.chars, head, self.lexicon, |key, _| {
                self.keys.push(key);
            });
        }
        self.keys.sort_unstable();
        let times = |same: &[u64]| (same[0], u16::try_from(same.len()).unwrap_or(u16::MAX));
        self.keys.chunk_by(|a, b| a == b).map(times).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Counts, Spelling};
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn block(unit: Unit, from: u8, to: u8, head: bool) -> Block {
        Block {
            unit,
            head,
            from,
            to,
            weight: 1.0,
            counts: Counts::Log,
        }
    }

    /// The n-grams of a text as text, a space for a break.
    fn read(spelling: Spelling, block: &Block, text: &str) -> Vec<String> {
        let lexicon = Lexicon::new(["公交", "公交车", "车站"], Spelling::Han).unwrap();
        let mut spelled = Spelled::default();
        normalise(spelling, Fields::from(text), &mut spelled);
        let chars = spelled.chars;
        let shown = |c: &u32| char::from_u32(*c).filter(|c| *c != '\0').unwrap_or(' ');
        let mut all = Vec::new();
        grams(block, &chars, 3, &lexicon, |_, place| {
            all.push(chars[place].iter().map(shown).collect());
        });
        all
    }

    #[test]
    fn characters_words_and_heads_are_told_apart() {
        let han = |block: &Block, text| read(Spelling::Han, block, text);
        assert_eq!(
            han(&block(Unit::Chars, 1, 2, false), "路，灯坏"),
            ["路", "灯", "灯坏", "坏"]
        );
        assert_eq!(
            han(&block(Unit::Chars, 2, 2, true), "路灯坏了"),
            ["路灯", "灯坏"]
        );
        let lexicon = block(Unit::Lexicon, 1, 1, false);
        assert_eq!(
            han(&lexicon, "公交车站，车站公交"),
            ["公交车", "车站", "公交"]
        );
        let pairs = block(Unit::LexiconPairs, 1, 1, false);
        assert_eq!(han(&pairs, "公交到车站"), ["公交到车站"]);
        let words = |block: &Block, text| read(Spelling::Words, block, text);
        assert_eq!(
            words(&block(Unit::Words, 1, 2, false), "No heat today"),
            ["no", "no heat", "heat", "heat today", "today"]
        );
        assert_eq!(
            words(&block(Unit::WordChars, 3, 3, false), "no ad"),
            ["no", "no", "ad", "ad"]
        );
        assert_eq!(
            words(&block(Unit::Words, 1, 2, false), ""),
            Vec::<String>::new()
        );
    }

    #[test]
    fn the_same_gram_of_another_block_has_another_key() {
        let mut spelled = Spelled::default();
        normalise(Spelling::Han, Fields::from("路灯"), &mut spelled);
        let mut keys = BTreeSet::new();
        for head in [false, true] {
            let block = block(Unit::Chars, 1, 2, head);
            grams(&block, &spelled.chars, 9, &Lexicon::default(), |key, _| {
                assert_eq!(key & TAG_MASK, block.tag());
                keys.insert(key);
            });
        }
        assert_eq!(keys.len(), 6);
    }

    #[test]
    fn features_are_counted_by_key() {
        let recipe = Recipe {
            spelling: Spelling::Han,
            head: 2,
            blocks: vec![
                block(Unit::Chars, 1, 1, false),
                block(Unit::Chars, 1, 1, true),
            ],
        };
        let lexicon = Lexicon::default();
        let mut reader = Reader::new(&recipe, &lexicon);
        let counts = |features: Vec<(u64, u16)>| {
            let mut counts: Vec<_> = features.iter().map(|(_, count)| *count).collect();
            counts.sort_unstable();
            counts
        };
        assert_eq!(
            counts(reader.features(Fields::from("水水水"), None)),
            [2, 3]
        );
        assert_eq!(
            counts(reader.features(Fields::from("水水水"), Some(1))),
            [1, 3]
        );
        assert_eq!(
            recipe.block_of(reader.features(Fields::from("水"), None)[0].0 & !1),
            Some(0)
        );
    }

    proptest! {
        #[test]
        fn every_place_lies_in_the_text(text in ".{0,60}", from in 1_u8..4, more in 0_u8..4, head in any::<bool>()) {
            let lexicon = Lexicon::new(["公交", "公交车站"], Spelling::Han).unwrap();
            for spelling in [Spelling::Han, Spelling::Words] {
                let mut spelled = Spelled::default();
                normalise(spelling, Fields::from(&*text), &mut spelled);
                let chars = spelled.chars;
                for unit in [Unit::Chars, Unit::Words, Unit::WordChars, Unit::Lexicon, Unit::LexiconPairs] {
                    grams(&block(unit, from, from + more, head), &chars, 9, &lexicon, |_, place| {
                        assert!(place.start < place.end && place.end <= chars.len());
                    });
                }
            }
        }
    }
}
