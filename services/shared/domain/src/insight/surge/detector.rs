//! What is usual for every series now, and how unlikely what is seen is.

use super::super::grid::{Grid, SeriesNo};
use super::super::hour::{Hour, Slot};
use super::super::tail::Expected;
use super::shape::Shapes;
use super::{Closed, History, SurgeSettings};

/// The lengths of windows in hours, the current one included.
const WINDOWS: [usize; 5] = [1, 2, 3, 6, 24];
/// Whole hours that are remembered: the longest window has these and the current one.
const RING: usize = 23;
/// Looks a series and hour are worth: five overlapping windows, each looked at as its last hour fills. Chosen so that a
/// city in which nothing happens has the stated rate of alarms, see `train eval surge`.
const LOOKS: f64 = 4.0;
/// Complaints a day below which a series cannot reach an alarm by chance, and does not count among those that can.
const SILENT: f64 = 0.2;
/// A count enters the level with at most its expectation, so many standard deviations, and so many complaints more.
const LEVEL_CLIP: (f64, f64) = (4.0, 1.0);
/// The same for scatter. Wider: complaints that come in clusters (one caller, one building) are scatter, and only few of
/// them are seen in a quiet series.
const SCATTER_CLIP: (f64, f64) = (6.0, 3.0);
/// The information on its own scatter at which a series counts as much as what is broader.
const PRIOR: f64 = 40.0;
/// Complaints that the prior of a level is worth.
const LEVEL_PRIOR: f64 = 2.0;
/// The lowest level, complaints an hour: one in 40 days.
const LOWEST: f64 = 1e-3;
/// With less history than this, everything is taken as more scattered.
const FULL_DAYS: f64 = 14.0;
/// Scatter added without any history, falling to nothing at [`FULL_DAYS`].
const NEW_SCATTER: f64 = 0.1;

/// More than usual, how much more, and how unlikely that is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// Of which series.
    pub series: SeriesNo,
    /// The first hour of the window.
    pub from: Hour,
    /// Hours of the window, the current one included: 1, 2, 3, 6 or 24.
    pub hours: usize,
    /// Complaints in the window.
    pub observed: u64,
    /// Complaints that are usual in it.
    pub expected: f64,
    /// What 95 of 100 such windows have, from and to.
    pub interval: (u64, u64),
    /// How likely so many or more are by chance, in this window alone.
    pub chance: f64,
}

/// Sums from which a scatter is estimated, one for each window: Σ ((seen − expected)² − expected), Σ expected², and the
/// variance of the first under Poisson.
type Scatter = [[f64; 3]; WINDOWS.len()];

#[derive(Debug, Clone)]
struct Series {
    /// The level is gamma: `seen` complaints in `hours` average hours, forgotten exponentially.
    seen: f64,
    hours: f64,
    prior: f64,
    /// Counts and expectations of the last hours, the newest at `at - 1`.
    counts: [u32; RING],
    usual: [f32; RING],
    scatter: Scatter,
}

/// What is usual for every series.
#[derive(Debug, Clone)]
pub struct Detector {
    grid: Grid,
    settings: SurgeSettings,
    shapes: Shapes,
    series: Vec<Series>,
    by_subject: Vec<Scatter>,
    city: Scatter,
    last: Option<Hour>,
    /// Where the next hour goes in the rings, and how many of the last hours follow each other.
    at: usize,
    filled: usize,
    observed_hours: u64,
    rare: f64,
}

impl Detector {
    /// Learns what is usual from a history, and has then seen all of it.
    #[must_use]
    pub fn learn(grid: Grid, settings: SurgeSettings, history: &History) -> Self {
        let shapes = Shapes::learn(&grid, history);
        let series = priors(&grid, history)
            .into_iter()
            .map(|prior| Series {
                seen: 0.0,
                hours: 0.0,
                prior,
                counts: [0; RING],
                usual: [0.0; RING],
                scatter: Scatter::default(),
            })
            .collect();
        let mut detector = Self {
            by_subject: vec![Scatter::default(); grid.subjects()],
            city: Scatter::default(),
            grid,
            settings,
            shapes,
            series,
            last: None,
            at: 0,
            filled: 0,
            observed_hours: 0,
            rare: 0.0,
        };
        for hour in history.hours() {
            detector.close(hour);
        }
        detector
    }

    /// The series.
    #[must_use]
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The last hour that was closed.
    #[must_use]
    pub fn last(&self) -> Option<Hour> {
        self.last
    }

    /// Days of history behind it.
    #[must_use]
    pub fn history_days(&self) -> f64 {
        self.observed_hours as f64 / 24.0
    }

