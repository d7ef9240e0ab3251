//! Replicas that follow a ledger, and leases of the mesh's jobs.

use redis::cmd;
use swiftline_store::{Replica, Store, StoreError};
use swiftline_testkit::wait::wait_until;

use crate::support::{Redis, WITHIN, on_both};

on_both!(
    a_replica_is_known_from_its_beat_until_it_leaves,
    a_replica_grows_old_by_the_clock_of_redis,
    a_silent_replica_is_forgotten,
    a_lease_is_one_holders,
    a_lease_runs_out,
);

async fn states(store: &Store) -> Vec<(String, Vec<u8>)> {
    let replicas = store.rules().replicas().await.unwrap();
    let state = |replica: Replica| (replica.id, replica.state);
    replicas.into_iter().map(state).collect()
}

async fn a_replica_is_known_from_its_beat_until_it_leaves(redis: Redis) {
    let store = redis.store().await;
    assert_eq!(store.rules().replicas().await.unwrap(), []);
    let odd = [0, b':', b'\n', 255];
    store.rules().beat("router-b", &odd).await.unwrap();
    store.rules().beat("router-a", b"old").await.unwrap();
    store.rules().beat("router-a", b"").await.unwrap();
    let expected = [
        ("router-a".to_owned(), Vec::new()),
        ("router-b".to_owned(), odd.to_vec()),
    ];
    assert_eq!(states(&store).await, expected);
    for _ in 0..2 {
        store.rules().leave("router-a").await.unwrap();
    }
    assert_eq!(states(&store).await, expected[1..]);
    let error = store
        .rules()
        .beat("router-a", &[0; 65_537])
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { .. }), "{error}");
}

async fn a_replica_grows_old_by_the_clock_of_redis(redis: Redis) {
    let store = redis.store().await;
    store.rules().beat("a", b"1").await.unwrap();
    let age = async || store.rules().replicas().await.unwrap()[0].age_ms;
    let aged = wait_until(WITHIN, async || Some(age().await).filter(|ms| *ms >= 20)).await;
    assert!(aged.is_some());
    store.rules().beat("b", b"1").await.unwrap();
    assert!(age().await >= 20, "another's beat does not make it young");
    let young = wait_until(WITHIN, async || {
        store.rules().beat("a", b"2").await.unwrap();
        Some(age().await).filter(|ms| *ms < 20)
    });
    assert!(young.await.is_some());
}

async fn a_silent_replica_is_forgotten(redis: Redis) {
    let settings = redis.settings();
    let store = Store::connect(&settings).await.unwrap();
    store.rules().beat("now", b"").await.unwrap();
    let key = format!("{}:{{rules}}:replicas", settings.namespace);
    let now = jiff::Timestamp::now().as_millisecond();
    let mut set = cmd("HSET");
    set.arg(&key);
    // Silent for an hour and a minute, for a minute less than an hour, and seen in the future: a clock was set back.
    for (id, ago) in [("gone", 3_660_000), ("late", 3_540_000), ("next", -60_000)] {
        set.arg(id).arg(format!("{}:state", now - ago));
    }
    redis.raw(&set).await;
    let of = |id: &str, replicas: &[Replica]| replicas.iter().find(|one| one.id == id).cloned();
    let before = store.rules().replicas().await.unwrap();
    assert_eq!(of("next", &before).unwrap().age_ms, 0);
    assert!((3_540_000..3_600_000).contains(&of("late", &before).unwrap().age_ms));
    assert!(of("gone", &before).is_some());
    store.rules().beat("now", b"").await.unwrap();
    let after: Vec<_> = states(&store).await.into_iter().map(|one| one.0).collect();
    assert_eq!(after, ["late", "next", "now"]);
}

async fn a_lease_is_one_holders(redis: Redis) {
    let store = redis.store().await;
    let take = async |job, holder| store.rules().take_lease(job, holder, 60_000).await.unwrap();
    assert!(take("replay", "a").await);
    assert!(take("replay", "a").await, "renewed");
    assert!(!take("replay", "b").await);
    assert!(take("canary", "b").await, "another job");
    store.rules().drop_lease("replay", "b").await.unwrap();
    assert!(!take("replay", "b").await, "not b's to drop");
    for _ in 0..2 {
        store.rules().drop_lease("replay", "a").await.unwrap();
    }
    assert!(take("replay", "b").await);
}

async fn a_lease_runs_out(redis: Redis) {
    let store = redis.store().await;
    for ttl in [0, 30] {
        let holder = format!("a{ttl}");
        assert!(store.rules().take_lease("job", &holder, ttl).await.unwrap());
        let passed = wait_until(WITHIN, async || {
            let taken = store.rules().take_lease("job", "b", 60_000).await.unwrap();
            taken.then_some(())
        });
        assert!(passed.await.is_some());
        store.rules().drop_lease("job", "b").await.unwrap();
    }
    // A renewal counts from when it is made.
    assert!(store.rules().take_lease("job", "a", 50).await.unwrap());
    assert!(store.rules().take_lease("job", "a", 60_000).await.unwrap());
    assert!(!store.rules().take_lease("job", "b", 60_000).await.unwrap());
}
