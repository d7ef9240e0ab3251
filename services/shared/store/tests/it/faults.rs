use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use swiftline_domain::number::Partition;
use swiftline_store::{Committed, Group, NewCase, Store, Wake};
use swiftline_testkit::redis::{Fsync, RedisCluster, RedisServer};
use swiftline_testkit::wait::wait_until;

use crate::support::{
    Redis, WITHIN, accept, at, classify, key, load, new_case, on_both, read, settings, step,
};

on_both!(scripts_are_sent_again_after_a_flush);

const P: Partition = Partition(1);

async fn scripts_are_sent_again_after_a_flush(redis: Redis) {
    let store = redis.store().await;
    for partition in store.partitions() {
        let number = accept(&store, partition, 1).await[0];
        redis.everywhere("SCRIPT FLUSH").await;
        let commit = step(load(&store, number).await, classify(at(1)), at(1));
        assert_eq!(
            store.commit(partition, vec![commit]).await.unwrap(),
            [Committed::Done]
        );
    }
}

#[tokio::test]
async fn calls_fail_fast_while_redis_is_gone_and_recover_by_themselves() {
    let mut server = RedisServer::start(Fsync::Always).await.unwrap();
    let store = Store::connect(&settings(&server.url())).await.unwrap();
    let log = store.log(Group::Classifier);
    let number = accept(&store, P, 1).await[0];
    let mut feed = store.desk_feed();
    assert_eq!(feed.next().await, Wake::All);

    server.kill_9();
    let begun = Instant::now();
    for _ in 0..20 {
        let error = store.load(number).await.unwrap_err();
        assert!(error.is_unavailable(), "{error}");
    }
    assert!(log.read(10).await.unwrap_err().is_unavailable());
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );

    server.restart().await.unwrap();
    // The very next call works or comes within the pause between attempts to connect.
    let back = wait_until(WITHIN, async || store.load(number).await.ok()).await;
    assert_eq!(back.unwrap().unwrap().case.number, number);
    assert_eq!(read(&log, 1).await[0].number, number);
    assert_eq!(feed.next().await, Wake::All, "the feed has connected again");
}

#[tokio::test]
async fn a_restart_between_two_calls_is_not_noticed() {
    let mut server = RedisServer::start(Fsync::Always).await.unwrap();
    let store = Store::connect(&settings(&server.url())).await.unwrap();
    let numbers = accept(&store, P, 2).await;
    server.restart().await.unwrap();
    // Broken connections are dialled anew, unknown scripts are sent again, and nothing reaches the caller.
    for (number, partition) in numbers.iter().zip([P, P]) {
        let commit = step(load(&store, *number).await, classify(at(1)), at(1));
        assert_eq!(
            store.commit(partition, vec![commit]).await.unwrap(),
            [Committed::Done]
        );
    }
    for partition in store.partitions() {
        accept(&store, partition, 1).await;
    }
}

#[tokio::test]
async fn a_redis_that_hangs_is_unavailable_until_it_goes_on() {
    let server = RedisServer::start(Fsync::No).await.unwrap();
    let mut settings = settings(&server.url());
    settings.response_timeout_ms = 100;
    let store = Store::connect(&settings).await.unwrap();
    let number = accept(&store, P, 1).await[0];
    server.freeze();
    let error = store.load(number).await.unwrap_err();
    server.thaw();
    assert!(error.is_unavailable(), "{error}");
    let back = wait_until(WITHIN, async || store.load(number).await.ok()).await;
    assert!(back.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_is_gone_comes_back() {
    let mut cluster = RedisCluster::start(Fsync::Always).await.unwrap();
    let mut settings = settings(&cluster.url());
    settings.response_timeout_ms = 500;
    let store = Store::connect(&settings).await.unwrap();
    let mut numbers = Vec::new();
    for partition in store.partitions() {
        numbers.extend(accept(&store, partition, 1).await);
    }
    for node in cluster.nodes_mut() {
        node.kill_9();
    }
    let begun = Instant::now();
    for number in &numbers {
        let error = store.load(*number).await.unwrap_err();
        assert!(error.is_unavailable(), "{error}");
    }
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    for node in cluster.nodes_mut() {
        node.restart().await.unwrap();
    }
    for number in numbers {
        let back = wait_until(WITHIN, async || store.load(number).await.ok()).await;
        assert!(back.unwrap().is_some());
    }
}

/// What was answered before Redis was killed is there after, and what was not answered can be sent again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_answered_is_lost_when_redis_is_killed() {
    let mut server = RedisServer::start(Fsync::Always).await.unwrap();
    let store = Store::connect(&settings(&server.url())).await.unwrap();
    let (answered, mut progress) = tokio::sync::mpsc::unbounded_channel();
    let writers = [0, 1, 2, 3]
        .map(|writer| tokio::spawn(write(store.clone(), Partition(writer), answered.clone())));
    drop(answered);
    let mut safe = BTreeSet::new();
    while safe.len() < 400 {
        safe.insert(progress.recv().await.unwrap());
    }
    server.kill_9();
    let mut open = Vec::new();
    for writer in writers {
        open.extend(writer.await.unwrap());
    }
    while let Some(number) = progress.recv().await {
        safe.insert(number);
    }

    server.restart().await.unwrap();
    for number in &safe {
        let stored = wait_until(WITHIN, async || store.load(*number).await.ok())
            .await
            .unwrap();
        assert!(stored.is_some(), "{number} was answered and is lost");
    }
    // The same calls again: each complaint is there once, whether or not Redis had it.
    let mut expected = safe.clone();
    for (partition, batch) in open {
        for accepted in store.accept(partition, batch).await.unwrap() {
            expected.insert(accepted.number);
        }
    }
    let log = store.log(Group::Classifier);
    let mut seen = BTreeMap::new();
    for delivery in read(&log, expected.len()).await {
        *seen.entry(delivery.number).or_insert(0) += 1;
    }
    assert!(log.read(10).await.unwrap().is_empty());
    assert_eq!(seen.keys().copied().collect::<BTreeSet<_>>(), expected);
    assert!(seen.values().all(|n| *n == 1));
}

type Numbers = tokio::sync::mpsc::UnboundedSender<swiftline_domain::number::CaseNumber>;

/// Takes batches in until Redis is gone; gives back the batch that was not answered.
async fn write(
    store: Store,
    partition: Partition,
    answered: Numbers,
) -> Vec<(Partition, Vec<NewCase>)> {
    for round in 0.. {
        let Ok(numbers) = store.mint(partition, 8).await else {
            return Vec::new();
        };
        let batch: Vec<NewCase> = numbers
            .iter()
            .enumerate()
            .map(|(n, number)| {
                new_case(
                    *number,
                    key(&format!("{partition}-{round}-{n}")).filter(|_| n % 2 == 0),
                )
            })
            .collect();
        match store.accept(partition, batch.clone()).await {
            Ok(accepted) => {
                for accepted in accepted {
                    answered.send(accepted.number).unwrap();
                }
            }
            Err(error) => {
                assert!(error.is_unavailable(), "{error}");
                return vec![(partition, batch)];
            }
        }
    }
    Vec::new()
}
