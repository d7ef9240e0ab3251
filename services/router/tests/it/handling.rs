//! Notes, requests and helpers.

use jiff::{SignedDuration, Timestamp};
use swiftline_domain::case::{Case, PartEnd, State, SupervisionReason};
use swiftline_proto::router::v1::{self as wire};
use swiftline_rpc::status::reason_of;
use tonic::{Code, Status};

use crate::rig::{Held, Rig, SOON, field};
use swiftline_testkit::wait::wait_until;

async fn signed(rig: &Rig) -> Held {
    let held = rig.offered("streets.light", "01001").await;
    rig.sign(&held, "desk-1").await.unwrap();
    held
}

async fn call_helper(rig: &Rig, held: &Held, unit: &str) -> Result<Held, Status> {
    let request = wire::CallHelperRequest {
        claim: Some(held.claim("desk-1")),
        unit: unit.to_owned(),
    };
    let called = rig.handling.clone().call_helper(request).await?;
    let part = called.into_inner().case.unwrap().parts.pop().unwrap();
    Ok(Held {
        number: held.number,
        offer: part.no,
        team: part.team,
    })
}

async fn finish(rig: &Rig, held: &Held, declined: bool) -> Result<(), Status> {
    let request = wire::FinishPartRequest {
        claim: Some(held.claim("helper-1")),
        declined,
        note: "the lamp has power again".to_owned(),
    };
    rig.handling.clone().finish_part(request).await.map(drop)
}

fn deadline(case: &Case) -> Timestamp {
    case.clocks.handle.unwrap().due.at
}

#[tokio::test]
async fn a_helper_is_called_signs_and_finishes_and_the_lead_sees_it() {
    let rig = Rig::start().await;
    let lead = signed(&rig).await;
    let part = call_helper(&rig, &lead, "st-shiqiao").await.unwrap();
    assert_eq!(part.team, "shiqiao-a");
    let waiting = rig.waiting("shiqiao-a").await;
    assert_eq!((waiting[0].offer, waiting[0].part), (part.offer, true));
    assert_eq!(rig.load("shiqiao-a").await, 1);
    let unsigned = finish(&rig, &part, false).await.unwrap_err();
    assert_eq!(reason_of(&unsigned).unwrap(), "PART_NOT_SIGNED");
    rig.sign(&part, "helper-1").await.unwrap();
    assert_eq!(rig.waiting("shiqiao-a").await, []);
    finish(&rig, &part, false).await.unwrap();
    assert_eq!(rig.load("shiqiao-a").await, 0);
    let case = rig.case(lead.number).await;
    assert_eq!(case.parts[0].end, Some(PartEnd::Done));
    assert_eq!(case.state, State::Signed, "the lead still has it");
    assert_eq!(rig.load(&lead.team).await, 1);
}

