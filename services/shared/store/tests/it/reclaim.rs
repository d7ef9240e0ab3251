use std::collections::BTreeSet;
use std::time::Duration;

use swiftline_domain::number::Partition;
use swiftline_store::{Group, Store};
use swiftline_testkit::wait::wait_until;

use crate::support::{Redis, WITHIN, accept, accept_everywhere, on_both, read};

on_both!(
    what_is_not_acknowledged_is_reclaimed,
    entries_are_reclaimed_one_by_one,
    what_is_kept_is_not_reclaimed,
    a_broken_partition_does_not_hold_up_the_others,
    gone_consumers_are_forgotten,
);

async fn what_is_not_acknowledged_is_reclaimed(redis: Redis) {
    let store = redis.store().await;
    let numbers = accept_everywhere(&store, 2).await;
    let dead = store.log(Group::Classifier);
    let given = read(&dead, 8).await;
    dead.ack(&given[..1]).await.unwrap();
    drop(dead);

    let alive = store.log(Group::Classifier);
    assert!(
        alive
            .reclaim(Duration::from_secs(3_600))
            .await
            .unwrap()
            .is_empty(),
        "too young"
    );
    let taken = alive.reclaim(Duration::ZERO).await.unwrap();
    assert!(taken.iter().all(|delivery| delivery.attempts == 2));
    let mut all: BTreeSet<_> = taken.iter().map(|delivery| delivery.number).collect();
    assert_eq!(all.len(), 7);
    all.insert(given[0].number);
    assert_eq!(all, numbers);
    alive.ack(&taken).await.unwrap();
    assert!(alive.reclaim(Duration::ZERO).await.unwrap().is_empty());
}

async fn entries_are_reclaimed_one_by_one(redis: Redis) {
    let store = redis.store().await;
    let numbers = accept_everywhere(&store, 2).await;
    read(&store.log(Group::Classifier), 8).await;
    let alive = store.log(Group::Classifier);
    let mut seen = BTreeSet::new();
    while let Some(delivery) = alive.reclaim_one(Duration::ZERO).await.unwrap() {
        assert_eq!(delivery.attempts, 2, "only the one that was taken counts");
        alive.ack(std::slice::from_ref(&delivery)).await.unwrap();
        seen.insert(delivery.number);
    }
    assert_eq!(seen, numbers);
}

async fn what_is_kept_is_not_reclaimed(redis: Redis) {
    let store = redis.store().await;
    accept(&store, Partition(0), 1).await;
    let (slow, other) = (store.log(Group::Classifier), store.log(Group::Classifier));
    let given = read(&slow, 1).await;
    // Its age is what Redis tells.
    let idle = async || {
        let mut pending = redis::cmd("XPENDING");
        let log = format!("{}:{{p00}}:log", store.settings().namespace);
        pending.arg(log).arg("classifier").arg("-").arg("+").arg(1);
        let answer: Vec<(String, String, u64, u32)> =
            redis::from_redis_value(redis.raw(&pending).await).unwrap();
        (answer[0].2, answer[0].3)
    };
    let aged = wait_until(WITHIN, async || (idle().await.0 > 100).then_some(())).await;
    assert_eq!(aged, Some(()));
    let begun = std::time::Instant::now();
    slow.keep(&given).await.unwrap();
    let (age_ms, delivered) = idle().await;
    assert!(
        u128::from(age_ms) <= begun.elapsed().as_millis() + 1,
        "young again: {age_ms} ms"
    );
    assert_eq!(delivered, 1, "keeping is no delivery");
    slow.ack(&given).await.unwrap();
    slow.keep(&given).await.unwrap();
    assert!(
        other.reclaim(Duration::ZERO).await.unwrap().is_empty(),
        "acknowledged stays so"
    );
}

async fn a_broken_partition_does_not_hold_up_the_others(redis: Redis) {
    let store = redis.store().await;
    accept_everywhere(&store, 2).await;
    let key = format!("{}:{{p01}}:log", store.settings().namespace);
    let mut set = redis::cmd("SET");
    set.arg(&key).arg("not a stream");
    redis.raw(&set).await;
    let log = store.log(Group::Classifier);
    read(&log, 6).await;
    let taken = log.reclaim(Duration::ZERO).await.unwrap();
    assert_eq!(taken.len(), 6, "claimed, so given");
    log.ack(&taken).await.unwrap();
    // With nothing else to give, the error is told.
    for error in [
        log.read(10).await.unwrap_err(),
        log.reclaim(Duration::ZERO).await.unwrap_err(),
    ] {
        assert!(error.to_string().contains("WRONGTYPE"), "{error}");
    }
}

async fn gone_consumers_are_forgotten(redis: Redis) {
    let settings = redis.settings();
    let store = Store::connect(&settings).await.unwrap();
    let p = Partition(0);
    accept(&store, p, 2).await;
    let (idle, holding) = (store.log(Group::Feedback), store.log(Group::Feedback));
    let one = idle.read(1).await.unwrap();
    idle.ack(&one).await.unwrap();
    read(&holding, 2 - one.len()).await;
    let mut info = redis::cmd("XINFO");
    info.arg("CONSUMERS")
        .arg(format!("{}:{{{p}}}:log", settings.namespace))
        .arg("feedback");
    let consumers = async || match redis.raw(&info).await {
        redis::Value::Array(consumers) => consumers.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(consumers().await, 2);
    let keeper = store.log(Group::Feedback);
    keeper.reclaim(Duration::from_secs(3_600)).await.unwrap();
    assert_eq!(consumers().await, 2, "seen just now");
    let taken = keeper.reclaim(Duration::ZERO).await.unwrap();
    keeper.ack(&taken).await.unwrap();
    let forgotten = wait_until(WITHIN, async || {
        keeper.reclaim(Duration::ZERO).await.unwrap();
        (consumers().await == 0).then_some(())
    });
    assert_eq!(forgotten.await, Some(()));
}
