//! The spans of asking and answering: about the case, and with nothing of the citizen.

use serde_json::json;
use swiftline_proto::types::v1::CallbackVia as Via;

use super::{PHONE, Town, said};
use crate::traces::{named, spans, traced};

#[tokio::test]
async fn asking_and_answering_are_seen_and_nobody_is_named() {
    let (rig, book, _telemetry) = traced().await;
    let town = Town::start_in(rig, &[]).await;
    let story = town.resolved().await;
    let number = story.number().to_string();
    town.invite(&story, Via::Link).await.unwrap();
    let mut answer = said(&town.token(), true, true);
    answer["comment"] = json!("call me at 555-0100");
    assert_eq!(town.answer(&answer).await.0, 200);
    spans(&book, &number, "Callbacks/Invite").await;
    let all = spans(&book, &number, "POST /v1/answers").await;
    let (call, asked) = (
        named(&all, "Callbacks/Invite"),
        named(&all, "send invitation"),
    );
    assert_eq!(asked.parent_span_id, call.span_id);
    assert_eq!(asked.links.len(), 1, "to what was committed last");
    let root = named(&all, "POST /v1/answers");
    let step = named(&all, "record callback");
    assert_eq!(
        (root.parent_span_id.as_str(), &step.parent_span_id),
        ("", &root.span_id)
    );
    assert_eq!(root.attributes["swiftline.case.number"], number);
    let text = format!("{all:?}");
    assert!(!text.contains(PHONE) && !text.contains(&town.token()));
}
