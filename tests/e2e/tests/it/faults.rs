//! Processes are killed, Redis goes away, spans have nowhere to go: nothing is lost, nothing happens twice.

use std::collections::HashSet;

use swiftline_proto::intake::v1::Receipt;
use swiftline_proto::router::v1::ListQueuesRequest;
use swiftline_proto::types::v1::State;
use swiftline_testkit::mesh::Service;
use swiftline_testkit::wait::wait_until;

use crate::town::{GAS, PATIENCE, Town};

/// Every receipt's case reaches a team, each exactly once.
async fn all_reach_a_team(town: &Town, receipts: &[Receipt]) {
    let numbers: HashSet<&str> = receipts
        .iter()
        .map(|receipt| receipt.case_number.as_str())
        .collect();
    assert_eq!(numbers.len(), receipts.len(), "a number was given twice");
    for number in numbers {
        let case = town.becomes(number, State::Offered).await;
        assert_eq!(case.offer.unwrap().no, 1, "{number} was offered twice");
    }
    let waiting = wait_until(PATIENCE, async || {
        let teams = town
            .operations()
            .list_queues(ListQueuesRequest::default())
            .await
            .ok()?
            .into_inner()
            .teams;
        let open: u64 = teams.iter().map(|team| team.open).sum();
        (open == receipts.len() as u64).then_some(())
    });
    waiting.await.expect("as many open orders as cases");
}

async fn submit_some(town: &Town, prefix: &str, count: usize) -> Vec<Receipt> {
    let mut receipts = Vec::new();
    for nth in 0..count {
        receipts.push(
            town.submit_until_taken(&format!("{prefix}-{nth}"), GAS)
                .await,
        );
    }
    receipts
}

#[tokio::test]
async fn intake_accepts_while_the_classifier_is_gone_and_nothing_is_lost() {
    let mut town = Town::start().await;
    town.mesh.kill_9(Service::Classifier);
    let receipts = submit_some(&town, "gone", 20).await;
    assert_eq!(
        town.case(&receipts[0].case_number).await.state(),
        State::Accepted
    );
    town.mesh.restart(Service::Classifier).await.unwrap();
    all_reach_a_team(&town, &receipts).await;
}

#[tokio::test]
async fn the_classifier_waits_for_a_router_that_is_gone() {
    let mut town = Town::start().await;
    town.mesh.kill_9(Service::Router);
    let receipts = submit_some(&town, "gone", 20).await;
    town.mesh.restart(Service::Router).await.unwrap();
    all_reach_a_team(&town, &receipts).await;
}

#[tokio::test]
async fn services_killed_in_the_middle_of_it_lose_and_double_nothing() {
    let mut town = Town::start_with(|settings| {
        settings.with(Service::Classifier, "consumer.reclaim_idle_ms", 500)
    })
    .await;
    let mut receipts = Vec::new();
    for service in [
        Service::Classifier,
        Service::Router,
        Service::Intake,
        Service::Feedback,
    ] {
        receipts.extend(submit_some(&town, &format!("before-{}", service.as_str()), 15).await);
        town.mesh.kill_9(service);
        town.mesh.restart(service).await.unwrap();
    }
    all_reach_a_team(&town, &receipts).await;
}

#[tokio::test]
async fn redis_killed_in_mid_run_keeps_every_acknowledged_complaint() {
    let mut town = Town::start_with(|settings| {
        settings.with(Service::Classifier, "consumer.reclaim_idle_ms", 500)
    })
    .await;
    let mut receipts = submit_some(&town, "before", 30).await;
    town.redis.kill_9();
    assert!(
        town.submit("away", GAS).await.is_err(),
        "intake does not promise what it cannot keep"
    );
    town.redis.restart().await.unwrap();
    receipts.extend(submit_some(&town, "after", 30).await);
    all_reach_a_team(&town, &receipts).await;
}

#[tokio::test]
async fn a_second_router_is_noticed_and_the_first_ones_end_too() {
    let mut town = Town::start().await;
    town.mesh.add(Service::Router).await.unwrap();
    let mut receipts = submit_some(&town, "two", 10).await;
    town.mesh.kill_9(Service::Router);
    receipts.extend(submit_some(&town, "one", 10).await);
    for receipt in &receipts {
        town.becomes(&receipt.case_number, State::Offered).await;
    }
}

#[tokio::test]
async fn a_receiver_of_spans_that_is_gone_slows_nothing_and_is_counted() {
    let town =
        Town::start_with(|settings| settings.with(None, "telemetry.export_timeout_ms", 300)).await;
    town.otlp.stop();
    let receipts = submit_some(&town, "dark", 30).await;
    all_reach_a_team(&town, &receipts).await;
    let metrics = town.mesh.get(Service::Intake).ready().metrics;
    let dropped = wait_until(PATIENCE, async || {
        let text = http_get(&metrics.to_string(), "/metrics").await?;
        let line = text
            .lines()
            .find(|line| line.starts_with("swiftline_spans_dropped_total"))?;
        let count: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        (count > 0.0).then_some(count)
    });
    dropped.await.expect("the drop counter says so");
}

async fn http_get(address: &str, path: &str) -> Option<String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await.ok()?;
    Some(text)
}
