//! What a bad start says.

use swiftline_intake::build;
use swiftline_runtime::{Context, StartError};
use swiftline_telemetry::Instruments;
use swiftline_testkit::redis::{Fsync, RedisServer};

use crate::rig::{Rig, furnish, settings};

async fn refused(dir: &std::path::Path, redis_url: &str, set: &[&str]) -> StartError {
    let context = Context::new("intake", "0", Instruments::disabled());
    match build(settings(dir, redis_url, set), context).await {
        Ok(_) => panic!("it started"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_broken_city_pack_is_refused_with_file_line_and_reason() {
    let dir = tempfile::tempdir().unwrap();
    furnish(dir.path());
    let teams = dir.path().join("teams.yaml");
    let text = std::fs::read_to_string(&teams).unwrap();
    std::fs::write(&teams, text.replace("unit: util-gas", "unit: util-gaz")).unwrap();
    let error = refused(dir.path(), "redis://127.0.0.1:1", &[]).await;
    assert_eq!(error.exit_code(), 64);
    let text = error.to_string();
    assert!(text.contains("teams.yaml:11:"), "{text}");
    assert!(text.contains("util-gas"), "{text}");
}

#[tokio::test]
async fn a_bad_key_file_is_refused_by_line() {
    let dir = tempfile::tempdir().unwrap();
    furnish(dir.path());
    std::fs::write(dir.path().join("contact.keys"), "only-an-id\n").unwrap();
    let error = refused(dir.path(), "redis://127.0.0.1:1", &[]).await;
    assert_eq!(error.exit_code(), 64);
    let text = error.to_string();
    assert!(
        text.contains("contact.keys_file") && text.contains("line 1"),
        "{text}"
    );
}

#[tokio::test]
async fn an_absent_redis_is_waited_for_and_then_named() {
    let dir = tempfile::tempdir().unwrap();
    furnish(dir.path());
    let error = refused(
        dir.path(),
        "redis://127.0.0.1:1",
        &["store.connect_wait_ms=200"],
    )
    .await;
    assert_eq!(error.exit_code(), 75, "{error}");
}

#[tokio::test]
async fn another_number_of_partitions_is_refused() {
    let rig = Rig::start().await;
    let dir = tempfile::tempdir().unwrap();
    furnish(dir.path());
    let error = refused(dir.path(), &rig.redis.url(), &["store.partitions=8"]).await;
    assert_eq!(error.exit_code(), 64);
    assert!(error.to_string().contains("16"), "{error}");
}

#[tokio::test]
async fn a_redis_that_comes_late_is_found() {
    let mut redis = RedisServer::start(Fsync::No).await.unwrap();
    let url = redis.url();
    redis.kill_9();
    let dir = tempfile::tempdir().unwrap();
    furnish(dir.path());
    let context = Context::new("intake", "0", Instruments::disabled());
    let building = build(settings(dir.path(), &url, &[]), context);
    let (built, restarted) = tokio::join!(building, redis.restart());
    restarted.unwrap();
    assert!(built.is_ok());
}
