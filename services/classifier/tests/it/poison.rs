//! Entries that cannot be handled cost only themselves.

use std::sync::Arc;

use swiftline_classifier::engine::{Classify, Engine, Reason};
use swiftline_domain::city::testing::small_pack;
use swiftline_domain::classification::Classification;
use swiftline_domain::complaint::Complaint;
use swiftline_proto::router::v1::RouteItem;
use swiftline_proto::router::v1::route_result::Outcome;
use swiftline_proto::types::v1 as wire;
use tonic::Status;

use crate::rig::{Rig, complaint};
use crate::router::{FakeRouter, offered};

/// An engine with a weak spot.
struct Fragile(Engine);

impl Classify for Fragile {
    fn classify(&self, complaints: &[Complaint]) -> Vec<Classification> {
        assert!(
            complaints
                .iter()
                .all(|complaint| complaint.text != "poison"),
            "cannot bear this"
        );
        self.0.classify(complaints)
    }

    fn version(&self) -> Arc<str> {
        self.0.version()
    }

    fn explain(&self, complaint: &Complaint, limit: usize) -> (Classification, Vec<Reason>) {
        self.0.explain(complaint, limit)
    }
}

/// What every test here ends with: one letter with this reason, and the others routed.
async fn expect_one_letter(rig: &Rig, poisoned: &str, reason: &str, others: usize) {
    rig.all_settled().await;
    let letters = rig.store.dead_letters(9).await.unwrap();
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(
        (letters[0].number.as_str(), letters[0].reason.as_str()),
        (poisoned, reason)
    );
    assert!(letters[0].trace_parent.starts_with("00-4bf92f35"));
    let mut routed = rig.router.times();
    routed.remove(poisoned);
    assert_eq!(routed.len(), others);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_makes_the_engine_panic_is_buried_alone() {
    let rig = Rig::start(FakeRouter::willing(), &[]).await;
    let _router = rig.serve_router().await;
    let numbers = rig
        .accept_texts(["noise", "noise", "poison", "no heat", "noise"])
        .await;
    let classifier = rig
        .classifier_with(Arc::new(Fragile(Engine::new(&small_pack()))))
        .await;
    expect_one_letter(
        &rig,
        &numbers[2].to_string(),
        "the classifier panicked on it",
        4,
    )
    .await;
    classifier.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_cannot_be_understood_is_buried_with_the_field() {
    let rig = Rig::start(FakeRouter::willing(), &[]).await;
    let _router = rig.serve_router().await;
    let strange = wire::Complaint {
        channel: 99,
        ..complaint("noise")
    };
    let numbers = rig
        .accept([complaint("noise"), strange, complaint("noise")])
        .await;
    let classifier = rig.classifier().await;
    rig.all_settled().await;
    let reason = rig.store.dead_letters(9).await.unwrap()[0].reason.clone();
    assert!(reason.starts_with("complaint.channel: "), "{reason}");
    expect_one_letter(&rig, &numbers[1].to_string(), &reason, 2).await;
    classifier.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_whose_case_is_gone_is_buried_and_not_asked_about_for_ever() {
    let decide = |item: &RouteItem, _| {
        Ok(match item.complaint.as_ref().unwrap().text.as_str() {
            "gone" => Outcome::Missing("there is no such case".into()),
            _ => offered(),
        })
    };
    let rig = Rig::start(FakeRouter::deciding(decide), &[]).await;
    let _router = rig.serve_router().await;
    let numbers = rig.accept_texts(["noise", "gone", "noise"]).await;
    let classifier = rig.classifier().await;
    let gone = numbers[1].to_string();
    expect_one_letter(&rig, &gone, "there is no such case", 2).await;
    classifier.drain().await;
}

fn refusing(code: tonic::Code) -> FakeRouter {
    FakeRouter::deciding(move |item: &RouteItem, _| {
        match item.complaint.as_ref().unwrap().text.as_str() {
            "poison" => Err(Status::new(code, "")),
            _ => Ok(offered()),
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_the_router_refuses_is_parted_from_the_others_and_buried() {
    let rig = Rig::start(refusing(tonic::Code::InvalidArgument), &[]).await;
    let numbers = rig
        .accept_texts(["noise", "poison", "noise", "noise", "noise"])
        .await;
    let classifier = rig.classifier().await;
    let _router = rig.serve_router().await;
    expect_one_letter(
        &rig,
        &numbers[1].to_string(),
        "the router refused it: INVALID_ARGUMENT",
        4,
    )
    .await;
    classifier.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_the_router_breaks_on_is_buried_only_when_it_is_surely_at_fault() {
    let rig = Rig::start(refusing(tonic::Code::Internal), &[]).await;
    let _router = rig.serve_router().await;
    let poisoned = rig.accept_texts(["poison"]).await[0].to_string();
    let classifier = rig.classifier().await;
    // As long as the router answers nothing else, it may be the router that is broken.
    crate::rig::until(async || rig.router.calls().len() > 8).await;
    assert!(rig.store.dead_letters(9).await.unwrap().is_empty());
    rig.accept_texts(["noise"]).await;
    expect_one_letter(&rig, &poisoned, "the router refused it: INTERNAL", 1).await;
    classifier.drain().await;
}