    /// Whether there is less history than two weeks, so that intervals are wider.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.history_days() < FULL_DAYS
    }

    /// The chance below which a finding is an alarm.
    #[must_use]
    pub fn rare(&self) -> f64 {
        self.rare
    }

    /// Complaints of a series that are usual in a whole hour of this slot.
    #[must_use]
    pub fn usual(&self, series: SeriesNo, slot: Slot) -> f64 {
        let factor = self.shapes.of(&self.grid, series)[slot.index()];
        self.series[series.index()].level() * f64::from(factor)
    }

    /// Takes an hour that is over into account. One that is not later than the last changes nothing.
    pub fn close(&mut self, closed: &Closed) {
        if self.last.is_some_and(|last| closed.hour <= last) {
            return;
        }
        let follows = self.last.is_some_and(|last| last.plus(1) == closed.hour);
        self.filled = if follows { self.filled } else { 0 };
        let gap = self.last.map_or(1, |last| closed.hour.0 - last.0);
        let keep = libm::exp2(-(gap as f64) / (24.0 * self.settings.half_life_days));
        let mut counts = closed.counts.iter().peekable();
        let mut can_alarm = 0_u64;
        for number in 0..self.series.len() {
            let series = SeriesNo(number as u32);
            while counts.next_if(|(other, _)| *other < series).is_some() {}
            let count = counts
                .next_if(|(other, _)| *other == series)
                .map_or(0, |(_, count)| *count);
            can_alarm += u64::from(self.close_series(series, closed.slot, count, keep));
        }
        self.at = (self.at + 1) % RING;
        self.filled = (self.filled + 1).min(RING);
        self.last = Some(closed.hour);
        self.observed_hours += 1;
        let tests = 24.0 * LOOKS * can_alarm.max(1) as f64;
        self.rare = self.settings.false_alarms_per_day / tests;
    }

    /// Whether the series has enough complaints that chance could make an alarm of it.
    fn close_series(&mut self, number: SeriesNo, slot: Slot, count: u32, keep: f64) -> bool {
        let factor = f64::from(self.shapes.of(&self.grid, number)[slot.index()]);
        let (subject, _) = self.grid.split(number);
        let series = &self.series[number.index()];
        let usual = series.level() * factor;
        let mut added = Scatter::default();
        let mut plausible = f64::from(count);
        let (mut seen, mut expected) = (f64::from(count), usual);
        let mut window = 0;
        for back in 0..=self.filled {
            if back > 0 {
                let at = (self.at + RING - back) % RING;
                seen += f64::from(series.counts[at]);
                expected += f64::from(series.usual[at]);
            }
            if WINDOWS[window] == back + 1 {
                let expect = self.expect(number, window, expected);
                let off = seen.min(most(expect, SCATTER_CLIP)) - expected;
                added[window] = [
                    off * off - expected,
                    expected * expected,
                    2.0 * expected * expected + expected,
                ];
                if window == 0 {
                    plausible = plausible.min(most(expect, LEVEL_CLIP));
                }
                window += 1;
                if window == WINDOWS.len() {
                    break;
                }
            }
        }
        for to in [
            &mut self.series[number.index()].scatter,
            &mut self.by_subject[subject],
            &mut self.city,
        ] {
            add(to, &added);
        }
        let series = &mut self.series[number.index()];
        series.seen = series.seen * keep + plausible;
        series.hours = series.hours * keep + factor;
        series.counts[self.at] = count;
        series.usual[self.at] = usual as f32;
        series.level() * 24.0 >= SILENT
    }

    /// What is usual in a window with this mean, with all that is known of its scatter.
    fn expect(&self, series: SeriesNo, window: usize, mean: f64) -> Expected {
        let own = &self.series[series.index()];
        let (subject, _) = self.grid.split(series);
        let city = pooled(&self.city[window], 0.0);
        let by_subject = pooled(&self.by_subject[subject][window], city);
        let scatter = pooled(&own.scatter[window], by_subject);
        let level = 1.0 / (own.seen + LEVEL_PRIOR);
        let new = NEW_SCATTER * (1.0 - self.history_days() / FULL_DAYS).max(0.0);
        Expected {
            mean,
            scatter: scatter + level + new,
        }
    }

    /// The least likely window that ends now, of those with enough complaints to matter; `since`: windows begin no earlier.
    ///
    /// `current` are the series' complaints in the current hour, which must follow the last closed one, and `passed` how much
    /// of that hour is over, 0 to 1. `less` are series whose complaints are left out, each with its current count: a theme
    /// without those of its categories that are known to surge.
    #[must_use]
    pub fn look(&self, at: &Look<'_>) -> Option<Finding> {
        let least = self.settings.least;
        let findings = self.windows(at).filter(|(_, observed, expected)| {
            *observed >= least && *observed as f64 >= self.settings.ratio * expected
        });
        let finding = |(window, observed, mean)| {
            let expected = self.expect(at.series, window, mean);
            let chance = expected.at_least(observed);
            (window, observed, expected, chance)
        };
        let best = findings
            .map(finding)
            .min_by(|one, other| one.3.total_cmp(&other.3))?;
        Some(self.finding(at, best))
    }

    /// The windows up to this length that end now, however likely they are, the shortest first.
    pub fn up_to<'a>(
        &'a self,
        at: &'a Look<'_>,
        hours: usize,
    ) -> impl Iterator<Item = Finding> + 'a {
        let windows = self.windows(at);
        let windows = windows.take_while(move |(window, ..)| WINDOWS[*window] <= hours);
        windows.map(|(window, observed, mean)| {
            let expected = self.expect(at.series, window, mean);
            let chance = expected.at_least(observed);
            self.finding(at, (window, observed, expected, chance))
        })
    }

    fn finding(
        &self,
        at: &Look<'_>,
        (window, observed, expected, chance): (usize, u64, Expected, f64),
    ) -> Finding {
        let hours = WINDOWS[window];
        Finding {
            series: at.series,
            from: at.hour.plus(1 - hours as i64),
            hours,
            observed,
            expected: expected.mean,
            interval: (expected.quantile(0.025), expected.quantile(0.975)),
            chance,
        }
    }

    /// Each window that is known whole, with what is in it and what is usual.
    fn windows<'a>(&'a self, at: &'a Look<'_>) -> impl Iterator<Item = (usize, u64, f64)> + 'a {
        let follows = self.last.is_some_and(|last| last.plus(1) == at.hour);
        let known = if follows { self.filled } else { 0 };
        let reach = at
            .since
            .map_or(RING as i64, |since| (at.hour.0 - since.0).max(0));
        let known = known.min(usize::try_from(reach).unwrap_or(RING));
        let windows = WINDOWS.into_iter().enumerate();
        windows
            .take_while(move |(_, hours)| hours - 1 <= known)
            .map(move |(window, hours)| {
                let (seen, usual) = self.sum(at.series, at, u64::from(at.current), hours);
                let less = at
                    .less
                    .iter()
                    .map(|(other, current)| self.sum(*other, at, u64::from(*current), hours));
                let (seen, usual) = less.fold((seen, usual), |(seen, usual), (less, unusual)| {
                    (seen.saturating_sub(less), (usual - unusual).max(0.0))
                });
                (window, seen, usual)
            })
    }

    fn sum(&self, number: SeriesNo, at: &Look<'_>, current: u64, hours: usize) -> (u64, f64) {
        let series = &self.series[number.index()];
        let factor = f64::from(self.shapes.of(&self.grid, number)[at.slot.index()]);
        let (mut seen, mut usual) = (current, series.level() * factor * at.passed);
        for back in 1..hours {
            let at = (self.at + RING - back) % RING;
            seen += u64::from(series.counts[at]);
            usual += f64::from(series.usual[at]);
        }
        (seen, usual)
    }
}

