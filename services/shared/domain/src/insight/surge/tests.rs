//! What is usual is learned, what is not is found, and chance alone is not.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::city::CityPack;
use crate::city::testing::small_pack;
use crate::insight::grid::Grid;

/// An hour to begin with.
const START: Hour = Hour(495_640);
const NOISE: (&str, &str) = ("noise", "01");

fn pack() -> CityPack {
    small_pack()
}

/// Counts of an hour: category, area, how many.
type Told = Vec<(&'static str, &'static str, u32)>;

fn counts(grid: &Grid, told: &Told) -> BTreeMap<SeriesNo, u32> {
    let mut counts = BTreeMap::new();
    for (category, area, count) in told {
        for series in grid.series(category, area) {
            *counts.entry(series).or_default() += count;
        }
    }
    counts.retain(|_, count| *count > 0);
    counts
}

fn closed(pack: &CityPack, grid: &Grid, hour: Hour, told: &Told) -> Closed {
    Closed {
        hour,
        slot: Slot::of(&pack.calendar, hour),
        counts: counts(grid, told).into_iter().collect(),
    }
}

/// A quiet night and a busy evening, each week alike.
fn usual(pack: &CityPack, hour: Hour) -> Told {
    let evening = Slot::of(&pack.calendar, hour).hour_of_day() >= 18;
    let turn = (hour.0 % 3) as u32;
    vec![
        ("noise", "01", if evening { 4 + turn } else { 1 }),
        ("housing.heating", "01", turn / 2),
        ("housing.heating.boiler", "02", u32::from(hour.0 % 11 == 0)),
    ]
}

fn learned(pack: &CityPack, days: i64) -> Detector {
    let grid = Grid::of(pack);
    let mut history = History::default();
    for hour in (0..days * 24).map(|hours| START.plus(hours)) {
        assert!(history.push(closed(pack, &grid, hour, &usual(pack, hour))));
    }
    Detector::learn(grid, SurgeSettings::default(), &history)
}

/// Changes of an hour seen at its quarters, with the complaints spread evenly over it.
fn lived(
    pack: &CityPack,
    detector: &mut Detector,
    watch: &mut Watch,
    hour: Hour,
    told: &Told,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for quarter in 1..=4_u32 {
        let part = told
            .iter()
            .map(|(category, area, count)| (*category, *area, count * quarter / 4));
        let counts = counts(detector.grid(), &part.collect());
        let now = Now {
            hour,
            slot: Slot::of(&pack.calendar, hour),
            passed: f64::from(quarter) / 4.0,
            counts: &counts,
        };
        changes.extend(watch.sweep(detector, &now));
    }
    let hour = closed(pack, detector.grid(), hour, told);
    detector.close(&hour);
    changes
}

#[test]
fn what_comes_each_week_is_no_surge() {
    let pack = pack();
    let mut detector = learned(&pack, 28);
    let mut watch = Watch::default();
    for hour in (28 * 24..35 * 24).map(|hours| START.plus(hours)) {
        let told = usual(&pack, hour);
        assert_eq!(lived(&pack, &mut detector, &mut watch, hour, &told), []);
    }
    assert!(!detector.is_new());
}

#[test]
fn a_surge_is_one_alarm_that_grows_and_ends() {
    let pack = pack();
    let mut detector = learned(&pack, 28);
    let mut watch = Watch::default();
    let begin = START.plus(28 * 24 + 3);
    let mut told = Vec::new();
    for hours in 0..36 {
        let hour = begin.plus(hours);
        let mut usual = usual(&pack, hour);
        if hours < 6 {
            usual.push((NOISE.0, NOISE.1, 20));
        }
        told.extend(lived(&pack, &mut detector, &mut watch, hour, &usual));
    }
    let noise = detector.grid().find(NOISE.0, Some(NOISE.1)).unwrap();
    let Some(Change::Opened(opened)) = told.first() else {
        panic!("{told:?}")
    };
    assert_eq!((opened.opened, opened.worst.series), (begin, noise));
    assert!(opened.worst.observed >= 5 && opened.worst.chance <= detector.rare() * 10.0);
    assert!(opened.worst.interval.1 < opened.worst.observed);
    let opened = |change: &&Change| matches!(change, Change::Opened(_));
    let over = |change: &&Change| matches!(change, Change::Over(_));
    assert_eq!(told.iter().filter(opened).count(), 1, "{told:#?}");
    assert_eq!(told.iter().filter(over).count(), 1);
    assert!(
        told.iter()
            .any(|change| matches!(change, Change::Grown(surge) if surge.worst.observed > 60))
    );
    let Some(Change::Over(last)) = told.last() else {
        panic!()
    };
    let Phase::Over(end) = last.phase else {
        panic!()
    };
    assert!((6..=32).contains(&(end.0 - begin.0)), "{end:?}");
}

