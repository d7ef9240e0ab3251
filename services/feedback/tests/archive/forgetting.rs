use swiftline_domain::case::{Command, ReopenReason, TriageReason};
use swiftline_domain::number::CaseNumber;
use swiftline_feedback::archive::Step;
use swiftline_store::{Committed, Group};

use crate::made::breaking;
use crate::rig::{Rig, archived, ended, later, settings};

/// The steps of the archiver.
const STEPS: [Step; 6] = [
    Step::LogPrepared,
    Step::LogWritten,
    Step::LogLeft,
    Step::CasesPrepared,
    Step::CasesWritten,
    Step::CasesLeft,
];

/// The numbers that ended, of `Rig::cases`.
fn ending(numbers: &[CaseNumber]) -> Vec<String> {
    let mut ending: Vec<String> = numbers.iter().step_by(2).map(ToString::to_string).collect();
    ending.sort();
    ending
}

async fn check(
    rig: &Rig,
    numbers: &[CaseNumber],
    told: &[(String, u64, usize, &'static str)],
    why: &str,
) {
    let archive = rig.archive();
    let archived = archived(&archive).await;
    let archived: Vec<_> = archived
        .iter()
        .map(|(number, version, step, name)| (number.clone(), *version, *step, name.as_str()))
        .collect();
    assert_eq!(archived, told, "every event once: {why}");
    assert_eq!(
        ended(&archive).await,
        ending(numbers),
        "every ended case once: {why}"
    );
    for (at, number) in numbers.iter().enumerate() {
        let here = rig.store.load(*number).await.unwrap().is_some();
        assert_eq!(
            here,
            at % 2 == 1,
            "{number}: Redis has what is open and nothing else: {why}"
        );
        let found = archive.find(*number).await.unwrap().is_some();
        assert_eq!(found, at % 2 == 0, "{number}: {why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_leaves_redis_for_the_archive() {
    let rig = Rig::start().await;
    let numbers = rig.cases(0, 21).await;
    let told = rig.told(&numbers).await;
    let archiver = rig.archiver(&rig.archive());
    archiver.round(later()).await.unwrap();
    check(&rig, &numbers, &told, "after one round").await;
    archiver.round(later()).await.unwrap();
    archiver.tidy(later()).await.unwrap();
    check(&rig, &numbers, &told, "and again, merged").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_off_after_any_step_nothing_is_lost_or_doubled() {
    for step in STEPS {
        for nth in [1, 2] {
            let rig = Rig::start().await;
            let numbers = rig.cases(1, 13).await;
            let told = rig.told(&numbers).await;
            let _ = rig
                .archiver(&breaking(&rig.archive(), step, nth))
                .round(later())
                .await;
            rig.archiver(&rig.archive()).round(later()).await.unwrap();
            check(&rig, &numbers, &told, &format!("after {step:?} {nth}")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_archivers_do_it_once() {
    let rig = Rig::start().await;
    let numbers = rig.cases(0, 40).await;
    let told = rig.told(&numbers).await;
    let (a, b, c) = (
        rig.archiver(&rig.archive()),
        rig.archiver(&rig.archive()),
        rig.archiver(&rig.archive()),
    );
    let (a, b, c) = tokio::join!(a.round(later()), b.round(later()), c.round(later()));
    a.unwrap();
    b.unwrap();
    c.unwrap();
    check(&rig, &numbers, &told, "three at once").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_waits_for_the_archive_and_only_then() {
    let rig = Rig::start().await;
    let numbers = rig.cases(0, 5).await;
    for group in Group::ALL {
        let log = rig.store.log(group);
        let mut read = log.read(100).await.unwrap();
        while !read.is_empty() {
            log.ack(&read).await.unwrap();
            read = log.read(100).await.unwrap();
        }
    }
    rig.store.attach_archive().await.unwrap();
    assert_eq!(
        rig.store.trim().await.unwrap(),
        0,
        "the archive has nothing yet"
    );
    rig.archiver(&rig.archive()).round(later()).await.unwrap();
    assert_eq!(
        rig.store.trim().await.unwrap(),
        8,
        "five acceptances and three more commits"
    );

    rig.step(numbers[1], vec![Command::Withdraw]).await;
    let log = rig.store.log(Group::Feedback);
    log.ack(&log.read(100).await.unwrap()).await.unwrap();
    let log = rig.store.log(Group::Classifier);
    log.read(100).await.unwrap();
    log.read(100).await.unwrap();
    rig.store.detach_archive().await.unwrap();
    assert_eq!(
        rig.store.trim().await.unwrap(),
        1,
        "nobody archives any more"
    );
    let states = rig.store.archive_states().await.unwrap();
    assert!(states.iter().all(|state| state.off && state.at.is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_is_leaving_takes_no_commit() {
    let rig = Rig::start().await;
    let number = rig.cases(0, 1).await[0];
    let archive = breaking(&rig.archive(), Step::CasesPrepared, 1);
    rig.archiver(&archive).round(later()).await.unwrap_err();
    let mut case = rig.store.load(number).await.unwrap().unwrap().case;
    assert!(
        case.apply(
            Command::Reopen {
                reason: ReopenReason::Recurred
            },
            later()
        )
        .is_err(),
        "withdrawn"
    );
    let again = Command::SendToTriage {
        reason: TriageReason::NoPlace,
        by: swiftline_domain::case::DecidedBy::default(),
    };
    // Whatever it is that somebody has decided on what they saw before.
    let mut before = case.clone();
    before.state = swiftline_domain::case::State::Accepted;
    let event = before.apply(again, later()).unwrap();
    let commit = swiftline_store::CaseCommit {
        before: case.version,
        case: before,
        events: vec![event],
        at: later(),
        trace: swiftline_telemetry::TraceContext::parse(
            "00-00000000000000000000000000000abc-0000000000000abc-01",
        )
        .unwrap(),
        effects: false,
    };
    let answer = rig
        .store
        .commit(number.partition(), vec![commit])
        .await
        .unwrap();
    assert_eq!(answer, [Committed::Missing]);
    rig.archiver(&rig.archive()).round(later()).await.unwrap();
    assert!(rig.store.load(number).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_young_stays() {
    let rig = Rig::start().await;
    let numbers = rig.cases(0, 3).await;
    let mut settings = settings(rig.path());
    (
        settings.linger_ms,
        settings.batch_entries,
        settings.closed_days,
    ) = (3_600_000, 1_000, 30);
    let archive = rig.archive();
    let archiver = crate::rig::archiver(&rig.store, &archive, &settings);
    archiver.round(jiff::Timestamp::now()).await.unwrap();
    assert!(archived(&archive).await.is_empty() && ended(&archive).await.is_empty());
    assert!(rig.store.load(numbers[0]).await.unwrap().is_some());
    archiver.round(later()).await.unwrap();
    assert_eq!(archived(&archive).await.len(), 7, "events wait an hour");
    assert!(ended(&archive).await.is_empty(), "cases wait a month");
    assert!(rig.redis.url().starts_with("redis://"));
}
