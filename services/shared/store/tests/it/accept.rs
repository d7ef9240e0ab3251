use std::collections::BTreeSet;

use futures::future::join_all;
use swiftline_domain::case::{Case, State};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_store::seal::SealError;
use swiftline_store::{Contact, EntryKind, Group, IdempotencyKey, MAX_BATCH, StoreError};

use crate::support::{Redis, accept, at, key, new_case, on_both, read, read_nothing};

on_both!(
    stores_the_case_and_logs_it,
    a_known_key_gives_the_same_number,
    a_key_twice_in_one_batch_makes_one_case,
    concurrent_accepts_of_one_key_make_one_case,
    a_repeated_call_changes_nothing,
    a_taken_number_is_minted_anew,
    contact_data_is_sealed_for_the_number_that_is_given,
    what_cannot_be_sealed_is_not_taken_in,
    a_counter_far_behind_catches_up,
    long_batches_are_split,
    numbers_are_never_given_twice,
    partitions_are_checked,
    keys_go_to_one_partition,
    every_case_is_listed,
);

const P: Partition = Partition(1);

async fn stores_the_case_and_logs_it(redis: Redis) {
    let store = redis.store().await;
    let number = store.mint(P, 1).await.unwrap()[0];
    let mut new = new_case(number, None);
    new.contact = Some(Contact::new(|_| Ok(vec![1, 2, 3])));
    let accepted = store.accept(P, vec![new.clone()]).await.unwrap();
    assert_eq!(
        (
            accepted[0].number,
            accepted[0].accepted_at,
            accepted[0].duplicate
        ),
        (number, at(0), false)
    );

    let stored = store.load(number).await.unwrap().unwrap();
    assert_eq!(stored.case, Case::accept(number, at(0)).0);
    assert_eq!(
        (&stored.complaint, stored.trace),
        (&new.complaint, new.trace)
    );
    assert_eq!(stored.sealed_contact, Some(vec![1, 2, 3]));

    let log = store.log(Group::Classifier);
    let delivery = read(&log, 1).await.remove(0);
    assert_eq!(
        (delivery.number, delivery.kind, delivery.attempts),
        (number, EntryKind::Accepted, 1)
    );
    assert_eq!(delivery.trace, new.trace);
    assert_eq!(delivery.commit.complaint.as_ref(), Some(&new.complaint));
    assert_eq!(store.journey(number).await.unwrap(), [delivery.commit]);
}

async fn a_known_key_gives_the_same_number(redis: Redis) {
    let store = redis.store().await;
    let numbers = store.mint(P, 2).await.unwrap();
    let first = store
        .accept(P, vec![new_case(numbers[0], key("web:1"))])
        .await
        .unwrap()[0];
    let mut again = new_case(numbers[1], key("web:1"));
    again.accepted_at = at(60);
    let second = store.accept(P, vec![again]).await.unwrap()[0];
    assert_eq!(
        (second.number, second.accepted_at, second.duplicate),
        (first.number, at(0), true)
    );
    assert!(store.load(numbers[1]).await.unwrap().is_none());
    let log = store.log(Group::Classifier);
    read(&log, 1).await;
    read_nothing(&log).await;
}

async fn a_key_twice_in_one_batch_makes_one_case(redis: Redis) {
    let store = redis.store().await;
    let numbers = store.mint(P, 3).await.unwrap();
    let batch = vec![
        new_case(numbers[0], key("a")),
        new_case(numbers[1], key("a")),
        new_case(numbers[2], None),
    ];
    let accepted = store.accept(P, batch).await.unwrap();
    let seen: Vec<_> = accepted.iter().map(|a| (a.number, a.duplicate)).collect();
    assert_eq!(
        seen,
        [(numbers[0], false), (numbers[0], true), (numbers[2], false)]
    );
    assert!(store.load(numbers[1]).await.unwrap().is_none());
}

async fn concurrent_accepts_of_one_key_make_one_case(redis: Redis) {
    let store = redis.store().await;
    let numbers = store.mint(P, 8).await.unwrap();
    let accepts = numbers.into_iter().map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            store
                .accept(P, vec![new_case(number, key("k"))])
                .await
                .unwrap()[0]
        })
    });
    let answers: Vec<_> = join_all(accepts.collect::<Vec<_>>())
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(answers.iter().filter(|a| !a.duplicate).count(), 1);
    assert_eq!(
        answers
            .iter()
            .map(|a| a.number)
            .collect::<BTreeSet<_>>()
            .len(),
        1
    );
    let log = store.log(Group::Classifier);
    read(&log, 1).await;
    read_nothing(&log).await;
}

async fn a_repeated_call_changes_nothing(redis: Redis) {
    let store = redis.store().await;
    let numbers = store.mint(P, 2).await.unwrap();
    let batch = vec![new_case(numbers[0], None), new_case(numbers[1], key("k"))];
    let first = store.accept(P, batch.clone()).await.unwrap();
    assert_eq!(store.accept(P, batch).await.unwrap(), first);
    let log = store.log(Group::Classifier);
    read(&log, 2).await;
    read_nothing(&log).await;
}

async fn a_taken_number_is_minted_anew(redis: Redis) {
    let store = redis.store().await;
    let number = accept(&store, P, 1).await[0];
    let other = store
        .accept(P, vec![new_case(number, key("other"))])
        .await
        .unwrap()[0];
    assert!(other.number != number && !other.duplicate);
    let text = |number: CaseNumber| {
        let store = store.clone();
        async move { store.load(number).await.unwrap().unwrap().case.number }
    };
    assert_eq!(
        (text(number).await, text(other.number).await),
        (number, other.number)
    );
    // The key leads to the number that was really given.
    let again = store
        .accept(P, vec![new_case(number, key("other"))])
        .await
        .unwrap()[0];
    assert!(again.duplicate || again.number != number);
}

