//! Inquiries that the knowledge base answers, so that no team is asked.

use jiff::SignedDuration;
use swiftline_domain::case::{CloseReason, Event, State};
use swiftline_domain::number::CaseNumber;
use swiftline_proto::router::v1::explain_request::Subject;
use swiftline_proto::router::v1::{
    ExplainRequest, ReopenRequest, RouteItem, route_result::Outcome,
};
use swiftline_proto::types::v1 as types;
use swiftline_testkit::wait::wait_until;

use crate::rig::{Options, Rig, SOON};

/// A consultation that this entry may answer.
fn inquiry(rig: &Rig, number: CaseNumber, entry: &str, score: f32) -> RouteItem {
    let mut item = rig.item(number, "streets.light", "01001");
    let what = item.classification.as_mut().unwrap();
    what.kind = types::Kind::Consultation.into();
    let answer = types::AnswerScore {
        entry: entry.to_owned(),
        score,
    };
    what.hints = Some(types::Hints {
        answers: vec![answer],
        ..types::Hints::default()
    });
    item
}

fn classification(item: &mut RouteItem) -> &mut types::Classification {
    item.classification.as_mut().unwrap()
}

async fn routed(rig: &Rig, item: RouteItem) -> Outcome {
    rig.route(vec![item]).await.unwrap().remove(0)
}

async fn events(rig: &Rig, number: CaseNumber) -> Vec<Event> {
    let journey = rig.store.journey(number).await.unwrap();
    let events = journey.into_iter().flat_map(|commit| commit.events);
    events.map(|event| event.try_into().unwrap()).collect()
}

fn answered(entry: &str) -> Outcome {
    Outcome::Answered(entry.to_owned())
}

#[tokio::test]
async fn a_consultation_with_a_good_answer_is_offered_to_nobody() {
    let rig = Rig::start().await;
    let number = rig.accept(0).await;
    let item = inquiry(&rig, number, "heating-season", 0.8);
    assert_eq!(routed(&rig, item.clone()).await, answered("heating-season"));
    let case = rig.case(number).await;
    assert_eq!((case.state, &case.offer), (State::Answered, &None));
    assert_eq!(case.answered.unwrap().as_str(), "heating-season");
    assert!(case.clocks.callback.is_some() && case.clocks.dispatch.is_none());
    let journey = rig.store.journey(number).await.unwrap();
    assert_eq!(journey.len(), 2, "classified and answered in one commit");
    assert_eq!(rig.load("streets-a").await, 0);
    // A lost answer is asked for again.
    assert_eq!(routed(&rig, item.clone()).await, answered("heating-season"));
    let late = RouteItem { version: 3, ..item };
    assert_eq!(routed(&rig, late).await, answered("heating-season"));
    assert_eq!(rig.store.journey(number).await.unwrap().len(), 2);
    assert!(rig.metrics().contains("swiftline_answered_total 1"));
    let subject = Some(Subject::CaseNumber(number.to_string()));
    let explained = rig.router.clone().explain(ExplainRequest { subject }).await;
    assert_eq!(explained.unwrap().into_inner().answered, "heating-season");
}

#[tokio::test]
async fn only_a_consultation_that_can_wait_is_answered_by_its_score() {
    let rig = Rig::start().await;
    let number = rig.accept(0).await;
    let good = || inquiry(&rig, number, "heating-season", 0.8);
    let with = |change: fn(&mut types::Classification)| {
        let mut item = good();
        change(classification(&mut item));
        item
    };
    let not_answered = [
        inquiry(&rig, number, "heating-season", 0.59),
        inquiry(&rig, number, "no-such-entry", 0.8),
        with(|what| what.kind = types::Kind::Complaint.into()),
        with(|what| what.kind = types::Kind::Help.into()),
        with(|what| what.urgency = types::Urgency::Urgent.into()),
        with(|what| what.urgency = types::Urgency::Emergency.into()),
        with(|what| what.hints = None),
    ];
    for item in not_answered {
        let number = rig.accept(1).await;
        let item = RouteItem {
            case_number: number.to_string(),
            ..item
        };
        let outcome = routed(&rig, item).await;
        assert!(matches!(outcome, Outcome::Offered(_)), "{outcome:?}");
    }
}

