//! What is measured: how even the loads are within each unit, and where decisions went.

use serde::Serialize;

use super::city::City;
use super::to_f64;

/// How even the loads for the capacities are within units of at least two teams on duty. 1 = each team of a unit has the
/// same load for its capacity; whole orders cannot always be that even.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Evenness {
    /// The highest over the mean at each moment, averaged over time and units.
    pub moment: f64,
    /// The highest over the mean of each team's own average over time, averaged over units: who has more in the long run.
    pub long_run: f64,
    /// The highest over the mean in the worst unit at its worst moment.
    pub worst: f64,
}

/// Where decisions went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Choices {
    /// How many there were.
    pub decisions: u64,
    /// Of these, to a full team while a team of the same unit had room, by the loads that the router saw.
    pub full_as_seen: u64,
    /// The same by the true loads.
    pub full_in_truth: u64,
    /// Of all, to another unit than the one that the order was for.
    pub spilled: u64,
}

/// Counts while it is told to.
pub(super) struct Tally {
    units: Vec<Watched>,
    choices: Choices,
}

/// A unit over time.
#[derive(Clone, Default)]
struct Watched {
    is_for_orders: bool,
    counts: bool,
    since_s: f64,
    began_s: f64,
    /// The highest over the mean, times seconds.
    moments: f64,
    /// The load for the capacity of each team, times seconds.
    shares: Vec<f64>,
    worst: f64,
}

impl Tally {
    pub(super) fn new(city: &City<'_>) -> Self {
        Self {
            units: (0..city.units.len())
                .map(|unit| Watched {
                    is_for_orders: city.is_for_orders(unit),
                    ..Watched::default()
                })
                .collect(),
            choices: Choices::default(),
        }
    }

    /// Forgets everything and counts the units that are wanted.
    pub(super) fn begin(&mut self, now_s: f64, wanted: impl Fn(usize) -> bool) {
        self.choices = Choices::default();
        for (at, unit) in self.units.iter_mut().enumerate() {
            *unit = Watched {
                counts: wanted(at),
                since_s: now_s,
                began_s: now_s,
                is_for_orders: unit.is_for_orders,
                ..Watched::default()
            };
        }
    }

    /// A team's load is about to change: what it was until now is taken down.
    pub(super) fn settle_up(&mut self, city: &City<'_>, team: usize, now_s: f64) {
        if let Some(unit) = city.unit_of(team) {
            self.units[unit].settle_up(city, &city.units[unit].teams, now_s);
        }
    }

    /// An order for this unit goes to this team.
    pub(super) fn chosen(
        &mut self,
        city: &City<'_>,
        wanted: usize,
        team: usize,
        seen: impl Fn(usize) -> u32,
    ) {
        if !self.units[wanted].counts {
            return;
        }
        let Some(unit) = city.unit_of(team) else {
            return;
        };
        let passed_over = |load: &dyn Fn(usize) -> u32| {
            let has_room = |team: usize| load(team) < city.capacity(team);
            let mut siblings = city.units[unit].teams.iter();
            u64::from(!has_room(team) && siblings.any(|other| has_room(*other)))
        };
        self.choices.decisions += 1;
        self.choices.full_as_seen += passed_over(&seen);
        self.choices.full_in_truth += passed_over(&|team| city.load(team));
        self.choices.spilled += u64::from(unit != wanted);
    }

    /// What was counted since [`Tally::begin`].
    pub(super) fn end(&self) -> (Evenness, Choices) {
        let counted: Vec<&Watched> = (self.units.iter())
            .filter(|unit| unit.is_for_orders && unit.counts && unit.shares.len() > 1)
            .collect();
        let mean = |value: &dyn Fn(&Watched) -> f64| {
            let sum: f64 = counted.iter().map(|unit| value(unit)).sum();
            if counted.is_empty() {
                1.0
            } else {
                sum / to_f64(counted.len())
            }
        };
        let evenness = Evenness {
            moment: mean(&|unit| unit.moments / (unit.since_s - unit.began_s)),
            long_run: mean(&|unit| highest_over_mean(&unit.shares)),
            worst: counted.iter().map(|unit| unit.worst).fold(1.0, f64::max),
        };
        (evenness, self.choices)
    }
}

impl Watched {
    fn settle_up(&mut self, city: &City<'_>, teams: &[usize], now_s: f64) {
        if !self.counts {
            return;
        }
        let share = |team: &usize| f64::from(city.load(*team)) / f64::from(city.capacity(*team));
        let shares: Vec<f64> = teams.iter().map(share).collect();
        let (ratio, seconds) = (highest_over_mean(&shares), now_s - self.since_s);
        self.moments += ratio * seconds;
        self.worst = self.worst.max(ratio);
        self.shares.resize(shares.len(), 0.0);
        for (sum, share) in self.shares.iter_mut().zip(shares) {
            *sum += share * seconds;
        }
        self.since_s = now_s;
    }
}

/// 1 when nobody has anything.
fn highest_over_mean(shares: &[f64]) -> f64 {
    let highest = shares.iter().copied().fold(0.0, f64::max);
    let mean = shares.iter().sum::<f64>() / to_f64(shares.len());
    if mean > 0.0 { highest / mean } else { 1.0 }
}
