//! Poison: what cannot be handled is set aside, holds up nothing, and is put back with one command.

use serde_json::Value;
use swiftline_proto::types::v1::State;
use swiftline_testkit::mesh::Service;
use swiftline_testkit::wait::wait_until;

use crate::town::{GAS, PATIENCE, Town};

/// What `XPENDING` sums up: how many, the first, the last, and how many of each consumer.
type Pending = (
    u64,
    Option<String>,
    Option<String>,
    Option<Vec<(String, String)>>,
);

async fn letters(town: &Town, count: usize) -> Vec<Value> {
    let listed = wait_until(PATIENCE, async || {
        let letters = town.ctl(&["deadletters", "list"]).await;
        (letters.len() == count).then_some(letters)
    });
    listed.await.expect("as many dead letters")
}

#[tokio::test]
async fn an_entry_that_nobody_can_read_is_set_aside_and_holds_up_nothing() {
    let town = Town::start().await;
    let receipt = town.submit("before", GAS).await.unwrap();
    let number = receipt.case_number.clone();
    let poison = format!("XADD {} * k accepted c {number} e poison", log_of(&number));
    let _: String = town.redis.command(&poison).await.unwrap();
    let receipts = [vec![receipt], town.submit_some("after", 20).await].concat();
    town.all_reach_a_team(&receipts).await;

    let set_aside = letters(&town, 2).await;
    let mut groups: Vec<&str> = set_aside
        .iter()
        .map(|letter| letter["group"].as_str().unwrap())
        .collect();
    groups.sort_unstable();
    assert_eq!(groups, ["classifier", "feedback"]);
    for letter in &set_aside {
        assert_eq!(letter["case_number"], number.as_str());
        let reason = letter["reason"].as_str().unwrap();
        assert!(reason.contains("undecodable commit"), "{reason}");
    }
    // What has not been mended comes back, under a new id.
    let before = set_aside[0]["id"].as_str().unwrap();
    let redriven = town.ctl(&["deadletters", "redrive", before]).await;
    assert_eq!(redriven[0]["redriven"], 1);
    let again = letters(&town, 2).await;
    assert!(again.iter().all(|letter| letter["id"] != before));
}

#[tokio::test]
async fn what_brought_its_consumers_down_is_put_back_with_one_command_when_that_is_mended() {
    let mut town = Town::start_with(|site| {
        site.reclaiming_soon()
            .set(Service::Classifier, "store.max_deliveries", 1)
    })
    .await;
    // The classifier dies with the entry in its hands: by its settings once is once too often.
    town.mesh.kill_9(Service::Router);
    let receipts = town.submit_some("poison", 1).await;
    let number = &receipts[0].case_number;
    let pending = format!("XPENDING {} classifier", log_of(number));
    let taken = wait_until(PATIENCE, async || {
        let (count, ..): Pending = town.redis.command(&pending).await.unwrap();
        (count == 1).then_some(())
    });
    taken.await.expect("the classifier has read it");
    town.mesh.kill_9(Service::Classifier);
    town.mesh.restart(Service::Classifier).await.unwrap();
    town.mesh.restart(Service::Router).await.unwrap();

    let letter = letters(&town, 1).await.remove(0);
    assert_eq!(letter["case_number"], number.as_str());
    assert_eq!(letter["trace_id"], receipts[0].trace_id.as_str());
    let reason = letter["reason"].as_str().unwrap();
    assert!(reason.contains("never acknowledged"), "{reason}");
    assert_eq!(town.case(number).await.state(), State::Accepted);

    let redriven = town.ctl(&["deadletters", "redrive", "--all"]).await;
    assert_eq!(redriven[0]["redriven"], 1);
    town.all_reach_a_team(&receipts).await;
    letters(&town, 0).await;
}

/// The key of the log that a case's entries are in.
fn log_of(number: &str) -> String {
    format!("sl:{{p{}}}:log", &number[..2])
}
