//! Rules are swapped while cases are routed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use swiftline_proto::router::v1 as wire;
use swiftline_proto::router::v1::route_result::Outcome;
use swiftline_proto::types::v1::Urgency;

use super::helpers::{Desk, urgent_lights};
use crate::rig::Rig;

#[tokio::test]
async fn routes_are_answered_while_rules_are_swapped_and_each_by_one_set() {
    let rig = Arc::new(Rig::start().await);
    let desk = Desk::of(&rig);
    let own = desk.active().await;
    let digest = desk.approved(&urgent_lights()).await;
    let over = Arc::new(AtomicBool::new(false));
    let load = tokio::spawn({
        let (rig, over) = (Arc::clone(&rig), Arc::clone(&over));
        async move {
            let mut decided = Vec::new();
            while !over.load(Ordering::SeqCst) {
                let mut items = Vec::new();
                for partition in 0..4 {
                    let number = rig.accept(partition).await;
                    items.push(rig.item(number, "streets.light", "01001"));
                }
                decided.extend(rig.route(items).await.unwrap());
            }
            decided
        }
    });
    desk.activate(&digest, wire::InFlight::Keep).await.unwrap();
    for _ in 0..3 {
        desk.roll_back(&own, wire::InFlight::Keep).await.unwrap();
        desk.roll_back(&digest, wire::InFlight::Keep).await.unwrap();
    }
    over.store(true, Ordering::SeqCst);
    let decided = load.await.unwrap();
    assert!(!decided.is_empty());
    let mut seen = BTreeSet::new();
    for outcome in decided {
        let Outcome::Offered(offer) = outcome else {
            panic!("{outcome:?}");
        };
        let to = offer.assignment.unwrap();
        // Lane and digest are of the same set.
        let urgent = to.lane() == Urgency::Urgent;
        assert_eq!(urgent, to.rules_digest == digest, "{to:?}");
        seen.insert(to.rules_digest);
    }
    assert!(seen.is_subset(&BTreeSet::from([own, digest])), "{seen:?}");
    let metrics = rig.metrics();
    assert!(
        metrics.contains("swiftline_rules_swaps_total 7"),
        "{metrics}"
    );
}
