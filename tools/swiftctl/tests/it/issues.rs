//! `issues mine --offline`.

use crate::pack::Pack;

const MESSAGES: &str = r#"{"msg_id": 11, "user": "a", "time": "2019/2/28 11:25:05", "subject": "朝晖新苑旁混凝土厂噪音大", "detail": "朝晖新苑旁的混凝土厂昼夜生产，粉尘噪音让人无法休息", "up": 3, "down": 0}
{"msg_id": 12, "user": "b", "time": "2019/3/1 9:00:00", "subject": "何时修好路灯", "detail": "槐安路的路灯坏了三盏，晚上漆黑一片", "up": 0, "down": 0}
{"id": "x-13", "caller": "c", "time": "2019-03-02T08:00:00Z", "text": "住在朝晖新苑，混凝土厂粉尘很大，夜里噪音不停"}
{"msg_id": 14, "user": "a", "time": "yesterday", "subject": "朝晖新苑混凝土厂"}

{"user": "d", "time": "2019-03-05", "title": "朝晖新苑混凝土厂", "content": "朝晖新苑门口的混凝土厂粉尘噪音何时能管"}
{"msg_id": 16, "time": "2019-03-05"}
{"msg_id": 17, "subject": "朝晖新苑混凝土厂"}
not json
"#;

const EXPECTED: &str = r#"{"title":"朝晖新苑混凝土厂","size":3,"first":"2019-02-28T03:25:05Z","last":"2019-03-04T16:00:00Z","place":"朝晖新苑","heat":"#;

#[test]
fn issues_are_printed_and_bad_rows_are_named() {
    let pack = Pack::new();
    pack.write("messages.jsonl", MESSAGES);
    let file = pack.file("messages.jsonl");
    let ran = pack.run(&["issues", "mine", "--offline", "--input", &file]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 1, "{ran:?}");
    assert!(lines[0].starts_with(EXPECTED), "{ran:?}");
    assert!(
        lines[0].ends_with(r#""callers":3,"message_ids":[11,"x-13","line-6"]}"#),
        "{ran:?}"
    );
    let told: Vec<&str> = ran.stderr.lines().collect();
    assert!(
        told[0].starts_with("line 4 (key 14): \"yesterday\" is not a time"),
        "{ran:?}"
    );
    assert_eq!(
        told[1],
        "line 7 (key 16): has none of subject, detail, text, title, content"
    );
    assert_eq!(told[2], "line 8 (key 17): has no time");
    assert!(told[3].starts_with("line 9: "), "{ran:?}");
    assert!(told[4].starts_with("1 issues in 4 messages, "), "{ran:?}");
    assert_eq!(told[5], "error: 4 of 8 rows could not be read");
}

#[test]
fn another_zone_and_a_table_can_be_had() {
    let pack = Pack::new();
    let good: String = MESSAGES
        .lines()
        .take(3)
        .map(|line| format!("{line}\n"))
        .collect();
    let args = [
        "issues",
        "mine",
        "--offline",
        "--input",
        "-",
        "--zone",
        "UTC",
    ];
    let ran = pack.run_with(&args, &good);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stdout.contains(r#""first":"2019-02-28T11:25:05Z""#),
        "{ran:?}"
    );
    let table = [
        "issues",
        "mine",
        "--offline",
        "--input",
        "-",
        "--output",
        "table",
        "--top",
        "1",
    ];
    let ran = pack.run_with(&table, &good);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.starts_with("HEAT"), "{ran:?}");
    assert!(ran.stdout.contains("朝晖新苑旁混凝土厂噪音大"), "{ran:?}");
    let none = pack.run_with(&args, "");
    assert_eq!((none.code, none.stdout.as_str()), (0, ""));
}

#[test]
fn what_cannot_be_is_said() {
    let pack = Pack::new();
    let ran = pack.run(&["issues", "mine", "--input", "x.jsonl"]);
    assert!(ran.stderr.starts_with("error: say --offline"), "{ran:?}");
    assert_eq!(ran.code, 2);
    let ran = pack.run(&["issues", "mine", "--offline", "--input", "/nowhere.jsonl"]);
    assert!(ran.stderr.starts_with("error: /nowhere.jsonl: "), "{ran:?}");
    assert_eq!(ran.code, 2);
}
