//! From scores to probabilities that can be believed: a temperature, and steps that say how often such a leader was right.
//!
//! Both are learned on scores of messages that the model had not seen (the folds left out of cross-validation).

use serde::{Deserialize, Serialize};

/// Bins of the calibration error: the usual number.
const BINS: usize = 15;

/// The fewest messages behind a step, so that a step is no accident.
const STEP: usize = 60;

/// How scores become probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Scores are divided by it before the softmax; positive.
    pub temperature: f32,
    /// The leader's probability and how often it was right, both rising; between two points a straight line. Empty: the
    /// softmax is believed.
    #[serde(default)]
    pub steps: Vec<(f32, f32)>,
}

/// Messages whose confidence is alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// How many.
    pub messages: usize,
    /// Their mean confidence, 0 to 1.
    pub confidence: f64,
    /// The share of them that was right.
    pub right: f64,
}

impl Calibration {
    /// Scores as they are.
    pub const NONE: Self = Self {
        temperature: 1.0,
        steps: Vec::new(),
    };

    /// Whether it can be applied: finite, in range, rising.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let unit = 0.0..=1.0;
        self.temperature.is_finite()
            && self.temperature > 1e-6
            && self
                .steps
                .iter()
                .all(|(p, right)| unit.contains(p) && unit.contains(right))
            && self
                .steps
                .windows(2)
                .all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1)
    }

    /// Learns both from rows of scores and the label that was right.
    #[must_use]
    pub fn learn(scores: &[Vec<f32>], truth: &[usize]) -> Self {
        let mut calibration = Self {
            temperature: best_temperature(scores, truth),
            steps: Vec::new(),
        };
        let leaders: Vec<(f32, bool)> = scores
            .iter()
            .zip(truth)
            .filter_map(|(scores, truth)| {
                let mut row = scores.clone();
                calibration.apply(&mut row);
                let best = best(&row)?;
                Some((row[best], best == *truth))
            })
            .collect();
        calibration.steps = steps(leaders);
        calibration
    }

    /// Turns scores into probabilities, in place: they sum to 1, and the order stays.
    pub fn apply(&self, scores: &mut [f32]) {
        softmax(scores, self.temperature);
        let Some(leader) = best(scores) else {
            return;
        };
        let before = scores[leader];
        let others = scores
            .iter()
            .enumerate()
            .filter(|(label, _)| *label != leader);
        // not 1 - before, which has lost its digits when the others are next to nothing
        let (rest, second) = others.fold((0.0, 0.0_f32), |(rest, second), (_, p)| {
            (rest + p, second.max(*p))
        });
        if self.steps.is_empty() || rest <= 0.0 {
            return;
        }
        // What the leader loses the others share as before; it loses no more than would let it still lead.
        let after = self.right_at(before).max(second / (rest + second));
        for (label, p) in scores.iter_mut().enumerate() {
            *p = match label == leader {
                true => after,
                false => *p / rest * (1.0 - after),
            };
        }
    }

    fn right_at(&self, p: f32) -> f32 {
        let next = self.steps.partition_point(|(at, _)| *at < p);
        match (
            next.checked_sub(1).map(|last| self.steps[last]),
            self.steps.get(next),
        ) {
            (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * (p - x0) / (x1 - x0),
            (Some((_, y)), None) | (None, Some(&(_, y))) => y,
            (None, None) => p,
        }
    }
}

/// The highest of them, the first of equals.
pub(super) fn best(scores: &[f32]) -> Option<usize> {
    (0..scores.len()).reduce(|best, other| {
        if scores[other] > scores[best] {
            other
        } else {
            best
        }
    })
}

fn softmax(scores: &mut [f32], temperature: f32) {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for score in &mut *scores {
        *score = libm::expf((*score - most) / temperature);
        sum += *score;
    }
    for score in scores {
        *score /= sum;
    }
}

/// The mean negative logarithm of what was right, at this temperature.
fn loss(scores: &[Vec<f32>], truth: &[usize], temperature: f32) -> f64 {
    let mut sum = 0.0;
    for (scores, truth) in scores.iter().zip(truth) {
        let mut row = scores.clone();
        softmax(&mut row, temperature);
        sum -= libm::log(f64::from(row[*truth].max(1e-9)));
    }
    sum
}

/// Golden-section search over the logarithm, which has one valley.
fn best_temperature(scores: &[Vec<f32>], truth: &[usize]) -> f32 {
    const RATIO: f64 = 0.618_033_988_749_894_8;
    let at = |x: f64| loss(scores, truth, libm::exp(x) as f32);
    let (mut low, mut high) = (-4.0, 2.0);
    let (mut a, mut b) = (high - RATIO * (high - low), low + RATIO * (high - low));
    let (mut at_a, mut at_b) = (at(a), at(b));
    for _ in 0..30 {
        if at_a < at_b {
            (high, b, at_b) = (b, a, at_a);
            a = high - RATIO * (high - low);
            at_a = at(a);
        } else {
            (low, a, at_a) = (a, b, at_b);
            b = low + RATIO * (high - low);
            at_b = at(b);
        }
    }
    libm::exp((low + high) / 2.0) as f32
}

