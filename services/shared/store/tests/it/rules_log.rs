//! The rules' log, its documents and its feed.

use swiftline_store::{
    Document, MAX_BATCH, MAX_RULES_DOCUMENT_BYTES, MAX_RULES_ENTRY_BYTES, RulesAppended, Store,
    StoreError,
};

use crate::support::{Redis, on_both};

on_both!(
    an_entry_is_appended_where_its_writer_saw_the_end,
    an_append_may_be_repeated,
    two_writers_never_get_the_same_place,
    the_log_is_read_in_pieces,
    an_entry_and_its_document_come_together,
    a_document_never_changes,
    what_is_too_large_is_refused,
    followers_are_woken,
);

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

async fn append(store: &Store, at: u64, entry: &str) -> RulesAppended {
    let appended = store.append_rules_entry(at, entry.as_bytes(), None).await;
    appended.unwrap()
}

async fn everything(store: &Store) -> Vec<String> {
    let entries = store.rules_log(0, MAX_BATCH).await.unwrap();
    let text = |entry| String::from_utf8(entry).unwrap();
    entries.into_iter().map(text).collect()
}

async fn an_entry_is_appended_where_its_writer_saw_the_end(redis: Redis) {
    let store = redis.store().await;
    assert_eq!(everything(&store).await.len(), 0);
    assert_eq!(append(&store, 0, "a").await, RulesAppended::Done);
    assert_eq!(append(&store, 1, "b").await, RulesAppended::Done);
    for at in [0, 1, 3, u64::MAX] {
        let stale = RulesAppended::Stale { length: 2 };
        assert_eq!(append(&store, at, "c").await, stale, "at {at}");
    }
    assert_eq!(everything(&store).await, ["a", "b"]);
    assert_eq!(everything(&store).await.len(), 2);
}

async fn an_append_may_be_repeated(redis: Redis) {
    let store = redis.store().await;
    for (at, entry) in [(0, "a"), (0, "a"), (1, "b"), (0, "a"), (1, "b")] {
        assert_eq!(append(&store, at, entry).await, RulesAppended::Done);
    }
    assert_eq!(everything(&store).await, ["a", "b"]);
    // The same bytes in another place are another entry.
    let stale = RulesAppended::Stale { length: 2 };
    assert_eq!(append(&store, 1, "a").await, stale);
    assert_eq!(append(&store, 2, "a").await, RulesAppended::Done);
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
                    RulesAppended::Done => {
                        mine.push((at, entry));
                        at += 1;
                    }
                    RulesAppended::Stale { length } => at = length,
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
    let read = async |from, limit| store.rules_log(from, limit).await.unwrap();
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
        store.append_rules_entry(at, entry, document(bytes)).await
    };
    let stale = append(1, "early", b"abc").await.unwrap();
    assert_eq!(stale, RulesAppended::Stale { length: 0 });
    assert_eq!(store.rules_document(ABC).await.unwrap(), None);

    for _ in 0..2 {
        let done = append(0, "proposed", b"abc").await.unwrap();
        assert_eq!(done, RulesAppended::Done);
    }
    // Another entry may speak of the same document.
    append(1, "proposed again", b"abc").await.unwrap();
    let error = append(2, "forged", b"xyz").await.unwrap_err();
    assert_eq!(error, StoreError::DocumentTaken(ABC.to_owned()));
    assert_eq!(everything(&store).await, ["proposed", "proposed again"]);
    let kept = store.rules_document(ABC).await.unwrap();
    assert_eq!(kept.as_deref(), Some(&b"abc"[..]));
}

async fn a_document_never_changes(redis: Redis) {
    let store = redis.store().await;
    store.put_rules_document(EMPTY, b"").await.unwrap();
    for _ in 0..2 {
        store.put_rules_document(ABC, b"abc").await.unwrap();
    }
    let error = store.put_rules_document(ABC, b"xyz").await.unwrap_err();
    assert!(error.to_string().contains("different text"), "{error}");
    let kept = store.rules_document(ABC).await.unwrap();
    assert_eq!(kept.as_deref(), Some(&b"abc"[..]));
    assert_eq!(store.rules_document(EMPTY).await.unwrap(), Some(Vec::new()));
    let unknown = store.rules_document(&"0".repeat(64)).await;
    assert_eq!(unknown.unwrap(), None);
    for bad in ["", "abc", &ABC.to_uppercase(), &format!("{ABC}0")] {
        let not_one = StoreError::NotADigest(bad.to_owned());
        assert_eq!(store.rules_document(bad).await.unwrap_err(), not_one);
        let put = store.put_rules_document(bad, b"abc").await;
        assert_eq!(put.unwrap_err(), not_one);
    }
}

async fn what_is_too_large_is_refused(redis: Redis) {
    let store = redis.store().await;
    let entry = vec![b'x'; MAX_RULES_ENTRY_BYTES + 1];
    let error = store.append_rules_entry(0, &entry, None).await.unwrap_err();
    let words = "an entry of the rules' log may have 65536 bytes, not 65537";
    assert_eq!(error.to_string(), words);
    let largest = &entry[1..];
    store.append_rules_entry(0, largest, None).await.unwrap();

    let text = vec![b'x'; MAX_RULES_DOCUMENT_BYTES + 1];
    let error = store.put_rules_document(ABC, &text).await.unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { .. }), "{error}");
    let document = Document {
        digest: ABC,
        bytes: &text,
    };
    let appended = store.append_rules_entry(1, b"x", Some(document)).await;
    assert_eq!(appended.unwrap_err(), error);
    store.put_rules_document(ABC, &text[1..]).await.unwrap();
    let kept = store.rules_document(ABC).await.unwrap().unwrap();
    assert!(kept == text[1..]);
    assert_eq!(everything(&store).await.len(), 1);
}

async fn followers_are_woken(redis: Redis) {
    let store = redis.store().await;
    let mut feed = store.rules_feed();
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
