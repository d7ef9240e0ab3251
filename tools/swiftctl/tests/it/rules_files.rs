//! `rules` commands that need no mesh.

use serde_json::Value;

use crate::fake::rules::draft;
use crate::pack::Pack;
use crate::swiftctl::Ran;

const NIGHT: &str = "then: {lead: {by_place: district}, lane: urgent}";

fn lines(ran: &Ran) -> Vec<Value> {
    let lines = ran.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn valid_rules_are_a_line_and_wrong_ones_are_told_with_their_place() {
    let pack = Pack::new();
    let rules = pack.file("rules.yaml");
    let ran = pack.run(&["rules", "validate"]);
    assert!(
        ran.table()
            .starts_with(&format!("{rules}: 6 rules, 0 with a guard, digest ")),
        "{ran:?}"
    );
    let json = pack
        .run(&["rules", "validate", "--output", "json"])
        .json_line();
    assert_eq!((&json["rules"], &json["file"]), (&6.into(), &rules.into()));

    let wrong = pack.edit("wrong.yaml", "{unit: dept-streets}", "{unit: dept-street}");
    let ran = pack.run(&["rules", "validate", &wrong]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    let found = ran
        .stderr
        .lines()
        .any(|line| line.starts_with(&format!("{wrong}:18:")) && line.contains("dept-streets"));
    assert!(found, "{ran:?}");
    let ran = pack.run(&["rules", "validate", &wrong, "--output", "json"]);
    assert_eq!(ran.code, 2);
    let error = &lines(&ran)[0];
    assert_eq!(
        (&error["kind"], &error["line"]),
        (&"unknown_unit".into(), &18.into())
    );
    let ran = pack.run(&["rules", "validate", "/nowhere.yaml"]);
    assert!(
        ran.code == 2 && ran.stderr.contains("/nowhere.yaml: No such file"),
        "{ran:?}"
    );
}

#[test]
fn the_canonical_form_is_printed_checked_and_written() {
    let pack = Pack::new();
    let file = pack.edit(
        "a.yaml",
        "place: {known: true}",
        "place:   {known: true}   # why",
    );
    let ran = pack.run(&["rules", "format", &file, "--check"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("\n-"), "{ran:?}");
    assert!(
        ran.stderr.contains("is not in its canonical form: lines "),
        "{ran:?}"
    );
    let printed = pack.run(&["rules", "format", &file]);
    assert_eq!(
        pack.run_with(&["rules", "format", "-"], &pack.read("a.yaml"))
            .stdout,
        printed.stdout
    );
    let ran = pack.run(&["rules", "format", &file, "--write"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    assert_eq!(pack.read("a.yaml"), printed.stdout);
    assert!(printed.stdout.contains("# why"), "{}", printed.stdout);
    assert_eq!(pack.run(&["rules", "format", &file, "--check"]).table(), "");
    let ran = pack.run_with(&["rules", "format", "-", "--write"], &printed.stdout);
    assert_eq!(ran.code, 0, "nothing to write: {ran:?}");
}

#[test]
fn the_schemas_are_json() {
    for args in [&["rules", "schema"][..], &["rules", "schema", "--tests"]] {
        let ran = crate::swiftctl::at("http://127.0.0.1:1", args, "");
        let schema: Value = serde_json::from_str(ran.table()).unwrap();
        assert!(schema["$schema"].is_string(), "{schema}");
    }
}

#[test]
fn lint_finds_with_a_witness_and_its_exit_code_says_how_bad() {
    let pack = Pack::new();
    let shadowed = pack.edit(
        "shadowed.yaml",
        "  - id: gas-words\n",
        "  - id: gas-again\n    description: x\n    when: {category: {any_of: [utilities.gas]}, kind: {any_of: [complaint]}}\n    \
         then: {lead: {unit: util-gas}}\n  - id: gas-words\n",
    );
    let ran = pack.run(&["rules", "lint", &shadowed]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stdout.contains(&format!("{shadowed}:8  shadowed")),
        "{ran:?}"
    );
    assert!(
        ran.stdout.contains("for example category=utilities.gas"),
        "{ran:?}"
    );
    assert!(
        ran.stdout.contains("\ncategories x areas x kinds "),
        "{ran:?}"
    );

    let ran = pack.run(&["rules", "lint", &shadowed, "--output", "json"]);
    let lines = lines(&ran);
    let first = &lines[0];
    let mut keys: Vec<&str> = first
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "by", "kind", "line", "message", "rule", "severity", "witness"
        ]
    );
    assert_eq!(
        (&first["kind"], &first["severity"]),
        (&"shadowed".into(), &"error".into())
    );
    assert_eq!(
        (&first["rule"], &first["by"][0]),
        (&"gas-again".into(), &"gas-leak".into())
    );
    assert_eq!(first["line"], 8);
    assert_eq!(lines.last().unwrap()["kind"], "proof");
    assert!(lines.last().unwrap()["cells"].as_u64().unwrap() > 0);

    let unread = pack.edit("unread.yaml", "backstop:", "backstopp:");
    let ran = pack.run(&["rules", "lint", &unread, "--output", "json"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.contains("did you mean"), "{ran:?}");
}

#[test]
fn warnings_have_an_exit_code_of_their_own() {
    let pack = Pack::new();
    let twice = pack.edit(
        "twice.yaml",
        "  - id: no-place\n",
        "  - id: english-noise\n    description: x\n    when: {category: {any_of: [noise]}, language: {any_of: [en]}, place: {any_of: [\"01002\"]}}\n    \
         then: {lead: {by_place: subdistrict}}\n  - id: no-place\n",
    );
    let ran = pack.run(&["rules", "lint", &twice]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.starts_with("warning: "), "{ran:?}");
}

#[test]
fn tests_pass_and_fail_with_the_rule_that_decided() {
    let pack = Pack::new();
    let ran = pack.run(&["rules", "test"]);
    assert!(
        ran.table()
            .contains("pass  gas at night on a holiday  gas-leak"),
        "{ran:?}"
    );
    assert!(
        ran.stdout
            .contains("\nRules that no test decides\ngas-words\n"),
        "{ran:?}"
    );
    assert!(
        ran.stdout
            .ends_with("2 passed, 0 failed, 4 rules without a test\n"),
        "{ran:?}"
    );

    let draft = pack.edit("draft.yaml", "{unit: dept-streets}", "{unit: dept-hotline}");
    let ran = pack.run(&["rules", "test", "--rules", &draft]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stdout
            .contains("unit is dept-hotline, expected dept-streets"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("1 of 2 tests failed"), "{ran:?}");
    let ran = pack.run(&["rules", "test", "--rules", &draft, "--output", "json"]);
    let lines = lines(&ran);
    assert_eq!(
        (&lines[1]["passed"], &lines[1]["rule"]),
        (&false.into(), &"street-lights".into())
    );
    assert_eq!(lines[1]["differences"][0]["what"], "unit");
    let total = lines.last().unwrap();
    assert_eq!(
        (&total["type"], &total["failed"], &total["untested"]),
        (&"total".into(), &1.into(), &4.into())
    );
}

#[test]
fn an_explanation_names_the_winner_and_what_the_others_miss() {
    let pack = Pack::new();
    let facts = "category=noise,place=01001,at=2026-10-01T02:00";
    let ran = pack.run(&["rules", "explain", "--facts", facts]);
    assert!(
        ran.table().contains("\nunit       dongshan (district)\n"),
        "{ran:?}"
    );
    assert!(
        ran.stdout.contains("\nnight-noise          decides\n"),
        "{ran:?}"
    );
    assert!(
        ran.stdout.contains("the-rest-of-housing  matches too"),
        "{ran:?}"
    );
    let json = pack
        .run(&["rules", "explain", "--facts", facts, "--output", "json"])
        .json_line();
    assert_eq!(
        (&json["winner"], &json["lane"]),
        (&"night-noise".into(), &"urgent".into())
    );
    assert_eq!(json["facts"]["day"], "holiday");
    let ran = pack.run(&["rules", "explain", "--facts", "category=nois"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .contains("--facts: category: the city has no category"),
        "{ran:?}"
    );
}

const HISTORY: &str = r#"{"key":"a","text":"loud music next door","time":"2026-01-05T23:30:00+08:00","lat":40.05,"lon":116.05}
{"key":"b","text":"loud music next door","time":"2026-01-05T12:00:00+08:00","lat":40.05,"lon":116.05}
{"key":"c","time":"2026-01-05T12:00:00+08:00"}
"#;

#[test]
fn a_file_is_replayed_here() {
    let pack = Pack::new();
    pack.write("draft.yaml", &draft());
    pack.write("past.jsonl", HISTORY);
    let (rules, past) = (pack.file("draft.yaml"), pack.file("past.jsonl"));
    let args = [
        "rules", "replay", &rules, "--input", &past, "--format", "jsonl",
    ];
    let ran = pack.run(&args);
    assert_eq!(ran.code, 2, "a row is bad: {ran:?}");
    assert!(
        ran.stderr.contains("line 3 (key c): has none of text"),
        "{ran:?}"
    );
    assert!(
        ran.stdout
            .starts_with("1 of 2 complaints move to another unit (50.0 %)"),
        "{ran:?}"
    );
    assert!(
        ran.stdout
            .contains("dongshan (night-noise)  dept-hotline (night-noise)  a"),
        "{ran:?}"
    );
    let json: Value = serde_json::from_str(
        pack.run(&[&args[..], &["--output", "json"]].concat())
            .stdout
            .lines()
            .next()
            .unwrap(),
    )
    .unwrap();
    assert_eq!(
        (&json["moved"], &json["complaints"]),
        (&1.into(), &2.into())
    );
    let ran = pack.run(&["rules", "replay", &rules, "--input", &past]);
    assert_eq!(ran.code, 2, "no format: {ran:?}");
}

#[test]
fn two_files_are_compared_rule_by_rule() {
    let pack = Pack::new();
    let new = pack.edit("new.yaml", NIGHT, "then: {lead: {by_place: district}}");
    let args = ["rules", "diff", &pack.file("rules.yaml"), &new];
    let ran = crate::swiftctl::at("http://127.0.0.1:1", &args, "");
    assert!(
        ran.table().starts_with("changed  night-noise\n\n--- "),
        "{ran:?}"
    );
    assert!(
        ran.stdout
            .contains("\n-    then: {lead: {by_place: district}, lane: urgent}\n"),
        "{ran:?}"
    );
    let args = ["rules", "diff", "no-such-thing", &new];
    let ran = crate::swiftctl::at("http://127.0.0.1:1", &args, "");
    assert!(
        ran.code == 2 && ran.stderr.contains("is no file, and no digest"),
        "{ran:?}"
    );
}

#[test]
fn without_a_city_it_is_asked_for() {
    let ran = crate::swiftctl::at("http://127.0.0.1:1", &["rules", "lint"], "");
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.starts_with("error: which city? Say --city"),
        "{ran:?}"
    );
}
