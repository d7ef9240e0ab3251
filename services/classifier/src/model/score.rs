//! What a message is, by the weights of its n-grams.
//!
//! A block's part of a label's score is `weight · Σ count·idf·w / ‖count·idf‖`: its n-grams as a vector of the block's length.

use super::calibrate::best;
use super::file::LANES;
use super::table::{ABSENT, Room};
use super::text::Text;
use super::{Block, Fields, Model};

/// Repetitions whose worth is looked up rather than computed.
pub(super) const COMMON_COUNTS: usize = 16;

/// Weights of a row in a line of memory.
const LINE: usize = 32;

/// What a model says of a message; the probabilities of all labels are in the scratch pad.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// The place of the label in [`Model::labels`].
    pub label: usize,
    /// How likely the label is right, 0 to 1.
    pub confidence: f32,
    /// How far the label's score is above the next one's; 0 or more.
    pub margin: f32,
    /// The share of the message's n-grams that the model knows, 0 to 1: near 0 the message is of another world.
    pub known: f32,
}

/// Room to predict in, reused from message to message and from model to model. It remembers the text that was read last, so that
/// several models asked about a message one after the other share the reading of it.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    pub(super) text: Text,
    /// Room to look n-grams up in, and where they stand in the model's table.
    pub(super) looked: Room,
    pub(super) places: Vec<u32>,
    /// Of the block: its n-grams that the model knows, each once, with how often it stands there, in the order of the text.
    counted: Vec<(u32, u32)>,
    /// What each of them is worth.
    values: Vec<f32>,
    block: Vec<f32>,
    pub(super) parts: super::parts::Parts,
    pub(super) scores: Vec<f32>,
    probabilities: Vec<f32>,
}

impl Scratch {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The probability of each label of the model that predicted last; they sum to 1.
    #[must_use]
    pub fn probabilities(&self) -> &[f32] {
        &self.probabilities
    }

    /// The score of each label before calibration.
    #[must_use]
    pub fn scores(&self) -> &[f32] {
        &self.scores
    }

    /// The `k` likeliest labels with their probabilities, the best first.
    #[must_use]
    pub fn best(&self, k: usize) -> Vec<(usize, f32)> {
        let mut all: Vec<(usize, f32)> = self.probabilities.iter().copied().enumerate().collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        all.truncate(k);
        all
    }
}

impl Model {
    /// What the message is. Microseconds; allocates only while the scratch pad is new.
    pub fn predict(&self, fields: Fields<'_>, scratch: &mut Scratch) -> Prediction {
        scratch.text.read(self.header.recipe.spelling, fields);
        let mut seen = 0;
        let mut known = 0;
        let mut scores = std::mem::take(&mut scratch.scores);
        scores.clear();
        scores.resize(self.stride, 0.0);
        for (number, block) in self.header.recipe.blocks.iter().enumerate() {
            let counted = self.count(block, scratch);
            seen += counted.0;
            known += counted.1;
            let norm = self.sum(number, scratch);
            if norm > 0.0 {
                let weight = block.weight / norm;
                for (score, part) in scores.iter_mut().zip(&scratch.block) {
                    *score += part * weight;
                }
            }
        }
        scores.truncate(self.header.labels.len());
        self.finish(&mut scores);
        scratch.scores = scores;
        self.decide(scratch, share(known, seen))
    }

