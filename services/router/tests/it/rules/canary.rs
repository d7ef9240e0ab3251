//! A set that is in force in some districts.

use swiftline_domain::rules::workflow::{Action, CanaryEnd, Ended};
use swiftline_proto::router::v1 as wire;
use swiftline_proto::router::v1::explain_request::Subject;
use swiftline_rpc::status::reason_of;
use tonic::Code;

use super::helpers::{Desk, the_rest_to_the_district};
use crate::rig::{Rig, field};

#[tokio::test]
async fn a_canary_decides_in_its_districts_only() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let digest = desk.approved(&the_rest_to_the_district()).await;
    let own = desk.active().await;
    let unknown = desk.start_canary(&digest, &["01", "nowhere"]).await;
    assert_eq!(
        field(&unknown.unwrap_err(), Code::InvalidArgument),
        "districts[1]"
    );
    let status = desk.start_canary(&digest, &["01"]).await.unwrap();
    assert_eq!(status.canary.unwrap().digest, digest);
    assert_eq!(status.canary_districts, ["01"]);

    let within = rig.offered("housing", "01001").await;
    let without = rig.offered("housing", "02001").await;
    assert_eq!(
        (within.team.as_str(), without.team.as_str()),
        ("dongshan-a", "shiqiao-a")
    );
    let digest_of = async |number| {
        rig.case(number)
            .await
            .offer
            .unwrap()
            .assignment
            .rules_digest
    };
    assert_eq!(digest_of(within.number).await, digest);
    assert_eq!(digest_of(without.number).await, own);

    let explain = async |place: &str| {
        let facts = rig.item(within.number, "housing", place);
        let subject = Some(Subject::Facts(facts));
        let response = rig
            .router
            .clone()
            .explain(wire::ExplainRequest { subject })
            .await;
        response.unwrap().into_inner()
    };
    let (there, elsewhere) = (explain("01002").await, explain("02001").await);
    assert_eq!((there.canary, &there.rules_digest), (true, &digest));
    assert_eq!(there.assignment.unwrap().unit, "dongshan");
    assert_eq!((elsewhere.canary, &elsewhere.rules_digest), (false, &own));

    let again = desk.start_canary(&digest, &["02"]).await.unwrap_err();
    assert_eq!(reason_of(&again).unwrap(), "CANARY_RUNS");
    let end = wire::CanaryRequest {
        actor: "dispatcher-1".to_owned(),
        reason: "enough".to_owned(),
        ..wire::CanaryRequest::default()
    };
    desk.rules.clone().canary(end).await.unwrap();
    let after = rig.offered("housing", "01001").await;
    assert_eq!(digest_of(after.number).await, own);
}

/// Counts for the set, as the service does that follows the case log.
async fn count(rig: &Rig, digest: &str, counter: &str, by: u32) {
    let key = format!("sl:{{p00}}:rules:{}", &digest[..16]);
    let words = format!("HINCRBY {key} |{counter} {by}");
    rig.redis.command::<u64>(&words).await.unwrap();
}

#[tokio::test]
async fn a_canary_whose_orders_come_back_ends_by_itself() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let digest = desk.approved(&the_rest_to_the_district()).await;
    // What was before the canary is not the canary's.
    count(&rig, &digest, "offered", 100).await;
    count(&rig, &digest, "returned", 100).await;
    let begun = desk.start_canary(&digest, &["01"]).await.unwrap();
    assert_eq!(begun.canary_counts, Some(wire::CanaryCounts::default()));

    count(&rig, &digest, "offered", 10).await;
    count(&rig, &digest, "transferred", 2).await;
    let counted = |status: &wire::RulesStatus| {
        let counts = status.canary_counts?;
        (counts.decided == 10).then_some(counts)
    };
    assert_eq!(
        desk.wait_for(counted).await.returned,
        2,
        "at the bound, not past it"
    );
    count(&rig, &digest, "expired", 1).await;
    desk.wait_for(|status| status.canary.is_none().then_some(()))
        .await;

    let workflow = desk.workflow().await;
    let ended = workflow.last_canary().unwrap();
    let CanaryEnd::Stopped(Ended::Bound(breach)) = ended.end else {
        panic!("{ended:?}");
    };
    assert_eq!((breach.counted, breach.decided), (3, 10));
    assert_eq!(ended.ended.by.as_str(), "router");
    let log = rig.store.rules().entries(0, 100).await.unwrap();
    let last: swiftline_domain::rules::workflow::Entry =
        swiftline_domain::rules::workflow::Entry::parse(log.last().unwrap()).unwrap();
    assert!(matches!(last.action, Action::CanaryEnded { .. }));
    assert_eq!(
        rig.offered("housing", "01001").await.team.split('-').next(),
        Some("hekou")
    );
    assert!(
        rig.metrics()
            .contains("swiftline_rules_canaries_ended_total 1")
    );
}
