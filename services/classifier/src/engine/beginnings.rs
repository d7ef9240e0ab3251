//! Which phrases begin here: the beginnings of all phrases in one table of hashes.
//!
//! Most places of a text begin no phrase, and maps of bits that stay in the nearest cache say so: one by the first character,
//! one by the first two. Only from where they let pass is the table asked, character by character. An automaton reads every
//! character of the text by another row of a table of megabytes, and waits for memory at each.

/// Where every hash begins.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// No phrase ends at a node.
const NONE: u32 = u32::MAX;

/// Bits of the map of first characters: the main plane of Unicode; others share.
const FIRST_BITS: usize = 1 << 16;

/// So many bits of the map of pairs for each phrase, so that few pairs are let pass by chance.
const BITS_A_PHRASE: usize = 16;

/// The beginnings of phrases. Two beginnings share a hash with a chance of 2⁻⁶⁰.
#[derive(Debug)]
pub(super) struct Beginnings {
    firsts: Bits,
    /// Characters that are phrases.
    alone: Bits,
    pairs: Bits,
    /// Of two characters and more, and those of [`Self::alone`]. Open addressing, at most half full.
    nodes: Box<[Node]>,
    shift: u32,
}

/// A beginning of a phrase.
#[derive(Debug, Clone, Copy)]
struct Node {
    hash: u64,
    /// The phrase that it is, or [`NONE`].
    phrase: u32,
    /// How many phrases are longer and begin so; with [`NONE`] before it, zero marks an empty node.
    longer: u32,
}

const EMPTY: Node = Node {
    hash: 0,
    phrase: NONE,
    longer: 0,
};

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
    pub(super) fn new<'a>(phrases: impl Iterator<Item = &'a str> + Clone) -> Self {
        let characters: usize = phrases.clone().map(|phrase| phrase.chars().count()).sum();
        let places = (characters * 2).next_power_of_two().max(16);
        let mut beginnings = Self {
            firsts: Bits::new(FIRST_BITS),
            alone: Bits::new(FIRST_BITS),
            pairs: Bits::new(phrases.clone().count() * BITS_A_PHRASE),
            nodes: vec![EMPTY; places].into(),
            shift: u64::BITS - places.trailing_zeros(),
        };
        for (number, phrase) in (0..).zip(phrases) {
            beginnings.add(number, phrase);
        }
        beginnings
    }

    fn add(&mut self, number: u32, phrase: &str) {
        let mut letters = phrase.chars().map(|c| c.to_ascii_lowercase()).peekable();
        let Some(first) = letters.next() else {
            return;
        };
        self.firsts.set(first as usize);
        let mut hash = step(SEED, first);
        if letters.peek().is_none() {
            self.alone.set(first as usize);
            self.node(hash).phrase = number;
        }
        let mut is_pair = true;
        while let Some(letter) = letters.next() {
            hash = step(hash, letter);
            if std::mem::take(&mut is_pair) {
                self.pairs.set(pair(hash));
            }
            let node = self.node(hash);
            match letters.peek() {
                Some(_) => node.longer += 1,
                None => node.phrase = number,
            }
        }
    }

    fn node(&mut self, hash: u64) -> &mut Node {
        let node = &mut self.nodes[self.place(hash)];
        node.hash = hash;
        node
    }

    /// Whether a phrase begins with this character.
    #[inline]
    pub(super) fn may_begin(&self, first: char) -> bool {
        self.firsts.has(first.to_ascii_lowercase() as usize)
    }

    /// Calls back with each phrase that `text` begins with and its length in bytes, the shortest first.
    #[inline]
    pub(super) fn phrases_at(&self, text: &str, mut found: impl FnMut(usize, usize)) {
        let mut letters = text.char_indices();
        let Some((_, first)) = letters.next() else {
            return;
        };
        let first = first.to_ascii_lowercase();
        let mut hash = step(SEED, first);
        let mut next = letters.next();
        if self.alone.has(first as usize) {
            let node = self.nodes[self.place(hash)];
            if node.phrase != NONE {
                found(node.phrase as usize, next.map_or(text.len(), |(at, _)| at));
            }
        }
        let mut is_pair = true;
        while let Some((_, letter)) = next {
            hash = step(hash, letter.to_ascii_lowercase());
            if std::mem::take(&mut is_pair) && !self.pairs.has(pair(hash)) {
                return;
            }
            next = letters.next();
            let node = self.nodes[self.place(hash)];
            if node.phrase != NONE {
                found(node.phrase as usize, next.map_or(text.len(), |(at, _)| at));
            }
            if node.longer == 0 {
                return;
            }
        }
    }

    /// Where the node of this hash is, or the empty one where it would be.
    #[inline]
    fn place(&self, hash: u64) -> usize {
        let mut at = (hash >> self.shift) as usize;
        // ends, for half of the nodes are empty
        loop {
            let node = &self.nodes[at];
            if node.hash == hash || (node.phrase == NONE && node.longer == 0) {
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
            if text.chars().next().is_some_and(|first| beginnings.may_begin(first)) {
                beginnings.phrases_at(&text, |phrase, length| found.push((phrase, length)));
            }
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
