//! Questions to a small archive whose files DataFusion itself has written by the layout.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use datafusion::prelude::SessionContext;
use swiftline_domain::archive::{Column, Kind, Table};
use swiftline_sql::{Format, Query};
use tempfile::TempDir;

/// A row's columns of these values; the others have what is allowed.
fn select(set: &[(&str, &str)]) -> String {
    let value = |column: &Column| {
        let own = set
            .iter()
            .find(|(name, _)| *name == column.name)
            .map(|(_, value)| *value);
        let of = match column.kind {
            Kind::Number | Kind::Word => "Utf8",
            Kind::Time => "Timestamp(Millisecond, Some(\"UTC\"))",
            Kind::Day => "Date32",
            Kind::Flag => "Boolean",
            Kind::U8 => "UInt8",
            Kind::U16 => "UInt16",
            Kind::U32 => "UInt32",
            Kind::Opaque => "Int64",
        };
        let value = own.unwrap_or(match column.kind {
            _ if column.nullable => "NULL",
            Kind::Number | Kind::Word => "'x'",
            Kind::Flag => "false",
            _ => "0",
        });
        format!("arrow_cast({value}, '{of}') AS {}", column.name)
    };
    let columns: Vec<String> = Table::Cases.columns().iter().map(value).collect();
    format!("SELECT {}", columns.join(", "))
}

fn case<'a>(number: &'a str, unit: &'a str, solved: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("case_number", number),
        ("unit", unit),
        ("reached", "true"),
        ("contacted", "true"),
        ("solved", solved),
    ]
}

async fn write(folder: &TempDir, name: &str, covers: &str, cases: &[Vec<(&str, &str)>]) {
    let month = folder.path().join("cases/city=small/month=2025-03");
    std::fs::create_dir_all(&month).unwrap();
    let rows: Vec<String> = cases.iter().map(|case| select(case)).collect();
    let path = month.join(name);
    let copy = format!(
        "COPY ({}) TO '{}' STORED AS PARQUET OPTIONS ('format.metadata::swiftline.covers' '{covers}')",
        rows.join(" UNION ALL "),
        path.display()
    );
    SessionContext::new()
        .sql(&copy)
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
}

async fn archive() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        case("'01-1'", "'water'", "true"),
        case("'01-2'", "'water'", "false"),
        case("'01-3'", "'roads'", "true"),
    ];
    write(&folder, "p01-0-1.parquet", "p01:0-1", &cases).await;
    folder
}

async fn ask(folder: &TempDir, sql: &str, format: Format) -> Result<String, String> {
    let query = Query::open(folder.path().to_str().unwrap())
        .await
        .map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    query
        .run(sql, format, &mut out)
        .await
        .map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).unwrap())
}

#[tokio::test]
async fn tables_views_and_formats() {
    let folder = archive().await;
    let scores = "SELECT month, unit, assessed, resolution FROM scores_monthly ORDER BY unit";
    let csv = ask(&folder, scores, Format::Csv).await.unwrap();
    assert_eq!(
        csv,
        "month,unit,assessed,resolution\n2025-03,roads,1,100.0\n2025-03,water,2,50.0\n"
    );
    let json = ask(
        &folder,
        "SELECT case_number FROM cases WHERE unit = 'roads'",
        Format::Json,
    )
    .await
    .unwrap();
    assert_eq!(json, "{\"case_number\":\"01-3\"}\n");
    let table = ask(&folder, "SELECT count(*) AS n FROM cases", Format::Table)
        .await
        .unwrap();
    assert!(table.contains("| 3 |"), "{table}");
    let none = ask(&folder, "SELECT event FROM events", Format::Table)
        .await
        .unwrap();
    assert!(
        none.contains("| event |"),
        "a table without files has no rows: {none}"
    );
}

#[tokio::test]
async fn what_a_merged_file_covers_is_not_counted_twice() {
    let folder = archive().await;
    let merged = [
        case("'01-1'", "'water'", "true"),
        case("'01-2'", "'water'", "false"),
        case("'01-3'", "'roads'", "true"),
        case("'01-4'", "'roads'", "true"),
    ];
    write(&folder, "merged-00.parquet", "p01:0-2", &merged).await;
    let count = ask(&folder, "SELECT count(*) AS n FROM cases", Format::Csv)
        .await
        .unwrap();
    assert_eq!(count, "n\n4\n");
}

#[tokio::test]
async fn errors_name_what_is_wrong_and_what_there_is() {
    let folder = archive().await;
    let column = ask(&folder, "SELECT colour FROM cases", Format::Csv)
        .await
        .unwrap_err();
    assert!(
        column.contains("colour") && column.contains("case_number"),
        "{column}"
    );
    let table = ask(&folder, "SELECT * FROM complaints", Format::Csv)
        .await
        .unwrap_err();
    assert!(
        table.contains("complaints") && table.contains("cases, events, rollups, scores_monthly"),
        "{table}"
    );
    let syntax = ask(&folder, "SELEC 1", Format::Csv).await.unwrap_err();
    assert!(!syntax.is_empty());
    let nowhere = Query::open("/no/such/folder").await.err().unwrap();
    assert!(nowhere.to_string().contains("/no/such/folder"), "{nowhere}");
}
