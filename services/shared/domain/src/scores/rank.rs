//! Who is better than whom.

use super::formula::Weights;
use super::tally::Tally;

/// A place in a ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked<T> {
    /// Who.
    pub who: T,
    /// 1 for the best; equals share a rank and the next one is left out. `None`: too few cases, or no score.
    pub rank: Option<u32>,
    /// What their cases come to.
    pub tally: Tally,
    /// 0 to 100.
    pub score: Option<f64>,
}

/// Ranks these by their score, the best first; those that cannot be ranked come last, in the order given.
pub fn rank<T>(
    all: impl IntoIterator<Item = (T, Tally)>,
    weights: &Weights,
    min_cases: u32,
) -> Vec<Ranked<T>> {
    let mut ranked: Vec<Ranked<T>> = all
        .into_iter()
        .map(|(who, tally)| Ranked {
            who,
            rank: None,
            score: tally.score(weights),
            tally,
        })
        .collect();
    let standing = |of: &Ranked<T>| {
        of.score
            .filter(|_| of.tally.assessed >= u64::from(min_cases))
    };
    // Stable: equals stay in the order given.
    ranked.sort_by(|a, b| {
        let (a, b) = (standing(a), standing(b));
        let least = f64::NEG_INFINITY;
        b.unwrap_or(least).total_cmp(&a.unwrap_or(least))
    });
    let mut before: Option<(f64, u32)> = None;
    for (place, one) in (1u32..).zip(&mut ranked) {
        let Some(score) = standing(one) else { break };
        let rank = match before {
            // Sums of the same counts by another way differ in the last digits.
            Some((other, rank)) if (other - score).abs() < 1e-9 => rank,
            _ => place,
        };
        before = Some((score, rank));
        one.rank = Some(rank);
    }
    ranked
}
