//! The models that ship, against a plain way to the same scores: no table, no sharing, a map of counts and sums in 64 bits.

use std::collections::HashMap;

use serde_json::Value;

use super::{Fields, Model, Reader, Scratch};
use crate::engine::pieces;

const MODELS: [&[u8]; 5] = [
    include_bytes!("../../models/beijing-units.model"),
    include_bytes!("../../models/en-urgency.model"),
    include_bytes!("../../models/nyc-categories.model"),
    include_bytes!("../../models/zh-groups.model"),
    include_bytes!("../../models/zh-urgency.model"),
];

const WRITTEN: [&str; 4] = [
    include_str!("../../testdata/categories_en.jsonl"),
    include_str!("../../testdata/groups.jsonl"),
    include_str!("../../testdata/kind.jsonl"),
    include_str!("../../testdata/urgency.heldout.jsonl"),
];

/// How far rounding may lead apart.
const ROUNDING: f64 = 2e-4;

/// Every text of the written messages, some of them one after the other as a letter.
fn texts() -> Vec<String> {
    let lines = WRITTEN.iter().flat_map(|file| file.lines());
    let lines = lines.map(|line| serde_json::from_str(line).expect("a line of JSON"));
    let text = |line: Value| line["text"].as_str().map(str::to_owned);
    let mut texts: Vec<String> = lines.filter_map(text).collect();
    let letters = texts.chunks(7).map(|some| some.join("\n"));
    let letters: Vec<String> = letters.collect();
    texts.extend(letters);
    texts
}

/// A model as a map of rows.
struct Plain<'a> {
    model: &'a Model,
    rows: HashMap<u64, Vec<f64>>,
}

impl<'a> Plain<'a> {
    fn new(model: &'a Model) -> Self {
        let row = |place: usize| {
            let row = &model.rows[place * model.stride..][..=model.labels().len()];
            row.iter().map(|number| f64::from(*number)).collect()
        };
        let keys = model.table.keys().iter().copied().enumerate();
        let rows = keys.map(|(place, key)| (key, row(place))).collect();
        Self { model, rows }
    }

    fn scores(&self, fields: Fields<'_>) -> Vec<f64> {
        let model = self.model;
        let labels = model.labels().len();
        let features = Reader::of(model).features(fields, None);
        let mut sums = vec![0.0; labels];
        for (number, block) in model.header.recipe.blocks.iter().enumerate() {
            let in_block = features.iter().filter_map(|(key, count)| {
                let row = self.rows.get(key)?;
                let idf = row[labels] * f64::from(model.idf_scale);
                let is_of_block = model.header.recipe.block_of(*key) == Some(number);
                is_of_block.then_some((row, f64::from(block.counts.of(*count)) * idf))
            });
            let in_block: Vec<_> = in_block.collect();
            let square: f64 = in_block.iter().map(|(_, value)| value * value).sum();
            for (row, value) in in_block {
                for (sum, weight) in sums.iter_mut().zip(row) {
                    *sum += f64::from(block.weight) * value / square.sqrt() * weight;
                }
            }
        }
        let scaled = sums.iter().zip(&model.scales).zip(&model.biases);
        scaled
            .map(|((sum, scale), bias)| sum * f64::from(*scale) + f64::from(*bias))
            .collect()
    }

    fn check(&self, fields: Fields<'_>, found: &[f32], text: &str) {
        let wanted = self.scores(fields);
        assert_eq!(wanted.len(), found.len());
        for (wanted, found) in wanted.iter().zip(found) {
            let apart = (wanted - f64::from(*found)).abs();
            assert!(apart < ROUNDING, "{wanted} and {found}: {text}");
        }
    }
}

#[test]
fn the_fast_way_scores_written_messages_as_the_plain_one() {
    let models = MODELS.map(|file| Model::read(file).expect("it ships"));
    let plain = models.each_ref().map(Plain::new);
    let mut scratch = Scratch::new();
    for text in texts().iter().step_by(3) {
        // one after the other, so that they share what was read
        for plain in &plain {
            let fields = match text.split_once('\n') {
                Some((subject, detail)) => Fields { subject, detail },
                None => Fields::from(&**text),
            };
            let _ = plain.model.predict(fields, &mut scratch);
            plain.check(fields, scratch.scores(), text);
        }
    }
}

#[test]
fn the_parts_of_a_text_score_as_messages_of_their_own() {
    let models = MODELS.map(|file| Model::read(file).expect("it ships"));
    let plain = models.each_ref().map(Plain::new);
    let (mut scratch, mut alone) = (Scratch::new(), Scratch::new());
    for text in texts().iter().rev().step_by(5) {
        for plain in &plain {
            let start = |piece: &str| piece.as_ptr() as usize - text.as_ptr() as usize;
            let parts = pieces(text).map(|piece| start(piece)..start(piece) + piece.len());
            let (mut told, mut best, mut wanted) = (0, None, None);
            let said = plain
                .model
                .predict_parts(text, parts, &mut scratch, |part, scores| {
                    told += 1;
                    let fields = Fields::from(&text[part]);
                    plain.check(fields, scores, text);
                    let is_first = best.is_none_or(|best| scores[0] > best);
                    if is_first {
                        best = Some(scores[0]);
                        wanted = Some(plain.model.predict(fields, &mut alone));
                        assert_eq!(alone.scores(), scores, "rounded alike: {text}");
                    }
                    is_first
                });
            assert_eq!(told, pieces(text).count());
            assert_eq!(said, wanted, "{text}");
        }
    }
}
