//! Walking back over recent cases, and reading journeys together.

use redis::cmd;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_store::{MAX_BATCH, Store, StoreError};

use crate::support::{Redis, accept, at, classify, load, new_case, on_both, step};

on_both!(
    recent_cases_come_newest_first_over_gaps,
    the_walk_goes_on_where_it_stopped,
    the_walk_ends_where_everything_is_older,
    a_corrupt_record_is_counted,
    journeys_are_read_together,
);

const P: Partition = Partition(2);

/// Takes in a case a second, at these times.
async fn accept_at(store: &Store, times: impl Iterator<Item = i64>) -> Vec<CaseNumber> {
    let times: Vec<i64> = times.collect();
    let numbers = store.mint(P, times.len()).await.unwrap();
    let case = |(number, seconds): (&CaseNumber, i64)| {
        let mut case = new_case(*number, None);
        case.accepted_at = at(seconds);
        case
    };
    let cases = numbers.iter().zip(times).map(case).collect();
    store.accept(P, cases).await.unwrap();
    numbers
}

/// Everything since, in pages of this size.
async fn walk(store: &Store, since: i64, limit: usize) -> Vec<CaseNumber> {
    let (mut numbers, mut before) = (Vec::new(), None);
    loop {
        let page = store.recent_cases(P, at(since), before, limit).await;
        let page = page.unwrap();
        assert!(page.cases.len() <= limit && page.corrupt == 0);
        numbers.extend(page.cases.iter().map(|stored| stored.case.number));
        before = page.before_sequence;
        if before.is_none() {
            return numbers;
        }
    }
}

async fn recent_cases_come_newest_first_over_gaps(redis: Redis) {
    let settings = redis.settings();
    let store = Store::connect(&settings).await.unwrap();
    let nothing = store.recent_cases(P, at(0), None, 10).await.unwrap();
    assert!(nothing.cases.is_empty() && nothing.before_sequence.is_none());

    // Each process has a block of its own and leaves most of it unused: numbers 1-128, 129-256, 257-384.
    let mut expected = accept_at(&store, [10, 20, 30].into_iter()).await;
    for times in [[11, 40], [21, 39]] {
        let other = Store::connect(&settings).await.unwrap();
        expected.extend(accept_at(&other, times.into_iter()).await);
    }
    // The first process goes on in its own block.
    expected.insert(3, accept_at(&store, [50].into_iter()).await[0]);
    expected.reverse();
    assert_eq!(walk(&store, 0, 100).await, expected);
    let sequences: Vec<u64> = expected.iter().map(|number| number.sequence()).collect();
    assert_eq!(sequences, [258, 257, 130, 129, 4, 3, 2, 1]);

    let page = store.recent_cases(P, at(30), None, 100).await.unwrap();
    let recent: Vec<_> = page.cases.iter().map(|one| one.case.accepted_at).collect();
    assert_eq!(recent, [at(39), at(40), at(50), at(30)]);
    assert_eq!(page.cases[0].complaint.text, {
        let loaded = store.load(expected[0]).await.unwrap().unwrap();
        loaded.complaint.text
    });
}

async fn the_walk_goes_on_where_it_stopped(redis: Redis) {
    let store = redis.store().await;
    let mut expected = accept_at(&store, 0..600).await;
    expected.reverse();
    assert_eq!(walk(&store, 0, usize::MAX).await, expected);
    for limit in [7, MAX_BATCH, 599, 600] {
        assert_eq!(walk(&store, 0, limit).await, expected, "by {limit}");
    }
    assert_eq!(walk(&store, 595, 2).await, expected[..5]);
    let from = async |before| {
        let page = store.recent_cases(P, at(0), Some(before), 1).await.unwrap();
        let sequence = |one: &swiftline_store::Stored| one.case.number.sequence();
        page.cases.iter().map(sequence).next()
    };
    assert_eq!(from(0).await, None);
    assert_eq!(from(1).await, None);
    assert_eq!(from(2).await, Some(1));
    assert_eq!(from(u64::MAX).await, Some(600));
    let none = store.recent_cases(P, at(0), None, 0).await.unwrap();
    assert_eq!(none.cases.len(), 1, "a walk always gets on");
    let elsewhere = store.recent_cases(Partition(9), at(0), None, 1).await;
    let error = elsewhere.unwrap_err();
    assert!(
        matches!(error, StoreError::NoSuchPartition { .. }),
        "{error}"
    );
}

async fn the_walk_ends_where_everything_is_older(redis: Redis) {
    let old = MAX_BATCH as i64;
    let store = redis.store().await;
    // From the newest down: one recent, a page less one of old ones, one recent, a page of old ones, one recent.
    let times = [100]
        .into_iter()
        .chain((0..old).map(|_| 1))
        .chain([99])
        .chain((1..old).map(|_| 1))
        .chain([98]);
    let numbers = accept_at(&store, times).await;
    let last = numbers.len() - 1;
    let middle = 1 + MAX_BATCH;
    assert_eq!(
        walk(&store, 50, 10).await,
        [numbers[last], numbers[middle]],
        "the one below a whole page of old cases is not looked for"
    );
}

async fn a_corrupt_record_is_counted(redis: Redis) {
    let settings = redis.settings();
    let store = Store::connect(&settings).await.unwrap();
    let numbers = accept(&store, P, 3).await;
    let key = format!("{}:{{{P}}}:case:{}", settings.namespace, numbers[1]);
    for (field, value) in [("s", &b"\xff"[..]), ("t", &b"\xff"[..])] {
        let mut set = cmd("HSET");
        set.arg(&key).arg(field).arg(value);
        redis.raw(&set).await;
        let page = store.recent_cases(P, at(0), None, 10).await.unwrap();
        let found: Vec<_> = page.cases.iter().map(|one| one.case.number).collect();
        assert_eq!((found, page.corrupt), (vec![numbers[2], numbers[0]], 1));
        assert_eq!(page.before_sequence, None);
    }
}

async fn journeys_are_read_together(redis: Redis) {
    let store = redis.store().await;
    let mut numbers = accept(&store, P, MAX_BATCH + 2).await;
    let moved = numbers[MAX_BATCH];
    let commit = step(load(&store, moved).await, classify(at(1)), at(1));
    store.commit(P, vec![commit]).await.unwrap();
    numbers.insert(1, CaseNumber::new(P, 9_999).unwrap());
    numbers.reverse();

    let journeys = store.journeys(P, &numbers).await.unwrap();
    assert_eq!(journeys.len(), numbers.len());
    for (number, journey) in numbers.iter().zip(&journeys) {
        assert_eq!(*journey, store.journey(*number).await.unwrap());
    }
    assert_eq!(journeys[1].len(), 2);
    assert!(journeys[1][0].complaint.is_some());
    assert!(store.journeys(P, &[]).await.unwrap().is_empty());
    let error = store.journeys(Partition(0), &numbers).await.unwrap_err();
    assert!(
        matches!(error, StoreError::WrongPartition { .. }),
        "{error}"
    );
}
