//! Past complaints decided again under two rule sets: who gains, who loses, and by which rules.
//!
//! [`Replay::observe`] decides one complaint under both sets and counts; nothing is allocated unless something is seen for
//! the first time.
//!
//! **Invariants**
//! - `complaints = moved + adjusted + unchanged`; the gains of all units add up to `moved`, and so do the losses.
//! - The order of complaints changes nothing but which examples are kept.

mod report;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::{Decision, Facts, RuleSet};
use crate::city::CityPack;
use crate::id::ClockClass;
use crate::vocabulary::Lane;

pub use report::{Change, Move, MovesLeftOut, ReplayReport, RuleUse, UnitShare, Window};

/// How many complaints are named with each way in which complaints moved.
pub const MAX_EXAMPLES: usize = 3;
/// How many ways in which complaints move are told apart; complaints that move in yet other ways are counted together.
pub const MAX_MOVES_COUNTED: usize = 50_000;
/// How many ways in which complaints moved a report shows, the most common first.
pub const MAX_MOVES_SHOWN: usize = 1_000;

/// A complaint of the past.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// Its case number, or whatever names it in a file; shown as an example.
    pub key: &'a str,
    /// When it came in.
    pub at: Timestamp,
    /// What routing saw of it.
    pub facts: Facts<'a>,
}

/// A replay that is under way.
#[derive(Debug, Clone)]
pub struct Replay<'a> {
    pack: &'a CityPack,
    /// The place of each unit in the pack.
    units: HashMap<&'a str, usize>,
    old: Side<'a>,
    new: Side<'a>,
    tally: Tally,
}

/// What one rule set decided.
#[derive(Debug, Clone)]
struct Side<'a> {
    rules: &'a RuleSet,
    places: HashMap<&'a str, usize>,
    /// Complaints by rule, in the order of the rules; the backstop's last.
    by_rule: Vec<u64>,
    /// Complaints by unit, in the order of the pack.
    by_unit: Vec<u64>,
}

/// What both together came to.
#[derive(Debug, Clone, Default)]
struct Tally {
    complaints: u64,
    moved: u64,
    adjusted: u64,
    /// First and last complaint.
    window: Option<(Timestamp, Timestamp)>,
    gains: Vec<u64>,
    losses: Vec<u64>,
    moves: HashMap<MoveKey, Moved>,
    moved_otherwise: u64,
    lanes: BTreeMap<(Lane, Lane), u64>,
    clocks: BTreeMap<(ClockClass, ClockClass), u64>,
}

/// A way in which complaints move: the places of both rules and both units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct MoveKey {
    old_rule: usize,
    new_rule: usize,
    old_unit: usize,
    new_unit: usize,
}

#[derive(Debug, Clone, Default)]
struct Moved {
    count: u64,
    examples: Vec<Box<str>>,
}

/// Where a complaint goes under one rule set.
struct Verdict {
    decision: Decision,
    rule: usize,
    unit: usize,
}

impl<'a> Side<'a> {
    fn new(rules: &'a RuleSet, units: usize) -> Self {
        let ids = rules.rules().iter().map(|rule| rule.id.as_str());
        Self {
            rules,
            places: ids.enumerate().map(|(place, id)| (id, place)).collect(),
            by_rule: vec![0; rules.rules().len() + 1],
            by_unit: vec![0; units],
        }
    }

    fn decide(
        &mut self,
        facts: &Facts<'_>,
        pack: &CityPack,
        units: &HashMap<&str, usize>,
    ) -> Verdict {
        let decision = self.rules.decide(facts);
        let backstop = self.by_rule.len() - 1;
        let rule = decision.rule.as_ref().map_or(backstop, |id| {
            // The decision is of these very rules.
            self.places.get(id.as_str()).copied().unwrap_or(backstop)
        });
        let resolved = pack.resolve_unit(&decision.lead, facts.area, self.rules.backstop());
        let unit = units[resolved.unit.id.as_str()];
        self.by_rule[rule] += 1;
        self.by_unit[unit] += 1;
        Verdict {
            decision,
            rule,
            unit,
        }
    }
}

impl<'a> Replay<'a> {
    /// A replay of `new` against `old`, both read against this pack.
    #[must_use]
    pub fn new(pack: &'a CityPack, old: &'a RuleSet, new: &'a RuleSet) -> Self {
        let ids = pack.units.iter().map(|unit| unit.id.as_str());
        let units: HashMap<_, _> = ids.enumerate().map(|(place, id)| (id, place)).collect();
        let count = units.len();
        Self {
            pack,
            units,
            old: Side::new(old, count),
            new: Side::new(new, count),
            tally: Tally {
                gains: vec![0; count],
                losses: vec![0; count],
                ..Tally::default()
            },
        }
    }

    /// Decides a complaint under both rule sets and counts what differs.
    pub fn observe(&mut self, complaint: &Observed<'_>) {
        let (facts, pack, units) = (&complaint.facts, self.pack, &self.units);
        let old = self.old.decide(facts, pack, units);
        let new = self.new.decide(facts, pack, units);
        self.tally.count(complaint, &old, &new);
    }

    /// How many complaints were decided so far.
    #[must_use]
    pub fn complaints(&self) -> u64 {
        self.tally.complaints
    }
}

impl Tally {
    fn count(&mut self, complaint: &Observed<'_>, old: &Verdict, new: &Verdict) {
        self.complaints += 1;
        self.widen(complaint.at, complaint.at);
        let (before, after) = (&old.decision, &new.decision);
        if before.lane != after.lane {
            *self.lanes.entry((before.lane, after.lane)).or_default() += 1;
        }
        if before.clock != after.clock {
            let key = (before.clock.clone(), after.clock.clone());
            *self.clocks.entry(key).or_default() += 1;
        }
        if old.unit != new.unit {
            self.count_move(complaint.key, old, new);
        } else if differ(before, after) {
            self.adjusted += 1;
        }
    }

    fn count_move(&mut self, key: &str, old: &Verdict, new: &Verdict) {
        self.moved += 1;
        self.losses[old.unit] += 1;
        self.gains[new.unit] += 1;
        let way = MoveKey {
            old_rule: old.rule,
            new_rule: new.rule,
            old_unit: old.unit,
            new_unit: new.unit,
        };
        match self.way(way) {
            Some(moved) => {
                moved.count += 1;
                if moved.examples.len() < MAX_EXAMPLES {
                    moved.examples.push(key.into());
                }
            }
            None => self.moved_otherwise += 1,
        }
    }

    /// Where this way is counted; `None` when as many are told apart as may be.
    fn way(&mut self, way: MoveKey) -> Option<&mut Moved> {
        if self.moves.len() < MAX_MOVES_COUNTED {
            Some(self.moves.entry(way).or_default())
        } else {
            self.moves.get_mut(&way)
        }
    }

    fn widen(&mut self, first: Timestamp, last: Timestamp) {
        let (known_first, known_last) = self.window.unwrap_or((first, last));
        self.window = Some((known_first.min(first), known_last.max(last)));
    }
}

/// Whether two decisions for the same unit ask for something else.
fn differ(old: &Decision, new: &Decision) -> bool {
    old.lane != new.lane
        || old.clock != new.clock
        || old.skills != new.skills
        || old.languages != new.languages
        || old.helpers != new.helpers
        || old.inform != new.inform
}
