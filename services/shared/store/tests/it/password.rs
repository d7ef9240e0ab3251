//! Redis' password changes while the store is used.

use std::time::Duration;

use swiftline_config::Files;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_store::{Store, StoreError, StoreSettings, Wake};
use swiftline_testkit::redis::{Fsync, RedisCluster, RedisServer};
use swiftline_testkit::wait::wait_until;

use crate::support::{accept, settings};

const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a command at a node as somebody who has this password.
async fn run(node: &str, password: &str, words: &str) {
    let url = node.replace("redis://", &format!("redis://:{password}@"));
    let client = redis::Client::open(url).unwrap();
    let mut raw = client.get_multiplexed_async_connection().await.unwrap();
    let mut words = words.split(' ');
    let mut cmd = redis::cmd(words.next().unwrap());
    words.for_each(|word| {
        cmd.arg(word);
    });
    let _: redis::Value = cmd.query_async(&mut raw).await.unwrap();
}

async fn the_store_follows(nodes: &[&RedisServer], mut settings: StoreSettings) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let write = |password: &str| std::fs::write(file.path(), format!("{password}\n")).unwrap();
    write("one");
    for node in nodes {
        node.command::<()>("ACL SETUSER default resetpass >one")
            .await
            .unwrap();
    }
    settings.password_file = file.path().display().to_string();
    let files = Files::new();
    let store = Store::connect_with(&settings, &files).await.unwrap();
    let number = accept(&store, Partition(1), 1).await[0];
    let mut feed = store.desk_feed();
    assert_eq!(feed.next().await, Wake::All);

    for node in nodes {
        run(&node.url(), "one", "ACL SETUSER default >two").await;
    }
    write("two");
    assert_eq!(files.look()[0].refused, None);
    for node in nodes {
        run(&node.url(), "two", "ACL SETUSER default <one").await;
        for kind in ["normal", "pubsub"] {
            run(&node.url(), "two", &format!("CLIENT KILL TYPE {kind}")).await;
        }
    }
    is_back(&store, number).await;
    accept(&store, Partition(1), 1).await;
    assert_eq!(feed.next().await, Wake::All, "connected anew");

    write("");
    let refused = files.look().remove(0).refused.unwrap();
    assert!(refused.ends_with("the file is empty"), "{refused}");
    for node in nodes {
        run(&node.url(), "two", "CLIENT KILL TYPE normal").await;
    }
    is_back(&store, number).await;
    accept(&store, Partition(1), 1).await;
}

/// The client of a cluster that has lost all its connections at once needs a moment; each connection for itself, so this
/// asks the one that the case's partition has.
async fn is_back(store: &Store, number: CaseNumber) {
    let back = wait_until(PATIENCE, async || store.load(number).await.ok());
    back.await.expect("connected with the new password");
}

#[tokio::test]
async fn one_redis_may_change_its_password() {
    let server = RedisServer::start(Fsync::No).await.unwrap();
    the_store_follows(&[&server], settings(&server.url())).await;
}

#[tokio::test]
async fn a_cluster_may_change_its_password() {
    let cluster = RedisCluster::start(Fsync::No).await.unwrap();
    let nodes: Vec<&RedisServer> = cluster.nodes().iter().collect();
    the_store_follows(&nodes, settings(&cluster.url())).await;
}

#[tokio::test]
async fn a_password_file_that_is_absent_or_wrong_is_an_error() {
    let server = RedisServer::start(Fsync::No).await.unwrap();
    let mut settings = settings(&server.url());
    settings.password_file = "/nonexistent/password".to_owned();
    let error = Store::connect(&settings).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("store.password_file: secret file /nonexistent/password"),
        "{text}"
    );
    assert!(matches!(error, StoreError::Password(_)));

    server
        .command::<()>("ACL SETUSER default resetpass >one")
        .await
        .unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "other").unwrap();
    settings.password_file = file.path().display().to_string();
    let error = Store::connect(&settings).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied(_)), "{error}");
}
