//! A router dies while rules change, and somebody changes the log behind everybody's back.

use std::collections::HashSet;

use serde_json::{Value, json};
use swiftline_proto::intake::v1::Receipt;
use swiftline_proto::types::v1::event::Event as Happened;
use swiftline_testkit::mesh::Service;
use swiftline_testkit::wait::wait_until;

use super::{ANNE, LIGHT};
use crate::ctl::printed;
use crate::load::Load;
use crate::town::{PATIENCE, Site, Town};

/// The log of the rule workflow in Redis.
const LOG: &str = "sl:{rules}:log";

impl Town {
    async fn log_length(&self) -> u64 {
        let length = self.redis.command_of(&["LLEN", LOG]).await;
        length.unwrap()
    }

    /// Waits until every case of a light is with the district by rules of this digest: none is lost, none moved twice, and
    /// no team has one that it should not have.
    async fn all_are_moved(&self, receipts: &[Receipt], digest: &str) {
        self.in_flight_done().await;
        let numbers: HashSet<&str> = receipts
            .iter()
            .map(|receipt| receipt.case_number.as_str())
            .collect();
        assert_eq!(numbers.len(), receipts.len(), "a number was given twice");
        for number in numbers {
            self.is_with(number, "dongshan-a", digest).await;
            let journey = self.journey(number).await;
            let offered = |event: &&Happened| matches!(event, Happened::Offered(_));
            let recalled = |event: &&Happened| matches!(event, Happened::Recalled(_));
            let offers = journey.iter().filter(offered).count();
            let recalls = journey.iter().filter(recalled).count();
            assert!(offers == recalls + 1 && offers <= 2, "{journey:#?}");
        }
        let mut open = None;
        let as_many = wait_until(PATIENCE, async || {
            open = self.open_orders().await.ok();
            (open? == receipts.len() as u64).then_some(())
        });
        if as_many.await.is_none() {
            panic!("{open:?} open orders of {} cases", receipts.len());
        }
    }
}

/// Teams that are never full, as what spills over to others is not asked about here.
fn with_room(site: Site) -> Site {
    site.reclaiming_soon()
        .edit("teams.yaml", "capacity: 10,", "capacity: 1000,")
        .edit("teams.yaml", "capacity: 20,", "capacity: 1000,")
}

#[tokio::test]
async fn a_router_that_dies_in_the_middle_of_an_activation_is_not_waited_for() {
    let mut town = Town::with_two_routers(with_room).await;
    let digest = town.approved().await;
    let load = Load::saying(&town, "run", LIGHT);
    load.grows_by(20).await;

    // One hangs, so that the activation cannot be over before it dies.
    town.mesh.get(Service::Router).freeze();
    let entries = town.log_length().await;
    let survivor = town.mesh.of(Service::Router).nth(1).unwrap().url();
    let activate = ["rules", "activate", &digest];
    let activate = [&activate[..], &["--in-flight", "reevaluate-waiting"]].concat();
    let activation = town.ctl_command(&survivor, &activate).output();
    let begun = wait_until(PATIENCE, async || {
        (town.log_length().await > entries).then_some(())
    });
    begun.await.expect("the activation is in the log");
    load.grows_by(10).await;
    town.mesh.kill_9(Service::Router);
    load.grows_by(20).await;
    let receipts = load.finish().await;

    let activation = activation.await.unwrap();
    let said = String::from_utf8_lossy(&activation.stderr);
    assert!(activation.status.success(), "{said}");
    let activated = printed(&activation).remove(0);
    assert_eq!(
        (&activated["converged"], &activated["stragglers"]),
        (&json!(true), &json!([]))
    );
    let replicas = activated["status"]["replicas"].as_array().unwrap();
    let (gone, live): (Vec<_>, Vec<_>) = replicas.iter().partition(|one| one["gone"] == true);
    assert_eq!((gone.len(), live.len()), (1, 1), "{replicas:?}");
    assert_ne!(gone[0]["digest"], *digest);
    assert_eq!(live[0]["digest"], *digest);

    town.all_are_moved(&receipts, &digest).await;
    town.light_goes_to("after", "dongshan-a", &digest).await;
}

#[tokio::test]
async fn what_a_router_was_asked_before_it_died_the_other_brings_to_its_end() {
    let mut town = Town::with_two_routers(with_room).await;
    let digest = town.approved().await;
    let load = Load::saying(&town, "run", LIGHT);
    load.grows_by(40).await;

    let entries = town.log_length().await;
    let asked = town.mesh.url(Service::Router);
    let recall = ["rules", "activate", &digest, "--in-flight"];
    let recall = [&recall[..], &["recall-unsigned"]].concat();
    let activation = town.ctl_command(&asked, &recall).output();
    let begun = wait_until(PATIENCE, async || {
        (town.log_length().await > entries).then_some(())
    });
    begun.await.expect("the activation is in the log");
    town.mesh.kill_9(Service::Router);
    // Whether it could still answer is a matter of luck.
    activation.await.unwrap();
    load.grows_by(20).await;
    let receipts = load.finish().await;

    let served = |status: &Value| status["active"]["digest"] == *digest;
    town.settles(served).await;
    town.all_are_moved(&receipts, &digest).await;
    let verified = town.run_ctl(&["audit", "verify"]).await;
    assert!(verified.status.success(), "{verified:?}");
}

#[tokio::test]
async fn an_entry_of_the_log_that_was_changed_is_named() {
    let town = Town::with_two_routers(|site| site).await;
    town.approved().await;
    let entries = town.log_length().await;
    let verified = town.ctl_one(&["audit", "verify"]).await;
    assert_eq!(verified["entries"], entries);

    let true_entry: String = town.redis.command_of(&["LINDEX", LOG, "1"]).await.unwrap();
    let forged = true_entry.replace(ANNE, "somebody-else");
    assert_ne!(forged, true_entry);
    let put = async |entry: &str| {
        let done = town.redis.command_of(&["LSET", LOG, "1", entry]).await;
        assert_eq!(done.ok(), Some("OK".to_owned()));
    };
    put(&forged).await;
    let found = town.run_ctl(&["audit", "verify"]).await;
    assert_eq!(found.status.code(), Some(1));
    let said = String::from_utf8_lossy(&found.stderr);
    let named = "entry 1 of the rules' log: it was changed";
    assert!(said.contains(named), "{said}");
    put(&true_entry).await;
    assert_eq!(town.ctl_one(&["audit", "verify"]).await, verified);
}
