//! Which phrases begin here: the beginnings of all phrases in one table of hashes.
//!
//! Most places of a text begin no phrase, and a map of bits by the first two characters, which stays in the nearest cache, says
//! so. Only from where it lets pass is the table asked, character by character. An automaton reads every character of the text
//! by another row of a table of megabytes, and waits for memory at each.

use std::collections::{HashMap, HashSet};

/// Where every hash begins.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// The low bits of a node: the phrase that it is, or all of them for none. The bit above says that longer ones begin so; those
/// above it are the hash's, which with the node's place make 60 bits of it or more. So a table of tens of thousands of
/// beginnings stays in the second cache. An empty one has no hash, no phrase and nothing longer.
const PHRASE_BITS: u32 = 17;
const NONE: u64 = (1 << PHRASE_BITS) - 1;
const LONGER: u64 = 1 << PHRASE_BITS;
const HASH: u64 = !(LONGER | NONE);
const EMPTY: u64 = NONE;

/// Bits of the map of characters: the main plane of Unicode; others share.
const CHARACTER_BITS: usize = 1 << 16;

/// So many bits of the map of pairs for each pair, so that few are let pass by chance.
const BITS_A_PAIR: usize = 16;

/// The beginnings of phrases. Two beginnings are taken for each other with a chance of 2⁻⁶⁰.
#[derive(Debug)]
pub(super) struct Beginnings {
    /// Characters that are phrases.
    alone: Bits,
    pairs: Bits,
    /// Of two characters and more, and those of [`Self::alone`]. Open addressing, at most two thirds full.
    nodes: Box<[u64]>,
    shift: u32,
}

/// Where a phrase may begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    at: usize,
    /// Where the first character ends, and how many bytes the second has.
    first: usize,
    second: usize,
    /// The hash of the first, where it may be a phrase; and of both, where phrases may begin so.
    alone: Option<u64>,
    both: Option<u64>,
}

/// A set of small numbers.
#[derive(Debug)]
struct Bits(Box<[u64]>);

impl Bits {
    fn new(bits: usize) -> Self {
        Self(vec![0; bits.next_power_of_two().max(64) / 64].into())
    }

    fn set(&mut self, bit: usize) {
        let bit = bit & (self.0.len() * 64 - 1);
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    /// Numbers beyond the end share the bits of those before it.
    fn has(&self, bit: usize) -> bool {
        let bit = bit & (self.0.len() * 64 - 1);
        self.0[bit / 64] >> (bit % 64) & 1 == 1
    }
}

impl Beginnings {
    /// Of these phrases, which are numbered in their order. No two may be the same, in whatever case of ASCII letters.
    ///
    /// # Panics
    /// When there are more than 100,000.
    pub(super) fn new<'a>(phrases: impl Iterator<Item = &'a str>) -> Self {
        let mut nodes: HashMap<u64, u64> = HashMap::new();
        let (mut alone, mut pairs) = (Bits::new(CHARACTER_BITS), HashSet::new());
        for (number, phrase) in (0..).zip(phrases) {
            assert!(
                number < NONE,
                "a pack's words are tens of thousands at most"
            );
            let mut hash = SEED;
            let mut letters = phrase
                .chars()
                .map(|c| c.to_ascii_lowercase())
                .enumerate()
                .peekable();
            while let Some((place, letter)) = letters.next() {
                hash = step(hash, letter);
                let is_last = letters.peek().is_none();
                match place {
                    0 if is_last => alone.set(letter as usize),
                    0 => continue,
                    1 => drop(pairs.insert(hash)),
                    _ => {}
                }
                let node = nodes.entry(hash).or_insert(EMPTY);
                *node = match is_last {
                    true => (*node & !NONE) | number,
                    false => *node | LONGER,
                };
            }
        }
        let places = (nodes.len() * 3 / 2).next_power_of_two().max(16);
        let mut beginnings = Self {
            alone,
            pairs: Bits::new(pairs.len() * BITS_A_PAIR),
            nodes: vec![EMPTY; places].into(),
            shift: u64::BITS - places.trailing_zeros(),
        };
        pairs
            .iter()
            .for_each(|hash| beginnings.pairs.set(pair(*hash)));
        for (hash, node) in nodes {
            let at = beginnings.place(hash);
            beginnings.nodes[at] = (hash & HASH) | node;
        }
        beginnings
    }

