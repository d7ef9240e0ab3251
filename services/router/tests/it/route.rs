//! Routing in batches.

use std::collections::BTreeSet;

use swiftline_domain::case::State;
use swiftline_domain::id::Version;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_proto::router::v1::{RouteItem, route_result::Outcome};
use swiftline_proto::types::v1 as types;

use crate::rig::{Held, Rig};

fn team(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Offered(offer) => &offer.assignment.as_ref().unwrap().team,
        other => panic!("not offered: {other:?}"),
    }
}

#[tokio::test]
async fn a_batch_is_offered_to_the_teams_that_the_rules_name() {
    let rig = Rig::start().await;
    let mut items = Vec::new();
    for n in 0..40 {
        let number = rig.accept(n % 4).await;
        let (category, place) = match n % 4 {
            0 => ("streets.light", "01001"),
            1 => ("utilities.gas", "02001"),
            2 => ("noise", ""),
            _ => ("utilities", "02002"),
        };
        items.push(rig.item(number, category, place));
    }
    let outcomes = rig.route(items.clone()).await.unwrap();
    let expected = ["streets-a", "gas-a", "hotline-a", "xihu-a"];
    for (n, outcome) in outcomes.iter().enumerate().filter(|(n, _)| n % 4 != 1) {
        assert_eq!(team(outcome), expected[n % 4]);
    }
    // gas-a has room for five; the other emergencies go to the district of their place.
    let gas: Vec<&str> = outcomes.iter().skip(1).step_by(4).map(team).collect();
    assert_eq!(gas, [["gas-a"; 5], ["xihu-a"; 5]].concat());

    let waiting: BTreeSet<String> = rig
        .waiting("streets-a")
        .await
        .into_iter()
        .map(|offer| offer.case_number)
        .collect();
    let sent: BTreeSet<String> = items
        .iter()
        .step_by(4)
        .map(|item| item.case_number.clone())
        .collect();
    assert_eq!(waiting, sent);
    let number = items[0].case_number.parse().unwrap();
    let case = rig.case(number).await;
    assert_eq!((case.state, case.version), (State::Offered, Version(3)));
    let offer = case.offer.unwrap();
    assert_eq!(offer.assignment.rule.unwrap().as_str(), "street-lights");
    assert_eq!(rig.store.journey(number).await.unwrap().len(), 2);
}

#[tokio::test]
async fn repeating_a_route_changes_nothing() {
    let rig = Rig::start().await;
    let mut items = Vec::new();
    for n in 0..8 {
        items.push(rig.item(rig.accept(n % 4).await, "streets.light", "01001"));
    }
    let first = rig.route(items.clone()).await.unwrap();
    let number = items[0].case_number.parse().unwrap();
    let before = rig.stored(number).await;
    // Whatever version the caller names, and even twice in one call.
    let second = rig.route(items.clone()).await.unwrap();
    let late: Vec<RouteItem> = items
        .iter()
        .map(|item| RouteItem {
            version: 2,
            ..item.clone()
        })
        .collect();
    let third = rig.route([late, items].concat()).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(third, [first.clone(), first].concat());
    let after = rig.stored(number).await;
    assert_eq!((after.case, after.trace), (before.case, before.trace));
    assert_eq!(rig.load("streets-a").await, 8);
    assert_eq!(rig.waiting("streets-a").await.len(), 8);
}

#[tokio::test]
async fn the_same_case_twice_in_a_batch_is_one_order() {
    let rig = Rig::start().await;
    let item = rig.item(rig.accept(0).await, "streets.light", "01001");
    let outcomes = rig.route(vec![item.clone(), item]).await.unwrap();
    assert_eq!(outcomes[0], outcomes[1]);
    assert_eq!(rig.load("streets-a").await, 1);
}

#[tokio::test]
async fn what_the_classifier_is_unsure_of_waits_for_a_person() {
    let rig = Rig::start().await;
    let number = rig.accept(1).await;
    let mut item = rig.item(number, "streets.light", "01001");
    item.classification.as_mut().unwrap().confidence = 0.1;
    let outcomes = rig.route(vec![item.clone()]).await.unwrap();
    assert_eq!(
        outcomes,
        [Outcome::Triage(types::TriageReason::LowConfidence.into())]
    );
    assert_eq!(rig.case(number).await.state, State::Triage);
    let again = rig.route(vec![item]).await.unwrap();
    assert_eq!(again, [Outcome::Beyond(types::State::Triage.into())]);
    assert!(
        rig.metrics()
            .contains(r#"swiftline_triage_total{reason="low_confidence"} 1"#)
    );
}

#[tokio::test]
async fn a_signed_case_is_beyond_routing_and_an_unknown_one_is_tried_again() {
    let rig = Rig::start().await;
    let held: Held = rig.offered("streets.light", "01001").await;
    rig.sign(&held, "desk-1").await.unwrap();
    let nobodys = CaseNumber::new(Partition(3), 999_999).unwrap();
    let items = vec![
        rig.item(held.number, "streets.light", "01001"),
        rig.item(nobodys, "streets.light", "01001"),
    ];
    let outcomes = rig.route(items).await.unwrap();
    assert_eq!(outcomes[0], Outcome::Beyond(types::State::Signed.into()));
    assert_eq!(
        outcomes[1],
        Outcome::Missing("there is no such case".to_owned())
    );
}

#[tokio::test]
async fn two_callers_at_once_route_each_case_once() {
    let rig = Rig::start().await;
    let mut items = Vec::new();
    for n in 0..40 {
        items.push(rig.item(rig.accept(n % 4).await, "noise", ""));
    }
    let calls = (0..4).map(|_| rig.route(items.clone()));
    let answers: Vec<_> = futures::future::join_all(calls).await;
    for answer in &answers {
        assert_eq!(answer.as_ref().unwrap(), answers[0].as_ref().unwrap());
    }
    assert_eq!(rig.load("hotline-a").await, 40);
    assert_eq!(rig.waiting("hotline-a").await.len(), 40);
}

#[tokio::test]
async fn an_empty_batch_has_an_empty_answer() {
    assert_eq!(Rig::start().await.route(vec![]).await.unwrap(), []);
}
