use crate::fake::Fake;
use crate::swiftctl::{NUMBER, command, swiftctl};

#[test]
fn the_orders_that_wait_are_listed() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["desk", "watch", "--team", "water-east", "--once"]);
    let lines: Vec<&str> = ran.table().lines().collect();
    assert!(
        lines[0].starts_with("LANE ") && lines[0].contains("  CATEGORY"),
        "{lines:?}"
    );
    assert!(
        lines[1].starts_with(
            "emergency  07-0001234-8      2  01-01 00:10  zh    110105      utilities.water"
        ),
        "{lines:?}"
    );
    assert_eq!(lines.len(), 3);
    assert!(fake.last().contains("once: true"));
    let ran = swiftctl(&fake, &["desk", "watch", "--team", "idle", "--once"]);
    assert_eq!(ran.table(), "nothing waits for idle\n");
}

#[test]
fn a_watch_prints_each_order_and_says_when_the_router_goes() {
    let ran = swiftctl(
        &Fake::start(),
        &["desk", "watch", "--team", "water-east", "--output", "json"],
    );
    let orders: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(orders.len(), 2, "{ran:?}");
    assert!(
        orders[0].contains("\"lane\":\"emergency\"") && orders[1].contains("\"lane\":\"normal\""),
        "{orders:?}"
    );
    assert_eq!(ran.code, 69);
    assert!(ran.stderr.contains("it has ended the watch"), "{ran:?}");
}

#[test]
fn whoever_signs_sees_the_complaint_and_whom_to_call() {
    let fake = Fake::start();
    let ran = swiftctl(
        &fake,
        &[
            "desk",
            "sign",
            NUMBER,
            "--team",
            "water-east",
            "--actor",
            "worker-12",
        ],
    );
    let text = ran.table();
    assert!(text.starts_with("07-0001234-8 is signed, with team water-east of unit water (offer 2); you had signed before\n"));
    assert!(text.ends_with("\nContact\nphone  555 0100\n"), "{text}");
    let asked = fake.asked();
    assert!(asked[0].starts_with("GetCaseRequest"), "{asked:?}");
    assert!(
        asked[1].contains("team: \"water-east\", offer: 2, actor: \"worker-12\""),
        "{asked:?}"
    );
    let json = swiftctl(
        &fake,
        &[
            "desk",
            "sign",
            NUMBER,
            "--team",
            "water-east",
            "--output",
            "json",
        ],
    )
    .json_line();
    assert_eq!(
        (&json["already"], &json["contact"]["phone"]),
        (&true.into(), &"555 0100".into())
    );
}

#[test]
fn an_offer_that_is_named_is_not_looked_up() {
    let fake = Fake::start();
    let ran = swiftctl(
        &fake,
        &[
            "desk",
            "resume",
            NUMBER,
            "--team",
            "water-east",
            "--offer",
            "7",
        ],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(fake.asked().len(), 1);
    assert!(
        fake.last().contains("offer: 7, actor: \"desk-1\""),
        "{}",
        fake.last()
    );
}

#[test]
fn a_case_without_an_offer_cannot_be_acted_on() {
    let fake = Fake::start();
    let ran = swiftctl(
        &fake,
        &["desk", "sign", "00-0000000-0", "--team", "water-east"],
    );
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.stderr,
        "error: 00-0000000-0 is triage; it has not been offered to anybody\n"
    );
    assert_eq!(fake.asked().len(), 1);
}

#[test]
fn orders_are_given_back_handed_on_set_aside_and_resolved() {
    let fake = Fake::start();
    let team = ["--team", "water-east"];
    let run = |args: &[&str]| {
        swiftctl(&fake, &[&["desk"], args, &team[..]].concat())
            .table()
            .to_owned()
    };
    assert_eq!(
        run(&["return", NUMBER, "--reason", "wrong_unit", "--note", "n"]),
        format!("{NUMBER} is returned\n")
    );
    assert!(
        fake.last().contains("reason: WrongUnit, note: \"n\""),
        "{}",
        fake.last()
    );
    let text = run(&[
        "transfer",
        NUMBER,
        "--to",
        "gas",
        "--reason",
        "outside_powers",
    ]);
    assert_eq!(
        text,
        format!("{NUMBER} is offered, with team water-east of unit water (offer 2)\n")
    );
    assert!(fake.last().contains("to: \"gas\""), "{}", fake.last());
    let text = run(&[
        "suspend",
        NUMBER,
        "--reason",
        "parts ordered",
        "--approved-by",
        "chief",
    ]);
    assert!(
        text.starts_with(&format!("{NUMBER} is suspended")),
        "{text}"
    );
    assert!(
        fake.last().contains("approved_by: \"chief\""),
        "{}",
        fake.last()
    );
    assert_eq!(
        run(&["resolve", NUMBER, "--outcome", "partly_solved"]),
        format!("{NUMBER} is resolved\n")
    );
    assert!(
        fake.last().contains("outcome: PartlySolved"),
        "{}",
        fake.last()
    );
}

#[test]
fn team_and_actor_may_come_from_the_environment() {
    let fake = Fake::start();
    let mut command = command(&fake.url(), &["desk", "resume", NUMBER, "--offer", "1"]);
    command
        .env("SWIFTCTL_TEAM", "gas-1")
        .env("SWIFTCTL_ACTOR", "worker-9");
    assert!(command.output().unwrap().status.success());
    assert!(
        fake.last()
            .contains("team: \"gas-1\", offer: 1, actor: \"worker-9\""),
        "{}",
        fake.last()
    );
}
