//! The demo's main job, small: what it promises on the screen has to be so.

use std::path::Path;
use std::process::Command;

#[test]
fn a_small_day_loses_nothing_doubles_nothing_and_its_surge_is_noticed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for city in ["nyc", "beijing"] {
        let ran = Command::new(env!("CARGO_BIN_EXE_demo"))
            .current_dir(&root)
            .args([
                "run",
                "--day",
                "no such file",
                "--complaints",
                "250",
                "--seconds",
                "2",
            ])
            .args(["--city", &format!("k8s/cities/{city}")])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        let all = format!("{city}\n{said}\n{}", String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success(), "{all}");
        let outcome: serde_json::Value =
            serde_json::from_str(said.lines().last().unwrap()).unwrap();
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
}
