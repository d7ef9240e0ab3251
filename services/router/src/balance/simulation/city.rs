//! The simulated city: the units that orders are for, their ladders, and what each team truly has open.

use std::collections::HashMap;

use jiff::Timestamp;
use rand::{Rng, RngExt};
use swiftline_domain::city::{CityPack, Unit};
use swiftline_domain::id::UnitId;

/// Teams by their place in the pack, units by their place here: first those that orders are for, then those above them.
pub(super) struct City<'a> {
    pub(super) pack: &'a CityPack,
    pub(super) now: Timestamp,
    pub(super) units: Vec<Standing<'a>>,
    /// How many of the units are for orders.
    for_orders: usize,
    capacities: Vec<u32>,
    /// The unit of each team; `None` = of no unit that takes part.
    unit_of: Vec<Option<usize>>,
    index: HashMap<&'a str, usize>,
    loads: Vec<u32>,
}

/// A unit that takes part.
pub(super) struct Standing<'a> {
    /// Itself and those above it.
    pub(super) ladder: Vec<&'a Unit>,
    /// Its teams on duty.
    pub(super) teams: Vec<usize>,
    /// Their capacity.
    capacity: u32,
}

/// How orders are spread over the units that they are for: the running sums of the units' weights.
pub(super) struct Demand(Vec<f64>);

impl Demand {
    pub(super) fn sum(&self) -> f64 {
        self.0.last().copied().unwrap_or_default()
    }

    /// The unit of the next order.
    pub(super) fn draw(&self, rng: &mut impl Rng) -> usize {
        let drawn = rng.random::<f64>() * self.sum();
        let before = self.0.partition_point(|sum| *sum <= drawn);
        before.min(self.0.len() - 1)
    }
}

impl<'a> City<'a> {
    pub(super) fn new(pack: &'a CityPack, units: &[&'a Unit], now: Timestamp) -> Self {
        let index: HashMap<&str, usize> =
            (pack.teams.iter().map(|team| team.id.as_str()).zip(0..)).collect();
        let capacities: Vec<u32> = pack.teams.iter().map(|team| team.capacity).collect();
        let mut all = units.to_vec();
        for unit in units.iter().flat_map(|unit| ladder(pack, unit)) {
            if all.iter().all(|known| known.id != unit.id) {
                all.push(unit);
            }
        }
        let mut unit_of = vec![None; capacities.len()];
        let standing = |(at, unit): (usize, &&'a Unit)| {
            let mut teams = Vec::new();
            for team in pack.teams.of_unit(unit.id.as_str()) {
                let place = index[team.id.as_str()];
                unit_of[place] = Some(at);
                if team.on_duty(now, &pack.calendar) {
                    teams.push(place);
                }
            }
            Standing {
                ladder: ladder(pack, unit),
                capacity: teams.iter().map(|team| capacities[*team]).sum(),
                teams,
            }
        };
        let standings = all.iter().enumerate().map(standing).collect();
        Self {
            pack,
            now,
            units: standings,
            for_orders: units.len(),
            loads: vec![0; capacities.len()],
            capacities,
            unit_of,
            index,
        }
    }

    /// Which units are this one or below it.
    pub(super) fn district(&self, top: &UnitId) -> Vec<bool> {
        let is_below = |unit: &Standing<'_>| unit.ladder.iter().any(|above| above.id == *top);
        self.units.iter().map(is_below).collect()
    }

    /// Orders for each unit in proportion to its capacity, times a factor for some.
    pub(super) fn demand(&self, more: Option<(&[bool], f64)>) -> Demand {
        let mut sum = 0.0;
        let units = self.units.iter().take(self.for_orders).enumerate();
        Demand(
            units
                .map(|(at, unit)| {
                    let factor = more.filter(|(which, _)| which[at]);
                    sum += f64::from(unit.capacity) * factor.map_or(1.0, |(_, factor)| factor);
                    sum
                })
                .collect(),
        )
    }

    /// Whether orders are for this unit.
    pub(super) fn is_for_orders(&self, unit: usize) -> bool {
        unit < self.for_orders
    }

    /// The share that orders are for of the capacity of these units.
    pub(super) fn share_of_load(&self, which: &[bool]) -> f64 {
        let sum = |count: usize| -> f64 {
            let units = self.units.iter().zip(which).take(count);
            units
                .filter(|(_, which)| **which)
                .map(|(unit, _)| f64::from(unit.capacity))
                .sum()
        };
        sum(self.for_orders) / sum(self.units.len())
    }

    /// The load of these units for the capacity of their teams on duty.
    pub(super) fn fullness(&self, which: &[bool]) -> f64 {
        let (mut load, mut capacity) = (0, 0);
        for (unit, _) in self.units.iter().zip(which).filter(|(_, which)| **which) {
            load += unit.teams.iter().map(|team| self.loads[*team]).sum::<u32>();
            capacity += unit.capacity;
        }
        f64::from(load) / f64::from(capacity.max(1))
    }

    pub(super) fn loads(&self) -> &[u32] {
        &self.loads
    }

    pub(super) fn load(&self, team: usize) -> u32 {
        self.loads[team]
    }

    pub(super) fn capacity(&self, team: usize) -> u32 {
        self.capacities[team]
    }

    pub(super) fn unit_of(&self, team: usize) -> Option<usize> {
        self.unit_of[team]
    }

    pub(super) fn place_of(&self, team: &str) -> usize {
        self.index[team]
    }

    pub(super) fn add(&mut self, team: usize) {
        self.loads[team] += 1;
    }

    pub(super) fn take(&mut self, team: usize) {
        self.loads[team] -= 1;
    }
}

/// The unit and those above it.
fn ladder<'a>(pack: &'a CityPack, unit: &'a Unit) -> Vec<&'a Unit> {
    let above = |unit: &&'a Unit| pack.units.get(unit.parent.as_ref()?.as_str());
    std::iter::successors(Some(unit), above)
        .take(pack.units.iter().len())
        .collect()
}