    /// What each of the messages is, in order.
    #[must_use]
    pub fn predict_all<'a>(
        &self,
        messages: impl IntoIterator<Item = Fields<'a>>,
        scratch: &mut Scratch,
    ) -> Vec<Prediction> {
        let messages = messages.into_iter();
        messages
            .map(|fields| self.predict(fields, scratch))
            .collect()
    }

    /// Sums of weights as scores.
    pub(super) fn finish(&self, scores: &mut [f32]) {
        for ((score, scale), bias) in scores.iter_mut().zip(&self.scales).zip(&self.biases) {
            *score = *score * scale + bias;
        }
    }

    /// Counts the n-grams of the block that the model knows; how many there are, and how many of them it knows.
    fn count(&self, block: &Block, scratch: &mut Scratch) -> (u32, u32) {
        let Scratch {
            text,
            looked,
            places,
            counted,
            ..
        } = scratch;
        let grams = text.grams(&self.header.recipe, block, &self.lexicon);
        self.table.find_all(&grams.keys, looked, places);
        counted.clear();
        counted.resize(places.len(), (0, 0));
        let (mut found, mut known) = (0, 0);
        // without a branch, as nobody can tell which n-grams are known
        for (place, count) in places.iter().zip(&grams.counts) {
            counted[found] = (*place, *count);
            let is_known = *place != ABSENT;
            found += usize::from(is_known);
            known += if is_known { *count } else { 0 };
        }
        counted.truncate(found);
        // a text is thousands of characters at most
        (grams.all.len() as u32, known)
    }

    /// The sum of what was counted, in the scratch pad's block; its length.
    fn sum(&self, block: usize, scratch: &mut Scratch) -> f32 {
        let Scratch {
            counted,
            values,
            block: sums,
            ..
        } = scratch;
        let (mut square, idf) = (0.0, self.header.labels.len());
        values.clear();
        // fetches the rows of all before any is needed
        let rows = counted
            .iter()
            .map(|(place, _)| *place as usize * self.stride);
        values.extend(rows.map(|row| f32::from(self.rows[row + idf])));
        for (value, (_, count)) in values.iter_mut().zip(&*counted) {
            *value = self.worth(block, *count) * *value * self.idf_scale;
            square += *value * *value;
        }
        sums.clear();
        sums.resize(self.stride, 0.0);
        // A line of memory of every row at a time, so that its sums stay in the processor.
        for (number, sums) in sums.chunks_mut(LINE).enumerate() {
            let (first, length) = (number * LINE, sums.len());
            let rows = counted
                .iter()
                .map(|(place, _)| &self.rows[*place as usize * self.stride + first..][..length]);
            let weighed = rows.zip(values.iter().copied());
            match sums.as_mut_array::<LINE>() {
                Some(sums) => add_all(sums, weighed),
                None => match sums.as_mut_array::<LANES>() {
                    Some(sums) => add_all(sums, weighed),
                    None => weighed.for_each(|(row, value)| add(sums, row, value)),
                },
            }
        }
        square.sqrt()
    }

    /// What so many repetitions are worth in the block.
    pub(super) fn worth(&self, block: usize, count: u32) -> f32 {
        match self.worths[block].get(count as usize) {
            Some(worth) => *worth,
            None => {
                let count = u16::try_from(count).unwrap_or(u16::MAX);
                self.header.recipe.blocks[block].counts.of(count)
            }
        }
    }

    /// The label of the scores in the scratch pad.
    pub(super) fn decide(&self, scratch: &mut Scratch, known: f32) -> Prediction {
        let scores = &scratch.scores;
        let label = best(scores).unwrap_or(0);
        let others = scores
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != label);
        let next = others.fold(f32::NEG_INFINITY, |most, (_, score)| most.max(*score));
        let margin = if next.is_finite() {
            scores[label] - next
        } else {
            0.0
        };
        scratch.probabilities.clone_from(scores);
        self.header.calibration.apply(&mut scratch.probabilities);
        Prediction {
            label,
            confidence: scratch.probabilities[label],
            margin,
            known,
        }
    }
}

pub(super) fn share(part: u32, whole: u32) -> f32 {
    if whole == 0 {
        0.0
    } else {
        part as f32 / whole as f32
    }
}

/// What the first counts of a block are worth.
pub(super) fn worths(block: &Block) -> [f32; COMMON_COUNTS] {
    std::array::from_fn(|count| block.counts.of((count as u16).max(1)))
}

