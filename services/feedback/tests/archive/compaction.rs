use swiftline_domain::archive::Table;
use swiftline_feedback::archive::{Compacted, Compaction, Step};

use crate::made::{archive, breaking, case, cases_of, file, filled, month, names};

/// Everything is over and done with.
const NOW: Compaction = Compaction {
    files: 2,
    settled_ms: -1_000,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_month_become_one() {
    let (folder, archive) = archive();
    let numbers = filled(&archive).await;
    assert_eq!(names(&folder, Table::Cases).len(), 6);
    assert_eq!(
        archive.compact(&NOW).await.unwrap(),
        Compacted {
            merged: 6,
            removed: 0
        }
    );
    assert_eq!(names(&folder, Table::Cases).len(), 1);
    assert_eq!(cases_of(&archive).await, numbers);
    assert_eq!(
        archive.compact(&NOW).await.unwrap(),
        Compacted::default(),
        "nothing is left to do"
    );
    assert!(
        archive
            .find(numbers[7].parse().unwrap())
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_off_anywhere_no_row_is_lost_or_doubled() {
    for (step, nth) in [
        (Step::Planned, 1),
        (Step::Merged, 1),
        (Step::Removed, 1),
        (Step::Removed, 4),
        (Step::Removed, 6),
    ] {
        let (folder, archive) = archive();
        let numbers = filled(&archive).await;
        breaking(&archive, step, nth)
            .compact(&NOW)
            .await
            .unwrap_err();
        assert_eq!(cases_of(&archive).await, numbers, "after {step:?} {nth}");
        // More comes before anybody goes on.
        let (name, bytes) = file(1, 4, &[case(1, 99)]);
        archive
            .put(Table::Cases, month(), &name, bytes)
            .await
            .unwrap();
        archive.compact(&NOW).await.unwrap();
        archive.compact(&NOW).await.unwrap();
        assert_eq!(
            names(&folder, Table::Cases).len(),
            1,
            "after {step:?} {nth}"
        );
        assert_eq!(
            cases_of(&archive).await.len(),
            numbers.len() + 1,
            "after {step:?} {nth}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_comes_again_late_is_not_read_and_goes() {
    let (folder, archive) = archive();
    let numbers = filled(&archive).await;
    archive.compact(&NOW).await.unwrap();
    let again: Vec<_> = (20..30).map(|sequence| case(1, sequence)).collect();
    let (name, bytes) = file(1, 2, &again);
    archive
        .put(Table::Cases, month(), &name, bytes)
        .await
        .unwrap();
    assert_eq!(cases_of(&archive).await, numbers);
    assert_eq!(
        archive.compact(&NOW).await.unwrap(),
        Compacted {
            merged: 0,
            removed: 1
        }
    );
    assert_eq!(names(&folder, Table::Cases).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_do_it_once() {
    let (folder, archive) = archive();
    let numbers = filled(&archive).await;
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let archive = archive.clone();
            tokio::spawn(async move { archive.compact(&NOW).await })
        })
        .collect();
    for task in tasks {
        // Who comes second may find a file gone that it wanted to read; the next call goes on.
        let _ = task.await.unwrap();
    }
    archive.compact(&NOW).await.unwrap();
    assert_eq!(names(&folder, Table::Cases).len(), 1);
    assert_eq!(cases_of(&archive).await, numbers);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_month_is_merged_when_there_are_enough() {
    let (folder, archive) = archive();
    filled(&archive).await;
    let when = |files| Compaction {
        files,
        settled_ms: 1_000_000_000_000,
    };
    assert_eq!(archive.compact(&when(7)).await.unwrap().merged, 0);
    assert_eq!(archive.compact(&when(6)).await.unwrap().merged, 6);
    assert_eq!(names(&folder, Table::Cases).len(), 1);
}
