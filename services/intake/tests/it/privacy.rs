//! What a citizen says reaches the store and nothing else.

use std::path::PathBuf;

use swiftline_proto::intake::v1::SubmitRequest;
use swiftline_proto::intake::v1::intake_client::IntakeClient;
use swiftline_proto::types::v1 as wire;
use swiftline_testkit::process::{Launch, Process};
use swiftline_testkit::redis::{Fsync, RedisServer};

use crate::rig::{furnish, submission};

/// Words that must stay where they belong.
const WORDS: [&str; 5] = [
    "glasswort",
    "Quillfeather",
    "555-0142",
    "quill@example.org",
    "Larkspur Lane",
];

#[tokio::test]
async fn no_log_line_holds_what_a_citizen_said() {
    let redis = RedisServer::start(Fsync::No).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    furnish(dir.path());
    let set = [
        ("server.listen", "127.0.0.1:0".to_owned()),
        ("store.url", redis.url()),
        ("city.pack", dir.path().display().to_string()),
        (
            "contact.keys_file",
            dir.path().join("contact.keys").display().to_string(),
        ),
        ("telemetry.log_filter", "trace".to_owned()),
    ];
    let launch = Launch {
        name: "intake".to_owned(),
        program: PathBuf::from(env!("CARGO_BIN_EXE_intake")),
        set: set.map(|(key, value)| (key.to_owned(), value)).to_vec(),
        dir: dir.path().to_owned(),
    };
    let mut process = Process::start(launch).await.unwrap();
    let mut client = IntakeClient::connect(process.url()).await.unwrap();
    let mut good = submission(WORDS[0], WORDS[0]);
    let complaint = good.complaint.as_mut().unwrap();
    complaint.address = WORDS[4].to_owned();
    good.contact = Some(wire::Contact {
        name: WORDS[1].to_owned(),
        phone: WORDS[2].to_owned(),
        email: WORDS[3].to_owned(),
        other: String::new(),
    });
    let mut bad = good.clone();
    bad.complaint.as_mut().unwrap().language = WORDS[0].to_owned();
    client
        .submit(SubmitRequest {
            submission: Some(good.clone()),
        })
        .await
        .unwrap();
    client
        .submit(SubmitRequest {
            submission: Some(good),
        })
        .await
        .unwrap();
    client
        .submit(SubmitRequest {
            submission: Some(bad),
        })
        .await
        .unwrap_err();
    drop(client);
    assert!(
        process.terminate().await.unwrap().success(),
        "{}",
        process.log()
    );
    let log = process.log();
    assert!(log.contains("serving"), "{log}");
    for word in WORDS {
        assert!(!log.contains(word), "{word} is in the log");
    }
}
