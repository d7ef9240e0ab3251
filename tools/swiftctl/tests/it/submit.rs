use crate::fake::Fake;
use crate::swiftctl::{NUMBER, at, swiftctl};

#[test]
fn a_complaint_is_submitted_from_its_arguments() {
    let fake = Fake::start();
    let ran = swiftctl(
        &fake,
        &[
            "submit",
            "--text",
            "没有水",
            "--lat",
            "39.9",
            "--lon",
            "116.4",
            "--phone",
            "1",
        ],
    );
    assert_eq!(
        ran.table(),
        format!("{NUMBER}  accepted\ntrace 4bf92f3577b34da6a3ce929d0e0e4736\n")
    );
    let asked = fake.last();
    assert!(
        asked.contains("没有水")
            && asked.contains("latitude: 39.9")
            && asked.contains("phone: \"1\""),
        "{asked}"
    );
}

#[test]
fn a_receipt_is_one_object() {
    let ran = swiftctl(
        &Fake::start(),
        &[
            "submit", "--text", "x", "--key", "again", "--output", "json",
        ],
    );
    assert_eq!(
        ran.stdout,
        format!(
            "{{\"case_number\":\"{NUMBER}\",\"accepted_at\":\"2026-01-01T00:00:00Z\",\"duplicate\":true,\"trace_id\":null}}\n"
        )
    );
}

#[test]
fn the_text_is_read_from_standard_input() {
    let fake = Fake::start();
    for args in [&["submit"][..], &["submit", "-"]] {
        assert_eq!(at(&fake.url(), args, "line one\nline two\n").code, 0);
        assert!(
            fake.last().contains("line one\\nline two\""),
            "{}",
            fake.last()
        );
    }
}

#[test]
fn input_that_is_no_text_is_refused_before_anybody_is_called() {
    let fake = Fake::start();
    let ran = at(&fake.url(), &["submit"], b"\xff\xfe");
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (2, "error: standard input: is not UTF-8\n")
    );
    let ran = at(&fake.url(), &["submit"], vec![b'x'; (1 << 20) + 1]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("is longer than 1048576 bytes"),
        "{}",
        ran.stderr
    );
    assert!(fake.asked().is_empty());
}
