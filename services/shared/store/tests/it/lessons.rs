//! What people's decisions teach, and what models say of each day's messages.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use redis::cmd;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_store::{DriftCounts, Kept, Lesson, LessonCursor, Store, StoreError, Taught};

use crate::support::{Redis, on_both};

on_both!(
    a_decision_is_kept_once_and_a_newer_one_in_its_place,
    the_oldest_lessons_go_first,
    a_correction_counts_once_for_its_category,
    a_reader_sees_each_lesson_once_in_order,
    days_add_up_and_go_after_a_while,
    foreign_records_are_errors,
);

const DAY: Date = date(2026, 11, 22);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_000 + seconds).unwrap()
}

fn number(sequence: u64) -> CaseNumber {
    CaseNumber::new(Partition(2), sequence).unwrap()
}

fn lesson(sequence: u64, seconds: i64) -> Lesson {
    Lesson {
        number: number(sequence),
        model: "zh-groups".to_owned(),
        at: at(seconds),
        day: DAY,
        agreed: false,
        correction: None,
        counts: false,
        record: format!("{sequence}\n{seconds}").into_bytes(),
    }
}

async fn all(store: &Store) -> Vec<Kept> {
    let mut cursor = LessonCursor::from(Timestamp::UNIX_EPOCH);
    let lessons = store.lessons(Partition(2), &mut cursor, 1_000).await;
    lessons.unwrap()
}

async fn records(store: &Store) -> Vec<String> {
    let records = all(store).await.into_iter().map(|kept| kept.record);
    records
        .map(|record| String::from_utf8(record).unwrap())
        .collect()
}

async fn taught(store: &Store) -> Taught {
    let taught = store.taught(&[DAY]).await.unwrap();
    taught.get("zh-groups").copied().unwrap_or_default()
}

async fn a_decision_is_kept_once_and_a_newer_one_in_its_place(redis: Redis) {
    let store = redis.store().await;
    let first = lesson(1, 0);
    for _ in 0..3 {
        let again = std::slice::from_ref(&first);
        store.teach(again, 10).await.unwrap();
    }
    let expected = Kept {
        number: number(1),
        model: "zh-groups".to_owned(),
        at: at(0),
        record: b"1\n0".to_vec(),
    };
    assert_eq!(all(&store).await, [expected]);
    assert_eq!(taught(&store).await.examples, 1, "counted once");
    let newer = Lesson {
        agreed: true,
        ..lesson(1, 5)
    };
    store.teach(&[newer, first], 10).await.unwrap();
    assert_eq!(records(&store).await, ["1\n5"]);
    let two = Taught {
        examples: 2,
        agreed: 1,
    };
    assert_eq!(taught(&store).await, two);
    let other = Lesson {
        model: "zh-units".to_owned(),
        ..lesson(1, 0)
    };
    store.teach(&[other], 10).await.unwrap();
    assert_eq!(records(&store).await, ["1\n0", "1\n5"], "one a model");
}

async fn the_oldest_lessons_go_first(redis: Redis) {
    let settings = redis.settings();
    let store = Store::connect(&settings).await.unwrap();
    for sequence in 1..=5 {
        let lesson = lesson(sequence, sequence.cast_signed());
        store.teach(&[lesson], 3).await.unwrap();
    }
    assert_eq!(records(&store).await, ["3\n3", "4\n4", "5\n5"]);
    let key = format!("{}:{{p02}}:lessons:records", settings.namespace);
    let mut count = cmd("HLEN");
    count.arg(key);
    assert_eq!(redis.raw(&count).await, redis::Value::Int(3));
}

async fn a_correction_counts_once_for_its_category(redis: Redis) {
    let store = redis.store().await;
    let noise = "noise".parse().unwrap();
    let told = |category: &str, seconds| Lesson {
        correction: Some(category.parse().unwrap()),
        counts: true,
        ..lesson(1, seconds)
    };
    // Told again and again, each time a little later.
    for seconds in 0..3 {
        store.teach(&[told("noise", seconds)], 10).await.unwrap();
    }
    assert_eq!(store.corrections(&noise).await.unwrap(), 1);
    assert_eq!(records(&store).await, ["1\n0"]);
    let silent = Lesson {
        counts: false,
        model: "zh-units".to_owned(),
        ..told("noise", 0)
    };
    store.teach(&[silent], 10).await.unwrap();
    assert_eq!(store.corrections(&noise).await.unwrap(), 1);
    store
        .teach(&[told("streets", 9), told("noise", 10)], 10)
        .await
        .unwrap();
    assert_eq!(store.corrections(&noise).await.unwrap(), 2);
}

