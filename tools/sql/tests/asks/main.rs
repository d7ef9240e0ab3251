//! Questions to `golden`: a small archive that the feedback service's own writer has made (its test `golden` keeps it). City
//! `small` has 20 cases and 60 events of 2025-03, which lie there twice because a merge was broken off, and the sums of 10 cases
//! that were dropped; city `other` has 10 cases.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod archive;
mod program;

use std::ops::Range;

use swiftline_sql::{Format, Query};

use archive::golden;

async fn ask(archive: &str, city: Option<&str>, sql: &str) -> Result<String, String> {
    let query = Query::open(archive, city).await;
    let query = query.map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    let asked = query.run(sql, Format::Csv, &mut out).await;
    asked.map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).unwrap())
}

async fn answer(sql: &str) -> String {
    ask(&golden(), None, sql).await.unwrap()
}

#[tokio::test]
async fn tables_have_every_row_once_although_a_merge_was_broken_off() {
    let cases = "SELECT city, month, count(*) AS n FROM cases GROUP BY city, month ORDER BY city";
    assert_eq!(
        answer(cases).await,
        "city,month,n\nother,2025-04,10\nsmall,2025-03,20\n"
    );
    let events = "SELECT count(*) AS n, count(DISTINCT case_number) AS c FROM events";
    assert_eq!(answer(events).await, "n,c\n60,20\n");
    assert_eq!(
        answer("SELECT sum(cases) AS n FROM rollups").await,
        "n\n10\n"
    );
}

#[tokio::test]
async fn every_column_reads_back() {
    let one = "SELECT case_number, ended_at, offers, reached, score_day, caller, rule FROM cases WHERE case_number LIKE \
               '01-0000021-%'";
    assert_eq!(
        answer(one)
            .await
            .lines()
            .nth(1)
            .unwrap()
            .split_once(',')
            .unwrap()
            .1,
        "2025-03-01T01:00:21Z,1,true,2025-03-04,-4,"
    );
    let event = "SELECT version, at, event, offer, actor FROM events WHERE case_number LIKE '01-0000021-%' ORDER BY version \
                 LIMIT 1";
    assert_eq!(
        answer(event).await,
        "version,at,event,offer,actor\n1,2025-03-01T00:00:01Z,signed,2,desk-1\n"
    );
}

/// What a unit's cases of these sequence numbers come to, by the rule that `golden` was made by.
fn expected(city: &str, unit: u64, sequences: Range<u64>) -> String {
    let counted = sequences.filter(|n| n % 3 == unit && n % 8 != 0);
    let counted: Vec<u64> = counted.collect();
    let all = counted.len();
    let solved = counted.iter().filter(|n| **n % 4 != 0).count();
    let satisfied = counted.iter().filter(|n| **n % 2 == 0).count();
    let unit = ["water", "roads", "parks"][usize::try_from(unit).unwrap()];
    let resolution = solved as f64 / all as f64;
    format!(
        "{city},2025-03,{unit},{all},{all},{all},{solved},{all},{satisfied},{satisfied},0,1.0,{resolution:?},1.0\n"
    )
}

#[tokio::test]
async fn scores_are_of_cases_and_of_the_sums_of_those_that_were_dropped() {
    let scores = answer("SELECT * FROM scores_monthly ORDER BY city, unit").await;
    let (head, rows) = scores.split_once('\n').unwrap();
    assert_eq!(
        head,
        "city,month,unit,assessed,contacted,contacted_of,solved,solved_of,satisfied,satisfied_of,unreached,response,resolution,\
         satisfaction"
    );
    let units = [2, 1, 0]; // by name
    let other = units.map(|unit| expected("other", unit, 40..50));
    let small = units.map(|unit| expected("small", unit, 10..40));
    assert_eq!(rows, [other, small].concat().concat());
}

#[tokio::test]
async fn only_the_files_of_the_cities_and_months_in_question_are_read() {
    let plan = |filter: &str| format!("EXPLAIN SELECT count(*) FROM cases WHERE {filter}");
    let march = answer(&plan("month = '2025-03'")).await;
    assert!(
        march.contains("month=2025-03/merged-") && !march.contains("city=other"),
        "{march}"
    );
    let nothing = answer(&plan("city = 'nowhere'")).await;
    assert!(!nothing.contains(".parquet"), "{nothing}");

    let one = |sql| async move { ask(&golden(), Some("other"), sql).await.unwrap() };
    assert_eq!(one("SELECT count(*) AS n FROM cases").await, "n\n10\n");
    assert_eq!(one("SELECT count(*) AS n FROM events").await, "n\n0\n");
    let plan = one("EXPLAIN SELECT unit FROM cases").await;
    assert!(!plan.contains("city=small"), "{plan}");
    let views = one("SELECT DISTINCT city FROM scores_monthly").await;
    assert_eq!(views, "city\nother\n");
}

