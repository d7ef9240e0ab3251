//! `MinHash`: a set of shingles in 64 numbers, such that two signatures agree in a place as often as the sets overlap.
//!
//! One hash a shingle and one pass over the text: *one-permutation hashing* (P. Li, A. Owen, C.-H. Zhang, NIPS 2012) keeps
//! the smallest hash of each of 64 bins; a bin that a short text leaves empty borrows from another bin that both sides
//! find alike (*optimal densification*, A. Shrivastava, ICML 2017). `MinHash` itself is A. Broder's (*On the resemblance and
//! containment of documents*, 1997). Of each place four bits are kept (*b-bit minwise hashing*, P. Li and A. C. König,
//! WWW 2010): two different places agree by chance in one of sixteen, which [`Kept::resemblance`] takes off again.

/// Places of a signature.
pub(super) const PLACES: usize = 64;
/// Bytes of a signature as it is kept: four bits a place.
pub(super) const KEPT_BYTES: usize = PLACES / 2;
/// An odd number with bits well spread: the golden ratio in 64 bits, as Knuth's multiplicative hashing takes it.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Spreads a number over 64 bits: multiply-shift, twice.
pub(super) const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 32)).wrapping_mul(SPREAD);
    let value = (value ^ (value >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value ^ (value >> 32)
}

/// Two numbers as one.
pub(super) const fn pair(one: u64, other: u64) -> u64 {
    mix(one.rotate_left(23) ^ other.wrapping_mul(SPREAD))
}

/// A signature in the making.
#[derive(Debug, Clone)]
pub(super) struct MinHash {
    least: [u64; PLACES],
}

impl MinHash {
    pub(super) const fn new() -> Self {
        Self {
            least: [u64::MAX; PLACES],
        }
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.least.fill(u64::MAX);
    }

    /// Takes a shingle's hash in, which must be well spread ([`mix`]).
    #[inline]
    pub(super) fn add(&mut self, hash: u64) {
        let place = &mut self.least[(hash >> 58) as usize];
        *place = (*place).min(hash);
    }

    /// Fills the places that nothing fell into; `false` when there is nothing at all.
    pub(super) fn densify(&mut self) -> bool {
        let filled = self.least;
        if filled.iter().all(|least| *least == u64::MAX) {
            return false;
        }
        for (place, least) in self.least.iter_mut().enumerate() {
            let mut attempt = 0;
            while *least == u64::MAX {
                attempt += 1;
                *least = filled[(pair(place as u64, attempt) >> 58) as usize];
            }
        }
        true
    }

    /// A place, once [`Self::densify`] has filled it.
    pub(super) fn place(&self, place: usize) -> u64 {
        self.least[place]
    }

    /// What is kept.
    pub(super) fn keep(&self) -> Kept {
        let mut bytes = [0; KEPT_BYTES];
        for (byte, two) in bytes.iter_mut().zip(self.least.chunks_exact(2)) {
            *byte = nibble(two[0]) | (nibble(two[1]) << 4);
        }
        Kept(bytes)
    }
}

/// Four bits of a hash. Not its low ones as they are: the least of many has a pattern above, never below.
fn nibble(hash: u64) -> u8 {
    (mix(hash) & 15) as u8
}

/// A signature as it is kept: four bits a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kept(pub(super) [u8; KEPT_BYTES]);

impl Kept {
    /// How much of both sets is common to them (Jaccard), 0 to 1, estimated; the standard error is about 0.05.
    pub(super) fn resemblance(&self, other: &Self) -> f32 {
        let same: u8 = self
            .0
            .iter()
            .zip(&other.0)
            .map(|(one, other)| {
                let differs = one ^ other;
                u8::from(differs & 0x0f == 0) + u8::from(differs & 0xf0 == 0)
            })
            .sum();
        let agreeing = f32::from(same) / 64.0;
        ((agreeing - 1.0 / 16.0) / (15.0 / 16.0)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(shingles: impl Iterator<Item = u64>) -> Kept {
        let mut hash = MinHash::new();
        shingles.for_each(|shingle| hash.add(mix(shingle + 1)));
        assert!(hash.densify());
        hash.keep()
    }

    #[test]
    fn the_estimate_follows_the_true_overlap() {
        for (common, each, expected) in [
            (0, 100, 0.0),
            (50, 50, 1.0 / 3.0),
            (150, 50, 0.6),
            (80, 0, 1.0),
        ] {
            let mut sum = 0.0;
            for round in 0..200_u64 {
                let base = round * 10_000;
                let shared = base..base + common;
                let one = of(shared.clone().chain(base + 2_000..base + 2_000 + each));
                let other = of(shared.chain(base + 4_000..base + 4_000 + each));
                sum += one.resemblance(&other);
            }
            let mean = sum / 200.0;
            assert!((mean - expected).abs() < 0.03, "{mean} for {expected}");
        }
    }

    #[test]
    fn short_sets_are_compared_too() {
        let mut sum = 0.0;
        for round in 0..400_u64 {
            let base = round * 100;
            sum += of(base..base + 6).resemblance(&of(base + 2..base + 8));
        }
        // Four of eight.
        let mean = sum / 400.0;
        assert!((mean - 0.5).abs() < 0.05, "{mean}");
    }

    #[test]
    fn nothing_has_no_signature() {
        let mut hash = MinHash::new();
        assert!(!hash.densify());
        hash.add(7);
        assert!(hash.densify());
        assert_eq!(hash.place(63), 7, "all places borrow from the only one");
        hash.clear();
        assert!(!hash.densify());
    }
}
