//! The words that a model parts texts by, as a trie whose nodes are hashes of beginnings: no word stands in it.

use std::ops::Range;

use super::features::{SEED, step};
use super::normal::{self, BREAK, Spelled};
use super::recipe::MAX_LENGTH;
use super::{Fields, Spelling};

/// What a beginning is, as bits: a word itself, and the beginning of a longer one.
const WORD: u8 = 1;
const LONGER: u8 = 2;

/// How many places of a text are looked at together.
const AHEAD: usize = 64;

/// The words of a model.
#[derive(Debug, Clone)]
pub struct Lexicon {
    nodes: Vec<(u64, u8)>,
    trie: Trie,
}

/// The nodes once more, to be found: open addressing over their hashes, whose two lowest bits are the flags. At most half of
/// the slots are used; the others are zero, as no node's flags are.
#[derive(Debug, Clone)]
struct Trie {
    slots: Vec<u64>,
    shift: u32,
    /// A bit for every hash, by its upper half: says no to most beginnings that are none.
    known: Vec<u64>,
}

const FLAGS: u64 = (WORD | LONGER) as u64;

impl Trie {
    /// `None` when a node stands twice.
    fn new(nodes: &[(u64, u8)]) -> Option<Self> {
        let slots = (nodes.len() * 2).next_power_of_two().max(16);
        let mut trie = Self {
            slots: vec![0; slots],
            shift: u64::BITS - slots.trailing_zeros(),
            known: vec![0; (slots * 4).div_ceil(64)],
        };
        for (hash, flags) in nodes
            .iter()
            .filter(|(_, flags)| u64::from(*flags) & FLAGS != 0)
        {
            let at = trie.place(*hash);
            if trie.slots[at] != 0 {
                return None;
            }
            trie.slots[at] = (hash & !FLAGS) | (u64::from(*flags) & FLAGS);
            let (word, bit) = trie.bit(*hash);
            trie.known[word] |= bit;
        }
        Some(trie)
    }

    fn may_know(&self, hash: u64) -> bool {
        let (word, bit) = self.bit(hash);
        self.known[word] & bit != 0
    }

    /// The flags of a node; zero where there is none.
    fn flags(&self, hash: u64) -> u8 {
        (self.slots[self.place(hash)] & FLAGS) as u8
    }

    const fn bit(&self, hash: u64) -> (usize, u64) {
        let bit = (hash >> (self.shift - 2)) as usize;
        (bit / 64, 1 << (bit % 64))
    }

