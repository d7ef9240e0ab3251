//! Alarms with a memory: one for a surge, from its first sign to its end.

use std::collections::BTreeMap;

use super::super::grid::{Grid, SeriesNo};
use super::super::hour::{Hour, Slot};
use super::detector::{Detector, Finding, Look};

/// A surge is over when what is seen is no longer rarer than this by chance, in any window up to that of the alarm.
const OVER: f64 = 0.05;
/// A surge is over after so many hours at the earliest, and by windows of up to so many at least: the current hour alone
/// begins anew with each hour.
const LEAST_HOURS: usize = 3;
/// How long the end of a surge is remembered: as long as the longest window reaches back.
const REMEMBER_HOURS: i64 = 24;

/// Where a surge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It goes on.
    Open,
    /// It is over since this hour.
    Over(Hour),
}

/// A surge and the evidence for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surge {
    /// The hour of the alarm.
    pub opened: Hour,
    /// Whether it goes on.
    pub phase: Phase,
    /// The least likely window so far.
    pub worst: Finding,
    /// The window in which it was noticed.
    pub first: Finding,
}

/// What has become of a surge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// Raise an alarm.
    Opened(Surge),
    /// It is even less likely now.
    Grown(Surge),
    /// It is over.
    Over(Surge),
}

/// The surges that go on, and those that ended within a day.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Watch {
    surges: BTreeMap<SeriesNo, Surge>,
}

impl Watch {
    /// One that goes on with surges from before: a series has one at most, the newest.
    pub fn resume(surges: impl IntoIterator<Item = Surge>) -> Self {
        let mut watch = Self::default();
        for surge in surges {
            let series = surge.worst.series;
            let newest = watch
                .surges
                .get(&series)
                .is_none_or(|other| other.opened <= surge.opened);
            if newest {
                watch.surges.insert(series, surge);
            }
        }
        watch
    }

    /// The surges that go on or ended within a day.
    pub fn surges(&self) -> impl Iterator<Item = &Surge> {
        self.surges.values()
    }

    /// Looks at one series; what has changed, if anything has.
    ///
    /// A theme's surge is what is left of it without those of its categories that have an alarm of their own.
    pub fn look(&mut self, detector: &Detector, now: &Now<'_>, series: SeriesNo) -> Option<Change> {
        let before = self.surges.get(&series).copied();
        let less = self.known(detector.grid(), now, series);
        let mut look = now.at(series, &less);
        match before.map(|surge| (surge.phase, surge)) {
            Some((Phase::Open, surge)) => {
                let hours = surge.worst.hours.max(LEAST_HOURS);
                let old = now.hour.0 - surge.opened.0 >= LEAST_HOURS as i64 - 1;
                if old
                    && detector
                        .up_to(&look, hours)
                        .all(|window| window.chance > OVER)
                {
                    let surge = Surge {
                        phase: Phase::Over(now.hour),
                        ..surge
                    };
                    self.surges.insert(series, surge);
                    return Some(Change::Over(surge));
                }
                let worst = detector
                    .look(&look)
                    .filter(|finding| finding.chance < surge.worst.chance)?;
                let surge = Surge { worst, ..surge };
                self.surges.insert(series, surge);
                Some(Change::Grown(surge))
            }
            other => {
                if let Some((Phase::Over(hour), _)) = other {
                    look.since = Some(hour);
                }
                let found = detector.look(&look)?;
                if found.chance > detector.rare() {
                    return None;
                }
                let surge = Surge {
                    opened: now.hour,
                    phase: Phase::Open,
                    worst: found,
                    first: found,
                };
                self.surges.insert(series, surge);
                Some(Change::Opened(surge))
            }
        }
    }

    /// Looks at every series that has complaints in the current hour, categories before their themes, and then at every
    /// surge that goes on.
    pub fn sweep(&mut self, detector: &Detector, now: &Now<'_>) -> Vec<Change> {
        let (themes, categories): (Vec<SeriesNo>, Vec<SeriesNo>) = now
            .counts
            .keys()
            .partition(|series| detector.grid().is_theme(**series));
        let open = self.surges.iter();
        let open = open.filter(|(series, surge)| {
            surge.phase == Phase::Open && !now.counts.contains_key(series)
        });
        let open: Vec<SeriesNo> = open.map(|(series, _)| *series).collect();
        let all = categories.into_iter().chain(themes).chain(open);
        let changes: Vec<Change> = all
            .filter_map(|series| self.look(detector, now, series))
            .collect();
        self.forget(now.hour);
        changes
    }

    /// Forgets surges that ended more than a day ago.
    pub fn forget(&mut self, hour: Hour) {
        self.surges.retain(|_, surge| match surge.phase {
            Phase::Open => true,
            Phase::Over(end) => end.plus(REMEMBER_HOURS) >= hour,
        });
    }

    /// The categories of a theme that surge in the same place, with their counts in the current hour.
    fn known(&self, grid: &Grid, now: &Now<'_>, theme: SeriesNo) -> Vec<(SeriesNo, u32)> {
        if !grid.is_theme(theme) {
            return Vec::new();
        }
        self.surges
            .keys()
            .filter(|series| grid.above(**series) == Some(theme))
            .map(|series| (*series, now.count(*series)))
            .collect()
    }
}

/// The present: the current hour, how much of it is over, and what came in it.
#[derive(Debug, Clone, Copy)]
pub struct Now<'a> {
    /// The current hour: it follows the last that the detector has closed.
    pub hour: Hour,
    /// Which hour of the week it is.
    pub slot: Slot,
    /// How much of it is over, 0 to 1.
    pub passed: f64,
    /// Complaints in it, of each series that has any; a theme has what is under it.
    pub counts: &'a BTreeMap<SeriesNo, u32>,
}

impl Now<'_> {
    fn count(&self, series: SeriesNo) -> u32 {
        self.counts.get(&series).copied().unwrap_or_default()
    }

    fn at<'a>(&self, series: SeriesNo, less: &'a [(SeriesNo, u32)]) -> Look<'a> {
        Look {
            series,
            hour: self.hour,
            slot: self.slot,
            passed: self.passed,
            current: self.count(series),
            since: None,
            less,
        }
    }
}
