//! Every entry of the log is counted, and counted once.

use std::path::PathBuf;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use prost::Message as _;
use swiftline_domain::case::{
    Callback, CallbackVia, Case, Claim, ClockKind, Command, Due, Outcome, ReturnReason,
};
use swiftline_domain::number::Partition;
use swiftline_proto::feedback::v1::UnitRates;
use swiftline_proto::types::v1::{Commit, Complaint, Event};
use swiftline_store::{
    CaseCommit, Committed, Counter, Counts, Delivery, Group, NewCase, RuleCounts, Store,
};
use swiftline_testkit::process::{Launch, Process};
use swiftline_testkit::wait::wait_until;

use crate::rig::{PATIENCE, Rig, answers, sets};
use crate::story::{Story, TEAM, TRACE, UNIT, assignment, classify, due, offer, trace};

#[tokio::test]
async fn each_step_of_a_case_is_counted_for_its_unit() {
    let rig = Rig::start().await;
    // The gas company returns it, the streets department lets it expire, then hands on, then resolves it late.
    let mut story = Story::offered(&rig.store).await;
    let claim = story.claim();
    let (reason, note) = (ReturnReason::WrongUnit, String::new());
    story
        .commit(vec![Command::Return {
            claim,
            reason,
            note: note.clone(),
        }])
        .await;
    let past = Timestamp::now() - SignedDuration::from_secs(1);
    let to = |unit: &str, team: &str, handle: Due, sign_by| Command::Offer {
        assignment: Box::new(assignment(unit, team)),
        sign_by,
        handle,
    };
    story
        .commit(vec![to("dept-streets", "streets-a", due(), past)])
        .await;
    let no = story.case.newest_offer();
    story.commit(vec![Command::Expire { offer: no }]).await;
    story
        .commit(vec![to("dept-hotline", "hotline-a", due(), due().at)])
        .await;
    let claim = Claim {
        team: "hotline-a".parse().unwrap(),
        offer: story.case.newest_offer(),
        actor: "desk-2".parse().unwrap(),
    };
    let transfer = Command::Transfer {
        claim: claim.clone(),
        to: "dongshan".parse().unwrap(),
        reason,
        note: note.clone(),
    };
    story.commit(vec![Command::Sign(claim), transfer]).await;
    story
        .commit(vec![to("dongshan", "dongshan-a", due(), due().at)])
        .await;
    let claim = Claim {
        team: "dongshan-a".parse().unwrap(),
        offer: story.case.newest_offer(),
        actor: "desk-3".parse().unwrap(),
    };
    let outcome = Outcome::Solved;
    story
        .commit(vec![
            Command::Sign(claim.clone()),
            Command::Overrun(ClockKind::Handle),
            Command::Resolve {
                claim,
                outcome,
                note,
                callback: due(),
            },
        ])
        .await;
    rig.call_back(story.number(), answers(Some(true), Some(true)))
        .await
        .unwrap();

    rig.total(|total| total.satisfied == 1).await;
    let rates = rig.rates(&[]).await.unwrap();
    let of = |unit: &str| {
        rates
            .units
            .iter()
            .find(|rates| rates.unit == unit)
            .unwrap()
            .clone()
    };
    let expected = |unit: &str| UnitRates {
        unit: unit.into(),
        offered: 1,
        ..UnitRates::default()
    };
    assert_eq!(
        of("util-gas"),
        UnitRates {
            returned: 1,
            ..expected("util-gas")
        }
    );
    assert_eq!(
        of("dept-streets"),
        UnitRates {
            expired: 1,
            ..expected("dept-streets")
        }
    );
    assert_eq!(
        of("dept-hotline"),
        UnitRates {
            signed: 1,
            transferred: 1,
            ..expected("dept-hotline")
        }
    );
    assert_eq!(
        of("dongshan"),
        UnitRates {
            signed: 1,
            overdue: 1,
            resolved: 1,
            reached: 1,
            contacted: 1,
            solved: 1,
            satisfied: 1,
            response_rate: Some(1.0),
            resolution_rate: Some(1.0),
            satisfaction_rate: Some(1.0),
            ..expected("dongshan")
        }
    );
    let metrics = rig.metrics();
    for line in [
        r#"swiftline_feedback_entries_total{event="accepted"} 1"#,
        r#"swiftline_feedback_entries_total{event="offered"} 4"#,
        r#"swiftline_feedback_entries_total{event="closed"} 1"#,
    ] {
        assert!(metrics.contains(line), "{line} not in {metrics}");
    }
}

