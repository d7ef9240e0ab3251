//! Why: the n-grams that decided between the label and the next one.

use std::collections::BTreeMap;

use super::features::grams;
use super::normal::BREAK;
use super::{Fields, Model, Prediction, Scratch};

/// What decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// What was predicted.
    pub prediction: Prediction,
    /// The label that came next; none where the model has only one.
    pub runner_up: Option<usize>,
    /// The weightiest n-grams of the message, those that spoke for the label first to last; each stands in the model's
    /// vocabulary, so several messages of the training set had it.
    pub grams: Vec<Gram>,
}

/// An n-gram that spoke for the label, or against it.
#[derive(Debug, Clone, PartialEq)]
pub struct Gram {
    /// As the model read it: small letters, a space where something stood between.
    pub text: String,
    /// By how much it moved the label's score away from the next one's; negative when it spoke for the other.
    pub weight: f32,
}

impl Model {
    /// What the message is, and the at most `k` n-grams that weighed most in it.
    pub fn explain(&self, fields: Fields<'_>, k: usize, scratch: &mut Scratch) -> Explanation {
        let prediction = self.predict(fields, scratch);
        let runner_up = scratch.best(2).get(1).map(|(label, _)| *label);
        let mut by_text = BTreeMap::new();
        for number in 0..self.header.recipe.blocks.len() {
            self.weigh(
                number,
                scratch.text.chars(),
                (prediction.label, runner_up),
                &mut by_text,
            );
        }
        let mut grams: Vec<Gram> = by_text
            .into_iter()
            .map(|(text, weight)| Gram { text, weight })
            .collect();
        grams.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
        grams.truncate(k);
        grams.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        Explanation {
            prediction,
            runner_up,
            grams,
        }
    }

    /// Adds what each n-gram of the block weighs between the two labels to the n-gram's text.
    fn weigh(
        &self,
        block: usize,
        chars: &[u32],
        (label, other): (usize, Option<usize>),
        by_text: &mut BTreeMap<String, f32>,
    ) {
        let block = &self.header.recipe.blocks[block];
        let mut found: BTreeMap<u32, (u16, String)> = BTreeMap::new();
        let head = usize::from(self.header.recipe.head);
        grams(block, chars, head, &self.lexicon, |key, place| {
            if let Some(row) = self.table.find(key) {
                let entry = found
                    .entry(row)
                    .or_insert_with(|| (0, shown(&chars[place])));
                entry.0 = entry.0.saturating_add(1);
            }
        });
        let row = |place: u32| &self.rows[place as usize * self.stride..][..self.stride];
        let value = |place: u32, count: u16| {
            let idf = f32::from(row(place)[self.header.labels.len()]) * self.idf_scale;
            block.counts.of(count) * idf
        };
        let square: f32 = found
            .iter()
            .map(|(place, (count, _))| value(*place, *count).powi(2))
            .sum();
        if square <= 0.0 {
            return;
        }
        let length = block.weight / square.sqrt();
        for (place, (count, text)) in found {
            let weight = |label: usize| f32::from(row(place)[label]) * self.scales[label];
            let apart = weight(label) - other.map_or(0.0, weight);
            *by_text.entry(text).or_insert(0.0) += value(place, count) * length * apart;
        }
    }
}

fn shown(chars: &[u32]) -> String {
    let shown = |c: &u32| match *c {
        BREAK => ' ',
        c => char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    chars.iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::model;
    use super::*;

    #[test]
    fn the_grams_add_up_to_the_margin() {
        let model = model();
        let mut scratch = Scratch::new();
        let why = model.explain(Fields::from("停水停水，路灯"), 100, &mut scratch);
        let biases = model.biases[why.prediction.label] - model.biases[why.runner_up.unwrap()];
        let sum: f32 = why.grams.iter().map(|gram| gram.weight).sum();
        assert!(
            (sum + biases - why.prediction.margin).abs() < 1e-3,
            "{why:?}"
        );
        assert!(
            why.grams
                .windows(2)
                .all(|pair| pair[0].weight >= pair[1].weight)
        );
        assert!(why.grams.iter().any(|gram| gram.text == "停水"), "{why:?}");
    }

    #[test]
    fn only_the_weightiest_are_named_and_nothing_unknown() {
        let model = model();
        let mut scratch = Scratch::new();
        assert_eq!(
            model
                .explain(Fields::from("停水路灯"), 2, &mut scratch)
                .grams
                .len(),
            2
        );
        assert_eq!(
            model
                .explain(Fields::from("hello 咖啡"), 9, &mut scratch)
                .grams,
            []
        );
    }
}
