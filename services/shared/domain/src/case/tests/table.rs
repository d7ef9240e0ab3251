//! The map of states, written down a second time and independently of `decide` and `evolve`.

use super::super::*;
use super::asks;
use State as S;

const OPEN: &[State] = &[
    S::Accepted,
    S::Classified,
    S::Triage,
    S::Offered,
    S::Signed,
    S::Suspended,
    S::Returned,
    S::Resolved,
    S::Reopened,
    S::Answered,
    S::Merged,
];

/// Before the result, and not part of an issue.
const BEFORE: &[State] = &[
    S::Accepted,
    S::Classified,
    S::Triage,
    S::Offered,
    S::Signed,
    S::Suspended,
    S::Returned,
    S::Reopened,
];

const IN_HAND: &[State] = &[S::Signed, S::Suspended];

/// Event, states it may happen in, state afterwards (`None`: the same).
const TABLE: &[(&str, &[State], Option<State>)] = &[
    ("classified", &[S::Accepted, S::Triage], Some(S::Classified)),
    (
        "sent_to_triage",
        &[S::Accepted, S::Classified, S::Returned, S::Reopened],
        Some(S::Triage),
    ),
    ("answered", &[S::Accepted, S::Classified], Some(S::Answered)),
    (
        "offered",
        &[S::Classified, S::Triage, S::Returned, S::Reopened],
        Some(S::Offered),
    ),
    ("signed", &[S::Offered], Some(S::Signed)),
    (
        "returned",
        &[S::Offered, S::Signed, S::Suspended],
        Some(S::Returned),
    ),
    ("expired", &[S::Offered], Some(S::Returned)),
    ("recalled", &[S::Offered], Some(S::Classified)),
    (
        "transferred",
        &[S::Offered, S::Signed, S::Suspended],
        Some(S::Returned),
    ),
    ("suspended", &[S::Signed], Some(S::Suspended)),
    ("resumed", &[S::Suspended], Some(S::Signed)),
    ("resolved", &[S::Signed], Some(S::Resolved)),
    ("called_back", &[S::Resolved, S::Answered], None),
    ("closed", &[S::Resolved, S::Answered], Some(S::Closed)),
    (
        "reopened",
        &[S::Resolved, S::Answered, S::Closed],
        Some(S::Reopened),
    ),
    ("asked", &[S::Signed], None),
    ("extended", &[S::Signed], None),
    ("request_declined", &[S::Signed], None),
    ("noted", IN_HAND, None),
    ("part_offered", IN_HAND, None),
    ("part_signed", IN_HAND, None),
    ("part_ended", IN_HAND, None),
    ("merged", BEFORE, Some(S::Merged)),
    ("joined", BEFORE, None),
    ("followed", &[S::Merged], Some(S::Resolved)),
    ("separated", &[S::Merged], Some(S::Returned)),
    ("supervised", OPEN, None),
    ("released", OPEN, None),
    ("withdrawn", OPEN, Some(S::Withdrawn)),
    ("warned", OPEN, None),
    ("overrun", OPEN, None),
];

/// The state after this event; `None` where it may not happen.
pub(super) fn next(state: State, event: &str) -> Option<State> {
    let (_, from, to) = TABLE.iter().find(|(name, ..)| *name == event)?;
    from.contains(&state).then(|| to.unwrap_or(state))
}

/// The event that a command, by its name, asks for.
pub(super) fn event_of(command: &str) -> &'static str {
    match command {
        "classify" => "classified",
        "send to triage" => "sent_to_triage",
        "answer" => "answered",
        "offer" => "offered",
        "sign" => "signed",
        "return" => "returned",
        "expire" => "expired",
        "recall" => "recalled",
        "transfer" => "transferred",
        "suspend" => "suspended",
        "resume" => "resumed",
        "resolve" => "resolved",
        "record callback" => "called_back",
        "close" => "closed",
        "reopen" => "reopened",
        "ask" => "asked",
        "decide a request" => "request_declined",
        "note" => "noted",
        "offer a part" => "part_offered",
        "end a part" | "drop a part" | "expire a part" => "part_ended",
        "merge" => "merged",
        "join" => "joined",
        "follow" => "followed",
        "separate" => "separated",
        "supervise" => "supervised",
        "release" => "released",
        "withdraw" => "withdrawn",
        other => panic!("{other:?} is not a command with a place in the table"),
    }
}

#[test]
fn every_state_is_reached_and_allows_exactly_what_the_table_says() {
    for state in State::ALL {
        let case = asks::case_in(state);
        assert_eq!(case.state, state);
        for (command, now) in asks::well_formed(&case) {
            let event = event_of(command.name());
            let result = case.decide(command, now);
            assert_eq!(
                result.is_ok(),
                next(state, event).is_some(),
                "{event} in {state}: {result:?}"
            );
        }
    }
}

#[test]
fn only_a_closed_case_goes_on_after_its_end() {
    let ways_on: Vec<(State, &str)> = State::ALL
        .into_iter()
        .filter(|state| !state.is_open())
        .flat_map(|state| TABLE.iter().map(move |(event, ..)| (state, *event)))
        .filter(|(state, event)| next(*state, event).is_some())
        .collect();
    assert_eq!(ways_on, [(State::Closed, "reopened")]);
}