    /// Where the node is, or the empty slot where it would be.
    fn place(&self, hash: u64) -> usize {
        let mut at = (hash >> self.shift) as usize;
        // ends, for half of the slots are empty
        loop {
            let slot = self.slots[at];
            if slot == 0 || slot & !FLAGS == hash & !FLAGS {
                return at;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

/// Why there is no such lexicon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the lexicon has too many words, or one twice")]
pub struct LexiconError;

impl Default for Lexicon {
    fn default() -> Self {
        Self::from_nodes(Vec::new()).unwrap_or_else(|_| unreachable!("no node stands twice"))
    }
}

impl Lexicon {
    /// The lexicon of these words, each of 2 to 8 characters of one run; others are passed over.
    ///
    /// # Errors
    /// When there are too many (millions).
    pub fn new<'a>(
        words: impl IntoIterator<Item = &'a str>,
        spelling: Spelling,
    ) -> Result<Self, LexiconError> {
        let mut nodes = std::collections::BTreeMap::new();
        let mut spelled = Spelled::default();
        for word in words {
            normal::normalise(spelling, Fields::from(word), &mut spelled);
            let chars = &spelled.chars;
            if !(2..=usize::from(MAX_LENGTH)).contains(&chars.len()) || chars.contains(&BREAK) {
                continue;
            }
            let mut hash = step(SEED, chars[0]);
            for (place, c) in chars.iter().enumerate().skip(1) {
                hash = step(hash, *c);
                let flag = if place + 1 == chars.len() {
                    WORD
                } else {
                    LONGER
                };
                *nodes.entry(hash).or_insert(0) |= flag;
            }
        }
        Self::from_nodes(nodes.into_iter().collect())
    }

    pub(super) fn from_nodes(nodes: Vec<(u64, u8)>) -> Result<Self, LexiconError> {
        let trie = Trie::new(&nodes).ok_or(LexiconError)?;
        Ok(Self { nodes, trie })
    }

    pub(super) fn nodes(&self) -> &[(u64, u8)] {
        &self.nodes
    }

    /// Calls back with every word of the text, found from left to right, the longest first: its hash, and its place in `chars`.
    ///
    /// Whether and how words begin with each two characters is looked up for many places before any is looked at, so that the
    /// processor waits for memory once for many.
    pub(super) fn words(&self, chars: &[u32], mut found: impl FnMut(u64, Range<usize>)) {
        let (mut hashes, mut flags) = ([0; AHEAD], [0; AHEAD]);
        let mut possible = [0; AHEAD];
        let (mut first, mut start) = (0, 0);
        while first + 1 < chars.len() {
            let pairs = chars[first..].array_windows::<2>().take(AHEAD);
            let count = pairs.len();
            let mut passed = 0;
            // without a branch, as nobody can tell which pairs words begin with
            for (place, pair) in pairs.enumerate() {
                hashes[place] = step(step(SEED, pair[0]), pair[1]);
                flags[place] = 0;
                possible[passed] = place;
                passed += usize::from(self.trie.may_know(hashes[place]) & !pair.contains(&BREAK));
            }
            for place in &possible[..passed] {
                flags[*place] = self.trie.flags(hashes[*place]);
            }
            while start < first + count {
                let place = start - first;
                start += match flags[place] {
                    0 => 1,
                    flags => {
                        let word = self.longest(&chars[start..], hashes[place], flags);
                        word.map_or(1, |(hash, length)| {
                            found(hash, start..start + length);
                            length
                        })
                    }
                };
            }
            first += count;
        }
    }

    /// The longest word that `chars` begins with, its hash and its length; given the hash of the first two and what they are.
    fn longest(&self, chars: &[u32], mut hash: u64, mut flags: u8) -> Option<(u64, usize)> {
        let mut best = (flags & WORD != 0).then_some((hash, 2));
        for (place, c) in chars.iter().enumerate().take(MAX_LENGTH.into()).skip(2) {
            if flags & LONGER == 0 || *c == BREAK {
                break;
            }
            hash = step(hash, *c);
            flags = self.trie.flags(hash);
            if flags & WORD != 0 {
                best = Some((hash, place + 1));
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(text: &str) -> Vec<u32> {
        let mut spelled = Spelled::default();
        normal::normalise(Spelling::Han, Fields::from(text), &mut spelled);
        spelled.chars
    }

    #[test]
    fn the_longest_word_is_found_and_no_beginning_of_one() {
        let lexicon = Lexicon::new(["公交", "公交车站", "小区", "区"], Spelling::Han).unwrap();
        let words = |text| {
            let mut words = Vec::new();
            lexicon.words(&chars(text), |_, place| {
                words.push((place.start, place.end));
            });
            words
        };
        assert_eq!(words("公交车站台"), [(0, 4)]);
        assert_eq!(words("公交车来了"), [(0, 2)]);
        assert_eq!(words("公交小区公交"), [(0, 2), (2, 4), (4, 6)]);
        assert_eq!(words("小公交"), [(1, 3)]);
        for none in ["公", "区", "小，区", ""] {
            assert!(words(none).is_empty(), "{none}");
        }
        let long = "公交车站".repeat(AHEAD);
        assert_eq!(words(&long).len(), AHEAD);
        Lexicon::default().words(&chars("公交"), |_, _| unreachable!("it has no words"));
    }

    #[test]
    fn a_node_that_stands_twice_is_refused() {
        assert_eq!(
            Lexicon::from_nodes(vec![(1, 1), (1, 2)]).unwrap_err(),
            LexiconError
        );
    }
}
