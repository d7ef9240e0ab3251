//! Several routers, each of which must serve the same.

use swiftline_domain::rules::workflow::{Command, InFlight};
use swiftline_proto::router::v1 as wire;
use swiftline_proto::router::v1::explain_request::Subject;
use swiftline_proto::router::v1::router_client::RouterClient;
use swiftline_rpc::status::reason_of;
use swiftline_telemetry::Instruments;
use swiftline_testkit::wait::wait_until;
use tonic::transport::Channel;

use super::helpers::{BO, Desk, decided, lights_to_the_district, lights_to_xinzhan};
use crate::rig::{Options, Rig, SOON};

/// The rules that this router decides by.
async fn serves(rig: &Rig, router: &RouterClient<Channel>) -> String {
    let number =
        swiftline_domain::number::CaseNumber::new(swiftline_domain::number::Partition(0), 1);
    let facts = rig.item(number.unwrap(), "streets.light", "01001");
    let subject = Some(Subject::Facts(facts));
    let response = router
        .clone()
        .explain(wire::ExplainRequest { subject })
        .await;
    response.unwrap().into_inner().rules_digest
}

fn live(status: &wire::RulesStatus) -> usize {
    status.replicas.iter().filter(|one| !one.gone).count()
}

#[tokio::test]
async fn an_activation_is_over_when_every_router_serves_it() {
    let rig = Rig::start().await;
    let beside = rig.beside(Options::default()).await;
    let desk = Desk::of(&rig);
    desk.wait_for(|status| (live(status) == 2).then_some(()))
        .await;
    let digest = desk.approved(&lights_to_the_district()).await;
    let there = Desk {
        rules: beside.rules.clone(),
        ..desk.clone()
    };
    let activated = there.activate(&digest, wire::InFlight::Keep).await.unwrap();
    assert!(activated.converged, "{activated:?}");
    assert_eq!(serves(&rig, &rig.router).await, digest);
    assert_eq!(serves(&rig, &beside.router).await, digest);
    let status = activated.status.unwrap();
    assert!(
        status.replicas.iter().all(|one| one.digest == digest),
        "{status:?}"
    );
}

#[tokio::test]
async fn a_router_that_went_is_not_waited_for() {
    let rig = Rig::start().await;
    let mut leaves = rig.beside(Options::default()).await;
    let mut dies = rig.beside(Options::default()).await;
    let desk = Desk::of(&rig);
    desk.wait_for(|status| (live(status) == 3).then_some(()))
        .await;
    let digest = desk.approved(&lights_to_the_district()).await;
    leaves.running.stop().await;
    assert_eq!(live(&desk.status().await), 2, "it has taken leave");
    dies.running.crash().await;
    let activated = desk.activate(&digest, wire::InFlight::Keep).await.unwrap();
    assert!(activated.converged, "{activated:?}");
    let replicas = activated.status.unwrap().replicas;
    let gone: Vec<_> = replicas.iter().filter(|one| one.gone).collect();
    assert_eq!((replicas.len(), gone.len()), (2, 1), "{replicas:?}");
    assert_ne!(gone[0].digest, digest);
}

#[tokio::test]
async fn a_router_that_cannot_load_a_set_keeps_the_last_good_one_and_is_named() {
    let rig = Rig::start().await;
    let instruments = Instruments::disabled();
    let beside = rig
        .beside(Options {
            // Of another pack: it has no unit `st-xinzhan`.
            pack: vec![
                ("units.yaml", "st-xinzhan", "st-newstation"),
                ("teams.yaml", "st-xinzhan", "st-newstation"),
            ],
            instruments: instruments.clone(),
            ..Options::default()
        })
        .await;
    let desk = Desk::of(&rig);
    desk.wait_for(|status| (live(status) == 2).then_some(()))
        .await;
    let own = desk.active().await;
    let digest = desk.approved(&lights_to_xinzhan()).await;
    let request = wire::ActivateRequest {
        digest: digest.clone(),
        expected_active: own.clone(),
        in_flight: wire::InFlight::Keep.into(),
        actor: BO.to_owned(),
        reason: "go".to_owned(),
        wait: Some(std::time::Duration::from_millis(300).try_into().unwrap()),
        ..wire::ActivateRequest::default()
    };
    let activated = desk
        .rules
        .clone()
        .activate(request)
        .await
        .unwrap()
        .into_inner();
    assert!(!activated.converged);
    let problem = |problem: &str| problem.contains("st-xinzhan") && problem.contains("city pack");
    let said = |status: &wire::RulesStatus| {
        let straggler = status.replicas.iter().find(|one| problem(&one.problem))?;
        Some((
            straggler.id.clone(),
            straggler.digest.clone(),
            status.converged,
        ))
    };
    let (id, serving, converged) = desk.wait_for(said).await;
    assert_eq!((serving.as_str(), converged), (own.as_str(), false));
    let named: Vec<_> = activated
        .stragglers
        .iter()
        .map(|one| one.id.as_str())
        .collect();
    assert_eq!(named, [id.as_str()]);
    assert_eq!(
        serves(&rig, &beside.router).await,
        own,
        "it goes on by the last good ones"
    );
    assert!(
        instruments
            .metrics
            .encode()
            .contains("swiftline_rules_problem 1")
    );

    desk.roll_back("", wire::InFlight::Keep).await.unwrap();
    desk.wait_for(|status| status.converged.then_some(())).await;
    assert!(
        instruments
            .metrics
            .encode()
            .contains("swiftline_rules_problem 0")
    );
}

#[tokio::test]
async fn a_message_that_is_lost_is_made_good_by_polling() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let own = desk.active().await;
    let digest = desk.approved(&lights_to_the_district()).await;
    let command = Command::Activate {
        digest: digest.parse().unwrap(),
        expected_active: own.parse().unwrap(),
        in_flight: InFlight::Keep,
    };
    let entry = decided(&desk.workflow().await, command);
    // Past the store, so that nobody is woken.
    let push = format!("RPUSH sl:{{rules}}:log {}", entry.line());
    rig.redis.command::<u64>(&push).await.unwrap();
    let served = wait_until(SOON, async || {
        (serves(&rig, &rig.router).await == digest).then_some(())
    });
    assert!(served.await.is_some());
}

#[tokio::test]
async fn a_router_that_starts_serves_what_the_log_says() {
    let mut rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let digest = desk.approved(&lights_to_the_district()).await;
    desk.activate(&digest, wire::InFlight::Keep).await.unwrap();
    rig.stop().await;
    let beside = rig.beside(Options::default()).await;
    assert_eq!(serves(&rig, &beside.router).await, digest);
}

#[tokio::test]
async fn a_log_that_was_tampered_with_changes_no_rules() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let own = desk.active().await;
    let push = "RPUSH sl:{rules}:log {}";
    rig.redis.command::<u64>(push).await.unwrap();
    let said = wait_until(SOON, async || {
        rig.metrics()
            .contains("swiftline_rules_problem 1")
            .then_some(())
    });
    assert!(said.await.is_some());
    assert_eq!(serves(&rig, &rig.router).await, own);
    let refused = desk.propose(&lights_to_the_district()).await.unwrap_err();
    assert_eq!(reason_of(&refused).unwrap(), "BROKEN_LOG");
    assert_eq!(
        rig.offered("streets.light", "01001").await.team,
        "streets-a"
    );
}
