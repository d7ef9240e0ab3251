//! Chance that anybody can repeat: each case draws from its own number.

/// Draws for one case.
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

/// SplitMix64 (Steele, Lea, Flood: *Fast splittable pseudorandom number generators*, 2014).
pub(crate) fn mixed(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

impl Chance {
    pub(crate) fn new(seed: u64, partition: u64, sequence: u64) -> Self {
        Self(mixed(mixed(seed ^ (partition << 56)) ^ sequence))
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// From 0 up to, not including, 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True so often, 0 to 1.
    pub(crate) fn is(&mut self, often: f64) -> bool {
        self.share() < often
    }

    /// Seconds that are mostly about `typical`, sometimes many times that: a rough log-normal.
    pub(crate) fn seconds(&mut self, typical: f64, spread: f64) -> i64 {
        let bell = (0..4).map(|_| self.share()).sum::<f64>() - 2.0;
        (typical * (spread * bell).exp()) as i64
    }

    /// The index of the first sum that is larger than a draw from 0 to the last sum.
    pub(crate) fn among(&mut self, sums: &[f32]) -> usize {
        let total = sums.last().copied().unwrap_or_default();
        let draw = self.share() as f32 * total;
        sums.partition_point(|sum| *sum <= draw)
            .min(sums.len().saturating_sub(1))
    }
}
