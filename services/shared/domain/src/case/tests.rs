//! Random journeys of a case, checked step by step against what this module says on its own account.

mod asks;
mod refusals;
mod table;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::id::EntryId;
use asks::{Ask, START};

/// A case and everything that has happened to it.
struct Journey {
    case: Case,
    events: Vec<(Event, Timestamp)>,
    now: Timestamp,
}

impl Journey {
    fn start() -> Self {
        let (case, event) = Case::accept(asks::number(1), START);
        Self {
            case,
            events: vec![(event, START)],
            now: START,
        }
    }

    /// Applies, keeps what happened, and checks the step itself.
    fn apply(&mut self, command: &Command) -> Result<Event, Refusal> {
        let before = self.case.clone();
        let result = self.case.apply(command.clone(), self.now);
        match &result {
            Ok(event) => {
                self.check_step(&before, event);
                self.events.push((event.clone(), self.now));
            }
            Err(refusal) => {
                assert_eq!(
                    self.case, before,
                    "{command:?} was refused and left a trace"
                );
                check_refusal(&before, command, refusal);
            }
        }
        result
    }

    fn check_step(&self, before: &Case, event: &Event) {
        let after = &self.case;
        let expected = table::next(before.state, event.name());
        assert_eq!(
            Some(after.state),
            expected,
            "{} --{}--> {}",
            before.state,
            event.name(),
            after.state
        );
        assert!(after.updated_at >= before.updated_at, "time ran backwards");
        assert_eq!(
            (after.number, after.accepted_at),
            (before.number, before.accepted_at)
        );
        assert!(
            before.answerable.is_none() || after.answerable.is_some(),
            "nobody answers for it any more"
        );
    }

    fn check(&self) {
        let case = &self.case;
        assert_eq!(case.version.0, self.events.len() as u64);
        assert_eq!(
            case.owner().map(|offer| (&offer.assignment.team, offer.no)),
            owner_by_events(&self.events)
        );
        let numbers = count(&self.events, "offered") + count(&self.events, "part_offered");
        assert_eq!(case.next_no().0, numbers + 1, "a number is given once");
        check_parts(case, &self.events);
        assert_eq!(case.reopened, count(&self.events, "reopened"));
        assert_eq!(case.answered.as_ref(), answered_by_events(&self.events));
        check_clocks(case);
    }
}

/// Whose the case is, told from the events alone.
fn owner_by_events(events: &[(Event, Timestamp)]) -> Option<(&TeamId, OfferNo)> {
    let mut owner = None;
    for (event, _) in events {
        match event {
            Event::Offered { offer, .. } => {
                assert_eq!(owner, None, "offered while somebody had it");
                owner = Some((&offer.assignment.team, offer.no));
            }
            Event::Returned { team, offer, .. }
            | Event::Expired { team, offer, .. }
            | Event::Recalled { team, offer, .. }
            | Event::Transferred { team, offer, .. } => {
                assert_eq!(
                    owner.take(),
                    Some((team, *offer)),
                    "given away by a stranger"
                );
            }
            Event::Resolved { team, .. } => {
                assert_eq!(
                    owner.take().map(|(team, _)| team),
                    Some(team),
                    "resolved by a stranger"
                );
            }
            Event::Merged { .. } | Event::Withdrawn => owner = None,
            _ => {}
        }
    }
    owner
}

/// The entry that answers the case, told from the events alone; whatever is said of an answer names it, and no unit.
fn answered_by_events(events: &[(Event, Timestamp)]) -> Option<&EntryId> {
    let mut answer = None;
    for (event, _) in events {
        match event {
            Event::Answered { entry, .. } => {
                assert_eq!(answer.replace(entry), None, "answered twice");
            }
            Event::CalledBack { unit, entry, .. } | Event::Reopened { unit, entry, .. } => {
                assert_eq!(entry.as_ref(), answer);
                assert!(
                    unit.is_none() || answer.is_none(),
                    "a unit is blamed for an answer"
                );
                answer = answer.filter(|_| event.name() == "called_back");
            }
            _ => {}
        }
    }
    answer
}

