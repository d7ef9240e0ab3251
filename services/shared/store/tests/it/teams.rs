use swiftline_domain::id::OfferNo;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::vocabulary::Lane;
use swiftline_proto::router::v1::OrderOffer;
use swiftline_store::{QueueCursor, QueuedOffer, Settle, Store, Wake};

use crate::support::{Redis, WITHIN, on_both, team};

on_both!(
    lanes_are_read_in_order_of_urgency,
    a_cursor_goes_on_where_it_was,
    an_offer_is_queued_once,
    a_newer_offer_takes_the_place_of_an_older,
    a_signed_order_leaves_the_lane_and_stays_open,
    an_order_that_is_gone_leaves_both,
    only_the_offer_in_hand_can_be_settled,
    long_batches_are_split,
    desks_are_woken,
);

fn queued(to: &str, lane: Lane, sequence: u64, no: u32) -> QueuedOffer {
    let number = number(sequence);
    QueuedOffer {
        team: team(to),
        lane,
        number,
        offer: OfferNo(no),
        order: OrderOffer {
            case_number: number.to_string(),
            offer: no,
            ..OrderOffer::default()
        },
    }
}

fn number(sequence: u64) -> CaseNumber {
    CaseNumber::new(Partition(0), sequence).unwrap()
}

async fn waiting(store: &Store, name: &str) -> Vec<(String, u32)> {
    let (orders, _) = store
        .waiting(&team(name), &QueueCursor::default(), 1_000)
        .await
        .unwrap();
    orders
        .into_iter()
        .map(|order| (order.case_number, order.offer))
        .collect()
}

fn order(sequence: u64, no: u32) -> (String, u32) {
    (number(sequence).to_string(), no)
}

async fn lanes_are_read_in_order_of_urgency(redis: Redis) {
    let store = redis.store().await;
    let offers = vec![
        queued("a", Lane::Normal, 1, 1),
        queued("a", Lane::Emergency, 2, 1),
        queued("a", Lane::Urgent, 3, 1),
        queued("b", Lane::Normal, 4, 1),
        queued("a", Lane::Emergency, 5, 1),
    ];
    store.offer(offers).await.unwrap();
    let seen = waiting(&store, "a").await;
    assert_eq!(seen, [order(2, 1), order(5, 1), order(3, 1), order(1, 1)]);
    assert_eq!(waiting(&store, "b").await, [order(4, 1)]);
    assert_eq!(waiting(&store, "c").await, []);
    assert_eq!(
        store
            .loads(&[team("b"), team("c"), team("a")])
            .await
            .unwrap(),
        [1, 0, 4]
    );

    let state = store.queue_state(&team("a")).await.unwrap();
    assert_eq!(
        state.lanes.map(|lane| (lane.lane, lane.waiting)),
        [(Lane::Emergency, 2), (Lane::Urgent, 1), (Lane::Normal, 1)]
    );
    assert_eq!(state.open, 4);
    assert!(
        state
            .lanes
            .iter()
            .all(|lane| lane.oldest.is_some_and(|age| age < WITHIN))
    );
    let empty = store.queue_state(&team("c")).await.unwrap();
    assert!(
        empty.open == 0
            && empty
                .lanes
                .iter()
                .all(|lane| lane.waiting == 0 && lane.oldest.is_none())
    );
}

async fn a_cursor_goes_on_where_it_was(redis: Redis) {
    let store = redis.store().await;
    let all: Vec<_> = (0..5)
        .map(|n| queued("a", if n < 3 { Lane::Normal } else { Lane::Urgent }, n, 1))
        .collect();
    store.offer(all).await.unwrap();
    let mut cursor = QueueCursor::default();
    let mut seen = Vec::new();
    for wanted in [2, 2, 1, 0] {
        let (orders, next) = store.waiting(&team("a"), &cursor, 2).await.unwrap();
        assert_eq!(orders.len(), wanted);
        seen.extend(orders.into_iter().map(|order| order.case_number));
        cursor = next;
    }
    assert_eq!(seen, [3, 4, 0, 1, 2].map(|n| number(n).to_string()));
    // What comes later, in whatever lane, comes after.
    store
        .offer(vec![queued("a", Lane::Emergency, 9, 1)])
        .await
        .unwrap();
    let (orders, _) = store.waiting(&team("a"), &cursor, 2).await.unwrap();
    assert_eq!(orders.len(), 1);
}

