//! What comes in.

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac as _;
use jiff::Timestamp;
use serde_json::{Value, json};
use swiftline_domain::case::State;
use swiftline_proto::types::v1 as wire;
use swiftline_proto::types::v1::CallbackVia as Via;
use swiftline_proto::types::v1::event::Event;

use super::{SECRET, Town, mac, said, send, sign};
use crate::rig::answers;
use crate::story::Story;

/// What the journey tells of callbacks.
async fn called(town: &Town, story: &Story) -> Vec<wire::event::CalledBack> {
    let journey = town.rig.store.journey(story.number()).await.unwrap();
    let events = journey.into_iter().flat_map(|commit| commit.events);
    let called = events.filter_map(|event| match event.event? {
        Event::CalledBack(called) => Some(called),
        _ => None,
    });
    called.collect()
}

#[tokio::test]
async fn an_answer_by_the_link_closes_the_case_and_the_same_again_changes_nothing() {
    let town = Town::start().await;
    let story = town.resolved().await;
    town.invite(&story, Via::Link).await.unwrap();
    let mut answer = said(&town.token(), true, true);
    answer["comment"] = json!(" all is well ");
    assert_eq!(town.answer(&answer).await, (200, json!({"recorded": true})));
    assert_eq!(story.now().await.state, State::Closed);
    for again in [answer, said(&town.token(), false, false)] {
        let told = town.answer(&again).await;
        assert_eq!(told, (200, json!({"recorded": false})));
    }
    let called = called(&town, &story).await;
    assert_eq!((called.len(), called[0].via()), (1, Via::Link));
    assert_eq!(called[0].comment, "all is well");
    let total = town.rig.total(|total| total.satisfied == 1).await;
    assert_eq!((total.reached, total.solved), (1, 1));
    let metrics = town.rig.metrics();
    for line in [
        r#"swiftline_gateway_answers_total{result="recorded"} 1"#,
        r#"swiftline_gateway_answers_total{result="repeated"} 2"#,
        r#"swiftline_callbacks_total{result="solved",via="link"} 1"#,
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
}

#[tokio::test]
async fn an_answer_by_message_has_the_case_reopened_like_a_call() {
    let town = Town::start().await;
    let story = town.resolved().await;
    let invited = town.invite(&story, Via::Sms).await.unwrap();
    let answer = json!({
        "message_id": invited.message_id, "contacted": true, "solved": false, "satisfied": null
    });
    assert_eq!(town.answer(&answer).await, (200, json!({"recorded": true})));
    let case = story.now().await;
    assert_eq!((case.state, case.reopened), (State::Offered, 1));
    // A gateway that lost our answer tells once more.
    assert_eq!(
        town.answer(&answer).await,
        (200, json!({"recorded": false}))
    );
    assert_eq!(called(&town, &story).await[0].via(), Via::Sms);
}

#[tokio::test]
async fn an_answer_to_an_earlier_result_is_refused() {
    let town = Town::start().await;
    let mut story = town.resolved().await;
    town.invite(&story, Via::Link).await.unwrap();
    let old = town.token();
    let reopened = town
        .rig
        .reopen(story.number(), wire::ReopenReason::Recurred);
    reopened.await.unwrap();
    let gone = (410, json!({"error": "gone"}));
    assert_eq!(town.answer(&said(&old, true, true)).await, gone);
    story.resolve_again().await;
    assert_eq!(town.answer(&said(&old, true, true)).await, gone);
    let case = story.now().await;
    assert_eq!((case.state, case.callback), (State::Resolved, None));
    // The new result is asked about anew.
    town.invite(&story, Via::Link).await.unwrap();
    assert_ne!(town.token(), old);
    let told = town.answer(&said(&town.token(), true, true)).await;
    assert_eq!(told, (200, json!({"recorded": true})));
}

#[tokio::test]
async fn who_has_told_an_operator_already_has_told() {
    let town = Town::start().await;
    let story = town.resolved().await;
    town.invite(&story, Via::Link).await.unwrap();
    let word = answers(None, Some(true));
    town.rig.call_back(story.number(), word).await.unwrap();
    let told = town.answer(&said(&town.token(), false, false)).await;
    assert_eq!(told, (200, json!({"recorded": false})));
    let closed = wire::CloseReason::Supervisor;
    town.rig.close(story.number(), closed).await.unwrap();
    let told = town.answer(&said(&town.token(), false, false)).await;
    assert_eq!(told, (410, json!({"error": "gone"})), "nobody answered so");
}

#[tokio::test]
async fn what_the_gateway_has_not_signed_just_now_is_refused() {
    let town = Town::start().await;
    let story = town.resolved().await;
    town.invite(&story, Via::Link).await.unwrap();
    let body = said(&town.token(), true, true).to_string();
    let now = Timestamp::now().as_second();
    let refused = (401, json!({"error": "not_signed"}));
    let other = "whsec_AfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let forged = town.post(&body, now, |signed| sign(other, signed)).await;
    assert_eq!(forged, refused);
    for (at, name) in [(now - 301, "stale"), (now + 310, "from the future")] {
        let answer = town.post(&body, at, |signed| sign(SECRET, signed)).await;
        assert_eq!(answer, refused, "{name}");
    }
    let elsewhere = |_: &str| sign(SECRET, &format!("msg_2.{now}.{body}"));
    assert_eq!(town.post(&body, now, elsewhere).await, refused);
    assert_eq!(
        town.post(&body, now, |_| "v1,%%%".to_owned()).await,
        refused
    );
    let bare = Request::post(&town.answers).body(Body::from(body.clone()));
    assert_eq!(send(bare.unwrap()).await, refused);
    assert_eq!(story.now().await.callback, None);
    // Late, and within what clocks may differ.
    let late = |signed: &str| sign(SECRET, signed);
    assert_eq!(town.post(&body, now - 290, late).await.0, 200);
}

#[tokio::test]
async fn garbage_is_refused_with_the_field_and_never_said_back() {
    let town = Town::start().await;
    let garbage = json!("zzz").to_string();
    let now = Timestamp::now().as_second();
    let (status, told) = town.post("zzz{", now, |signed| sign(SECRET, signed)).await;
    assert_eq!((status, told["field"].clone()), (400, json!("body")));
    let mut answer = said("zzz", true, true);
    let unknown = town.answer(&answer).await;
    assert_eq!(unknown, (404, json!({"error": "unknown"})));
    answer["solved"] = json!("zzz");
    let (status, told) = town.answer(&answer).await;
    assert_eq!(status, 400);
    assert_eq!(
        (told["error"].clone(), told["field"].clone()),
        (json!("invalid"), json!("solved"))
    );
    assert!(!told.to_string().contains(garbage.trim_matches('"')));
    let mut large = said("t", true, true);
    large["comment"] = json!("x".repeat(16 * 1024));
    assert_eq!(
        town.answer(&large).await,
        (413, json!({"error": "too_large"}))
    );
    let get = Request::get(&town.answers).body(Body::empty()).unwrap();
    assert_eq!(send(get).await.0, 405);
}

/// A token as this service makes them, for an end of our choosing.
fn token(story: &Story, until: Timestamp) -> String {
    let mut made = vec![1, 1, 0, 0, 0, 0];
    made.extend(until.as_second().to_be_bytes());
    made.extend(story.number().to_string().bytes());
    let tag = mac(SECRET)
        .chain_update(b"\0swiftline callback token\0")
        .chain_update(&made)
        .finalize();
    made.extend(&tag.into_bytes()[..16]);
    URL_SAFE_NO_PAD.encode(made)
}

#[tokio::test]
async fn after_its_end_an_invitation_is_over() {
    let town = Town::start().await;
    let story = town.resolved().await;
    let hour = jiff::SignedDuration::from_hours(1);
    let over = token(&story, Timestamp::now() - hour);
    let told: (u16, Value) = town.answer(&said(&over, true, true)).await;
    assert_eq!(told, (410, json!({"error": "gone"})));
    let open = token(&story, Timestamp::now() + hour);
    let told = town.answer(&said(&open, true, true)).await;
    assert_eq!(told, (200, json!({"recorded": true})));
}

#[tokio::test]
async fn while_the_store_is_away_the_same_may_come_again() {
    let mut town = Town::start().await;
    let story = town.resolved().await;
    town.invite(&story, Via::Link).await.unwrap();
    let answer = said(&town.token(), true, true);
    town.rig.redis.kill_9();
    assert_eq!(town.answer(&answer).await, (503, json!({"error": "away"})));
    town.rig.redis.restart().await.unwrap();
    let recorded = swiftline_testkit::wait::wait_until(crate::rig::PATIENCE, async || {
        (town.answer(&answer).await.0 == 200).then_some(())
    });
    assert!(recorded.await.is_some());
    assert_eq!(story.now().await.state, State::Closed);
}
