//! Fills the index from the rules.

use std::collections::HashMap;

use super::allowed::{self, Segments, Subtrees};
use super::{BLOCK_RULES, BLOCK_WORDS, Block, Index, Table, place_of};
use crate::id::{AreaId, CategoryId};
use crate::rules::bits::Bits;
use crate::rules::condition::{Condition, Dimension, Rule};
use crate::vocabulary::{Channel, Kind, Language, Line, ReporterType, Urgency};

impl Index {
    /// Indexes rules; `languages` are those that some rule names.
    pub(in crate::rules) fn new(
        rules: &[Rule],
        categories: &Subtrees<CategoryId>,
        areas: &Subtrees<AreaId>,
        languages: &[Language],
    ) -> Self {
        use Dimension as D;
        let mut build = Builder::new(rules);
        build.add(D::Category, categories.values(), |when| {
            categories.allowed(&when.category)
        });
        build.add(D::Place, areas.values(), |when| {
            allowed::places(&when.place, areas)
        });
        build.add(D::Kind, Kind::ALL.len(), |when| {
            allowed::words(&when.kind, Kind::ALL)
        });
        build.add(D::Urgency, Urgency::ALL.len(), |when| {
            allowed::words(&when.urgency, Urgency::ALL)
        });
        build.add(D::Channel, Channel::ALL.len(), |when| {
            allowed::words(&when.channel, Channel::ALL)
        });
        build.add(D::Line, Line::ALL.len(), |when| {
            allowed::words(&when.line, Line::ALL)
        });
        build.add(D::Language, languages.len() + 1, |when| {
            allowed::languages(&when.language, languages)
        });
        build.add(D::Reporter, ReporterType::ALL.len(), |when| {
            allowed::words(&when.reporter, ReporterType::ALL)
        });
        build.add(D::Day, allowed::DAYS, |when| allowed::days(&when.day));
        let segments = Segments::of(rules);
        build.add(D::Hours, segments.count(), |when| {
            segments.allowed(when.hours)
        });
        build.spread(D::Hours, segments.of_minutes());
        build.finish()
    }
}

struct Builder<'r> {
    rules: &'r [Rule],
    row_blocks: usize,
    blocks: Vec<Block>,
    tables: Vec<Table>,
}

impl<'r> Builder<'r> {
    fn new(rules: &'r [Rule]) -> Self {
        Self {
            rules,
            row_blocks: rules.len().div_ceil(BLOCK_RULES),
            blocks: Vec::new(),
            tables: Vec::new(),
        }
    }

    /// Adds the rows of a dimension of so many values, if some rule asks about it.
    fn add(&mut self, dimension: Dimension, values: usize, allowed: impl Fn(&Condition) -> Bits) {
        let (asking, open): (Vec<_>, Vec<_>) =
            (0..self.rules.len()).partition(|rule| asks(&self.rules[*rule].when, dimension));
        if asking.is_empty() {
            return;
        }
        let mut start = vec![Block::default(); self.row_blocks];
        open.iter().for_each(|rule| set(&mut start, *rule));
        let mut rows = vec![start; values];
        for rule in asking {
            for value in allowed(&self.rules[rule].when).iter() {
                set(&mut rows[value], rule);
            }
        }
        let rows = self.keep_distinct(rows);
        self.tables.push(Table { dimension, rows });
    }

    /// Keeps each different row once, and tells which one is whose.
    fn keep_distinct(&mut self, rows: Vec<Vec<Block>>) -> Box<[u32]> {
        let mut kept: HashMap<Vec<Block>, u32> = HashMap::new();
        let mut numbers = Vec::with_capacity(rows.len());
        for row in rows {
            // Rows are far fewer than 2^32: each has a value of a city's vocabulary.
            let next = (self.blocks.len() / self.row_blocks) as u32;
            let number = *kept.entry(row).or_insert_with_key(|row| {
                self.blocks.extend_from_slice(row);
                next
            });
            numbers.push(number);
        }
        numbers.into()
    }

    /// Replaces the values of a dimension by finer ones: `coarse` gives the old value of every new one.
    fn spread(&mut self, dimension: Dimension, coarse: impl Iterator<Item = usize>) {
        let table = self
            .tables
            .iter_mut()
            .find(|table| table.dimension == dimension);
        if let Some(table) = table {
            table.rows = coarse.map(|value| table.rows[value]).collect();
        }
    }

    fn finish(self) -> Index {
        let row_summaries = self.row_blocks.div_ceil(BLOCK_WORDS);
        let rows = self.blocks.chunks(self.row_blocks.max(1));
        let summaries = rows.flat_map(|row| summarise(row, row_summaries)).collect();
        let mut all = vec![Block::default(); self.row_blocks];
        (0..self.rules.len()).for_each(|rule| set(&mut all, rule));
        Index {
            rules: self.rules.len(),
            row_blocks: self.row_blocks,
            row_summaries,
            blocks: self.blocks.into(),
            summaries,
            tables: self.tables,
            all: all.into(),
        }
    }
}

/// Whether a condition asks about a dimension.
pub(in crate::rules) fn asks(when: &Condition, dimension: Dimension) -> bool {
    match dimension {
        Dimension::Category => !when.category.is_empty(),
        Dimension::Place => when.place.known.is_some() || !when.place.areas.is_empty(),
        Dimension::Kind => !when.kind.is_empty(),
        Dimension::Urgency => !when.urgency.is_empty(),
        Dimension::Channel => !when.channel.is_empty(),
        Dimension::Line => !when.line.is_empty(),
        Dimension::Language => !when.language.is_empty(),
        Dimension::Reporter => !when.reporter.is_empty(),
        Dimension::Day => !when.day.is_empty(),
        Dimension::Hours => when.hours.is_some(),
        Dimension::Keywords => !when.keywords.is_empty(),
        Dimension::Guard => when.guard.is_some(),
    }
}

fn set(row: &mut [Block], rule: usize) {
    let (block, word, bit) = place_of(rule);
    row[block].0[word] |= 1 << bit;
}

/// One bit for each word of a row that has any.
fn summarise(row: &[Block], words: usize) -> Vec<u64> {
    let mut summary = vec![0; words];
    for (at, word) in row.iter().flat_map(|block| block.0).enumerate() {
        summary[at / 64] |= u64::from(word != 0) << (at % 64);
    }
    summary
}
