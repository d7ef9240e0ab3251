use std::time::Duration;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use swiftline_domain::case::{Case, Command};
use swiftline_domain::id::Version;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_store::{DueItem, DueKind, Store};

use crate::support::{Redis, accept, at, classify, load, offer, on_both, step};

on_both!(
    a_commit_sets_and_clears_the_deadline,
    a_claimed_case_is_nobody_elses_until_the_lease_ends,
    a_deadline_is_due_only_when_the_case_agrees,
    rescheduling_gives_way_to_a_newer_commit,
    effects_come_up_until_they_are_done,
    a_later_commits_effects_outlive_the_earlier_ones,
);

const P: Partition = Partition(0);
const LEASE: Duration = Duration::from_secs(30);

async fn claim(store: &Store, now: Timestamp) -> Vec<DueItem> {
    store.claim_due(P, now, LEASE, 100).await.unwrap()
}

async fn commit(
    store: &Store,
    case: Case,
    command: Command,
    now: Timestamp,
    effects: bool,
) -> Case {
    let mut commit = step(case, command, now);
    commit.effects = effects;
    let after = commit.case.clone();
    store.commit(P, vec![commit]).await.unwrap();
    after
}

async fn classified(store: &Store) -> Case {
    let number = accept(store, P, 1).await[0];
    commit(
        store,
        load(store, number).await,
        classify(at(0)),
        at(0),
        false,
    )
    .await
}

fn deadline(number: CaseNumber) -> DueItem {
    DueItem {
        number,
        kind: DueKind::Deadline,
    }
}

async fn a_commit_sets_and_clears_the_deadline(redis: Redis) {
    let store = redis.store().await;
    let case = classified(&store).await;
    // classify() warns at three quarters of an hour.
    assert_eq!(claim(&store, at(2_700)).await, []);
    assert_eq!(claim(&store, at(2_701)).await, [deadline(case.number)]);
    commit(&store, case, Command::Withdraw, at(2_701), false).await;
    assert_eq!(claim(&store, at(1_000_000)).await, []);
}

async fn a_claimed_case_is_nobody_elses_until_the_lease_ends(redis: Redis) {
    let store = redis.store().await;
    let number = classified(&store).await.number;
    let now = at(5_000);
    let claims = (0..8).map(|_| claim(&store, now));
    let all: Vec<DueItem> = join_all(claims).await.into_iter().flatten().collect();
    assert_eq!(all, [deadline(number)]);
    let after = now + SignedDuration::try_from(LEASE).unwrap();
    assert_eq!(claim(&store, after).await, []);
    assert_eq!(
        claim(&store, after + SignedDuration::from_millis(1)).await,
        [deadline(number)]
    );
}

async fn a_deadline_is_due_only_when_the_case_agrees(redis: Redis) {
    let store = redis.store().await;
    let number = accept(&store, P, 1).await[0];
    // Finer than the milliseconds that the store keeps.
    let start = at(0) + SignedDuration::from_nanos(1_500);
    let case = commit(
        &store,
        load(&store, number).await,
        classify(start),
        start,
        false,
    )
    .await;
    let due = case.next_deadline().unwrap();
    for step in 0..3 {
        let now = due + SignedDuration::from_millis(step);
        let claimed = !claim(&store, now).await.is_empty();
        assert!(!claimed || case.due_command(now).is_some(), "at +{step} ms");
    }
    let limit = store.claim_due(P, at(1_000_000), LEASE, 0).await.unwrap();
    assert_eq!(limit, [], "a limit of nothing");
}

async fn rescheduling_gives_way_to_a_newer_commit(redis: Redis) {
    let store = redis.store().await;
    let old = classified(&store).await;
    let new = commit(&store, old.clone(), offer("a", at(1)), at(1), false).await;
    store.reschedule(&old).await.unwrap();
    // The offer expires after ten minutes; the older clock would have called later.
    assert_eq!(claim(&store, at(602)).await, [deadline(new.number)]);
    store.reschedule(&new).await.unwrap();
    assert_eq!(
        claim(&store, at(602)).await,
        [deadline(new.number)],
        "rescheduled to its own deadline"
    );
}

async fn effects_come_up_until_they_are_done(redis: Redis) {
    let store = redis.store().await;
    let number = accept(&store, P, 1).await[0];
    let case = commit(
        &store,
        load(&store, number).await,
        classify(at(0)),
        at(0),
        true,
    )
    .await;
    assert_eq!(
        claim(&store, at(10)).await,
        [],
        "not before the grace has passed"
    );
    let kind = DueKind::Reconcile {
        version: case.version,
    };
    assert_eq!(claim(&store, at(11)).await, [DueItem { number, kind }]);
    store.effects_done(&[(number, case.version)]).await.unwrap();
    assert_eq!(claim(&store, at(100)).await, []);
}

async fn a_later_commits_effects_outlive_the_earlier_ones(redis: Redis) {
    let store = redis.store().await;
    let number = accept(&store, P, 1).await[0];
    let first = commit(
        &store,
        load(&store, number).await,
        classify(at(0)),
        at(0),
        true,
    )
    .await;
    commit(&store, first.clone(), offer("a", at(1)), at(1), true).await;
    store
        .effects_done(&[(number, first.version)])
        .await
        .unwrap();
    let kind = DueKind::Reconcile {
        version: Version(3),
    };
    assert_eq!(claim(&store, at(60)).await, [DueItem { number, kind }]);
}
