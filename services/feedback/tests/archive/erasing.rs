use swiftline_domain::archive::{RollupRow, Table};
use swiftline_feedback::archive::{Compaction, Step};

use crate::made::{archive, breaking, cases_of, filled, month, names, sums};

const NOW: Compaction = Compaction {
    files: 2,
    settled_ms: -1_000,
};
/// Every tenth case of `made::case` is theirs.
const CALLER: i64 = -2;

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_taken_out_and_the_scores_stay() {
    let (_folder, archive) = archive();
    filled(&archive).await;
    let (units, callers) = sums(&archive).await;
    assert_eq!(callers, 60);
    assert_eq!(archive.erase(CALLER).await.unwrap(), 6);
    assert_eq!(sums(&archive).await, (units.clone(), 54));
    assert_eq!(
        archive.erase(CALLER).await.unwrap(),
        0,
        "nothing is left of them"
    );
    archive.compact(&NOW).await.unwrap();
    assert_eq!(archive.erase(-1).await.unwrap(), 6, "in merged files too");
    assert_eq!(sums(&archive).await, (units, 48));
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_off_anywhere_it_is_finished_by_whoever_comes() {
    for (step, nth) in [
        (Step::Planned, 1),
        (Step::Rewritten, 1),
        (Step::Rewritten, 6),
    ] {
        let (folder, archive) = archive();
        let numbers = filled(&archive).await;
        breaking(&archive, step, nth)
            .erase(CALLER)
            .await
            .unwrap_err();
        assert_eq!(cases_of(&archive).await, numbers);
        // A merge finishes the plan that it finds before it makes its own.
        archive.compact(&NOW).await.unwrap();
        assert_eq!(sums(&archive).await.1, 54, "after {step:?} {nth}");
        assert_eq!(names(&folder, Table::Cases).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_was_broken_off_brings_nobody_back() {
    for step in [Step::Planned, Step::Merged, Step::Removed] {
        let (_folder, archive) = archive();
        filled(&archive).await;
        breaking(&archive, step, 1).compact(&NOW).await.unwrap_err();
        archive.erase(CALLER).await.unwrap();
        archive.compact(&NOW).await.unwrap();
        assert_eq!(sums(&archive).await.1, 54, "after {step:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_month_leaves_its_sums() {
    for broken in [None, Some((Step::Planned, 1)), Some((Step::Summed, 1))] {
        let (folder, archive) = archive();
        filled(&archive).await;
        assert!(
            archive.retain(month()).await.unwrap().is_empty(),
            "this month is kept"
        );
        if let Some((step, nth)) = broken {
            breaking(&archive, step, nth)
                .retain(month().plus(1))
                .await
                .unwrap_err();
        }
        assert_eq!(archive.retain(month().plus(1)).await.unwrap(), [month()]);
        assert_eq!(names(&folder, Table::Cases), [""; 0]);
        assert_eq!(names(&folder, Table::Rollups), ["rollup-0-1.parquet"]);
        let rollups = archive.rollups(month()..=month()).await.unwrap();
        let mut all = (0, 0, 0);
        for batch in &rollups {
            for at in 0..batch.num_rows() {
                let sum: RollupRow<'_> = swiftline_feedback::archive::row(batch, at).unwrap();
                all = (all.0 + sum.cases, all.1 + sum.solved, all.2 + sum.reopened);
            }
        }
        assert_eq!(all, (60, 46, 12), "{broken:?}");
    }
}
