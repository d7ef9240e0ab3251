//! The likeness index: who shares a key with whom.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use redis::{Value, cmd};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_store::{Likely, LikenessBounds, MAX_SKETCH_BYTES, Store, StoreError};
use swiftline_testkit::redis::{Fsync, RedisServer};

use crate::support::{Redis, at, on_both, settings};

on_both!(
    cases_find_those_before_them,
    asking_again_changes_nothing,
    a_key_keeps_the_newest,
    a_full_index_forgets_and_goes_on,
    windows_end,
    a_large_batch_is_taken,
    sketches_of_all_lengths_are_refused,
);

const WINDOW: Duration = Duration::from_secs(1_000);
const BOUNDS: LikenessBounds = LikenessBounds {
    window: WINDOW,
    max_bytes: 64 << 20,
};

fn case(n: u64) -> CaseNumber {
    CaseNumber::new(Partition((n % 7) as u8), n).unwrap()
}

fn spread(key: u64) -> u64 {
    (key + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Links cases with these keys and tells whom each has found.
async fn link(store: &Store, batch: &[(u64, &[u64])], now: Timestamp) -> Vec<Vec<u64>> {
    let batch: Vec<_> = batch
        .iter()
        .map(|(n, keys)| {
            let keys: Vec<u64> = keys.iter().copied().map(spread).collect();
            (case(*n), keys, n.to_be_bytes())
        })
        .collect();
    let likely: Vec<_> = batch
        .iter()
        .map(|(number, keys, sketch)| Likely {
            number: *number,
            keys,
            sketch,
        })
        .collect();
    let found = store.link_similar(&likely, now, &BOUNDS).await.unwrap();
    assert_eq!(found.len(), batch.len());
    let numbers = |candidates: Vec<swiftline_store::Candidate>| {
        let mut numbers: Vec<u64> = candidates
            .into_iter()
            .map(|one| {
                assert_eq!(one.sketch, one.number.sequence().to_be_bytes());
                one.number.sequence()
            })
            .collect();
        numbers.sort_unstable();
        numbers
    };
    found.into_iter().map(numbers).collect()
}

async fn cases_find_those_before_them(redis: Redis) {
    let store = redis.store().await;
    let first = link(
        &store,
        &[(1, &[10, 11, 12]), (2, &[12, 13]), (3, &[])],
        at(0),
    )
    .await;
    assert_eq!(
        first,
        [vec![], vec![1], vec![]],
        "those before it in the batch too"
    );
    let second = link(&store, &[(4, &[10, 11, 13]), (5, &[99])], at(1)).await;
    assert_eq!(second, [vec![1, 2], vec![]], "each once");
    // Another replica has connections of its own.
    let other = Store::connect(store.settings()).await.unwrap();
    assert_eq!(link(&other, &[(6, &[99, 12])], at(2)).await, [[1, 2, 5]]);
    assert!(
        store
            .link_similar(&[], at(3), &BOUNDS)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn asking_again_changes_nothing(redis: Redis) {
    let store = redis.store().await;
    for _ in 0..3 {
        let found = link(&store, &[(1, &[10, 11]), (1, &[10, 11])], at(0)).await;
        assert_eq!(found, [vec![], vec![]] as [Vec<u64>; 2], "never itself");
    }
    assert_eq!(link(&store, &[(2, &[10, 11])], at(1)).await, [[1]]);
}

async fn a_key_keeps_the_newest(redis: Redis) {
    let store = redis.store().await;
    for n in 0..20 {
        link(&store, &[(n, &[7])], at(0)).await;
    }
    let expected: Vec<u64> = (12..20).collect();
    assert_eq!(link(&store, &[(100, &[7])], at(0)).await, [expected]);
}

async fn a_full_index_forgets_and_goes_on(redis: Redis) {
    let store = redis.store().await;
    // Room for about two fields in a hash.
    let bounds = LikenessBounds {
        max_bytes: 128 * 250,
        ..BOUNDS
    };
    let sketch = [7; 20];
    let keys: Vec<u64> = (0..4_000).map(spread).collect();
    for (n, keys) in (0..).zip(keys.chunks(20)) {
        let likely = Likely {
            number: case(n),
            keys,
            sketch: &sketch,
        };
        store.link_similar(&[likely], at(0), &bounds).await.unwrap();
    }
    let mut fields = 0;
    for shard in 0..8 {
        for hash in 0..8 {
            fields += len(&redis, &store, shard, 26, hash, 0).await;
        }
    }
    assert!((64..=64 * 3).contains(&fields), "{fields} fields are left");
}

async fn len(redis: &Redis, store: &Store, shard: u8, width: usize, hash: u8, back: i64) -> i64 {
    let window = at(0).as_second() / 1_000 - back;
    let namespace = &store.settings().namespace;
    let key = format!("{namespace}:{{s{shard:02}}}:like{width}:{window}:{hash}");
    let mut hlen = cmd("HLEN");
    hlen.arg(key);
    match redis.raw(&hlen).await {
        Value::Int(fields) => fields,
        other => panic!("{other:?}"),
    }
}

async fn windows_end(redis: Redis) {
    let store = redis.store().await;
    let now = Timestamp::now();
    let later = |windows: i64| now + SignedDuration::from_secs(1_000 * windows);
    link(&store, &[(1, &[5])], now).await;
    assert_eq!(
        link(&store, &[(2, &[5])], later(1)).await,
        [[1]],
        "the window before is read"
    );
    assert_eq!(
        link(&store, &[(3, &[5])], later(2)).await,
        [[2]],
        "and no other"
    );
    // What is over by now is gone at once: what it wrote has a lifetime.
    let long_ago = now - SignedDuration::from_hours(24);
    link(&store, &[(4, &[6])], long_ago).await;
    assert_eq!(link(&store, &[(5, &[6])], long_ago).await, [[0; 0]]);
}

async fn a_large_batch_is_taken(redis: Redis) {
    let store = redis.store().await;
    let keys: Vec<u64> = (0..24).collect();
    // All alike, so each key is asked for by all of them.
    let batch: Vec<(u64, &[u64])> = (0..600).map(|n| (n, &keys[..])).collect();
    let found = link(&store, &batch, at(0)).await;
    assert_eq!(found[0], [0; 0]);
    assert_eq!(found[599], (591..599).collect::<Vec<_>>());
}

async fn sketches_of_all_lengths_are_refused(redis: Redis) {
    let store = redis.store().await;
    let likely = |n, sketch| Likely {
        number: case(n),
        keys: &[1],
        sketch,
    };
    let long = [0; MAX_SKETCH_BYTES + 1];
    for batch in [
        [likely(1, &long[..]), likely(2, &long[..])],
        [likely(1, &[1]), likely(2, &[])],
    ] {
        let error = store
            .link_similar(&batch, at(0), &BOUNDS)
            .await
            .unwrap_err();
        assert!(matches!(error, StoreError::TooLarge { .. }), "{error}");
    }
}

/// What the index costs, on a Redis of its own: prints microseconds of its processor and bytes of its memory a case.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures: run it by itself with --ignored --nocapture"]
async fn what_a_case_costs() {
    const BATCH: u64 = 256;
    const BATCHES: u64 = 200;
    let server = RedisServer::start(Fsync::No).await.unwrap();
    let store = Store::connect(&settings(&server.url())).await.unwrap();
    let bounds = LikenessBounds {
        max_bytes: 4 << 30,
        ..BOUNDS
    };
    let number = async |section: &str, name: &str| -> f64 {
        let info: String = server.command(&format!("INFO {section}")).await.unwrap();
        let line = info.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.strip_prefix(':'))
            .unwrap()
            .parse()
            .unwrap()
    };
    let cpu = async || number("cpu", "used_cpu_user").await + number("cpu", "used_cpu_sys").await;
    let (cpu_before, memory_before) = (cpu().await, number("memory", "used_memory").await);
    let begun = std::time::Instant::now();
    for batch in 0..BATCHES {
        // One case of ten tells of one of a hundred issues, the others have keys that nobody else has.
        let keys: Vec<Vec<u64>> = (0..BATCH)
            .map(|item| {
                let n = batch * BATCH + item;
                let issue = if n.is_multiple_of(10) {
                    n % 100
                } else {
                    1_000 + n
                };
                (0..6).map(|key| spread(issue * 100 + key)).collect()
            })
            .collect();
        let likely: Vec<_> = (0..)
            .zip(&keys)
            .map(|(item, keys)| Likely {
                number: case(batch * BATCH + item),
                keys,
                sketch: &[7; 54],
            })
            .collect();
        store.link_similar(&likely, at(0), &bounds).await.unwrap();
    }
    let cases = (BATCH * BATCHES) as f64;
    let (wall, spent) = (begun.elapsed().as_secs_f64(), cpu().await - cpu_before);
    let bytes = number("memory", "used_memory").await - memory_before;
    println!(
        "{:.1} µs of Redis' processor a case, {:.0} bytes a case, {:.0} cases a second",
        spent * 1e6 / cases,
        bytes / cases,
        cases / wall
    );
}
