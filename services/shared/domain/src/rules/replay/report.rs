//! What a replay has shown.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{MAX_MOVES_SHOWN, MoveKey, Moved, Replay, Side};
use crate::id::{ClockClass, RuleId, UnitId};
use crate::rules::RulesDigest;
use crate::vocabulary::Lane;

/// The shortest window from which a day's complaints are estimated, in seconds.
const MIN_WINDOW_SECONDS: i64 = 3_600;
const DAY_SECONDS: f64 = 86_400.0;

/// What a replay has shown. As JSON it is what an approval is bound to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplayReport {
    /// The rule set that was in force.
    pub old: RulesDigest,
    /// The candidate.
    pub new: RulesDigest,
    /// When the complaints came in; `None` when there were none.
    pub window: Option<Window>,
    /// How many complaints were decided.
    pub complaints: u64,
    /// How many of them go to another unit.
    pub moved: u64,
    /// How many stay with their unit, but in another lane, by other clocks, with other skills, languages, helpers or informed units.
    pub adjusted: u64,
    /// How many are decided alike, be it by another rule.
    pub unchanged: u64,
    /// How many no rule decided, before.
    pub backstop_before: u64,
    /// How many no rule decides, after.
    pub backstop_after: u64,
    /// The units that get complaints before or after; those whose share changes most first.
    pub units: Vec<UnitShare>,
    /// The ways in which complaints moved, the most common first; at most [`MAX_MOVES_SHOWN`].
    pub moves: Vec<Move>,
    /// What `moves` does not show; `None` when it shows everything.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub moves_left_out: Option<MovesLeftOut>,
    /// Complaints that change lanes, the most common first.
    pub lanes: Vec<Change<Lane>>,
    /// Complaints that change clocks, the most common first.
    pub clocks: Vec<Change<ClockClass>>,
    /// Every rule of either set: the candidate's in order, then those that are gone.
    pub rules: Vec<RuleUse>,
}

/// When the complaints of a replay came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first.
    pub first: Timestamp,
    /// The last.
    pub last: Timestamp,
}

impl Window {
    /// How long it is, in days; `None` when it is too short to tell anything about a day.
    fn days(&self) -> Option<f64> {
        let seconds = self.last.as_second() - self.first.as_second();
        (seconds >= MIN_WINDOW_SECONDS).then(|| seconds as f64 / DAY_SECONDS)
    }
}

/// What a unit gets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitShare {
    /// The unit.
    pub unit: UnitId,
    /// Complaints before.
    pub before: u64,
    /// Complaints after.
    pub after: u64,
    /// How many come to it that others had.
    pub gains: u64,
    /// How many leave it for others.
    pub loses: u64,
    /// How many orders its teams can have open at once, all together.
    pub capacity: u64,
    /// Complaints a day before, rounded to thousandths; `None` when the window is shorter than an hour.
    pub per_day_before: Option<f64>,
    /// Complaints a day after.
    pub per_day_after: Option<f64>,
    /// Complaints a day before, over the capacity: at 1 the teams are full when each order is open for a day.
    pub load_before: Option<f64>,
    /// Complaints a day after, over the capacity.
    pub load_after: Option<f64>,
}

/// A way in which complaints moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The rule that decided before; `None` for the backstop.
    pub old_rule: Option<RuleId>,
    /// The rule that decides after; `None` for the backstop.
    pub new_rule: Option<RuleId>,
    /// The unit before.
    pub old_unit: UnitId,
    /// The unit after.
    pub new_unit: UnitId,
    /// How many complaints.
    pub count: u64,
    /// The keys of some of them; at most [`super::MAX_EXAMPLES`].
    pub examples: Vec<Box<str>>,
}

/// Ways in which complaints moved that are not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovesLeftOut {
    /// How many ways were told apart and are not shown.
    pub ways: u64,
    /// How many complaints moved in ways that are not shown, told apart or not.
    pub complaints: u64,
}

/// How many complaints change from one to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change<T> {
    /// Before.
    pub from: T,
    /// After.
    pub to: T,
    /// How many complaints.
    pub count: u64,
}

/// How many complaints a rule decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleUse {
    /// The rule.
    pub rule: RuleId,
    /// Before; `None` when there was no such rule.
    pub before: Option<u64>,
    /// After; `None` when there is no such rule.
    pub after: Option<u64>,
}