#[tokio::test]
async fn what_becomes_of_an_order_is_counted_for_the_rule_behind_it() {
    const DIGEST: &str = "2222222222222222aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let rig = Rig::start().await;
    let offered = |team: &str, rule: Option<&str>, digest: &str| {
        let mut to = assignment(UNIT, team);
        to.rule = rule.map(|rule| rule.parse().unwrap());
        to.rules_digest = digest.to_owned();
        Command::Offer {
            assignment: Box::new(to),
            sign_by: due().at,
            handle: due(),
        }
    };
    // A rule's order is returned, then the backstop's, then a person's.
    let mut story = Story::accepted(&rig.store).await;
    story.classify().await;
    for (team, rule, digest) in [
        ("gas-a", Some("gas"), DIGEST),
        ("gas-b", None, DIGEST),
        ("gas-c", None, ""),
    ] {
        story.commit(vec![offered(team, rule, digest)]).await;
        let back = Command::Return {
            claim: Claim {
                team: team.parse().unwrap(),
                ..story.claim()
            },
            reason: ReturnReason::WrongUnit,
            note: String::new(),
        };
        story.commit(vec![back]).await;
    }
    // Another order of the rule is recalled, which is nobody's fault, and given out again.
    let mut story = Story::accepted(&rig.store).await;
    story.classify().await;
    story.commit(vec![offered(TEAM, Some("gas"), DIGEST)]).await;
    let recall = Command::Recall {
        offer: story.case.newest_offer(),
        rules_digest: DIGEST.to_owned(),
    };
    story.commit(vec![recall]).await;
    story.commit(vec![offered(TEAM, Some("gas"), DIGEST)]).await;

    rig.total(|total| total.offered == 5).await;
    rig.settled().await;
    let counts = rig.store.rule_counts(DIGEST).await.unwrap();
    let of = |offered, returned| RuleCounts {
        offered,
        returned,
        ..RuleCounts::default()
    };
    let expected = [(None, of(1, 1)), (Some("gas".parse().unwrap()), of(3, 1))];
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn what_a_dead_consumer_left_is_counted_once_even_if_it_was_only_slow() {
    let mut rig = Rig::without_service().await;
    rig.router.come().await;
    for _ in 0..5 {
        Story::resolved(&rig.store).await;
    }
    let slow = rig.store.log(Group::Feedback);
    let taken = slow.read(1_000).await.unwrap();
    assert_eq!(taken.len(), 25);

    rig.serve(&["consumer.reclaim_after_ms=100"]).await;
    rig.total(|total| total.resolved == 5).await;
    // The slow one wakes up and acknowledges what is no longer its own.
    let unit = || UNIT.parse().unwrap();
    let counts = |delivery| {
        let units = vec![(unit(), Counter::Resolved)];
        let rules = Vec::new();
        let counts = Counts {
            units,
            rules,
            ..Counts::default()
        };
        (delivery, counts)
    };
    let late: Vec<(Delivery, Counts)> = taken.into_iter().map(counts).collect();
    slow.ack_counting(&late).await.unwrap();
    let total = rig.total(|_| true).await;
    assert_eq!((total.offered, total.signed, total.resolved), (5, 5, 5));
}

#[tokio::test]
async fn what_cannot_be_counted_becomes_a_dead_letter_with_its_reason_and_holds_up_nothing() {
    let rig = Rig::start().await;
    let story = Story::accepted(&rig.store).await;
    let number = story.number();
    // An event of a kind that only a later version knows is unknown here. Without times the message is plain ASCII.
    let commit = Commit {
        case_number: number.to_string(),
        trace_parent: TRACE.to_owned(),
        events: vec![Event { event: None }],
        ..Commit::default()
    };
    let entry = String::from_utf8(commit.encode_to_vec()).unwrap();
    let add = format!(
        "XADD sl:{{{}}}:log * k moved c {number} e {entry}",
        number.partition()
    );
    rig.redis.command::<String>(&add).await.unwrap();
    Story::resolved(&rig.store).await;
    rig.total(|total| total.resolved == 1).await;
    let letters = wait_until(PATIENCE, async || {
        let letters = rig.store.dead_letters(10).await.ok()?;
        (!letters.is_empty()).then_some(letters)
    });
    let letters = letters.await.expect("a dead letter");
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].number, number.to_string());
    assert!(
        letters[0].reason.contains("does not know"),
        "{}",
        letters[0].reason
    );
}

