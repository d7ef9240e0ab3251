//! A store that goes away and comes back, and a start that cannot be.

use swiftline_router::{Clock, build_with};
use swiftline_runtime::{Context, StartError};
use swiftline_telemetry::Instruments;
use swiftline_testkit::wait::wait_until;
use tonic::Code;

use crate::rig::{Rig, SOON, settings};

#[tokio::test]
async fn while_the_store_is_away_callers_are_told_to_ask_again_and_nothing_is_lost() {
    let mut rig = Rig::start().await;
    let item = rig.item(rig.accept(0).await, "streets.light", "01001");
    let held = rig.offered("streets.light", "01001").await;
    rig.redis.kill_9();
    let status = rig.route(vec![item.clone()]).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    let status = rig.sign(&held, "desk-1").await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    rig.redis.restart().await.unwrap();
    let routed = wait_until(SOON, async || rig.route(vec![item.clone()]).await.ok());
    assert!(routed.await.is_some(), "the router is back by itself");
    rig.sign(&held, "desk-1").await.unwrap();
    assert_eq!(rig.load("streets-a").await, 2);
}

async fn refusal(set: &[String], pack: bool) -> StartError {
    let rig = Rig::start().await;
    if !pack {
        let teams = rig.dir.path().join("teams.yaml");
        let text = std::fs::read_to_string(&teams).unwrap();
        std::fs::write(&teams, text.replace("unit: util-gas", "unit: util-gass")).unwrap();
    }
    let settings = settings(&rig.redis.url(), rig.dir.path(), set);
    let context = Context::new("router", "0.0.0", Instruments::disabled());
    let built = build_with(settings, context, Clock::system()).await;
    built.err().expect("it must not start")
}

#[tokio::test]
async fn a_start_that_cannot_be_says_why() {
    let broken = refusal(&[], false).await;
    assert!(
        matches!(&broken, StartError::Config(reason) if reason.contains("teams.yaml:")),
        "{broken}"
    );
    let nowhere = refusal(&["city.pack=/nowhere".to_owned()], true).await;
    assert!(
        matches!(&nowhere, StartError::Config(reason) if reason.contains("/nowhere")),
        "{nowhere}"
    );
    let partitions = refusal(&["store.partitions=5".to_owned()], true).await;
    assert!(
        matches!(&partitions, StartError::Config(reason) if reason.contains("4 partitions")),
        "{partitions}"
    );
    let keys = refusal(&["contact.keys_file=/nowhere/keys".to_owned()], true).await;
    assert!(
        matches!(&keys, StartError::Config(reason) if reason.contains("contact.keys_file")),
        "{keys}"
    );
    let away = [
        "store.url=redis://127.0.0.1:1".to_owned(),
        "store.connect_wait_ms=10".to_owned(),
    ];
    let away = refusal(&away, true).await;
    assert!(matches!(away, StartError::Unavailable(_)), "{away}");
}
