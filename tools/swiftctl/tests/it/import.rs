use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::fake::Fake;
use crate::swiftctl::{Ran, at, swiftctl};

fn file(name: &str, text: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    (dir, path)
}

fn import(fake: &Fake, text: &str, args: &[&str]) -> Ran {
    let (_dir, path) = file("day.jsonl", text);
    swiftctl(
        fake,
        &[
            &["import", "--format", "jsonl", path.to_str().unwrap()],
            args,
        ]
        .concat(),
    )
}

fn counts(ran: &Ran) -> [u64; 5] {
    let summary: Value = serde_json::from_str(&ran.stdout).unwrap();
    ["rows", "accepted", "duplicate", "rejected", "bad_rows"]
        .map(|name| summary[name].as_u64().unwrap())
}

fn good(rows: usize) -> String {
    (0..rows)
        .map(|row| format!("{{\"text\":\"row {row}\"}}\n"))
        .collect()
}

#[test]
fn a_good_file_is_taken_whole() {
    let fake = Fake::start();
    let ran = import(&fake, &good(1_000), &["--batch", "64"]);
    assert!(ran.table().contains(": 1,000 rows in "), "{ran:?}");
    assert!(
        ran.stdout
            .ends_with("\naccepted 1,000  duplicate 0  rejected 0  bad rows 0\n"),
        "{ran:?}"
    );
    let asked = fake.asked();
    assert!(
        asked.len() >= 16 && asked[0].contains("idempotency_key: \"day-line-1\""),
        "{}",
        asked.len()
    );
}

#[test]
fn rows_that_are_not_taken_are_named_by_their_lines() {
    let text = "{\"text\":\"a\"}\n{\"text\":\"b\",\"key\":\"again\"}\n{\"text\":5}\n{\"text\":\"reject me\"}\n";
    let ran = import(&Fake::start(), text, &["--output", "json"]);
    assert_eq!(ran.code, 2);
    assert_eq!(counts(&ran), [4, 1, 1, 1, 1]);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(
        lines.iter().any(|line| line.starts_with("line 3: ")),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"line 4: rejected: complaint.text: is not liked"),
        "{lines:?}"
    );
    assert_eq!(lines.last(), Some(&"error: 2 of 4 rows were not taken"));
}

#[test]
fn rows_that_were_turned_away_are_sent_again() {
    let ran = import(
        &Fake::start(),
        "{\"text\":\"busy 1\"}\n{\"text\":\"a\"}\n{\"text\":\"busy 2\"}\n",
        &["--output", "json"],
    );
    assert_eq!((ran.code, counts(&ran)), (0, [3, 3, 0, 0, 0]), "{ran:?}");
}

#[test]
fn a_busy_intake_is_waited_for_as_long_as_it_says() {
    let fake = Fake::start();
    let mut details = ErrorDetails::new();
    details.set_retry_info(Some(Duration::from_millis(1)));
    for _ in 0..3 {
        fake.refuse(Status::with_error_details(
            Code::ResourceExhausted,
            "busy",
            details.clone(),
        ));
    }
    let ran = import(&fake, &good(10), &["--output", "json"]);
    assert_eq!((ran.code, counts(&ran)), (0, [10, 10, 0, 0, 0]), "{ran:?}");
    assert_eq!(fake.asked().len(), 4);
}

#[test]
fn a_stream_that_breaks_is_taken_up_where_it_was() {
    let fake = Fake::start();
    let first = import(&fake, &good(1), &[]);
    assert_eq!(first.code, 0);
    // The first batch is answered, the second finds intake restarting.
    let (_dir, path) = file("day.jsonl", &good(40));
    fake.refuse_after(1, Status::unavailable("restarting"));
    let args = [
        "import",
        "--format",
        "jsonl",
        path.to_str().unwrap(),
        "--batch",
        "10",
        "--output",
        "json",
    ];
    let ran = swiftctl(&fake, &args);
    assert_eq!((ran.code, counts(&ran)), (0, [40, 40, 0, 0, 0]), "{ran:?}");
}

#[test]
fn an_absent_intake_ends_the_import_with_what_was_done() {
    let (_dir, path) = file("day.jsonl", &good(3));
    let ran = at(
        "http://127.0.0.1:1",
        &[
            "import",
            "--format",
            "jsonl",
            path.to_str().unwrap(),
            "--output",
            "json",
        ],
        "",
    );
    assert_eq!((ran.code, counts(&ran)), (69, [0, 0, 0, 0, 0]), "{ran:?}");
    assert!(
        ran.stderr
            .starts_with("error: no answer from intake at http://127.0.0.1:1: "),
        "{ran:?}"
    );
}

#[test]
fn a_refusal_of_the_whole_stream_ends_the_import() {
    let fake = Fake::start();
    fake.refuse(Status::permission_denied("not with this key"));
    let ran = import(&fake, &good(3), &[]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr
            .contains("intake refused: not with this key (PERMISSION_DENIED)"),
        "{ran:?}"
    );
}

#[test]
fn any_csv_is_imported_by_naming_its_columns_also_from_standard_input() {
    let fake = Fake::start();
    let args = [
        "import",
        "--format",
        "csv",
        "-",
        "--map",
        "text=What",
        "--map",
        "key=No",
        "--limit",
        "2",
    ];
    let ran = at(&fake.url(), &args, "No,What\n1,a\n2,b\n3,c\n");
    assert!(ran.table().starts_with("-: 2 rows in "), "{ran:?}");
    assert!(
        fake.last().contains("idempotency_key: \"stdin-1\""),
        "{}",
        fake.last()
    );
}

#[test]
fn new_yorks_file_is_sent_in_the_order_of_its_times_at_speed() {
    let fake = Fake::start();
    let text = "unique_key,created_date,complaint_type,descriptor,latitude,longitude\n\
                2,2018-10-21T00:00:30,Noise,Music,40.7,-73.9\n1,2018-10-21T00:00:00,Heat,,40.7,-73.9\n";
    let (_dir, path) = file("day.csv", text);
    let ran = swiftctl(
        &fake,
        &[
            "import",
            "--format",
            "nyc311",
            path.to_str().unwrap(),
            "--speed",
            "100000",
        ],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    let asked = fake.asked().join("\n");
    assert!(
        asked.find("nyc311-1\"") < asked.find("nyc311-2\""),
        "{asked}"
    );
}

#[test]
fn a_file_that_cannot_be_imported_is_refused_before_anybody_is_called() {
    let fake = Fake::start();
    let (_dir, path) = file("day.csv", "a,b\n");
    for (args, reason) in [
        (
            ["import", "--format", "nyc311", path.to_str().unwrap()],
            "there is no column \"descriptor\"",
        ),
        (
            ["import", "--format", "jsonl", "/nowhere.jsonl"],
            "/nowhere.jsonl: No such file",
        ),
    ] {
        let ran = swiftctl(&fake, &args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains(reason), "{ran:?}");
    }
    assert!(fake.asked().is_empty());
}
