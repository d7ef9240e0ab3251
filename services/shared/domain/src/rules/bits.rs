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

    /// Adds all of another set, whose bound must not be higher.
    pub(super) fn add_all(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    /// Takes out all that is in another set.
    pub(super) fn remove_all(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= !b);
    }

    /// Keeps only what is in another set of the same bound.
    pub(super) fn keep_all(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
    }

    /// The numbers in the set, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let some = |word: u64| (word != 0).then_some(word);
            std::iter::successors(some(*word), move |word| some(word & (word - 1)))
                .map(move |word| at * 64 + word.trailing_zeros() as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bound: usize, numbers: &[usize]) -> Bits {
        let mut bits = Bits::none(bound);
        numbers.iter().for_each(|number| bits.insert(*number));
        bits
    }

    fn numbers(bits: &Bits) -> Vec<usize> {
        bits.iter().collect()
    }

    #[test]
    fn holds_what_was_put_in_across_words() {
        let bits = of(130, &[0, 64, 129]);
        assert!(bits.contains(0) && bits.contains(64) && bits.contains(129));
        assert!(!bits.contains(1) && !bits.contains(128) && !bits.contains(5_000));
        assert_eq!(numbers(&bits), [0, 64, 129]);
        assert_eq!(numbers(&Bits::all(65)).len(), 65);
        assert!(!Bits::all(65).contains(65));
    }

    #[test]
    fn sets_are_joined_cut_and_taken_from_each_other() {
        let mut bits = of(130, &[1, 70]);
        bits.add_all(&of(65, &[2, 64]));
        assert_eq!(numbers(&bits), [1, 2, 64, 70]);
        bits.remove_all(&of(130, &[2, 3]));
        assert_eq!(numbers(&bits), [1, 64, 70]);
        bits.keep_all(&of(130, &[64, 70, 129]));
        assert_eq!(numbers(&bits), [64, 70]);
    }
}