fn count(events: &[(Event, Timestamp)], name: &str) -> u32 {
    let count = events
        .iter()
        .filter(|(event, _)| event.name() == name)
        .count();
    u32::try_from(count).unwrap()
}

/// Helpers are at work only while the lead is, and a result waits for them.
fn check_parts(case: &Case, events: &[(Event, Timestamp)]) {
    let in_hand = matches!(case.state, State::Signed | State::Suspended);
    assert!(in_hand || case.open_parts().next().is_none());
    assert_eq!(
        case.parts.len() as u32,
        count(events, "part_offered"),
        "sub-orders are never forgotten"
    );
    assert!(case.request.is_none() || case.state == State::Signed);
    assert!(case.suspended_until.is_none() || case.state == State::Suspended);
    assert_eq!(case.merged_into.is_some(), is_in_issue(case, events));
    assert!(case.call_at.is_none() || matches!(case.state, State::Resolved | State::Answered));
    assert!(case.state.is_open() || case.supervision.is_none());
}

/// Whether the case is part of an issue, or ended with it.
fn is_in_issue(case: &Case, events: &[(Event, Timestamp)]) -> bool {
    let mut within = false;
    for (event, _) in events {
        match event {
            Event::Merged { .. } => within = true,
            Event::Separated { .. } | Event::Reopened { .. } => within = false,
            _ => {}
        }
    }
    within || case.state == State::Merged
}

fn check_clocks(case: &Case) {
    if !case.state.is_open() {
        assert_eq!(case.next_deadline(), None, "a finished case has a deadline");
        assert_eq!(case.due_command(Timestamp::MAX), None);
    }
    for kind in ClockKind::ALL {
        let Some(clock) = case.clocks.get(kind) else {
            continue;
        };
        let stands = clock.paused_at.is_some();
        assert_eq!(
            stands,
            kind == ClockKind::Handle && case.state == State::Suspended,
            "the {kind:?} clock stands still only while suspended"
        );
        if stands {
            assert_eq!(clock.next_alarm(), None, "a clock that stands still alarms");
            for command in [Command::Warn(kind), Command::Overrun(kind)] {
                let refused = case.decide(command, Timestamp::MAX);
                assert_eq!(refused, Err(Refusal::NoSuchAlarm { clock: kind }));
            }
        }
    }
}

/// Whether the command names a sub-order, or none that there is.
fn of_a_part(case: &Case, command: &Command) -> bool {
    match command {
        Command::Sign(claim) | Command::Note { claim, .. } => case.part(claim.offer).is_some(),
        Command::EndPart { .. } | Command::DropPart { .. } | Command::ExpirePart { .. } => true,
        _ => false,
    }
}

/// What a refusal claims must be so.
fn check_refusal(case: &Case, command: &Command, refusal: &Refusal) {
    match refusal {
        Refusal::NotNow { .. } | Refusal::NotOwner { .. } | Refusal::StaleOffer { .. }
            if of_a_part(case, command) => {}
        Refusal::NotNow { command, state } => {
            assert_eq!(*state, case.state);
            assert_eq!(
                table::next(case.state, table::event_of(command)),
                None,
                "the table allows it"
            );
        }
        Refusal::StaleOffer { offer, newest } => {
            assert_eq!(*newest, case.newest_offer());
            assert_ne!(offer, newest);
        }
        Refusal::NotOwner { owner, team } => {
            assert_eq!(
                Some(owner),
                case.owner().map(|offer| &offer.assignment.team)
            );
            assert_ne!(team, owner);
        }
        Refusal::AskedBefore { team } => {
            let helps = case.open_parts().any(|part| part.team == *team);
            assert!(case.asked.contains(team) || helps);
        }
        Refusal::PartsOpen { open } => assert_eq!(*open, case.open_parts().count()),
        _ => {}
    }
    assert!(!refusal.to_string().is_empty(), "{command:?}");
}

