//! A simulated city that shows how evenly a way of choosing spreads orders.
//!
//! Orders come at random (Poisson), each to one of some units in proportion to its size, and are open for a random time
//! (exponential). Several routers choose; each looks at the loads every so often, at moments of its own, and counts what
//! itself offers and settles at once. After a steady time one district gets many times its orders, then it recovers.
//! The same conditions and seed give the same figures to the last digit: the only clock is the simulation's.

mod city;
mod measure;
mod policy;

use jiff::Timestamp;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;
use swiftline_domain::city::{CityPack, Unit};
use swiftline_domain::id::UnitId;

use super::Loads as _;
use crate::loads::LoadBook;
use city::{City, Demand};
use measure::Tally;
pub use measure::{Choices, Evenness};
pub use policy::Policy;

/// The most mean handling times that a recovery is waited for.
const MAX_RECOVERY: f64 = 20.0;
/// Mean handling times before anything is measured: by then what the empty beginning lacked is below a hundredth.
const WARM_UP: f64 = 5.0;

/// What happens in the simulated city.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditions {
    /// Where the random numbers begin.
    pub seed: u64,
    /// How many routers choose at once, at least 1.
    pub routers: usize,
    /// How often each looks at the loads, in seconds, above 0.
    pub refresh_s: f64,
    /// How long an order is open on average, in seconds, above 0.
    pub handling_s: f64,
    /// The orders of a unit that are open on average, for the capacity of its teams on duty, above 0.
    pub utilisation: f64,
    /// How long the steady state is measured, in mean handling times.
    pub steady: f64,
    /// What comes after it.
    pub surge: Option<Surge>,
    /// The moment by which it is decided who is on duty.
    pub now: Timestamp,
}

/// Many orders at once in one district.
#[derive(Debug, Clone, PartialEq)]
pub struct Surge {
    /// The district's unit: it and the units below it are concerned.
    pub district: UnitId,
    /// How many times the usual orders come.
    pub factor: f64,
    /// How long, in mean handling times.
    pub lasts: f64,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// How even the loads are within the units, in the steady state.
    pub steady: Evenness,
    /// The decisions in the steady state.
    pub choices: Choices,
    /// The surge, if there was one.
    pub surge: Option<SurgeReport>,
}

/// What a surge did to its district.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SurgeReport {
    /// How even the loads are within the district's units while it lasts.
    pub evenness: Evenness,
    /// The district's decisions while it lasts.
    pub choices: Choices,
    /// The highest load of the district for the capacity of its teams on duty.
    pub peak: f64,
    /// The mean handling times from its end until the district has no more than a twentieth above its usual load; at
    /// most 20.
    pub recovery: f64,
}

/// Runs the city of this pack, in which orders are for these units, under one way of choosing.
///
/// Evenness is that of these units; a unit with fewer than two teams on duty takes part but has nothing to be uneven.
/// Units above them, which get only what spills, count in the decisions.
#[must_use]
pub fn simulate(
    pack: &CityPack,
    units: &[&Unit],
    policy: Policy,
    conditions: &Conditions,
) -> Report {
    let mut run = Run::new(pack, units, policy, conditions);
    let usual = run.city.demand(None);
    run.for_handling_times(WARM_UP, &usual);
    run.tally.begin(run.now_s, |_| true);
    run.for_handling_times(conditions.steady, &usual);
    let (steady, choices) = run.tally.end();
    let surge = conditions
        .surge
        .as_ref()
        .map(|surge| run.surge(surge, &usual));
    Report {
        steady,
        choices,
        surge,
    }
}

struct Run<'a> {
    conditions: &'a Conditions,
    policy: policy::Chooser,
    city: City<'a>,
    books: Vec<LoadBook>,
    rng: SmallRng,
    now_s: f64,
    /// When the next router looks. They look in turn, each `refresh_s` after its last time.
    next_look_s: f64,
    next_to_look: usize,
    /// The team of each open order.
    open: Vec<usize>,
    tally: Tally,
}

