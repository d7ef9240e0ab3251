use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use swiftline_domain::case::Command;
use swiftline_domain::id::UnitId;
use swiftline_domain::number::Partition;
use swiftline_store::{Counter, Counts, EntryKind, Group, GroupState, Store};

use crate::support::{
    Redis, WITHIN, accept, accept_everywhere, any_trace, at, classify, load, on_both, read,
    read_nothing, step,
};

on_both!(
    two_consumers_share_and_never_both_handle,
    each_group_gets_its_own_kinds,
    a_batch_is_bounded_and_fair,
    counters_count_each_entry_once,
    states_tell_lag_pending_and_age,
    lag_is_known_after_deletions,
    lag_is_of_what_is_there,
    trim_keeps_what_anybody_still_needs,
);

async fn two_consumers_share_and_never_both_handle(redis: Redis) {
    let store = redis.store().await;
    let numbers = accept_everywhere(&store, 100).await;
    let readers = [(); 2].map(|()| {
        let log = store.log(Group::Classifier);
        tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let batch = log.read(16).await.unwrap();
                if batch.is_empty() {
                    return mine;
                }
                log.ack(&batch).await.unwrap();
                mine.extend(batch.into_iter().map(|delivery| delivery.number));
            }
        })
    });
    let mut all = Vec::new();
    for reader in readers {
        all.extend(reader.await.unwrap());
    }
    assert_eq!(all.len(), numbers.len());
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), numbers);
}

async fn each_group_gets_its_own_kinds(redis: Redis) {
    let store = redis.store().await;
    let number = accept(&store, Partition(0), 1).await[0];
    let commit = step(load(&store, number).await, classify(at(1)), at(1));
    store.commit(Partition(0), vec![commit]).await.unwrap();

    let classifier = store.log(Group::Classifier);
    let batch = read(&classifier, 1).await;
    assert_eq!(batch[0].kind, EntryKind::Accepted);
    classifier.ack(&batch).await.unwrap();
    // The other entry is acknowledged unseen, with the next read.
    read_nothing(&classifier).await;
    let left: u64 = classifier
        .state()
        .await
        .unwrap()
        .iter()
        .map(|s| s.pending + s.lag)
        .sum();
    assert_eq!(left, 0);

    let kinds: Vec<_> = read(&store.log(Group::Feedback), 2)
        .await
        .iter()
        .map(|d| d.kind)
        .collect();
    assert_eq!(kinds, [EntryKind::Accepted, EntryKind::Moved]);
}

async fn a_batch_is_bounded_and_fair(redis: Redis) {
    let store = redis.store().await;
    accept_everywhere(&store, 20).await;
    let log = store.log(Group::Feedback);
    let mut of = BTreeMap::new();
    for delivery in log.read(8).await.unwrap() {
        *of.entry(delivery.partition).or_insert(0) += 1;
    }
    assert_eq!(of.into_values().collect::<Vec<_>>(), [2; 4]);
    // Fewer than there are partitions: another one is first each time.
    let mut first = BTreeSet::new();
    for _ in 0..4 {
        let batch = log.read(1).await.unwrap();
        assert_eq!(batch.len(), 1);
        first.insert(batch[0].partition);
    }
    assert_eq!(first.len(), 4);
    assert!(log.read(0).await.unwrap().is_empty());
}

async fn counters_count_each_entry_once(redis: Redis) {
    let store = redis.store().await;
    accept_everywhere(&store, 3).await;
    let unit = UnitId::new("dept.water").unwrap();
    let log = store.log(Group::Feedback);
    let worth: Vec<_> = read(&log, 12)
        .await
        .into_iter()
        .map(|delivery| {
            (
                delivery,
                Counts {
                    units: vec![
                        (unit.clone(), Counter::Offered),
                        (unit.clone(), Counter::Signed),
                    ],
                    rules: Vec::new(),
                    ..Counts::default()
                },
            )
        })
        .collect();
    // Before it acknowledges, somebody else has taken some over and acknowledged them too.
    let other = store.log(Group::Feedback);
    other.ack_counting(&worth[..5]).await.unwrap();
    for _ in 0..3 {
        log.ack_counting(&worth).await.unwrap();
    }
    let rates = store.rates().await.unwrap();
    assert_eq!(rates.len(), 1);
    assert_eq!(
        rates[&unit],
        BTreeMap::from([(Counter::Offered, 12), (Counter::Signed, 12)])
    );
    assert!(
        log.state()
            .await
            .unwrap()
            .iter()
            .all(|state| state.pending == 0)
    );
}

fn total(states: &[GroupState], group: Group) -> (u64, u64) {
    let ours = states.iter().filter(|state| state.group == group);
    ours.fold((0, 0), |sum, state| {
        (sum.0 + state.lag, sum.1 + state.pending)
    })
}

async fn states_tell_lag_pending_and_age(redis: Redis) {
    let store = redis.store().await;
    let empty = store.group_states().await.unwrap();
    assert_eq!(empty.len(), 8);
    assert!(
        empty
            .iter()
            .all(|s| s.length == 0 && s.lag == 0 && s.pending == 0 && s.oldest.is_none())
    );

    accept_everywhere(&store, 5).await;
    let log = store.log(Group::Classifier);
    let given = log.read(8).await.unwrap();
    let states = store.group_states().await.unwrap();
    assert_eq!(total(&states, Group::Classifier), (12, 8));
    assert_eq!(total(&states, Group::Feedback), (20, 0));
    assert!(
        states
            .iter()
            .all(|s| s.length == 5 && s.oldest.is_some_and(|age| age < WITHIN))
    );

    log.ack(&given).await.unwrap();
    let rest = read(&log, 12).await;
    log.ack(&rest).await.unwrap();
    let states = log.state().await.unwrap();
    assert_eq!(total(&states, Group::Classifier), (0, 0));
    assert!(states.iter().all(|s| s.oldest.is_none()));
}

