//! Complaints in the order in which they came, seen as the service sees them: each when it comes.

use std::collections::BTreeMap;

use swiftline_domain::calendar::Calendar;
use swiftline_domain::insight::grid::{Grid, SeriesNo};
use swiftline_domain::insight::hour::{Hour, Slot};
use swiftline_domain::insight::surge::{Change, Closed, Detector, Now, Watch};

pub(super) const HOUR: f64 = 3_600.0;

/// A complaint: when in its hour, in seconds, and the series in which it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Told {
    pub(super) second: f64,
    pub(super) category: SeriesNo,
    pub(super) theme: Option<SeriesNo>,
}

impl Told {
    /// `None` when the pack does not know the category.
    pub(super) fn new(grid: &Grid, second: f64, category: &str, area: &str) -> Option<Self> {
        let mut series = grid.series(category, area);
        let category = series.next()?;
        Some(Self {
            second,
            category,
            theme: series.next(),
        })
    }

    fn series(self) -> impl Iterator<Item = SeriesNo> {
        std::iter::once(self.category).chain(self.theme)
    }
}

/// An hour of a city.
#[derive(Debug, Clone)]
pub(super) struct Lived {
    pub(super) hour: Hour,
    pub(super) slot: Slot,
    /// In the order of time.
    pub(super) told: Vec<Told>,
}

impl Lived {
    pub(super) fn new(calendar: &Calendar, hour: Hour, mut told: Vec<Told>) -> Self {
        told.sort_by(|one, other| one.second.total_cmp(&other.second));
        Self {
            hour,
            slot: Slot::of(calendar, hour),
            told,
        }
    }

    pub(super) fn closed(&self) -> Closed {
        let mut counts = BTreeMap::new();
        for series in self.told.iter().flat_map(|told| told.series()) {
            *counts.entry(series).or_default() += 1;
        }
        Closed {
            hour: self.hour,
            slot: self.slot,
            counts: counts.into_iter().collect(),
        }
    }

    /// Looks at each complaint's series when it comes, and at the end of the hour at every surge that goes on. Answers with
    /// what changed and when, in seconds of the hour.
    pub(super) fn watch(&self, detector: &Detector, watch: &mut Watch) -> Vec<(f64, Change)> {
        let mut counts: BTreeMap<SeriesNo, u32> = BTreeMap::new();
        let mut changes = Vec::new();
        for told in &self.told {
            for series in told.series() {
                *counts.entry(series).or_default() += 1;
            }
            let now = self.now(told.second, &counts);
            for series in told.series() {
                let change = watch.look(detector, &now, series);
                changes.extend(change.map(|change| (told.second, change)));
            }
        }
        let end = watch.sweep(detector, &self.now(HOUR, &counts));
        changes.extend(end.into_iter().map(|change| (HOUR, change)));
        changes
    }

    fn now<'a>(&self, second: f64, counts: &'a BTreeMap<SeriesNo, u32>) -> Now<'a> {
        Now {
            hour: self.hour,
            slot: self.slot,
            passed: (second / HOUR).min(1.0),
            counts,
        }
    }
}

/// Numbers that look random and are the same each time (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Chance(pub(super) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to, and without, 1.
    pub(super) fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of so many.
    pub(super) fn of(&mut self, many: usize) -> usize {
        ((self.part() * many as f64) as usize).min(many.saturating_sub(1))
    }

    /// Standard normal.
    pub(super) fn normal(&mut self) -> f64 {
        let (one, other) = (1.0 - self.part(), self.part());
        (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos()
    }

    /// Poisson; a large mean in parts.
    pub(super) fn poisson(&mut self, mut mean: f64) -> u32 {
        let mut count = 0;
        while mean > 30.0 {
            count += self.poisson(30.0);
            mean -= 30.0;
        }
        let (floor, mut product) = ((-mean).exp(), self.part());
        while product > floor {
            count += 1;
            product *= self.part();
        }
        count
    }
}