#[tokio::test]
async fn an_entry_answers_until_its_last_day() {
    let rig = Rig::start().await;
    let number = rig.accept(0).await;
    let item = inquiry(&rig, number, "gas-meter", 0.8);
    assert_eq!(routed(&rig, item).await, answered("gas-meter"));
    rig.pass(SignedDuration::from_hours(24 * 400));
    let number = rig.accept(0).await;
    let outcome = routed(&rig, inquiry(&rig, number, "gas-meter", 0.8)).await;
    assert!(matches!(outcome, Outcome::Offered(_)), "{outcome:?}");
}

#[tokio::test]
async fn a_city_that_sets_no_score_has_only_operators_answer() {
    let options = Options {
        pack: vec![("city.yaml", "knowledge: {answer_from: 0.6}\n", "")],
        ..Options::default()
    };
    let rig = Rig::start_with(options).await;
    let number = rig.accept(0).await;
    let outcome = routed(&rig, inquiry(&rig, number, "heating-season", 1.0)).await;
    assert!(matches!(outcome, Outcome::Offered(_)), "{outcome:?}");
    let number = rig.accept(0).await;
    let mut item = inquiry(&rig, number, "heating-season", 0.1);
    item.complaint.as_mut().unwrap().answer = "gas-meter".to_owned();
    assert_eq!(routed(&rig, item).await, answered("gas-meter"));
}

#[tokio::test]
async fn what_an_operator_read_out_answers_whatever_it_is() {
    let rig = Rig::start().await;
    let number = rig.accept(0).await;
    let mut item = inquiry(&rig, number, "heating-season", 0.9);
    classification(&mut item).kind = types::Kind::Help.into();
    classification(&mut item).confidence = 0.1;
    item.complaint.as_mut().unwrap().answer = "gas-meter".to_owned();
    let facts = ExplainRequest {
        subject: Some(Subject::Facts(item.clone())),
    };
    assert_eq!(routed(&rig, item).await, answered("gas-meter"));
    let explained = rig
        .router
        .clone()
        .explain(facts)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(explained.answered, "gas-meter");
    assert_eq!((explained.assignment, explained.triage), (None, 0));
}

#[tokio::test]
async fn an_answer_that_did_not_help_is_routed_as_if_for_the_first_time() {
    let rig = Rig::start().await;
    let number = rig.accept(0).await;
    let item = inquiry(&rig, number, "heating-season", 0.8);
    routed(&rig, item.clone()).await;
    let request = ReopenRequest {
        case_number: number.to_string(),
        reason: types::ReopenReason::NotSolved.into(),
    };
    let case = rig.router.clone().reopen(request).await.unwrap();
    let case = case.into_inner().case.unwrap();
    assert_eq!(case.state(), types::State::Offered);
    let assignment = case.offer.unwrap().assignment.unwrap();
    assert_eq!(assignment.team, "streets-a");
    assert_eq!(assignment.rule, "street-lights");
    assert_eq!((case.answered.as_str(), case.reopened), ("", 1));
    assert_eq!(rig.load("streets-a").await, 1);
    let reopened = events(&rig, number).await.into_iter();
    let mut reopened = reopened.filter(|event| event.name() == "reopened");
    let Some(Event::Reopened { unit, entry, .. }) = reopened.next() else {
        panic!("not reopened");
    };
    assert_eq!((unit, entry.unwrap().as_str()), (None, "heating-season"));
    // The classifier's late call does not have it answered again.
    let outcome = routed(&rig, item).await;
    assert!(matches!(outcome, Outcome::Offered(_)), "{outcome:?}");
}

#[tokio::test]
async fn an_answered_case_closes_by_itself_when_nobody_says_a_word() {
    let rig = Rig::start().await;
    let number = rig.accept(0).await;
    routed(&rig, inquiry(&rig, number, "heating-season", 0.8)).await;
    let due = rig.case(number).await.clocks.callback.unwrap().due;
    rig.pass(due.at.duration_since(rig.now()) + SignedDuration::from_secs(1));
    let closed = wait_until(SOON, async || {
        let case = rig.case(number).await;
        (case.state == State::Closed).then_some(case)
    });
    let case = closed.await.expect("it closes");
    assert_eq!(case.answered.unwrap().as_str(), "heating-season");
    let last = events(&rig, number).await.pop();
    let reason = CloseReason::CallbackOverdue;
    assert_eq!(last, Some(Event::Closed { reason }));
    let metrics = rig.metrics();
    assert!(metrics.contains(r#"swiftline_deadlines_total{event="closed"} 1"#));
}
