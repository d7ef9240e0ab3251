//! Figures of replays of the small city.

use jiff::civil::time;

use super::*;
use crate::calendar::Moment;
use crate::city::testing::{small_pack, small_pack_files};
use crate::id::{AreaId, CategoryId};
use crate::vocabulary::{Channel, DayClass, Kind, Language, Line, ReporterType, Urgency};

struct Complaint {
    key: String,
    at: Timestamp,
    category: Option<CategoryId>,
    area: Option<AreaId>,
}

impl Complaint {
    fn observed(&self) -> Observed<'_> {
        Observed {
            key: &self.key,
            at: self.at,
            facts: Facts {
                category: self.category.as_ref(),
                area: self.area.as_ref(),
                kind: Kind::Complaint,
                urgency: Urgency::Normal,
                channel: Channel::Phone,
                line: Line::General,
                reporter: ReporterType::Resident,
                language: Language::CHINESE,
                moment: Moment {
                    day: DayClass::Workday,
                    extreme_weather: false,
                    time: time(12, 0, 0, 0),
                },
                text: "",
            },
        }
    }
}

/// `count` complaints, twelve hours apart.
fn complaints(from: usize, count: usize, category: &str, area: &str) -> Vec<Complaint> {
    let start: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
    (from..from + count)
        .map(|n| Complaint {
            key: format!("k{n}"),
            at: start + jiff::SignedDuration::from_hours(12 * n as i64),
            category: category.parse().ok(),
            area: area.parse().ok(),
        })
        .collect()
}

/// Lights of Dongshan, gas, noise by day, and housing without a place.
fn history() -> Vec<Complaint> {
    let mut all = complaints(0, 5, "streets.light", "01001");
    all.extend(complaints(5, 3, "utilities.gas", "02001"));
    all.extend(complaints(8, 2, "noise", "02001"));
    all.extend(complaints(10, 1, "utilities", "02002"));
    all
}

fn rules(pack: &CityPack, edit: impl Fn(String) -> String) -> RuleSet {
    let text = edit(small_pack_files()["rules.yaml"].clone());
    RuleSet::read(pack, "rules.yaml", &text).unwrap()
}

/// The district repairs the lights, gas is no emergency any more, and noise is the backstop's.
fn candidate(pack: &CityPack) -> RuleSet {
    rules(pack, |text| {
        let text = text.replace(
            "{lead: {unit: dept-streets}, skills: [lights]}",
            "{lead: {by_place: district}}",
        );
        let text = text.replacen("lane: emergency, clock: emergency", "lane: urgent", 1);
        text.replace("[housing, streets, noise]", "[housing, streets]")
            .replace("id: gas-words", "id: gas-spoken")
    })
}

fn replay<'a>(pack: &'a CityPack, new: &'a RuleSet, history: &[Complaint]) -> Replay<'a> {
    let mut replay = Replay::new(pack, &pack.rules, new);
    for complaint in history {
        replay.observe(&complaint.observed());
    }
    replay
}

fn share<'r>(report: &'r ReplayReport, unit: &str) -> &'r UnitShare {
    let mut units = report.units.iter();
    units.find(|share| share.unit.as_str() == unit).unwrap()
}

#[test]
fn complaints_are_moved_adjusted_or_unchanged() {
    let pack = small_pack();
    let new = candidate(&pack);
    let report = replay(&pack, &new, &history()).report();
    assert_eq!((report.complaints, report.moved), (11, 7));
    assert_eq!((report.adjusted, report.unchanged), (3, 1));
    assert_eq!((report.backstop_before, report.backstop_after), (1, 3));
    assert_eq!(&report.old, pack.rules.digest());
    assert_eq!(&report.new, new.digest());
}

#[test]
fn units_gain_and_lose_against_their_capacity() {
    let pack = small_pack();
    let new = candidate(&pack);
    let report = replay(&pack, &new, &history()).report();
    let units: Vec<&str> = report
        .units
        .iter()
        .map(|share| share.unit.as_str())
        .collect();
    assert_eq!(units[..2], ["dongshan", "dept-streets"]);
    assert!(!units.contains(&"dept-hotline"), "{units:?}");
    let streets = share(&report, "dept-streets");
    assert_eq!((streets.before, streets.after), (5, 0));
    assert_eq!((streets.gains, streets.loses), (0, 5));
    let district = share(&report, "dongshan");
    assert_eq!(
        (district.gains, district.loses, district.capacity),
        (5, 0, 20)
    );
    // Eleven complaints twelve hours apart: five days from the first to the last.
    assert_eq!(
        (district.per_day_before, district.per_day_after),
        (Some(0.0), Some(1.0))
    );
    assert_eq!(district.load_after, Some(0.05));
    let gas = share(&report, "util-gas");
    assert_eq!((gas.before, gas.after, gas.gains), (3, 3, 0));
    assert_eq!(gas.per_day_before, Some(0.6));
}

