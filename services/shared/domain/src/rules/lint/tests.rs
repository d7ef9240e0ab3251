//! Each kind of finding, with its line, what it names, its witness and its words.

mod staff;

use super::testing::{pack_with, read};
use super::*;
use crate::city::testing::{small_pack, small_pack_files};
use crate::rules::Sample;

/// The findings about the first rules, the coverage of the rest left aside.
fn findings(rules: &str) -> Vec<Finding> {
    about_rules(lint(&small_pack(), &read(rules)))
}

fn about_rules(report: LintReport) -> Vec<Finding> {
    let all = report.findings.into_iter();
    all.filter(|finding| finding.kind != FindingKind::Uncovered)
        .collect()
}

fn only(rules: &str) -> Finding {
    one(findings(rules))
}

fn one(mut findings: Vec<Finding>) -> Finding {
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings.remove(0)
}

fn by(finding: &Finding) -> Vec<&str> {
    finding.by.iter().map(crate::id::RuleId::as_str).collect()
}

fn decided_by(rules: &str, witness: &Sample) -> String {
    let decision = read(rules).decide(&witness.facts());
    decision
        .rule
        .map_or_else(String::new, |rule| rule.to_string())
}

#[test]
fn rules_that_are_all_needed_have_no_finding() {
    let rules = "- {when: {category: {any_of: [noise]}, hours: \"22:00-06:00\"}}\n\
                 - {when: {category: {any_of: [noise]}, language: {none_of: [zh]}}}\n\
                 - {when: {category: {any_of: [noise]}}}";
    assert_eq!(findings(rules), []);
    let pack = small_pack();
    let report = lint(&pack, &pack.rules);
    assert_ne!(report.worst(), Some(Severity::Error), "{report:#?}");
}

#[test]
fn a_rule_behind_a_wider_one_is_shadowed() {
    let rules = "- {when: {kind: {any_of: [praise]}}}\n\
                 - {when: {category: {any_of: [housing]}}}\n\
                 - {when: {category: {any_of: [housing.heating]}, urgency: {any_of: [urgent]}}}";
    let finding = only(rules);
    assert_eq!(finding.kind, FindingKind::Shadowed);
    assert_eq!((finding.severity, finding.line), (Severity::Error, 4));
    assert_eq!(
        (finding.rule.as_ref().unwrap().as_str(), by(&finding)),
        ("r2", vec!["r1"])
    );
    assert_eq!(
        finding.message,
        "no complaint reaches rule \"r2\": rule \"r1\" on line 3 takes all that it matches; move it up, make that one narrower, or take it out"
    );
    let witness = finding.witness.unwrap();
    assert_eq!(decided_by(rules, &witness), "r1");
    assert_eq!(witness.urgency.as_str(), "urgent");
}

#[test]
fn a_rule_that_several_take_together_is_unreachable() {
    let rules = "- {when: {category: {any_of: [noise]}, hours: \"22:00-06:00\"}}\n\
                 - {when: {category: {any_of: [streets]}}}\n\
                 - {when: {place: {known: false}}}\n\
                 - {when: {place: {any_of: [\"01\", \"02\"]}, hours: \"06:00-22:00\"}}\n\
                 - {when: {category: {any_of: [noise]}}}";
    let finding = only(rules);
    assert_eq!(finding.kind, FindingKind::Unreachable);
    assert_eq!((finding.line, by(&finding)), (6, vec!["r0", "r2", "r3"]));
    assert_eq!(
        finding.message,
        "no complaint reaches rule \"r4\": \"r0\", \"r2\", \"r3\" before it together take all that it matches; move it up, make those narrower, or take it out"
    );
    assert_eq!(decided_by(rules, &finding.witness.unwrap()), "r0");
}

