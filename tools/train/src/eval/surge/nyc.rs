//! New York: nine days of 2026, each about ten thousand complaints. Four to six weeks of an hour of the week are what a
//! profile wants; here most have been seen once or never, so this says how it goes with next to no history: each of the
//! last days is looked at with only the days before it.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Deserialize;
use swiftline_domain::city::CityPack;
use swiftline_domain::insight::grid::Grid;
use swiftline_domain::insight::hour::Hour;
use swiftline_domain::insight::surge::{Change, Detector, History, Surge, SurgeSettings, Watch};

use super::inject::{LOOKED_FOR, Tally};
use super::replay::{Chance, Lived, Told};
use crate::data::Data;

const WINDOWS: &str = "nyc311/2026_windows.csv";
/// Days looked at: the last so many, each with all before it.
const HELD_OUT: usize = 3;
/// Surges of each size and stratum begin this often, hours.
const EVERY: usize = 2;

#[derive(Debug, Deserialize)]
struct Row {
    created_date: String,
    complaint_type: String,
    borough: String,
    snapshot: String,
}

pub(super) fn run(
    data: &Data,
    settings: SurgeSettings,
    out: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    let Some(path) = data.file(WINDOWS) else {
        writeln!(out, "\nskipped: New York ({WINDOWS} is not there)")?;
        return Ok(());
    };
    let pack = super::pack("nyc")?;
    let grid = Grid::of(&pack);
    let windows = read(&path, &pack, &grid)?;
    let (mut chance, mut tally) = (Chance(311), Tally::default());
    let (mut hours_watched, mut opened) = (0, Vec::new());
    for at in windows.len().saturating_sub(HELD_OUT)..windows.len() {
        let mut history = History::default();
        for hour in windows[..at].iter().flatten() {
            history.push(hour.closed());
        }
        let mut detector = Detector::learn(grid.clone(), settings, &history);
        let mut watch = Watch::default();
        for (number, hour) in windows[at].iter().enumerate() {
            let rest = &windows[at][number..];
            if number % EVERY == 1 && rest.len() >= LOOKED_FOR {
                tally.put(&detector, &watch, &rest[..LOOKED_FOR], &mut chance);
            }
            let changes = hour.watch(&detector, &mut watch);
            opened.extend(changes.into_iter().filter_map(|(_, change)| match change {
                Change::Opened(surge) => Some(surge),
                _ => None,
            }));
            detector.close(&hour.closed());
            hours_watched += 1;
        }
    }
    print(&pack, &grid, &windows, hours_watched, &opened, out)?;
    tally.print(out)
}

fn print(
    pack: &CityPack,
    grid: &Grid,
    windows: &[Vec<Lived>],
    hours: usize,
    opened: &[Surge],
    out: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    let days = hours as f64 / 24.0;
    let known: usize = windows[..windows.len() - HELD_OUT]
        .iter()
        .map(Vec::len)
        .sum();
    writeln!(
        out,
        "\nNew York: {days:.1} days held out, each with the {:.1} and more days before it; {} alarms, {:.1} a day, true ones \
         among them:",
        known as f64 / 24.0,
        opened.len(),
        opened.len() as f64 / days
    )?;
    for surge in opened {
        let (subject, district) = grid.name(surge.worst.series);
        let found = surge.first;
        writeln!(
            out,
            "    {} {:<28} {:<13} {:>4} in {:>2} h, {:>6.1} usual ({} to {}), chance {:.0e}",
            pack.calendar
                .local(surge.opened.start())
                .strftime("%m-%d %H h"),
            subject.as_str(),
            district.map_or("-", |district| district.as_str()),
            found.observed,
            found.hours,
            found.expected,
            found.interval.0,
            found.interval.1,
            found.chance,
        )?;
    }
    Ok(())
}

/// The whole hours of each window, in the order of time.
fn read(
    path: &std::path::Path,
    pack: &CityPack,
    grid: &Grid,
) -> Result<Vec<Vec<Lived>>, Box<dyn Error>> {
    let mut windows: BTreeMap<String, BTreeMap<Hour, Vec<Told>>> = BTreeMap::new();
    for row in csv::Reader::from_path(path)?.into_deserialize() {
        let row: Row = row?;
        let hours = windows.entry(row.snapshot).or_default();
        let at = time(&row.created_date, pack)?;
        let told = hours.entry(Hour::of(at)).or_default();
        let Some(category) = pack.taxonomy.of_source_type(&row.complaint_type) else {
            continue;
        };
        let borough = row.borough.to_lowercase().replace(' ', "-");
        let second = at.duration_since(Hour::of(at).start()).as_secs_f64();
        told.extend(Told::new(grid, second, category.id.as_str(), &borough));
    }
    let whole = |mut hours: BTreeMap<Hour, Vec<Told>>| {
        // The first hour and the last are cut off somewhere.
        hours.pop_first();
        hours.pop_last();
        let (Some(first), Some(last)) = (hours.keys().next(), hours.keys().next_back()) else {
            return Vec::new();
        };
        (first.0..=last.0)
            .map(|hour| {
                let told = hours.get(&Hour(hour)).cloned().unwrap_or_default();
                Lived::new(&pack.calendar, Hour(hour), told)
            })
            .collect()
    };
    Ok(windows.into_values().map(whole).collect())
}

/// A time of New York, as the city publishes it: without a zone.
fn time(text: &str, pack: &CityPack) -> Result<Timestamp, Box<dyn Error>> {
    let local: DateTime = text.parse()?;
    Ok(pack.calendar.time_zone().to_timestamp(local)?)
}
