use swiftline_domain::number::Partition;
use swiftline_store::{Appended, Settle, Store, StoreError};
use swiftline_testkit::redis::{Fsync, RedisServer};
use swiftline_testkit::wait::wait_until;

use crate::support::{WITHIN, accept, at, classify, load, new_case, settings, step, team};

#[tokio::test]
async fn a_commit_waits_for_the_replicas_it_wants() {
    let master = RedisServer::start(Fsync::No).await.unwrap();
    let replica = RedisServer::start(Fsync::No).await.unwrap();
    let mut settings = settings(&master.url());
    (settings.wait_replicas, settings.wait_timeout_ms) = (1, 100);
    let store = Store::connect(&settings).await.unwrap();
    // Once there is a replica nothing but the machine's other work can make it late.
    settings.wait_timeout_ms = 10_000;
    let patient = Store::connect(&settings).await.unwrap();
    let p = Partition(0);
    let number = store.mint(p, 1).await.unwrap()[0];
    let new = new_case(number, None);
    let lonely = StoreError::NotReplicated { wanted: 1, got: 0 };
    assert_eq!(
        store.accept(p, vec![new.clone()]).await.unwrap_err(),
        lonely
    );

    let appended = store.rules().append(0, b"entry", None).await;
    assert_eq!(appended.unwrap_err(), lonely);

    let follow = format!("REPLICAOF 127.0.0.1 {}", master.port());
    replica.command::<()>(&follow).await.unwrap();
    // Until the replica has caught up it does not count; the same call may be repeated.
    let accepted = wait_until(WITHIN, async || {
        store.accept(p, vec![new.clone()]).await.ok()
    })
    .await;
    assert_eq!(accepted.unwrap()[0].number, number);
    let store = patient;
    let appended = store.rules().append(0, b"entry", None).await;
    assert_eq!(appended.unwrap(), Appended::Done);
    assert_eq!(store.rules().entries(0, 9).await.unwrap().len(), 1);
    let commit = step(load(&store, number).await, classify(at(1)), at(1));
    store.commit(p, vec![commit]).await.unwrap();
    assert!(
        !store
            .settle(&team("a"), number, Default::default(), Settle::Gone)
            .await
            .unwrap()
    );
    let copied: u64 = replica.command("DBSIZE").await.unwrap();
    assert!(copied > 0);
    // The first script call on a server that does not know the script is followed by WAIT as well.
    master.command::<()>("SCRIPT FLUSH").await.unwrap();
    accept(&store, p, 1).await;
}

#[tokio::test]
async fn a_replica_is_no_store() {
    let master = RedisServer::start(Fsync::No).await.unwrap();
    let replica = RedisServer::start(Fsync::No).await.unwrap();
    let follow = format!("REPLICAOF 127.0.0.1 {}", master.port());
    replica.command::<()>(&follow).await.unwrap();
    let error = Store::connect(&settings(&replica.url())).await.unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly(_)), "{error}");
}

#[tokio::test]
async fn a_full_redis_says_so() {
    let server = RedisServer::start(Fsync::No).await.unwrap();
    let store = Store::connect(&settings(&server.url())).await.unwrap();
    let number = store.mint(Partition(0), 1).await.unwrap()[0];
    server
        .command::<()>("CONFIG SET maxmemory 1")
        .await
        .unwrap();
    let error = store
        .accept(Partition(0), vec![new_case(number, None)])
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Full(_)), "{error}");
    server
        .command::<()>("CONFIG SET maxmemory 0")
        .await
        .unwrap();
    store
        .accept(Partition(0), vec![new_case(number, None)])
        .await
        .unwrap();
}
