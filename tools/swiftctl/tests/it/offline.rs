use std::path::Path;

use crate::fake::Fake;
use crate::swiftctl::{NUMBER, at, swiftctl};

/// Nothing is there; none of these commands may look.
const NOWHERE: &str = "http://127.0.0.1:1";

#[test]
fn help_teaches_every_command() {
    for command in [
        &[][..],
        &["submit"],
        &["import"],
        &["case"],
        &["case", "explain"],
        &["desk"],
        &["desk", "sign"],
        &["queues"],
        &["units"],
        &["rates"],
        &["trace"],
        &["deadletters"],
        &["city", "check"],
        &["audit"],
        &["audit", "log"],
        &["audit", "verify"],
        &["route"],
        &["knowledge"],
        &["knowledge", "search"],
        &["knowledge", "show"],
        &["rules"],
        &["rules", "validate"],
        &["rules", "format"],
        &["rules", "schema"],
        &["rules", "lint"],
        &["rules", "test"],
        &["rules", "explain"],
        &["rules", "replay"],
        &["rules", "propose"],
        &["rules", "approve"],
        &["rules", "reject"],
        &["rules", "shadow"],
        &["rules", "canary"],
        &["rules", "activate"],
        &["rules", "rollback"],
        &["rules", "status"],
        &["rules", "history"],
        &["rules", "show"],
        &["rules", "diff"],
        &["rules", "suggest"],
        &["completions"],
    ] {
        let ran = at(NOWHERE, &[command, &["--help"]].concat(), "");
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{command:?}");
        assert!(ran.stdout.contains("Usage: swiftctl"), "{command:?}");
        assert!(
            ran.stdout.lines().all(|line| line.chars().count() <= 100),
            "{command:?}"
        );
        if command.len() < 2 || command[0] == "rules" {
            assert!(ran.stdout.contains("Example"), "{command:?}");
        }
    }
    let top = at(NOWHERE, &["--help"], "").stdout;
    assert!(
        top.contains("Exit codes:") && top.contains("  69  a service is not there"),
        "{top}"
    );
}

#[test]
fn wrong_usage_is_said_to_be_wrong() {
    for args in [
        &[][..],
        &["fly"],
        &["submit", "--channel", "pigeon"],
        &["--output", "xml", "units"],
    ] {
        let ran = at(NOWHERE, args, "");
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}");
    }
}

#[test]
fn completions_are_printed_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = at(NOWHERE, &["completions", shell], "");
        assert!(
            ran.table().contains("swiftctl") && ran.stdout.contains("deadletters"),
            "{shell}"
        );
    }
}

#[test]
fn the_packs_that_ship_are_checked() {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../k8s/cities");
    let nyc = packs.join("nyc").display().to_string();
    let ran = at(NOWHERE, &["city", "check", &nyc], "");
    assert!(ran.table().starts_with("nyc: 64 areas, "), "{ran:?}");
    assert_eq!(ran.stdout.lines().count(), 1);
    let json = at(NOWHERE, &["city", "check", &nyc, "--output", "json"], "").json_line();
    assert_eq!((&json["city"], &json["areas"]), (&"nyc".into(), &64.into()));
}

#[test]
fn a_wrong_pack_is_told_line_by_line() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("city.yaml"), "id: x\nfoo: 1\n").unwrap();
    let path = dir.path().display().to_string();
    let ran = at(NOWHERE, &["city", "check", &path], "");
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(
        ran.stderr
            .starts_with(&format!("error: {path} is not a city pack:\n")),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains(&format!("{path}/city.yaml:2:1: ")),
        "{}",
        ran.stderr
    );
    assert_eq!(at(NOWHERE, &["city", "check", "/nowhere"], "").code, 2);
}

#[test]
fn colours_stay_on_the_terminal() {
    let fake = Fake::start();
    for args in [
        &["queues"][..],
        &["units"],
        &["trace", NUMBER],
        &["case", "explain", NUMBER],
        &["case", "show", NUMBER],
    ] {
        let ran = swiftctl(&fake, args);
        assert!(!ran.table().contains('\u{1b}'), "{args:?}");
    }
    let ran = at(NOWHERE, &["units"], "");
    assert!(!ran.stderr.contains('\u{1b}'), "{ran:?}");
}
