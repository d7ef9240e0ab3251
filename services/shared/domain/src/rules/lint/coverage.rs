//! The proof that every lowest category in every smallest area, of every kind, reaches a rule, and the unit that it means.
//!
//! Cells that the same rules concern are looked at once: first categories that the same rules name, then areas, then kinds.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::finding::LintProofs;
use super::places::Answerers;
use super::search::{self, Cover};
use super::space::{Dim, Region};
use super::{Linter, holes};
use crate::vocabulary::Kind;

/// What is missing in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Why {
    /// Some complaint matches no rule.
    NoRule,
    /// Some complaint reaches this rule, whose unit does not exist there.
    NoUnit(usize),
    /// It was not found out.
    Undecided,
}

/// A cell, by the values of its three dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Cell {
    pub(super) category: usize,
    pub(super) area: usize,
    pub(super) kind: usize,
}

/// What is missing, for every lowest category × smallest area one bit a kind.
pub(super) type Holes = IndexMap<Why, HashMap<(usize, usize), u8>>;

pub(super) fn check(linter: &mut Linter<'_>) -> LintProofs {
    let (leaves, areas) = (leaves(linter), smallest_areas(linter));
    let mut survey = Survey {
        answerers: Answerers::new(linter.space.pack, linter.rules.backstop()),
        holes: Holes::new(),
        proofs: LintProofs {
            cells: (leaves.len() * areas.len() * Kind::ALL.len()) as u64,
            ..LintProofs::default()
        },
    };
    let solid: Vec<usize> = (0..linter.regions.len())
        .filter(|rule| linter.is_solid(*rule))
        .collect();
    for (rules, leaves) in groups(&leaves, |leaf| linter.among(&solid, Dim::Category, leaf)) {
        let by_area = groups(&areas, |area| {
            let rules = linter.among(&rules, Dim::Place, area);
            let leads = linter.rules.rules();
            let mut falls = |rule: &usize| survey.answerers.falls(&leads[*rule].then.lead, area);
            let falling: Vec<usize> = rules.iter().copied().filter(|rule| falls(rule)).collect();
            (rules, falling)
        });
        for ((rules, falling), areas) in by_area {
            let kinds: Vec<usize> = (0..Kind::ALL.len()).collect();
            for (rules, kinds) in groups(&kinds, |kind| linter.among(&rules, Dim::Kind, kind)) {
                let block = Block {
                    leaves: &leaves,
                    areas: &areas,
                    kinds: &kinds,
                };
                survey.look(linter, &block, &rules, &falling);
            }
        }
    }
    holes::report(linter, &leaves, &areas, &survey.holes);
    survey.proofs
}

/// Cells that the same rules concern.
struct Block<'b> {
    leaves: &'b [usize],
    areas: &'b [usize],
    kinds: &'b [usize],
}

struct Survey<'p> {
    answerers: Answerers<'p>,
    holes: Holes,
    proofs: LintProofs,
}

impl Survey<'_> {
    /// Proves a block by its first cell. `rules` are all that concern it, `falling` those whose unit does not exist in its areas.
    fn look(
        &mut self,
        linter: &mut Linter<'_>,
        block: &Block<'_>,
        rules: &[usize],
        falling: &[usize],
    ) {
        let first = linter.cell(Cell {
            category: block.leaves[0],
            area: block.areas[0],
            kind: block.kinds[0],
        });
        let cells = (block.leaves.len() * block.areas.len() * block.kinds.len()) as u64;
        match linter.search(first.clone(), rules.to_vec()) {
            Cover::Open(_) => {
                self.proofs.without_rule += cells;
                self.note(block, Why::NoRule);
            }
            Cover::Undecided => {
                self.proofs.undecided += cells;
                self.note(block, Why::Undecided);
            }
            Cover::Closed(_) => {
                let fallen: Vec<usize> = falling
                    .iter()
                    .copied()
                    .filter(|rule| linter.decides_in(*rule, &first, rules))
                    .collect();
                if fallen.is_empty() {
                    self.proofs.covered += cells;
                } else {
                    self.proofs.without_unit += cells;
                }
                fallen
                    .into_iter()
                    .for_each(|rule| self.note(block, Why::NoUnit(rule)));
            }
        }
    }

    fn note(&mut self, block: &Block<'_>, why: Why) {
        let kinds = block.kinds.iter().fold(0, |kinds, kind| kinds | 1 << kind);
        let cells = self.holes.entry(why).or_default();
        for leaf in block.leaves {
            for area in block.areas {
                *cells.entry((*leaf, *area)).or_default() |= kinds;
            }
        }
    }
}

impl Linter<'_> {
    /// The complaints of a cell.
    pub(super) fn cell(&self, cell: Cell) -> Region {
        let mut region = self.space.all();
        let space = &self.space;
        space.keep(&mut region, Dim::Category, |at| at == cell.category);
        space.keep(&mut region, Dim::Place, |at| at == cell.area);
        space.keep(&mut region, Dim::Kind, |at| at == cell.kind);
        region
    }

    /// Those of these rules that allow a value.
    fn among(&self, rules: &[usize], dim: Dim, at: usize) -> Vec<usize> {
        let allows = |rule: &usize| self.space.has(&self.regions[*rule], dim, at);
        rules.iter().copied().filter(allows).collect()
    }

    /// Whether a rule decides some complaint of a cell that these rules, it among them, concern. A search that gives up
    /// counts as yes: better to look once too often.
    fn decides_in(&mut self, rule: usize, cell: &Region, rules: &[usize]) -> bool {
        if !search::meets(&self.space, cell, &self.regions[rule]) {
            return false;
        }
        let Some(share) = self.space.both(cell, &self.regions[rule]) else {
            return false;
        };
        let before = rules.iter().copied().filter(|other| *other < rule);
        let before = before.collect();
        !matches!(self.search(share, before), Cover::Closed(_))
    }
}

/// Values in groups of equal keys, in the order of the first of each.
fn groups<K: std::hash::Hash + Eq>(
    values: &[usize],
    mut key: impl FnMut(usize) -> K,
) -> IndexMap<K, Vec<usize>> {
    let mut groups: IndexMap<K, Vec<usize>> = IndexMap::new();
    for value in values {
        groups.entry(key(*value)).or_default().push(*value);
    }
    groups
}

/// The categories that have none below them.
fn leaves(linter: &Linter<'_>) -> Vec<usize> {
    let taxonomy = &linter.space.pack.taxonomy;
    let parents: std::collections::HashSet<&str> = taxonomy
        .iter()
        .filter_map(|category| Some(category.parent.as_ref()?.as_str()))
        .collect();
    let ids = taxonomy.iter().map(|category| category.id.as_str());
    let leaves = ids.enumerate().filter(|(_, id)| !parents.contains(id));
    leaves.map(|(at, _)| at).collect()
}

/// The areas of level 2.
fn smallest_areas(linter: &Linter<'_>) -> Vec<usize> {
    let areas = linter.space.pack.areas.iter().enumerate();
    let small = areas.filter(|(_, area)| area.kind.level() == 2);
    small.map(|(at, _)| at).collect()
}
