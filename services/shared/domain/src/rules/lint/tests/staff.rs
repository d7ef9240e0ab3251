//! Units without the teams that rules want of them.

use super::super::testing::pack_with;
use super::super::*;
use super::{about_rules, findings, one, only};
use crate::city::testing::with_capacity;

/// The findings about one rule with this `then`, with another text in `teams.yaml`.
fn with_teams(from: &str, to: &str, rule: &str) -> Finding {
    let pack = pack_with(rule, |name, text| {
        if name == "teams.yaml" {
            assert!(text.contains(from));
        }
        text.replace(from, to)
    });
    one(about_rules(lint(&pack, &pack.rules)))
}

#[test]
fn a_unit_needs_a_team_for_every_place_that_it_is_sent() {
    let rule = "- {when: {category: {any_of: [streets]}}, then: {lead: {unit: dept-streets}}}";
    let from = "{id: streets-a, unit: dept-streets,";
    let to = "{id: streets-a, unit: dept-streets, areas: [\"01\"],";
    let finding = with_teams(from, to, rule);
    assert_eq!(
        (finding.kind, finding.severity, finding.line),
        (FindingKind::NoTeam, Severity::Error, 2)
    );
    assert_eq!(
        finding.message,
        "rule \"r0\" sends orders to unit \"dept-streets\", which has no team that serves such a place; give it one in teams.yaml, or let another unit lead"
    );
    assert_eq!(finding.witness.unwrap().place.unwrap().as_str(), "02");
}

#[test]
fn a_unit_whose_teams_have_no_capacity_takes_nothing() {
    let rule = "- {when: {category: {any_of: [streets]}}, then: {lead: {unit: dept-streets}}}";
    let pack = pack_with(rule, |_, text| text.to_owned());
    let pack = with_capacity(pack, "streets-a", 0);
    let finding = one(about_rules(lint(&pack, &pack.rules)));
    assert_eq!((finding.kind, finding.line), (FindingKind::NoCapacity, 2));
    assert!(
        finding.message.contains("only teams of capacity 0"),
        "{}",
        finding.message
    );
}

#[test]
fn skills_and_languages_that_no_team_of_the_unit_has_are_named() {
    let finding = only(
        "- {when: {category: {any_of: [noise]}}, then: {lead: {by_place: subdistrict}, skills: [gas]}}",
    );
    assert_eq!(
        (finding.kind, finding.severity, finding.line),
        (FindingKind::LacksSkill, Severity::Warning, 2)
    );
    assert_eq!(
        finding.message,
        "rule \"r0\" sends orders to units \"dongshan\", \"st-hekou\", \"st-linqian\", \"xihu\", \"st-shiqiao\" and 1 more, each of which has no team with the skills [gas]; give a team of it these skills in teams.yaml, or want others"
    );
    assert_eq!(finding.witness.unwrap().place.unwrap().as_str(), "01");
    let finding = only(
        "- {when: {category: {any_of: [noise]}}, then: {lead: {unit: dept-streets}, languages: [en, fr]}}",
    );
    assert_eq!(
        (finding.kind, finding.severity),
        (FindingKind::LacksLanguage, Severity::Warning)
    );
    assert!(
        finding
            .message
            .contains("unit \"dept-streets\", which has no team that speaks one of [en, fr]")
    );
    assert_eq!(
        findings(
            "- {when: {category: {any_of: [noise]}}, then: {lead: {unit: dept-hotline}, languages: [en, fr]}}"
        ),
        []
    );
    // What reaches no rule is nobody's lack.
    let rules = "- {when: {place: {any_of: [\"01\"]}}}\n- {when: {kind: {any_of: [help]}}, then: {lead: {unit: dept-streets}, languages: [en]}}";
    assert_eq!(only(rules).witness.unwrap().place.unwrap().as_str(), "02");
}

#[test]
fn emergencies_need_somebody_on_duty() {
    let rule = "- {when: {place: {any_of: [\"01002\"]}}, then: {lead: {by_place: subdistrict}, lane: emergency}}";
    let finding = only(rule);
    assert_eq!(
        (finding.kind, finding.severity, finding.line),
        (FindingKind::NeverOnDuty, Severity::Warning, 2)
    );
    assert_eq!(
        finding.message,
        "rule \"r0\" sends emergencies to unit \"st-linqian\", which has no team on duty at some time, such as at 06:00 on a workday after a workday; put a team on duty then, or let another unit lead"
    );
    assert_eq!(finding.witness.unwrap().time, witness::time_of(6 * 60));
    // At night it is there, but not in the night after a weekend.
    let night = rule.replace(
        "{place",
        "{hours: \"22:00-06:00\", day: {any_of: [workday]}, place",
    );
    assert!(
        only(&night)
            .message
            .contains("at 00:00 on a workday after a weekend")
    );
    let late = rule.replace(
        "{place",
        "{hours: \"22:00-24:00\", day: {any_of: [workday]}, place",
    );
    assert_eq!(findings(&late), []);
}
