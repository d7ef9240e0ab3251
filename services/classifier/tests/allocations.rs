//! How often a message makes the engine allocate, once it is warm: a storm of allocations fails here and not in production.
//!
//! A binary of its own, because it counts what the process allocates.

#[path = "../benches/common/city.rs"]
mod city;
#[path = "../benches/common/texts.rs"]
mod texts;

use allocation_counter::measure;
use swiftline_classifier::engine::Classify as _;

use self::city::{complaints, engine};
use self::texts::{CHINESE, ENGLISH};

/// The most allocations a message, on average over the texts. Nearly all are pieces of the answer: ids, words of evidence,
/// alternatives.
const MOST: u64 = 40;

/// The most bytes a message, the answer's included.
const MOST_BYTES: u64 = 6 << 10;

#[test]
fn a_message_allocates_little_but_its_answer() {
    for (city, texts) in [("beijing", CHINESE), ("nyc", ENGLISH)] {
        let engine = engine(city);
        let batch = complaints(&texts, None);
        let messages = batch.len() as u64;
        drop(engine.classify(&batch));
        let one_by_one = measure(|| {
            for complaint in &batch {
                drop(engine.classify_one(complaint));
            }
        });
        let together = measure(|| drop(engine.classify(&batch)));
        for (how, counted) in [("one by one", one_by_one), ("together", together)] {
            let (count, bytes) = (
                counted.count_total / messages,
                counted.bytes_total / messages,
            );
            println!("{city}, {how}: {count} allocations and {bytes} bytes a message");
            assert!(
                count <= MOST,
                "{city}, {how}: {count} allocations a message"
            );
            assert!(
                bytes <= MOST_BYTES,
                "{city}, {how}: {bytes} bytes a message"
            );
        }
    }
}
