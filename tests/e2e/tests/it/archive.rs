//! A case that Redis has forgotten, through the whole mesh and by the command line.

use serde_json::Value;
use swiftline_proto::types::v1::State;
use swiftline_testkit::mesh::Service;
use swiftline_testkit::wait::wait_until;

use crate::town::{GAS, PATIENCE, Site, Town};

/// What has ended is in the archive at once.
fn archiving(site: Site) -> Site {
    let folder = site.settings.dir.join("archive").display().to_string();
    site.set(Service::Feedback, "archive.url", folder)
        .set(Service::Feedback, "archive.every_ms", 50)
        .set(Service::Feedback, "archive.linger_ms", 0)
        .set(Service::Feedback, "archive.closed_days", 0)
        .set(Service::Intake, "feedback.connect_timeout_ms", 200)
        .set(Service::Intake, "feedback.timeout_ms", 1_000)
}

#[tokio::test]
async fn an_old_case_is_shown_from_the_archive_and_never_said_not_to_exist() {
    let mut town = Town::start_with(archiving).await;
    let receipt = town.submit("one", GAS).await.unwrap();
    let number = receipt.case_number.as_str();
    town.becomes(number, State::Offered).await;
    town.ctl_one(&["case", "withdraw", number]).await;
    let old = wait_until(PATIENCE, async || {
        let shown = town.ctl_one(&["case", "show", number]).await;
        (shown["archived"] == true).then_some(shown)
    });
    let old = old.await.expect("it leaves Redis");
    assert_eq!(
        (&old["state"], &old["version"]),
        (&"withdrawn".into(), &4.into())
    );
    assert_eq!(old["offer"]["team"], "gas-a");
    assert_eq!(old["complaint"]["text"], "");

    let journey = town.ctl(&["case", "journey", number]).await;
    let events: Vec<&str> = journey
        .iter()
        .filter_map(|step| step["event"].as_str())
        .collect();
    assert_eq!(events, ["accepted", "classified", "offered", "withdrawn"]);
    let explained = town.ctl_one(&["case", "explain", number]).await;
    assert_eq!(explained["archived"], true);
    assert_eq!(explained["assignment"]["rule"], "gas-leak");

    let found = town.ctl_one(&["archive", "find", number]).await;
    assert_eq!(
        (&found["unit"], &found["caller_known"]),
        (&"util-gas".into(), &true.into())
    );
    let by = ["--actor", "officer-2", "--reason", "request-118"];
    let erased = town
        .ctl_one(&[&["archive", "erase", number][..], &by].concat())
        .await;
    assert_eq!(erased["rows"], 1);
    let found = town.ctl_one(&["archive", "find", number]).await;
    assert_eq!(found["caller_known"], false);

    town.mesh.kill_9(Service::Feedback);
    let away = town.run_ctl(&["case", "show", number]).await;
    assert_eq!(away.status.code(), Some(69));
    let said = String::from_utf8_lossy(&away.stderr).into_owned();
    assert!(said.contains("may be in the archive"), "{said}");
    town.mesh.restart(Service::Feedback).await.unwrap();
    let again = wait_until(PATIENCE, async || {
        let output = town.run_ctl(&["case", "show", number]).await;
        let shown: Value = serde_json::from_slice(&output.stdout).ok()?;
        (shown["archived"] == true).then_some(())
    });
    again.await.expect("the archive comes back with feedback");
}
