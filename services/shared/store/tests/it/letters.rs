use std::time::Duration;

use redis::Cmd;
use swiftline_domain::number::Partition;
use swiftline_store::{EntryId, Group, LetterId, Log, Store};

use crate::support::{Redis, accept, on_both, read, read_nothing};

on_both!(
    a_buried_entry_is_a_dead_letter_and_is_acknowledged,
    a_poison_entry_ends_as_a_dead_letter,
    an_unreadable_entry_is_buried_at_once,
    a_redriven_letter_goes_to_its_group_only,
    unknown_letters_are_passed_over,
);

const P: Partition = Partition(3);

async fn left(log: &Log) -> u64 {
    log.state()
        .await
        .unwrap()
        .iter()
        .map(|state| state.pending + state.lag)
        .sum()
}

async fn a_buried_entry_is_a_dead_letter_and_is_acknowledged(redis: Redis) {
    let store = redis.store().await;
    let number = accept(&store, P, 1).await[0];
    let log = store.log(Group::Classifier);
    let delivery = read(&log, 1).await.remove(0);
    for _ in 0..2 {
        log.bury(&delivery, "the router refuses it").await.unwrap();
    }
    let letters = store.dead_letters(10).await.unwrap();
    assert_eq!(letters.len(), 1, "burying twice makes one letter");
    let letter = &letters[0];
    assert_eq!(
        (letter.group, letter.entry, letter.attempts),
        (Group::Classifier, delivery.id, 1)
    );
    assert_eq!(
        (letter.number.as_str(), letter.reason.as_str()),
        (number.to_string().as_str(), "the router refuses it")
    );
    assert_eq!(letter.trace_parent, delivery.trace.as_str());
    assert!(letter.bytes > 0);
    assert_eq!(
        store.dead_letter(letter.id).await.unwrap().as_ref(),
        Some(letter)
    );
    assert_eq!(left(&log).await, 0);
    assert_eq!(
        log.state()
            .await
            .unwrap()
            .iter()
            .map(|state| state.dead)
            .sum::<u64>(),
        1
    );
    assert!(store.dead_letters(0).await.unwrap().is_empty());
}

async fn a_poison_entry_ends_as_a_dead_letter(redis: Redis) {
    // The settings of the tests allow two deliveries.
    let store = redis.store().await;
    accept(&store, P, 1).await;
    read(&store.log(Group::Feedback), 1).await;
    let next = store.log(Group::Feedback);
    assert_eq!(next.reclaim(Duration::ZERO).await.unwrap()[0].attempts, 2);
    assert!(next.reclaim(Duration::ZERO).await.unwrap().is_empty());
    let letter = store.dead_letters(10).await.unwrap().remove(0);
    assert_eq!(
        (letter.attempts, letter.reason.as_str()),
        (2, "delivered 2 times and never acknowledged")
    );
    assert_eq!(letter.trace_parent.len(), 55);
    assert_eq!(left(&next).await, 0);
}

async fn an_unreadable_entry_is_buried_at_once(redis: Redis) {
    let settings = redis.settings();
    let store = Store::connect(&settings).await.unwrap();
    let number = accept(&store, P, 1).await[0];
    let add = |fields: [&str; 6]| {
        let mut add = Cmd::new();
        add.arg("XADD")
            .arg(format!("{}:{{{P}}}:log", settings.namespace))
            .arg("*")
            .arg(&fields);
        add
    };
    let number = number.to_string();
    redis
        .raw(&add(["k", "accepted", "c", &number, "e", "not protobuf"]))
        .await;
    redis.raw(&add(["k", "accepted", "c", "12", "e", ""])).await;
    redis
        .raw(&add(["k", "accepted", "c", &number, "e", ""]))
        .await;
    redis
        .raw(&add(["k", "surprise", "c", &number, "e", ""]))
        .await;
    let log = store.log(Group::Classifier);
    let good = read(&log, 1).await;
    read_nothing(&log).await;
    log.ack(&good).await.unwrap();
    let letters = store.dead_letters(10).await.unwrap();
    let reasons: Vec<_> = letters
        .iter()
        .map(|letter| letter.reason.as_str())
        .collect();
    assert!(reasons[0].starts_with("undecodable commit"), "{reasons:?}");
    assert!(
        reasons[1].starts_with("the case number has 2 digits"),
        "{reasons:?}"
    );
    assert_eq!(
        reasons[2..],
        ["the commit is of another case", "unknown kind \"surprise\""]
    );
    assert_eq!(left(&log).await, 0);
}

async fn a_redriven_letter_goes_to_its_group_only(redis: Redis) {
    let store = redis.store().await;
    let number = accept(&store, P, 1).await[0];
    let (classifier, feedback) = (store.log(Group::Classifier), store.log(Group::Feedback));
    let given = read(&classifier, 1).await;
    classifier.ack(&given).await.unwrap();
    let delivery = read(&feedback, 1).await.remove(0);
    feedback.bury(&delivery, "no such unit").await.unwrap();

    let ids: Vec<LetterId> = store
        .dead_letters(10)
        .await
        .unwrap()
        .iter()
        .map(|l| l.id)
        .collect();
    assert_eq!(store.redrive(&ids).await.unwrap(), 1);
    assert_eq!(store.redrive(&ids).await.unwrap(), 0, "once");
    assert!(store.dead_letters(10).await.unwrap().is_empty());

    read_nothing(&classifier).await;
    read_nothing(&classifier).await;
    assert_eq!(left(&classifier).await, 0);
    let again = read(&feedback, 1).await.remove(0);
    assert_eq!(
        (again.number, &again.commit, again.attempts),
        (number, &delivery.commit, 1)
    );
    assert!(again.id > delivery.id);
    // A letter may be given up again.
    feedback.bury(&again, "still no such unit").await.unwrap();
    assert_eq!(
        store.dead_letters(10).await.unwrap()[0].reason,
        "still no such unit"
    );
}

async fn unknown_letters_are_passed_over(redis: Redis) {
    let store = redis.store().await;
    let id = LetterId {
        partition: P,
        entry: EntryId { ms: 1, seq: 1 },
    };
    assert_eq!(store.redrive(&[id]).await.unwrap(), 0);
    assert_eq!(store.dead_letter(id).await.unwrap(), None);
    let elsewhere = LetterId {
        partition: Partition(50),
        ..id
    };
    assert!(
        store
            .redrive(&[elsewhere])
            .await
            .unwrap_err()
            .to_string()
            .contains("no partition p50")
    );
}
