//! Which rules a complaint's values leave possible: for every value of every dimension that some rule asks about, one
//! bit a rule.
//!
//! A row of bits is cut into blocks of 512 rules, a cache line each, and has a summary with one bit for each 64 rules.
//! A search ANDs the summaries of the rows that a complaint selects, one row a dimension, and then only those blocks in which
//! something may be left, in the order of the rules: the first survivor ends it. Dimensions that no rule asks about have no
//! rows, equal rows of a dimension are kept once.

mod allowed;
mod build;

pub(super) use allowed::{Subtrees, day_number, named_languages};

use super::condition::Dimension;

/// Words of 64 rules in a block.
const BLOCK_WORDS: usize = 8;
/// Rules in a block.
const BLOCK_RULES: usize = BLOCK_WORDS * 64;

/// The dimensions that have an index: all that can be told without reading the text.
pub(super) const INDEXED: [Dimension; 10] = [
    Dimension::Category,
    Dimension::Place,
    Dimension::Kind,
    Dimension::Urgency,
    Dimension::Channel,
    Dimension::Line,
    Dimension::Language,
    Dimension::Reporter,
    Dimension::Day,
    Dimension::Hours,
];

/// One bit for each of 512 rules, in a cache line of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(align(64))]
struct Block([u64; BLOCK_WORDS]);

impl Block {
    fn and(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }
}

/// The rows of one dimension.
#[derive(Debug, Clone)]
struct Table {
    dimension: Dimension,
    /// The row of every value.
    rows: Box<[u32]>,
}

/// The rows of all dimensions.
#[derive(Debug, Clone)]
pub(super) struct Index {
    rules: usize,
    /// Blocks in a row.
    row_blocks: usize,
    /// Summary words in a row: each stands for eight blocks.
    row_summaries: usize,
    blocks: Box<[Block]>,
    summaries: Box<[u64]>,
    /// In the order of [`INDEXED`], without those that no rule asks about.
    tables: Vec<Table>,
    /// All rules: what is possible before anything is asked.
    all: Box<[Block]>,
}

/// The rows that one complaint selects.
pub(super) struct Selected {
    rows: [u32; INDEXED.len()],
    count: usize,
}

impl Selected {
    fn rows(&self) -> &[u32] {
        &self.rows[..self.count]
    }
}

impl Index {
    /// Selects the row of a complaint's value in every dimension that is asked about. A value beyond those of its
    /// dimension stands for one that is not known, which is the last.
    pub(super) fn select(&self, value: impl Fn(Dimension) -> usize) -> Selected {
        let mut rows = [0; INDEXED.len()];
        for (row, table) in rows.iter_mut().zip(&self.tables) {
            let last = table.rows.len() - 1;
            *row = table.rows[value(table.dimension).min(last)];
        }
        Selected {
            rows,
            count: self.tables.len(),
        }
    }

    /// The first rule in order that all selected rows leave possible and that is accepted.
    pub(super) fn first(
        &self,
        selected: &Selected,
        mut accept: impl FnMut(usize) -> bool,
    ) -> Option<usize> {
        for group in 0..self.row_summaries {
            let mut live = self.live_words(selected, group);
            while live != 0 {
                let in_group = live.trailing_zeros() as usize / BLOCK_WORDS;
                live &= !(0xff << (in_group * BLOCK_WORDS));
                let block = group * BLOCK_WORDS + in_group;
                let left = self.possible(selected, block);
                let found = set_bits(&left)
                    .map(|bit| block * BLOCK_RULES + bit)
                    .find(|rule| accept(*rule));
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }

    /// The words in a group of 64 in which some rule may be possible, one bit each.
    fn live_words(&self, selected: &Selected, group: usize) -> u64 {
        let summary = |row: &u32| self.summaries[*row as usize * self.row_summaries + group];
        let rows = selected.rows();
        rows.iter()
            .fold(self.all_words(group), |live, row| live & summary(row))
    }

    /// The words in a group of 64 that have rules at all.
    fn all_words(&self, group: usize) -> u64 {
        let words = self.rules.div_ceil(64) - group * 64;
        if words < 64 {
            (1 << words) - 1
        } else {
            u64::MAX
        }
    }

    /// The rules of a block that all selected rows leave possible.
    fn possible(&self, selected: &Selected, block: usize) -> Block {
        let mut left = self.all[block];
        for row in selected.rows() {
            left.and(&self.blocks[*row as usize * self.row_blocks + block]);
        }
        left
    }

    /// The dimensions that make a rule impossible, in the order of [`INDEXED`].
    pub(super) fn failed(
        &self,
        selected: &Selected,
        rule: usize,
    ) -> impl Iterator<Item = Dimension> {
        let (block, word, bit) = place_of(rule);
        let rows = selected.rows().iter().zip(&self.tables);
        rows.filter_map(move |(row, table)| {
            let bits = &self.blocks[*row as usize * self.row_blocks + block];
            (bits.0[word] >> bit & 1 == 0).then_some(table.dimension)
        })
    }
}

/// The block of a rule, its word there and its bit in that.
fn place_of(rule: usize) -> (usize, usize, usize) {
    let (block, rest) = (rule / BLOCK_RULES, rule % BLOCK_RULES);
    (block, rest / 64, rest % 64)
}

/// The numbers of the bits that are set, in order.
fn set_bits(block: &Block) -> impl Iterator<Item = usize> {
    block.0.iter().enumerate().flat_map(|(at, word)| {
        let some = |word: u64| (word != 0).then_some(word);
        std::iter::successors(some(*word), move |word| some(word & (word - 1)))
            .map(move |word| at * 64 + word.trailing_zeros() as usize)
    })
}
