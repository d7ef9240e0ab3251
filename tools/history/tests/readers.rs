//! Other people's programs read the archive as it is: pyarrow and DuckDB from PyPI, in an environment of their own under the
//! target folder. Without PyPI the test says so and is skipped.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use swiftline_domain::city::CityPack;
use swiftline_feedback::archive::Archive;
use swiftline_history::{Made, Plan, make};

/// What both must say: rows of each table, distinct case numbers, the type of a time, and one month's closed cases.
const QUESTION: &str = r#"
import sys
root, reader = sys.argv[1], sys.argv[2]
if reader == "pyarrow":
    import pyarrow.dataset as ds, pyarrow.compute as pc
    cases = ds.dataset(root + "/cases", partitioning="hive").to_table()
    events = ds.dataset(root + "/events", partitioning="hive").to_table()
    month = cases.filter(pc.equal(cases["month"], "2025-12"))
    closed = month.filter(pc.equal(month["state"], "closed")).num_rows
    assert str(cases.schema.field("accepted_at").type) == "timestamp[ms, tz=UTC]", cases.schema
    assert str(cases.schema.field("caller").type) == "int64" and str(cases.schema.field("offers").type) == "uint16"
    print(cases.num_rows, events.num_rows, pc.count_distinct(cases["case_number"]).as_py(), closed)
else:
    import duckdb
    at = lambda table: f"read_parquet('{root}/{table}/**/*.parquet', hive_partitioning = true)"
    one = lambda sql: duckdb.sql(sql).fetchall()[0][0]
    print(one(f"SELECT count(*) FROM {at('cases')}"), one(f"SELECT count(*) FROM {at('events')}"),
          one(f"SELECT count(DISTINCT case_number) FROM {at('cases')}"),
          one(f"SELECT count(*) FROM {at('cases')} WHERE month = '2025-12' AND state = 'closed' AND ended_at < '2026-01-01 00:00:00+00'"))
"#;

/// The Python of the environment, made when it is not there; `None` when it cannot be.
fn python(package: &str) -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    let folder = target.join("readers-venv");
    let python = folder.join("bin/python");
    let works = |args: &[&str]| {
        Command::new(&python)
            .args(args)
            .output()
            .is_ok_and(|ended| ended.status.success())
    };
    let import = format!("import {package}");
    if works(&["-c", &import]) {
        return Some(python);
    }
    let made = Command::new("python3")
        .args(["-m", "venv"])
        .arg(&folder)
        .output();
    if !made.is_ok_and(|ended| ended.status.success()) {
        return None;
    }
    works(&["-m", "pip", "install", "--quiet", package]).then_some(python)
}

async fn history() -> (tempfile::TempDir, Made) {
    let folder = tempfile::tempdir().unwrap();
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../k8s/cities/beijing");
    let pack = CityPack::load(&pack, |folder, names| {
        swiftline_config::read_folder(folder, names)
    })
    .unwrap();
    let archive = Archive::open(folder.path().to_str().unwrap(), "beijing").unwrap();
    let plan = Plan {
        cases: 6_000,
        months: 3,
        until: "2025-12".parse().unwrap(),
        seed: 3,
        event_months: 1,
    };
    let made = make(&archive, &pack, &plan, 2, |_| {}).await.unwrap();
    (folder, made)
}

async fn read_by(package: &str) {
    let Some(python) = python(package) else {
        println!("skipped: {package} cannot be installed from PyPI here");
        return;
    };
    let (folder, made) = history().await;
    let asked = Command::new(python)
        .args(["-c", QUESTION])
        .arg(folder.path())
        .arg(package)
        .output()
        .unwrap();
    assert!(
        asked.status.success(),
        "{}",
        String::from_utf8_lossy(&asked.stderr)
    );
    let answer = String::from_utf8(asked.stdout).unwrap();
    let numbers: Vec<u64> = answer
        .split_ascii_whitespace()
        .map(|word| word.parse().unwrap())
        .collect();
    assert_eq!(
        numbers[..3],
        [made.cases, made.events, made.cases],
        "{package}"
    );
    assert!(
        numbers[3] > 500 && numbers[3] < made.cases,
        "{package}: {answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pyarrow_reads_it() {
    read_by("pyarrow").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_reads_it() {
    read_by("duckdb").await;
}
