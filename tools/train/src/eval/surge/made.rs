//! A year of a city that is made here. Every complaint is by chance, so every alarm is false.
//!
//! The usual rate of a series is its category's share (Zipf) times its district's, times season (a wave over the year, at
//! another time for each theme), day (weekend or holiday less, more for some), hour (day, evening or all-day, by theme),
//! times what nobody can know before: a factor of the category in the whole city that day (log-normal, 12 %), one of the
//! series that day (10 %), one of the hour (15 %).

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use jiff::civil::date;
use swiftline_domain::city::CityPack;
use swiftline_domain::insight::grid::{Grid, theme};
use swiftline_domain::insight::hour::{Hour, Slot};
use swiftline_domain::insight::surge::{Change, Detector, History, SurgeSettings, Watch};

use super::inject::{LOOKED_FOR, Tally};
use super::replay::{Chance, HOUR, Lived, Told};

/// The history that the service learns from.
const LEARNED_DAYS: i64 = 35;
const DAYS: i64 = 365;
/// What is usual is learned anew so often; the service does it each day.
const ANEW_DAYS: i64 = 14;
/// Complaints a day in the whole city.
const A_DAY: f64 = 15_000.0;
const CITY_DAY: f64 = 0.12;
const SERIES_DAY: f64 = 0.10;
const SERIES_HOUR: f64 = 0.15;

/// What is usual in a series.
struct Usual {
    told: Told,
    category: usize,
    rate: f64,
    /// Which of the three courses of a day its theme takes, whether it rests at the weekend, and when its season is.
    course: usize,
    weekend: f64,
    season: f64,
}

pub(super) fn run(settings: SurgeSettings, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let pack = super::pack("beijing")?;
    let grid = Grid::of(&pack);
    let mut chance = Chance(12_345);
    let usual = city(&pack, &grid, &mut chance);
    let first = pack
        .calendar
        .time_zone()
        .to_timestamp(date(2025, 11, 1).at(0, 0, 0, 0))?;
    let first = Hour::of(first);
    let mut history = History::default();
    let mut learned = Option::<Detector>::None;
    let mut watch = Watch::default();
    let (mut alarms, mut complaints, mut tally) = (0_u32, 0_u64, Tally::default());
    for day in 0..DAYS {
        let hours = lived(&pack, &usual, first.plus(day * 24), day, &mut chance);
        if day >= LEARNED_DAYS && day % ANEW_DAYS == 0 {
            learned = Some(Detector::learn(grid.clone(), settings, &history));
        }
        if let Some(detector) = &mut learned {
            for (number, hour) in hours.iter().enumerate() {
                if day % 10 == 0 && number == [2, 8, 12, 17][(day / 10 % 4) as usize] {
                    tally.put(
                        detector,
                        &watch,
                        &hours[number..number + LOOKED_FOR],
                        &mut chance,
                    );
                }
                let changes = hour.watch(detector, &mut watch);
                let opened = changes
                    .iter()
                    .filter(|(_, change)| matches!(change, Change::Opened(_)));
                alarms += u32::try_from(opened.count())?;
                detector.close(&hour.closed());
            }
        }
        for hour in &hours {
            complaints += hour.told.len() as u64;
            history.push(hour.closed());
        }
        history.forget_before(first.plus((day + 1 - LEARNED_DAYS) * 24));
    }
    let watched = (DAYS - LEARNED_DAYS) as f64;
    writeln!(
        out,
        "\na year that is made: {} series with complaints, {:.0} complaints a day, {watched} days watched in {:.0} s",
        usual.len(),
        complaints as f64 / DAYS as f64,
        begun.elapsed().as_secs_f64()
    )?;
    writeln!(
        out,
        "  nothing happens: {alarms} alarms, {:.2} false alarms a day for the whole city",
        f64::from(alarms) / watched
    )?;
    tally.print(out)
}

/// The series of the city. A season or a course of the day belongs to a theme.
fn city(pack: &CityPack, grid: &Grid, chance: &mut Chance) -> Vec<Usual> {
    let areas = pack.areas.iter().filter(|area| area.parent.is_none());
    let shares: Vec<(&str, f64)> = areas
        .map(|area| (area.id.as_str(), 0.3 + chance.part()))
        .collect();
    let all: f64 = shares.iter().map(|(_, share)| share).sum();
    let categories: Vec<_> = pack.taxonomy.iter().collect();
    let rank = |category: usize| 1.0 / (1.0 + ((category * 37) % categories.len()) as f64);
    let weight: f64 = (0..categories.len()).map(rank).sum();
    let mut usual = Vec::new();
    for (number, category) in categories.iter().enumerate() {
        let seed = theme(&category.id)
            .bytes()
            .fold(7, |sum: usize, byte| sum * 31 % 9_973 + usize::from(byte));
        for (area, share) in &shares {
            let Some(told) = Told::new(grid, 0.0, category.id.as_str(), area) else {
                continue;
            };
            usual.push(Usual {
                told,
                category: number,
                rate: A_DAY / 24.0 * rank(number) / weight * share / all,
                course: seed % 3,
                weekend: [0.6, 1.0, 1.3][seed / 3 % 3],
                season: (seed % 365) as f64,
            });
        }
    }
    usual
}

/// A day of the city.
fn lived(
    pack: &CityPack,
    usual: &[Usual],
    first: Hour,
    day: i64,
    chance: &mut Chance,
) -> Vec<Lived> {
    let category_day: Vec<f64> = (0..pack.taxonomy.iter().len())
        .map(|_| factor(CITY_DAY, chance))
        .collect();
    let series_day: Vec<f64> = usual.iter().map(|_| factor(SERIES_DAY, chance)).collect();
    (0..24)
        .map(|number| {
            let hour = first.plus(number);
            let slot = Slot::of(&pack.calendar, hour);
            let mut told = Vec::new();
            for (one, series_day) in usual.iter().zip(&series_day) {
                let season =
                    1.0 + 0.4 * (std::f64::consts::TAU * (day as f64 - one.season) / 365.0).cos();
                let weekend = if slot.index() >= 120 {
                    one.weekend
                } else {
                    1.0
                };
                let known = one.rate * season * weekend * course(one.course, slot.hour_of_day());
                let rate =
                    known * category_day[one.category] * series_day * factor(SERIES_HOUR, chance);
                for _ in 0..chance.poisson(rate) {
                    let second = chance.part() * HOUR;
                    told.push(Told { second, ..one.told });
                }
            }
            Lived::new(&pack.calendar, hour, told)
        })
        .collect()
}

/// Log-normal with mean 1.
fn factor(spread: f64, chance: &mut Chance) -> f64 {
    (spread * chance.normal() - spread * spread / 2.0).exp()
}

/// How busy an hour of the day is: offices, evenings, or all day long.
fn course(kind: usize, hour: usize) -> f64 {
    let hour = hour as f64 + 0.5;
    let hill = |top: f64, wide: f64| {
        let off = (hour - top).abs().min(24.0 - (hour - top).abs());
        (-off * off / (2.0 * wide * wide)).exp()
    };
    match kind {
        0 => 0.15 + 1.6 * hill(10.0, 2.5) + 1.3 * hill(15.5, 2.5),
        1 => 0.3 + 2.4 * hill(22.0, 3.0),
        _ => 0.5 + hill(13.0, 5.0),
    }
}
