use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::fake::Fake;
use crate::swiftctl::{NUMBER, command, swiftctl};

#[test]
fn queues_are_shown_by_group_and_team() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["queues", "--all"]);
    let text = ran.table();
    assert!(
        text.starts_with(
            "Groups of the case log\nGROUP       PARTITIONS  LENGTH  LAG  PENDING  OLDEST\n"
        ),
        "{text}"
    );
    assert!(
        text.contains("classifier           1   1,200    7        2   1.5 s\n\nTeams\n"),
        "{text}"
    );
    assert!(
        text.contains("water-east          1       0       0  3/20  1 min 1 s\n"),
        "{text}"
    );
    assert!(fake.last().contains("all_teams: true"));
    let rows = swiftctl(&fake, &["queues", "--output", "json"]).json();
    assert_eq!(
        (&rows[0]["type"], &rows[0]["partition"], &rows[0]["lag"]),
        (&"group".into(), &3.into(), &7.into())
    );
    assert_eq!(
        (&rows[1]["type"], &rows[1]["capacity"]),
        (&"team".into(), &20.into())
    );
}

#[test]
fn queues_are_printed_anew_until_stopped() {
    let fake = Fake::start();
    let mut command = command(
        &fake.url(),
        &["queues", "--watch", "0.01", "--output", "json"],
    );
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(5);
    assert_eq!(
        lines
            .map(Result::unwrap)
            .filter(|line| line.contains("\"group\""))
            .count(),
        3
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn units_are_a_tree() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["units", "--class", "utility", "--unit", "water"]);
    assert_eq!(
        ran.table(),
        "UNIT / TEAM     NAME        CLASS    LOAD  DUTY  SKILLS  LANGUAGES\n\
         water           自来水      utility\n  \
           · water-east  东区        team     3/20  on    pipes   zh en\n  \
           water-lab     Laboratory  utility\n"
    );
    assert!(
        fake.last().contains("class: \"utility\", unit: \"water\""),
        "{}",
        fake.last()
    );
    let rows = swiftctl(&fake, &["units", "--output", "json"]).json();
    assert_eq!(rows[0]["teams"][0]["load"], 3);
    assert_eq!(rows[1]["parent"], "water");
}

#[test]
fn rates_are_shares_and_absent_while_nobody_was_reached() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["rates", "water", "gas"]);
    let lines: Vec<&str> = ran.table().lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(
        lines[1].starts_with("water        1,200") && lines[1].contains("97.5 %"),
        "{lines:?}"
    );
    assert!(lines[3].starts_with("all units"), "{lines:?}");
    assert!(
        fake.last().contains("units: [\"water\", \"gas\"]"),
        "{}",
        fake.last()
    );
    let rows = swiftctl(&fake, &["rates", "--output", "json"]).json();
    assert_eq!(
        (&rows[0]["type"], &rows[0]["response_rate"]),
        (&"unit".into(), &0.975.into())
    );
    assert!(rows[1]["response_rate"].is_null());
    assert_eq!(
        (&rows[2]["type"], &rows[2]["unit"]),
        (&"total".into(), &serde_json::Value::Null)
    );
}

#[test]
fn a_trace_is_a_waterfall() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["trace", NUMBER]);
    let lines: Vec<&str> = ran.table().lines().collect();
    assert_eq!(lines[0], "trace 4bf92f3577b34da6a3ce929d0e0e4736  4.0 ms");
    assert!(
        lines[2].starts_with("  router    work b  ·······██████████████·······"),
        "{lines:?}"
    );
    let spans = swiftctl(&fake, &["trace", NUMBER, "--output", "json"]).json();
    assert_eq!(spans[1]["parent_span_id"], "a");
    assert_eq!(
        (&spans[1]["start"], &spans[1]["duration_us"]),
        (&"2026-01-01T00:00:00.001Z".into(), &2_000.into())
    );
    assert_eq!(spans[0]["attributes"]["swiftline.case.number"], NUMBER);
}

#[test]
fn a_case_without_spans_is_said_to_have_none() {
    let ran = swiftctl(&Fake::start(), &["trace", "00-0000000-0"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(
        ran.stderr
            .starts_with("error: no span of 00-0000000-0 has arrived"),
        "{ran:?}"
    );
}

#[test]
fn dead_letters_are_listed_shown_and_put_back() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["deadletters", "list"]);
    assert_eq!(
        ran.table(),
        "ID        GROUP       CASE          TRIED  BYTES  AT                   REASON\n\
         p03:17-0  classifier  07-0001234-8      5  1,234  2026-01-01 00:00:00  cannot be decoded\n"
    );
    let ran = swiftctl(&fake, &["deadletters", "show", "p03:17-0"]);
    assert!(
        ran.table()
            .contains("\ntrace   4bf92f3577b34da6a3ce929d0e0e4736\n"),
        "{ran:?}"
    );
    let json = swiftctl(
        &fake,
        &["deadletters", "show", "p03:17-0", "--output", "json"],
    )
    .json_line();
    assert_eq!(
        (&json["attempts"], &json["at"]),
        (&5.into(), &"2026-01-01T00:00:00Z".into())
    );
    let gone = swiftctl(&fake, &["deadletters", "show", "p00:1-0"]);
    assert_eq!((gone.code, gone.stdout.as_str()), (1, ""));
    assert_eq!(
        swiftctl(&fake, &["deadletters", "redrive", "p03:17-0"]).table(),
        "1 put back\n"
    );
    assert!(
        fake.last().contains("ids: [\"p03:17-0\"]"),
        "{}",
        fake.last()
    );
    let some = swiftctl(&fake, &["deadletters", "redrive", "a", "b"]);
    assert_eq!(
        (some.code, some.stderr.as_str()),
        (1, "error: 1 of them are not there (any more)\n")
    );
    let all = swiftctl(
        &fake,
        &["deadletters", "redrive", "--all", "--output", "json"],
    );
    assert_eq!(all.json_line()["redriven"], 1);
    assert_eq!(swiftctl(&fake, &["deadletters", "redrive"]).code, 2);
}