/// Where and when to look.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// At which series.
    pub series: SeriesNo,
    /// The current hour.
    pub hour: Hour,
    /// Which hour of the week it is.
    pub slot: Slot,
    /// How much of it is over, 0 to 1.
    pub passed: f64,
    /// The series' complaints in it.
    pub current: u32,
    /// Windows begin no earlier than this hour.
    pub since: Option<Hour>,
    /// Series whose complaints are left out, each with its complaints in the current hour.
    pub less: &'a [(SeriesNo, u32)],
}

impl Series {
    /// Complaints in an average hour.
    fn level(&self) -> f64 {
        ((self.seen + LEVEL_PRIOR) / (self.hours + LEVEL_PRIOR / self.prior)).max(LOWEST)
    }
}

/// The mean level of each series as its subject in the city and its district's share of everything say it.
fn priors(grid: &Grid, history: &History) -> Vec<f64> {
    let mut subjects = vec![0.0; grid.subjects()];
    let mut places = vec![0.0; grid.places()];
    let mut all = 0.0;
    for (series, count) in history.hours().iter().flat_map(|hour| &hour.counts) {
        let (subject, place) = grid.split(*series);
        subjects[subject] += f64::from(*count);
        if grid.theme_of(subject).is_none() {
            places[place] += f64::from(*count);
            all += f64::from(*count);
        }
    }
    let hours = (history.hours().len() as f64).max(1.0);
    let prior = |series| {
        let (subject, place) = grid.split(series);
        let share = if all > 0.0 { places[place] / all } else { 0.0 };
        (subjects[subject] / hours * share).max(LOWEST)
    };
    grid.iter().map(prior).collect()
}

fn add(to: &mut Scatter, added: &Scatter) {
    for (to, added) in to.iter_mut().zip(added) {
        to.iter_mut()
            .zip(added)
            .for_each(|(to, added)| *to += added);
    }
}

/// A scatter estimated from these sums, leaning on a broader one.
fn pooled([off, square, variance]: &[f64; 3], broader: f64) -> f64 {
    if *square <= 0.0 || *variance <= 0.0 {
        return broader;
    }
    let information = square * square / variance;
    let own = off / square;
    ((own * information + broader * PRIOR) / (information + PRIOR)).max(0.0)
}

/// The most that a count plausibly is.
fn most(expected: Expected, (deviations, more): (f64, f64)) -> f64 {
    expected.mean + deviations * libm::sqrt(expected.variance()) + more
}
