//! What is folded from notes: counts of hours and days, issues, and which cases came lately.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use jiff::Timestamp;
use jiff::civil::Date;
use swiftline_domain::city::CityPack;
use swiftline_domain::insight::counts::Cells;
use swiftline_domain::insight::grid::{Grid, SeriesNo};
use swiftline_domain::insight::hour::{Hour, Slot};
use swiftline_domain::insight::issues::{Issues, Told};
use swiftline_domain::insight::surge::{Closed, History};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::vocabulary::Urgency;
use swiftline_proto::convert;
use swiftline_proto::feedback::v1::InsightNote;

use super::documents::{HOURS_DAYS, Hours};

/// A case counts under the hour in which it was accepted, unless it was classified so much later: then it counts when it
/// was, because the older hours are settled.
const SETTLED_HOURS: i64 = 48;
/// Case numbers kept of a category in a district, as evidence.
const LATELY: usize = 20;

/// Where a case came lately: category and district.
type Lately = HashMap<(String, String), VecDeque<(Hour, CaseNumber)>>;

/// What is folded.
#[derive(Debug, Default)]
pub(super) struct Board {
    /// By day of the epoch (UTC).
    pub(super) hours: BTreeMap<i64, Hours>,
    pub(super) days: BTreeMap<Date, Cells>,
    pub(super) issues: Issues,
    pub(super) lately: Lately,
    pub(super) changed: Changed,
}

/// What has to be written.
#[derive(Debug, Default)]
pub(super) struct Changed {
    pub(super) hours: BTreeSet<i64>,
    pub(super) days: BTreeSet<Date>,
    pub(super) issues: BTreeSet<Partition>,
}

/// A note as it counts.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) number: CaseNumber,
    /// The hour and the day of the city under which a case counts, and those of the callback.
    pub(super) hour: Hour,
    pub(super) date: Date,
    pub(super) category: String,
    pub(super) place: String,
    pub(super) told: Option<(Told, Vec<(CaseNumber, f32)>)>,
    pub(super) solved: Option<bool>,
}

/// Reads a note; `None` for one that this version cannot read.
pub(super) fn read(pack: &CityPack, note: InsightNote) -> Option<Read> {
    let number: CaseNumber = note.case_number.parse().ok()?;
    let time = |at: Option<prost_types::Timestamp>| convert::to_timestamp(at?, "at").ok();
    let at = time(note.at)?;
    let accepted = time(note.accepted_at).unwrap_or(at);
    let is_settled = at.as_second() - accepted.as_second() > SETTLED_HOURS * 3_600;
    let at = if is_settled || note.told.is_none() {
        at
    } else {
        accepted
    };
    let date = pack.calendar.local(at).date();
    let told = note.told.map(|told| {
        let similar = told.similar.iter();
        let links = similar
            .filter_map(|one| Some((one.case_number.parse().ok()?, one.score)))
            .collect();
        let case = Told {
            case: number,
            day: day_number(date),
            category: note.category.parse().ok(),
            area: note.place.parse().ok(),
            urgency: convert::optional(told.urgency, "urgency")
                .ok()
                .flatten()
                .unwrap_or(Urgency::Normal),
            // Stands in the case: see `keeper`.
            caller: None,
        };
        (case, links)
    });
    Some(Read {
        number,
        hour: Hour::of(at),
        date,
        category: note.category,
        place: note.place,
        told,
        solved: note.solved,
    })
}

/// Days from the epoch.
pub(super) fn day_number(date: Date) -> i32 {
    let epoch = Date::constant(1970, 1, 1);
    epoch.until(date).map_or(0, |span| span.get_days())
}

/// The day of this number.
pub(super) fn day_of(number: i32) -> Date {
    let epoch = Date::constant(1970, 1, 1);
    epoch
        .checked_add(jiff::Span::new().days(number))
        .unwrap_or(epoch)
}

impl Board {
    /// Takes a note in. `earlier` is what is known of cases that it is like and that are in no issue yet.
    pub(super) fn take(
        &mut self,
        pack: &CityPack,
        note: &Read,
        earlier: &HashMap<CaseNumber, Told>,
    ) {
        let cell = (note.category.clone(), note.place.clone());
        let cell = self
            .days
            .entry(note.date)
            .or_default()
            .entry(cell)
            .or_default();
        self.changed.days.insert(note.date);
        match note.solved {
            Some(true) => cell.solved += 1,
            Some(false) => cell.unsolved += 1,
            None => {}
        }
        let Some((told, links)) = &note.told else {
            return;
        };
        cell.told += 1;
        let district = district(pack, &note.place);
        let day = note.hour.0.div_euclid(24);
        // 0 to 23.
        let hour = note.hour.0.rem_euclid(24) as u8;
        let hours = self.hours.entry(day).or_default();
        *hours
            .entry((note.category.clone(), district, hour))
            .or_default() += 1;
        self.changed.hours.insert(day);
        self.remember(pack, note);
        self.link(told, links, earlier);
    }

