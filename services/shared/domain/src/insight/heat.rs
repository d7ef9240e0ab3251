//! How hot an issue is, in callers.
//!
//! ```text
//! base = callers + 0.25 · min(repeats, callers) + 1.5 · ln(1 + votes)
//! heat = base · (1 + 0.25 · (growth + recency + spread + severity))
//! ```
//!
//! The unit is a caller. A caller who writes again counts a quarter, and all of them together no more than a quarter of the
//! callers, so nobody makes an issue alone. Votes cost less than a message and count by their logarithm. Each factor lies in
//! 0 to 1 and adds a quarter:
//! - *growth*: (last 7 days − the 7 before) / (both + 2), 0 when it falls;
//! - *recency*: halves with each 60 days since the issue's last message;
//! - *spread*: 1 − exp(−(subdistricts − 1) / 4);
//! - *severity*: the mean urgency, emergency 1, urgent one half.
//!
//! The parts are those of the hot-issue indexes that Chinese 12345 hotlines publish (volume, distinct callers, growth,
//! spread, harm); the weights are ours.

use crate::vocabulary::Urgency;

/// What a caller's further messages count.
const REPEAT: f64 = 0.25;
const VOTES: f64 = 1.5;
const FACTOR: f64 = 0.25;
const HALF_LIFE_DAYS: f64 = 60.0;
const SPREAD: f64 = 4.0;

/// The heat of so many messages of so many callers with so many votes, and factors from 0 to 1.
#[must_use]
pub fn heat(messages: u64, callers: u64, votes: u64, factors: &[f64]) -> f64 {
    let (messages, callers) = (messages as f64, callers as f64);
    let repeats = (messages - callers).max(0.0);
    let base = callers + REPEAT * repeats.min(callers) + VOTES * libm::log1p(votes as f64);
    base * (1.0 + FACTOR * factors.iter().sum::<f64>())
}

/// How much more there was in the last days than in as many before, 0 to 1.
#[must_use]
pub fn growth(last: u64, before: u64) -> f64 {
    let (last, before) = (last as f64, before as f64);
    ((last - before) / (last + before + 2.0)).max(0.0)
}

/// How fresh something is whose last message is so many days old, 0 to 1.
#[must_use]
pub fn recency(days: f64) -> f64 {
    libm::exp2(-days.max(0.0) / HALF_LIFE_DAYS)
}

/// How far something has spread over so many subdistricts, 0 to 1.
#[must_use]
pub fn spread(subdistricts: usize) -> f64 {
    1.0 - libm::exp(-(subdistricts.saturating_sub(1) as f64) / SPREAD)
}

/// The harm of one message, 0 to 1.
#[must_use]
pub const fn harm(urgency: Urgency) -> f64 {
    match urgency {
        Urgency::Emergency => 1.0,
        Urgency::Urgent => 0.5,
        Urgency::Normal => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formula_is_the_one_that_is_written() {
        let found = heat(
            6,
            4,
            3,
            &[
                growth(4, 2),
                recency(60.0),
                spread(5),
                harm(Urgency::Urgent),
            ],
        );
        let base = 4.0 + 0.5 + 1.5 * 4.0_f64.ln();
        let factors = 0.25 + 0.5 + (1.0 - (-1.0_f64).exp()) + 0.5;
        assert!((found - base * (1.0 + 0.25 * factors)).abs() < 1e-9);
    }

    #[test]
    fn many_callers_are_hotter_than_one_who_writes_often() {
        assert!(heat(4, 4, 0, &[]) > heat(100, 1, 0, &[1.0, 1.0, 1.0, 1.0]));
    }

    #[test]
    fn what_falls_has_no_growth_and_one_place_no_spread() {
        assert!(growth(1, 9).abs() < 1e-12 && spread(1).abs() < 1e-12 && spread(0).abs() < 1e-12);
    }
}
