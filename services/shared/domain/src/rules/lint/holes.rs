//! Cells that are not covered, told in few words.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use super::Linter;
use super::coverage::{Cell, Holes, Why};
use super::finding::{Finding, FindingKind, Severity};
use super::search;
use crate::city::{Area, Category};
use crate::id::CategoryId;
use crate::rules::{Lead, Sample};
use crate::vocabulary::Kind;

/// How many findings are made for each reason: whoever has more has one cause for them all.
const MAX_FINDINGS: usize = 50;
/// How many names a list shows.
const SHOWN: usize = 5;

/// The same kinds missing in the same areas of these categories.
struct Hole {
    leaves: Vec<usize>,
    areas: Vec<usize>,
    /// One bit a kind.
    kinds: u8,
}

impl Hole {
    fn cells(&self) -> usize {
        self.leaves.len() * self.areas.len() * self.kinds.count_ones() as usize
    }

    fn first(&self) -> Cell {
        Cell {
            category: self.leaves[0],
            area: self.areas[0],
            kind: self.kinds.trailing_zeros() as usize,
        }
    }
}

/// Reports what is missing. `leaves` and `areas` are all that there are.
pub(super) fn report(linter: &mut Linter<'_>, leaves: &[usize], areas: &[usize], holes: &Holes) {
    for (why, cells) in holes {
        let mut merged = merge(leaves, areas, |leaf, area| {
            cells.get(&(leaf, area)).copied().unwrap_or(0)
        });
        let more = merged.split_off(merged.len().min(MAX_FINDINGS));
        for hole in &merged {
            say(linter, *why, hole, areas);
        }
        if !more.is_empty() {
            let cells: usize = more.iter().map(Hole::cells).sum();
            let message = format!(
                "and {} more groups with {cells} cells for the same reason; put the others right first",
                more.len()
            );
            missing(linter, *why, message);
        }
    }
}

/// Categories with the same areas and kinds go together, then the areas with the same kinds.
fn merge(leaves: &[usize], areas: &[usize], missing: impl Fn(usize, usize) -> u8) -> Vec<Hole> {
    let mut rows: IndexMap<Vec<u8>, Vec<usize>> = IndexMap::new();
    for leaf in leaves {
        let row = areas.iter().map(|area| missing(*leaf, *area)).collect();
        rows.entry(row).or_default().push(*leaf);
    }
    let mut holes = Vec::new();
    for (row, leaves) in rows {
        let mut by_kinds: IndexMap<u8, Vec<usize>> = IndexMap::new();
        for (kinds, area) in row.iter().zip(areas).filter(|(kinds, _)| **kinds != 0) {
            by_kinds.entry(*kinds).or_default().push(*area);
        }
        holes.extend(by_kinds.into_iter().map(|(kinds, areas)| Hole {
            leaves: leaves.clone(),
            areas,
            kinds,
        }));
    }
    holes
}

fn say(linter: &mut Linter<'_>, why: Why, hole: &Hole, all_areas: &[usize]) {
    let what = format!(
        "{} {}, {} ({} cells)",
        categories(linter, &hole.leaves),
        places(linter, &hole.areas, all_areas),
        kinds(hole.kinds),
        hole.cells()
    );
    let message = match why {
        Why::NoRule => format!(
            "no rule surely matches {what}: the backstop answers; add a rule for them, or leave them to it knowingly"
        ),
        Why::NoUnit(rule) => {
            let meant = match &linter.rules.rules()[rule].then.lead {
                Lead::Department(function) => format!("department for {:?}", function.as_str()),
                _ => "unit of the area".to_owned(),
            };
            format!(
                "rule {:?} means a {meant} for {what}, which does not exist there: the district answers; add the unit, or send them elsewhere",
                linter.id(rule)
            )
        }
        Why::Undecided => format!(
            "whether a rule matches all of {what} was not found out in {} steps; make the rules for them simpler",
            search::MAX_PARTS
        ),
    };
    let witness = witness(linter, why, hole.first());
    missing(linter, why, message).witness = witness;
}

