//! Reopening, by request and by a callback, with a router that is there, gone or failing.

use std::time::Duration;

use swiftline_domain::case::{CloseReason, Command, ReopenReason, State};
use swiftline_proto::types::v1 as wire;
use swiftline_rpc::status::{reason_of, retry_delay};
use swiftline_store::Group;
use swiftline_testkit::wait::wait_until;
use tonic::Code;

use crate::rig::{PATIENCE, Rig, answers};
use crate::router::Mood;
use crate::story::Story;

#[tokio::test]
async fn a_finished_case_is_taken_up_again_for_the_reason_given() {
    let rig = Rig::start().await;
    let mut story = Story::resolved(&rig.store).await;
    let reason = CloseReason::Supervisor;
    story.commit(vec![Command::Close { reason }]).await;
    let case = rig
        .reopen(story.number(), wire::ReopenReason::Recurred)
        .await
        .unwrap();
    assert_eq!((case.state(), case.reopened), (wire::State::Offered, 1));
    let asked = (story.number().to_string(), ReopenReason::Recurred);
    assert_eq!(rig.router.asked(), [asked]);
}

#[tokio::test]
async fn what_is_not_finished_is_refused_without_asking_the_router() {
    let rig = Rig::start().await;
    let story = Story::signed(&rig.store).await;
    let status = rig
        .reopen(story.number(), wire::ReopenReason::Recurred)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(reason_of(&status).as_deref(), Some("NOT_NOW"));
    assert_eq!(rig.router.asked(), []);
}

#[tokio::test]
async fn a_lost_answer_is_found_in_the_case() {
    let rig = Rig::start().await;
    let story = Story::resolved(&rig.store).await;
    rig.router.set(Mood::LosesOneAnswer);
    let case = rig
        .reopen(story.number(), wire::ReopenReason::Dissatisfied)
        .await
        .unwrap();
    assert_eq!((case.state(), case.reopened), (wire::State::Offered, 1));
    assert_eq!(rig.router.asked().len(), 2);
}

#[tokio::test]
async fn a_router_that_is_gone_is_named_and_the_caller_told_to_come_back() {
    let rig = Rig::start_without_router().await;
    let story = Story::resolved(&rig.store).await;
    let status = rig
        .reopen(story.number(), wire::ReopenReason::Recurred)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.message().contains("router"), "{status}");
    assert!(retry_delay(&status).is_some());
    assert_eq!(story.now().await.state, State::Resolved);
}

#[tokio::test]
async fn what_the_router_refuses_is_passed_on() {
    let rig = Rig::start().await;
    let story = Story::resolved(&rig.store).await;
    let refused = |code| {
        rig.router.set(Mood::Refuses(code));
        rig.reopen(story.number(), wire::ReopenReason::Recurred)
    };
    let status = refused(Code::FailedPrecondition).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert!(status.message().contains("the router says no"), "{status}");
    let status = refused(Code::InvalidArgument).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::Internal, "internal error")
    );
}

#[tokio::test]
async fn a_callback_while_the_router_is_gone_reopens_the_case_when_it_is_back() {
    let mut rig = Rig::start_without_router().await;
    let story = Story::resolved(&rig.store).await;
    let case = rig
        .call_back(story.number(), answers(Some(false), None))
        .await
        .unwrap();
    assert_eq!(
        case.state(),
        wire::State::Resolved,
        "kept, not reopened yet"
    );
    // What comes after it is counted all the same.
    let other = Story::resolved(&rig.store).await;
    rig.call_back(other.number(), answers(Some(true), None))
        .await
        .unwrap();
    rig.total(|total| total.reached == 1).await;
    waits(&rig, 1).await;

    rig.router.come().await;
    let case = rig.becomes(story.number(), State::Offered).await;
    assert_eq!(case.reopened, 1);
    rig.settled().await;
    let total = rig.total(|total| total.reopened == 1).await;
    assert_eq!((total.reached, total.solved), (2, 1));
    assert_eq!(
        rig.router.asked(),
        [(story.number().to_string(), ReopenReason::NotSolved)]
    );
    waits(&rig, 0).await;
}

async fn waits(rig: &Rig, count: u64) {
    let line = format!("swiftline_reopenings_waiting {count}\n");
    let seen = wait_until(PATIENCE, async || {
        rig.metrics().contains(&line).then_some(())
    });
    assert!(seen.await.is_some(), "{}", rig.metrics());
}

