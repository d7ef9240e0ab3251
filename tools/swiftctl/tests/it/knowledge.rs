//! `knowledge`.

use crate::fake::Fake;
use crate::pack::Pack;
use crate::swiftctl::swiftctl;

#[test]
fn the_best_entry_of_a_pack_is_found_and_shown() {
    let pack = Pack::new();
    let ran = pack.run(&["knowledge", "search", "--offline", "燃气表没电了怎么办"]);
    let text = ran.table();
    assert!(text.starts_with("SCORE  ANSWERS  ENTRY"), "{text}");
    assert!(
        text.contains("gas-meter") && text.contains("https://small.example/gas"),
        "{text}"
    );
    let ran = pack.run(&[
        "--output",
        "json",
        "knowledge",
        "search",
        "--offline",
        "--limit",
        "1",
        "when does the heating start",
    ]);
    let rows = ran.json();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["entry"], &rows[0]["language"]),
        (&"heating-season".into(), &"en".into())
    );
    assert!(rows[0]["score"].as_f64().unwrap() > 0.5, "{rows:?}");
    let ran = pack.run(&["knowledge", "search", "--offline", "请问"]);
    assert_eq!(
        ran.table(),
        "nothing in the knowledge base speaks of this\n"
    );
}

#[test]
fn one_entry_of_a_pack_is_shown_in_the_language_asked_for() {
    let pack = Pack::new();
    let show = |more: &[&str]| {
        pack.run(
            &[
                &["--output", "json", "knowledge", "show", "--offline"],
                more,
            ]
            .concat(),
        )
    };
    let rows = show(&["gas-meter", "--language", "en"]).json();
    assert!(
        rows[0]["answer"]
            .as_str()
            .unwrap()
            .starts_with("Use four AA"),
        "{rows:?}"
    );
    assert_eq!(show(&["gas-meter"]).json()[0]["language"], "zh");
    let ran = show(&["nothing"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (2, "error: small has no entry \"nothing\"\n")
    );
}

#[test]
fn the_classifier_is_asked_without_offline() {
    let fake = Fake::start();
    let rows = swiftctl(
        &fake,
        &[
            "--output",
            "json",
            "knowledge",
            "search",
            "heating",
            "--language",
            "en",
            "--limit",
            "2",
        ],
    )
    .json();
    assert_eq!(
        (&rows[0]["entry"], &rows[0]["answers"]),
        (&"heating-season".into(), &true.into())
    );
    assert_eq!(rows[1]["answers"], false);
    let last = fake.last();
    assert!(
        last.contains("language: \"en\"") && last.contains("limit: 2"),
        "{last}"
    );
    let ran = swiftctl(&fake, &["knowledge", "show", "heating-season"]);
    assert!(ran.table().contains("From 15 November"), "{ran:?}");
    let ran = swiftctl(&fake, &["knowledge", "search", "--limit", "11", "x"]);
    assert_eq!(ran.code, 2);
}
