//! What became of answers of the knowledge base.

use std::collections::BTreeMap;

use redis::cmd;
use swiftline_domain::id::{EntryId, RuleId, UnitId};
use swiftline_domain::number::Partition;
use swiftline_store::{
    AnswerCounter, AnswerCounts, Counter, Counts, Delivery, Group, RuleCount, RuleCounter, Store,
    StoreError,
};

use crate::support::{Redis, accept_everywhere, on_both, read};

on_both!(
    answers_are_counted_once_beside_units_and_rules,
    a_foreign_counter_is_an_error,
);

fn entry(id: &str) -> EntryId {
    EntryId::new(id).unwrap()
}

async fn answers_are_counted_once_beside_units_and_rules(redis: Redis) {
    let store = redis.store().await;
    accept_everywhere(&store, 3).await;
    let log = store.log(Group::Feedback);
    let rule = RuleId::new("heat.by-street").unwrap();
    let counts = Counts {
        units: vec![(UnitId::new("dept.water").unwrap(), Counter::Offered)],
        rules: vec![RuleCount {
            digest: "3333".to_owned(),
            rule: Some(rule.clone()),
            counter: RuleCounter::Offered,
        }],
        answers: vec![
            (entry("heating-season"), AnswerCounter::Answered),
            (entry("heating-season"), AnswerCounter::NotSolved),
            (entry("gas-meter"), AnswerCounter::Confirmed),
        ],
        ..Counts::default()
    };
    let worth: Vec<(Delivery, Counts)> = read(&log, 12)
        .await
        .into_iter()
        .map(|delivery| (delivery, counts.clone()))
        .collect();
    // Some are taken over and acknowledged by another, and the answers of the rest are lost.
    let other = store.log(Group::Feedback);
    other.ack_counting(&worth[..5]).await.unwrap();
    for _ in 0..3 {
        log.ack_counting(&worth).await.unwrap();
    }
    let season = AnswerCounts {
        answered: 12,
        not_solved: 12,
        ..AnswerCounts::default()
    };
    let meter = AnswerCounts {
        confirmed: 12,
        ..AnswerCounts::default()
    };
    let expected = BTreeMap::from([
        (entry("gas-meter"), meter),
        (entry("heating-season"), season),
    ]);
    assert_eq!(store.answer_counts().await.unwrap(), expected);
    let rules = store.rule_counts("3333").await.unwrap();
    assert_eq!(rules[&Some(rule)].offered, 12);
    let rates = store.rates().await.unwrap();
    assert_eq!(rates["dept.water"][&Counter::Offered], 12);
}

async fn a_foreign_counter_is_an_error(redis: Redis) {
    let settings = redis.settings();
    let store = Store::connect(&settings).await.unwrap();
    let namespace = &settings.namespace;
    let key = format!("{namespace}:{{{}}}:answers", Partition(1));
    let mut set = cmd("HSET");
    set.arg(key).arg("entry|eaten").arg(1);
    redis.raw(&set).await;
    let error = store.answer_counts().await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}
