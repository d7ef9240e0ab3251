//! The mesh with certificates on every connection.

use std::time::Duration;

use swiftline_proto::types::v1::State;
use swiftline_testkit::mesh::{SERVICES, Service};
use swiftline_testkit::redis::{Fsync, RedisServer};
use swiftline_testkit::tls::{Authority, Mount};
use swiftline_testkit::wait::wait_until;

use crate::town::{GAS, PATIENCE, Site, Town};

/// A town whose services each have a certificate by their name, as cert-manager would give them, and an operator's.
async fn town(ca: &Authority) -> (Town, Vec<(Service, Mount)>, Mount) {
    let redis = RedisServer::start(Fsync::Always).await.unwrap();
    let mut site = Site::at(&redis.url())
        .await
        .set(None, "tls.mode", "mutual")
        .set(None, "runtime.files_every_ms", 20)
        .set(Service::Intake, "classifier.server_name", "classifier")
        .set(Service::Intake, "feedback.server_name", "feedback")
        .set(Service::Classifier, "router.server_name", "router")
        .set(Service::Feedback, "router.server_name", "router")
        // so that connections are made again and again
        .set(None, "server.max_connection_age_ms", 200);
    let dir = site.settings.dir.clone();
    let mounted = |name: &str| {
        let pair = ca.issue(&[name]);
        Mount::of_pair(&dir.join(format!("tls-{name}")), &pair, ca).unwrap()
    };
    let mut mounts = Vec::new();
    for service in SERVICES {
        let mount = mounted(service.as_str());
        for (setting, file) in [
            ("tls.certificate", "tls.crt"),
            ("tls.key", "tls.key"),
            ("tls.ca", "ca.crt"),
        ] {
            site = site.set(service, setting, mount.path(file));
        }
        mounts.push((service, mount));
    }
    let operator = mounted("operator");
    (site.open(redis).await, mounts, operator)
}

/// `swiftctl` by whoever has these files; what it printed, or said.
async fn swiftctl(town: &Town, who: Option<&Mount>, args: &[&str]) -> Result<String, String> {
    let mut command = town.ctl_command(&town.mesh.url(Service::Router), args);
    if let Some(mount) = who {
        for (flag, file) in [
            ("--tls-ca", "ca.crt"),
            ("--tls-cert", "tls.crt"),
            ("--tls-key", "tls.key"),
        ] {
            command.arg(flag).arg(mount.path(file));
        }
    }
    let ran = command.output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if ran.status.success() {
        Ok(text(ran.stdout))
    } else {
        Err(text(ran.stderr))
    }
}

async fn submit(town: &Town, operator: &Mount) -> String {
    let printed = swiftctl(town, Some(operator), &["submit", "--text", GAS]).await;
    let printed = printed.unwrap();
    let printed: serde_json::Value = serde_json::from_str(&printed).unwrap();
    printed["case_number"].as_str().unwrap().to_owned()
}

async fn reaches_a_team(town: &Town, operator: &Mount, number: &str) {
    let offered = format!("{:?}", State::Offered).to_lowercase();
    let there = wait_until(PATIENCE, async || {
        let shown = swiftctl(town, Some(operator), &["case", "show", number])
            .await
            .ok()?;
        shown.to_lowercase().contains(&offered).then_some(())
    });
    there.await.expect("it is offered to a team");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_reaches_its_team_by_tls_before_and_after_certificates_change() {
    let ca = Authority::new();
    let (town, mounts, operator) = town(&ca).await;
    let number = submit(&town, &operator).await;
    reaches_a_team(&town, &operator, &number).await;

    for (service, mount) in &mounts {
        let pair = ca.issue(&[service.as_str()]);
        mount.replace_pair(&pair, &ca).unwrap();
        let log = || town.mesh.get(*service).log();
        let read = wait_until(PATIENCE, async || {
            log().contains("changed files are in force").then_some(())
        });
        read.await.expect("the new certificate is in force");
    }
    let number = submit(&town, &operator).await;
    reaches_a_team(&town, &operator, &number).await;

    let plain = swiftctl(&town, None, &["units"]).await.unwrap_err();
    assert!(plain.contains("the server speaks TLS"), "{plain}");
    let folder = town.site.settings.dir.join("tls-nobody");
    let nobody = Mount::of_pair(&folder, &ca.issue(&["nobody"]), &ca).unwrap();
    let refused = swiftctl(&town, Some(&nobody), &["units"])
        .await
        .unwrap_err();
    assert!(
        refused.contains("nobody may not call this service (PERMISSION_DENIED)"),
        "{refused}"
    );
    let stranger = Authority::new();
    let folder = town.site.settings.dir.join("tls-stranger");
    let stranger = Mount::of_pair(&folder, &stranger.issue(&["operator"]), &stranger).unwrap();
    let refused = swiftctl(&town, Some(&stranger), &["units"])
        .await
        .unwrap_err();
    assert!(refused.contains("is not of a CA in tls.ca"), "{refused}");
    tokio::time::timeout(Duration::from_secs(60), town.mesh.stop())
        .await
        .expect("it drains")
        .unwrap();
}
