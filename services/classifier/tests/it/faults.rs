//! The router gone, Redis gone, other consumers dead, and the end in mid-work.

use std::time::Duration;

use swiftline_store::Group;
use tonic::Status;

use crate::rig::{Rig, texts, until};
use crate::router::{FakeRouter, offered};

/// Attempts that end quickly, so that an entry counts as left behind soon.
const QUICK: [&str; 3] = [
    "router.timeout_ms=50",
    "router.connect_timeout_ms=50",
    "consumer.reclaim_idle_ms=400",
];

async fn oldest_is(rig: &Rig, age: Duration) -> bool {
    let states = rig.store.group_states().await.unwrap();
    let ours = states
        .iter()
        .filter(|state| state.group == Group::Classifier);
    ours.filter_map(|state| state.oldest)
        .max()
        .is_some_and(|oldest| oldest > age)
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_router_is_away_nothing_is_lost_and_afterwards_it_catches_up() {
    let rig = Rig::start(
        FakeRouter::willing(),
        &["consumer.batch=8", "consumer.in_flight=2"],
    )
    .await;
    let numbers = rig.accept_texts(["noise"; 40]).await;
    let classifier = rig.classifier().await;
    // Reading stops when the batches that may be under way are under way.
    until(async || rig.left().await.1 >= 9).await;
    assert!(rig.left().await.1 <= 16);
    let router = rig.serve_router().await;
    until(async || rig.left().await == (0, 0)).await;
    drop(router);
    let more = rig.accept_texts(["noise"; 40]).await;
    let _router = rig.serve_router().await;
    rig.all_settled().await;
    let times = rig.router.times();
    assert!(
        texts(&numbers)
            .iter()
            .chain(&texts(&more))
            .all(|number| times.contains_key(number))
    );
    assert!(rig.store.dead_letters(9).await.unwrap().is_empty());
    classifier.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_that_wait_for_the_router_are_not_taken_for_left_behind() {
    // A holder says in time that it still holds, even on a machine that is busy with other tests.
    let set = [
        QUICK.as_slice(),
        &["consumer.reclaim_idle_ms=1200", "store.max_deliveries=1"],
    ]
    .concat();
    let rig = Rig::start(FakeRouter::willing(), &set).await;
    rig.accept_texts(["noise"; 8]).await;
    let (one, two) = (rig.classifier().await, rig.classifier().await);
    // Long enough that both would have taken over everything, and given it up.
    until(async || oldest_is(&rig, Duration::from_millis(4_000)).await).await;
    assert!(rig.store.dead_letters(9).await.unwrap().is_empty());
    let _router = rig.serve_router().await;
    rig.all_settled().await;
    assert_eq!(rig.router.seen().len(), 8);
    assert!(rig.store.dead_letters(9).await.unwrap().is_empty());
    one.drain().await;
    two.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_cannot_now_is_asked_until_it_can() {
    let decide = |_: &_, before| {
        if before < 3 {
            Err(Status::unavailable("not yet"))
        } else {
            Ok(offered())
        }
    };
    let rig = Rig::start(FakeRouter::deciding(decide), &[]).await;
    let _router = rig.serve_router().await;
    let numbers = rig.accept_texts(["noise"]).await;
    let classifier = rig.classifier().await;
    rig.all_settled().await;
    assert_eq!(rig.router.times()[&numbers[0].to_string()], 4);
    classifier.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_consumer_left_is_taken_over() {
    let rig = Rig::start(FakeRouter::willing(), &QUICK).await;
    let _router = rig.serve_router().await;
    let numbers = rig.accept_texts(["noise"; 12]).await;
    let dead = rig.store.log(Group::Classifier);
    let mut held = 0;
    while held < numbers.len() {
        held += dead.read(100).await.unwrap().len();
    }
    let classifier = rig.classifier().await;
    rig.all_settled().await;
    assert!(
        texts(&numbers)
            .iter()
            .all(|number| rig.router.times().contains_key(number))
    );
    classifier.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_outlives_redis() {
    let mut rig = Rig::start(FakeRouter::willing(), &[]).await;
    let _router = rig.serve_router().await;
    let classifier = rig.classifier().await;
    rig.accept_texts(["noise"]).await;
    rig.all_settled().await;
    until(async || classifier.readiness.is_ready()).await;
    rig.redis.stop().await;
    until(async || !classifier.readiness.is_ready()).await;
    rig.redis.restart().await.unwrap();
    until(async || classifier.readiness.is_ready()).await;
    rig.accept_texts(["noise"]).await;
    rig.all_settled().await;
    assert_eq!(rig.router.times().len(), 2);
    classifier.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_finishes_what_is_under_way_and_takes_nothing_new() {
    let rig = Rig::start(
        FakeRouter::willing(),
        &["consumer.batch=4", "consumer.in_flight=1"],
    )
    .await;
    let _router = rig.serve_router().await;
    rig.router.close_gate();
    rig.accept_texts(["noise"; 12]).await;
    let classifier = rig.classifier().await;
    until(async || rig.router.calls().len() == 1).await;
    classifier.begin_drain();
    until(async || !classifier.readiness.is_ready()).await;
    rig.router.open_gate();
    classifier.ended().await.unwrap();
    let settled = rig.router.seen().len() as u64;
    assert_eq!(
        rig.left().await,
        (12 - settled, 0),
        "what was asked about is acknowledged, the rest unread"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_drain_cannot_finish_another_replica_does() {
    let set = [
        QUICK.as_slice(),
        &["consumer.drain_ms=1", "consumer.in_flight=1"],
    ]
    .concat();
    let rig = Rig::start(FakeRouter::willing(), &set).await;
    let numbers = rig.accept_texts(["noise"; 6]).await;
    let first = rig.classifier().await;
    until(async || rig.left().await == (0, 6)).await;
    first.drain().await;
    assert_eq!(
        rig.left().await,
        (0, 6),
        "nothing is acknowledged that was not routed"
    );
    let _router = rig.serve_router().await;
    let second = rig.classifier().await;
    rig.all_settled().await;
    assert_eq!(rig.router.times().len(), numbers.len());
    second.drain().await;
}