impl Side<'_> {
    fn backstop(&self) -> u64 {
        self.by_rule.last().copied().unwrap_or_default()
    }

    fn rule(&self, place: usize) -> Option<RuleId> {
        self.rules.rules().get(place).map(|rule| rule.id.clone())
    }

    fn uses(&self, id: &RuleId) -> Option<u64> {
        let place = self.places.get(id.as_str());
        place.map(|place| self.by_rule[*place])
    }
}

impl Replay<'_> {
    /// What the replay has shown so far.
    #[must_use]
    pub fn report(&self) -> ReplayReport {
        let tally = &self.tally;
        let window = tally.window.map(|(first, last)| Window { first, last });
        let (moves, moves_left_out) = self.moves();
        ReplayReport {
            old: self.old.rules.digest().clone(),
            new: self.new.rules.digest().clone(),
            window,
            complaints: tally.complaints,
            moved: tally.moved,
            adjusted: tally.adjusted,
            unchanged: tally.complaints - tally.moved - tally.adjusted,
            backstop_before: self.old.backstop(),
            backstop_after: self.new.backstop(),
            units: self.units(window.and_then(|window| window.days())),
            moves,
            moves_left_out,
            lanes: changes(&tally.lanes),
            clocks: changes(&tally.clocks),
            rules: self.rules(),
        }
    }

    fn units(&self, days: Option<f64>) -> Vec<UnitShare> {
        let per_day = |count: u64| days.map(|days| count as f64 / days);
        let shares = self.pack.units.iter().enumerate().map(|(place, unit)| {
            let (before, after) = (self.old.by_unit[place], self.new.by_unit[place]);
            let teams = self.pack.teams.of_unit(unit.id.as_str());
            let capacity: u64 = teams.map(|team| u64::from(team.capacity)).sum();
            let load = |count| per_day(count).map(|count| thousandths(count / capacity as f64));
            UnitShare {
                unit: unit.id.clone(),
                before,
                after,
                gains: self.tally.gains[place],
                loses: self.tally.losses[place],
                capacity,
                per_day_before: per_day(before).map(thousandths),
                per_day_after: per_day(after).map(thousandths),
                load_before: load(before).filter(|_| capacity > 0),
                load_after: load(after).filter(|_| capacity > 0),
            }
        });
        let mut shares: Vec<UnitShare> = shares
            .filter(|share| share.before + share.after > 0)
            .collect();
        shares.sort_by_key(|share| std::cmp::Reverse(share.before.abs_diff(share.after)));
        shares
    }

    fn moves(&self) -> (Vec<Move>, Option<MovesLeftOut>) {
        let mut ways: Vec<(&MoveKey, &Moved)> = self.tally.moves.iter().collect();
        ways.sort_unstable_by_key(|(way, moved)| (std::cmp::Reverse(moved.count), **way));
        let units = |place: usize| self.pack.units.iter().nth(place);
        let shown = ways
            .iter()
            .take(MAX_MOVES_SHOWN)
            .filter_map(|(way, moved)| {
                Some(Move {
                    old_rule: self.old.rule(way.old_rule),
                    new_rule: self.new.rule(way.new_rule),
                    old_unit: units(way.old_unit)?.id.clone(),
                    new_unit: units(way.new_unit)?.id.clone(),
                    count: moved.count,
                    examples: moved.examples.clone(),
                })
            });
        let shown: Vec<Move> = shown.collect();
        let rest = ways.get(shown.len()..).unwrap_or_default();
        let left_out = MovesLeftOut {
            ways: rest.len() as u64,
            complaints: rest.iter().map(|(_, moved)| moved.count).sum::<u64>()
                + self.tally.moved_otherwise,
        };
        (shown, (left_out.complaints > 0).then_some(left_out))
    }

    fn rules(&self) -> Vec<RuleUse> {
        let (old, new) = (self.old.rules.rules(), self.new.rules.rules());
        let kept: HashSet<&RuleId> = new.iter().map(|rule| &rule.id).collect();
        let gone = old.iter().filter(|rule| !kept.contains(&rule.id));
        let every = new.iter().chain(gone);
        every
            .map(|rule| RuleUse {
                rule: rule.id.clone(),
                before: self.old.uses(&rule.id),
                after: self.new.uses(&rule.id),
            })
            .collect()
    }
}

fn changes<T: Clone>(counts: &std::collections::BTreeMap<(T, T), u64>) -> Vec<Change<T>> {
    let changes = counts.iter().map(|((from, to), count)| Change {
        from: from.clone(),
        to: to.clone(),
        count: *count,
    });
    let mut changes: Vec<_> = changes.collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.count));
    changes
}

fn thousandths(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}
