//! Cases that are only in the archive.

use tonic::Status;

use crate::fake::{ARCHIVED, Fake};
use crate::swiftctl::{NUMBER, swiftctl};

#[test]
fn a_case_is_found_with_its_row_and_its_journey() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["archive", "find", NUMBER, "--actor", "desk-9"]);
    let text = ran.table();
    for part in [
        "07-0001234-8 is closed\n",
        "\nended_at      2026-01-01T00:01:00Z\n",
        "\nscore_day     2026-01-02\n",
        "\ncaller known  yes\n",
        "\nJourney\nAT",
        "closed  reason confirmed",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    assert!(fake.last().contains("desk-9"), "{}", fake.last());
    let json = swiftctl(&fake, &["archive", "find", NUMBER, "--output", "json"]).json_line();
    assert_eq!(
        (&json["offers"], &json["solved"]),
        (&2.into(), &true.into())
    );
    assert_eq!(json["journey"][0]["event"], "closed");
    assert_eq!(json["caller_known"], true);
}

#[test]
fn erasing_and_dropping_say_who_why_and_what_was_done() {
    let by = ["--actor", "officer-2", "--reason", "request-118"];
    let fake = Fake::start();
    let args = [&["archive", "erase", NUMBER][..], &by].concat();
    let ran = swiftctl(&fake, &args);
    assert_eq!(ran.table(), "erased from 1,204 row(s)\n");
    for word in [NUMBER, "officer-2", "request-118"] {
        assert!(fake.last().contains(word), "{}", fake.last());
    }

    let retain = |keep: &str, more: &[&str]| {
        let all = [&["archive", "retain", "--keep-months", keep][..], &by, more].concat();
        swiftctl(&fake, &all).table().to_owned()
    };
    assert_eq!(retain("12", &[]), "dropped 2019-01, 2019-02\n");
    assert_eq!(
        retain("12", &["--dry-run"]),
        "would drop 2019-01, 2019-02\n"
    );
    assert_eq!(retain("100", &[]), "no month is that old\n");
}

#[test]
fn show_journey_and_explain_work_for_a_case_that_is_only_in_the_archive() {
    let fake = Fake::start();
    let mark = "from the archive, which has no text, notes or contact";
    let shown = swiftctl(&fake, &["case", "show", ARCHIVED]);
    assert!(shown.table().contains(mark), "{shown:?}");
    let json = swiftctl(&fake, &["case", "show", ARCHIVED, "--output", "json"]).json_line();
    assert_eq!(json["archived"], true);
    let journey = swiftctl(&fake, &["case", "journey", ARCHIVED]);
    assert!(journey.table().starts_with(mark), "{journey:?}");

    let unknown = || Status::not_found("there is no case");
    fake.refuse(unknown());
    let explained = swiftctl(&fake, &["case", "explain", ARCHIVED]);
    let text = explained.table();
    assert!(
        text.contains("goes to team water-east of unit water"),
        "{text}"
    );
    assert!(
        text.contains(mark) && text.contains("water-mains"),
        "{text}"
    );
    assert!(!text.contains("Rules that decide now"), "{text}");

    // A case that is current for intake but not for the router keeps the router's own word.
    fake.refuse(unknown());
    let ran = swiftctl(&fake, &["case", "explain", NUMBER]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (1, "error: router refused: there is no case (NOT_FOUND)\n")
    );
}
