//! Tests of rules: what they tell when they pass, when they fail and when they are wrong themselves.

use super::*;
use crate::city::testing::{small_pack, small_pack_files};

fn read(text: &str) -> RuleTests {
    RuleTests::read(&small_pack(), "rules.test.yaml", text)
        .unwrap_or_else(|error| panic!("{error}"))
}

fn run(text: &str) -> TestReport {
    let pack = small_pack();
    read(text).run(&pack, &pack.rules)
}

#[test]
fn what_is_expected_passes_and_what_no_test_decides_is_named() {
    let report = run(r#"
tests:
  - name: gas at 02:00 on a holiday
    facts: {category: utilities.gas, place: "01001", at: "2026-10-01T02:00", urgency: emergency}
    expect: {rule: gas-leak, unit: util-gas, lane: emergency, clock: emergency, helpers: [], skills: [gas]}
  - name: night noise
    facts: {category: noise, place: "02001", time: "23:00", language: en, extreme_weather: true}
    expect: {rule: night-noise, unit: xihu, lane: urgent, languages: [en]}
  - {name: a lamp, facts: {category: streets.light, place: "01002"}, expect: {unit: st-linqian, inform: []}}
  - {name: whatever, facts: {place: "01001"}, expect: {rule: backstop, unit: dongshan}}
"#);
    assert_eq!((report.passed, report.failed), (4, 0), "{report:#?}");
    assert!(
        report
            .cases
            .iter()
            .all(|case| case.passed && case.differences.is_empty())
    );
    assert_eq!(report.cases[0].rule.as_ref().unwrap().as_str(), "gas-leak");
    assert_eq!(
        (report.cases[0].line, report.cases[3].rule.as_ref()),
        (3, None)
    );
    let untested: Vec<&str> = report.untested.iter().map(RuleId::as_str).collect();
    assert_eq!(untested, ["gas-words", "street-lights", "no-place"]);
}

#[test]
fn each_part_that_differs_is_told() {
    let report = run(r#"
tests:
  - name: gas
    facts: {category: utilities.gas, place: "01001"}
    expect:
      {rule: backstop, unit: dongshan, lane: normal, clock: general, helpers: [st-hekou, dongshan], inform: [xihu], skills: [lights, gas], languages: [en]}
"#);
    assert_eq!((report.passed, report.failed), (0, 1));
    let told: Vec<(&str, &str, &str)> = report.cases[0]
        .differences
        .iter()
        .map(|part| (part.what, part.expected.as_str(), part.found.as_str()))
        .collect();
    let expected = [
        ("rule", "backstop", "gas-leak"),
        ("unit", "dongshan", "util-gas"),
        ("lane", "normal", "emergency"),
        ("clock", "general", "emergency"),
        ("helpers", "dongshan, st-hekou", "none"),
        ("inform", "xihu", "none"),
        ("skills", "gas, lights", "gas"),
        ("languages", "en", "zh"),
    ];
    assert_eq!(told, expected);
    let names: Vec<&str> = told.iter().map(|(what, ..)| *what).collect();
    assert_eq!(names, reading::EXPECTED_FIELDS);
}

#[test]
fn helpers_are_found_from_the_place_and_their_order_does_not_matter() {
    let files = small_pack_files();
    let rules = files["rules.yaml"].replacen(
        "then: {lead: {unit: util-gas}",
        "then: {helpers: [{by_place: subdistrict}, {unit: dept-streets}], languages: [zh, en], lead: {unit: util-gas}",
        1,
    );
    let pack = small_pack();
    let rules = RuleSet::read(&pack, "rules.yaml", &rules).unwrap();
    let tests = read(
        r#"
tests:
  - name: gas
    facts: {category: utilities.gas, place: "01001"}
    expect: {helpers: [dept-streets, st-hekou], languages: [en, zh]}
"#,
    );
    assert_eq!(tests.run(&pack, &rules).failed, 0);
}

#[test]
fn a_report_is_written_in_snake_case() {
    let report = run("tests: [{name: x, facts: {}, expect: {rule: gas-leak}}]");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["failed"], 1);
    let case = serde_json::json!({"name": "x", "line": 1, "passed": false, "rule": "no-place",
        "differences": [{"what": "rule", "expected": "gas-leak", "found": "no-place"}]});
    assert_eq!(json["cases"][0], case);
    assert_eq!(json["untested"][0], "gas-leak");
}

#[test]
fn what_is_wrong_with_a_test_is_told_where_it_is() {
    let good = "tests:\n  - name: a\n    facts: {category: noise}\n    expect: {rule: backstop}\n";
    read(good);
    for (from, to, expected, kind) in [
        (
            "tests:",
            "test:",
            "1:1: unknown key \"test\"; did you mean \"tests\"?",
            "unknown_key",
        ),
        (
            "  - name: a",
            "  - nam: a",
            "2:5: unknown key \"nam\"; did you mean \"name\"?",
            "unknown_key",
        ),
        ("name: a", "name: \"\"", "2:11: is empty", "invalid"),
        (
            "    facts: {category: noise}\n",
            "",
            "2:5: `facts` is missing",
            "missing_key",
        ),
        (
            "category: noise",
            "category: nois",
            "3:23: `category`: the city has no category \"nois\"",
            "unknown_category",
        ),
        (
            "category: noise",
            "place: \"9\"",
            "3:20: `place`: the city has no area \"9\"",
            "unknown_area",
        ),
        (
            "category: noise",
            "at: soon",
            "3:17: `at`: \"soon\" is no local date and time",
            "invalid",
        ),
        (
            "category: noise",
            "kind: joke",
            "3:19: `kind`: \"joke\" is not one of",
            "invalid",
        ),
        (
            "category: noise",
            "time: 5",
            "3:19: the number 5 stands here",
            "wrong_type",
        ),
        (
            "category: noise",
            "colour: red",
            "3:13: unknown key \"colour\"",
            "unknown_key",
        ),
        (
            "rule: backstop",
            "",
            "4:13: nothing is expected; write one of rule, unit,",
            "invalid",
        ),
        (
            "rule: backstop",
            "rule: a b",
            "4:20: id \"a b\" contains",
            "invalid",
        ),
        (
            "rule: backstop",
            "unit: util-gaz",
            "4:20: unit \"util-gaz\" does not exist; did you mean \"util-gas\"?",
            "unknown_unit",
        ),
        (
            "rule: backstop",
            "helpers: [nobody]",
            "4:24: unit \"nobody\" does not exist",
            "unknown_unit",
        ),
        (
            "rule: backstop",
            "clock: fast",
            "4:21: class of clocks \"fast\" does not exist",
            "unknown_clock",
        ),
        (
            "rule: backstop",
            "lane: fast",
            "4:20: \"fast\" is not one of",
            "invalid",
        ),
        (
            "rule: backstop",
            "skills: [magic]",
            "4:23: no team has the skill \"magic\"",
            "unknown_skill",
        ),
        (
            "rule: backstop",
            "languages: [english]",
            "4:26: \"english\" is not an ISO 639",
            "invalid",
        ),
    ] {
        let text = good.replacen(from, to, 1);
        let errors = RuleTests::read(&small_pack(), "t", &text).unwrap_err();
        let wanted = format!("t:{expected}");
        let found = errors
            .errors()
            .iter()
            .find(|error| error.to_string().starts_with(&wanted));
        let found = found.unwrap_or_else(|| panic!("{wanted}\n{errors}"));
        assert_eq!(found.kind, kind, "{found}");
    }
    let twice = format!("{good}{}", good.trim_start_matches("tests:\n"));
    let errors = RuleTests::read(&small_pack(), "t", &twice).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "t:5:11: test \"a\" is already on line 2; ids must differ"
    );
    let none = RuleTests::read(&small_pack(), "t", "tests: []").unwrap_err();
    assert!(
        none.to_string().starts_with("t:1:8: the list is empty"),
        "{none}"
    );
    let broken = RuleTests::read(&small_pack(), "t", "tests: [").unwrap_err();
    assert_eq!(broken.errors()[0].kind, "yaml");
}
