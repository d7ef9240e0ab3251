//! Inquiries that the knowledge base answers, through the whole mesh.

use swiftline_proto::feedback::v1::{AnswerRates, GetRatesRequest};
use swiftline_proto::intake::v1::{Submission, SubmitRequest};
use swiftline_proto::types::v1::event::Event as Happened;
use swiftline_proto::types::v1::{Channel, CloseReason, Complaint, Kind, State};
use swiftline_testkit::mesh::Service;
use swiftline_testkit::wait::wait_until;
use tonic::{Code, Status};

use crate::desk::claim;
use crate::town::{GAS, PATIENCE, Town};

/// A question of the small city's knowledge base, as somebody asks it.
const HEATING: &str = "请问今年什么时候开始供暖？";

async fn ask(town: &Town, key: &str, text: &str, read_out: &str) -> Result<String, Status> {
    let complaint = Complaint {
        text: text.to_owned(),
        channel: Channel::Phone.into(),
        kind: Kind::Consultation.into(),
        answer: read_out.to_owned(),
        ..Complaint::default()
    };
    let submission = Submission {
        idempotency_key: key.to_owned(),
        complaint: Some(complaint),
        ..Submission::default()
    };
    let request = SubmitRequest {
        submission: Some(submission),
    };
    let answer = town.intake().submit(request).await?.into_inner();
    Ok(answer.receipt.unwrap().case_number)
}

async fn counted(town: &Town, wanted: impl Fn(&AnswerRates) -> bool) -> AnswerRates {
    let found = wait_until(PATIENCE, async || {
        let rates = town.feedback().get_rates(GetRatesRequest::default()).await;
        let mut answers = rates.ok()?.into_inner().answers.into_iter();
        answers.find(&wanted)
    });
    found.await.expect("the answers are counted")
}

fn names(journey: &[Happened]) -> Vec<&'static str> {
    let name = swiftline_proto::convert::event_name;
    journey.iter().map(name).collect()
}

#[tokio::test]
async fn an_inquiry_that_the_operator_answered_closes_with_no_offer() {
    let town = Town::start().await;
    let number = ask(&town, "one", HEATING, "heating-season").await.unwrap();
    let case = town.becomes(&number, State::Answered).await;
    assert_eq!(
        (case.answered.as_str(), case.offer),
        ("heating-season", None)
    );
    town.call_back(&number, true).await.unwrap();
    town.becomes(&number, State::Closed).await;
    let journey = town.journey(&number).await;
    let expected = [
        "accepted",
        "classified",
        "answered",
        "called_back",
        "closed",
    ];
    assert_eq!(names(&journey), expected);
    let Some(Happened::Closed(closed)) = journey.last() else {
        panic!("not closed: {journey:?}");
    };
    assert_eq!(closed.reason(), CloseReason::Confirmed);
    assert_eq!(town.open_orders().await.unwrap(), 0);
    let answer = counted(&town, |answer| answer.confirmed == 1).await;
    assert_eq!(
        (answer.entry.as_str(), answer.answered),
        ("heating-season", 1)
    );

    let refused = ask(&town, "two", HEATING, "no-such-entry")
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().starts_with("complaint.answer: "));
}

#[tokio::test]
async fn a_question_that_the_knowledge_base_knows_is_answered_without_anybody() {
    let town = Town::start_with(|site| {
        site.edit("clocks.yaml", "callback: 24h", "callback: 2s")
            .edit("clocks.yaml", "callback: 3d", "callback: 2s")
            .set(Service::Router, "sweep.interval_ms", 50)
    })
    .await;
    let number = ask(&town, "one", HEATING, "").await.unwrap();
    // Nobody says a word: it closes by itself.
    let case = town.becomes(&number, State::Closed).await;
    assert_eq!(case.answered, "heating-season");
    let journey = town.journey(&number).await;
    let Some(Happened::Closed(closed)) = journey.last() else {
        panic!("not closed: {journey:?}");
    };
    assert_eq!(closed.reason(), CloseReason::CallbackOverdue);
    assert!(!names(&journey).contains(&"offered"));
}

#[tokio::test]
async fn one_that_did_not_help_reaches_a_team() {
    let town = Town::start().await;
    let number = ask(&town, "one", GAS, "gas-meter").await.unwrap();
    town.becomes(&number, State::Answered).await;
    town.call_back(&number, false).await.unwrap();
    let case = town.becomes(&number, State::Offered).await;
    assert_eq!((case.reopened, case.answered.as_str()), (1, ""));
    let offer = case.offer.as_ref().unwrap();
    assert_eq!((offer.no, claim(&case).team.as_str()), (1, "gas-a"));
    town.waiting("gas-a", 1).await;
    // The citizen's word is counted when the case is seen to be reopened.
    let both = |answer: &AnswerRates| answer.reopened == 1 && answer.not_solved == 1;
    assert_eq!(counted(&town, both).await.answered, 1);
}