#[test]
fn words_within_words_shadow_and_others_do_not() {
    let within =
        "- {when: {keywords: {any_of: [停水]}}}\n- {when: {keywords: {any_of: [停水了, 又停水]}}}";
    assert_eq!(only(within).kind, FindingKind::Shadowed);
    let latin = "- {when: {keywords: {any_of: [gas]}}}\n- {when: {keywords: {any_of: [gasp]}}}";
    assert_eq!(findings(latin), []);
    let without = "- {when: {keywords: {none_of: [停水了]}}}\n\
                   - {when: {keywords: {any_of: [停水]}}}\n\
                   - {when: {category: {any_of: [noise]}}}";
    assert_eq!(only(without).kind, FindingKind::Unreachable);
}

#[test]
fn a_rule_with_a_guard_takes_nothing_for_sure() {
    let rules = "- {when: {kind: {any_of: [praise]}, guard: \"hour > 3\"}}\n\
                 - {when: {kind: {any_of: [praise]}}}";
    let finding = only(rules);
    assert_eq!(finding.kind, FindingKind::Guarded);
    assert_eq!((finding.severity, finding.line), (Severity::Info, 0));
    assert_eq!((finding.rule.as_ref(), by(&finding)), (None, vec!["r0"]));
    assert_eq!(
        finding.message,
        "1 of 2 rules have a guard, which may be false: what they match is counted as nobody's until a rule without a guard takes it (r0)"
    );
}

#[test]
fn the_witness_goes_round_a_guard_before_the_rule_that_decides_it() {
    let rules = "- {when: {kind: {any_of: [praise]}, guard: \"urgency == 'normal'\"}}\n\
                 - {when: {kind: {any_of: [praise]}, place: {known: true}}}\n\
                 - {when: {kind: {any_of: [praise]}, place: {any_of: [\"01\"]}}}";
    let found = findings(rules);
    assert_eq!(found[0].kind, FindingKind::Shadowed);
    let witness = found[0].witness.as_ref().unwrap();
    assert_eq!(decided_by(rules, witness), "r1");
}

#[test]
fn conditions_that_contradict_themselves_are_empty() {
    let cases = [
        (
            "category: {any_of: [housing.heating], none_of: [housing]}",
            "its category",
        ),
        (
            "place: {any_of: [\"01001\"], none_of: [\"01\"]}",
            "its place",
        ),
        (
            "day: {any_of: [extreme_weather], none_of: [workday, weekend, holiday]}",
            "its day",
        ),
        (
            "keywords: {any_of: [停水了], none_of: [停水]}",
            "its keywords",
        ),
    ];
    for (when, where_) in cases {
        let finding = only(&format!(
            "- {{when: {{kind: {{any_of: [help]}}}}}}\n- {{when: {{{when}}}}}"
        ));
        assert_eq!(
            (finding.kind, finding.line),
            (FindingKind::Empty, 3),
            "{when}"
        );
        assert_eq!(finding.witness, None);
        let start = format!("rule \"r1\" matches nothing, for it contradicts itself in {where_}");
        assert!(finding.message.starts_with(&start), "{}", finding.message);
    }
}

#[test]
fn the_same_condition_twice_is_a_duplicate_however_it_is_written() {
    let first = "- {when: {category: {any_of: [streets]}}}";
    let same = "- {when: {category: {any_of: [streets.light, streets]}}}";
    let finding = only(&format!("{first}\n{same}"));
    assert_eq!(
        (finding.kind, finding.severity),
        (FindingKind::Duplicate, Severity::Warning)
    );
    assert_eq!((finding.line, by(&finding)), (3, vec!["r0"]));
    assert_eq!(
        finding.message,
        "rule \"r1\" matches exactly what rule \"r0\" on line 2 matches and does the same; take one of them out"
    );
    let other = "- {when: {category: {any_of: [streets]}}, then: {lead: {unit: dept-streets}}}";
    let rules = format!("{first}\n{other}");
    let finding = only(&rules);
    assert_eq!(
        (finding.kind, finding.severity),
        (FindingKind::ConflictingDuplicate, Severity::Error)
    );
    assert!(finding.message.contains("decides otherwise"));
    assert_eq!(decided_by(&rules, &finding.witness.unwrap()), "r0");
}

