//! A small archive that is kept in `tools/sql/tests/golden`: programs with other versions of Arrow and Parquet are tested on
//! what this service's writer has made.

use std::path::{Path, PathBuf};

use swiftline_domain::archive::{CaseRow, EventRow, Month, Table};
use swiftline_feedback::archive::{Archive, Compaction, Step, row};

use crate::made::{breaking, case, event, file, month};

/// Set to write the files anew.
const WRITE: &str = "SWIFTLINE_WRITE_GOLDEN";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/sql/tests/golden")
}

/// The cases of a batch: 10 of them, as the formula of the city has counted them.
fn cases(partition: u8, batch: u64) -> Vec<CaseRow<'static>> {
    let row = |sequence: u64| {
        let row = case(partition, sequence);
        let counts = !sequence.is_multiple_of(8);
        CaseRow {
            score_unit: row.unit,
            score_excluded: (!counts).then_some("praise"),
            score_contacted: row.contacted.filter(|_| counts),
            score_solved: row.solved.filter(|_| counts),
            // Every second one does not say.
            score_satisfied: (counts && sequence.is_multiple_of(2)).then_some(true),
            score_formula: Some("0123456789abcdef"),
            ..row
        }
    };
    (batch * 10..batch * 10 + 10).map(row).collect()
}

/// Two cities. `small` has a month whose merged file stands beside those that it covers, as a crash leaves it, and a month of
/// which only sums are left; `other` has one file.
async fn write(root: &Path) {
    let small = Archive::open(root.to_str().unwrap(), "small").unwrap();
    let dropped: Month = "2024-12".parse().unwrap();
    put(&small, Table::Cases, dropped, file(1, 1, &cases(1, 1))).await;
    small.retain(dropped.plus(1)).await.unwrap();
    for batch in [2, 3] {
        let (cases, events) = (cases(1, batch), events(1, batch));
        put(&small, Table::Cases, month(), file(1, batch, &cases)).await;
        put(&small, Table::Events, month(), file(1, batch, &events)).await;
    }
    let now = Compaction {
        files: 2,
        settled_ms: -1_000,
    };
    breaking(&small, Step::Merged, 1)
        .compact(&now)
        .await
        .unwrap_err();
    let other = Archive::open(root.to_str().unwrap(), "other").unwrap();
    put(
        &other,
        Table::Cases,
        month().plus(1),
        file(2, 1, &cases(2, 4)),
    )
    .await;
}

async fn put(archive: &Archive, table: Table, month: Month, (name, bytes): (String, Vec<u8>)) {
    archive.put(table, month, &name, bytes).await.unwrap();
}

/// Three events of each case of a batch.
fn events(partition: u8, batch: u64) -> Vec<EventRow<'static>> {
    let of = |sequence| (1..=3).map(move |version| event(partition, sequence, version));
    (batch * 10..batch * 10 + 10).flat_map(of).collect()
}

/// Everything that an archive's own reader gives, as text.
async fn read(root: &Path) -> Vec<String> {
    let mut rows = Vec::new();
    let (from, to) = (month().plus(-12), month().plus(12));
    for city in ["small", "other"] {
        let archive = Archive::open(root.to_str().unwrap(), city).unwrap();
        for batch in archive.cases(from..=to, &[]).await.unwrap() {
            let batch = batch.unwrap();
            let all = (0..batch.num_rows()).map(|at| row::<CaseRow<'_>>(&batch, at).unwrap());
            rows.extend(all.map(|row| format!("{city} {row:?}")));
        }
        for batch in archive.events(from..=to, &[]).await.unwrap() {
            let batch = batch.unwrap();
            let all = (0..batch.num_rows()).map(|at| row::<EventRow<'_>>(&batch, at).unwrap());
            rows.extend(all.map(|row| format!("{city} {row:?}")));
        }
        for batch in archive.rollups(from..=to).await.unwrap() {
            rows.push(format!("{city} {batch:?}"));
        }
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kept_archive_is_what_the_writer_makes_now() {
    let fresh = tempfile::tempdir().unwrap();
    write(fresh.path()).await;
    let wanted = read(fresh.path()).await;
    assert_eq!(wanted.len(), 20 + 60 + 1 + 10);
    if std::env::var_os(WRITE).is_some() {
        let _ = std::fs::remove_dir_all(folder());
        write(&folder()).await;
    }
    // Opening makes a folder that is not there.
    assert!(folder().is_dir(), "set {WRITE}=1 once to write it");
    let kept = read(&folder()).await;
    assert!(
        kept == wanted,
        "the columns have changed: set {WRITE}=1 once to write tools/sql/tests/golden anew, and look at its tests"
    );
}
