//! `audit`.

use crate::fake::Fake;
use crate::fake::rules::audit;
use crate::swiftctl::{at, swiftctl};

#[test]
fn entries_are_a_table_and_json_to_the_byte() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["audit", "log"]);
    let lines: Vec<&str> = ran.table().lines().collect();
    assert_eq!(lines.len(), 3, "{ran:?}");
    assert!(
        lines[1].contains("pack") && lines[1].contains("bootstrapped"),
        "{ran:?}"
    );
    assert!(
        lines[2].contains("li    proposed") && lines[2].ends_with("because"),
        "{ran:?}"
    );
    let ran = swiftctl(&fake, &["audit", "log", "--output", "json"]);
    assert_eq!(ran.stdout, audit().join("\n") + "\n");
    let ran = swiftctl(&fake, &["audit", "log", "--from", "1", "--output", "json"]);
    assert_eq!(ran.stdout.lines().count(), 1);
}

#[test]
fn a_whole_log_is_verified_against_a_noted_head() {
    let fake = Fake::start();
    let json = swiftctl(&fake, &["audit", "verify", "--output", "json"]).json_line();
    assert_eq!(json["entries"], 2);
    let head = json["head"].as_str().unwrap();
    let ran = swiftctl(&fake, &["audit", "verify", "--head", head]);
    assert!(
        ran.table()
            .starts_with("2 entries, every one as it was written\nhead "),
        "{ran:?}"
    );
    let ran = swiftctl(&fake, &["audit", "verify", "--head", &"d".repeat(64)]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("or the log was written anew"),
        "{ran:?}"
    );
    assert_eq!(swiftctl(&fake, &["audit", "verify", "--head", "x"]).code, 2);
}

#[test]
fn an_exported_log_that_was_changed_is_found_with_its_entry() {
    let nowhere = "http://127.0.0.1:1";
    let verify = |text: String| at(nowhere, &["audit", "verify", "--input", "-"], text);
    let lines = audit().join("\n");
    assert_eq!(verify(lines.clone()).code, 0);
    let ran = verify(lines.replace("\"actor\":\"li\"", "\"actor\":\"wu\""));
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(
        ran.stderr
            .starts_with("error: entry 1 of the rules' log: it was changed"),
        "{ran:?}"
    );
    let ran = verify(audit()[1].clone());
    assert!(
        ran.code == 1 && ran.stderr.contains("entry 0 of the rules' log"),
        "{ran:?}"
    );
}