impl<'a> Run<'a> {
    fn new(
        pack: &'a CityPack,
        units: &[&'a Unit],
        policy: Policy,
        conditions: &'a Conditions,
    ) -> Self {
        let city = City::new(pack, units, conditions.now);
        Self {
            conditions,
            policy: policy::Chooser::new(policy, conditions.routers),
            books: (0..conditions.routers)
                .map(|_| LoadBook::new(&pack.teams))
                .collect(),
            rng: SmallRng::seed_from_u64(conditions.seed),
            now_s: 0.0,
            next_look_s: 0.0,
            next_to_look: 0,
            open: Vec::new(),
            tally: Tally::new(&city),
            city,
        }
    }

    fn surge(&mut self, surge: &Surge, usual: &Demand) -> SurgeReport {
        let concerned = self.city.district(&surge.district);
        let usually_full = self.city.share_of_load(&concerned) * self.conditions.utilisation;
        let more = self.city.demand(Some((&concerned, surge.factor)));
        self.tally.begin(self.now_s, |unit| concerned[unit]);
        let until_s = self.now_s + surge.lasts * self.conditions.handling_s;
        let mut peak: f64 = 0.0;
        while self.now_s < until_s {
            self.step(until_s, &more);
            peak = peak.max(self.city.fullness(&concerned));
        }
        let (evenness, choices) = self.tally.end();
        let over_s = until_s + MAX_RECOVERY * self.conditions.handling_s;
        while self.now_s < over_s && self.city.fullness(&concerned) > usually_full * 1.05 {
            self.step(over_s, usual);
        }
        SurgeReport {
            evenness,
            choices,
            peak,
            recovery: (self.now_s - until_s) / self.conditions.handling_s,
        }
    }

    /// Lets time go by.
    fn for_handling_times(&mut self, times: f64, demand: &Demand) {
        let until_s = self.now_s + times * self.conditions.handling_s;
        while self.now_s < until_s {
            self.step(until_s, demand);
        }
    }

    /// To the next thing that happens, or to `until_s`. What comes at random has no memory, so that it can be drawn anew
    /// after each look.
    fn step(&mut self, until_s: f64, demand: &Demand) {
        let handling_s = self.conditions.handling_s;
        let coming_per_s = demand.sum() * self.conditions.utilisation / handling_s;
        let going_per_s = to_f64(self.open.len()) / handling_s;
        let sum_per_s = coming_per_s + going_per_s;
        let next_s = self.now_s - (1.0 - self.rng.random::<f64>()).ln() / sum_per_s;
        if self.next_look_s <= next_s.min(until_s) {
            self.look();
        } else if next_s >= until_s {
            self.now_s = until_s;
        } else {
            self.now_s = next_s;
            if self.rng.random::<f64>() * sum_per_s < coming_per_s {
                let unit = demand.draw(&mut self.rng);
                self.order(unit);
            } else {
                self.settle();
            }
        }
    }

    fn look(&mut self) {
        self.now_s = self.next_look_s;
        let book = &self.books[self.next_to_look];
        book.end_look(&book.begin_look(), self.city.loads());
        self.next_to_look = (self.next_to_look + 1) % self.books.len();
        self.next_look_s += self.conditions.refresh_s / to_f64(self.books.len());
    }

    fn order(&mut self, unit: usize) {
        let router = self.rng.random_range(0..self.books.len());
        let book = &self.books[router];
        let rng = &mut self.rng;
        let team = self.policy.choose(&self.city, unit, router, book, rng);
        let seen = |team: usize| book.load(&book.teams()[team]);
        self.tally.chosen(&self.city, unit, team, seen);
        book.offered(&book.teams()[team]);
        self.open.push(team);
        self.tally.settle_up(&self.city, team, self.now_s);
        self.city.add(team);
    }

    fn settle(&mut self) {
        let at = self.rng.random_range(0..self.open.len());
        let team = self.open.swap_remove(at);
        let book = &self.books[self.rng.random_range(0..self.books.len())];
        book.settled(&book.teams()[team]);
        self.tally.settle_up(&self.city, team, self.now_s);
        self.city.take(team);
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a simulation")]
fn to_f64(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
