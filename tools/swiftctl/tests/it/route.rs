//! `route --offline`.

use crate::pack::Pack;

const CSV: &str = "\
Unique Key,Created Date,Complaint Type,Descriptor,Latitude,Longitude
1001,01/05/2026 11:30:00 PM,Noise - Residential,Loud Music/Party,40.05,116.05
1002,yesterday,Noise - Residential,Loud Music/Party,40.05,116.05
1003,01/05/2026 12:00:00 PM,HEAT/HOT WATER,ENTIRE BUILDING,,
";

const EXPECTED: &str = r#"{"key":"1001","unit":"dongshan","rule":"night-noise","district":"01","lane":"urgent"}
{"key":"1003","unit":"dept-hotline","rule":"no-place","district":null,"lane":"urgent"}
"#;

#[test]
fn each_row_is_a_line_and_bad_rows_are_named() {
    let pack = Pack::new();
    pack.write("day.csv", CSV);
    let file = pack.file("day.csv");
    let zone = ["--zone", "Asia/Shanghai"];
    let args = [
        &["route", "--offline", "--format", "nyc311", &file][..],
        &zone,
    ]
    .concat();
    let ran = pack.run(&args);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, EXPECTED), "{ran:?}");
    let told: Vec<&str> = ran.stderr.lines().collect();
    assert!(
        told[0].starts_with("line 3 (key 1002): \"yesterday\" is not a time"),
        "{ran:?}"
    );
    assert!(told[1].starts_with("2 rows routed in "), "{ran:?}");
    assert_eq!(told[2], "error: 1 of 3 rows could not be routed");

    let input = ["route", "--offline", "--format", "nyc311", "-"];
    let ran = pack.run_with(&[&input[..], &zone].concat(), CSV);
    assert_eq!(ran.stdout, EXPECTED, "{ran:?}");
}

#[test]
fn other_forms_and_other_rules_are_taken() {
    let pack = Pack::new();
    let rules = pack.edit(
        "none.yaml",
        "place: {known: false}",
        "place: {known: false}\n      kind: {any_of: [praise]}",
    );
    let ran = pack.run_with(
        &[
            "route",
            "--offline",
            "--rules",
            &rules,
            "--format",
            "csv",
            "--map",
            "text=Note",
            "-",
        ],
        "Note\nsomething else\n",
    );
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (
            0,
            "{\"key\":\"line-2\",\"unit\":\"dept-hotline\",\"rule\":\"backstop\",\"district\":null,\"lane\":\"normal\"}\n"
        ),
        "{ran:?}"
    );
    let ran = pack.run_with(
        &["route", "--offline", "--format", "jsonl", "-"],
        "{\"text\":\"\"}\n",
    );
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
}

#[test]
fn without_offline_it_says_who_routes() {
    let ran = Pack::new().run(&["route", "--format", "jsonl", "-"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with("error: say --offline; "), "{ran:?}");
}