    /// Remembers the case as evidence.
    pub(super) fn remember(&mut self, pack: &CityPack, note: &Read) {
        if note.told.is_none() {
            return;
        }
        let key = (note.category.clone(), district(pack, &note.place));
        let lately = self.lately.entry(key).or_default();
        lately.push_back((note.hour, note.number));
        if lately.len() > LATELY {
            lately.pop_front();
        }
    }

    fn link(
        &mut self,
        told: &Told,
        links: &[(CaseNumber, f32)],
        earlier: &HashMap<CaseNumber, Told>,
    ) {
        if links.is_empty() {
            return;
        }
        let before: BTreeSet<CaseNumber> = links
            .iter()
            .filter_map(|(case, _)| self.issues.get(*case).map(|issue| issue.id))
            .collect();
        self.issues
            .take(told, links, |case| earlier.get(&case).cloned());
        let after = self.issues.get(told.case).map(|issue| issue.id);
        let changed = before
            .into_iter()
            .chain(after)
            .map(swiftline_domain::number::CaseNumber::partition);
        self.changed.issues.extend(changed);
    }

    /// Forgets what is too old to matter.
    pub(super) fn forget(&mut self, now: Timestamp, today: i32) {
        let hour = Hour::of(now);
        let first = hour.0.div_euclid(24) - HOURS_DAYS;
        self.hours.retain(|day, _| *day >= first);
        self.lately.retain(|_, lately| {
            lately.retain(|(at, _)| at.plus(24) >= hour);
            !lately.is_empty()
        });
        // Only what may still change is held; queries read the rest.
        self.days.retain(|date, _| day_number(*date) >= today - 3);
        let before: BTreeMap<Partition, usize> = by_partition(&self.issues);
        self.issues.expire(today);
        let after = by_partition(&self.issues);
        let changed = before
            .iter()
            .filter(|(partition, count)| after.get(*partition) != Some(*count));
        self.changed
            .issues
            .extend(changed.map(|(partition, _)| *partition));
    }

    /// The hours before this one, from the first in which anything was counted. A day without any count is not known; it is
    /// not quiet.
    pub(super) fn history(&self, pack: &CityPack, grid: &Grid, before: Hour) -> History {
        let mut history = History::default();
        let first = self.hours.iter().find_map(|(day, hours)| {
            let hour = hours.keys().map(|(_, _, hour)| i64::from(*hour)).min()?;
            Some(day * 24 + hour)
        });
        let Some(first) = first else {
            return history;
        };
        let today = before.0.div_euclid(24);
        let none = Hours::new();
        let days = self.hours.range(..today);
        // Of today something is known even before its first case.
        let today = (today, self.hours.get(&today).unwrap_or(&none));
        for (day, hours) in days.map(|(day, hours)| (*day, hours)).chain([today]) {
            for number in (day * 24).max(first)..(day * 24 + 24).min(before.0) {
                let hour = Hour(number);
                history.push(Closed {
                    hour,
                    slot: Slot::of(&pack.calendar, hour),
                    counts: of_hour(grid, hours, hour).into_iter().collect(),
                });
            }
        }
        history
    }

    /// What came in an hour, by series.
    pub(super) fn hour(&self, grid: &Grid, hour: Hour) -> BTreeMap<SeriesNo, u32> {
        let hours = self.hours.get(&hour.0.div_euclid(24));
        hours
            .map(|hours| of_hour(grid, hours, hour))
            .unwrap_or_default()
    }
}

fn of_hour(grid: &Grid, hours: &Hours, hour: Hour) -> BTreeMap<SeriesNo, u32> {
    let wanted = hour.0.rem_euclid(24);
    let mut counts = BTreeMap::new();
    for ((category, district, at), count) in hours {
        if i64::from(*at) == wanted {
            for series in grid.series(category, district) {
                *counts.entry(series).or_default() += count;
            }
        }
    }
    counts
}

fn by_partition(issues: &Issues) -> BTreeMap<Partition, usize> {
    let mut counts = BTreeMap::new();
    for issue in issues.iter() {
        *counts.entry(issue.id.partition()).or_default() += 1;
    }
    counts
}

/// The district of a place; empty where there is none.
pub(super) fn district(pack: &CityPack, place: &str) -> String {
    let district = pack.areas.district_of(place);
    district.map(|area| area.id.to_string()).unwrap_or_default()
}