/// A finding about cells that are not covered.
fn missing<'l>(linter: &'l mut Linter<'_>, why: Why, message: String) -> &'l mut Finding {
    match why {
        Why::NoRule => linter.say(Finding::new(FindingKind::Uncovered, None, message, 0)),
        Why::Undecided => linter.say(Finding::new(FindingKind::Undecided, None, message, 0)),
        Why::NoUnit(rule) => {
            let finding = linter.find(FindingKind::Uncovered, rule, message);
            finding.severity = Severity::Info;
            finding
        }
    }
}

/// A complaint of the cell for which it is missing.
fn witness(linter: &mut Linter<'_>, why: Why, cell: Cell) -> Option<Sample> {
    let cell = linter.cell(cell);
    let free = match why {
        Why::Undecided => return None,
        Why::NoUnit(rule) => {
            let share = linter.space.both(&cell, &linter.regions[rule])?;
            linter.reaching(rule, &share)
        }
        Why::NoRule => linter.reaching(linter.regions.len(), &cell),
    };
    Some(linter.space.sample(&free?))
}

/// Lowest categories as subtrees, such as `noise.*, streets.light`.
fn categories(linter: &Linter<'_>, leaves: &[usize]) -> String {
    let all: Vec<&Category> = linter.space.pack.taxonomy.iter().collect();
    let mut children: HashMap<Option<&str>, Vec<&Category>> = HashMap::new();
    for category in &all {
        let parent = category.parent.as_ref().map(CategoryId::as_str);
        children.entry(parent).or_default().push(category);
    }
    // How many lowest categories a subtree has, and how many of them are meant.
    let mut counts: HashMap<&str, (usize, usize)> = HashMap::new();
    let meant: HashSet<usize> = leaves.iter().copied().collect();
    let is_leaf = |category: &Category| !children.contains_key(&Some(category.id.as_str()));
    for (at, leaf) in all.iter().enumerate().filter(|(_, one)| is_leaf(one)) {
        for category in all
            .iter()
            .filter(|category| leaf.id.is_within(&category.id))
        {
            let (has, meant_in) = counts.entry(category.id.as_str()).or_default();
            *has += 1;
            *meant_in += usize::from(meant.contains(&at));
        }
    }
    if leaves.len() == all.iter().filter(|category| is_leaf(category)).count() {
        return "any category".to_owned();
    }
    let mut names = Vec::new();
    let mut rest: Vec<&Category> = children.get(&None).cloned().unwrap_or_default();
    rest.reverse();
    while let Some(category) = rest.pop() {
        let id = category.id.as_str();
        let below = children.get(&Some(id));
        match (counts.get(id).copied().unwrap_or_default(), below) {
            ((_, 0), _) => {}
            ((has, meant), Some(_)) if has == meant => names.push(format!("{id}.*")),
            (_, Some(below)) => rest.extend(below.iter().rev()),
            (_, None) => names.push(id.to_owned()),
        }
    }
    list(&names)
}

/// Areas, as `everywhere` or `in 3 areas (01001, 01002, 02001)`.
fn places(linter: &Linter<'_>, areas: &[usize], all: &[usize]) -> String {
    if areas.len() == all.len() {
        return "everywhere".to_owned();
    }
    let known: Vec<&Area> = linter.space.pack.areas.iter().collect();
    let name = |at: &usize| format!("{} {}", known[*at].id, known[*at].name.text());
    let names: Vec<String> = areas.iter().map(name).collect();
    match areas.len() {
        1 => format!("in {}", names[0]),
        count => format!("in {count} areas ({})", list(&names)),
    }
}

fn kinds(kinds: u8) -> String {
    let names = Kind::ALL
        .iter()
        .filter(|kind| kinds >> **kind as u8 & 1 == 1);
    let names: Vec<&str> = names.map(|kind| kind.as_str()).collect();
    if names.len() == Kind::ALL.len() {
        "every kind".to_owned()
    } else {
        format!("of the kinds {}", names.join(", "))
    }
}

fn list(names: &[String]) -> String {
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
