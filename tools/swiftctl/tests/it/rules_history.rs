//! `rules` commands that look back: versions, differences, replays, suggestions, explanations.

use serde_json::Value;

use crate::fake::Fake;
use crate::fake::rules::DRAFT;
use crate::pack::Pack;
use crate::swiftctl::swiftctl;

const DRAFT_8: &str = "3f2a5b6c";

#[test]
fn versions_are_listed_and_shown() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["rules", "history", "--limit", "2"]);
    assert!(
        ran.table()
            .contains("3f2a5b6c7d8e  proposed      6  0 E, 2 W  1 of 4 move  01-01 00:00  li"),
        "{ran:?}"
    );
    let json = swiftctl(&fake, &["rules", "history", "--output", "json"]).json();
    assert_eq!(json[1]["state"], "active");

    let ran = swiftctl(&fake, &["rules", "show"]);
    assert!(
        ran.table().starts_with("rules:\n  - id: gas-leak\n"),
        "{ran:?}"
    );
    let json = swiftctl(&fake, &["rules", "show", DRAFT_8, "--output", "json"]).json_line();
    assert_eq!(json["digest"], DRAFT);
    assert!(json["text"].as_str().unwrap().contains("night-noise"));
    let ran = swiftctl(&fake, &["rules", "show", DRAFT_8, "--report", "replay"]);
    assert!(ran.table().starts_with("1 of 4 complaints move"), "{ran:?}");
    let ran = swiftctl(
        &fake,
        &["rules", "show", "--report", "lint", "--output", "json"],
    );
    assert_eq!(ran.json().last().unwrap()["kind"], "proof");
    assert_eq!(
        swiftctl(&fake, &["rules", "show", "f7e50000", "--report", "replay"]).code,
        1
    );
}

#[test]
fn versions_are_compared_with_files_and_each_other() {
    let (fake, pack) = (Fake::start(), Pack::new());
    let file = pack.file("rules.yaml");
    let ran = swiftctl(&fake, &["rules", "diff", "active", DRAFT_8]);
    assert!(
        ran.table()
            .starts_with("changed  night-noise\n\n--- active\n+++ 3f2a5b6c\n@@ "),
        "{ran:?}"
    );
    let json = swiftctl(
        &fake,
        &["rules", "diff", "active", &file, "--output", "json"],
    )
    .json_line();
    assert_eq!(json["a_digest"], json["b_digest"]);
    assert_eq!(json["changed"].as_array().unwrap().len(), 0);
}

#[test]
fn the_mesh_replays_what_it_has_had() {
    let (fake, pack) = (Fake::start(), Pack::new());
    let ran = swiftctl(
        &fake,
        &["rules", "replay", DRAFT_8, "--since", "7d", "--actor", "li"],
    );
    assert_eq!(ran.code, 0);
    assert_eq!(ran.stderr, "1 record could not be read\n");
    assert!(
        ran.stdout.contains("\ndongshan           1      0"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("at-23:00"), "{ran:?}");
    let asked = fake.last();
    assert!(
        asked.contains("seconds: 604800") && asked.contains("Digest(\"3f2a5b6c\")"),
        "{asked}"
    );
    let file = pack.file("rules.yaml");
    let ran = swiftctl(
        &fake,
        &[
            "rules", "replay", &file, "--since", "24h", "--output", "json",
        ],
    );
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["moved"], 1);
    assert!(fake.last().contains("Text("), "{}", fake.last());
    assert_eq!(
        swiftctl(&fake, &["rules", "replay", "--since", "24h"]).code,
        2
    );
    assert_eq!(
        swiftctl(&fake, &["rules", "replay", "nothing", "--since", "24h"]).code,
        2
    );
}

#[test]
fn a_suggestion_is_applied_to_the_rules_it_was_made_for() {
    let (fake, pack) = (Fake::start(), Pack::new());
    let ran = swiftctl(&fake, &["rules", "suggest"]);
    assert!(
        ran.table().starts_with("100 orders under 9d8e7f6a5b4c\n"),
        "{ran:?}"
    );
    assert!(
        ran.stdout
            .contains("\nEdits of 1\nrule street-lights leads to dept-hotline\n"),
        "{ran:?}"
    );
    let json = swiftctl(&fake, &["rules", "suggest", "--output", "json"]).json();
    assert_eq!(json[0]["edits"][0]["change"], "lead");

    let file = pack.file("edited.yaml");
    let ran = swiftctl(
        &fake,
        &["rules", "suggest", "--apply", "1", "--write", &file],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stdout
            .contains("\n+    then: {lead: {unit: dept-hotline}, skills: [lights]}\n"),
        "{ran:?}"
    );
    assert!(pack.run(&["rules", "validate", &file]).code == 0);
    let ran = swiftctl(&fake, &["rules", "suggest", "--apply", "2"]);
    assert!(
        ran.code == 2 && ran.stderr.contains("has no edit"),
        "{ran:?}"
    );
    let ran = swiftctl(&fake, &["rules", "suggest", "--apply", "3"]);
    assert!(
        ran.code == 2 && ran.stderr.contains("there is no suggestion 3; there are 2"),
        "{ran:?}"
    );
}

#[test]
fn facts_are_explained_by_the_mesh() {
    let (fake, pack) = (Fake::start(), Pack::new());
    let city = pack.file(".");
    let facts = "category=noise,place=01001,at=2026-10-01T02:00,text=loud, very loud";
    let ran = swiftctl(
        &fake,
        &["case", "explain", "--facts", facts, "--city", &city],
    );
    assert!(ran.table().contains("water-mains  decides"), "{ran:?}");
    let asked = fake.last();
    for part in [
        "seconds: 1790791200",
        "text: \"loud, very loud\"",
        "category: \"noise\"",
        "place: \"01001\"",
        "confidence: 1.0",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    let ran = swiftctl(&fake, &["case", "explain", "--facts", facts]);
    assert!(
        ran.code == 2 && ran.stderr.contains("which city?"),
        "{ran:?}"
    );
}
