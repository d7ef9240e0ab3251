//! The parts of a text, each as a message of its own, from one reading of the whole.

use std::ops::Range;

use super::file::LANES;
use super::score::share;
use super::table::ABSENT;
use super::{Fields, Model, Prediction, Scratch, Unit};

/// Room to work in.
#[derive(Debug, Clone, Default)]
pub(super) struct Parts {
    /// The parts: in bytes of the text, in characters of what was read, and what was found in them.
    parts: Vec<Part>,
    /// By n-gram of the block: its row as numbers, zero where the model does not know it.
    rows: Vec<[f32; LANES]>,
    /// By n-gram: the last part that had it, from 1, and how often.
    times: Vec<(u32, u32)>,
    /// The n-grams of the part, each once, in the order of the text.
    order: Vec<u32>,
}

#[derive(Debug, Clone)]
struct Part {
    bytes: Range<usize>,
    chars: Range<u32>,
    scores: [f32; LANES],
    seen: u32,
    known: u32,
}

impl Model {
    /// Scores each of these parts of a text as a message of its own, in their order, which must be the text's. `takes` is called
    /// with a part's place and scores, and says whether it goes before all parts before it; answered is what the last such
    /// part is. Where a part begins or ends within the text there must be a sign or a space, which belongs to the part behind it.
    pub(crate) fn predict_parts(
        &self,
        text: &str,
        parts: impl Iterator<Item = Range<usize>>,
        scratch: &mut Scratch,
        mut takes: impl FnMut(Range<usize>, &[f32]) -> bool,
    ) -> Option<Prediction> {
        scratch
            .text
            .read(self.header.recipe.spelling, Fields::from(text));
        if !(self.reads_parts() && scratch.text.is_whole()) {
            let mut best = None;
            for part in parts {
                let said = self.predict(Fields::from(&text[part.clone()]), scratch);
                if takes(part, &scratch.scores) {
                    best = Some(said);
                }
            }
            return best;
        }
        scratch.parts.part(parts, scratch.text.places());
        for block in 0..self.header.recipe.blocks.len() {
            self.add_block(block, scratch);
        }
        let labels = self.header.labels.len();
        let mut known = None;
        let Scratch { parts, scores, .. } = scratch;
        for part in &mut parts.parts {
            let of_part = &mut part.scores[..labels];
            self.finish(of_part);
            if takes(part.bytes.clone(), of_part) {
                scores.clear();
                scores.extend(&*of_part);
                known = Some(share(part.known, part.seen));
            }
        }
        known.map(|known| self.decide(scratch, known))
    }

    /// Whether the n-grams of a part are those of the whole text that stand in it, and a row is short.
    fn reads_parts(&self) -> bool {
        let mut blocks = self.header.recipe.blocks.iter();
        let is_local = |unit| matches!(unit, Unit::Chars | Unit::Words | Unit::WordChars);
        self.stride == LANES && blocks.all(|block| !block.head && is_local(block.unit))
    }

    /// Adds what the n-grams of the block weigh to the scores of each part.
    fn add_block(&self, number: usize, scratch: &mut Scratch) {
        let Scratch {
            text,
            looked,
            places,
            parts,
            ..
        } = scratch;
        let block = &self.header.recipe.blocks[number];
        let grams = text.grams(&self.header.recipe, block, &self.lexicon);
        self.table.find_all(&grams.keys, looked, places);
        let Parts {
            parts,
            rows,
            times,
            order,
            ..
        } = parts;
        rows.clear();
        rows.extend(places.iter().map(|place| self.numbers(*place)));
        times.clear();
        times.resize(rows.len(), (0, 0));
        let mut all = grams.all.iter().peekable();
        for (part, here) in (1..).zip(parts) {
            order.clear();
            while let Some(gram) = all.next_if(|gram| gram.start < here.chars.end) {
                // what begins before the part, or goes on behind it, is of none
                if gram.start < here.chars.start || gram.end > here.chars.end {
                    continue;
                }
                here.seen += 1;
                here.known += u32::from(places[gram.number as usize] != ABSENT);
                let times = &mut times[gram.number as usize];
                if times.0 == part {
                    times.1 += 1;
                } else {
                    *times = (part, 1);
                    order.push(gram.number);
                }
            }
            let (mut sums, mut square) = ([0.0; LANES], 0.0);
            for gram in order.iter() {
                let row = &rows[*gram as usize];
                let worth = self.worth(number, times[*gram as usize].1);
                let value = worth * row[self.header.labels.len()] * self.idf_scale;
                square += value * value;
                for (sum, weight) in sums.iter_mut().zip(row) {
                    *sum += value * weight;
                }
            }
            let norm = f32::sqrt(square);
            if norm > 0.0 {
                let weight = block.weight / norm;
                for (score, sum) in here.scores.iter_mut().zip(&sums) {
                    *score += sum * weight;
                }
            }
        }
    }

    fn numbers(&self, place: u32) -> [f32; LANES] {
        let mut numbers = [0.0; LANES];
        if let Some(row) = self.rows.as_chunks::<LANES>().0.get(place as usize) {
            for (number, weight) in numbers.iter_mut().zip(row) {
                *number = f32::from(*weight);
            }
        }
        numbers
    }
}

impl Parts {
    /// Takes the parts; `places` says where each character that was read stands.
    fn part(&mut self, parts: impl Iterator<Item = Range<usize>>, places: &[u32]) {
        self.parts.clear();
        let mut passed = 0;
        let mut before = |byte: usize| {
            while places.get(passed).is_some_and(|at| (*at as usize) < byte) {
                passed += 1;
            }
            // a text has no more characters than fit
            passed as u32
        };
        self.parts.extend(parts.map(|bytes| Part {
            chars: before(bytes.start)..before(bytes.end),
            bytes,
            scores: [0.0; LANES],
            seen: 0,
            known: 0,
        }));
    }
}
