//! Surges of known size, put into days as they were.

use std::error::Error;
use std::io::Write;

use swiftline_domain::insight::grid::{Grid, SeriesNo};
use swiftline_domain::insight::surge::{Change, Detector, Phase, Watch};

use super::median;
use super::replay::{Chance, HOUR, Lived, Told};

/// How long a surge is looked for: as long as the longest of them.
pub(super) const LOOKED_FOR: usize = 6;

/// Surges that are put in.
const SIZES: [Size; 4] = [
    Size::Times(2.0),
    Size::Times(3.0),
    Size::Times(5.0),
    Size::Burst(30),
];
/// By the complaints an hour that are usual in the series.
const STRATA: [(f64, f64); 4] = [(0.1, 1.0), (1.0, 5.0), (5.0, 20.0), (20.0, f64::INFINITY)];

#[derive(Debug, Clone, Copy)]
enum Size {
    /// So many times the usual for six hours.
    Times(f64),
    /// So many within an hour.
    Burst(u32),
}

/// What became of the surges of each size and stratum.
#[derive(Debug, Default)]
pub(super) struct Tally([[Found; STRATA.len()]; SIZES.len()]);

#[derive(Debug, Default)]
struct Found {
    put: u32,
    minutes: Vec<f64>,
}

impl Tally {
    /// Puts one surge of each size into a series of each stratum, from the first of these hours on, which follow what the
    /// detector has seen.
    pub(super) fn put(
        &mut self,
        detector: &Detector,
        watch: &Watch,
        hours: &[Lived],
        chance: &mut Chance,
    ) {
        let grid = detector.grid();
        let categories: Vec<(SeriesNo, f64)> = grid
            .iter()
            .filter(|series| !grid.is_theme(*series) && grid.name(*series).1.is_some())
            .map(|series| (series, detector.usual(series, hours[0].slot)))
            .collect();
        for (stratum, (from, to)) in STRATA.into_iter().enumerate() {
            let fit = categories
                .iter()
                .filter(|(_, usual)| (from..to).contains(usual));
            let fit: Vec<SeriesNo> = fit.map(|(series, _)| *series).collect();
            if fit.is_empty() {
                continue;
            }
            for (size, found) in SIZES.into_iter().zip(&mut self.0) {
                let series = fit[chance.of(fit.len())];
                // Where there is an alarm anyway, nothing is learned.
                if seen(detector, watch, hours, series).is_some() {
                    continue;
                }
                let with = with(detector, hours, series, size, chance);
                found[stratum].put += 1;
                found[stratum]
                    .minutes
                    .extend(seen(detector, watch, &with, series));
            }
        }
    }

    pub(super) fn print(self, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
        for (size, found) in SIZES.into_iter().zip(self.0) {
            match size {
                Size::Times(times) => writeln!(out, "  times {times} for 6 hours:")?,
                Size::Burst(many) => writeln!(out, "  {many} within an hour:")?,
            }
            for ((from, to), found) in STRATA.into_iter().zip(found) {
                if found.put == 0 {
                    continue;
                }
                let seen = found.minutes.len();
                let delay = median(found.minutes).map_or_else(
                    || "-".to_owned(),
                    |minutes| format!("median delay {minutes:.0} min"),
                );
                let usual = if to.is_finite() {
                    format!("{from} to {to}")
                } else {
                    format!("{from} or more")
                };
                writeln!(
                    out,
                    "    {usual:>10} an hour: {seen:>3} of {:>3} seen ({:.0} %), {delay}",
                    found.put,
                    100.0 * seen as f64 / f64::from(found.put)
                )?;
            }
        }
        Ok(())
    }
}

/// After how many minutes there is an alarm for the series or its theme.
fn seen(detector: &Detector, watch: &Watch, hours: &[Lived], series: SeriesNo) -> Option<f64> {
    let theme = detector.grid().above(series);
    let meant = |other: SeriesNo| other == series || Some(other) == theme;
    let mut open = watch.surges();
    if open.any(|surge| meant(surge.worst.series) && surge.phase == Phase::Open) {
        return Some(0.0);
    }
    let (mut detector, mut watch) = (detector.clone(), watch.clone());
    for (number, hour) in hours.iter().enumerate() {
        for (second, change) in hour.watch(&detector, &mut watch) {
            if let Change::Opened(surge) = change
                && meant(surge.worst.series)
            {
                return Some((number as f64 * HOUR + second) / 60.0);
            }
        }
        detector.close(&hour.closed());
    }
    None
}

/// The hours with a surge.
fn with(
    detector: &Detector,
    hours: &[Lived],
    series: SeriesNo,
    size: Size,
    chance: &mut Chance,
) -> Vec<Lived> {
    let more = |hour: &Lived, number: usize, chance: &mut Chance| match size {
        Size::Times(times) => {
            let usual = detector.usual(series, hour.slot);
            chance.poisson((times - 1.0) * usual)
        }
        Size::Burst(many) if number == 0 => many,
        Size::Burst(_) => 0,
    };
    let mut with = hours.to_vec();
    for (number, hour) in with.iter_mut().enumerate() {
        for _ in 0..more(hour, number, chance) {
            hour.told
                .push(at(detector.grid(), series, chance.part() * HOUR));
        }
        hour.told
            .sort_by(|one, other| one.second.total_cmp(&other.second));
    }
    with
}

fn at(grid: &Grid, series: SeriesNo, second: f64) -> Told {
    Told {
        second,
        category: series,
        theme: grid.above(series),
    }
}