async fn lag_is_known_after_deletions(redis: Redis) {
    let settings = redis.settings();
    let store = Store::connect(&settings).await.unwrap();
    let p = Partition(1);
    accept(&store, p, 4).await;
    let log = store.log(Group::Feedback);
    // Somebody deletes an entry by hand: Redis then does not know the lag of a group that has not read it.
    let key = format!("{}:{{{p}}}:log", settings.namespace);
    let mut range = redis::cmd("XRANGE");
    range.arg(&key).arg("-").arg("+");
    let entries: redis::streams::StreamRangeReply =
        redis::from_redis_value(redis.raw(&range).await).unwrap();
    let mut delete = redis::cmd("XDEL");
    delete.arg(&key).arg(&entries.ids[2].id);
    redis.raw(&delete).await;
    let lag = log
        .state()
        .await
        .unwrap()
        .iter()
        .map(|state| state.lag)
        .sum::<u64>();
    assert_eq!(lag, 3);
}

async fn lag_is_of_what_is_there(redis: Redis) {
    let settings = redis.settings();
    let store = Store::connect(&settings).await.unwrap();
    let p = Partition(1);
    accept(&store, p, 4).await;
    let log = store.log(Group::Feedback);
    let all = read(&log, 4).await;
    // Counters that are wrong, as after a Redis was killed: all is read, and two are said to be not.
    let key = format!("{}:{{{p}}}:log", settings.namespace);
    let last = all.last().unwrap().id.to_string();
    let mut count = redis::cmd("XGROUP");
    count.arg("SETID").arg(&key).arg("feedback").arg(last);
    redis.raw(count.arg("ENTRIESREAD").arg(2)).await;
    assert_eq!(total(&log.state().await.unwrap(), Group::Feedback), (0, 4));

    accept(&store, p, 1).await;
    log.ack(&all).await.unwrap();
    let other = store.log(Group::Classifier);
    other.ack(&read(&other, 5).await).await.unwrap();
    store.trim().await.unwrap();
    assert_eq!(total(&log.state().await.unwrap(), Group::Feedback), (1, 0));
}

async fn trim_keeps_what_anybody_still_needs(redis: Redis) {
    let store = redis.store().await;
    accept_everywhere(&store, 3).await;
    assert_eq!(store.trim().await.unwrap(), 0, "nobody has read anything");

    let (classifier, feedback) = (store.log(Group::Classifier), store.log(Group::Feedback));
    let (by_classifier, by_feedback) = (read(&classifier, 12).await, read(&feedback, 12).await);
    classifier.ack(&by_classifier).await.unwrap();
    assert_eq!(
        store.trim().await.unwrap(),
        0,
        "feedback has acknowledged nothing"
    );

    // In one partition the second is still in hand: only the first may go. In the others all.
    let held = by_feedback
        .iter()
        .filter(|d| d.partition == Partition(2))
        .nth(1)
        .unwrap()
        .clone();
    let (_, done): (Vec<_>, Vec<_>) = by_feedback
        .into_iter()
        .partition(|d| d.id == held.id && d.partition == held.partition);
    feedback.ack(&done).await.unwrap();
    assert_eq!(store.trim().await.unwrap(), 10);
    let again = feedback.reclaim(Duration::ZERO).await.unwrap();
    assert_eq!(again.iter().map(|d| d.id).collect::<Vec<_>>(), [held.id]);
    feedback.ack(&again).await.unwrap();
    assert_eq!(store.trim().await.unwrap(), 2);

    // New entries still come to everybody.
    accept(&store, Partition(2), 1).await;
    assert_eq!(store.trim().await.unwrap(), 0);
    read(&classifier, 1).await;
    read(&feedback, 1).await;
}

/// Redis came back empty: the groups are made anew and work goes on.
#[tokio::test]
async fn a_lost_group_is_made_anew() {
    let server = swiftline_testkit::redis::RedisServer::start(swiftline_testkit::redis::Fsync::No)
        .await
        .unwrap();
    let store = Store::connect(&crate::support::settings(&server.url()))
        .await
        .unwrap();
    let log = store.log(Group::Classifier);
    server.command::<()>("FLUSHALL").await.unwrap();
    assert!(log.read(10).await.unwrap().is_empty());
    accept(&store, Partition(3), 1).await;
    read(&log, 1).await;
}

/// An entry's trace is that of the commit that made it.
#[tokio::test]
async fn deliveries_carry_their_trace() {
    let redis = Redis::single().await;
    let store = redis.store().await;
    let number = accept(&store, Partition(0), 1).await[0];
    let mut commit = step(load(&store, number).await, Command::Withdraw, at(1));
    commit.trace = any_trace();
    store
        .commit(Partition(0), vec![commit.clone()])
        .await
        .unwrap();
    let entries = read(&store.log(Group::Feedback), 2).await;
    assert_eq!(entries[1].trace, commit.trace);
    assert_ne!(entries[0].trace, commit.trace);
}
