//! `calls`.

use tonic::Status;

use crate::fake::Fake;
use crate::swiftctl::{NUMBER, swiftctl};

#[test]
fn whom_to_call_and_how_many_wait() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["calls", "waiting", "--output", "json"]);
    let line = ran.json_line();
    assert_eq!(
        (line["language"].as_str(), line["waiting"].as_u64()),
        (Some("zh"), Some(3))
    );
    let args = ["calls", "next", "--language", "zh", "--output", "json"];
    let ran = swiftctl(&fake, &args);
    assert_eq!(ran.json_line()["until"], "2026-01-01T00:15:00Z");
    assert!(
        fake.last()
            .contains(r#"languages: ["zh"], limit: 1, actor: "desk-1""#)
    );
}

#[test]
fn a_citizen_is_asked_by_message() {
    let fake = Fake::start();
    let invite = [
        "calls",
        "invite",
        NUMBER,
        "--via",
        "sms",
        "--actor",
        "operator-7",
    ];
    let ran = swiftctl(&fake, &[&invite[..], &["--output", "json"]].concat());
    let line = ran.json_line();
    assert_eq!(line["case_number"], NUMBER);
    assert_eq!(line["until"], "2026-01-03T00:00:00Z");
    assert_eq!(line["message_id"], "inv_1");
    let asked = fake.last();
    assert!(
        asked.contains(r#"via: Sms, actor: "operator-7""#),
        "{asked}"
    );
    let ran = swiftctl(&fake, &invite);
    let said = ran.table();
    assert!(
        said.starts_with(&format!("{NUMBER} waits for an answer until ")),
        "{said}"
    );
}

#[test]
fn what_is_not_set_up_is_said() {
    let fake = Fake::start();
    let reason = "gateway.url is not set: no citizen is asked by message";
    fake.refuse(Status::failed_precondition(reason));
    let ran = swiftctl(&fake, &["calls", "invite", NUMBER, "--via", "link"]);
    assert!(ran.stderr.contains(reason), "{ran:?}");
    let ran = swiftctl(&fake, &["calls", "invite", NUMBER, "--via", "phone"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}