/// Does all that is due now; a case has at most one offer and three clocks with two alarms each.
fn settle(journey: &mut Journey) {
    let deadline = journey.case.next_deadline();
    let most = 8 + journey.case.open_parts().count();
    for _ in 0..=most {
        let Some(command) = journey.case.due_command(journey.now) else {
            let next = journey.case.next_deadline();
            assert!(
                next.is_none_or(|at| at >= journey.now),
                "due since {next:?}, and nothing to do"
            );
            return;
        };
        assert!(
            deadline.is_some_and(|at| at < journey.now),
            "{command:?} before its time"
        );
        let result = journey.apply(&command);
        assert!(
            result.is_ok(),
            "{command:?} was due and refused: {result:?}"
        );
        journey.check();
    }
    panic!("what is due never ends");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_journey_leaves_the_map(asks in prop::collection::vec(asks::ask(), 1..60)) {
        let mut journey = Journey::start();
        for Ask { wait, ask } in &asks {
            journey.now += *wait;
            let command = ask.command(&journey.case, journey.now);
            let _ = journey.apply(&command);
            journey.check();
        }
    }

    #[test]
    fn what_is_due_is_always_accepted_and_ends(asks in prop::collection::vec(asks::ask(), 1..40)) {
        let mut journey = Journey::start();
        for Ask { wait, ask } in &asks {
            journey.now += *wait;
            settle(&mut journey);
            let command = ask.command(&journey.case, journey.now);
            let _ = journey.apply(&command);
            journey.check();
        }
        journey.now += SignedDuration::from_hours(24 * 365);
        settle(&mut journey);
    }

    #[test]
    fn the_same_events_give_the_same_case(asks in prop::collection::vec(asks::ask(), 1..60)) {
        let mut journey = Journey::start();
        for Ask { wait, ask } in &asks {
            journey.now += *wait;
            let command = ask.command(&journey.case, journey.now);
            let _ = journey.apply(&command);
        }
        let (mut replayed, _) = Case::accept(journey.case.number, START);
        for (event, at) in &journey.events[1..] {
            replayed.evolve(event, *at);
        }
        prop_assert_eq!(replayed, journey.case);
    }

    #[test]
    fn finished_cases_stay_finished_except_that_a_closed_one_reopens(asks in prop::collection::vec(asks::ask(), 1..60)) {
        let mut journey = Journey::start();
        for Ask { wait, ask } in &asks {
            journey.now += *wait;
            let before = journey.case.state;
            let command = ask.command(&journey.case, journey.now);
            let result = journey.apply(&command);
            if !before.is_open() {
                let reopened = before == State::Closed && matches!(result, Ok(Event::Reopened { .. }));
                prop_assert!(reopened || result.is_err(), "{before} went on with {result:?}");
            }
        }
    }

    #[test]
    fn an_older_offer_settles_nothing(asks in prop::collection::vec(asks::ask(), 1..60), back in 1..3_u32) {
        let mut journey = Journey::start();
        for Ask { wait, ask } in &asks {
            journey.now += *wait;
            let command = ask.command(&journey.case, journey.now);
            let _ = journey.apply(&command);
            let newest = journey.case.newest_offer();
            let near = [newest.0.checked_sub(back), newest.0.checked_add(back)];
            let near = near.into_iter().flatten().map(OfferNo);
            for stale in near.filter(|no| journey.case.part(*no).is_none()) {
                for command in asks::by_claim(&journey.case, stale) {
                    let result = journey.case.decide(command, journey.now);
                    prop_assert_eq!(result, Err(Refusal::StaleOffer { offer: stale, newest }));
                }
            }
        }
    }

    #[test]
    fn who_gave_it_away_is_not_asked_again_until_it_is_reopened(asks in prop::collection::vec(asks::ask(), 1..60)) {
        let mut journey = Journey::start();
        let mut gone = Vec::new();
        for Ask { wait, ask } in &asks {
            journey.now += *wait;
            let command = ask.command(&journey.case, journey.now);
            match journey.apply(&command) {
                Ok(Event::Returned { team, .. } | Event::Expired { team, .. } | Event::Transferred { team, .. }) => gone.push(team),
                Ok(Event::Reopened { .. }) => gone.clear(),
                Ok(Event::Offered { offer, .. }) => prop_assert!(!gone.contains(&offer.assignment.team)),
                _ => {}
            }
        }
    }
}

