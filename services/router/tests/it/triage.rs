//! What persons decide: a case in triage, a case taken up again; and why a case went where it went.

use jiff::SignedDuration;
use swiftline_domain::case::{
    Callback, CallbackVia, CloseReason, Command, Due, Outcome as Result_, State,
};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_proto::router::v1::explain_request::Subject;
use swiftline_proto::router::v1::route_result::Outcome;
use swiftline_proto::router::v1::{self as wire};
use swiftline_proto::types::v1 as types;
use swiftline_rpc::status::reason_of;
use swiftline_store::CaseCommit;
use swiftline_telemetry::TraceContext;
use tonic::{Code, Status};

use crate::rig::{ACCEPTED, Held, Rig, field};

async fn in_triage(rig: &Rig) -> CaseNumber {
    in_triage_of(rig, 0).await
}

async fn in_triage_of(rig: &Rig, partition: u8) -> CaseNumber {
    let number = rig.accept(partition).await;
    let mut item = rig.item(number, "streets.light", "01001");
    item.classification.as_mut().unwrap().confidence = 0.1;
    let outcomes = rig.route(vec![item]).await.unwrap();
    assert!(matches!(outcomes[0], Outcome::Triage(_)));
    number
}

async fn dispatch(
    rig: &Rig,
    number: CaseNumber,
    category: &str,
    unit: &str,
) -> Result<types::Offer, Status> {
    let request = wire::DispatchRequest {
        case_number: number.to_string(),
        category: category.to_owned(),
        unit: unit.to_owned(),
        actor: "dispatcher-1".to_owned(),
    };
    Ok(rig
        .router
        .clone()
        .dispatch(request)
        .await?
        .into_inner()
        .offer
        .unwrap())
}

#[tokio::test]
async fn a_persons_category_is_routed_by_the_rules() {
    let rig = Rig::start().await;
    let number = in_triage(&rig).await;
    let offer = dispatch(&rig, number, "utilities.gas", "").await.unwrap();
    let to = offer.assignment.unwrap();
    assert_eq!((to.team.as_str(), to.rule.as_str()), ("gas-a", "gas-leak"));
    let what = rig.case(number).await.classification.unwrap();
    assert_eq!((what.model.as_str(), what.confidence), ("person", 1.0));
    assert_eq!(what.urgency.as_str(), "urgent", "the category's own");
    assert_eq!(rig.waiting("gas-a").await.len(), 1);
    let again = dispatch(&rig, number, "utilities.gas", "")
        .await
        .unwrap_err();
    assert_eq!(
        reason_of(&again).unwrap(),
        "NOT_NOW",
        "it waits for nobody any more"
    );
}

async fn listed(rig: &Rig, limit: u32) -> Vec<wire::TriageItem> {
    let request = wire::ListTriageRequest { limit };
    let listed = rig.handling.clone().list_triage(request).await;
    listed.unwrap().into_inner().items
}

#[tokio::test]
async fn who_waits_in_triage_is_listed_with_why_until_it_is_sent_on() {
    let rig = Rig::start().await;
    assert_eq!(listed(&rig, 0).await, []);
    let first = in_triage(&rig).await;
    rig.pass(SignedDuration::from_mins(5));
    let second = in_triage_of(&rig, 1).await;
    let waits = listed(&rig, 0).await;
    let numbers = waits.iter().map(|one| &one.case.as_ref().unwrap().number);
    let numbers: Vec<&String> = numbers.collect();
    assert_eq!(numbers, [&first.to_string(), &second.to_string()]);
    let unsure = types::TriageReason::LowConfidence;
    assert!(waits.iter().all(|one| one.reason() == unsure), "{waits:?}");
    let since = |at: usize| waits[at].since.as_ref().unwrap().seconds;
    assert_eq!(since(1) - since(0), 300);
    assert_eq!(listed(&rig, 1).await, waits[..1]);
    dispatch(&rig, first, "utilities.gas", "").await.unwrap();
    assert_eq!(listed(&rig, 0).await, waits[1..]);
}

