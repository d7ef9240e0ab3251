//! `rules` commands that ask the mesh.

use serde_json::Value;
use tonic::Status;

use crate::fake::Fake;
use crate::fake::rules::{ACTIVE, DRAFT, FRESH, LATE, draft};
use crate::pack::Pack;
use crate::swiftctl::swiftctl;

const DRAFT_8: &str = "3f2a5b6c";

#[test]
fn proposing_says_what_comes_next() {
    let (fake, pack) = (Fake::start(), Pack::new());
    pack.write("draft.yaml", &draft());
    let file = pack.file("draft.yaml");
    let args = [
        "rules",
        "propose",
        &file,
        "--reason",
        "noise moves",
        "--actor",
        "li",
    ];
    let ran = swiftctl(&fake, &args);
    assert!(
        ran.table().starts_with("f7e500004444 is proposed\n"),
        "{ran:?}"
    );
    assert!(
        ran.stdout.contains("\nlint    0 errors, 2 warnings\n"),
        "{ran:?}"
    );
    assert!(
        ran.stdout
            .ends_with("next: swiftctl rules replay f7e500004444 --since 24h\n"),
        "{ran:?}"
    );
    assert!(
        fake.last()
            .contains("actor: \"li\", reason: \"noise moves\""),
        "{}",
        fake.last()
    );
    let json = swiftctl(&fake, &[&args[..], &["--output", "json"]].concat()).json_line();
    assert_eq!(
        (&json["digest"], &json["state"], &json["already"]),
        (&FRESH.into(), &"proposed".into(), &false.into())
    );

    pack.write("draft.yaml", "never");
    let ran = swiftctl(&fake, &args);
    assert!(
        ran.table()
            .ends_with("put the errors right and propose again\n"),
        "{ran:?}"
    );
    assert_eq!(
        swiftctl(&fake, &["rules", "propose", &file]).code,
        2,
        "no reason"
    );
}

#[test]
fn an_approval_is_bound_to_the_reports_that_were_shown() {
    let fake = Fake::start();
    let args = [
        "rules", "approve", DRAFT_8, "--actor", "wang", "--reason", "agreed",
    ];
    let ran = swiftctl(&fake, &args);
    assert!(
        ran.table()
            .contains("\nreplay  1 of 4 complaints move to another unit\n"),
        "{ran:?}"
    );
    assert!(
        ran.stdout.contains("not in force any more"),
        "the report is of other rules: {ran:?}"
    );
    assert!(ran.stdout.contains("3f2a5b6c7d8e is approved\n"), "{ran:?}");
    let asked = fake.last();
    for part in [
        DRAFT,
        "actor: \"wang\"",
        &format!("lint: \"{}\"", "aa".repeat(32)),
        &format!("replay: \"{}\"", "bb".repeat(32)),
    ] {
        assert!(asked.contains(part), "{asked}");
    }
    let json = swiftctl(&fake, &[&args[..], &["--output", "json"]].concat()).json_line();
    assert_eq!(json["state"], "approved");

    let ran = swiftctl(&fake, &["rules", "approve", "f7e50000"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr
            .contains("f7e500004444 has not been replayed; do so with"),
        "{ran:?}"
    );
    fake.refuse_after(
        2,
        Status::failed_precondition("li has proposed it; another person approves"),
    );
    let ran = swiftctl(&fake, &args);
    assert!(
        ran.code == 1 && ran.stderr.contains("another person approves"),
        "{ran:?}"
    );
    assert_eq!(swiftctl(&fake, &["rules", "approve", "3f2a"]).code, 2);
}

#[test]
fn rejecting_is_told() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["rules", "reject", DRAFT_8, "--reason", "later"]);
    assert_eq!(ran.table(), "3f2a5b6c7d8e is rejected\n");
    assert!(fake.last().contains("reason: \"later\""), "{}", fake.last());
}

