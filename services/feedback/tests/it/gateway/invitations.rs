//! What goes out.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use swiftline_domain::number::Partition;
use swiftline_domain::vocabulary::Language;
use swiftline_proto::convert::to_timestamp;
use swiftline_proto::types::v1 as wire;
use swiftline_proto::types::v1::CallbackVia as Via;
use swiftline_rpc::status::{reason_of, retry_delay, violations_of};
use tonic::Code;

use super::fake::Mood;
use super::{LINK, PHONE, SECRET, Town, sign};
use crate::rig::{Rig, answers};
use crate::story::Story;

#[tokio::test]
async fn the_gateway_gets_one_signed_message_in_the_city_s_words() {
    let town = Town::start().await;
    let story = town.resolved().await;
    let invited = town.invite(&story, Via::Sms).await.unwrap();
    let until = to_timestamp(invited.until.unwrap(), "until").unwrap();
    let hours = until.duration_since(Timestamp::now()).as_hours();
    assert_eq!(hours, 47, "two days, nearly");
    let messages = town.gateway.messages();
    let [message] = messages.as_slice() else {
        panic!("{} messages", messages.len())
    };
    let body = String::from_utf8(message.body.clone()).unwrap();
    let signed = format!("{}.{}.{body}", message.id, message.timestamp);
    assert_eq!(message.signature, sign(SECRET, &signed));
    assert_eq!(message.id, invited.message_id);
    let said = town.gateway.last();
    assert_eq!(said["type"], "callback.invited");
    let (number, link) = (
        story.number().to_string(),
        format!("{LINK}{}", town.token()),
    );
    let expected = json!({
        "message_id": message.id,
        "case_number": number,
        "via": "sms",
        "language": "zh",
        "text": format!("编号{number}：{link}"),
        "link": link,
        "phone": PHONE,
        "answer_until": until.to_string(),
    });
    assert_eq!(said["data"], expected);
    assert_eq!(town.calls().await, 0, "no operator gets it meanwhile");

    let again = town.invite(&story, Via::Link).await.unwrap();
    assert_eq!(again, invited, "as it was first asked");
    assert_eq!(town.gateway.messages().len(), 1, "nothing is sent twice");
    let metrics = town.rig.metrics();
    for line in [
        r#"swiftline_invitations_total{via="sms",result="sent"} 1"#,
        r#"swiftline_invitations_total{via="sms",result="known"} 1"#,
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    assert!(!metrics.contains(PHONE));
}

#[tokio::test]
async fn who_does_not_answer_is_called_after_all() {
    let town = Town::start().await;
    let story = town.resolved().await;
    let invited = town.invite(&story, Via::Sms).await.unwrap();
    let until = to_timestamp(invited.until.unwrap(), "until").unwrap();
    let claim = |now: Timestamp| {
        let lease = Duration::from_secs(60);
        town.rig
            .store
            .claim_calls(Partition(3), Language::CHINESE, now, lease, 10)
    };
    assert!(claim(until).await.unwrap().is_empty());
    let later = until + SignedDuration::from_millis(1);
    assert_eq!(claim(later).await.unwrap(), [story.number()]);
}

#[tokio::test]
async fn what_an_operator_has_is_not_asked_by_message() {
    let town = Town::start().await;
    let story = town.resolved().await;
    assert_eq!(town.calls().await, 1);
    let status = town.invite(&story, Via::Sms).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(reason_of(&status).as_deref(), Some("TAKEN"));
    assert!(town.gateway.messages().is_empty());
    // The operator reaches nobody: the next call is due later, and a message may go out before.
    let nobody = wire::Callback::default();
    town.rig.call_back(story.number(), nobody).await.unwrap();
    town.invite(&story, Via::Sms).await.unwrap();
    assert_eq!(town.gateway.messages().len(), 1);
}

#[tokio::test]
async fn only_who_waits_for_a_callback_is_asked() {
    let town = Town::start().await;
    let signed = Story::signed(&town.rig.store).await;
    let closed = town.resolved().await;
    let word = answers(Some(true), Some(true));
    town.rig.call_back(closed.number(), word).await.unwrap();
    for story in [signed, closed] {
        let status = town.invite(&story, Via::Sms).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(reason_of(&status).as_deref(), Some("NOT_NOW"), "{status}");
    }
    let story = town.resolved().await;
    for via in [Via::Phone, Via::Unspecified] {
        let status = town.invite(&story, via).await.unwrap_err();
        assert_eq!(violations_of(&status)[0].field, "via");
    }
}

#[tokio::test]
async fn who_left_no_way_to_be_asked_stays_with_the_operators() {
    let town = Town::start().await;
    let mail = wire::Contact {
        email: "a@example.org".to_owned(),
        ..wire::Contact::default()
    };
    let by_mail = town.resolved_with(mail).await;
    let status = town.invite(&by_mail, Via::Sms).await.unwrap_err();
    assert_eq!(reason_of(&status).as_deref(), Some("NO_ADDRESS"));
    assert!(!status.message().contains("example.org"));
    // A link can go by mail.
    town.invite(&by_mail, Via::Link).await.unwrap();
    assert_eq!(town.gateway.last()["data"]["email"], "a@example.org");
    let nobody = Story::resolved(&town.rig.store).await;
    let status = town.invite(&nobody, Via::Link).await.unwrap_err();
    assert_eq!(reason_of(&status).as_deref(), Some("NO_ADDRESS"));
    assert_eq!(town.calls().await, 1, "that one is called");
}

#[tokio::test]
async fn what_is_not_set_up_is_named() {
    let rig = Rig::start().await;
    let story = Story::resolved(&rig.store).await;
    let invite = async |rig: &Rig| {
        let request = swiftline_proto::feedback::v1::InviteRequest {
            case_number: story.number().to_string(),
            via: Via::Sms.into(),
            actor: "operator-1".to_owned(),
        };
        rig.calls().invite(request).await.unwrap_err()
    };
    let status = invite(&rig).await;
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert!(
        status.message().starts_with("gateway.url is not set"),
        "{status}"
    );
    for (more, missing) in [
        ("contact.keys_file=", "contact.keys_file"),
        ("gateway.timeout_ms=5000", "callbacks.invitation"),
    ] {
        let mut rig = Rig::without_service().await;
        super::keyring(&rig);
        let mut all = super::settings(&rig, "http://127.0.0.1:1/messages");
        all.push(more.to_owned());
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        rig.serve(&all).await;
        let status = invite(&rig).await;
        assert_eq!(reason_of(&status).as_deref(), Some("NOT_SET_UP"));
        assert!(status.message().starts_with(missing), "{status}");
    }
}

#[tokio::test]
async fn a_gateway_in_trouble_leaves_the_case_to_the_operators() {
    for (mood, attempts) in [
        (Mood::Answers(500), 3),
        (Mood::Answers(429), 3),
        (Mood::Silent, 3),
    ] {
        let town = Town::start_with(&["gateway.timeout_ms=100"]).await;
        town.gateway.be(mood);
        let story = town.resolved().await;
        let status = town.invite(&story, Via::Sms).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
        assert_eq!(reason_of(&status).as_deref(), Some("GATEWAY_UNAVAILABLE"));
        assert!(retry_delay(&status).is_some());
        let ids: Vec<String> = town.gateway.messages().into_iter().map(|m| m.id).collect();
        assert_eq!(ids.len(), attempts);
        assert!(
            ids.iter().all(|id| *id == ids[0]),
            "one message, tried again"
        );
        assert_eq!(town.calls().await, 1);
    }
}

#[tokio::test]
async fn a_message_that_the_gateway_refuses_is_not_tried_again() {
    let town = Town::start().await;
    town.gateway.be(Mood::Answers(400));
    let story = town.resolved().await;
    let status = town.invite(&story, Via::Sms).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(reason_of(&status).as_deref(), Some("GATEWAY_REFUSES"));
    assert_eq!(town.gateway.messages().len(), 1);
    town.gateway.be(Mood::Answers(202));
    town.invite(&story, Via::Sms).await.unwrap();
}

#[tokio::test]
async fn a_gateway_that_stays_away_is_left_alone_for_a_while() {
    let mut town = Town::start_with(&["gateway.breaker_failures=2"]).await;
    town.gateway.die().await;
    let story = town.resolved().await;
    for _ in 0..3 {
        let status = town.invite(&story, Via::Sms).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable);
    }
    let town_s = town.rig.metrics();
    let line = r#"swiftline_invitations_total{via="sms",result="failed"} 3"#;
    assert!(town_s.contains(line), "{town_s}");
    let town = Town::start_with(&["gateway.breaker_failures=2", "gateway.attempts=1"]).await;
    town.gateway.be(Mood::Answers(503));
    let story = town.resolved().await;
    for _ in 0..3 {
        town.invite(&story, Via::Sms).await.unwrap_err();
    }
    assert_eq!(town.gateway.messages().len(), 2, "the third is not sent");
}