#[tokio::test]
async fn only_the_lead_calls_and_an_unknown_unit_is_named() {
    let rig = Rig::start().await;
    let lead = signed(&rig).await;
    let unknown = call_helper(&rig, &lead, "st-nowhere").await.unwrap_err();
    assert_eq!(field(&unknown, Code::NotFound), "unit");
    let part = call_helper(&rig, &lead, "st-shiqiao").await.unwrap();
    let again = call_helper(&rig, &lead, "st-shiqiao").await.unwrap_err();
    assert_eq!(
        reason_of(&again).unwrap(),
        "NOBODY_LEFT",
        "its only team helps"
    );
    let stranger = call_helper(&rig, &part, "st-hekou").await.unwrap_err();
    assert_eq!(stranger.code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn helpers_leave_with_the_lead() {
    let rig = Rig::start().await;
    let lead = signed(&rig).await;
    let part = call_helper(&rig, &lead, "st-shiqiao").await.unwrap();
    rig.sign(&part, "helper-1").await.unwrap();
    rig.give_back(&lead).await.unwrap();
    assert_eq!(rig.load("shiqiao-a").await, 0);
    let case = rig.case(lead.number).await;
    assert_eq!(case.parts[0].end, Some(PartEnd::Dropped));
}

#[tokio::test]
async fn a_helper_that_does_not_sign_comes_before_supervision_when_nobody_else_is_left() {
    let rig = Rig::start().await;
    let lead = signed(&rig).await;
    call_helper(&rig, &lead, "st-shiqiao").await.unwrap();
    rig.pass(SignedDuration::from_hours(30));
    let supervised = wait_until(SOON, async || {
        let case = rig.case(lead.number).await;
        case.supervision
            .filter(|_| case.parts[0].end == Some(PartEnd::Expired))
    });
    supervised.await.expect("supervision looks after it");
    assert_eq!(rig.load("shiqiao-a").await, 0);
}

#[tokio::test]
async fn more_time_needs_somebody_elses_word_and_is_given_in_working_days() {
    let rig = Rig::start().await;
    let held = signed(&rig).await;
    let before = deadline(&rig.case(held.number).await);
    let ask = async |more: &str| {
        let request = wire::AskExtensionRequest {
            claim: Some(held.claim("desk-1")),
            more: more.to_owned(),
            reason: "the spare part comes on Friday".to_owned(),
        };
        rig.handling.clone().ask_extension(request).await
    };
    let garbled = ask("soon").await.unwrap_err();
    assert_eq!(field(&garbled, Code::InvalidArgument), "more");
    ask("2d").await.unwrap();
    assert_eq!(deadline(&rig.case(held.number).await), before, "not yet");
    let pending = ask("2d").await.unwrap_err();
    assert_eq!(reason_of(&pending).unwrap(), "REQUEST_PENDING");
    let own = decide(&rig, &held, "desk-1", true).await.unwrap_err();
    assert_eq!(reason_of(&own).unwrap(), "OWN_APPROVAL");
    decide(&rig, &held, "chief-1", true).await.unwrap();
    let after = deadline(&rig.case(held.number).await);
    assert!(
        after >= before + SignedDuration::from_hours(24),
        "{before} {after}"
    );
    let none = decide(&rig, &held, "chief-1", true).await.unwrap_err();
    assert_eq!(reason_of(&none).unwrap(), "NO_REQUEST");
}

async fn decide(rig: &Rig, held: &Held, actor: &str, approve: bool) -> Result<(), Status> {
    let request = wire::DecideRequestRequest {
        case_number: held.number.to_string(),
        approve,
        actor: actor.to_owned(),
        note: String::new(),
    };
    rig.handling.clone().decide_request(request).await.map(drop)
}

#[tokio::test]
async fn an_order_that_was_set_aside_until_then_is_taken_up_by_itself() {
    let rig = Rig::start().await;
    let held = signed(&rig).await;
    let before = deadline(&rig.case(held.number).await);
    let until = rig.now() + SignedDuration::from_hours(48);
    let request = wire::AskSuspensionRequest {
        claim: Some(held.claim("desk-1")),
        until: Some(swiftline_proto::convert::timestamp(until)),
        reason: "the road is closed".to_owned(),
    };
    rig.handling.clone().ask_suspension(request).await.unwrap();
    assert_eq!(rig.case(held.number).await.state, State::Signed);
    decide(&rig, &held, "chief-1", true).await.unwrap();
    assert_eq!(rig.case(held.number).await.state, State::Suspended);
    rig.pass(SignedDuration::from_hours(49));
    let taken_up = wait_until(SOON, async || {
        let case = rig.case(held.number).await;
        (case.state == State::Signed).then_some(case)
    });
    let case = taken_up.await.expect("it is taken up by itself");
    assert!(deadline(&case) > before, "the time aside does not count");
    assert_eq!(case.suspended_until, None);
}

#[tokio::test]
async fn a_declined_request_changes_nothing() {
    let rig = Rig::start().await;
    let held = signed(&rig).await;
    let request = wire::AskSuspensionRequest {
        claim: Some(held.claim("desk-1")),
        until: None,
        reason: "waits for a permit".to_owned(),
    };
    rig.handling.clone().ask_suspension(request).await.unwrap();
    decide(&rig, &held, "chief-1", false).await.unwrap();
    let case = rig.case(held.number).await;
    assert_eq!((case.state, case.request), (State::Signed, None));
}

#[tokio::test]
async fn a_note_is_kept_with_its_papers_and_bad_addresses_are_named() {
    let rig = Rig::start().await;
    let held = signed(&rig).await;
    let note = async |note: &str, attachments: Vec<&str>| {
        let request = wire::NoteRequest {
            claim: Some(held.claim("desk-1")),
            note: note.to_owned(),
            attachments: attachments.into_iter().map(str::to_owned).collect(),
        };
        rig.handling.clone().note(request).await
    };
    let empty = note("", vec![]).await.unwrap_err();
    assert_eq!(field(&empty, Code::InvalidArgument), "note");
    let local = note("a picture", vec!["file:///etc/passwd"])
        .await
        .unwrap_err();
    assert_eq!(field(&local, Code::InvalidArgument), "attachments");
    let many = note("pictures", vec!["https://a.example"; 11])
        .await
        .unwrap_err();
    assert_eq!(field(&many, Code::InvalidArgument), "attachments");
    note("the mast is ordered", vec!["https://files.example/1.jpg"])
        .await
        .unwrap();
    let journey = rig.store.journey(held.number).await.unwrap();
    let last = format!("{:?}", journey.last().unwrap().events);
    assert!(last.contains("https://files.example/1.jpg"), "{last}");
}

#[tokio::test]
async fn a_clock_that_runs_out_puts_the_case_before_supervision_once() {
    let rig = Rig::start().await;
    let held = signed(&rig).await;
    rig.pass(SignedDuration::from_hours(24 * 60));
    let list = async || {
        let request = wire::ListSupervisedRequest { limit: 0 };
        let listed = rig.handling.clone().list_supervised(request).await;
        listed.unwrap().into_inner().cases
    };
    let cases = wait_until(SOON, async || {
        let cases = list().await;
        (!cases.is_empty()).then_some(cases)
    });
    let cases = cases.await.expect("supervision sees it");
    assert_eq!(
        (cases.len(), &cases[0].number),
        (1, &held.number.to_string())
    );
    let case = rig.case(held.number).await;
    assert_eq!(case.supervision.unwrap().reason, SupervisionReason::Overdue);
    let release = async |note: &str| {
        let request = wire::ReleaseRequest {
            case_number: held.number.to_string(),
            actor: "supervisor-1".to_owned(),
            note: note.to_owned(),
        };
        rig.handling.clone().release(request).await
    };
    let wordless = release(" ").await.unwrap_err();
    assert_eq!(field(&wordless, Code::InvalidArgument), "note");
    release("spoken to the unit").await.unwrap();
    assert!(list().await.is_empty());
}
