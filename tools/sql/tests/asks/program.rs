//! The program as people start it.

use std::process::{Command, Output};

use crate::archive::golden;

fn swift_sql(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_swift-sql"))
        .env_clear()
        .args(args)
        .output()
        .unwrap()
}

fn asked(output: &str, sql: &str) -> String {
    let ran = swift_sql(&["--archive", &golden(), "--output", output, "--", sql]);
    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(ran.stderr, b"");
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn an_answer_is_a_table_json_or_csv() {
    let sql =
        "SELECT unit, count(*) AS n FROM cases WHERE city = 'other' GROUP BY unit ORDER BY unit";
    assert_eq!(
        asked("table", sql),
        "+-------+---+\n| unit  | n |\n+-------+---+\n| parks | 3 |\n| roads | 4 |\n| water | 3 |\n+-------+---+\n"
    );
    assert_eq!(
        asked("json", sql),
        "{\"unit\":\"parks\",\"n\":3}\n{\"unit\":\"roads\",\"n\":4}\n{\"unit\":\"water\",\"n\":3}\n"
    );
    assert_eq!(asked("csv", sql), "unit,n\nparks,3\nroads,4\nwater,3\n");
}

#[test]
fn an_answer_without_rows_has_its_head_and_no_more() {
    let sql = "SELECT unit FROM cases WHERE unit = 'nobody'";
    assert!(asked("table", sql).contains("| unit |"));
    assert_eq!(
        (asked("json", sql), asked("csv", sql)),
        (String::new(), "unit\n".into())
    );
}

#[test]
fn tables_and_their_columns_can_be_asked_for() {
    let tables = asked("csv", "SHOW TABLES");
    for name in ["cases", "events", "rollups", "scores_monthly"] {
        assert!(tables.contains(&format!(",{name},")), "{tables}");
    }
    assert!(asked("csv", "DESCRIBE events").contains("case_number,"));
}

#[test]
fn the_end_says_whose_mistake_it_was() {
    let end = |args: &[&str]| {
        let ran = swift_sql(args);
        (
            ran.status.code().unwrap(),
            String::from_utf8(ran.stderr).unwrap(),
        )
    };
    let (code, said) = end(&["--archive", "/no/such/folder", "SELECT 1"]);
    assert_eq!(code, 2);
    assert!(
        said.starts_with("error: there is no archive at /no/such/folder"),
        "{said}"
    );
    let (code, said) = end(&["--archive", &golden(), "DROP TABLE cases"]);
    assert_eq!(code, 2, "{said}");
    let (code, said) = end(&[
        "--archive",
        &golden(),
        "SELECT CAST(unit AS INT) FROM cases",
    ]);
    assert_eq!(code, 1, "{said}");
    let (code, said) = end(&["SELECT 1"]);
    assert_eq!(code, 2);
    assert!(said.contains("--archive <URL>"), "{said}");
    let (code, said) = end(&["--archive", &golden(), "--time", "SELECT 1"]);
    assert_eq!(code, 0);
    assert!(said.ends_with(" s\n"), "{said}");
}
