//! `model` commands.

use std::path::{Path, PathBuf};

use serde_json::Value;
use swiftline_classifier::model::Model;
use tonic::Status;

use crate::fake::Fake;
use crate::fake::models::{LATE, PUSHED};
use crate::swiftctl::swiftctl;

/// A model file that ships.
fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services/classifier/models/zh-groups.model")
}

#[test]
fn what_is_in_force_and_compared_is_shown() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["model", "status"]);
    for line in [
        "zh-groups  zh-groups-aaaaaaaaaaaa, built in  0.931       7         9,001  -",
        "zh-groups-1f2e3d4c5b6a beside what is in force",
        "50 of 2,000 messages differ (2.5 %); of 31 the new one is the surer",
        "城乡建设      交通运输        30",
        "classifier-b  zh-groups-aaaaaaaaaaaa  2026-01-01 00:00:00",
        "zh-groups 1f2e3d4c5b6a cannot be loaded: it is not in the store",
    ] {
        assert!(ran.table().contains(line), "{line}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains('\u{1b}'), "{ran:?}");
    let json = swiftctl(&fake, &["model", "status", "--output", "json"]).json_line();
    let model = &json["models"][0];
    assert_eq!(model["active"]["built_in"], true);
    assert_eq!(model["shadow"]["digest"], PUSHED);
    assert_eq!(model["comparison"]["changes"][0]["messages"], 30);
    assert_eq!(json["replicas"][1]["id"], "classifier-b");
}

#[test]
fn a_file_is_checked_and_sent_in_pieces() {
    let (fake, file) = (Fake::start(), shipped());
    let bytes = std::fs::read(&file).unwrap();
    let model = Model::read(&bytes).unwrap();
    let file = file.to_str().unwrap();
    let push = ["model", "push", file, "--actor", "li", "--reason"];
    let ran = swiftctl(&fake, &[&push[..], &["with March"]].concat());
    assert!(
        ran.table().contains("it is kept, and not in force"),
        "{ran:?}"
    );
    let asked = fake.last();
    let digest = model.digest();
    let head = format!("PushHead {{ digest: {digest:?}, actor: \"li\", reason: \"with March\" }}");
    assert!(asked.contains(&head), "{asked}");
    let pieces: Vec<usize> = bytes.chunks(1 << 20).map(<[u8]>::len).collect();
    assert!(pieces.len() > 1);
    assert!(asked.contains(&format!("{pieces:?}")), "{asked}");
    let again = [&push[..], &["again", "--output", "json"]].concat();
    assert_eq!(swiftctl(&fake, &again).json_line()["already"], true);
}

#[test]
fn what_is_no_model_is_not_sent() {
    let (fake, dir) = (Fake::start(), tempfile::tempdir().unwrap());
    let file = dir.path().join("a.model");
    let path = file.to_str().unwrap();
    let push = ["model", "push", path, "--reason", "r"];
    assert_eq!(swiftctl(&fake, &push).code, 2, "there is no file");
    std::fs::write(&file, "PK").unwrap();
    let ran = swiftctl(&fake, &push);
    assert!(
        ran.code == 2 && ran.stderr.contains("no model file"),
        "{ran:?}"
    );
    std::fs::write(&file, vec![0; 20 * 1024 * 1024 + 1]).unwrap();
    let ran = swiftctl(&fake, &["model", "show", path]);
    assert!(
        ran.code == 2 && ran.stderr.contains("larger than"),
        "{ran:?}"
    );
    assert!(fake.asked().is_empty());
}

#[test]
fn a_file_says_what_it_is() {
    let (fake, file) = (Fake::start(), shipped());
    let file = file.to_str().unwrap();
    let ran = swiftctl(&fake, &["model", "show", file]);
    assert!(
        ran.table().starts_with("model         zh-groups"),
        "{ran:?}"
    );
    let json = swiftctl(&fake, &["model", "show", file, "--output", "json"]).json_line();
    assert_eq!(json["kind"], "group");
    let labels = json["trained_on"].as_object().unwrap().len();
    assert_eq!(json["labels"], labels);
    assert!(fake.asked().is_empty());
}

#[test]
fn a_model_is_compared_activated_and_taken_back() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["model", "shadow", "zh-groups", "1F2E3D4C"]);
    let compared = "compared  zh-groups-1f2e3d4c5b6a";
    assert!(ran.table().contains(compared), "{ran:?}");
    let asked = fake.last();
    assert!(asked.contains("digest: \"1f2e3d4c\""), "{asked}");
    let ran = swiftctl(&fake, &["model", "shadow", "zh-groups", "--end"]);
    assert!(!ran.table().contains("compared"), "{ran:?}");
    assert!(fake.last().contains("digest: \"\""), "{}", fake.last());
    assert_eq!(swiftctl(&fake, &["model", "shadow", "zh-groups"]).code, 2);

    let by = ["--actor", "wang", "--reason", "good"];
    let activate = [&["model", "activate", "1f2e3d4c"], &by[..]].concat();
    let ran = swiftctl(&fake, &activate);
    let before = "before    zh-groups-aaaaaaaaaaaa, built in";
    assert!(ran.table().contains(before), "{ran:?}");
    let (asked, by) = (fake.last(), "actor: \"wang\", reason: \"good\"");
    assert!(
        asked.contains(by) && asked.contains("wait_ms: 30000"),
        "{asked}"
    );
    let back = ["model", "rollback", "zh-groups", "--wait", "1s"];
    let ran = swiftctl(&fake, &[&back[..], &["--output", "json"]].concat());
    assert_eq!(ran.json_line()["converged"], true);
    assert!(fake.last().contains("wait_ms: 1000"), "{}", fake.last());
    assert_eq!(swiftctl(&fake, &["model", "activate", "nothing"]).code, 2);
}

#[test]
fn classifiers_that_lag_are_named() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["model", "activate", &LATE[..8]]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let in_force = "in force  zh-groups-1a7e00001a7e";
    assert!(ran.stdout.contains(in_force), "{ran:?}");
    let late = "not every classifier serves it yet:\n  classifier-b";
    assert!(ran.stderr.contains(late), "{ran:?}");
}

#[test]
fn who_did_what_is_listed() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["model", "history", "--limit", "2"]);
    for line in [
        "01-01 00:01  li   rollback    zh-groups  built in      too many returns",
        "01-01 00:01  li   end shadow  zh-groups  1f2e3d4c5b6a  seen enough",
    ] {
        assert!(ran.table().contains(line), "{line}: {}", ran.stdout);
    }
    let json = swiftctl(&fake, &["model", "history", "--output", "json"]).json();
    assert_eq!(json[0]["digest"], Value::Null);
}

#[test]
fn a_refusal_is_told() {
    let fake = Fake::start();
    let reason = "3 of its 4 labels are no category of the city pack";
    fake.refuse(Status::failed_precondition(reason));
    let ran = swiftctl(&fake, &["model", "activate", "1f2e3d4c"]);
    assert!(ran.code == 1 && ran.stderr.contains(reason), "{ran:?}");
}