    /// Whether a phrase may begin at `at` with this character, and this one behind it. Few that none begins with are let pass.
    #[inline]
    pub(super) fn start(&self, at: usize, first: char, second: Option<char>) -> Option<Start> {
        let first_hash = step(SEED, first.to_ascii_lowercase());
        let both = second.map(|second| step(first_hash, second.to_ascii_lowercase()));
        let both = both.filter(|both| self.pairs.has(pair(*both)));
        let alone = self.alone.has(first.to_ascii_lowercase() as usize);
        (alone || both.is_some()).then_some(Start {
            at,
            first: at + first.len_utf8(),
            second: second.map_or(0, char::len_utf8),
            alone: alone.then_some(first_hash),
            both,
        })
    }

    /// Calls back with each phrase that begins at one of these starts in `text`, and its start and end in bytes: by start, the
    /// shortest first. `nodes` is room to work in.
    ///
    /// The nodes of all are fetched before any is looked at, so that the processor waits for memory once for many.
    pub(super) fn phrases_at(
        &self,
        text: &str,
        starts: &[Start],
        nodes: &mut Vec<u64>,
        mut found: impl FnMut(usize, usize, usize),
    ) {
        nodes.clear();
        nodes.extend(starts.iter().map(|start| {
            let hash = start.both.unwrap_or_default();
            self.nodes[(hash >> self.shift) as usize]
        }));
        for (start, node) in starts.iter().zip(nodes) {
            if let Some(hash) = start.alone {
                let node = self.nodes[self.place(hash)];
                if node & NONE != NONE {
                    found((node & NONE) as usize, start.at, start.first);
                }
            }
            let Some(mut hash) = start.both else {
                continue;
            };
            let mut node = match *node {
                EMPTY => continue,
                node if node & HASH == hash & HASH => node,
                _ => self.nodes[self.place(hash)],
            };
            let mut end = start.first + start.second;
            loop {
                if node & NONE != NONE {
                    found((node & NONE) as usize, start.at, end);
                }
                if node & LONGER == 0 {
                    break;
                }
                let Some(letter) = text[end..].chars().next() else {
                    break;
                };
                hash = step(hash, letter.to_ascii_lowercase());
                node = self.nodes[self.place(hash)];
                end += letter.len_utf8();
            }
        }
    }

    /// Where the node of this hash is, or the empty one where it would be.
    #[inline]
    fn place(&self, hash: u64) -> usize {
        let mut at = (hash >> self.shift) as usize;
        // ends, for a third of the nodes is empty
        loop {
            let node = self.nodes[at];
            if node == EMPTY || node & HASH == hash & HASH {
                return at;
            }
            at = (at + 1) & (self.nodes.len() - 1);
        }
    }
}

/// The hash with one more character.
const fn step(hash: u64, c: char) -> u64 {
    (hash.rotate_left(23) ^ c as u64).wrapping_mul(0xff51_afd7_ed55_8ccd)
}

/// The bit of a hash of two characters: of its upper half, where all bits of the characters meet.
const fn pair(hash: u64) -> usize {
    (hash >> 40) as usize
}

#[cfg(test)]
mod unit_tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_a_text_begins_with_is_found_and_nothing_else(
            phrases in prop::collection::btree_set("[a-c暖气热]{1,5}", 0..40),
            text in "[a-cA-C暖气热 ]{0,8}",
        ) {
            let beginnings = Beginnings::new(phrases.iter().map(String::as_str));
            let mut found = Vec::new();
            let mut letters = text.chars();
            let start = letters.next().and_then(|first| beginnings.start(0, first, letters.next()));
            beginnings.phrases_at(&text, start.as_slice(), &mut Vec::new(), |phrase, _, end| found.push((phrase, end)));
            let lower = text.to_ascii_lowercase();
            let mut wanted: Vec<(usize, usize)> = phrases.iter().enumerate()
                .filter(|(_, phrase)| lower.starts_with(phrase.as_str()))
                .map(|(number, phrase)| (number, phrase.len()))
                .collect();
            wanted.sort_by_key(|(_, length)| *length);
            prop_assert_eq!(found, wanted);
        }
    }
}
