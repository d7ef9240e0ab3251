use std::time::{Duration, Instant};

use swiftline_domain::number::Partition;
use swiftline_store::{Group, Store, StoreError};
use swiftline_testkit::redis::{Flavour, Fsync, RedisCluster, RedisServer, flavours};

use crate::support::{Redis, accept, on_both, read, settings};

on_both!(
    another_partition_count_is_refused,
    another_layout_is_refused,
    a_second_process_finds_the_same_store,
    namespaces_are_apart,
);

async fn another_partition_count_is_refused(redis: Redis) {
    let mut settings = redis.settings();
    Store::connect(&settings).await.unwrap();
    settings.partitions = 8;
    let error = Store::connect(&settings).await.unwrap_err();
    assert_eq!(
        error,
        StoreError::Partitions {
            wanted: 8,
            found: "4".to_owned()
        }
    );
    assert!(
        error
            .to_string()
            .contains("has 4 partitions and the settings say 8")
    );
}

async fn another_layout_is_refused(redis: Redis) {
    let settings = redis.settings();
    Store::connect(&settings).await.unwrap();
    let mut set = redis::cmd("HSET");
    set.arg(format!("{}:meta", settings.namespace))
        .arg("layout")
        .arg(99);
    redis.raw(&set).await;
    let error = Store::connect(&settings).await.unwrap_err();
    assert_eq!(
        error,
        StoreError::Layout {
            wanted: 1,
            found: "99".to_owned()
        }
    );
}

async fn a_second_process_finds_the_same_store(redis: Redis) {
    let settings = redis.settings();
    let first = Store::connect(&settings).await.unwrap();
    let number = accept(&first, Partition(1), 1).await[0];
    let second = Store::connect(&settings).await.unwrap();
    second.ping().await.unwrap();
    assert!(second.load(number).await.unwrap().is_some());
    assert_ne!(accept(&second, Partition(1), 1).await[0], number);
    assert_eq!(second.settings(), &settings);
    assert!(!format!("{second:?}").contains("redis://"));
}

async fn namespaces_are_apart(redis: Redis) {
    let (a, b) = (redis.store().await, redis.store().await);
    let number = accept(&a, Partition(1), 1).await[0];
    assert!(b.load(number).await.unwrap().is_none());
    assert!(b.log(Group::Feedback).read(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn waits_for_redis_and_then_gives_up() {
    let mut server = RedisServer::start(Fsync::No).await.unwrap();
    server.kill_9();
    let mut settings = settings(&server.url());
    settings.connect_wait_ms = 250;
    let begun = Instant::now();
    let error = Store::connect(&settings).await.unwrap_err();
    assert!(begun.elapsed() >= Duration::from_millis(250));
    assert!(
        error.is_unavailable() && error.to_string().contains("not reached within 250 ms"),
        "{error}"
    );

    settings.connect_wait_ms = 20_000;
    let (store, started) = tokio::join!(Store::connect(&settings), server.restart());
    started.unwrap();
    store.unwrap().ping().await.unwrap();
}

#[tokio::test]
async fn waits_for_nodes_that_are_no_cluster_yet() {
    let cluster = RedisCluster::apart(Flavour::Redis, Fsync::No)
        .await
        .unwrap();
    let mut settings = settings(&cluster.url());
    settings.cluster = true;
    settings.connect_wait_ms = 250;
    let error = Store::connect(&settings).await.unwrap_err();
    assert!(
        error.is_unavailable() && error.to_string().contains("not reached within 250 ms"),
        "{error}"
    );

    settings.connect_wait_ms = 20_000;
    let (store, joined) = tokio::join!(Store::connect(&settings), cluster.join());
    joined.unwrap();
    store.unwrap().ping().await.unwrap();
}

#[tokio::test]
async fn a_bad_url_is_refused_and_never_shown() {
    for url in [
        "nonsense",
        "http://user:hunter2@127.0.0.1:1",
        "redis://a:1,redis://b:2",
    ] {
        let mut settings = settings(url);
        settings.cluster = false;
        let error = Store::connect(&settings).await.unwrap_err();
        assert!(matches!(error, StoreError::Url(_)), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn wrong_credentials_are_refused_at_once() {
    let server = RedisServer::start(Fsync::No).await.unwrap();
    server
        .command::<()>("CONFIG SET requirepass right")
        .await
        .unwrap();
    let none = Store::connect(&settings(&server.url())).await.unwrap_err();
    let wrong = format!("redis://:wrong@127.0.0.1:{}", server.port());
    let wrong = Store::connect(&settings(&wrong)).await.unwrap_err();
    for error in [none, wrong] {
        assert!(matches!(error, StoreError::Denied(_)), "{error}");
        assert!(!error.to_string().contains("wrong@"), "{error}");
    }
    let right = format!("redis://:right@127.0.0.1:{}", server.port());
    Store::connect(&settings(&right)).await.unwrap();
}

#[tokio::test]
async fn a_redis_that_hides_its_configuration_is_used_all_the_same() {
    let server = RedisServer::start(Fsync::No).await.unwrap();
    server
        .command::<()>("ACL SETUSER some on >pw ~* &* +@all -config")
        .await
        .unwrap();
    let url = format!("redis://some:pw@127.0.0.1:{}", server.port());
    let store = Store::connect(&settings(&url)).await.unwrap();
    accept(&store, Partition(0), 1).await;
}

/// The main path on every server program that is installed.
#[tokio::test]
async fn works_on_every_flavour() {
    for flavour in flavours() {
        let single = RedisServer::start_flavour(flavour, Fsync::Always)
            .await
            .unwrap();
        let cluster = RedisCluster::start_flavour(flavour, Fsync::Everysec)
            .await
            .unwrap();
        for url in [single.url(), cluster.url()] {
            let store = Store::connect(&settings(&url)).await.unwrap();
            for partition in store.partitions() {
                accept(&store, partition, 2).await;
            }
            let log = store.log(Group::Classifier);
            let batch = read(&log, 8).await;
            log.ack(&batch).await.unwrap();
            assert_eq!(store.trim().await.unwrap(), 0);
        }
    }
}
