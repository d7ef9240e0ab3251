//! What happens by itself when time passes.

use jiff::SignedDuration;
use swiftline_domain::case::{Case, Command, Event, State};
use swiftline_domain::id::OfferNo;
use swiftline_proto::types::v1 as types;
use swiftline_rpc::status::reason_of;
use swiftline_store::{CaseCommit, Committed, Settle};
use swiftline_telemetry::TraceContext;
use swiftline_testkit::wait::wait_until;
use tonic::Code;

use crate::rig::{ACCEPTED, Options, Rig, SOON};

/// Longer than any offer of the small city stands, shorter than any handling takes.
const FIVE_HOURS: SignedDuration = SignedDuration::from_hours(5);

fn no_sweep() -> Options {
    Options {
        set: vec!["sweep.interval_ms=3600000".to_owned()],
        ..Options::default()
    }
}

#[tokio::test]
async fn a_late_signature_is_told_when_the_offer_expired_before_the_sweep() {
    let rig = Rig::start_with(no_sweep()).await;
    let held = rig.offered("housing", "01001").await;
    let sign_by = rig.case(held.number).await.offer.unwrap().sign_by;
    rig.pass(FIVE_HOURS);
    let status = rig.sign(&held, "desk-1").await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(reason_of(&status).unwrap(), "OFFER_EXPIRED");
    assert!(
        status.message().contains(&format!("expired at {sign_by}")),
        "{status:?}"
    );
    assert_eq!(
        rig.waiting(&held.team).await.len(),
        1,
        "it is the sweep's to move on"
    );
}

