//! A set of small numbers.

/// A set of numbers below a bound fixed at its making; a number beyond it is simply not in the set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits(Box<[u64]>);

impl Bits {
    /// The empty set of numbers below `bound`.
    pub(super) fn none(bound: usize) -> Self {
        Self(vec![0; bound.div_ceil(64)].into())
    }

    /// The full set of numbers below `bound`.
    pub(super) fn all(bound: usize) -> Self {
        let mut bits = Self::none(bound);
        (0..bound).for_each(|number| bits.insert(number));
        bits
    }

    /// Adds a number, which must be below the bound.
    pub(super) fn insert(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    /// Whether the number is in the set.
    pub(super) fn contains(&self, number: usize) -> bool {
        self.0
            .get(number / 64)
            .is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// Whether the two sets share a number.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_put_in_across_words() {
        let mut bits = Bits::none(130);
        bits.insert(0);
        bits.insert(64);
        bits.insert(129);
        assert!(bits.contains(0) && bits.contains(64) && bits.contains(129));
        assert!(!bits.contains(1) && !bits.contains(128) && !bits.contains(5_000));
        let mut other = Bits::none(130);
        other.insert(65);
        assert!(!bits.meets(&other));
        other.insert(129);
        assert!(bits.meets(&other));
        assert!(Bits::all(65).contains(64) && !Bits::all(65).contains(65));
    }
}