#[test]
fn moves_name_both_rules_and_some_complaints() {
    let pack = small_pack();
    let new = candidate(&pack);
    let report = replay(&pack, &new, &history()).report();
    let [lights, noise] = &report.moves[..] else {
        panic!("{:?}", report.moves);
    };
    assert_eq!(lights.count, 5);
    assert_eq!(lights.old_rule, "street-lights".parse().ok());
    assert_eq!(lights.new_rule, lights.old_rule);
    assert_eq!(lights.examples, ["k0".into(), "k1".into(), "k2".into()]);
    assert_eq!(noise.old_rule, "the-rest-of-housing".parse().ok());
    assert_eq!(noise.new_rule, None);
    assert_eq!(
        (noise.old_unit.as_str(), noise.new_unit.as_str()),
        ("st-shiqiao", "xihu")
    );
    assert_eq!(report.moves_left_out, None);
}

#[test]
fn lanes_clocks_and_the_use_of_rules() {
    let pack = small_pack();
    let new = candidate(&pack);
    let report = replay(&pack, &new, &history()).report();
    let [lane] = &report.lanes[..] else { panic!() };
    assert_eq!(
        (lane.from, lane.to, lane.count),
        (Urgency::Emergency, Urgency::Urgent, 3)
    );
    let [clock] = &report.clocks[..] else {
        panic!()
    };
    assert_eq!((clock.from.as_str(), clock.count), ("emergency", 3));
    let uses = |id: &str| {
        let found = report.rules.iter().find(|rule| rule.rule.as_str() == id);
        found.map(|rule| (rule.before, rule.after)).unwrap()
    };
    assert_eq!(uses("gas-leak"), (Some(3), Some(3)));
    assert_eq!(uses("no-place"), (Some(0), Some(0)));
    assert_eq!(uses("gas-words"), (Some(0), None));
    assert_eq!(uses("gas-spoken"), (None, Some(0)));
    assert_eq!(uses("the-rest-of-housing"), (Some(2), Some(0)));
    assert_eq!(report.rules.len(), 7);
}

#[test]
fn the_same_rules_change_nothing() {
    let pack = small_pack();
    let report = replay(&pack, &pack.rules, &history()).report();
    assert_eq!(
        (report.moved, report.adjusted, report.unchanged),
        (0, 0, 11)
    );
    assert!(report.moves.is_empty() && report.lanes.is_empty() && report.clocks.is_empty());
}

#[test]
fn other_skills_adjust_a_complaint_that_stays() {
    let pack = small_pack();
    let new = rules(&pack, |text| {
        text.replace(", skills: [lights]", ", skills: [roads]")
    });
    let report = replay(&pack, &new, &history()).report();
    assert_eq!((report.moved, report.adjusted), (0, 5));
}

#[test]
fn a_window_that_says_nothing_about_a_day_gives_no_load() {
    let pack = small_pack();
    let empty = replay(&pack, &pack.rules, &[]).report();
    assert_eq!((empty.window, empty.complaints), (None, 0));
    assert!(empty.units.is_empty());
    let one = replay(&pack, &pack.rules, &complaints(0, 1, "noise", "01001")).report();
    assert_eq!(one.units[0].per_day_before, None);
    assert_eq!(one.units[0].load_after, None);
}

#[test]
fn a_report_survives_json() {
    let pack = small_pack();
    let new = candidate(&pack);
    let report = replay(&pack, &new, &history()).report();
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<ReplayReport>(&json).unwrap(), report);
}

#[test]
fn a_way_too_many_is_counted_with_the_others() {
    let pack = small_pack();
    let new = candidate(&pack);
    let mut replay = replay(&pack, &new, &history());
    for n in 0..MAX_MOVES_COUNTED {
        let way = MoveKey {
            old_rule: n,
            new_rule: 0,
            old_unit: 0,
            new_unit: 1,
        };
        if let Some(moved) = replay.tally.way(way) {
            moved.count += 1;
        }
    }
    let complaint = complaints(20, 1, "streets.light", "01001");
    replay.observe(&complaint[0].observed()); // a way that is known already
    assert_eq!(replay.report().moves[0].count, 6);
    let known = replay.tally.moves.len();
    assert_eq!(known, MAX_MOVES_COUNTED);
    let complaint = complaints(21, 1, "streets.light", "01002"); // no new way: both decide alike
    replay.observe(&complaint[0].observed());
    let gas_at_home = complaints(22, 1, "noise", "02002");
    replay.observe(&gas_at_home[0].observed());
    assert_eq!(replay.tally.moved_otherwise, 1);
    let report = replay.report();
    assert_eq!(report.moves.len(), MAX_MOVES_SHOWN);
    let left_out = report.moves_left_out.unwrap();
    assert_eq!(left_out.ways as usize, MAX_MOVES_COUNTED - MAX_MOVES_SHOWN);
    assert_eq!(left_out.complaints, left_out.ways + 1);
}
