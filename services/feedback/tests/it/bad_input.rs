//! Every field that can be wrong is named.

use swiftline_domain::case::MAX_NOTE_CHARS;
use swiftline_proto::feedback::v1::{
    CloseRequest, RecordCallbackRequest, ReopenRequest, ResolveRequest,
};
use swiftline_proto::router::v1::Claim;
use swiftline_proto::types::v1 as wire;
use swiftline_rpc::status::violations_of;
use tonic::{Code, Status};

use crate::rig::Rig;
use crate::story::Story;

fn field(status: &Status) -> String {
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    violations_of(status).remove(0).field
}

/// Makes something in a good request wrong.
type Spoil = fn(&mut ResolveRequest);

fn claim(request: &mut ResolveRequest) -> &mut Claim {
    request.claim.as_mut().unwrap()
}

#[tokio::test]
async fn of_a_result() {
    let rig = Rig::start().await;
    let good = Story::signed(&rig.store).await.result();
    let spoilt = |spoil: Spoil| {
        let mut request = good.clone();
        spoil(&mut request);
        request
    };
    let cases: [(&str, Spoil); 7] = [
        ("claim", |r| r.claim = None),
        ("claim.case_number", |r| {
            claim(r).case_number = "03-0000001-0".into();
        }),
        ("claim.team", |r| claim(r).team = String::new()),
        ("claim.actor", |r| claim(r).actor = "two words".into()),
        ("outcome", |r| r.outcome = 0),
        ("outcome", |r| r.outcome = 42),
        ("note", |r| r.note = "水".repeat(MAX_NOTE_CHARS + 1)),
    ];
    for (expected, spoil) in cases {
        let status = rig.resolve(spoilt(spoil)).await.unwrap_err();
        assert_eq!(field(&status), expected);
    }
    let longest = spoilt(|r| r.note = "水".repeat(MAX_NOTE_CHARS));
    rig.resolve(longest).await.unwrap();
}

#[tokio::test]
async fn of_a_callback() {
    let rig = Rig::start().await;
    let good = RecordCallbackRequest {
        case_number: Story::resolved(&rig.store).await.number().to_string(),
        callback: Some(wire::Callback::default()),
        actor: "operator-1".into(),
        via: 0,
    };
    let unreached = wire::Callback {
        solved: Some(true),
        ..wire::Callback::default()
    };
    let cases = [
        (
            "case_number",
            RecordCallbackRequest {
                case_number: "x".into(),
                ..good.clone()
            },
        ),
        (
            "actor",
            RecordCallbackRequest {
                actor: String::new(),
                ..good.clone()
            },
        ),
        (
            "callback",
            RecordCallbackRequest {
                callback: None,
                ..good.clone()
            },
        ),
        (
            "callback.reached",
            RecordCallbackRequest {
                callback: Some(unreached),
                ..good
            },
        ),
    ];
    for (expected, request) in cases {
        let status = rig
            .client
            .clone()
            .record_callback(request)
            .await
            .unwrap_err();
        assert_eq!(field(&status), expected);
    }
}

#[tokio::test]
async fn of_a_closing_and_a_reopening() {
    let rig = Rig::start().await;
    let number = Story::resolved(&rig.store).await.number().to_string();
    let request = |case_number: &str, reason, actor: &str| CloseRequest {
        case_number: case_number.into(),
        reason,
        actor: actor.into(),
    };
    let cases = [
        ("case_number", request("", 1, "a")),
        ("actor", request(&number, 1, "")),
        ("reason", request(&number, 0, "a")),
        ("reason", request(&number, 9, "a")),
    ];
    for (expected, close) in cases {
        let reopen = ReopenRequest {
            case_number: close.case_number.clone(),
            reason: close.reason,
            actor: close.actor.clone(),
        };
        let status = rig.client.clone().close(close).await.unwrap_err();
        assert_eq!(field(&status), expected);
        let status = rig.client.clone().reopen(reopen).await.unwrap_err();
        assert_eq!(field(&status), expected);
    }
}

#[tokio::test]
async fn of_a_question_for_rates() {
    let rig = Rig::start().await;
    let status = rig.rates(&["util-gas", "two words"]).await.unwrap_err();
    assert_eq!(field(&status), "units[1]");
}