/// Random journeys prove nothing about places they never reach.
#[test]
fn random_journeys_reach_every_state_and_every_event() {
    use proptest::strategy::ValueTree as _;
    use std::collections::BTreeSet;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = prop::collection::vec(asks::ask(), 120);
    let (mut states, mut events) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..400 {
        let mut journey = Journey::start();
        for Ask { wait, ask } in strategy.new_tree(&mut runner).unwrap().current() {
            journey.now += wait;
            let command = ask.command(&journey.case, journey.now);
            let _ = journey.apply(&command);
            states.insert(journey.case.state);
        }
        events.extend(journey.events.iter().map(|(event, _)| event.name()));
    }
    assert_eq!(states, BTreeSet::from(State::ALL));
    assert_eq!(events.len(), 32, "{events:?}");
}

#[test]
fn a_clock_runs_on_later_by_as_long_as_it_stood_still() {
    let minutes = SignedDuration::from_mins;
    let mut case = asks::case_in(State::Signed);
    let before = case.clocks.handle.unwrap();
    let at = case.updated_at;
    case.apply(asks::suspend(&case), at).unwrap();
    let resume = Command::Resume {
        claim: Some(asks::claim(&case)),
        handle: None,
    };
    case.apply(resume, at + minutes(90)).unwrap();
    let after = case.clocks.handle.unwrap();
    assert_eq!(after.due.at, before.due.at + minutes(90));
    assert_eq!(after.due.warn_at, before.due.warn_at + minutes(90));
    assert_eq!(after.paused_at, None);
}

#[test]
fn a_second_offer_does_not_restart_the_handling_clock() {
    let mut case = asks::case_in(State::Returned);
    let before = case.clocks.handle;
    let later = case.updated_at + SignedDuration::from_hours(5);
    case.apply(asks::offer(&asks::team(1), later), later)
        .unwrap();
    assert!(before.is_some());
    assert_eq!(case.clocks.handle, before);
}

#[test]
fn an_answer_closes_by_itself_unless_the_citizen_says_that_it_did_not_help() {
    let says = |solved| {
        let mut case = asks::case_in(State::Answered);
        let callback = Callback {
            reached: true,
            solved,
            ..Callback::default()
        };
        case.apply(asks::called(callback), case.updated_at).unwrap();
        case
    };
    let closed = Some(Command::Close {
        reason: CloseReason::CallbackOverdue,
    });
    let later = START + SignedDuration::from_hours(2);
    // Nobody called, nobody was reached, or whoever was reached did not say.
    let mut unreached = asks::case_in(State::Answered);
    let command = asks::called(Callback::default());
    unreached.apply(command, START).unwrap();
    for case in [asks::case_in(State::Answered), unreached, says(None)] {
        assert_eq!(case.due_command(later), closed);
    }
    assert_eq!(says(Some(true)).due_command(later), None);
    assert_eq!(says(Some(false)).due_command(later), None);
}

#[test]
fn an_answer_that_did_not_help_is_told_of_the_entry_and_is_over_when_reopened() {
    let mut case = asks::case_in(State::Answered);
    let reason = ReopenReason::NotSolved;
    let event = case.apply(Command::Reopen { reason }, START).unwrap();
    let (unit, entry) = (None, Some(asks::entry()));
    assert_eq!(
        event,
        Event::Reopened {
            unit,
            entry,
            reason
        }
    );
    assert_eq!((case.state, case.answered), (State::Reopened, None));
}

#[test]
fn the_unit_that_had_it_answers_until_another_has_signed() {
    let mut case = asks::case_in(State::Returned);
    let first = case.answerable.clone();
    let now = case.updated_at;
    case.apply(asks::offer(&asks::team(1), now), now).unwrap();
    assert_eq!(case.answerable, first, "offered, not signed");
    case.apply(Command::Sign(asks::claim(&case)), now).unwrap();
    assert_eq!(
        case.answerable,
        case.offer
            .as_ref()
            .map(|offer| offer.assignment.unit.clone())
    );
    assert_ne!(case.answerable, first);
}