/// Pools what falls until everything rises (isotonic regression), over groups of at least [`STEP`] messages.
fn steps(mut leaders: Vec<(f32, bool)>) -> Vec<(f32, f32)> {
    leaders.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut pools: Vec<(f64, f64, f64)> = Vec::new(); // sum of probabilities, right ones, messages
    let groups = (leaders.len() / STEP).max(1);
    for group in 0..groups {
        let (start, end) = (
            leaders.len() * group / groups,
            leaders.len() * (group + 1) / groups,
        );
        let mut pool = (0.0, 0.0, 0.0);
        for (p, right) in &leaders[start..end] {
            pool.0 += f64::from(*p);
            pool.1 += f64::from(u8::from(*right));
            pool.2 += 1.0;
        }
        while let Some(last) = pools.pop_if(|last| last.1 / last.2 >= pool.1 / pool.2) {
            pool = (pool.0 + last.0, pool.1 + last.1, pool.2 + last.2);
        }
        if pool.2 > 0.0 {
            pools.push(pool);
        }
    }
    let points = pools
        .iter()
        .map(|pool| ((pool.0 / pool.2) as f32, (pool.1 / pool.2) as f32));
    let mut points: Vec<(f32, f32)> = points.collect();
    points.dedup_by(|b, a| b.0 <= a.0);
    points
}

/// Messages by confidence, in 15 bins of the same width; empty bins are left out.
#[must_use]
pub fn reliability(answers: &[(f32, bool)]) -> Vec<Bin> {
    let mut bins = [(0_usize, 0.0_f64, 0.0_f64); BINS];
    for (confidence, right) in answers {
        let confidence = f64::from(*confidence).clamp(0.0, 1.0);
        let bin = &mut bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
        bin.0 += 1;
        bin.1 += confidence;
        bin.2 += f64::from(u8::from(*right));
    }
    let filled = bins.into_iter().filter(|(messages, ..)| *messages > 0);
    filled
        .map(|(messages, confidence, right)| Bin {
            messages,
            confidence: confidence / messages as f64,
            right: right / messages as f64,
        })
        .collect()
}

/// The expected calibration error: how far confidence is from truth, a message on average, over 15 bins of the same width.
/// 0 without messages.
#[must_use]
pub fn calibration_error(answers: &[(f32, bool)]) -> f64 {
    let off = |bin: &Bin| bin.messages as f64 * (bin.confidence - bin.right).abs();
    reliability(answers).iter().map(off).sum::<f64>() / answers.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Scores of two labels that are twice as far apart as they should be.
    fn overconfident() -> (Vec<Vec<f32>>, Vec<usize>) {
        let mut scores = Vec::new();
        let mut truth = Vec::new();
        for place in 0..4_000_u32 {
            let x = (place % 40) as f32 / 10.0 - 2.0;
            let right = 1.0 / (1.0 + (-x).exp());
            scores.push(vec![2.0 * x, 0.0]);
            // spread the truth evenly over the rows of each x
            truth.push(usize::from((place / 40) as f32 / 100.0 >= right));
        }
        (scores, truth)
    }

    #[test]
    fn a_loud_model_is_turned_down() {
        let (scores, truth) = overconfident();
        let calibration = Calibration::learn(&scores, &truth);
        assert!(
            (1.8..2.2).contains(&calibration.temperature),
            "{calibration:?}"
        );
        assert!(calibration.is_valid(), "{calibration:?}");
        let error_with = |calibration: &Calibration| {
            let answer = |(row, truth): (&Vec<f32>, &usize)| {
                let mut row = row.clone();
                calibration.apply(&mut row);
                let best = best(&row).unwrap();
                (row[best], best == *truth)
            };
            calibration_error(&scores.iter().zip(&truth).map(answer).collect::<Vec<_>>())
        };
        assert!(error_with(&calibration) < 0.02);
        assert!(error_with(&Calibration::NONE) > 0.05);
    }

    #[test]
    fn the_error_is_what_lies_between_confidence_and_truth() {
        assert_eq!(calibration_error(&[]), 0.0);
        let answers = [(0.9, true), (0.9, false), (0.3, false)];
        assert!((calibration_error(&answers) - (0.8 + 0.3) / 3.0).abs() < 1e-6);
        assert_eq!(reliability(&answers).len(), 2);
    }

    #[test]
    fn what_cannot_be_applied_is_told() {
        let with = |temperature, steps| Calibration { temperature, steps }.is_valid();
        assert!(Calibration::NONE.is_valid());
        assert!(!with(0.0, Vec::new()) && !with(f32::NAN, Vec::new()));
        assert!(!with(1.0, vec![(0.1, 1.5)]) && !with(1.0, vec![(0.1, f32::NAN)]));
        assert!(!with(1.0, vec![(0.5, 0.5), (0.5, 0.6)]));
        assert!(!with(1.0, vec![(0.5, 0.7), (0.6, 0.6)]));
    }

    proptest! {
        #[test]
        fn probabilities_sum_to_one_and_keep_the_leader(
            scores in prop::collection::vec(-5.0_f32..5.0, 1..9),
            temperature in 0.05_f32..5.0,
            low in 0.0_f32..0.5, high in 0.5_f32..1.0,
        ) {
            let calibration = Calibration { temperature, steps: vec![(0.3, low), (0.8, high)] };
            let mut row = scores.clone();
            calibration.apply(&mut row);
            prop_assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-4);
            prop_assert!(row.iter().all(|p| (-1e-6..=1.000_1).contains(p)));
            let leader = best(&scores).unwrap();
            prop_assert!(row.iter().all(|p| *p <= row[leader] + 1e-5));
        }
    }
}
