//! A complaint's way through the whole mesh.

use swiftline_proto::feedback::v1::GetRatesRequest;
use swiftline_proto::router::v1::ReturnRequest;
use swiftline_proto::types::v1::event::Event as Happened;
use swiftline_proto::types::v1::{ReturnReason, State};
use swiftline_testkit::mesh::Service;
use swiftline_testkit::redis::{Fsync, RedisCluster, RedisServer};
use swiftline_testkit::wait::wait_until;
use tonic::Code;

use crate::desk::claim;
use crate::town::{GAS, PATIENCE, Site, Town};

/// One complaint all the way; true on one Redis and on a cluster.
async fn from_words_to_a_closed_case<R>(town: &Town<R>) {
    let receipt = town.submit("one", GAS).await.unwrap();
    let case = town.becomes(&receipt.case_number, State::Offered).await;
    let assignment = case.offer.as_ref().unwrap().assignment.as_ref().unwrap();
    assert_eq!(assignment.unit, "util-gas");
    town.waiting("gas-a", 1).await;

    let again = town.submit("one", GAS).await.unwrap();
    assert!(again.duplicate);
    assert_eq!(again.case_number, receipt.case_number);

    let claim = claim(&case);
    let signed = town.sign(claim.clone()).await.unwrap();
    assert_eq!(
        signed.contact.unwrap().phone,
        "555-0100",
        "the team that has signed may see the contact"
    );
    town.waiting("gas-a", 0).await;

    let mut other = claim.clone();
    other.actor = "desk-2".to_owned();
    let refused = town.sign(other).await.unwrap_err();
    assert!(
        refused.message().contains("already signed for by desk-1"),
        "{refused}"
    );

    town.resolve(claim).await.unwrap();
    town.call_back(&receipt.case_number, true).await.unwrap();
    town.becomes(&receipt.case_number, State::Closed).await;

    let counted = wait_until(PATIENCE, async || {
        let rates = town.feedback().get_rates(GetRatesRequest::default()).await;
        let total = rates.ok()?.into_inner().total;
        total.filter(|total| total.satisfied == 1)
    });
    let total = counted.await.expect("the answers are counted");
    assert_eq!(
        (total.offered, total.signed, total.resolved, total.reached),
        (1, 1, 1, 1)
    );
    assert_eq!(total.satisfaction_rate, Some(1.0));
}

#[tokio::test]
async fn from_a_citizens_words_to_a_closed_case() {
    from_words_to_a_closed_case(&Town::start().await).await;
}

#[tokio::test]
async fn on_a_cluster_of_three_masters_it_is_the_same_and_a_master_may_die() {
    let cluster = RedisCluster::start(Fsync::Always).await.unwrap();
    let site = Site::at(&cluster.url()).await;
    let mut town = site.open(cluster).await;
    from_words_to_a_closed_case(&town).await;

    let mut receipts = town.submit_some("before", 40).await;
    for node in town.redis.nodes() {
        let keys: u64 = node.command("DBSIZE").await.unwrap();
        assert!(keys > 0, "{node:?} holds nothing");
    }
    let master: &mut RedisServer = &mut town.redis.nodes_mut()[1];
    master.kill_9();
    master.restart().await.unwrap();
    receipts.extend(town.submit_some("after", 40).await);
    town.all_reach_a_team(&receipts).await;
}

#[tokio::test]
async fn an_unsolved_case_goes_back_to_the_team_that_had_it() {
    let town = Town::start().await;
    let number = town.submit("one", GAS).await.unwrap().case_number;
    let case = town.becomes(&number, State::Offered).await;
    town.sign(claim(&case)).await.unwrap();
    town.resolve(claim(&case)).await.unwrap();
    town.call_back(&number, false).await.unwrap();
    let again = town.becomes(&number, State::Offered).await;
    assert_eq!(again.reopened, 1);
    assert_eq!(again.offer.as_ref().unwrap().no, 2);
    assert_eq!(claim(&again).team, "gas-a");
}

#[tokio::test]
async fn a_returned_order_goes_on_and_never_back() {
    let town = Town::start().await;
    let number = town.submit("one", GAS).await.unwrap().case_number;
    let case = town.becomes(&number, State::Offered).await;
    let back = ReturnRequest {
        claim: Some(claim(&case)),
        reason: ReturnReason::WrongUnit.into(),
        note: "不归我们".to_owned(),
    };
    let moved = town.desk().r#return(back.clone()).await.unwrap();
    let moved = moved.into_inner().case.unwrap();
    assert_eq!(moved.state(), State::Offered);
    assert_eq!(claim(&moved).team, "hotline-a", "the pack's last resort");
    town.waiting("gas-a", 0).await;
    town.waiting("hotline-a", 1).await;
    let late = town.desk().r#return(back).await.unwrap_err();
    assert_eq!(late.code(), Code::FailedPrecondition, "{late}");
    let journey = town.journey(&number).await;
    let returned = |event: &&Happened| matches!(event, Happened::Returned(_));
    assert_eq!(journey.iter().filter(returned).count(), 1);
}

#[tokio::test]
async fn an_offer_that_nobody_signs_moves_on_until_a_person_must_decide() {
    let town = Town::start_with(|site| {
        site.edit("city.yaml", "{emergency: 10m", "{emergency: 1s")
            .set(Service::Router, "sweep.interval_ms", 50)
    })
    .await;
    let number = town.submit("one", GAS).await.unwrap().case_number;
    let first = town.becomes(&number, State::Offered).await;
    assert_eq!(claim(&first).team, "gas-a");
    town.becomes(&number, State::Triage).await;

    let late = town.sign(claim(&first)).await.unwrap_err();
    assert_eq!(late.code(), Code::FailedPrecondition, "{late}");
    assert!(late.message().contains("expired"), "{late}");
    let teams = town.journey(&number).await.into_iter();
    let expired: Vec<String> = teams
        .filter_map(|event| match event {
            Happened::Expired(expired) => Some(expired.team),
            _ => None,
        })
        .collect();
    assert_eq!(expired, ["gas-a", "hotline-a"]);
    town.waiting("gas-a", 0).await;
    town.waiting("hotline-a", 0).await;
}
