use jiff::SignedDuration;
use swiftline_domain::case::{Case, Command, State};
use swiftline_domain::id::Version;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_store::{Committed, EntryKind, Group, MAX_BATCH, StoreError};

use crate::support::{Redis, accept, at, classify, load, offer, on_both, read, read_nothing, step};

on_both!(
    moves_record_journey_and_log_together,
    the_second_of_two_is_stale,
    a_repeated_commit_is_done,
    a_repeat_is_done_even_when_the_case_has_moved_on,
    a_missing_case_is_missing,
    several_events_are_one_commit,
    each_of_a_batch_stands_by_itself,
    another_partition_is_refused,
);

const P: Partition = Partition(2);

async fn moves_record_journey_and_log_together(redis: Redis) {
    let store = redis.store().await;
    let number = accept(&store, P, 1).await[0];
    let commit = step(load(&store, number).await, classify(at(5)), at(5));
    assert_eq!(
        store.commit(P, vec![commit.clone()]).await.unwrap(),
        [Committed::Done]
    );

    let stored = store.load(number).await.unwrap().unwrap();
    assert_eq!((&stored.case, stored.trace), (&commit.case, commit.trace));
    assert_eq!(stored.case.state, State::Classified);
    assert!(stored.complaint.text.contains(&number.to_string()));

    let log = store.log(Group::Feedback);
    let entries = read(&log, 2).await;
    assert_eq!(entries[1].kind, EntryKind::Moved);
    let journey = store.journey(number).await.unwrap();
    assert_eq!(journey.len(), 2);
    assert_eq!(journey[1], entries[1].commit);
    assert_eq!(
        (journey[1].version, journey[1].trace_parent.as_str()),
        (2, commit.trace.as_str())
    );
    assert!(journey[0].complaint.is_some() && journey[1].complaint.is_none());
}

async fn the_second_of_two_is_stale(redis: Redis) {
    let store = redis.store().await;
    let number = accept(&store, P, 1).await[0];
    let case = load(&store, number).await;
    let first = step(case.clone(), classify(at(1)), at(1));
    let second = step(case, Command::Withdraw, at(1));
    let done = store.commit(P, vec![first.clone()]).await.unwrap();
    let stale = store.commit(P, vec![second]).await.unwrap();
    assert_eq!(
        (done, stale),
        (
            vec![Committed::Done],
            vec![Committed::Stale {
                version: Version(2)
            }]
        )
    );
    assert_eq!(load(&store, number).await, first.case);
    let log = store.log(Group::Feedback);
    read(&log, 2).await;
    read_nothing(&log).await;
}

async fn a_repeated_commit_is_done(redis: Redis) {
    let store = redis.store().await;
    let number = accept(&store, P, 1).await[0];
    let commit = step(load(&store, number).await, classify(at(1)), at(1));
    for _ in 0..2 {
        assert_eq!(
            store.commit(P, vec![commit.clone()]).await.unwrap(),
            [Committed::Done]
        );
    }
    assert_eq!(store.journey(number).await.unwrap().len(), 2);
    let log = store.log(Group::Feedback);
    read(&log, 2).await;
    read_nothing(&log).await;
}

async fn a_repeat_is_done_even_when_the_case_has_moved_on(redis: Redis) {
    let store = redis.store().await;
    let number = accept(&store, P, 1).await[0];
    let first = step(load(&store, number).await, classify(at(1)), at(1));
    let second = step(first.case.clone(), offer("a", at(2)), at(2));
    store
        .commit(P, vec![first.clone(), second.clone()])
        .await
        .unwrap();
    assert_eq!(
        store.commit(P, vec![first]).await.unwrap(),
        [Committed::Done]
    );
    assert_eq!(load(&store, number).await, second.case);
}

async fn a_missing_case_is_missing(redis: Redis) {
    let store = redis.store().await;
    let number = CaseNumber::new(P, 77).unwrap();
    let commit = step(Case::accept(number, at(0)).0, classify(at(1)), at(1));
    assert_eq!(
        store.commit(P, vec![commit]).await.unwrap(),
        [Committed::Missing]
    );
    assert!(store.load(number).await.unwrap().is_none());
}

async fn several_events_are_one_commit(redis: Redis) {
    let store = redis.store().await;
    let number = accept(&store, P, 1).await[0];
    let mut commit = step(load(&store, number).await, classify(at(1)), at(1));
    commit
        .events
        .push(commit.case.apply(offer("a", at(1)), at(1)).unwrap());
    assert_eq!(
        store.commit(P, vec![commit.clone()]).await.unwrap(),
        [Committed::Done]
    );
    let journey = store.journey(number).await.unwrap();
    assert_eq!(
        journey
            .iter()
            .map(|c| (c.version, c.events.len()))
            .collect::<Vec<_>>(),
        [(1, 1), (3, 2)]
    );
    assert_eq!(load(&store, number).await, commit.case);
}

async fn each_of_a_batch_stands_by_itself(redis: Redis) {
    let store = redis.store().await;
    let numbers = accept(&store, P, MAX_BATCH + 2).await;
    let mut commits = Vec::new();
    for number in &numbers {
        commits.push(step(Case::accept(*number, at(0)).0, classify(at(1)), at(1)));
    }
    commits[3].before = Version(9);
    let answers = store.commit(P, commits).await.unwrap();
    assert_eq!(
        answers[3],
        Committed::Stale {
            version: Version(1)
        }
    );
    assert_eq!(
        answers.iter().filter(|a| **a == Committed::Done).count(),
        MAX_BATCH + 1
    );
    assert_eq!(load(&store, numbers[3]).await.version, Version(1));
}

async fn another_partition_is_refused(redis: Redis) {
    let store = redis.store().await;
    let number = accept(&store, P, 1).await[0];
    let commit = step(
        load(&store, number).await,
        classify(at(1)),
        at(1) + SignedDuration::ZERO,
    );
    let error = store.commit(Partition(0), vec![commit]).await.unwrap_err();
    assert_eq!(
        error,
        StoreError::WrongPartition {
            number,
            partition: Partition(0)
        }
    );
    let error = store.load_many(Partition(0), &[number]).await.unwrap_err();
    assert!(
        error.to_string().contains("is not in partition p00"),
        "{error}"
    );
}