/// Adds each row times its value.
fn add_all<'a, const N: usize>(sums: &mut [f32; N], rows: impl Iterator<Item = (&'a [i16], f32)>) {
    let mut all = *sums;
    for (row, value) in rows {
        let Some(row) = row.as_array::<N>() else {
            continue;
        };
        for (sum, weight) in all.iter_mut().zip(row) {
            *sum += value * f32::from(*weight);
        }
    }
    *sums = all;
}

fn add(sums: &mut [f32], row: &[i16], value: f32) {
    for (sum, weight) in sums.iter_mut().zip(row) {
        *sum += value * f32::from(*weight);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{model, parts};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_message_is_what_its_characters_say() {
        let model = model();
        let mut scratch = Scratch::new();
        let mut told = |text: &str| {
            let prediction = model.predict(Fields::from(text), &mut scratch);
            assert_eq!(
                scratch.best(1)[0],
                (prediction.label, prediction.confidence)
            );
            (model.labels()[prediction.label].clone(), prediction)
        };
        let (label, of_water) = told("家里停水了");
        assert_eq!(label, "water");
        assert!(of_water.confidence > 0.5 && of_water.margin > 0.0 && of_water.known > 0.0);
        let (label, _) = told("路灯不亮");
        assert_eq!(label, "light");
        let (_, nothing) = told("hello");
        assert_eq!(nothing.known, 0.0);
        assert!((told("家里停水了").1.confidence - of_water.confidence).abs() < f32::EPSILON);
    }

    #[test]
    fn the_score_is_what_the_formula_says() {
        let parts = parts();
        let recipe = parts.header.recipe.clone();
        let (_, model) = parts.clone().to_bytes().unwrap();
        let text = "停水停水路灯";
        let mut wanted = parts.biases.clone();
        let features = super::super::Reader::of(&model).features(Fields::from(text), None);
        for (number, block) in recipe.blocks.iter().enumerate() {
            let in_block = features.iter().filter_map(|(key, count)| {
                let place = parts.keys.iter().position(|known| known == key)?;
                let value = block.counts.of(*count) * parts.idf[place];
                (recipe.block_of(*key) == Some(number)).then_some((place, value))
            });
            let in_block: Vec<(usize, f32)> = in_block.collect();
            let norm = in_block
                .iter()
                .map(|(_, value)| value * value)
                .sum::<f32>()
                .sqrt();
            for (place, value) in in_block {
                for (label, score) in wanted.iter_mut().enumerate() {
                    let weight = parts.weights[place * parts.biases.len() + label];
                    *score += block.weight * value / norm * weight;
                }
            }
        }
        let mut scratch = Scratch::new();
        let _ = model.predict(Fields::from(text), &mut scratch);
        for (wanted, found) in wanted.iter().zip(scratch.scores()) {
            assert!((wanted - found).abs() < 1e-3, "{wanted} {found}");
        }
    }

    #[test]
    fn a_batch_is_its_messages_one_by_one() {
        let model = model();
        let texts = ["停水", "路灯", ""];
        let all = model.predict_all(texts.map(Fields::from), &mut Scratch::new());
        let one = |text| model.predict(Fields::from(text), &mut Scratch::new());
        assert_eq!(all, texts.map(one));
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_answered(subject in ".{0,30}", detail in ".{0,80}") {
            let model = model();
            let mut scratch = Scratch::new();
            let fields = Fields { subject: &subject, detail: &detail };
            let prediction = model.predict(fields, &mut scratch);
            prop_assert!((0.0..=1.0).contains(&prediction.confidence));
            prop_assert!((0.0..=1.0).contains(&prediction.known));
            prop_assert!((scratch.probabilities().iter().sum::<f32>() - 1.0).abs() < 1e-4);
            prop_assert_eq!(model.predict(fields, &mut scratch), prediction);
        }
    }
}
