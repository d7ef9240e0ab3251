//! What the citizen says, and closing without it.

use swiftline_domain::case::{ReopenReason, State};
use swiftline_proto::types::v1 as wire;
use swiftline_rpc::status::{reason_of, violations_of};
use tonic::Code;

use crate::rig::{Rig, answers};
use crate::story::Story;

#[tokio::test]
async fn solved_closes_the_case_in_the_same_commit() {
    let rig = Rig::start().await;
    let story = Story::resolved(&rig.store).await;
    let answer = answers(Some(true), Some(true));
    let case = rig.call_back(story.number(), answer).await.unwrap();
    assert_eq!(case.state(), wire::State::Closed);
    assert_eq!(case.callback, Some(answer));
    let journey = rig.store.journey(story.number()).await.unwrap();
    let last = &journey.last().unwrap().events;
    assert_eq!(last.len(), 2);
    assert!(matches!(
        last[1].event,
        Some(wire::event::Event::Closed(wire::event::Closed { reason })) if reason == wire::CloseReason::Confirmed as i32
    ));
    assert!(
        rig.metrics()
            .contains(r#"swiftline_callbacks_total{result="solved",via="phone"} 1"#)
    );
}

#[tokio::test]
async fn not_solved_has_the_case_reopened_at_once() {
    let rig = Rig::start().await;
    let story = Story::resolved(&rig.store).await;
    let case = rig
        .call_back(story.number(), answers(Some(false), None))
        .await
        .unwrap();
    assert_eq!(case.state(), wire::State::Offered);
    assert_eq!((case.reopened, case.offer.unwrap().no), (1, 2));
    rig.settled().await;
    assert_eq!(
        rig.router.asked().len(),
        1,
        "the follow-up has seen that it is done"
    );
    let total = rig.total(|total| total.reopened == 1).await;
    assert_eq!((total.reached, total.contacted, total.solved), (1, 1, 0));
}

#[tokio::test]
async fn dissatisfied_has_it_reopened_too_but_not_for_ever() {
    let rig = Rig::start().await;
    let mut story = Story::resolved(&rig.store).await;
    // Solved, though not as they would have liked it.
    let answer = answers(Some(true), Some(false));
    let case = rig.call_back(story.number(), answer).await.unwrap();
    assert_eq!(case.state(), wire::State::Offered);
    assert_eq!((case.reopened, case.dissatisfied), (1, 1));
    let asked = (story.number().to_string(), ReopenReason::Dissatisfied);
    assert_eq!(rig.router.asked(), [asked]);
    story.resolve_again().await;
    let case = rig.call_back(story.number(), answer).await.unwrap();
    assert_eq!(case.state(), wire::State::Closed, "the pack allows one");
    rig.settled().await;
    assert_eq!(rig.router.asked().len(), 1);
    let total = rig.total(|total| total.solved == 2).await;
    assert_eq!((total.satisfied, total.reopened), (0, 1));
}

#[tokio::test]
async fn not_solved_is_sent_back_however_often() {
    let rig = Rig::start().await;
    let mut story = Story::resolved(&rig.store).await;
    for (answer, counts) in [
        (answers(Some(true), Some(false)), (1, 1)),
        (answers(Some(false), Some(false)), (2, 1)),
        (answers(Some(false), None), (3, 1)),
    ] {
        let case = rig.call_back(story.number(), answer).await.unwrap();
        assert_eq!((case.reopened, case.dissatisfied), counts);
        story.resolve_again().await;
    }
}

#[tokio::test]
async fn a_pack_may_close_what_is_solved_though_the_citizen_is_not_satisfied() {
    let mut rig = Rig::without_service().await;
    rig.in_city("callbacks: {reopen_when: [unsolved]}\n");
    rig.router.come().await;
    rig.serve(&[]).await;
    let story = Story::resolved(&rig.store).await;
    let answer = answers(Some(true), Some(false));
    let case = rig.call_back(story.number(), answer).await.unwrap();
    assert_eq!(case.state(), wire::State::Closed);
    rig.settled().await;
    assert_eq!(rig.router.asked(), []);
}

#[tokio::test]
async fn attempts_that_reach_nobody_leave_it_resolved_until_one_does() {
    let rig = Rig::start().await;
    let story = Story::resolved(&rig.store).await;
    let nobody = wire::Callback::default();
    for _ in 0..2 {
        let case = rig.call_back(story.number(), nobody).await.unwrap();
        assert_eq!(case.state(), wire::State::Resolved);
        assert!(case.callback_clock.is_some(), "the clock runs on");
    }
    let case = rig
        .call_back(story.number(), answers(Some(true), None))
        .await
        .unwrap();
    assert_eq!(case.state(), wire::State::Closed);
    assert!(
        rig.metrics()
            .contains(r#"swiftline_callbacks_total{result="unreached",via="phone"} 2"#)
    );
}

#[tokio::test]
async fn without_an_answer_to_whether_it_is_solved_a_person_decides() {
    let rig = Rig::start().await;
    let story = Story::resolved(&rig.store).await;
    let case = rig
        .call_back(story.number(), answers(None, Some(true)))
        .await
        .unwrap();
    assert_eq!(case.state(), wire::State::Resolved);
    let status = rig
        .call_back(story.number(), answers(Some(true), None))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(reason_of(&status).as_deref(), Some("ALREADY_ANSWERED"));
    let case = rig
        .close(story.number(), wire::CloseReason::Supervisor)
        .await
        .unwrap();
    assert_eq!(case.state(), wire::State::Closed);
}

#[tokio::test]
async fn only_a_result_is_asked_about() {
    let rig = Rig::start().await;
    let story = Story::signed(&rig.store).await;
    let status = rig
        .call_back(story.number(), answers(Some(true), None))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert!(status.message().contains("signed"), "{status}");
    assert_eq!(story.now().await.state, State::Signed);
}

#[tokio::test]
async fn a_case_that_cannot_be_called_back_is_closed_with_its_reason() {
    let rig = Rig::start().await;
    let story = Story::resolved(&rig.store).await;
    let case = rig
        .close(story.number(), wire::CloseReason::Unreachable)
        .await
        .unwrap();
    assert_eq!(case.state(), wire::State::Closed);
    let status = rig
        .close(story.number(), wire::CloseReason::Unreachable)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(reason_of(&status).as_deref(), Some("NOT_NOW"));
}

#[tokio::test]
async fn an_unknown_case_is_named() {
    let rig = Rig::start().await;
    let number = rig
        .store
        .mint(swiftline_domain::number::Partition(1), 1)
        .await
        .unwrap()[0];
    let status = rig
        .call_back(number, answers(Some(true), None))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(violations_of(&status)[0].field, "case_number");
}