#[test]
fn guards_over_closed_values_are_tried_on_all_of_them() {
    let kind_of = |guard: &str| {
        let rules = format!(
            "- {{when: {{kind: {{any_of: [praise, help]}}, hours: \"22:30-06:00\", guard: \"{guard}\"}}}}"
        );
        let found = findings(&rules);
        assert!(
            found
                .iter()
                .any(|finding| finding.kind == FindingKind::Guarded)
        );
        let guard = found
            .into_iter()
            .find(|finding| finding.kind != FindingKind::Guarded);
        guard.map(|finding| {
            (
                finding.kind,
                finding.severity,
                finding.line,
                finding.message,
            )
        })
    };
    let never = |guard: &str| {
        let (kind, severity, line, message) = kind_of(guard).unwrap();
        assert_eq!(
            (kind, severity, line),
            (FindingKind::NeverTrueGuard, Severity::Error, 2),
            "{guard}"
        );
        message
    };
    assert_eq!(
        never("hour == 12"),
        "the guard of rule \"r0\" is never true, so the rule never matches; correct the guard or take the rule out"
    );
    never("false");
    never("hour == 22 && minute < 30");
    never("kind == 'complaint' || place == 'nowhere'");
    never("language == 'ZH'");
    assert!(never("hour / 0 == 1").contains("never true ("));
    for always in [
        "true",
        "hour >= 22 || hour < 6",
        "hour != 22 || minute >= 30",
        "kind != 'complaint'",
    ] {
        let (kind, severity, _, message) = kind_of(always).unwrap();
        assert_eq!(
            (kind, severity),
            (FindingKind::AlwaysTrueGuard, Severity::Warning),
            "{always}"
        );
        assert!(message.contains("take the guard out"));
    }
    for sometimes in [
        "hour == 22 && minute == 30",
        "language == 'fi'",
        "'holiday' in day",
    ] {
        assert_eq!(kind_of(sometimes), None, "{sometimes}");
    }
    let (kind, severity, _, message) = kind_of("text.size() > 9").unwrap();
    assert_eq!(
        (kind, severity),
        (FindingKind::UnprovenGuard, Severity::Info)
    );
    assert_eq!(
        message,
        "nothing was proved of the guard of rule \"r0\", for it looks at the text; test it"
    );
    let (kind, .., message) = kind_of("language != channel && category != place").unwrap();
    assert_eq!(kind, FindingKind::UnprovenGuard);
    assert!(message.contains("too many combinations"));
}

#[test]
fn what_reaches_no_rule_is_told_by_subtree_and_kind() {
    let pack = pack_with(
        "- {when: {category: {none_of: [streets]}}}\n\
         - {when: {kind: {none_of: [praise]}, place: {any_of: [\"01\"]}}}\n\
         - {when: {category: {any_of: [streets.light]}, urgency: {any_of: [urgent]}, place: {any_of: [\"02\"]}}}",
        |_, text| text.to_owned(),
    );
    let report = lint(&pack, &pack.rules);
    let told: Vec<&str> = report
        .findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(
        told,
        [
            "no rule surely matches streets.* in 2 areas (01001 河口街道, 01002 林前街道), of the kinds praise (4 cells): the backstop answers; add a rule for them, or leave them to it knowingly",
            "no rule surely matches streets.* in 2 areas (02001 石桥镇, 02002 新站街道), every kind (24 cells): the backstop answers; add a rule for them, or leave them to it knowingly",
        ]
    );
    assert_eq!(report.worst(), Some(Severity::Warning));
    let proofs = &report.proofs;
    assert_eq!(
        (proofs.cells, proofs.covered, proofs.without_rule),
        (120, 92, 28)
    );
    let witness = report.findings[1].witness.as_ref().unwrap();
    assert_eq!(witness.place.as_ref().unwrap().as_str(), "02001");
    assert_eq!(pack.rules.decide(&witness.facts()).rule, None);
}

