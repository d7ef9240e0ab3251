//! The archive in a store that speaks S3, if there is one: `tools/sql/s3` starts one and says where it is.

use swiftline_domain::archive::Table;
use swiftline_feedback::archive::{Archive, Compaction};

use crate::made::{case, cases_of, file, filled, month, sums};

/// Where an archive may be made, such as `s3://bucket/prefix`.
const PLACE: &str = "SWIFTLINE_TEST_ARCHIVE";

#[tokio::test(flavor = "multi_thread")]
async fn an_object_store_does_what_a_folder_does() {
    let Ok(place) = std::env::var(PLACE) else {
        println!("skipped: {PLACE} names no place; tools/sql/s3 does");
        return;
    };
    let archive = Archive::open(&place, "small").unwrap();
    let numbers = filled(&archive).await;
    assert_eq!(cases_of(&archive).await, numbers);
    let wanted = numbers[7].parse().unwrap();
    let found = archive.find(wanted).await.unwrap().unwrap();
    let whole = case(wanted.partition().0, wanted.sequence());
    assert_eq!(found.case(), Some(whole));

    // A plan is put down only where there is none: the store must know that.
    let now = Compaction {
        files: 2,
        settled_ms: -60_000,
    };
    let done = archive.compact(&now).await.unwrap();
    assert_eq!(done.merged, 6);
    assert_eq!(cases_of(&archive).await, numbers);
    assert_eq!(archive.erase(-2).await.unwrap(), 6);
    assert_eq!(sums(&archive).await.1, 54);

    let old = month().plus(-3);
    let (name, bytes) = file(1, 9, &[case(1, 90)]);
    archive.put(Table::Cases, old, &name, bytes).await.unwrap();
    assert_eq!(archive.retain(month()).await.unwrap(), [old]);
    assert_eq!(archive.rollups(old..=old).await.unwrap()[0].num_rows(), 1);
}
