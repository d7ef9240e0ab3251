use std::collections::BTreeMap;
use std::time::Duration;

use swiftline_domain::case::{ClockKind, Command, DecidedBy, TriageReason};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_store::{Backlog, CaseCommit, Committed, Group, Store};

use crate::support::{Redis, accept, at, classify, load, offer, on_both, read, step};

on_both!(
    a_case_is_in_triage_until_it_is_sent_somewhere,
    a_clock_is_overdue_until_it_stops,
    dead_letters_are_told_by_group,
);

const P: Partition = Partition(1);

async fn advance(store: &Store, number: CaseNumber, command: Command, seconds: i64) {
    let commit: CaseCommit = step(load(store, number).await, command, at(seconds));
    let partition = number.partition();
    let done = store.commit(partition, vec![commit]).await.unwrap();
    assert_eq!(done, [Committed::Done]);
}

fn to_triage() -> Command {
    Command::SendToTriage {
        reason: TriageReason::LowConfidence,
        by: DecidedBy::default(),
    }
}

async fn a_case_is_in_triage_until_it_is_sent_somewhere(redis: Redis) {
    let store = redis.store().await;
    assert_eq!(store.backlog(at(0)).await.unwrap().triage, 0);
    let first = accept(&store, P, 1).await[0];
    let second = accept(&store, Partition(2), 1).await[0];
    for (number, when) in [(first, 10), (second, 30)] {
        advance(&store, number, classify(at(when)), when).await;
        advance(&store, number, to_triage(), when).await;
    }
    let backlog = store.backlog(at(70)).await.unwrap();
    let minute = Some(Duration::from_secs(60));
    assert_eq!((backlog.triage, backlog.triage_oldest), (2, minute));
    // What does not move it leaves it where it is, with its time.
    advance(&store, first, Command::Warn(ClockKind::Dispatch), 3_600).await;
    assert_eq!(store.backlog(at(70)).await.unwrap().triage_oldest, minute);
    advance(&store, first, offer("a", at(3_600)), 3_600).await;
    advance(&store, second, Command::Withdraw, 3_600).await;
    let backlog = store.backlog(at(3_600)).await.unwrap();
    assert_eq!((backlog.triage, backlog.triage_oldest), (0, None));
}

async fn a_clock_is_overdue_until_it_stops(redis: Redis) {
    let store = redis.store().await;
    let numbers = accept(&store, P, 2).await;
    let overdue = async |dispatch, handle| {
        let wanted = [
            (ClockKind::Dispatch, dispatch),
            (ClockKind::Handle, handle),
            (ClockKind::Callback, 0),
        ];
        let found = store.backlog(at(0)).await.unwrap().overdue;
        assert_eq!(found, BTreeMap::from(wanted));
    };
    for number in &numbers {
        advance(&store, *number, classify(at(0)), 0).await;
        advance(
            &store,
            *number,
            Command::Overrun(ClockKind::Dispatch),
            4_000,
        )
        .await;
    }
    overdue(2, 0).await;
    advance(&store, numbers[0], offer("a", at(4_000)), 4_000).await;
    overdue(1, 0).await;
    let late = Command::Overrun(ClockKind::Handle);
    advance(&store, numbers[0], late, 100_000).await;
    overdue(1, 1).await;
    for number in &numbers {
        advance(&store, *number, Command::Withdraw, 100_001).await;
    }
    overdue(0, 0).await;
}

async fn dead_letters_are_told_by_group(redis: Redis) {
    let store = redis.store().await;
    accept(&store, P, 2).await;
    for (group, count) in [(Group::Classifier, 2), (Group::Feedback, 1)] {
        let log = store.log(group);
        for delivery in &read(&log, 2).await[..count] {
            log.bury(delivery, "cannot be").await.unwrap();
        }
    }
    let Backlog { dead, .. } = store.backlog(at(0)).await.unwrap();
    let wanted = [(Group::Classifier, 2), (Group::Feedback, 1)];
    assert_eq!(dead, BTreeMap::from(wanted));
    let letters = store.dead_letters(10).await.unwrap();
    let ids: Vec<_> = letters.iter().map(|letter| letter.id).collect();
    store.redrive(&ids).await.unwrap();
    assert_eq!(store.backlog(at(0)).await.unwrap().dead, BTreeMap::new());
}
