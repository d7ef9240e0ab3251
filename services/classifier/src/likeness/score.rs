//! How alike two messages are: one number of text, place, category and time.

use super::sketch::Sketch;

/// Links are made from this score on. Measured on the pairs of `testdata/likeness.jsonl` (see `train eval likeness`).
pub const OPERATING_POINT: f32 = 0.5;

/// The weights, in log odds: their sum goes through the logistic function. Chosen from a coarse grid on the written groups,
/// and simple enough to be read: a name in common needs a text that is a little alike or a fresh message of the same
/// category; in the same area the text must be nearly the same; where the places contradict nothing is enough.
#[derive(Debug, Clone, Copy)]
struct Weights {
    base: f32,
    /// Of the resemblance, bent so that the first tenths count most: J / (J + `half`).
    text: f32,
    half: f32,
    /// A name or cell in common.
    same_place: f32,
    /// The same area, and no more is known.
    same_area: f32,
    /// Both say where, and it is not the same.
    other_place: f32,
    same_category: f32,
    other_category: f32,
    /// At the same moment; less in proportion to the window.
    fresh: f32,
}

const WEIGHTS: Weights = Weights {
    base: -5.0,
    text: 8.0,
    half: 0.3,
    same_place: 3.0,
    same_area: 0.5,
    other_place: -3.0,
    same_category: 0.5,
    other_category: -2.5,
    fresh: 0.5,
};

/// How alike two messages are, 0 to 1; 0 when more than the window, in seconds, lies between them.
#[must_use]
pub(super) fn score(one: &Sketch, other: &Sketch, window: u32) -> f32 {
    let apart = one.at.abs_diff(other.at);
    if apart > window {
        return 0.0;
    }
    let weights = &WEIGHTS;
    let resemblance = one.kept.resemblance(&other.kept);
    let mut odds = weights.base + weights.text * resemblance / (resemblance + weights.half);
    odds += place(one, other, weights);
    odds += match (one.category, other.category) {
        (0, _) | (_, 0) => 0.0,
        (one, other) if one == other => weights.same_category,
        _ => weights.other_category,
    };
    odds += weights.fresh * (1.0 - apart as f32 / window.max(1) as f32);
    1.0 / (1.0 + (-odds).exp())
}

fn place(one: &Sketch, other: &Sketch, weights: &Weights) -> f32 {
    let known = |sketch: &Sketch| sketch.places[0] != 0;
    let shared = one
        .places
        .iter()
        .any(|place| *place != 0 && other.places.contains(place));
    if shared {
        return weights.same_place;
    }
    let areas = one.area != 0 && other.area != 0;
    match (known(one) && known(other), areas, one.area == other.area) {
        (true, _, _) | (false, true, false) => weights.other_place,
        (false, true, true) => weights.same_area,
        (false, false, _) => 0.0,
    }
}
