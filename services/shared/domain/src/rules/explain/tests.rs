use super::*;
use crate::city::testing::small_pack;
use crate::rules::tests::{facts, rule_set};
use crate::rules::{Condition, Guard};
use crate::vocabulary::{Channel, Kind, Language};

fn any<T: Clone>(values: &[T]) -> Choice<T> {
    Choice {
        any_of: values.into(),
        none_of: [].into(),
    }
}

fn failures(near: &Near) -> Vec<(Dimension, &str, &str)> {
    let failed = near.failed.iter();
    failed
        .map(|one| (one.dimension, one.wanted.as_str(), one.found.as_str()))
        .collect()
}

#[test]
fn losing_rules_are_told_with_all_that_failed_and_later_ones_that_match() {
    let pack = small_pack();
    let (light, linqian) = ("streets.light".parse().unwrap(), "01002".parse().unwrap());
    let told = pack.rules.explain(&facts(Some(&light), Some(&linqian)), 10);
    assert_eq!(told.winner.unwrap().as_str(), "the-rest-of-housing");
    assert_eq!(told.looked_at, 6);
    let names: Vec<&str> = told.close.iter().map(|near| near.rule.as_str()).collect();
    assert_eq!(
        names,
        [
            "gas-leak",
            "gas-words",
            "street-lights",
            "no-place",
            "night-noise"
        ]
    );
    assert_eq!(
        failures(&told.close[0]),
        [(Dimension::Category, "any of utilities.gas", "streets.light")]
    );
    assert_eq!(
        failures(&told.close[1]),
        [(
            Dimension::Keywords,
            "any of 燃气泄漏, gas leak",
            "none of its words"
        )]
    );
    assert_eq!(
        failures(&told.close[2]),
        [(Dimension::Place, "any of 01; none of 01002", "01002")]
    );
    assert_eq!(
        failures(&told.close[3]),
        [(Dimension::Place, "no known place", "01002")]
    );
    assert_eq!(
        failures(&told.close[4]),
        [
            (Dimension::Category, "any of noise", "streets.light"),
            (Dimension::Hours, "22:00-06:00", "12:00"),
        ]
    );
}

#[test]
fn a_rule_that_matches_too_late_is_told_as_after_the_winner() {
    let pack = small_pack();
    let gas = "utilities.gas".parse().unwrap();
    let told = pack.rules.explain(&facts(Some(&gas), None), 3);
    assert_eq!(told.looked_at, 1);
    let after: Vec<(&str, bool, usize)> = told
        .close
        .iter()
        .map(|near| (near.rule.as_str(), near.after, near.failed.len()))
        .collect();
    assert_eq!(after, [("no-place", true, 0)]);
}

#[test]
fn every_dimension_says_what_was_wanted_and_found_and_nothing_of_the_text() {
    let when = Condition {
        category: any(&["noise".parse().unwrap()]),
        place: PlaceChoice {
            known: Some(true),
            areas: Choice::default(),
        },
        kind: Choice {
            any_of: [].into(),
            none_of: [Kind::Complaint, Kind::Praise].into(),
        },
        channel: any(&[Channel::Web]),
        language: any(&[Language::ENGLISH]),
        day: any(&[DayTag::Holiday]),
        keywords: Choice {
            any_of: ["路灯".into()].into(),
            none_of: ["燃气".into()].into(),
        },
        guard: Guard::parse("int(text) > 3").ok(),
        ..Condition::default()
    };
    let rules = rule_set(vec![when]);
    let gone = "gone".parse().unwrap();
    let facts = Facts {
        text: "我家燃气泄漏",
        ..facts(Some(&gone), None)
    };
    let told = rules.explain(&facts, 1);
    use Dimension as D;
    assert_eq!(
        failures(&told.close[0]),
        [
            (
                D::Category,
                "any of noise",
                "not known (the city has no gone)"
            ),
            (D::Place, "a known place", "not known"),
            (D::Kind, "none of complaint, praise", "complaint"),
            (D::Channel, "any of web", "phone"),
            (D::Language, "any of en", "zh"),
            (D::Day, "any of holiday", "workday"),
            (
                D::Keywords,
                "any of 路灯; none of 燃气",
                "none of its words, and one that it rules out"
            ),
            (
                D::Guard,
                "int(text) > 3",
                "it calls int with what it cannot take"
            ),
        ]
    );
    let json = serde_json::to_string(&told).unwrap();
    assert!(!json.contains("我家"), "{json}");
    assert!(json.starts_with(r#"{"winner":null,"close":[{"rule":"rule-0","failed":[{"dimension":"category","wanted":"#), "{json}");
}