#[tokio::test]
async fn a_persons_unit_is_taken_as_said() {
    let rig = Rig::start().await;
    let number = in_triage(&rig).await;
    let offer = dispatch(&rig, number, "", "st-xinzhan").await.unwrap();
    let to = offer.assignment.unwrap();
    assert_eq!(to.team, "xinzhan-a");
    assert_eq!(to.choice, i32::from(types::TeamChoice::Manual));
    assert_eq!((to.rule, to.rules_digest), (String::new(), String::new()));
}

#[tokio::test]
async fn what_a_person_may_not_say_is_refused() {
    let rig = Rig::start().await;
    let number = in_triage(&rig).await;
    let nobodys = CaseNumber::new(Partition(1), 77).unwrap();
    let bad = [
        (
            dispatch(&rig, number, "", "").await,
            Code::InvalidArgument,
            "unit",
        ),
        (
            dispatch(&rig, number, "no.such", "").await,
            Code::NotFound,
            "category",
        ),
        (
            dispatch(&rig, number, "", "st-nowhere").await,
            Code::NotFound,
            "unit",
        ),
        (
            dispatch(&rig, nobodys, "noise", "").await,
            Code::NotFound,
            "case_number",
        ),
    ];
    for (answer, code, named) in bad {
        assert_eq!(field(&answer.unwrap_err(), code), named);
    }
    assert_eq!(rig.case(number).await.state, State::Triage);
}

