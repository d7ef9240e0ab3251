//! The team reports its result.

use std::time::Duration;

use swiftline_domain::case::State;
use swiftline_domain::city::testing::small_pack;
use swiftline_proto::types::v1 as wire;
use swiftline_rpc::status::{reason_of, violations_of};
use tonic::Code;

use crate::rig::Rig;
use crate::story::{Story, TEAM};

#[tokio::test]
async fn a_result_waits_for_the_callback_and_leaves_the_teams_queue() {
    let rig = Rig::start().await;
    let story = Story::signed(&rig.store).await;
    let team = TEAM.parse().unwrap();
    assert_eq!(
        rig.store.loads(std::slice::from_ref(&team)).await.unwrap(),
        [1]
    );

    let case = rig.resolve(story.result()).await.unwrap();
    assert_eq!(case.state(), wire::State::Resolved);
    assert_eq!(case.outcome(), wire::Outcome::Solved);

    let stored = story.now().await;
    assert_eq!(stored.state, State::Resolved);
    let clock = stored.clocks.callback.unwrap();
    let class = "utility".parse().unwrap();
    let due = small_pack().callback_by(&class, stored.updated_at);
    assert_eq!((clock.due.at, clock.due.warn_at), (due.due, due.warn));
    assert_eq!(rig.store.loads(&[team]).await.unwrap(), [0]);
    // Nothing is left to the sweep.
    let later = stored.updated_at + Duration::from_secs(60);
    let partition = story.number().partition();
    let due = rig.store.claim_due(partition, later, Duration::ZERO, 10);
    assert_eq!(due.await.unwrap(), []);
}

#[tokio::test]
async fn the_note_is_kept_in_the_journey() {
    let rig = Rig::start().await;
    let story = Story::signed(&rig.store).await;
    rig.resolve(story.result()).await.unwrap();
    let journey = rig.store.journey(story.number()).await.unwrap();
    let last = journey.last().unwrap().events[0].event.clone().unwrap();
    let wire::event::Event::Resolved(event) = last else {
        panic!("{last:?}")
    };
    assert_eq!(
        (event.note.as_str(), event.actor.as_str()),
        ("the pipe is mended", "desk-1")
    );
}

#[tokio::test]
async fn the_same_result_again_changes_nothing() {
    let rig = Rig::start().await;
    let story = Story::signed(&rig.store).await;
    let first = rig.resolve(story.result()).await.unwrap();
    let second = rig.resolve(story.result()).await.unwrap();
    assert_eq!(first, second);
}

#[tokio::test]
async fn another_result_for_what_is_resolved_is_refused() {
    let rig = Rig::start().await;
    let story = Story::resolved(&rig.store).await;
    let mut other = story.result();
    other.outcome = wire::Outcome::NotPossible.into();
    let status = rig.resolve(other).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(reason_of(&status).as_deref(), Some("NOT_NOW"));
}

#[tokio::test]
async fn a_result_for_somebody_elses_order_is_refused_and_names_the_owner() {
    let rig = Rig::start().await;
    let story = Story::signed(&rig.store).await;
    let mut theirs = story.result();
    theirs.claim.as_mut().unwrap().team = "streets-a".into();
    let status = rig.resolve(theirs).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert!(status.message().contains(TEAM), "{status}");
    assert_eq!(story.now().await.state, State::Signed);
}

#[tokio::test]
async fn a_result_for_what_nobody_has_signed_is_refused() {
    let rig = Rig::start().await;
    for story in [
        Story::offered(&rig.store).await,
        Story::accepted(&rig.store).await,
    ] {
        let status = rig.resolve(story.result()).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(reason_of(&status).as_deref(), Some("NOT_NOW"));
    }
}

#[tokio::test]
async fn a_result_for_an_older_offer_is_refused() {
    let rig = Rig::start().await;
    let story = Story::signed(&rig.store).await;
    let mut old = story.result();
    old.claim.as_mut().unwrap().offer = 0;
    let status = rig.resolve(old).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(reason_of(&status).as_deref(), Some("STALE_OFFER"));
}

#[tokio::test]
async fn an_unknown_team_or_case_is_named() {
    let rig = Rig::start().await;
    let story = Story::signed(&rig.store).await;
    let mut nobody = story.result();
    nobody.claim.as_mut().unwrap().team = "nobody".into();
    let status = rig.resolve(nobody).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(violations_of(&status)[0].field, "claim.team");

    for absent in ["03-9999999-0", "99-0000001-9"] {
        let mut lost = story.result();
        lost.claim.as_mut().unwrap().case_number = checked(absent);
        let status = rig.resolve(lost).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{status}");
        assert_eq!(violations_of(&status)[0].field, "case_number");
    }
}

/// The number with the check digit that fits.
fn checked(number: &str) -> String {
    (0..10)
        .map(|digit| format!("{}{digit}", &number[..number.len() - 1]))
        .find(|number| {
            number
                .parse::<swiftline_domain::number::CaseNumber>()
                .is_ok()
        })
        .unwrap()
}

#[tokio::test]
async fn of_two_results_at_once_one_stands_and_both_are_told_the_truth() {
    let rig = Rig::start().await;
    let story = Story::signed(&rig.store).await;
    let mut other = story.result();
    other.outcome = wire::Outcome::Explained.into();
    let (first, second) = tokio::join!(rig.resolve(story.result()), rig.resolve(other));
    let (won, lost) = match (first, second) {
        (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
        both => panic!("{both:?}"),
    };
    assert_eq!(lost.code(), Code::FailedPrecondition);
    assert_eq!(wire::Case::from(&story.now().await), won);
}
