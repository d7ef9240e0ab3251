//! What becomes of orders that wait when other rules come into force.

use swiftline_domain::case::State;
use swiftline_domain::number::CaseNumber;
use swiftline_proto::router::v1 as wire;
use swiftline_proto::router::v1::route_result::Outcome;
use swiftline_testkit::wait::wait_until;

use super::helpers::{Desk, lights_to_the_district, without_a_way_for_no_place};
use crate::rig::{Options, Rig, SOON};

/// Waits until the work is done; how many were looked at, moved, failed.
async fn done(desk: &Desk, mode: wire::InFlight) -> (u64, u64, u64) {
    desk.wait_for(|status| {
        let work = status.in_flight.filter(|work| work.done)?;
        assert_eq!(work.mode(), mode);
        Some((work.looked_at, work.moved, work.failed))
    })
    .await
}

#[tokio::test]
async fn kept_orders_stay_where_they_are() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let held = rig.offered("streets.light", "01001").await;
    let digest = desk.approved(&lights_to_the_district()).await;
    desk.activate(&digest, wire::InFlight::Keep).await.unwrap();
    assert_eq!(done(&desk, wire::InFlight::Keep).await, (0, 0, 0));
    assert_eq!(rig.held(held.number).await, held);
}

#[tokio::test]
async fn reevaluated_orders_move_only_where_another_unit_leads() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let light = rig.offered("streets.light", "01001").await;
    let signed = rig.offered("streets.light", "01001").await;
    rig.sign(&signed, "desk-1").await.unwrap();
    let gas = rig.offered("utilities.gas", "01001").await;
    let digest = desk.approved(&lights_to_the_district()).await;
    let mode = wire::InFlight::ReevaluateWaiting;
    desk.activate(&digest, mode).await.unwrap();
    assert_eq!(done(&desk, mode).await, (2, 1, 0));

    let moved = rig.held(light.number).await;
    assert_eq!((moved.team.as_str(), moved.offer), ("dongshan-a", 2));
    let case = rig.case(light.number).await;
    assert_eq!(case.recalled.len(), 1);
    assert!(case.asked.is_empty(), "nobody gave it away");
    assert_eq!(rig.held(gas.number).await, gas);
    assert_eq!(rig.held(signed.number).await, signed);
    assert_eq!(rig.load("streets-a").await, 1, "the signed one");
    assert!(rig.waiting("streets-a").await.is_empty());
    let waiting = rig.waiting("dongshan-a").await;
    assert_eq!(waiting[0].case_number, light.number.to_string());
    rig.sign(&moved, "desk-2").await.unwrap();
    let late = rig.sign(&light, "desk-1").await.unwrap_err();
    assert_eq!(late.code(), tonic::Code::FailedPrecondition);
}

#[tokio::test]
async fn a_case_that_the_new_rules_can_place_leaves_triage() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let own = desk.active().await;
    let digest = desk.approved(&without_a_way_for_no_place()).await;
    desk.activate(&digest, wire::InFlight::Keep).await.unwrap();
    let sent = async |confidence: f32| {
        let number = rig.accept(0).await;
        let mut item = rig.item(number, "housing", "");
        item.classification.as_mut().unwrap().confidence = confidence;
        let outcome = rig.route(vec![item]).await.unwrap();
        assert!(matches!(outcome[0], Outcome::Triage(_)), "{outcome:?}");
        number
    };
    let (placeless, unsure) = (sent(0.9).await, sent(0.1).await);
    let journey = rig.store.journey(placeless).await.unwrap();
    let sent_by = format!("{journey:?}");
    assert!(sent_by.contains(&digest), "who left it to a person is kept");
    let mode = wire::InFlight::ReevaluateWaiting;
    desk.roll_back(&own, mode).await.unwrap();
    assert_eq!(done(&desk, mode).await, (1, 1, 0));
    assert_eq!(rig.held(placeless).await.team, "hotline-a");
    assert_eq!(rig.case(unsure).await.state, State::Triage);
}

#[tokio::test]
async fn recalled_orders_are_all_offered_anew() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let light = rig.offered("streets.light", "01001").await;
    let gas = rig.offered("utilities.gas", "01001").await;
    let digest = desk.approved(&lights_to_the_district()).await;
    let mode = wire::InFlight::RecallUnsigned;
    desk.activate(&digest, mode).await.unwrap();
    assert_eq!(done(&desk, mode).await, (2, 2, 0));
    let moved = rig.held(light.number).await;
    assert_eq!((moved.team.as_str(), moved.offer), ("dongshan-a", 2));
    let anew = rig.held(gas.number).await;
    assert_eq!(
        (anew.team.as_str(), anew.offer),
        ("gas-a", 2),
        "the same team, a new offer"
    );
    assert_eq!(rig.load("gas-a").await, 1);
    assert_eq!(rig.waiting("gas-a").await[0].offer, 2);
    assert_eq!(rig.load("streets-a").await, 0);
}

/// Has so many lights offered in one go.
async fn many_lights(rig: &Rig, count: usize) -> Vec<CaseNumber> {
    let mut numbers = Vec::new();
    for _ in 0..count {
        numbers.push(rig.accept(0).await);
    }
    let items = numbers
        .iter()
        .map(|number| rig.item(*number, "streets.light", "01001"));
    for outcome in rig.route(items.collect()).await.unwrap() {
        assert!(matches!(outcome, Outcome::Offered(_)), "{outcome:?}");
    }
    numbers
}

#[tokio::test]
async fn work_that_a_dead_router_left_is_finished_by_another() {
    let mut rig = Rig::start().await;
    let numbers = many_lights(&rig, 150).await;
    let digest = Desk::of(&rig).approved(&lights_to_the_district()).await;
    let mut dies = rig.beside(Options::default()).await;
    let there = Desk {
        rules: dies.rules.clone(),
        store: rig.store.clone(),
    };
    rig.stop().await;
    let mode = wire::InFlight::RecallUnsigned;
    let activation = tokio::spawn(async move { there.activate(&digest, mode).await });
    let begun = wait_until(SOON, async || {
        for number in &numbers {
            if !rig.case(*number).await.recalled.is_empty() {
                return Some(());
            }
        }
        None
    });
    assert!(begun.await.is_some());
    dies.running.crash().await;
    let _ = activation.await.unwrap(); // answered or cut off: the entry is in the log
    let mut left = 0;
    for number in &numbers {
        left += usize::from(rig.case(*number).await.recalled.is_empty());
    }
    assert!(left > 0, "it was in the middle of it");

    let other = rig.beside(Options::default()).await;
    let desk = Desk {
        rules: other.rules.clone(),
        store: rig.store.clone(),
    };
    let (_, moved, failed) = done(&desk, mode).await;
    assert_eq!(
        (moved, failed),
        (left as u64, 0),
        "the rest, and nothing twice"
    );
    for number in &numbers {
        let case = rig.case(*number).await;
        assert_eq!((case.newest_offer().0, case.recalled.len()), (2, 1));
    }
    // Nobody reported the queues of the last commits done: the sweep makes them agree.
    let agree = wait_until(SOON, async || {
        (rig.load("streets-a").await == 0).then_some(())
    });
    assert!(agree.await.is_some());
}