async fn contact_data_is_sealed_for_the_number_that_is_given(redis: Redis) {
    let store = redis.store().await;
    let taken = accept(&store, P, 1).await[0];
    let mut new = new_case(taken, None);
    new.contact = Some(Contact::new(|number| Ok(number.to_string().into_bytes())));
    let given = store.accept(P, vec![new]).await.unwrap()[0].number;
    assert_ne!(given, taken);
    let stored = store.load(given).await.unwrap().unwrap();
    assert_eq!(stored.sealed_contact, Some(given.to_string().into_bytes()));
}

async fn what_cannot_be_sealed_is_not_taken_in(redis: Redis) {
    let store = redis.store().await;
    let number = store.mint(P, 1).await.unwrap()[0];
    let mut new = new_case(number, None);
    new.contact = Some(Contact::new(|_| Err(SealError::Format)));
    assert_eq!(
        store.accept(P, vec![new]).await,
        Err(StoreError::Seal(SealError::Format))
    );
    assert!(store.load(number).await.unwrap().is_none());
}

async fn a_counter_far_behind_catches_up(redis: Redis) {
    let settings = redis.settings();
    let store = swiftline_store::Store::connect(&settings).await.unwrap();
    let taken = accept(&store, P, 600).await;
    let mut lost = redis::cmd("DEL");
    lost.arg(format!("{}:{{{P}}}:seq", settings.namespace));
    redis.raw(&lost).await;
    // A new process knows only the counter.
    let store = swiftline_store::Store::connect(&settings).await.unwrap();
    let fresh = accept(&store, P, 10).await;
    let all: BTreeSet<_> = taken.iter().chain(&fresh).collect();
    assert_eq!(all.len(), 610);
}

async fn long_batches_are_split(redis: Redis) {
    let store = redis.store().await;
    let n = MAX_BATCH * 2 + 1;
    let numbers = accept(&store, P, n).await;
    assert_eq!(numbers.len(), n);
    let loaded = store.load_many(P, &numbers).await.unwrap();
    assert!(loaded.iter().zip(&numbers).all(|(stored, number)| {
        stored.as_ref().is_some_and(|stored| {
            stored.case.number == *number && stored.case.state == State::Accepted
        })
    }));
}

async fn numbers_are_never_given_twice(redis: Redis) {
    let settings = redis.settings();
    let (a, b) = tokio::join!(
        swiftline_store::Store::connect(&settings),
        swiftline_store::Store::connect(&settings)
    );
    let (a, b) = (a.unwrap(), b.unwrap());
    let mints = (0..20).map(|i| {
        let store = if i % 2 == 0 { a.clone() } else { b.clone() };
        tokio::spawn(async move { store.mint(P, 37).await.unwrap() })
    });
    let mut seen = BTreeSet::new();
    for minted in join_all(mints.collect::<Vec<_>>()).await {
        assert!(
            minted
                .unwrap()
                .into_iter()
                .all(|number| seen.insert(number))
        );
    }
    assert_eq!(seen.len(), 740);
    assert!(seen.iter().all(|number| number.partition() == P));
}

async fn partitions_are_checked(redis: Redis) {
    let store = redis.store().await;
    let number = store.mint(P, 1).await.unwrap()[0];
    let error = store
        .accept(Partition(2), vec![new_case(number, None)])
        .await
        .unwrap_err();
    assert_eq!(
        error,
        StoreError::WrongPartition {
            number,
            partition: Partition(2)
        }
    );
    let unknown = StoreError::NoSuchPartition {
        partition: Partition(9),
        partitions: 4,
    };
    assert_eq!(store.mint(Partition(9), 1).await.unwrap_err(), unknown);
    let elsewhere = CaseNumber::new(Partition(9), 1).unwrap();
    assert_eq!(store.load(elsewhere).await.unwrap_err(), unknown);
    assert!(store.accept(P, Vec::new()).await.unwrap().is_empty());
    assert!(store.load(number).await.unwrap().is_none());
    assert!(store.journey(number).await.unwrap().is_empty());
}

async fn keys_go_to_one_partition(redis: Redis) {
    let store = redis.store().await;
    let partitions: Vec<Partition> = store.partitions().collect();
    assert_eq!(partitions, [0, 1, 2, 3].map(Partition));
    let mut used = BTreeSet::new();
    for n in 0..100 {
        let key = IdempotencyKey::new(&n.to_string()).unwrap();
        let partition = store.partition_for(&key);
        assert_eq!(partition, store.partition_for(&key));
        used.insert(partition);
        assert!(partitions.contains(&store.random_partition()));
    }
    assert_eq!(used.len(), 4, "keys spread over all partitions");
}

async fn every_case_is_listed(redis: Redis) {
    let store = redis.store().await;
    assert!(store.case_numbers(P).await.unwrap().is_empty());
    let mut numbers = accept(&store, P, 3).await;
    // Numbers that were reserved and never used are passed over.
    store.mint(P, 1_500).await.unwrap();
    numbers.extend(accept(&store, P, 2).await);
    assert_eq!(store.case_numbers(P).await.unwrap(), numbers);
}
