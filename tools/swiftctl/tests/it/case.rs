use crate::fake::Fake;
use crate::swiftctl::{NUMBER, swiftctl};

#[test]
fn a_case_is_shown_with_its_complaint() {
    let ran = swiftctl(&Fake::start(), &["case", "show", "07 0001234 8"]);
    let text = ran.table();
    assert!(
        text.starts_with(&format!(
            "{NUMBER} is offered, with team water-east of unit water (offer 2)\n"
        )),
        "{text}"
    );
    assert!(
        text.contains("\nComplaint\ntext      水管爆裂\u{fffd}[2J\n"),
        "{text}"
    );
    assert!(text.contains("\naddress   朝阳区\n"), "{text}");
    assert!(text.contains("\ncategory    utilities.water\n"), "{text}");
    assert!(text.contains("\nsign by  2026-01-01 00:10:00 ("), "{text}");
}

#[test]
fn a_case_is_one_object() {
    let case = swiftctl(
        &Fake::start(),
        &["case", "show", NUMBER, "--output", "json"],
    )
    .json_line();
    assert_eq!(case["case_number"], NUMBER);
    assert_eq!(
        (&case["state"], &case["version"]),
        (&"offered".into(), &4.into())
    );
    assert_eq!(case["classification"]["urgency"], "urgent");
    assert_eq!(case["offer"]["teams"][1]["verdict"], "busier");
    assert_eq!(case["complaint"]["channel"], "phone");
    assert!(case["outcome"].is_null());
}

#[test]
fn a_journey_is_a_line_an_event() {
    let ran = swiftctl(&Fake::start(), &["case", "journey", NUMBER]);
    let lines: Vec<&str> = ran.table().lines().collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(
        lines[0].starts_with("AT ") && lines[0].ends_with("TRACE"),
        "{lines:?}"
    );
    assert!(
        lines[1].starts_with("2026-01-01 00:00:01        1  accepted"),
        "{lines:?}"
    );
    assert!(lines[2].contains("returned  offer 1, team water-east, unit water, actor desk-1, reason wrong_unit, note not ours"));
    assert!(lines[3].ends_with("4bf92f35"));
}

#[test]
fn a_journey_is_an_object_an_event() {
    let steps = swiftctl(
        &Fake::start(),
        &["case", "journey", NUMBER, "--output", "json"],
    )
    .json();
    assert_eq!(steps.len(), 3);
    assert_eq!(steps[1]["reason"], "wrong_unit");
    assert_eq!(steps[2]["event"], "offered");
    assert_eq!(steps[2]["sign_by"], "2026-01-01T00:10:00Z");
    assert_eq!(steps[2]["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
}

#[test]
fn an_explanation_shows_rules_evidence_and_teams() {
    let ran = swiftctl(&Fake::start(), &["case", "explain", NUMBER]);
    let text = ran.table();
    for part in [
        "07-0001234-8 goes to team water-east of unit water\nrule         water-mains\n",
        "evidence    category 水管 (+1.50)\n",
        "Rules that decide now (9d8e7f6a5b4c)\nRULE         RESULT\nwater-mains  decides\n\
         gas-leaks    no: category is utilities.water, wanted any of utilities.gas\n",
        "TEAM        LOAD  CAPACITY  VERDICT\nwater-east     3        20  chosen\nwater-west    19        20  busier\n",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    let json = swiftctl(
        &Fake::start(),
        &["case", "explain", NUMBER, "--output", "json"],
    )
    .json_line();
    assert_eq!(json["rules"]["winner"], "water-mains");
    let lost = &json["rules"]["losers"][0];
    assert_eq!(
        (&lost["rule"], &lost["after"]),
        (&"gas-leaks".into(), &false.into())
    );
    assert_eq!(lost["failed"][0]["wanted"], "any of utilities.gas");
    assert_eq!(json["assignment"]["choice"], "least_loaded");
}

#[test]
fn a_complaint_that_does_not_exist_is_classified_and_explained() {
    let fake = Fake::start();
    let ran = swiftctl(
        &fake,
        &[
            "case",
            "explain",
            "--text",
            "Burst pipe",
            "--lat",
            "39.9",
            "--lon",
            "116.4",
        ],
    );
    assert!(
        ran.table()
            .starts_with("this complaint goes to team water-east"),
        "{ran:?}"
    );
    let asked = fake.asked();
    assert!(asked[0].starts_with("ClassifyRequest"), "{asked:?}");
    assert!(
        asked[1].contains("Facts(") && asked[1].contains("utilities.water"),
        "{asked:?}"
    );
}

#[test]
fn people_decide_about_a_case() {
    let fake = Fake::start();
    let ran = swiftctl(
        &fake,
        &[
            "case",
            "dispatch",
            NUMBER,
            "--unit",
            "water",
            "--actor",
            "dispatcher-3",
        ],
    );
    assert_eq!(
        ran.table(),
        format!("{NUMBER} is offered to team water-east of unit water (offer 2)\n")
    );
    assert!(
        fake.last()
            .contains("unit: \"water\", actor: \"dispatcher-3\""),
        "{}",
        fake.last()
    );

    let ran = swiftctl(&fake, &["case", "close", NUMBER, "--reason", "unreachable"]);
    assert_eq!(ran.table(), format!("{NUMBER} is closed\n"));
    assert!(
        fake.last()
            .contains("reason: Unreachable, actor: \"desk-1\""),
        "{}",
        fake.last()
    );

    let ran = swiftctl(
        &fake,
        &[
            "case", "reopen", NUMBER, "--reason", "recurred", "--output", "json",
        ],
    );
    assert_eq!(ran.json_line()["state"], "reopened");

    let answers = ["--reached", "yes", "--contacted", "yes", "--solved", "no"];
    let ran = swiftctl(
        &fake,
        &[&["case", "callback", NUMBER], &answers[..]].concat(),
    );
    assert_eq!(ran.table(), format!("{NUMBER} is closed\n"));
    let asked = fake.last();
    assert!(
        asked
            .contains("reached: true, contacted: Some(true), solved: Some(false), satisfied: None"),
        "{asked}"
    );
}
