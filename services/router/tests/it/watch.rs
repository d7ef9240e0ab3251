//! Watching a queue.

use swiftline_proto::router::v1::{OrderOffer, WatchRequest, WatchResponse};
use swiftline_proto::types::v1 as types;
use tonic::{Code, Streaming};

use crate::rig::{Options, Rig, SOON, field};

async fn watch(rig: &Rig, team: &str) -> Streaming<WatchResponse> {
    let request = WatchRequest {
        team: team.to_owned(),
        once: false,
    };
    rig.desk.clone().watch(request).await.unwrap().into_inner()
}

async fn next(stream: &mut Streaming<WatchResponse>) -> Vec<OrderOffer> {
    let page = tokio::time::timeout(SOON, stream.message()).await;
    page.expect("an order comes")
        .unwrap()
        .expect("the stream goes on")
        .offers
}

async fn offer(rig: &Rig, urgency: types::Urgency) -> String {
    let number = rig.accept(0).await;
    let mut item = rig.item(number, "streets.light", "01001");
    item.classification.as_mut().unwrap().urgency = urgency.into();
    rig.route(vec![item]).await.unwrap();
    number.to_string()
}

fn numbers(offers: &[OrderOffer]) -> Vec<String> {
    offers
        .iter()
        .map(|offer| offer.case_number.clone())
        .collect()
}

#[tokio::test]
async fn a_desk_sees_what_waits_in_lane_order_and_then_what_comes() {
    // No slow look: the bell alone must do.
    let rig = Rig::start_with(Options {
        set: vec!["desk.poll_ms=3600000".to_owned()],
        ..Options::default()
    })
    .await;
    let normal = offer(&rig, types::Urgency::Normal).await;
    let urgent = offer(&rig, types::Urgency::Urgent).await;
    let emergency = offer(&rig, types::Urgency::Emergency).await;
    let second = offer(&rig, types::Urgency::Normal).await;
    let mut stream = watch(&rig, "streets-a").await;
    let first = next(&mut stream).await;
    assert_eq!(numbers(&first), [emergency, urgent, normal, second]);
    assert_eq!(first[0].lane, i32::from(types::Urgency::Emergency));
    assert!(first[0].trace_parent.starts_with("00-"));
    let third = offer(&rig, types::Urgency::Normal).await;
    assert_eq!(numbers(&next(&mut stream).await), [third]);
    let fourth = offer(&rig, types::Urgency::Emergency).await;
    assert_eq!(numbers(&next(&mut stream).await), [fourth]);
}

#[tokio::test]
async fn a_missed_bell_is_made_good_by_the_slow_look() {
    let rig = Rig::start_with(Options {
        set: vec!["desk.poll_ms=20".to_owned()],
        ..Options::default()
    })
    .await;
    let _: i64 = rig
        .redis
        .command("CONFIG SET notify-keyspace-events KEA")
        .await
        .unwrap_or_default();
    let mut stream = watch(&rig, "streets-a").await;
    let number = offer(&rig, types::Urgency::Normal).await;
    assert_eq!(numbers(&next(&mut stream).await), [number]);
}

#[tokio::test]
async fn a_watch_ends_with_the_router_and_says_so() {
    let mut rig = Rig::start().await;
    let mut stream = watch(&rig, "streets-a").await;
    let ended = tokio::join!(rig.stop(), stream.message()).1;
    let status = ended.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.message().contains("watch again"), "{status:?}");
}

#[tokio::test]
async fn an_unknown_team_has_no_desk() {
    let rig = Rig::start().await;
    let request = WatchRequest {
        team: "nobody".to_owned(),
        once: true,
    };
    let status = rig.desk.clone().watch(request).await.unwrap_err();
    assert_eq!(field(&status, Code::NotFound), "team");
}
