//! Notes of cases, written by the acknowledgement, and the documents that are made of them.

use std::time::Duration;

use swiftline_domain::number::Partition;
use swiftline_store::{
    Counts, Delivery, Folded, Group, InsightDocument, InsightState, MAX_INSIGHT_BYTES, StoreError,
};

use crate::support::{Redis, accept_everywhere, on_both, read};

on_both!(
    a_note_is_kept_once_however_often_it_is_acknowledged,
    documents_are_put_by_who_has_seen_the_newest,
    what_is_too_large_is_refused,
);

async fn a_note_is_kept_once_however_often_it_is_acknowledged(redis: Redis) {
    let store = redis.store().await;
    accept_everywhere(&store, 3).await;
    let log = store.log(Group::Feedback);
    let worth: Vec<(Delivery, Counts)> = read(&log, 12)
        .await
        .into_iter()
        .map(|delivery| {
            let note = delivery.number.to_string().into_bytes();
            (
                delivery,
                Counts {
                    note,
                    ..Counts::default()
                },
            )
        })
        .collect();
    for _ in 0..3 {
        log.ack_counting(&worth).await.unwrap();
    }
    let mut seen = Vec::new();
    for partition in store.partitions() {
        let first = store.notes(partition, "", 2).await.unwrap();
        assert_eq!(first.len(), 2);
        let rest = store.notes(partition, &first[1].id, 9).await.unwrap();
        assert_eq!(rest.len(), 1);
        seen.extend(first.iter().chain(&rest).map(|note| note.bytes.clone()));
        store.forget_notes(partition, &rest[0].id).await.unwrap();
        assert!(
            !store.notes(partition, "", 9).await.unwrap().is_empty(),
            "the last stays"
        );
    }
    seen.sort();
    let mut wanted: Vec<Vec<u8>> = worth.into_iter().map(|(_, counts)| counts.note).collect();
    wanted.sort();
    assert_eq!(seen, wanted);
    let nowhere = store.notes(Partition(99), "", 1).await.unwrap_err();
    assert!(matches!(nowhere, StoreError::NoSuchPartition { .. }));
}

async fn documents_are_put_by_who_has_seen_the_newest(redis: Redis) {
    let store = redis.store().await;
    assert_eq!(
        store.insight_state().await.unwrap(),
        InsightState::default()
    );
    let put = async |saw, cursor: &[u8], bytes: &[u8]| {
        let document = InsightDocument {
            name: "hours:1",
            bytes,
            lifetime: Some(Duration::from_secs(60)),
        };
        let put = store.fold_insight(saw, cursor, &[document]).await;
        put.unwrap()
    };
    assert_eq!(put(0, b"a 1", b"one").await, Folded::Done);
    assert_eq!(put(0, b"a 1", b"one").await, Folded::Done, "sent again");
    assert_eq!(put(0, b"b 1", b"late").await, Folded::Stale { revision: 1 });
    assert_eq!(put(1, b"b 1", b"two").await, Folded::Done);
    let state = store.insight_state().await.unwrap();
    assert_eq!((state.revision, state.cursor.as_slice()), (2, &b"b 1"[..]));
    let names = ["hours:1".to_owned(), "hours:2".to_owned()];
    let found = store.insight_documents(&names).await.unwrap();
    assert_eq!(found, [Some(b"two".to_vec()), None]);
    assert_eq!(
        store.insight_documents(&[]).await.unwrap(),
        Vec::<Option<Vec<u8>>>::new()
    );
}

async fn what_is_too_large_is_refused(redis: Redis) {
    let store = redis.store().await;
    let bytes = vec![0; MAX_INSIGHT_BYTES + 1];
    let document = InsightDocument {
        name: "hours:1",
        bytes: &bytes,
        lifetime: None,
    };
    let refused = store.fold_insight(0, b"a", &[document]).await.unwrap_err();
    assert!(matches!(refused, StoreError::TooLarge { .. }));
    assert_eq!(store.insight_state().await.unwrap().revision, 0);
}
