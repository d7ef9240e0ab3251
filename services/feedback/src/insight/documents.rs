//! The documents of insight: their names, how long they are kept, how they are written and read.
//!
//! | name | what | kept |
//! |---|---|---|
//! | `hours:DAY` | counts of a day (UTC) by category, district and hour | 36 days |
//! | `days:DAY` | counts of a day of the city by category and smallest area | 400 days |
//! | `issues:PNN` | the issues whose first case is of this partition | for good; issues expire |
//! | `surges` | alarms with their evidence, the newest 500 | for good |

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use prost::Message as _;
use serde::{Deserialize, Serialize};
use swiftline_domain::insight::counts::{Cell, Cells};
use swiftline_domain::number::Partition;
use swiftline_proto::feedback::v1::InsightCounts;

/// Days that the detector learns from.
pub(super) const HOURS_DAYS: i64 = 35;
/// Days of the city that are kept: a year and the month that it is compared with.
pub(super) const CITY_DAYS: i64 = 400;
/// The most alarms that are kept.
pub(super) const MAX_SURGES: usize = 500;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
pub(super) const HOURS_LIFETIME: Duration = DAY.saturating_mul(HOURS_DAYS as u32 + 1);
pub(super) const CITY_LIFETIME: Duration = DAY.saturating_mul(CITY_DAYS as u32);
pub(super) const SURGES: &str = "surges";

/// Cases of a UTC day by category, district (empty where unknown) and hour, 0 to 23.
pub(super) type Hours = BTreeMap<(String, String, u8), u32>;

pub(super) fn hours_name(day: i64) -> String {
    format!("hours:{day}")
}

pub(super) fn day_name(date: Date) -> String {
    format!("days:{date}")
}

pub(super) fn issues_name(partition: Partition) -> String {
    format!("issues:{partition}")
}

/// Places of words in a list.
#[derive(Default)]
struct Words {
    places: BTreeMap<String, u32>,
    list: Vec<String>,
}

impl Words {
    fn place(&mut self, word: &str) -> u32 {
        if let Some(place) = self.places.get(word) {
            return *place;
        }
        let place = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.places.insert(word.to_owned(), place);
        self.list.push(word.to_owned());
        place
    }
}

pub(super) fn write_hours(hours: &Hours) -> Vec<u8> {
    let (mut categories, mut areas) = (Words::default(), Words::default());
    let mut cells = Vec::with_capacity(hours.len() * 4);
    for ((category, area, hour), count) in hours {
        cells.extend([
            categories.place(category),
            areas.place(area),
            u32::from(*hour),
            *count,
        ]);
    }
    counts(categories, areas, cells)
}

pub(super) fn write_day(day: &Cells) -> Vec<u8> {
    let (mut categories, mut areas) = (Words::default(), Words::default());
    let mut cells = Vec::with_capacity(day.len() * 5);
    let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    for ((category, area), cell) in day {
        cells.extend([categories.place(category), areas.place(area)]);
        cells.extend([small(cell.told), small(cell.solved), small(cell.unsolved)]);
    }
    counts(categories, areas, cells)
}

fn counts(categories: Words, areas: Words, cells: Vec<u32>) -> Vec<u8> {
    let (categories, areas) = (categories.list, areas.list);
    InsightCounts {
        categories,
        areas,
        cells,
    }
    .encode_to_vec()
}

/// `None` when it is not such a document.
pub(super) fn read_hours(bytes: &[u8]) -> Option<Hours> {
    let counts = InsightCounts::decode(bytes).ok()?;
    let row = |row: &[u32]| {
        let &[category, area, hour, count] = row else {
            return None;
        };
        let (category, area) = names(&counts, category, area)?;
        Some(((category, area, u8::try_from(hour).ok()?), count))
    };
    counts.cells.chunks(4).map(row).collect()
}

/// `None` when it is not such a document.
pub(super) fn read_day(bytes: &[u8]) -> Option<Cells> {
    let counts = InsightCounts::decode(bytes).ok()?;
    let row = |row: &[u32]| {
        let &[category, area, told, solved, unsolved] = row else {
            return None;
        };
        let [told, solved, unsolved] = [told, solved, unsolved].map(u64::from);
        let cell = Cell {
            told,
            solved,
            unsolved,
        };
        Some((names(&counts, category, area)?, cell))
    };
    counts.cells.chunks(5).map(row).collect()
}

fn names(counts: &InsightCounts, category: u32, area: u32) -> Option<(String, String)> {
    let of = |list: &[String], place: u32| list.get(place as usize).cloned();
    Some((of(&counts.categories, category)?, of(&counts.areas, area)?))
}

/// An alarm as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Alarm {
    pub(super) id: String,
    pub(super) category: String,
    /// Empty where nobody knows the place.
    pub(super) district: String,
    /// Hours from the epoch, as the two after it.
    pub(super) opened: i64,
    pub(super) over: Option<i64>,
    pub(super) from: i64,
    pub(super) hours: usize,
    pub(super) observed: u64,
    pub(super) expected: f64,
    pub(super) interval: (u64, u64),
    pub(super) chance: f64,
    pub(super) history_days: f64,
    pub(super) short_history: bool,
    pub(super) areas: Vec<(String, u64)>,
    pub(super) cases: Vec<String>,
    /// Seconds from the epoch.
    pub(super) opened_at: i64,
    pub(super) over_at: Option<i64>,
    pub(super) updated_at: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_back() {
        let key = |category: &str, area: &str, hour| (category.to_owned(), area.to_owned(), hour);
        let hours = Hours::from([
            (key("noise", "01", 0), 3),
            (key("noise", "02", 23), 70_000),
            (key("", "", 5), 1),
        ]);
        assert_eq!(read_hours(&write_hours(&hours)), Some(hours));
        let cell = Cell {
            told: 7,
            solved: 1,
            unsolved: 2,
        };
        let day = Cells::from([(("noise".to_owned(), "01001".to_owned()), cell)]);
        let bytes = write_day(&day);
        assert!(bytes.len() < 32, "{} bytes", bytes.len());
        assert_eq!(read_day(&bytes), Some(day));
        assert_eq!(read_hours(&bytes), None, "five columns are not four");
        assert_eq!(read_day(b"no counts"), None);
    }
}
