//! The demo's main job, small: what it promises on the screen has to be so.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

/// A made-up day of this city.
fn run(city: &str) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let day = [
        "run",
        "--day",
        "no such file",
        "--complaints",
        "250",
        "--seconds",
        "2",
    ];
    Command::new(env!("CARGO_BIN_EXE_demo"))
        .current_dir(&root)
        .args(day)
        .args(["--city", &format!("k8s/cities/{city}")])
        .output()
        .unwrap()
}

#[test]
fn a_small_day_loses_nothing_doubles_nothing_and_its_surge_is_noticed() {
    let ran = run("nyc");
    let said = String::from_utf8_lossy(&ran.stdout);
    let all = format!("{said}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{all}");
    let outcome: serde_json::Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!(outcome["accepted"], 290, "{all}");
    assert_eq!(
        (&outcome["lost"], &outcome["duplicated"]),
        (&0.into(), &0.into()),
        "{all}"
    );
    assert_eq!(
        outcome["spans_expected"], outcome["spans_received"],
        "{all}"
    );
    assert!(outcome["surge_alarm_s"].is_number(), "{all}");
    for part in [
        "what the citizens say",
        "who is good at it",
        "what many tell",
        "a surge",
    ] {
        assert!(said.contains(part), "{part}: {all}");
    }
}

#[test]
fn a_city_of_which_no_day_can_be_made_up_says_so() {
    let ran = run("beijing");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(!ran.status.success());
    assert!(said.contains("no day of beijing can be made up"), "{said}");
}
