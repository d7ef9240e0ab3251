//! swiftctl, run as a process against a mesh that runs.

use std::process::Output;

use serde_json::Value;
use swiftline_proto::types::v1::State;
use swiftline_testkit::mesh::{SERVICES, Service};
use swiftline_testkit::process::program_folder;
use swiftline_testkit::wait::wait_until;
use tokio::process::Command;

use crate::town::{GAS, PATIENCE, Town};

impl<R> Town<R> {
    /// swiftctl with these arguments, for this mesh, by this router.
    pub(crate) fn ctl_command(&self, router: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program_folder().join("swiftctl"));
        command.env_clear().args(["--output", "json"]).args(args);
        for service in SERVICES {
            command.arg(format!("--{}", service.as_str()));
            command.arg(match service {
                Service::Router => router.to_owned(),
                other => self.mesh.url(other),
            });
        }
        command.args(["--traces", &self.site.otlp.url]);
        command
    }

    pub(crate) async fn run_ctl(&self, args: &[&str]) -> Output {
        let router = self.mesh.url(Service::Router);
        self.ctl_command(&router, args).output().await.unwrap()
    }

    /// The objects that a command prints.
    pub(crate) async fn ctl(&self, args: &[&str]) -> Vec<Value> {
        let output = self.run_ctl(args).await;
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {complaint}");
        printed(&output)
    }

    /// The one object that a command prints.
    pub(crate) async fn ctl_one(&self, args: &[&str]) -> Value {
        let mut objects = self.ctl(args).await;
        assert_eq!(objects.len(), 1, "{args:?}: {objects:?}");
        objects.remove(0)
    }
}

/// The objects on standard output.
pub(crate) fn printed(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn a_case_from_submit_to_callback() {
    let town = Town::start().await;
    let submit = ["submit", "--text", GAS, "--key", "k", "--phone", "555-0100"];
    let receipt = town.ctl_one(&submit).await;
    let number = receipt["case_number"].as_str().unwrap();
    assert_eq!(receipt["duplicate"], false);
    assert_eq!(town.ctl_one(&submit).await["case_number"], number);
    town.becomes(number, State::Offered).await;

    let shown = town.ctl_one(&["case", "show", number]).await;
    assert_eq!(shown["state"], "offered");
    assert_eq!(shown["offer"]["team"], "gas-a");
    assert_eq!(shown["complaint"]["text"], GAS);
    let explained = town.ctl_one(&["case", "explain", number]).await;
    assert_eq!(explained["assignment"]["unit"], "util-gas");
    assert_eq!(explained["rules"]["winner"], "gas-leak");
    let asked = ["case", "explain", "--text", GAS];
    assert_eq!(town.ctl_one(&asked).await["assignment"]["unit"], "util-gas");

    town.waiting("gas-a", 1).await;
    let waiting = town
        .ctl(&["desk", "watch", "--once", "--team", "gas-a"])
        .await;
    assert_eq!(waiting[0]["case_number"], number);
    let signed = town
        .ctl_one(&["desk", "sign", number, "--team", "gas-a"])
        .await;
    assert_eq!(signed["contact"]["phone"], "555-0100");
    let solved = ["--team", "gas-a", "--outcome", "solved"];
    let resolved = town
        .ctl_one(&[&["desk", "resolve", number][..], &solved].concat())
        .await;
    assert_eq!(resolved["state"], "resolved");
    let answers = [
        "--reached",
        "yes",
        "--contacted",
        "yes",
        "--solved",
        "yes",
        "--satisfied",
        "yes",
    ];
    let closed = town
        .ctl_one(&[&["case", "callback", number][..], &answers].concat())
        .await;
    assert_eq!(closed["state"], "closed");

    let journey = town.ctl(&["case", "journey", number]).await;
    let events: Vec<&str> = journey
        .iter()
        .map(|step| step["event"].as_str().unwrap())
        .collect();
    let expected = [
        "accepted",
        "classified",
        "offered",
        "signed",
        "resolved",
        "called_back",
        "closed",
    ];
    assert_eq!(events, expected);

    let traced = wait_until(PATIENCE, async || {
        let spans = town.ctl(&["trace", number]).await;
        let services = ["intake", "classifier", "router", "feedback"];
        let whole = services
            .iter()
            .all(|service| spans.iter().any(|span| span["service"] == *service));
        whole.then_some(())
    });
    traced.await.expect("spans of every service");
    let rated = wait_until(PATIENCE, async || {
        let rates = town.ctl(&["rates"]).await;
        let total = rates.into_iter().find(|row| row["type"] == "total")?;
        (total["satisfied"] == 1).then_some(total)
    });
    let total = rated.await.expect("the callback is counted");
    assert_eq!(total["response_rate"], 1.0);
}

#[tokio::test]
async fn what_an_operator_of_the_mesh_looks_at() {
    let mut town = Town::start().await;
    let receipts = town.submit_some("one", 3).await;
    town.all_reach_a_team(&receipts).await;

    let gas = town.ctl_one(&["units", "--unit", "util-gas"]).await;
    assert_eq!(gas["teams"][0]["id"], "gas-a");
    assert_eq!(gas["teams"][0]["capacity"], 5);
    let quiet = wait_until(PATIENCE, async || {
        let rows = town.ctl(&["queues"]).await;
        let (groups, teams): (Vec<Value>, Vec<Value>) =
            rows.into_iter().partition(|row| row["type"] == "group");
        let settled = groups
            .iter()
            .all(|group| group["lag"] == 0 && group["pending"] == 0);
        assert_eq!((teams.len(), &teams[0]["emergency"]), (1, &3.into()));
        settled.then_some(groups)
    });
    let groups = quiet.await.expect("every group has handled everything");
    for name in ["classifier", "feedback"] {
        let of = |group: &&Value| group["group"] == name;
        assert_eq!(groups.iter().filter(of).count(), 16, "{name}");
    }

    town.mesh.kill_9(Service::Router);
    let absent = town.run_ctl(&["queues"]).await;
    assert_eq!(absent.status.code(), Some(69));
    let said = String::from_utf8_lossy(&absent.stderr).into_owned();
    assert!(said.contains("no answer from router"), "{said}");
}
