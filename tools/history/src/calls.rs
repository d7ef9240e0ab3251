//! When people call: how many in which month, and at which hours.

use swiftline_domain::archive::Month;

use crate::chance::Chance;
use crate::city::World;
use crate::{PARTITIONS, Plan};

const DAY: i64 = 86_400;
/// Calls of an hour of the day, from midnight in the city.
const HOURS: [f64; 24] = [
    1.2, 0.8, 0.6, 0.5, 0.5, 0.8, 1.6, 3.2, 6.0, 8.2, 8.4, 7.0, 5.2, 5.8, 7.0, 7.2, 6.8, 6.0, 5.4,
    5.6, 5.6, 4.4, 3.0, 1.8,
];

/// The months and their calls.
pub(crate) struct Calls {
    months: Vec<(Month, Taken)>,
}

/// The calls of a month.
pub(crate) struct Taken {
    start: i64,
    /// Calls up to the end of each hour, as a share of the month's.
    hours: Vec<f64>,
    counts: Vec<u64>,
    firsts: Vec<u64>,
}

/// Walks through a month's hours as the calls of a partition come.
pub(crate) struct Clock<'a> {
    taken: &'a Taken,
    hour: usize,
}

impl Calls {
    pub(crate) fn new(plan: &Plan, world: &World<'_>) -> Self {
        let first = 1 - i32::try_from(plan.months).unwrap_or(i32::MAX);
        let months: Vec<Month> = (first..=0).map(|month| plan.until.plus(month)).collect();
        let hours: Vec<Vec<f64>> = months.iter().map(|month| sums(*month, world)).collect();
        // More call from year to year.
        let weight =
            |at: usize| hours[at].last().copied().unwrap_or(0.0) * (1.0 + at as f64 / 240.0);
        let total: f64 = (0..months.len()).map(weight).sum();
        let (mut firsts, mut given, mut so_far) = (vec![1; PARTITIONS as usize], 0, 0.0);
        let mut all = Vec::with_capacity(months.len());
        for (at, month) in months.into_iter().enumerate() {
            so_far += weight(at);
            let upto = (plan.cases as f64 * so_far / total).round() as u64;
            let count = upto - given;
            given = upto;
            let spread = |p: u64| count / PARTITIONS + u64::from(p < count % PARTITIONS);
            let counts: Vec<u64> = (0..PARTITIONS).map(spread).collect();
            let most = hours[at].last().copied().unwrap_or(1.0);
            let taken = Taken {
                start: month.start().as_second(),
                hours: hours[at].iter().map(|sum| sum / most).collect(),
                firsts: firsts.clone(),
                counts,
            };
            for (first, count) in firsts.iter_mut().zip(&taken.counts) {
                *first += count;
            }
            all.push((month, taken));
        }
        Self { months: all }
    }

    pub(crate) fn month(&self, month: Month) -> Option<&Taken> {
        let found = self.months.iter().find(|(of, _)| *of == month);
        found.map(|(_, taken)| taken)
    }
}

fn sums(month: Month, world: &World<'_>) -> Vec<f64> {
    let (start, end) = (month.start().as_second(), month.end().as_second());
    let mut sum = 0.0;
    let hours = (start..end).step_by(3_600).map(|at| {
        let day = world.day(at);
        let hour = (at + world.offset).rem_euclid(DAY) / 3_600;
        let hour = usize::try_from(hour).unwrap_or_default();
        sum += day.calls * HOURS[hour.min(HOURS.len() - 1)];
        sum
    });
    hours.collect()
}

impl Taken {
    pub(crate) fn first_sequence(&self, partition: u64) -> u64 {
        self.firsts[partition as usize]
    }

    pub(crate) fn count(&self, partition: u64) -> u64 {
        self.counts[partition as usize]
    }

    pub(crate) fn clock(&self) -> Clock<'_> {
        Clock {
            taken: self,
            hour: 0,
        }
    }
}

impl Clock<'_> {
    /// When the call came that is this one of so many; they must be asked for in order.
    pub(crate) fn time(&mut self, at: u64, of: u64, chance: &mut Chance) -> i64 {
        let place = (at as f64 + chance.share()) / of as f64;
        let hours = &self.taken.hours;
        while self.hour + 1 < hours.len() && hours[self.hour] <= place {
            self.hour += 1;
        }
        let before = self.hour.checked_sub(1).map_or(0.0, |hour| hours[hour]);
        let within = (place - before) / (hours[self.hour] - before).max(f64::MIN_POSITIVE);
        self.taken.start + self.hour as i64 * 3_600 + (within.clamp(0.0, 0.9999) * 3_600.0) as i64
    }
}
