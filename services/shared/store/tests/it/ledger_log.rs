//! A ledger's log, the documents that come with its entries, and its feed. The rules' and the models' share all of it.

use swiftline_store::{Appended, Document, MAX_BATCH, MAX_ENTRY_BYTES, Store, StoreError};

use crate::support::{Redis, on_both};

on_both!(
    an_entry_is_appended_where_its_writer_saw_the_end,
    an_append_may_be_repeated,
    two_writers_never_get_the_same_place,
    the_log_is_read_in_pieces,
    an_entry_and_its_document_come_together,
    what_is_too_large_is_refused,
    followers_are_woken,
    two_workflows_have_nothing_in_common,
);

const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

async fn append(store: &Store, at: u64, entry: &str) -> Appended {
    let appended = store.rules().append(at, entry.as_bytes(), None).await;
    appended.unwrap()
}

async fn everything(store: &Store) -> Vec<String> {
    let entries = store.rules().entries(0, MAX_BATCH).await.unwrap();
    let text = |entry| String::from_utf8(entry).unwrap();
    entries.into_iter().map(text).collect()
}

async fn an_entry_is_appended_where_its_writer_saw_the_end(redis: Redis) {
    let store = redis.store().await;
    assert_eq!(everything(&store).await.len(), 0);
    assert_eq!(append(&store, 0, "a").await, Appended::Done);
    assert_eq!(append(&store, 1, "b").await, Appended::Done);
    for at in [0, 1, 3, u64::MAX] {
        let stale = Appended::Stale { length: 2 };
        assert_eq!(append(&store, at, "c").await, stale, "at {at}");
    }
    assert_eq!(everything(&store).await, ["a", "b"]);
    assert_eq!(everything(&store).await.len(), 2);
}

async fn an_append_may_be_repeated(redis: Redis) {
    let store = redis.store().await;
    for (at, entry) in [(0, "a"), (0, "a"), (1, "b"), (0, "a"), (1, "b")] {
        assert_eq!(append(&store, at, entry).await, Appended::Done);
    }
    assert_eq!(everything(&store).await, ["a", "b"]);
    // The same bytes in another place are another entry.
    let stale = Appended::Stale { length: 2 };
    assert_eq!(append(&store, 1, "a").await, stale);
    assert_eq!(append(&store, 2, "a").await, Appended::Done);
}

async fn two_writers_never_get_the_same_place(redis: Redis) {
    const EACH: usize = 30;
    let settings = redis.settings();
    let mut writers = Vec::new();
    for writer in ["a", "b"] {
        let store = Store::connect(&settings).await.unwrap();
        writers.push(tokio::spawn(async move {
            let (mut at, mut mine) = (0, Vec::new());
            while mine.len() < EACH {
                let entry = format!("{writer}{}", mine.len());
                // Every other answer is lost.
                if at % 2 == 0 {
                    append(&store, at, &entry).await;
                }
                match append(&store, at, &entry).await {
                    Appended::Done => {
                        mine.push((at, entry));
                        at += 1;
                    }
                    Appended::Stale { length } => at = length,
                }
            }
            mine
        }));
    }
    let mut all = Vec::new();
    for writer in writers {
        all.extend(writer.await.unwrap());
    }
    all.sort_unstable();
    let places: Vec<u64> = all.iter().map(|(at, _)| *at).collect();
    assert_eq!(places, (0..2 * EACH as u64).collect::<Vec<_>>());
    let entries: Vec<String> = all.into_iter().map(|(_, entry)| entry).collect();
    let store = Store::connect(&settings).await.unwrap();
    assert_eq!(everything(&store).await, entries);
}

async fn the_log_is_read_in_pieces(redis: Redis) {
    let store = redis.store().await;
    let length = MAX_BATCH as u64 + 4;
    for at in 0..length {
        append(&store, at, &at.to_string()).await;
    }
    let read = async |from, limit| store.rules().entries(from, limit).await.unwrap();
    assert_eq!(read(3, 2).await, [b"3", b"4"]);
    assert_eq!(read(length - 1, 5).await.len(), 1);
    assert_eq!(read(0, usize::MAX).await.len(), MAX_BATCH);
    for (from, limit) in [(0, 0), (length, 1), (u64::MAX, 9)] {
        assert!(read(from, limit).await.is_empty(), "{limit} from {from}");
    }
}