#[tokio::test]
async fn an_offer_not_signed_in_time_moves_on_and_its_late_signer_is_told() {
    let rig = Rig::start().await;
    let held = rig.offered("housing", "01001").await;
    let sign_by = rig.case(held.number).await.offer.unwrap().sign_by;
    rig.pass(FIVE_HOURS);
    let other = if held.team == "hekou-a" {
        "hekou-b"
    } else {
        "hekou-a"
    };
    rig.wait_for_team(held.number, other).await;
    let late = rig.sign(&held, "desk-1").await.unwrap_err();
    assert_eq!(late.code(), Code::FailedPrecondition);
    assert_eq!(reason_of(&late).unwrap(), "OFFER_EXPIRED");
    assert!(
        late.message().contains(&format!("expired at {sign_by}")),
        "{late:?}"
    );
    let now = rig.held(held.number).await;
    assert_eq!(
        rig.sign(&now, "desk-2")
            .await
            .unwrap()
            .case
            .unwrap()
            .offer
            .unwrap()
            .no,
        2
    );
    assert_eq!(rig.load(&held.team).await, 0);
    assert!(
        rig.metrics()
            .contains(r#"swiftline_deadlines_total{event="expired"} 1"#)
    );
}

#[tokio::test]
async fn two_routers_let_an_offer_expire_once() {
    let rig = Rig::start().await;
    let settings = crate::rig::settings(&rig.redis.url(), rig.dir.path(), &[]);
    let later = rig.now() + FIVE_HOURS;
    let clock = swiftline_router::Clock::new(move || later);
    let instruments = swiftline_telemetry::Instruments::disabled();
    let context = swiftline_runtime::Context::new("router", "0.0.0", instruments);
    let mut helds = Vec::new();
    // Fewer than the team has room for.
    for _ in 0..8 {
        helds.push(rig.offered("streets.light", "01001").await);
    }
    let second = swiftline_router::build_with(settings, context, clock)
        .await
        .unwrap();
    let drain = swiftline_runtime::CancellationToken::new();
    let listeners = swiftline_runtime::Listeners::loopback().await.unwrap();
    rig.pass(FIVE_HOURS);
    let running = tokio::spawn(second.run(listeners, drain.clone()));
    for held in &helds {
        rig.wait_for_team(held.number, "dongshan-a").await;
    }
    drain.cancel();
    running.await.unwrap().unwrap();
    for held in &helds {
        let case = rig.case(held.number).await;
        assert_eq!((case.newest_offer(), case.asked.len()), (OfferNo(2), 1));
    }
    assert_eq!(
        (rig.load("streets-a").await, rig.load("dongshan-a").await),
        (0, 8)
    );
}

#[tokio::test]
async fn a_clock_warns_and_then_runs_out() {
    let rig = Rig::start().await;
    let held = rig.offered("utilities", "01001").await;
    rig.sign(&held, "desk-1").await.unwrap();
    // The class `utility` is to be handled in 24 hours and warns at four fifths.
    let events = async || {
        let journey = rig.store.journey(held.number).await.unwrap();
        let events = journey.into_iter().flat_map(|commit| commit.events);
        let alarms = events.filter_map(|event| match event.event {
            Some(types::event::Event::Warned(_)) => Some("warned"),
            Some(types::event::Event::Overrun(_)) => Some("overrun"),
            _ => None,
        });
        alarms.collect::<Vec<_>>()
    };
    rig.pass(SignedDuration::from_hours(20));
    assert!(
        wait_until(SOON, async || (events().await == ["warned"]).then_some(()))
            .await
            .is_some()
    );
    let overrun = |count: u32| {
        let told = format!(r#"swiftline_deadlines_total{{event="overrun"}} {count}"#);
        let metrics = rig.metrics();
        assert!(metrics.contains(&told), "{metrics}");
    };
    overrun(0);
    rig.pass(SignedDuration::from_hours(5));
    assert!(
        wait_until(SOON, async || (events().await == ["warned", "overrun"])
            .then_some(()))
        .await
        .is_some()
    );
    assert_eq!(
        rig.case(held.number).await.state,
        State::Signed,
        "it is still the team's"
    );
    overrun(1);
}

/// As if a router had died between its commit and the queues.
async fn commit_only(rig: &Rig, mut case: Case, command: Command) -> Case {
    let before = case.version;
    let event: Event = case.apply(command, rig.now()).unwrap();
    let commit = CaseCommit {
        before,
        case: case.clone(),
        events: vec![event],
        at: rig.now(),
        trace: TraceContext::parse(ACCEPTED).unwrap(),
        effects: true,
    };
    let done = rig
        .store
        .commit(case.number.partition(), vec![commit])
        .await
        .unwrap();
    assert_eq!(done, [Committed::Done]);
    case
}

#[tokio::test]
async fn queues_are_made_good_after_a_crash_between_commit_and_queue() {
    let rig = Rig::start().await;
    let (held, signed) = (
        rig.offered("streets.light", "01001").await,
        rig.offered("streets.light", "01001").await,
    );
    // One order vanished before it was queued, the other was signed without leaving its lane.
    let team = held.team.parse().unwrap();
    rig.store
        .settle(&team, held.number, OfferNo(1), Settle::Gone)
        .await
        .unwrap();
    let claim = swiftline_domain::case::Claim {
        team: team.clone(),
        offer: OfferNo(1),
        actor: "desk-1".parse().unwrap(),
    };
    let case = rig.case(signed.number).await;
    commit_only(&rig, case, Command::Sign(claim.clone())).await;
    let case = rig.case(held.number).await;
    let returned = Command::Return {
        claim,
        reason: swiftline_domain::case::ReturnReason::WrongUnit,
        note: String::new(),
    };
    let case = commit_only(&rig, case, returned).await;
    let mut assignment = case.offer.clone().unwrap().assignment;
    assignment.team = "xihu-a".parse().unwrap();
    assignment.unit = "xihu".parse().unwrap();
    let offered = Command::Offer {
        assignment: Box::new(assignment),
        sign_by: rig.now() + FIVE_HOURS,
        handle: case.clocks.handle.unwrap().due,
    };
    commit_only(&rig, case, offered).await;
    assert_eq!(
        (
            rig.waiting("streets-a").await.len(),
            rig.load("xihu-a").await
        ),
        (1, 0)
    );

    rig.pass(SignedDuration::from_secs(11)); // the grace for effects is ten
    let good = wait_until(SOON, async || {
        let waits =
            rig.waiting("streets-a").await.is_empty() && rig.waiting("xihu-a").await.len() == 1;
        waits.then_some(())
    });
    assert!(good.await.is_some());
    assert_eq!(
        (rig.load("streets-a").await, rig.load("xihu-a").await),
        (1, 1)
    );
}
