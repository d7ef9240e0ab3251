//! Processes are killed, Redis goes away, spans have nowhere to go: nothing is lost, nothing happens twice.

use swiftline_proto::types::v1::State;
use swiftline_testkit::mesh::{SERVICES, Service};
use swiftline_testkit::wait::wait_until;

use crate::load::Load;
use crate::town::{GAS, PATIENCE, Site, Town};

#[tokio::test]
async fn intake_accepts_while_the_classifier_is_gone_and_nothing_is_lost() {
    let mut town = Town::start().await;
    town.mesh.kill_9(Service::Classifier);
    let receipts = town.submit_some("gone", 20).await;
    let first = town.case(&receipts[0].case_number).await;
    assert_eq!(first.state(), State::Accepted);
    town.mesh.restart(Service::Classifier).await.unwrap();
    town.all_reach_a_team(&receipts).await;
}

#[tokio::test]
async fn the_classifier_waits_for_a_router_that_is_gone() {
    let mut town = Town::start().await;
    town.mesh.kill_9(Service::Router);
    let receipts = town.submit_some("gone", 20).await;
    town.mesh.restart(Service::Router).await.unwrap();
    town.all_reach_a_team(&receipts).await;
}

#[tokio::test]
async fn services_killed_in_the_middle_of_it_lose_and_double_nothing() {
    let mut town = Town::start_with(Site::reclaiming_soon).await;
    let mut receipts = Vec::new();
    for service in SERVICES {
        let prefix = format!("before-{}", service.as_str());
        receipts.extend(town.submit_some(&prefix, 15).await);
        town.mesh.kill_9(service);
        town.mesh.restart(service).await.unwrap();
    }
    town.all_reach_a_team(&receipts).await;
}

#[tokio::test]
async fn one_replica_of_each_service_killed_in_mid_run_is_not_missed() {
    let mut town = Town::start_with(Site::reclaiming_soon).await;
    for service in SERVICES {
        town.mesh.add(service).await.unwrap();
    }
    let load = Load::start(&town, "run");
    for service in SERVICES {
        load.grows_by(15).await;
        town.mesh.kill_9(service);
    }
    load.grows_by(15).await;
    let receipts = load.finish().await;
    town.all_reach_a_team(&receipts).await;
    // The callers have noticed: a desk's whole way goes through the survivors.
    let case = town.case(&receipts[0].case_number).await;
    town.handle(&case).await;
    town.becomes(&case.number, State::Closed).await;
}

#[tokio::test]
async fn a_drain_in_mid_run_loses_nothing_and_ends_in_time() {
    let mut town = Town::start().await;
    for service in SERVICES {
        town.mesh.add(service).await.unwrap();
    }
    let load = Load::start(&town, "run");
    for service in SERVICES {
        load.grows_by(15).await;
        let ended = town.mesh.terminate(service).await.unwrap().unwrap();
        assert!(ended.success(), "{} {ended}", service.as_str());
        let drained = town.mesh.of(service).find(|one| !one.is_running()).unwrap();
        let log = drained.log();
        assert!(log.contains("\"drained\""), "{log}");
        assert!(log.contains("\"spans_dropped\":0"), "{log}");
    }
    load.grows_by(15).await;
    let receipts = load.finish().await;
    town.all_reach_a_team(&receipts).await;
    town.mesh.stop().await.unwrap();
}

#[tokio::test]
async fn redis_killed_in_mid_run_keeps_every_acknowledged_complaint() {
    let mut town = Town::start_with(Site::reclaiming_soon).await;
    let mut receipts = town.submit_some("before", 30).await;
    town.redis.kill_9();
    assert!(
        town.submit("away", GAS).await.is_err(),
        "intake does not promise what it cannot keep"
    );
    town.redis.restart().await.unwrap();
    receipts.extend(town.submit_some("after", 30).await);
    town.all_reach_a_team(&receipts).await;
}

#[tokio::test]
async fn a_receiver_of_spans_that_is_gone_slows_nothing_and_is_counted() {
    let town = Town::start_with(|site| site.set(None, "telemetry.export_timeout_ms", 300)).await;
    town.site.otlp.stop();
    let receipts = town.submit_some("dark", 30).await;
    town.all_reach_a_team(&receipts).await;
    let dropped = wait_until(PATIENCE, async || {
        let text = town.metrics(Service::Intake).await?;
        let line = text
            .lines()
            .find(|line| line.starts_with("swiftline_spans_dropped_total"))?;
        let count: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        (count > 0.0).then_some(count)
    });
    dropped.await.expect("the drop counter says so");
}
