//! A few dozen known hashes among very many that are not: one look at a table of bits says no to most.

use std::collections::HashSet;

/// Known hashes.
#[derive(Debug)]
pub(super) struct Known {
    bits: [u64; 16],
    all: HashSet<u64>,
}

impl Known {
    /// Knows these, which must be well spread.
    pub(super) fn new(hashes: impl Iterator<Item = u64>) -> Self {
        let all: HashSet<u64> = hashes.collect();
        let mut bits = [0; 16];
        for hash in &all {
            let (word, bit) = Self::place(*hash);
            bits[word] |= bit;
        }
        Self { bits, all }
    }

    const fn place(hash: u64) -> (usize, u64) {
        ((hash & 15) as usize, 1 << ((hash >> 4) & 63))
    }

    /// Whether it is one of them.
    #[inline]
    pub(super) fn has(&self, hash: u64) -> bool {
        let (word, bit) = Self::place(hash);
        self.bits[word] & bit != 0 && self.all.contains(&hash)
    }
}

#[cfg(test)]
mod tests {
    use super::super::minhash::mix;
    use super::*;

    #[test]
    fn what_is_known_is_known_and_nothing_else() {
        let known = Known::new((0..50).map(mix));
        assert!((0..50).all(|one| known.has(mix(one))));
        assert!(!(50..5_000).any(|other| known.has(mix(other))));
    }
}