async fn an_entry_and_its_document_come_together(redis: Redis) {
    let store = redis.store().await;
    let document = |bytes| Some(Document { digest: ABC, bytes });
    let append = async |at, entry: &str, bytes| {
        let entry = entry.as_bytes();
        store.rules().append(at, entry, document(bytes)).await
    };
    let stale = append(1, "early", b"abc").await.unwrap();
    assert_eq!(stale, Appended::Stale { length: 0 });
    assert_eq!(store.rules().document(ABC).await.unwrap(), None);

    for _ in 0..2 {
        let done = append(0, "proposed", b"abc").await.unwrap();
        assert_eq!(done, Appended::Done);
    }
    // Another entry may speak of the same document.
    append(1, "proposed again", b"abc").await.unwrap();
    let error = append(2, "forged", b"xyz").await.unwrap_err();
    assert_eq!(error, StoreError::DocumentTaken(ABC.to_owned()));
    assert_eq!(everything(&store).await, ["proposed", "proposed again"]);
    let kept = store.rules().document(ABC).await.unwrap();
    assert_eq!(kept.as_deref(), Some(&b"abc"[..]));
}

async fn what_is_too_large_is_refused(redis: Redis) {
    let store = redis.store().await;
    let entry = vec![b'x'; MAX_ENTRY_BYTES + 1];
    let error = store.rules().append(0, &entry, None).await.unwrap_err();
    let words = "an entry of the rules' log may have 65536 bytes, not 65537";
    assert_eq!(error.to_string(), words);
    let largest = &entry[1..];
    store.rules().append(0, largest, None).await.unwrap();

    // What lies in several pieces cannot come with an entry.
    let bytes = &vec![b'x'; 1024 * 1024 + 1];
    let document = Some(Document { digest: ABC, bytes });
    let error = store.models().append(0, b"x", document).await.unwrap_err();
    let words = "a model may have 1048576 bytes, not 1048577";
    assert_eq!(error.to_string(), words);
    store.rules().append(1, b"x", document).await.unwrap();
    assert_eq!(everything(&store).await.len(), 2);
}

async fn followers_are_woken(redis: Redis) {
    let store = redis.store().await;
    let mut feed = store.rules().feed();
    feed.next().await;
    for at in 0..3 {
        append(&store, at, "entry").await;
        feed.next().await;
    }
    // What changes nothing wakes nobody.
    append(&store, 2, "entry").await;
    append(&store, 0, "stale").await;
    append(&store, 3, "entry").await;
    feed.next().await;
    let quiet = futures::poll!(std::pin::pin!(feed.next()));
    assert!(quiet.is_pending());
}

async fn two_workflows_have_nothing_in_common(redis: Redis) {
    let store = redis.store().await;
    let (mut rules, mut models) = (store.rules().feed(), store.models().feed());
    rules.next().await;
    models.next().await;
    let appended = store.models().append(0, b"model", None).await.unwrap();
    assert_eq!(appended, Appended::Done);
    models.next().await;
    assert_eq!(everything(&store).await.len(), 0);
    assert_eq!(append(&store, 0, "rule").await, Appended::Done);
    rules.next().await;
    let quiet = futures::poll!(std::pin::pin!(models.next()));
    assert!(quiet.is_pending(), "rules wake nobody who follows models");
    let entries = store.models().entries(0, MAX_BATCH).await.unwrap();
    assert_eq!(entries, [b"model"]);
    store.models().beat("a", b"").await.unwrap();
    assert_eq!(store.rules().replicas().await.unwrap(), []);
    assert!(store.rules().take_lease("job", "a", 60_000).await.unwrap());
    assert!(store.models().take_lease("job", "b", 60_000).await.unwrap());
}