#[tokio::test]
async fn what_would_change_something_is_refused() {
    let archive = archive::copy();
    let address = archive.path().to_str().unwrap();
    for sql in [
        "CREATE TABLE t AS SELECT 1",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "DROP TABLE cases",
        "DROP VIEW scores_monthly",
        "INSERT INTO cases SELECT * FROM cases",
        "UPDATE cases SET unit = 'x'",
        "DELETE FROM cases",
        "COPY cases TO '/tmp/swift-sql-must-not-write.parquet'",
        "EXPLAIN ANALYZE INSERT INTO cases SELECT * FROM cases",
        "SET datafusion.execution.batch_size = 1",
        "CREATE VIEW v AS SELECT 1",
    ] {
        let refused = ask(address, None, sql).await.unwrap_err();
        assert!(
            refused.starts_with("the archive is only read here"),
            "{sql}: {refused}"
        );
    }
    let other = ask(address, None, "SELECT * FROM '/etc/passwd'").await;
    let other = other.unwrap_err();
    assert!(other.starts_with("there is no table"), "{other}");
    assert_eq!(
        archive::names(archive.path()),
        archive::names(golden().as_ref())
    );
}

#[tokio::test]
async fn errors_name_what_is_wrong_and_what_there_is() {
    let wrong = |sql: &'static str| async move { ask(&golden(), None, sql).await.unwrap_err() };
    let column = wrong("SELECT colour FROM cases").await;
    assert!(
        column.starts_with("there is no column \"colour\"; there are case_number, accepted_at,"),
        "{column}"
    );
    assert_eq!(
        wrong("SELECT * FROM complaints").await,
        "there is no table \"complaints\"; there are cases, events, rollups, scores_monthly"
    );
    let syntax = wrong("SELEC 1").await;
    assert!(syntax.contains("SELEC"), "{syntax}");
    let two = wrong("SELECT 1; SELECT 2").await;
    assert!(two.contains("single"), "{two}");
    let late = wrong("SELECT CAST(unit AS INT) FROM cases").await;
    assert!(late.contains("Cannot cast string"), "{late}");
}

#[tokio::test]
async fn what_is_no_archive_is_said_and_an_empty_one_has_no_rows() {
    let open = |archive: &'static str, city| async move {
        let opened = Query::open(archive, city).await;
        opened.err().unwrap().to_string()
    };
    let nowhere = open("/no/such/folder", None).await;
    assert!(
        nowhere.starts_with("there is no archive at /no/such/folder: "),
        "{nowhere}"
    );
    let elsewhere = open(concat!(env!("CARGO_MANIFEST_DIR"), "/src"), None).await;
    assert!(
        elsewhere.ends_with("it has no folder cases, events, rollups"),
        "{elsewhere}"
    );
    let scheme = open("gopher://x/y", None).await;
    assert!(scheme.starts_with("gopher://x/y: "), "{scheme}");
    let city = Query::open(&golden(), Some("nyc")).await;
    assert_eq!(
        city.err().unwrap().to_string(),
        "the archive has nothing of \"nyc\"; it has other, small"
    );

    let empty = tempfile::tempdir().unwrap();
    let address = empty.path().to_str().unwrap();
    let scores = ask(address, None, "SELECT city, month FROM scores_monthly").await;
    assert_eq!(scores.unwrap(), "city,month\n");
}

#[tokio::test]
async fn a_file_of_a_newer_program_is_refused_by_name() {
    let archive = archive::copy();
    let address = archive.path().to_str().unwrap();
    archive::write_newer(archive.path()).await;
    let refused = ask(address, None, "SELECT 1").await.unwrap_err();
    assert!(
        refused.contains("merged-newer.parquet: has tables of version 99"),
        "{refused}"
    );
    let archive = archive::copy();
    let address = archive.path().to_str().unwrap();
    archive::write_broken(archive.path());
    let refused = ask(address, None, "SELECT 1").await.unwrap_err();
    assert!(
        refused.contains("merged-broken.parquet: is no Parquet file"),
        "{refused}"
    );
}
