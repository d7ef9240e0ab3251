use crate::fake::Fake;
use crate::swiftctl::{NUMBER, swiftctl};

#[test]
fn scores_are_shown_with_their_total_and_what_made_them() {
    let fake = Fake::start();
    let ran = swiftctl(
        &fake,
        &[
            "score",
            "show",
            "water",
            "--by",
            "team",
            "--month",
            "2026-11",
            "--recompute",
        ],
    );
    let text = ran.table();
    assert_eq!(
        text,
        "2026-11-01 to 2026-11-30\n\
         WHO    TEAM        SCORE  RESPONSE  RESOLUTION  SATISFACTION  CASES  UNREACHED  EXCLUDED\n\
         water  water-east  83.25   100.0 %      75.0 %                1,204          7         3\n\
         total              83.25   100.0 %      75.0 %                1,204          7         3\n\
         formula 0123456789ab, every case computed again\n",
        "{text}"
    );
    let asked = fake.last();
    assert!(
        asked.contains("from: \"2026-11-01\", to: \"2026-11-30\""),
        "{asked}"
    );
    assert!(
        asked.contains("ids: [\"water\"], recompute: true"),
        "{asked}"
    );
    let rows = swiftctl(&fake, &["score", "show", "--output", "json"]).json();
    assert_eq!(rows[0]["resolution"]["of"], 1_204);
    assert_eq!(
        (&rows[0]["excluded"]["praise"], &rows[1]["type"]),
        (&3.into(), &"total".into())
    );
}

#[test]
fn a_ranking_leaves_out_who_has_nothing_and_says_how_many() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["score", "rank", "utilities"]);
    let text = ran.table();
    assert!(
        text.starts_with("Utilities, 2026-11-01 to 2026-11-30\nRANK  WHO    NAME"),
        "{text}"
    );
    assert!(text.contains("   1  water  自来水"), "{text}");
    assert!(!text.contains("Gas"), "{text}");
    assert!(
        text.ends_with("from 5 cases with an answer on; 1 without a case that counts\n"),
        "{text}"
    );
    let rows = swiftctl(&fake, &["score", "rank", "utilities", "--output", "json"]).json();
    assert_eq!(
        (&rows[1]["name"], &rows[1]["rank"]),
        (&"Gas".into(), &serde_json::Value::Null)
    );
    let ran = swiftctl(&fake, &["score", "rank", "--teams-of", "water"]);
    let text = ran.table();
    assert!(text.contains("   1  water-east"), "{text}");
    assert!(fake.last().contains("teams_of: \"water\""));
}

#[test]
fn one_case_is_explained_and_the_cases_of_a_figure_are_listed() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["score", "explain", NUMBER]);
    let text = ran.table();
    assert!(text.contains("counts     for water\n"), "{text}");
    assert!(text.contains("solved     no\n"), "{text}");
    assert!(
        text.ends_with("\n  the citizen was reached once\n"),
        "{text}"
    );
    let ran = swiftctl(&fake, &["score", "cases", "not-solved", "--unit", "water"]);
    let text = ran.table();
    assert!(
        text.contains(NUMBER) && text.ends_with("\n1 of 301\n"),
        "{text}"
    );
    assert!(
        fake.last().contains("measure: NotSolved"),
        "{}",
        fake.last()
    );
}

#[test]
fn wrong_arguments_are_named() {
    let fake = Fake::start();
    for (args, told) in [
        (&["score", "rank"][..], "<RANKING>"),
        (&["score", "cases", "solved"], "--unit"),
        (
            &["score", "show", "--month", "2026-13"],
            "is no month such as 2026-11",
        ),
        (
            &[
                "score",
                "show",
                "--month",
                "2026-11",
                "--from",
                "2026-11-01",
            ],
            "cannot be used with",
        ),
    ] {
        let ran = swiftctl(&fake, args);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
}
