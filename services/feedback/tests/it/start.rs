//! What a bad start says.

use std::path::Path;

use swiftline_feedback::build;
use swiftline_runtime::{Context, StartError};
use swiftline_telemetry::Instruments;

use crate::rig::{Rig, furnish, settings};

async fn refused(dir: &Path, redis_url: &str, set: &[&str]) -> StartError {
    let context = Context::new("feedback", "0", Instruments::disabled());
    match build(settings(dir, redis_url, set), context).await {
        Ok(_) => panic!("it started"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_broken_city_pack_is_refused_with_file_line_and_reason() {
    let dir = tempfile::tempdir().unwrap();
    furnish(dir.path());
    let clocks = dir.path().join("clocks.yaml");
    let text = std::fs::read_to_string(&clocks).unwrap();
    std::fs::write(&clocks, text.replace("callback: 3d", "callback: soon")).unwrap();
    let error = refused(dir.path(), "redis://127.0.0.1:1", &[]).await;
    assert_eq!(error.exit_code(), 64);
    assert!(error.to_string().contains("clocks.yaml:4:"), "{error}");
}

#[tokio::test]
async fn an_absent_redis_is_waited_for_and_then_named() {
    let dir = tempfile::tempdir().unwrap();
    furnish(dir.path());
    let set = ["store.connect_wait_ms=200"];
    let error = refused(dir.path(), "redis://127.0.0.1:1", &set).await;
    assert_eq!(error.exit_code(), 75, "{error}");
}

#[tokio::test]
async fn another_number_of_partitions_is_refused() {
    let rig = Rig::without_service().await;
    let error = refused(rig.dir(), &rig.redis.url(), &["store.partitions=8"]).await;
    assert_eq!(error.exit_code(), 64);
    assert!(error.to_string().contains("16"), "{error}");
}
