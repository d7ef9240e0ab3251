//! Whether surges are seen, how soon, and how often there is an alarm without one.
//!
//! Two cities. A year that is made here, with seasons, weeks, holidays and days that are busier for no reason, in which
//! nothing happens: each alarm is false. And the open data of New York, nine single days: each day is looked at with what was
//! known before it, and an alarm may be a true one. Into days of both, surges of known size are put: each a category in a
//! district, times 2, 3 or 5 for six hours, or 30 complaints in one hour.

mod inject;
mod made;
mod nyc;
mod replay;

use std::error::Error;
use std::io::Write;
use std::path::Path;

use swiftline_config::read_folder;
use swiftline_domain::city::CityPack;
use swiftline_domain::insight::surge::SurgeSettings;

use crate::data::Data;

pub(super) fn run(data: &Data, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let settings = SurgeSettings::default();
    writeln!(
        out,
        "operating point: {} false alarms a day for the whole city, at least {} complaints, at least {} times the usual",
        settings.false_alarms_per_day, settings.least, settings.ratio
    )?;
    made::run(settings, out)?;
    nyc::run(data, settings, out)
}

/// The pack of a city that ships.
fn pack(city: &str) -> Result<CityPack, Box<dyn Error>> {
    let cities = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../k8s/cities");
    Ok(CityPack::load(&cities.join(city), read_folder)?)
}

/// The median, of an odd number the middle one; `None` of none.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
