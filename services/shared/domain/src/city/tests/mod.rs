//! A whole pack is read as meant.

mod errors;

use super::testing::small_pack;
use super::{AreaKind, Term, UnitClass, Via};
use crate::id::AreaId;
use crate::rules::Lead;
use crate::vocabulary::{DayClass, Language, Urgency};

#[test]
fn the_small_pack_is_read_as_meant() {
    let pack = small_pack();
    assert_eq!(pack.city.id, "small");
    assert_eq!(pack.city.name.in_language(Language::ENGLISH), "Small City");
    assert_eq!(
        pack.city.offers.sign_within(Urgency::Urgent),
        Term::Seconds(1_800)
    );
    assert_eq!(pack.areas.count(AreaKind::Subdistrict), 4);
    assert_eq!(pack.units.count(UnitClass::District), 2);
    assert!(pack.areas.is_within("01002", "01") && !pack.areas.is_within("02001", "01"));
    let teams: Vec<&str> = pack
        .teams
        .of_unit("st-hekou")
        .map(|team| team.id.as_str())
        .collect();
    assert_eq!(teams, ["hekou-a", "hekou-b"]);
    let team = pack.teams.get("hekou-b").unwrap();
    assert!(team.speaks(Language::CHINESE) && !team.speaks(Language::ENGLISH));
    assert_eq!(team.name.in_language(Language::ENGLISH), "河口二组");
    assert_eq!(
        pack.calendar.day_class("2026-10-10".parse().unwrap()),
        DayClass::Workday
    );
    assert_eq!(pack.outlines.of_area("02001").len(), 2);
    assert_eq!(pack.outlines.of_area("02002")[0].holes.len(), 1);
    assert!((pack.outlines.extent().unwrap().north_east.longitude - 116.5).abs() < 1e-9);
}

#[test]
fn a_team_serves_its_areas_and_what_may_lie_in_them() {
    let mut files = super::testing::small_pack_files();
    let teams = files.get_mut("teams.yaml").unwrap();
    *teams = teams.replace("capacity: 10", "areas: [\"01\", \"02001\"], capacity: 10");
    let pack = super::CityPack::parse(&files).unwrap();
    let serves = |team: &str, place: Option<&str>| {
        let place = place.map(|id| AreaId::new(id).unwrap());
        let team = pack.teams.get(team).unwrap();
        team.serves(place.as_ref(), &pack.areas)
    };
    assert!(serves("streets-a", Some("01002")), "in one of its areas");
    assert!(serves("streets-a", Some("02")), "the place may be 02001");
    assert!(serves("streets-a", None), "the place may be any");
    assert!(!serves("streets-a", Some("02002")));
    assert!(serves("hotline-a", Some("02002")), "it has no areas");
}

#[test]
fn categories_inherit_what_they_leave_out() {
    let pack = small_pack();
    let boiler = pack.taxonomy.get("housing.heating.boiler").unwrap();
    assert_eq!(
        (boiler.urgency, boiler.clock.as_str()),
        (Urgency::Urgent, "utility")
    );
    assert_eq!(boiler.skills[0].as_str(), "heating");
    let light = pack.taxonomy.get("streets.light").unwrap();
    assert_eq!(
        (light.urgency, light.clock.as_str()),
        (Urgency::Normal, "general")
    );
    assert!(light.skills.is_empty());
    let heat = pack.taxonomy.of_source_type(" Heat/Hot Water ").unwrap();
    assert_eq!(heat.id.as_str(), "housing.heating");
    assert!(pack.taxonomy.of_source_type("Unheard Of").is_none());
}

#[test]
fn somebody_always_answers() {
    let pack = small_pack();
    let area = |id: &str| AreaId::new(id).unwrap();
    let found = |lead: &Lead, at: Option<&str>| {
        let resolved = pack.resolve_unit(lead, at.map(area).as_ref(), pack.rules.backstop());
        (resolved.unit.id.as_str().to_owned(), resolved.via)
    };
    let by_place = Lead::Subdistrict;
    let named = Lead::Unit("util-gas".parse().unwrap());
    let gone = Lead::Unit("util-gone".parse().unwrap());
    assert_eq!(found(&named, None), ("util-gas".into(), Via::Named));
    assert_eq!(
        found(&by_place, Some("01001")),
        ("st-hekou".into(), Via::Area)
    );
    assert_eq!(found(&by_place, Some("01")), ("dongshan".into(), Via::Area));
    let district = Lead::District;
    assert_eq!(
        found(&district, Some("02002")),
        ("xihu".into(), Via::District)
    );
    assert_eq!(found(&gone, Some("02002")), ("xihu".into(), Via::District));
    assert_eq!(
        found(&by_place, None),
        ("dept-hotline".into(), Via::Otherwise)
    );
    assert_eq!(
        found(&by_place, Some("99")),
        ("dept-hotline".into(), Via::Otherwise)
    );
    assert_eq!(
        pack.backstop_unit(&area("01002")).unwrap().id.as_str(),
        "dongshan"
    );
}

#[test]
fn deadlines_follow_the_class_of_clocks() {
    let pack = small_pack();
    // Friday evening.
    let accepted = "2026-09-25T20:00:00+08:00".parse().unwrap();
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let emergency = "emergency".parse().unwrap();
    assert_eq!(
        pack.handle_by(&emergency, accepted).due,
        at("2026-09-25T22:00:00+08:00")
    );
    assert_eq!(
        pack.handle_by(&emergency, accepted).warn,
        at("2026-09-25T21:36:00+08:00")
    );
    let general = "general".parse().unwrap();
    // Hours run round the clock even in a class of working days.
    assert_eq!(
        pack.dispatch_by(&general, accepted).due,
        at("2026-09-26T20:00:00+08:00")
    );
    // Mon, Tue, Wed are days 1 to 3; the holiday on Thursday does not count.
    assert_eq!(
        pack.callback_by(&general, accepted).due,
        at("2026-09-30T18:00:00+08:00")
    );
    // 28-30 Sep, 2 Oct, 5-9 Oct, 10 Oct (make-up), 12-16 Oct.
    assert_eq!(
        pack.handle_by(&general, accepted).due,
        at("2026-10-16T18:00:00+08:00")
    );
    assert_eq!(
        pack.handle_by(&general, accepted).warn,
        at("2026-10-13T18:00:00+08:00")
    );
    assert_eq!(
        pack.sign_by(Urgency::Emergency, accepted).due,
        at("2026-09-25T20:10:00+08:00")
    );
    let gone = "gone".parse().unwrap();
    assert_eq!(
        pack.handle_by(&gone, accepted),
        pack.handle_by(&general, accepted)
    );
}