/// Resolves a case and closes it, as the feedback service does.
async fn finish(rig: &Rig, held: &Held) {
    rig.sign(held, "desk-1").await.unwrap();
    let mut case = rig.case(held.number).await;
    let before = case.version;
    let due = Due {
        warn_at: rig.now(),
        at: rig.now(),
    };
    let claim = swiftline_domain::case::Claim {
        team: held.team.parse().unwrap(),
        offer: case.newest_offer(),
        actor: "desk-1".parse().unwrap(),
    };
    let resolve = Command::Resolve {
        claim,
        outcome: Result_::Solved,
        note: String::new(),
        callback: due,
    };
    let called = Command::RecordCallback {
        callback: Callback {
            reached: true,
            solved: Some(false),
            ..Callback::default()
        },
        via: CallbackVia::Phone,
        again_at: None,
        comment: String::new(),
    };
    let close = Command::Close {
        reason: CloseReason::Confirmed,
    };
    let commands = [resolve, called, close];
    let events = commands.map(|command| case.apply(command, rig.now()).unwrap());
    let commit = CaseCommit {
        before,
        case,
        events: events.into(),
        at: rig.now(),
        trace: TraceContext::parse(ACCEPTED).unwrap(),
        effects: false,
    };
    rig.store
        .commit(held.number.partition(), vec![commit])
        .await
        .unwrap();
    let team = held.team.parse().unwrap();
    let offer = swiftline_domain::id::OfferNo(held.offer);
    rig.store
        .settle(&team, held.number, offer, swiftline_store::Settle::Gone)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_reopened_case_goes_back_to_the_team_that_had_it() {
    let rig = Rig::start().await;
    let held = rig.offered("streets.light", "01001").await;
    let reopen = async || {
        let request = wire::ReopenRequest {
            case_number: held.number.to_string(),
            reason: types::ReopenReason::NotSolved.into(),
        };
        rig.router.clone().reopen(request).await
    };
    assert_eq!(reason_of(&reopen().await.unwrap_err()).unwrap(), "NOT_NOW");
    finish(&rig, &held).await;
    assert_eq!(rig.load("streets-a").await, 0);
    let case = reopen().await.unwrap().into_inner().case.unwrap();
    assert_eq!(
        (case.state, case.reopened),
        (types::State::Offered.into(), 1)
    );
    let now = rig.held(held.number).await;
    assert_eq!((now.team.as_str(), now.offer), ("streets-a", 2));
    assert_eq!(rig.waiting("streets-a").await[0].offer, 2);
    rig.sign(&now, "desk-2").await.unwrap();
}

#[tokio::test]
async fn what_comes_back_is_urgent_and_what_comes_back_again_is_supervised() {
    let rig = Rig::start().await;
    let mut held = rig.offered("streets.light", "01001").await;
    let reasons = [
        types::ReopenReason::Dissatisfied,
        types::ReopenReason::NotSolved,
    ];
    for (reason, supervised) in reasons.into_iter().zip([false, true]) {
        finish(&rig, &held).await;
        let request = wire::ReopenRequest {
            case_number: held.number.to_string(),
            reason: reason.into(),
        };
        let case = rig.router.clone().reopen(request).await.unwrap();
        let case = case.into_inner().case.unwrap();
        let to = case.offer.unwrap().assignment.unwrap();
        assert_eq!(to.team, "streets-a");
        assert_eq!(to.lane(), types::Urgency::Urgent);
        assert_eq!(case.supervision.is_some(), supervised);
        held = rig.held(held.number).await;
    }
    let case = rig.case(held.number).await;
    assert_eq!((case.reopened, case.dissatisfied), (2, 1));
}

async fn explain(rig: &Rig, subject: Subject) -> Result<wire::ExplainResponse, Status> {
    let request = wire::ExplainRequest {
        subject: Some(subject),
    };
    Ok(rig.router.clone().explain(request).await?.into_inner())
}

#[tokio::test]
async fn a_routing_is_explained_rule_by_rule_and_team_by_team() {
    let rig = Rig::start().await;
    let held = rig.offered("housing", "01001").await;
    let told = explain(&rig, Subject::CaseNumber(held.number.to_string()))
        .await
        .unwrap();
    let to = told.assignment.unwrap();
    assert_eq!(
        (to.unit.as_str(), to.rule.as_str()),
        ("st-hekou", "the-rest-of-housing")
    );
    assert_eq!(
        to.considered.len(),
        2,
        "both teams of the unit were weighed"
    );
    assert_eq!(told.winner, "the-rest-of-housing");
    assert_eq!((told.rules_digest, told.canary), (to.rules_digest, false));
    assert_eq!(told.losers.len(), 5, "all that stand before the winner");
    let gas = told.losers.iter().find(|loser| loser.rule == "gas-leak");
    let failed = &gas.unwrap().failed[0];
    assert_eq!(
        (failed.dimension.as_str(), failed.found.as_str()),
        ("category", "housing")
    );
    assert_eq!(told.classification.unwrap().category, "housing");
}

#[tokio::test]
async fn a_case_in_triage_says_why_and_facts_need_no_case() {
    let rig = Rig::start().await;
    let number = in_triage(&rig).await;
    let told = explain(&rig, Subject::CaseNumber(number.to_string()))
        .await
        .unwrap();
    assert_eq!(told.triage, i32::from(types::TriageReason::LowConfidence));
    assert_eq!(told.assignment, None);

    let facts = wire::RouteItem {
        case_number: String::new(),
        version: 0,
        accepted_at: None,
        ..rig.item(number, "streets.light", "01001")
    };
    let told = explain(&rig, Subject::Facts(facts.clone())).await.unwrap();
    assert_eq!(told.assignment.unwrap().team, "streets-a");
    assert_eq!(rig.load("streets-a").await, 0, "nothing has happened");

    let empty = wire::RouteItem {
        classification: None,
        ..facts
    };
    let refused = explain(&rig, Subject::Facts(empty)).await.unwrap_err();
    assert_eq!(
        field(&refused, Code::InvalidArgument),
        "facts.classification"
    );
    let nobodys = Subject::CaseNumber(CaseNumber::new(Partition(1), 77).unwrap().to_string());
    assert_eq!(
        explain(&rig, nobodys).await.unwrap_err().code(),
        Code::NotFound
    );
}