async fn an_offer_is_queued_once(redis: Redis) {
    let store = redis.store().await;
    let offer = queued("a", Lane::Normal, 1, 2);
    store
        .offer(vec![offer.clone(), offer.clone()])
        .await
        .unwrap();
    store
        .offer(vec![offer, queued("a", Lane::Urgent, 1, 1)])
        .await
        .unwrap();
    assert_eq!(waiting(&store, "a").await, [order(1, 2)]);
    store.offer(Vec::new()).await.unwrap();
}

async fn a_newer_offer_takes_the_place_of_an_older(redis: Redis) {
    let store = redis.store().await;
    store
        .offer(vec![queued("a", Lane::Normal, 1, 1)])
        .await
        .unwrap();
    store
        .offer(vec![queued("a", Lane::Urgent, 1, 3)])
        .await
        .unwrap();
    assert_eq!(waiting(&store, "a").await, [order(1, 3)]);
    assert_eq!(
        store.open_orders(&team("a")).await.unwrap(),
        [(number(1), OfferNo(3))]
    );
}

async fn a_signed_order_leaves_the_lane_and_stays_open(redis: Redis) {
    let store = redis.store().await;
    let offer = queued("a", Lane::Normal, 1, 1);
    store.offer(vec![offer.clone()]).await.unwrap();
    for _ in 0..2 {
        assert!(
            store
                .settle(&team("a"), number(1), OfferNo(1), Settle::Signed)
                .await
                .unwrap()
        );
    }
    store.offer(vec![offer]).await.unwrap();
    assert_eq!(
        waiting(&store, "a").await,
        [],
        "a late repeat of the offer does not bring it back"
    );
    assert_eq!(store.loads(&[team("a")]).await.unwrap(), [1]);
    assert!(
        store
            .settle(&team("a"), number(1), OfferNo(1), Settle::Gone)
            .await
            .unwrap()
    );
    assert_eq!(store.loads(&[team("a")]).await.unwrap(), [0]);
}

async fn an_order_that_is_gone_leaves_both(redis: Redis) {
    let store = redis.store().await;
    store
        .offer(vec![
            queued("a", Lane::Urgent, 1, 1),
            queued("a", Lane::Urgent, 2, 1),
        ])
        .await
        .unwrap();
    assert!(
        store
            .settle(&team("a"), number(1), OfferNo(1), Settle::Gone)
            .await
            .unwrap()
    );
    assert!(
        !store
            .settle(&team("a"), number(1), OfferNo(1), Settle::Gone)
            .await
            .unwrap()
    );
    assert_eq!(waiting(&store, "a").await, [order(2, 1)]);
    assert_eq!(store.loads(&[team("a")]).await.unwrap(), [1]);
}

async fn only_the_offer_in_hand_can_be_settled(redis: Redis) {
    let store = redis.store().await;
    store
        .offer(vec![queued("a", Lane::Normal, 1, 2)])
        .await
        .unwrap();
    for (name, sequence, no) in [("a", 1, 1), ("a", 1, 3), ("a", 2, 2), ("b", 1, 2)] {
        let settled = store
            .settle(&team(name), number(sequence), OfferNo(no), Settle::Gone)
            .await;
        assert!(!settled.unwrap(), "{name} {sequence} {no}");
    }
    assert_eq!(waiting(&store, "a").await, [order(1, 2)]);
}

async fn long_batches_are_split(redis: Redis) {
    let store = redis.store().await;
    let offers = (0..600).map(|n| queued("a", Lane::Normal, n, 1)).collect();
    store.offer(offers).await.unwrap();
    assert_eq!(store.loads(&[team("a")]).await.unwrap(), [600]);
    assert_eq!(waiting(&store, "a").await.len(), 600);
}

async fn desks_are_woken(redis: Redis) {
    let store = redis.store().await;
    let mut feed = store.desk_feed();
    assert_eq!(feed.next().await, Wake::All);
    store
        .offer(vec![
            queued("a", Lane::Normal, 1, 1),
            queued("b", Lane::Normal, 2, 1),
        ])
        .await
        .unwrap();
    assert_eq!(
        [feed.next().await, feed.next().await],
        [Wake::Team(team("a")), Wake::Team(team("b"))]
    );
}
