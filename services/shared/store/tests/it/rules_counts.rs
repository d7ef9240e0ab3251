//! What happened under each rule.

use std::collections::BTreeMap;

use redis::cmd;
use swiftline_domain::id::{RuleId, UnitId};
use swiftline_domain::number::Partition;
use swiftline_store::{
    Counter, Counts, Delivery, Group, RuleCount, RuleCounter, RuleCounts, Store, StoreError,
};

use crate::support::{Redis, accept_everywhere, on_both, read};

on_both!(
    rules_are_counted_once_under_redelivery,
    rule_sets_are_counted_apart,
    a_foreign_counter_is_an_error,
);

const ONE: &str = "1111111111111111aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TWO: &str = "2222222222222222aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn rule() -> Option<RuleId> {
    Some(RuleId::new("heat.by-street").unwrap())
}

fn count(digest: &str, rule: Option<RuleId>, counter: RuleCounter) -> RuleCount {
    RuleCount {
        digest: digest.to_owned(),
        rule,
        counter,
    }
}

fn all_worth(deliveries: Vec<Delivery>, rules: &[RuleCount]) -> Vec<(Delivery, Counts)> {
    let counts = Counts {
        units: vec![(UnitId::new("dept.water").unwrap(), Counter::Offered)],
        rules: rules.to_vec(),
        ..Counts::default()
    };
    let pair = |delivery| (delivery, counts.clone());
    deliveries.into_iter().map(pair).collect()
}

async fn rules_are_counted_once_under_redelivery(redis: Redis) {
    let store = redis.store().await;
    accept_everywhere(&store, 3).await;
    let log = store.log(Group::Feedback);
    let worth = all_worth(
        read(&log, 12).await,
        &[
            count(ONE, rule(), RuleCounter::Offered),
            count(ONE, rule(), RuleCounter::Returned),
            count(ONE, None, RuleCounter::Triage),
        ],
    );
    // Some are taken over and acknowledged by another, and the answers of the rest are lost.
    let other = store.log(Group::Feedback);
    other.ack_counting(&worth[..5]).await.unwrap();
    for _ in 0..3 {
        log.ack_counting(&worth).await.unwrap();
    }
    let by_rule = RuleCounts {
        offered: 12,
        returned: 12,
        ..RuleCounts::default()
    };
    let by_backstop = RuleCounts {
        triage: 12,
        ..RuleCounts::default()
    };
    let expected = BTreeMap::from([(rule(), by_rule), (None, by_backstop)]);
    assert_eq!(store.rule_counts(ONE).await.unwrap(), expected);
    let rates = store.rates().await.unwrap();
    assert_eq!(
        rates["dept.water"],
        BTreeMap::from([(Counter::Offered, 12)])
    );
}

async fn rule_sets_are_counted_apart(redis: Redis) {
    let store = redis.store().await;
    accept_everywhere(&store, 2).await;
    let log = store.log(Group::Feedback);
    let one = count(ONE, rule(), RuleCounter::Expired);
    let two = count(TWO, rule(), RuleCounter::Transferred);
    let mixed = [one.clone(), two.clone(), two, one];
    let worth = all_worth(read(&log, 8).await, &mixed);
    log.ack_counting(&worth).await.unwrap();
    let of = async |digest| store.rule_counts(digest).await.unwrap();
    let (expired, transferred) = (of(ONE).await[&rule()], of(TWO).await[&rule()]);
    assert_eq!((expired.expired, expired.transferred), (16, 0));
    assert_eq!((transferred.expired, transferred.transferred), (0, 16));
    assert_eq!(of("3333").await, BTreeMap::new());
}

async fn a_foreign_counter_is_an_error(redis: Redis) {
    let settings = redis.settings();
    let store = Store::connect(&settings).await.unwrap();
    let key = format!("{}:{{{}}}:rules:3333", settings.namespace, Partition(1));
    let mut set = cmd("HSET");
    set.arg(key).arg("rule|eaten").arg(1);
    redis.raw(&set).await;
    let error = store.rule_counts("3333").await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}
