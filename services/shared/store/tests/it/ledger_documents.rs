//! Documents of the ledgers: whole, in pieces, and never changed.

use redis::{Value, cmd};
use swiftline_store::{Document, Ledger, Store, StoreError};

use crate::support::{Redis, on_both};

on_both!(
    a_document_never_changes,
    a_long_document_lies_in_pieces,
    a_document_that_was_cut_short_is_begun_again,
    what_is_too_large_is_refused,
);

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const MIB: usize = 1024 * 1024;

async fn put(ledger: Ledger<'_>, digest: &str, bytes: &[u8]) -> Result<(), StoreError> {
    ledger.put_document(Document { digest, bytes }).await
}

/// Bytes that are nowhere like themselves.
fn long(bytes: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

async fn a_document_never_changes(redis: Redis) {
    let store = redis.store().await;
    for ledger in [store.rules(), store.models()] {
        put(ledger, EMPTY, b"").await.unwrap();
        for _ in 0..2 {
            put(ledger, ABC, b"abc").await.unwrap();
        }
        let error = put(ledger, ABC, b"xyz").await.unwrap_err();
        assert!(error.to_string().contains("different text"), "{error}");
        let kept = ledger.document(ABC).await.unwrap();
        assert_eq!(kept.as_deref(), Some(&b"abc"[..]));
        assert_eq!(ledger.document(EMPTY).await.unwrap(), Some(Vec::new()));
        assert_eq!(ledger.document(&"0".repeat(64)).await.unwrap(), None);
        for bad in ["", "abc", &ABC.to_uppercase(), &format!("{ABC}0")] {
            let not_one = StoreError::NotADigest(bad.to_owned());
            assert_eq!(ledger.document(bad).await.unwrap_err(), not_one);
            assert_eq!(put(ledger, bad, b"abc").await.unwrap_err(), not_one);
        }
    }
}

async fn a_long_document_lies_in_pieces(redis: Redis) {
    let settings = redis.settings();
    let store = Store::connect(&settings).await.unwrap();
    // A bit of a third piece; two pieces to the brim; all that there may be.
    for (digit, bytes) in [("a", 2 * MIB + 1), ("b", 2 * MIB), ("c", 20 * MIB)] {
        let (digest, document) = (digit.repeat(64), long(bytes));
        for _ in 0..2 {
            put(store.models(), &digest, &document).await.unwrap();
        }
        let kept = store.models().document(&digest).await.unwrap().unwrap();
        assert!(kept == document, "{bytes} bytes");
        for (piece, wanted) in [("", MIB), (":1", MIB)] {
            let mut strlen = cmd("STRLEN");
            strlen.arg(format!(
                "{}:{{models}}:doc:{digest}{piece}",
                settings.namespace
            ));
            assert_eq!(redis.raw(&strlen).await, Value::Int(wanted as i64));
        }
    }
}

async fn a_document_that_was_cut_short_is_begun_again(redis: Redis) {
    let settings = redis.settings();
    let store = Store::connect(&settings).await.unwrap();
    let (digest, document) = ("a".repeat(64), long(3 * MIB));
    put(store.models(), &digest, &document).await.unwrap();
    let key = format!("{}:{{models}}:doc:{digest}", settings.namespace);
    redis.raw(cmd("DEL").arg(&key)).await;
    let none = store.models().document(&digest).await.unwrap();
    assert_eq!(none, None, "the first piece is written last");
    put(store.models(), &digest, &document).await.unwrap();
    let kept = store.models().document(&digest).await.unwrap();
    assert!(kept.as_deref() == Some(&document[..]));
    // A piece that is lost is not made up for: the digest tells.
    redis.raw(cmd("DEL").arg(format!("{key}:1"))).await;
    let kept = store.models().document(&digest).await.unwrap();
    assert!(kept.as_deref() == Some(&document[..MIB]));
}

async fn what_is_too_large_is_refused(redis: Redis) {
    let store = redis.store().await;
    for (ledger, most) in [(store.rules(), 8 * MIB), (store.models(), 20 * MIB)] {
        let document = vec![b'x'; most + 1];
        let error = put(ledger, ABC, &document).await.unwrap_err();
        assert!(matches!(error, StoreError::TooLarge { .. }), "{error}");
        assert_eq!(ledger.document(ABC).await.unwrap(), None);
        put(ledger, ABC, &document[1..]).await.unwrap();
        let kept = ledger.document(ABC).await.unwrap().unwrap();
        assert!(kept == document[1..]);
    }
}