#[test]
fn what_falls_to_the_district_for_want_of_a_unit_is_told() {
    let pack = pack_with(
        "- {when: {category: {any_of: [noise]}, urgency: {any_of: [emergency]}}}\n\
         - {when: {kind: {any_of: [help]}}, then: {lead: {by_place: subdistrict}}}\n\
         - {when: {hours: \"00:00-24:00\"}}",
        |name, text| match name {
            "units.yaml" => {
                let kept = text.lines().filter(|line| !line.contains("st-xinzhan"));
                kept.collect::<Vec<_>>().join("\n")
            }
            "teams.yaml" => text.replace("unit: st-xinzhan", "unit: xihu"),
            _ => text.to_owned(),
        },
    );
    let report = lint(&pack, &pack.rules);
    let finding = one(report.findings);
    assert_eq!(
        (finding.kind, finding.severity, finding.line),
        (FindingKind::Uncovered, Severity::Info, 3)
    );
    assert_eq!(
        finding.message,
        "rule \"r1\" means a unit of the area for any category in 02002 新站街道, of the kinds help (5 cells), which does not exist there: the district answers; add the unit, or send them elsewhere"
    );
    assert_eq!(
        (report.proofs.without_unit, report.proofs.covered),
        (5, 115)
    );
    let witness = finding.witness.unwrap();
    assert_eq!(
        pack.rules.decide(&witness.facts()).rule.unwrap().as_str(),
        "r1"
    );
}

#[test]
fn the_worst_come_first_and_then_the_lines() {
    let rules = "- {when: {kind: {any_of: [praise]}, guard: \"true\"}}\n\
                 - {when: {category: {any_of: [noise]}}}\n\
                 - {when: {category: {any_of: [noise]}}}\n\
                 - {when: {category: {any_of: [noise]}, kind: {any_of: [help]}}}";
    let report = lint(&small_pack(), &read(rules));
    let order: Vec<(FindingKind, u32)> = report
        .findings
        .iter()
        .map(|finding| (finding.kind, finding.line))
        .collect();
    assert_eq!(
        order[..3],
        [
            (FindingKind::Shadowed, 5),
            (FindingKind::Uncovered, 0),
            (FindingKind::AlwaysTrueGuard, 2)
        ]
    );
    assert_eq!(order.last().unwrap().0, FindingKind::Guarded);
    assert_eq!(report.worst(), Some(Severity::Error));
    assert!(
        report.findings[0]
            .to_string()
            .starts_with("line 5: error: shadowed: no complaint")
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["findings"][0]["kind"], "shadowed");
    assert_eq!(json["findings"][0]["severity"], "error");
    assert_eq!(json["findings"][0]["by"][0], "r1");
    assert_eq!(json["findings"][0]["witness"]["kind"], "help");
    assert_eq!(json["proofs"]["guarded_rules"], 1);
    let back: LintReport = serde_json::from_value(json).unwrap();
    assert_eq!(back, report);
}

#[test]
fn a_text_that_cannot_be_read_makes_a_report_too() {
    let mut files = small_pack_files();
    let text = files
        .remove("rules.yaml")
        .unwrap()
        .replace("[noise]", "[noize]");
    let errors = RuleSet::read(&small_pack(), "rules.yaml", &text).unwrap_err();
    let report = LintReport::of_errors(&errors);
    assert_eq!(report.worst(), Some(Severity::Error));
    let finding = &report.findings[0];
    assert_eq!(finding.line, errors.errors()[0].line);
    assert_eq!(finding.kind, FindingKind::UnknownCategory);
    let kinds = errors.errors().iter().map(|error| error.kind.parse());
    assert!(kinds.eq(report.findings.iter().map(|finding| Ok(finding.kind))));
    assert!(finding.message.contains("noize"), "{}", finding.message);
}
