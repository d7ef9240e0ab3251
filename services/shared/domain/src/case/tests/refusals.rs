//! One example of each refusal, with what it says.

use jiff::SignedDuration;

use super::super::*;
use super::asks::{
    actor, called, case_in, claim, decide, end_part, helper, merge, number, offer, offer_part,
    release, suspend, team,
};

/// Asks at the time of the case's last event, and checks that the case is left as it was.
fn refused(case: &Case, command: Command) -> Refusal {
    refused_after(case, command, 0)
}

fn refused_after(case: &Case, command: Command, minutes: i64) -> Refusal {
    let mut asked = case.clone();
    let now = case.updated_at + SignedDuration::from_mins(minutes);
    let refusal = asked.apply(command, now).unwrap_err();
    assert_eq!(asked, *case);
    refusal
}

#[test]
fn not_now() {
    let case = case_in(State::Accepted);
    let refusal = refused(&case, offer(&team(0), case.updated_at));
    assert!(matches!(
        refusal,
        Refusal::NotNow {
            command: "offer",
            state: State::Accepted
        }
    ));
    assert_eq!(refusal.to_string(), "cannot offer: the case is accepted");
}

#[test]
fn not_owner() {
    let case = case_in(State::Offered);
    let stranger = Claim {
        team: team(5),
        ..claim(&case)
    };
    let refusal = refused(&case, Command::Sign(stranger));
    assert!(matches!(refusal, Refusal::NotOwner { .. }));
    assert_eq!(
        refusal.to_string(),
        "the order is not team-5's: it is team-0's"
    );
}

#[test]
fn stale_offer() {
    let mut case = case_in(State::Returned);
    let late = claim(&case);
    let now = case.updated_at;
    case.apply(offer(&team(1), now), now).unwrap();
    let refusal = refused(&case, Command::Sign(late));
    let stale = Refusal::StaleOffer {
        offer: OfferNo(1),
        newest: OfferNo(2),
    };
    assert_eq!(refusal, stale);
    assert_eq!(refusal.to_string(), "offer 1 has moved on; the newest is 2");
    assert_eq!(refused(&case, Command::Expire { offer: OfferNo(1) }), stale);
}

#[test]
fn already_signed() {
    for state in [State::Signed, State::Suspended] {
        let case = case_in(state);
        let refusal = refused(&case, Command::Sign(claim(&case)));
        let signed = Refusal::AlreadySigned {
            by: actor(0),
            at: case.updated_at,
        };
        assert_eq!(refusal, signed);
        assert!(
            refusal
                .to_string()
                .starts_with("already signed for by desk-0 at 1970-01-01")
        );
    }
}

#[test]
fn too_late() {
    let case = case_in(State::Offered);
    let refusal = refused_after(&case, Command::Sign(claim(&case)), 31);
    assert!(matches!(refusal, Refusal::TooLate { .. }));
    assert_eq!(
        refusal.to_string(),
        "too late: the offer expired at 1970-01-01T00:30:00Z"
    );
    let on_time = case.updated_at + SignedDuration::from_mins(30);
    assert!(case.decide(Command::Sign(claim(&case)), on_time).is_ok());
}

#[test]
fn too_early() {
    let case = case_in(State::Offered);
    let refusal = refused_after(&case, Command::Expire { offer: OfferNo(1) }, 30);
    assert!(matches!(refusal, Refusal::TooEarly { .. }));
    assert_eq!(
        refusal.to_string(),
        "too early: the offer stands until 1970-01-01T00:30:00Z"
    );
}

#[test]
fn asked_before() {
    let case = case_in(State::Returned);
    let refusal = refused(&case, offer(&team(0), case.updated_at));
    assert_eq!(refusal, Refusal::AskedBefore { team: team(0) });
    assert_eq!(refusal.to_string(), "team-0 has been asked before");
}

#[test]
fn own_approval() {
    let case = case_in(State::Signed);
    let Command::Suspend {
        claim,
        reason,
        until,
        ..
    } = suspend(&case)
    else {
        unreachable!()
    };
    let own = Command::Suspend {
        approved_by: claim.actor.clone(),
        claim,
        reason,
        until,
    };
    let refusal = refused(&case, own);
    assert_eq!(refusal, Refusal::OwnApproval { by: actor(0) });
    assert_eq!(
        refusal.to_string(),
        "desk-0 cannot approve their own request"
    );
}

fn answered(reached: bool) -> Command {
    called(Callback {
        reached,
        solved: Some(true),
        ..Callback::default()
    })
}

#[test]
fn already_answered() {
    let mut case = case_in(State::Resolved);
    let now = case.updated_at;
    let unreached = called(Callback::default());
    case.apply(unreached.clone(), now).unwrap();
    case.apply(answered(true), now).unwrap();
    assert_eq!(refused(&case, answered(true)), Refusal::AlreadyAnswered);
    let refusal = refused(&case, unreached);
    assert_eq!(refusal.to_string(), "the citizen has answered already");
}

#[test]
fn not_reached() {
    let case = case_in(State::Resolved);
    let refusal = refused(&case, answered(false));
    assert_eq!(refusal, Refusal::NotReached);
    assert_eq!(
        refusal.to_string(),
        "answers need a citizen who was reached"
    );
}

#[test]
fn into_itself() {
    let case = case_in(State::Offered);
    let refusal = refused(&case, merge(1));
    assert_eq!(refusal, Refusal::IntoItself);
    assert_eq!(refusal.to_string(), "a case cannot be merged into itself");
}