#[test]
fn trials_begin_and_end() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["rules", "shadow", DRAFT_8]);
    assert!(
        ran.table()
            .contains("\nShadow\nrules    3f2a5b6c7d8e, 6 rules, proposed by li\n"),
        "{ran:?}"
    );
    assert!(
        ran.stdout
            .contains("dongshan (night-noise)  dept-hotline (backstop)      3"),
        "{ran:?}"
    );
    swiftctl(&fake, &["rules", "shadow", "--end"]).table();
    assert!(
        fake.last().starts_with("ShadowRequest { digest: \"\""),
        "{}",
        fake.last()
    );

    let ran = swiftctl(
        &fake,
        &[
            "rules",
            "canary",
            DRAFT_8,
            "--district",
            "01,02",
            "--max-return-rate",
            "0.1",
        ],
    );
    assert!(
        ran.table()
            .contains("\nreturned     2 of 40 (5.0 %; taken back above 20.0 %)\n"),
        "{ran:?}"
    );
    let asked = fake.last();
    assert!(asked.contains("districts: [\"01\", \"02\"]"), "{asked}");
    assert!(
        asked.contains("max_return_rate: 0.1, max_triage_rate: 0.2, min_decided: 50"),
        "{asked}"
    );
    swiftctl(&fake, &["rules", "canary", "--end"]).table();
    assert!(fake.last().contains("bounds: None"), "{}", fake.last());
    for wrong in [
        &["rules", "canary", DRAFT_8][..],
        &["rules", "canary", DRAFT_8, "--end"],
        &[
            "rules",
            "canary",
            DRAFT_8,
            "--district",
            "01",
            "--max-return-rate",
            "2",
        ],
        &["rules", "shadow"],
    ] {
        assert_eq!(swiftctl(&fake, wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn an_activation_names_the_routers_that_lag() {
    let fake = Fake::start();
    let ran = swiftctl(
        &fake,
        &[
            "rules",
            "activate",
            DRAFT_8,
            "--in-flight",
            "recall-unsigned",
        ],
    );
    assert!(
        ran.table()
            .starts_with("in force: 9d8e7f6a5b4c, 6 rules, the pack's own\n"),
        "{ran:?}"
    );
    assert!(
        ran.stdout
            .contains("\nrouter-0  9d8e7f6a5b4c  -       3f2a5b6c7d8e      7  300 ms ago  ok\n"),
        "{ran:?}"
    );
    let asked = fake.last();
    assert!(
        asked.contains(&format!(
            "expected_active: \"{ACTIVE}\", in_flight: RecallUnsigned, rollback: false"
        )),
        "{asked}"
    );
    assert!(
        asked.contains("wait: Some(Duration { seconds: 30"),
        "{asked}"
    );

    let late = [
        "rules",
        "activate",
        &LATE[..8],
        "--in-flight",
        "keep",
        "--expect",
        "9d8e7f6a",
    ];
    let ran = swiftctl(&fake, &late);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stderr.contains(
            "it is in force, but not every router serves it yet:\n  router-1: cannot load it"
        ),
        "{ran:?}"
    );
    assert!(
        fake.last().contains("expected_active: \"9d8e7f6a\""),
        "{}",
        fake.last()
    );
    let ran = swiftctl(&fake, &[&late[..], &["--output", "json"]].concat());
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&json["converged"], &json["stragglers"][0]["id"]),
        (&false.into(), &"router-1".into())
    );

    let ran = swiftctl(&fake, &["rules", "activate", DRAFT_8]);
    assert!(
        ran.code == 2 && ran.stderr.contains("--in-flight"),
        "{ran:?}"
    );
}

#[test]
fn a_rollback_is_one_command() {
    let fake = Fake::start();
    swiftctl(
        &fake,
        &["rules", "rollback", "--in-flight", "reevaluate-waiting"],
    )
    .table();
    let asked = fake.last();
    assert!(
        asked.starts_with("ActivateRequest { digest: \"\""),
        "{asked}"
    );
    assert!(
        asked.contains("in_flight: ReevaluateWaiting, rollback: true"),
        "{asked}"
    );
}

#[test]
fn the_status_shows_every_router() {
    let fake = Fake::start();
    let ran = swiftctl(&fake, &["rules", "status"]);
    for part in [
        "in force          9d8e7f6a5b4c, 6 rules, the pack's own\n",
        "orders in flight  reevaluate-waiting, done: 12 looked at, 3 moved, 0 failed\n",
        "audit log         2 entries, head cccccccccccc",
        "Routers: NOT every live one serves what it should\n",
        "cannot load it",
    ] {
        assert!(
            ran.table().contains(part),
            "{part}\nis not in\n{}",
            ran.stdout
        );
    }
    let json = swiftctl(&fake, &["rules", "status", "--output", "json"]).json_line();
    assert_eq!(json["active"]["digest"], ACTIVE);
    assert_eq!(json["canary"]["districts"][0], "01");
    assert_eq!(json["replicas"][1]["problem"], "cannot load it");
    assert_eq!(json["in_flight"]["mode"], "reevaluate-waiting");
}