#[tokio::test]
async fn a_killed_process_loses_nothing_and_doubles_nothing() {
    const CASES: u64 = 2_000;
    let mut rig = Rig::without_service().await;
    rig.router.come().await;
    fill(&rig.store, CASES).await;
    let mut first = process(&rig, "first").await;
    let some = wait_until(PATIENCE, async || {
        let counted = resolved(&rig.store).await;
        (counted > 0).then_some(counted)
    });
    assert!(some.await.is_some());
    first.kill_9();
    let second = process(&rig, "second").await;
    let all = wait_until(PATIENCE, async || {
        (resolved(&rig.store).await >= CASES).then_some(())
    });
    assert!(
        all.await.is_some(),
        "{} of {CASES}",
        resolved(&rig.store).await
    );
    rig.settled().await;
    assert_eq!(resolved(&rig.store).await, CASES);
    drop(second);
}

async fn resolved(store: &Store) -> u64 {
    let rates = store.rates().await.unwrap();
    let counts = rates.get(UNIT);
    counts.map_or(0, |counts| {
        counts.get(&Counter::Resolved).copied().unwrap_or(0)
    })
}

async fn process(rig: &Rig, name: &str) -> Process {
    let more = [
        "consumer.reclaim_after_ms=200",
        "server.listen=127.0.0.1:0",
        "runtime.metrics_listen=127.0.0.1:0",
    ];
    let set = sets(rig.dir(), &rig.redis.url(), &more)
        .iter()
        .map(|set| set.split_once('=').unwrap())
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let launch = Launch {
        name: name.to_owned(),
        program: PathBuf::from(env!("CARGO_BIN_EXE_feedback")),
        set,
        dir: rig.dir().to_owned(),
    };
    Process::start(launch).await.unwrap()
}

/// So many cases, resolved and answered, in batches over all partitions.
async fn fill(store: &Store, cases: u64) {
    let partitions: Vec<Partition> = store.partitions().collect();
    let each = usize::try_from(cases).unwrap() / partitions.len();
    for partition in partitions {
        let at = Timestamp::now();
        let numbers = store.mint(partition, each).await.unwrap();
        let new = numbers.iter().map(|number| NewCase {
            key: None,
            number: *number,
            complaint: Complaint::default(),
            contact: None,
            accepted_at: at,
            trace: trace(),
        });
        store.accept(partition, new.collect()).await.unwrap();
        let commits = numbers.iter().map(|number| {
            let mut case = Case::accept(*number, at).0;
            let before = case.version;
            let mut events = vec![];
            let mut apply =
                |case: &mut Case, command| events.push(case.apply(command, at).unwrap());
            apply(&mut case, classify());
            apply(&mut case, offer());
            let claim = Claim {
                team: TEAM.parse().unwrap(),
                offer: case.newest_offer(),
                actor: "desk-1".parse().unwrap(),
            };
            apply(&mut case, Command::Sign(claim.clone()));
            let (outcome, note) = (Outcome::Solved, String::new());
            apply(
                &mut case,
                Command::Resolve {
                    claim,
                    outcome,
                    note,
                    callback: due(),
                },
            );
            apply(
                &mut case,
                Command::RecordCallback {
                    callback: Callback {
                        reached: true,
                        ..Callback::default()
                    },
                    via: CallbackVia::Phone,
                    again_at: None,
                    comment: String::new(),
                },
            );
            CaseCommit {
                before,
                case,
                events,
                at,
                trace: trace(),
                effects: false,
            }
        });
        let done = store.commit(partition, commits.collect()).await.unwrap();
        assert!(done.iter().all(|one| *one == Committed::Done));
    }
}

#[tokio::test]
async fn a_drained_service_leaves_nothing_half_done() {
    let mut rig = Rig::without_service().await;
    fill(&rig.store, 800).await;
    rig.serve(&[]).await;
    let some = wait_until(PATIENCE, async || {
        (resolved(&rig.store).await > 0).then_some(())
    });
    assert!(some.await.is_some());
    rig.stop().await;
    let log = rig.store.log(Group::Feedback);
    let pending: u64 = log
        .state()
        .await
        .unwrap()
        .iter()
        .map(|state| state.pending)
        .sum();
    assert_eq!(pending, 0, "what was read was counted");
    let waited = Duration::from_millis(1);
    assert!(log.reclaim(waited).await.unwrap().is_empty());
}