#[test]
fn a_surge_of_a_category_is_not_told_again_of_its_theme() {
    let pack = pack();
    let mut detector = learned(&pack, 28);
    let mut watch = Watch::default();
    let hour = START.plus(28 * 24 + 3);
    let mut told = usual(&pack, hour);
    told.push(("housing.heating", "01", 40));
    let changes = lived(&pack, &mut detector, &mut watch, hour, &told);
    let opened: Vec<&Surge> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Opened(surge) => Some(surge),
            _ => None,
        })
        .collect();
    assert_eq!(opened.len(), 1, "{changes:#?}");
    let (subject, district) = detector.grid().name(opened[0].worst.series);
    assert_eq!(
        (subject.as_str(), district.unwrap().as_str()),
        ("housing.heating", "01")
    );
}

#[test]
fn a_theme_surges_when_no_category_of_it_does_alone() {
    let pack = pack();
    let mut detector = learned(&pack, 28);
    let mut watch = Watch::default();
    let hour = START.plus(28 * 24 + 3);
    let mut told = usual(&pack, hour);
    // Four of each: too few for an alarm by themselves.
    told.extend([
        ("housing", "02", 4),
        ("housing.heating", "02", 4),
        ("housing.heating.boiler", "02", 4),
    ]);
    let changes = lived(&pack, &mut detector, &mut watch, hour, &told);
    assert!(!changes.is_empty());
    for change in changes {
        let (Change::Opened(surge) | Change::Grown(surge) | Change::Over(surge)) = change;
        let (subject, _) = detector.grid().name(surge.worst.series);
        assert_eq!(subject.as_str(), "housing");
    }
}

#[test]
fn with_little_history_intervals_are_wider() {
    let pack = pack();
    let (new, old) = (learned(&pack, 7), learned(&pack, 28));
    assert!(new.is_new() && !old.is_new());
    let width = |detector: &Detector| {
        let hour = detector.last().unwrap().plus(1);
        let look = Look {
            series: detector.grid().find(NOISE.0, Some(NOISE.1)).unwrap(),
            hour,
            slot: Slot::of(&pack.calendar, hour),
            passed: 1.0,
            current: 9,
            since: None,
            less: &[],
        };
        let window = detector.up_to(&look, 24).last().unwrap();
        assert_eq!(window.hours, 24);
        window.interval.1 - window.interval.0
    };
    assert!(width(&new) > width(&old), "{} {}", width(&new), width(&old));
}

#[test]
fn a_gap_in_the_history_is_no_quiet_time() {
    let pack = pack();
    let mut detector = learned(&pack, 28);
    let hour = detector.last().unwrap().plus(10);
    let told = usual(&pack, hour);
    let first = closed(&pack, detector.grid(), hour, &told);
    detector.close(&first);
    let look = Look {
        series: detector.grid().find(NOISE.0, Some(NOISE.1)).unwrap(),
        hour: hour.plus(1),
        slot: Slot::of(&pack.calendar, hour.plus(1)),
        passed: 0.5,
        current: 1,
        since: None,
        less: &[],
    };
    assert_eq!(
        detector.up_to(&look, 24).last().unwrap().hours,
        2,
        "no window reaches over the gap"
    );
    let before = detector.last();
    detector.close(&first);
    assert_eq!(detector.last(), before, "an hour closes once");
}

#[test]
fn hours_come_in_order() {
    let mut history = History::default();
    let hour = |hours| closed(&pack(), &Grid::of(&pack()), START.plus(hours), &Told::new());
    assert!(history.push(hour(0)));
    assert!(!history.push(hour(0)));
    assert!(history.push(hour(2)));
    history.forget_before(START.plus(1));
    assert_eq!(history.hours().len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_replay_gives_the_same_alarms(bursts in proptest::collection::vec((0_i64..48, 0_u32..60), 0..6)) {
        let pack = pack();
        let run = |stop: Option<i64>| {
            let mut detector = learned(&pack, 14);
            let mut watch = Watch::default();
            let mut all = Vec::new();
            for hours in 0..48 {
                if stop == Some(hours) {
                    // Another replica goes on with what is stored.
                    watch = Watch::resume(watch.surges().copied());
                }
                let hour = START.plus(14 * 24 + hours);
                let mut told = usual(&pack, hour);
                told.extend(bursts.iter().filter(|(at, _)| *at == hours).map(|(_, count)| ("noise", "02", *count)));
                all.extend(lived(&pack, &mut detector, &mut watch, hour, &told));
            }
            all
        };
        let first = run(None);
        prop_assert_eq!(&first, &run(None));
        prop_assert_eq!(&first, &run(Some(20)));
    }
}
