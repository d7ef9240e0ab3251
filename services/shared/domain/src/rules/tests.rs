//! The compiled rules decide as the written ones say.

mod naive;

use std::sync::Arc;

use jiff::civil::time;

use super::*;
use crate::calendar::Moment;
use crate::city::CityPack;
use crate::city::testing::small_pack;
use crate::id::{AreaId, CategoryId};
use crate::vocabulary::{Channel, DayClass, Kind, Language, Line, ReporterType, Urgency};

const NOON: Moment = Moment {
    day: DayClass::Workday,
    extreme_weather: false,
    time: time(12, 0, 0, 0),
};

pub(super) fn facts<'a>(category: Option<&'a CategoryId>, area: Option<&'a AreaId>) -> Facts<'a> {
    Facts {
        category,
        area,
        kind: Kind::Complaint,
        urgency: Urgency::Normal,
        channel: Channel::Phone,
        line: Line::General,
        reporter: ReporterType::Resident,
        language: Language::CHINESE,
        moment: NOON,
        text: "",
    }
}

fn category(id: &str) -> CategoryId {
    id.parse().unwrap()
}

fn area(id: &str) -> AreaId {
    id.parse().unwrap()
}

fn winner(pack: &CityPack, facts: &Facts<'_>) -> String {
    pack.rules
        .decide(facts)
        .rule
        .map_or("backstop".to_owned(), |rule| rule.to_string())
}

#[test]
fn the_first_rule_that_matches_decides() {
    let pack = small_pack();
    let (gas, light, noise) = (
        category("utilities.gas"),
        category("streets.light"),
        category("noise"),
    );
    let (hekou, linqian, shiqiao) = (area("01001"), area("01002"), area("02001"));
    let decision = pack.rules.decide(&facts(Some(&gas), Some(&hekou)));
    assert_eq!(decision.rule.unwrap().as_str(), "gas-leak");
    assert_eq!(
        (decision.lane, decision.clock.as_str()),
        (Urgency::Emergency, "emergency")
    );
    assert_eq!(decision.skills[0].as_str(), "gas");
    let thanks = Facts {
        kind: Kind::Praise,
        ..facts(Some(&gas), Some(&hekou))
    };
    assert_eq!(winner(&pack, &thanks), "backstop");
    assert_eq!(
        winner(&pack, &facts(Some(&light), Some(&hekou))),
        "street-lights"
    );
    assert_eq!(
        winner(&pack, &facts(Some(&light), Some(&linqian))),
        "the-rest-of-housing"
    );
    assert_eq!(
        winner(&pack, &facts(Some(&light), Some(&shiqiao))),
        "the-rest-of-housing"
    );
    assert_eq!(winner(&pack, &facts(Some(&light), None)), "no-place");
    let night = Moment {
        time: time(23, 0, 0, 0),
        ..NOON
    };
    let loud = Facts {
        moment: night,
        ..facts(Some(&noise), Some(&shiqiao))
    };
    assert_eq!(winner(&pack, &loud), "night-noise");
    assert_eq!(
        winner(&pack, &facts(Some(&noise), Some(&shiqiao))),
        "the-rest-of-housing"
    );
    let smell = Facts {
        text: "楼道里燃气泄漏了",
        ..facts(None, None)
    };
    assert_eq!(winner(&pack, &smell), "gas-words");
}

#[test]
fn what_a_rule_leaves_open_comes_from_the_category_and_the_complaint() {
    let pack = small_pack();
    let (boiler, hekou) = (category("housing.heating.boiler"), area("01001"));
    let urgent = Facts {
        urgency: Urgency::Urgent,
        ..facts(Some(&boiler), Some(&hekou))
    };
    let decision = pack.rules.decide(&urgent);
    assert_eq!(decision.rule.unwrap().as_str(), "the-rest-of-housing");
    assert_eq!(
        (decision.lane, decision.clock.as_str()),
        (Urgency::Urgent, "utility")
    );
    assert_eq!(decision.skills[0].as_str(), "heating");
    let unknown = pack.rules.decide(&facts(None, Some(&hekou)));
    assert_eq!(unknown.rule, None);
    assert_eq!(unknown.lead, Lead::District);
    assert_eq!(
        (unknown.clock.as_str(), unknown.skills.len()),
        ("general", 0)
    );
}

#[test]
fn what_the_pack_lacks_counts_as_not_known() {
    let pack = small_pack();
    let (gone, nowhere) = (category("gone"), area("99"));
    assert_eq!(
        winner(&pack, &facts(Some(&gone), Some(&nowhere))),
        "no-place"
    );
}

/// Rules with these conditions, over the small pack.
pub(super) fn rule_set(conditions: Vec<Condition>) -> RuleSet {
    let pack = small_pack();
    let rules = conditions
        .into_iter()
        .enumerate()
        .map(|(number, when)| Rule {
            id: format!("rule-{number}").parse().unwrap(),
            description: String::new(),
            when,
            then: Outcome {
                lead: Lead::District,
                lane: None,
                clock: None,
                skills: None,
                languages: None,
                helpers: Arc::default(),
                inform: Arc::default(),
            },
        });
    RuleSet::new(
        rules.collect(),
        pack.rules.backstop().clone(),
        &pack.areas,
        &pack.taxonomy,
        "general".parse().unwrap(),
    )
}

#[test]
fn a_rule_is_found_wherever_in_the_index_it_stands() {
    let places = [
        0, 1, 63, 64, 511, 512, 513, 4_095, 4_096, 4_160, 8_191, 8_192, 8_999,
    ];
    let speaks = |language: Language| Condition {
        language: Choice {
            any_of: [language].into(),
            none_of: [].into(),
        },
        ..Condition::default()
    };
    let of = |number: usize| -> Language {
        let letter = char::from(b'a' + u8::try_from(number).unwrap());
        format!("q{letter}").parse().unwrap()
    };
    let mut conditions = vec![speaks(Language::ENGLISH); 9_000];
    for (number, place) in places.into_iter().enumerate() {
        conditions[place] = speaks(of(number));
    }
    let rules = rule_set(conditions);
    let spoken = |language| {
        rules.winner(&Facts {
            language,
            ..facts(None, None)
        })
    };
    for (number, place) in places.into_iter().enumerate() {
        assert_eq!(spoken(of(number)), Some(place));
    }
    assert_eq!(spoken(Language::ENGLISH), Some(2));
    assert_eq!(spoken(Language::CHINESE), None);
}

#[test]
fn a_set_without_rules_leaves_everything_to_the_backstop() {
    let rules = rule_set(Vec::new());
    let decision = rules.decide(&facts(None, None));
    assert_eq!((decision.rule, decision.lead), (None, Lead::District));
    let told = rules.explain(&facts(None, None), 5);
    assert_eq!(
        (told.winner, told.close.len(), told.looked_at),
        (None, 0, 0)
    );
}
