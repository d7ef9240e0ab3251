//! One example of each refusal, with what it says.

use jiff::SignedDuration;

use super::super::*;
use super::asks::{actor, case_in, claim, number, offer, suspend, team};

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
    let Command::Suspend { claim, reason, .. } = suspend(&case) else {
        unreachable!()
    };
    let own = Command::Suspend {
        approved_by: claim.actor.clone(),
        claim,
        reason,
    };
    let refusal = refused(&case, own);
    assert_eq!(refusal, Refusal::OwnApproval { by: actor(0) });
    assert_eq!(
        refusal.to_string(),
        "desk-0 cannot approve their own suspension"
    );
}

fn answered(reached: bool) -> Command {
    Command::RecordCallback(Callback {
        reached,
        solved: Some(true),
        ..Callback::default()
    })
}

#[test]
fn already_answered() {
    let mut case = case_in(State::Resolved);
    let now = case.updated_at;
    let unreached = Command::RecordCallback(Callback::default());
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
    let refusal = refused(&case, Command::Merge { into: number(1) });
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
