//! What the citizen says to an answer of the knowledge base, and what is counted of it.

use swiftline_domain::case::{ReopenReason, State};
use swiftline_proto::feedback::v1::AnswerRates;
use swiftline_proto::types::v1 as wire;
use swiftline_testkit::wait::wait_until;

use crate::rig::{PATIENCE, Rig, answers};
use crate::router::Mood;
use crate::story::{ENTRY, Story};

/// Waits until so many answers are counted.
async fn counted(rig: &Rig, wanted: impl Fn(&AnswerRates) -> bool) -> AnswerRates {
    let mut last = None;
    let found = wait_until(PATIENCE, async || {
        last = rig.rates(&[]).await.ok()?.answers.pop();
        last.clone().filter(&wanted)
    });
    let found = found.await;
    found.unwrap_or_else(|| panic!("what is counted stays {last:?}"))
}

#[tokio::test]
async fn an_answer_that_helped_closes_the_case() {
    let rig = Rig::start().await;
    let story = Story::answered(&rig.store).await;
    let case = rig.call_back(story.number(), answers(Some(true), Some(true)));
    let case = case.await.unwrap();
    assert_eq!(case.state(), wire::State::Closed);
    let answer = counted(&rig, |answer| answer.confirmed == 1).await;
    let expected = AnswerRates {
        entry: ENTRY.into(),
        answered: 1,
        confirmed: 1,
        helped_rate: Some(1.0),
        ..AnswerRates::default()
    };
    assert_eq!(answer, expected);
    rig.settled().await;
    let rates = rig.rates(&[]).await.unwrap();
    assert_eq!(rates.units, [], "no unit had it");
}

#[tokio::test]
async fn one_that_did_not_help_has_the_case_reopened() {
    let rig = Rig::start().await;
    let story = Story::answered(&rig.store).await;
    let case = rig.call_back(story.number(), answers(Some(false), None));
    assert_eq!(case.await.unwrap().state(), wire::State::Offered);
    let asked = (story.number().to_string(), ReopenReason::NotSolved);
    assert_eq!(rig.router.asked(), [asked]);
    let answer = counted(&rig, |answer| answer.reopened == 1).await;
    assert_eq!((answer.not_solved, answer.helped_rate), (1, Some(0.0)));
}

#[tokio::test]
async fn one_that_did_not_help_is_reopened_later_when_the_router_is_away() {
    let mut rig = Rig::start_without_router().await;
    rig.stop().await;
    rig.serve(&["reopen.within_ms=50"]).await;
    let story = Story::answered(&rig.store).await;
    let case = rig.call_back(story.number(), answers(Some(false), None));
    assert_eq!(case.await.unwrap().state(), wire::State::Answered);
    rig.router.set(Mood::LosesOneAnswer);
    rig.router.come().await;
    let case = rig.becomes(story.number(), State::Offered).await;
    assert_eq!((case.reopened, case.answered), (1, None));
    rig.settled().await;
    let answer = counted(&rig, |answer| answer.reopened == 1).await;
    assert_eq!((answer.answered, answer.not_solved), (1, 1));
}

#[tokio::test]
async fn who_was_not_reached_or_did_not_say_leaves_it_answered_and_its_clock_running() {
    let rig = Rig::start().await;
    let story = Story::answered(&rig.store).await;
    for answer in [wire::Callback::default(), answers(None, Some(true))] {
        let case = rig.call_back(story.number(), answer).await.unwrap();
        assert_eq!(case.state(), wire::State::Answered);
        assert!(case.callback_clock.is_some(), "it will close by itself");
    }
    rig.settled().await;
    let answer = counted(&rig, |answer| answer.answered == 1).await;
    assert_eq!((answer.confirmed, answer.helped_rate), (0, None));
}