async fn a_reader_sees_each_lesson_once_in_order(redis: Redis) {
    let store = redis.store().await;
    // Many at the same moment, then later ones.
    for sequence in 1..=20 {
        let seconds = if sequence <= 12 { 0 } else { 1 };
        store
            .teach(&[lesson(sequence, seconds)], 100)
            .await
            .unwrap();
    }
    let mut cursor = LessonCursor::from(at(0));
    let mut seen = Vec::new();
    loop {
        let page = store.lessons(Partition(2), &mut cursor, 5).await.unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(page.into_iter().map(|kept| (kept.at, kept.number)));
    }
    assert_eq!(seen.len(), 20);
    assert!(seen.is_sorted_by_key(|(at, _)| *at));
    let mut late = LessonCursor::from(at(0) + SignedDuration::from_millis(1));
    let late = store.lessons(Partition(2), &mut late, 100).await.unwrap();
    assert_eq!(late.len(), 8);
}

async fn days_add_up_and_go_after_a_while(redis: Redis) {
    let settings = redis.settings();
    let store = Store::connect(&settings).await.unwrap();
    let said = |label: &str, bin: usize| {
        let mut counts = DriftCounts {
            labels: BTreeMap::from([(label.to_owned(), 2)]),
            unsure: 1,
            confidence_millionths: 1_500_000,
            ..DriftCounts::default()
        };
        counts.bins[bin] = 2;
        BTreeMap::from([("zh-groups".to_owned(), counts)])
    };
    let next = DAY.tomorrow().unwrap();
    store.add_drift(DAY, &said("城乡建设", 9)).await.unwrap();
    store.add_drift(DAY, &said("交通运输", 0)).await.unwrap();
    store.add_drift(next, &said("城乡建设", 9)).await.unwrap();
    store.add_drift(DAY, &BTreeMap::new()).await.unwrap();
    let one = store.drift("zh-groups", &[DAY]).await.unwrap();
    assert_eq!((one.messages(), one.unsure), (4, 2));
    let both = store.drift("zh-groups", &[DAY, next]).await.unwrap();
    assert_eq!(both.labels["城乡建设"], 4);
    assert_eq!((both.bins[9], both.bins[0]), (4, 2));
    assert_eq!(both.confidence_millionths, 4_500_000);
    let none = store.drift("en-categories", &[DAY]).await.unwrap();
    assert_eq!(none, DriftCounts::default());
    let mut ttl = cmd("TTL");
    ttl.arg(format!("{}:{{drift}}:zh-groups:{DAY}", settings.namespace));
    let redis::Value::Int(seconds) = redis.raw(&ttl).await else {
        panic!("no lifetime");
    };
    assert!((89 * 86_400..=90 * 86_400).contains(&seconds), "{seconds}");
}

async fn foreign_records_are_errors(redis: Redis) {
    let settings = redis.settings();
    let store = Store::connect(&settings).await.unwrap();
    let namespace = &settings.namespace;
    let set = |key: &str, field: &str| {
        let mut set = cmd("HSET");
        set.arg(format!("{namespace}:{key}")).arg(field).arg(1);
        set
    };
    redis
        .raw(&set(&format!("{{drift}}:m:{DAY}"), "eaten"))
        .await;
    let error = store.drift("m", &[DAY]).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    redis
        .raw(&set(&format!("{{p02}}:taught:{DAY}"), "m|eaten"))
        .await;
    let error = store.taught(&[DAY]).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    let mut add = cmd("ZADD");
    add.arg(format!("{namespace}:{{p02}}:lessons"))
        .arg(1)
        .arg("x");
    redis.raw(&add).await;
    redis.raw(&set("{p02}:lessons:records", "x")).await;
    let mut cursor = LessonCursor::from(Timestamp::UNIX_EPOCH);
    let error = store
        .lessons(Partition(2), &mut cursor, 9)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}