#[test]
fn no_such_alarm() {
    let mut case = case_in(State::Classified);
    let refusal = refused(&case, Command::Warn(ClockKind::Callback));
    assert_eq!(
        refusal.to_string(),
        "the callback clock does not wait for this"
    );
    let now = case.updated_at;
    case.apply(Command::Warn(ClockKind::Dispatch), now).unwrap();
    let twice = refused(&case, Command::Warn(ClockKind::Dispatch));
    assert_eq!(
        twice,
        Refusal::NoSuchAlarm {
            clock: ClockKind::Dispatch
        }
    );
}

/// A signed case with one open sub-order, and that helper's claim.
fn with_part() -> (Case, Claim) {
    let mut case = case_in(State::Signed);
    let now = case.updated_at;
    let until = now + SignedDuration::from_mins(30);
    case.apply(offer_part(1, until), now).unwrap();
    let claim = Claim {
        team: helper(1),
        offer: case.parts[0].no,
        actor: actor(5),
    };
    (case, claim)
}

fn resolve(case: &Case) -> Command {
    Command::Resolve {
        claim: claim(case),
        outcome: Outcome::Solved,
        note: String::new(),
        callback: super::asks::due(case.updated_at, 60),
    }
}

#[test]
fn a_result_waits_for_the_helpers() {
    let (mut case, helps) = with_part();
    let refusal = refused(&case, resolve(&case));
    assert_eq!(refusal, Refusal::PartsOpen { open: 1 });
    let unsigned = refused(&case, end_part(helps.clone(), PartEnd::Done));
    assert_eq!(unsigned.to_string(), "sub-order 2 has not been signed for");
    let now = case.updated_at;
    case.apply(Command::Sign(helps.clone()), now).unwrap();
    case.apply(end_part(helps.clone(), PartEnd::Done), now)
        .unwrap();
    let over = refused(&case, end_part(helps, PartEnd::Declined));
    assert_eq!(over.to_string(), "sub-order 2 is over");
    case.apply(resolve(&case), now).unwrap();
}

#[test]
fn a_helper_is_asked_once_at_a_time_and_only_it_may_sign() {
    let (case, helps) = with_part();
    let again = refused(&case, offer_part(1, case.updated_at));
    assert_eq!(again, Refusal::AskedBefore { team: helper(1) });
    let stranger = Claim {
        team: helper(2),
        ..helps
    };
    let refusal = refused(&case, Command::Sign(stranger));
    assert!(matches!(refusal, Refusal::NotOwner { .. }));
}

#[test]
fn there_is_an_end_to_helpers() {
    let (mut case, _) = with_part();
    let now = case.updated_at;
    for n in 2..=MAX_PARTS {
        case.apply(offer_part(n, now), now).unwrap();
    }
    let refusal = refused(&case, offer_part(99, now));
    assert_eq!(
        refusal.to_string(),
        "the case has had 48 sub-orders, the most there can be"
    );
}

#[test]
fn requests_wait_for_somebody_else() {
    let mut case = case_in(State::Signed);
    assert_eq!(refused(&case, decide(true, 1)), Refusal::NoRequest);
    let due = case.clocks.handle.unwrap().due.at;
    let ask = |minutes| Command::Ask {
        claim: claim(&case),
        ask: Ask::Extension {
            until: super::asks::due(due, minutes),
        },
        reason: "more to do".to_owned(),
    };
    let (longer, shorter) = (ask(60), ask(0));
    let refusal = refused(&case, shorter);
    assert_eq!(refusal, Refusal::NotLonger { until: due });
    case.apply(longer.clone(), case.updated_at).unwrap();
    assert_eq!(refused(&case, longer), Refusal::RequestPending);
    let own = refused(&case, decide(true, 0));
    assert_eq!(own, Refusal::OwnApproval { by: actor(0) });
    case.apply(decide(true, 1), case.updated_at).unwrap();
    let later = case.clocks.handle.unwrap().due.at;
    assert_eq!(later, due + SignedDuration::from_mins(60));
    assert_eq!(refused(&case, decide(true, 1)), Refusal::NoRequest);
}

#[test]
fn set_aside() {
    let case = case_in(State::Suspended);
    let by_the_clock = Command::Resume {
        claim: None,
        handle: None,
    };
    let refusal = refused(&case, by_the_clock);
    assert_eq!(refusal.to_string(), "set aside until its team takes it up");
}

#[test]
fn supervision_looks_once() {
    let mut case = case_in(State::Offered);
    let supervise = Command::Supervise {
        reason: SupervisionReason::Overdue,
    };
    assert_eq!(refused(&case, release()), Refusal::NotUnderSupervision);
    case.apply(supervise.clone(), case.updated_at).unwrap();
    assert_eq!(refused(&case, supervise), Refusal::UnderSupervision);
    case.apply(release(), case.updated_at).unwrap();
    assert_eq!(case.supervision, None);
}

#[test]
fn an_issue_has_a_case_once_and_not_without_end() {
    let mut case = case_in(State::Offered);
    let join = |n| Command::Join { member: number(n) };
    assert_eq!(refused(&case, join(1)), Refusal::IntoItself);
    case.apply(join(2), case.updated_at).unwrap();
    let member = number(2);
    assert_eq!(refused(&case, join(2)), Refusal::AlreadyMember { member });
    for n in 3..=1_001 {
        case.apply(join(n), case.updated_at).unwrap();
    }
    let refusal = refused(&case, join(2_000));
    assert_eq!(
        refusal.to_string(),
        "the issue has 1000 cases, the most there can be"
    );
}