#[tokio::test]
async fn a_callback_is_answered_though_the_router_hangs() {
    let mut rig = Rig::without_service().await;
    rig.router.come().await;
    rig.router.set(Mood::Hangs);
    rig.serve(&["reopen.within_ms=50", "router.timeout_ms=100"])
        .await;
    let story = Story::resolved(&rig.store).await;
    let case = rig
        .call_back(story.number(), answers(Some(false), None))
        .await
        .unwrap();
    assert_eq!(case.state(), wire::State::Resolved);
    rig.router.set(Mood::Good);
    rig.becomes(story.number(), State::Offered).await;
}

#[tokio::test]
async fn a_crash_before_the_reopening_loses_nothing() {
    let mut rig = Rig::start_without_router().await;
    let story = Story::resolved(&rig.store).await;
    rig.call_back(story.number(), answers(Some(false), None))
        .await
        .unwrap();
    waits(&rig, 1).await;
    rig.crash().await;

    rig.serve(&["consumer.reclaim_after_ms=100"]).await;
    rig.router.come().await;
    rig.becomes(story.number(), State::Offered).await;
    rig.settled().await;
    let total = rig.total(|total| total.reopened == 1).await;
    assert_eq!((total.reached, total.resolved), (1, 1));
}

#[tokio::test]
async fn a_long_absence_of_the_router_makes_no_dead_letter() {
    let mut rig = Rig::without_service().await;
    // Were the entry taken over again and again, it would have been buried long before the router comes.
    rig.serve(&["consumer.reclaim_after_ms=100", "store.max_deliveries=1"])
        .await;
    let story = Story::resolved(&rig.store).await;
    rig.call_back(story.number(), answers(Some(false), None))
        .await
        .unwrap();
    waits(&rig, 1).await;
    let log = rig.store.log(Group::Feedback);
    let old = wait_until(PATIENCE, async || {
        let states = log.state().await.ok()?;
        let oldest = states.iter().filter_map(|state| state.oldest).max()?;
        (oldest > Duration::from_millis(500)).then_some(())
    });
    assert!(old.await.is_some());
    assert_eq!(rig.store.dead_letters(10).await.unwrap(), []);
    rig.router.come().await;
    rig.becomes(story.number(), State::Offered).await;
    assert_eq!(rig.store.dead_letters(10).await.unwrap(), []);
}

#[tokio::test]
async fn a_person_may_end_a_case_that_waits_to_be_reopened() {
    let rig = Rig::start_without_router().await;
    let story = Story::resolved(&rig.store).await;
    rig.call_back(story.number(), answers(Some(false), None))
        .await
        .unwrap();
    waits(&rig, 1).await;
    rig.close(story.number(), wire::CloseReason::Supervisor)
        .await
        .unwrap();
    rig.settled().await;
    let total = rig.total(|total| total.reached == 1).await;
    assert_eq!(total.reopened, 0);
    assert_eq!(rig.router.asked(), []);
}

#[tokio::test]
async fn a_reopening_that_the_router_keeps_refusing_becomes_a_dead_letter_with_its_reason() {
    let rig = Rig::start().await;
    let story = Story::resolved(&rig.store).await;
    rig.router.set(Mood::Refuses(Code::NotFound));
    rig.call_back(story.number(), answers(Some(false), None))
        .await
        .unwrap();
    let letters = wait_until(PATIENCE, async || {
        let letters = rig.store.dead_letters(10).await.ok()?;
        (!letters.is_empty()).then_some(letters)
    });
    let letter = letters.await.expect("a dead letter").remove(0);
    assert_eq!(letter.group, Group::Feedback);
    assert_eq!(letter.number, story.number().to_string());
    assert!(
        letter.reason.contains("the router says no"),
        "{}",
        letter.reason
    );

    // Once the router is put right, the letter can be put back: then it is reopened, and counted once.
    rig.router.set(Mood::Good);
    assert_eq!(rig.store.redrive(&[letter.id]).await.unwrap(), 1);
    rig.becomes(story.number(), State::Offered).await;
    rig.settled().await;
    let total = rig.total(|total| total.reopened == 1).await;
    assert_eq!(total.reached, 1);
}
