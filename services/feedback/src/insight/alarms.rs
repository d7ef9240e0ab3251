//! Alarms as they are stored: from what the watch says, with evidence, and back.

use std::collections::BTreeMap;

use jiff::Timestamp;
use swiftline_domain::city::CityPack;
use swiftline_domain::id::AreaId;
use swiftline_domain::id::CategoryId;
use swiftline_domain::insight::grid::{Grid, theme};
use swiftline_domain::insight::hour::Hour;
use swiftline_domain::insight::surge::{Change, Detector, Finding, Phase, Surge, Watch};

use super::board::{Board, district};
use super::documents::{Alarm, MAX_SURGES};

/// Areas and cases that an alarm names.
const AREAS: usize = 5;
const CASES: usize = 20;

/// The watch that goes on with these alarms. Those of a subject or district that the pack no longer has are left behind.
pub(super) fn watch(grid: &Grid, alarms: &[Alarm]) -> Watch {
    let surges = alarms.iter().filter_map(|alarm| {
        let district = Some(alarm.district.as_str()).filter(|district| !district.is_empty());
        let worst = Finding {
            series: grid.find(&alarm.category, district)?,
            from: Hour(alarm.from),
            hours: alarm.hours,
            observed: alarm.observed,
            expected: alarm.expected,
            interval: alarm.interval,
            chance: alarm.chance,
        };
        Some(Surge {
            opened: Hour(alarm.opened),
            phase: alarm
                .over
                .map_or(Phase::Open, |over| Phase::Over(Hour(over))),
            worst,
            first: worst,
        })
    });
    Watch::resume(surges)
}

/// Writes a change down; the newest alarms come first.
pub(super) fn apply(
    alarms: &mut Vec<Alarm>,
    board: &Board,
    pack: &CityPack,
    detector: &Detector,
    change: &Change,
    now: Timestamp,
) {
    let (Change::Opened(surge) | Change::Grown(surge) | Change::Over(surge)) = change;
    let id = id(detector.grid(), surge);
    let before = alarms.iter().position(|alarm| alarm.id == id);
    let (subject, place) = detector.grid().name(surge.worst.series);
    let mut alarm = match before {
        Some(at) => alarms.remove(at),
        None => Alarm {
            id,
            category: subject.to_string(),
            district: place.map(ToString::to_string).unwrap_or_default(),
            opened: surge.opened.0,
            over: None,
            from: 0,
            hours: 0,
            observed: 0,
            expected: 0.0,
            interval: (0, 0),
            chance: 0.0,
            history_days: detector.history_days(),
            short_history: detector.is_new(),
            areas: Vec::new(),
            cases: Vec::new(),
            opened_at: now.as_second(),
            over_at: None,
            updated_at: 0,
        },
    };
    let Finding {
        from,
        hours,
        observed,
        expected,
        interval,
        chance,
        ..
    } = surge.worst;
    (alarm.from, alarm.hours, alarm.observed) = (from.0, hours, observed);
    (alarm.expected, alarm.interval, alarm.chance) = (expected, interval, chance);
    alarm.updated_at = now.as_second();
    if let Phase::Over(hour) = surge.phase {
        (alarm.over, alarm.over_at) = (Some(hour.0), Some(now.as_second()));
    } else {
        (alarm.areas, alarm.cases) = evidence(board, pack, subject, place, from);
    }
    alarms.insert(before.unwrap_or(0), alarm);
    alarms.truncate(MAX_SURGES);
}

/// Where most of it was on the newest day, and the newest cases since the window began.
fn evidence(
    board: &Board,
    pack: &CityPack,
    subject: &CategoryId,
    place: Option<&AreaId>,
    from: Hour,
) -> (Vec<(String, u64)>, Vec<String>) {
    let place = place.map(AreaId::as_str).unwrap_or_default();
    let is_theme = theme(subject) == subject.as_str();
    let meant = |category: &str| {
        category == subject.as_str()
            || (is_theme && category.split('.').next() == Some(subject.as_str()))
    };
    let mut areas: BTreeMap<&str, u64> = BTreeMap::new();
    for ((category, area), cell) in board.days.values().next_back().into_iter().flatten() {
        if meant(category) && district(pack, area) == place && cell.told > 0 {
            *areas.entry(area.as_str()).or_default() += cell.told;
        }
    }
    let mut areas: Vec<(String, u64)> = areas
        .into_iter()
        .map(|(area, count)| (area.to_owned(), count))
        .collect();
    areas.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    areas.truncate(AREAS);
    let lately = board.lately.iter();
    let lately = lately.filter(|((category, area), _)| meant(category) && area == place);
    let mut cases: Vec<_> = lately
        .flat_map(|(_, cases)| cases)
        .filter(|(hour, _)| *hour >= from)
        .collect();
    cases.sort_by_key(|(hour, case)| (std::cmp::Reverse(*hour), *case));
    let cases = cases.into_iter().take(CASES);
    (areas, cases.map(|(_, case)| case.to_string()).collect())
}

fn id(grid: &Grid, surge: &Surge) -> String {
    let (subject, place) = grid.name(surge.worst.series);
    let place = place.map_or("nowhere", AreaId::as_str);
    let opened = surge.opened.start();
    let opened = opened
        .to_zoned(jiff::tz::TimeZone::UTC)
        .strftime("%Y%m%dT%H")
        .to_string();
    format!("{subject}_{place}_{opened}")
}

/// One line in the log for each change.
pub(super) fn tell(grid: &Grid, change: &Change) {
    let (Change::Opened(surge) | Change::Grown(surge) | Change::Over(surge)) = change;
    let Finding {
        series,
        hours,
        observed,
        expected,
        chance,
        ..
    } = surge.worst;
    let (category, district) = grid.name(series);
    let category = category.to_string();
    let district = district.map(ToString::to_string).unwrap_or_default();
    match change {
        Change::Opened(_) => {
            tracing::warn!(
                category,
                district,
                hours,
                observed,
                expected,
                chance,
                "a surge has begun"
            );
        }
        Change::Grown(_) => {
            tracing::debug!(
                category,
                district,
                hours,
                observed,
                expected,
                chance,
                "a surge grows"
            );
        }
        Change::Over(_) => {
            tracing::info!(category, district, observed, expected, "a surge is over");
        }
    }
}
