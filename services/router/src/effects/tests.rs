//! The invariant, on a model of the queues: after any journey, however its effects were cut short, one reconciliation
//! makes the queues agree with the case.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;
use swiftline_domain::case::{
    Assignment, Callback, CallbackVia, Claim, Command, DecidedBy, Due, Outcome, PartEnd,
    ReopenReason, ReturnReason, TeamChoice, TriageReason,
};
use swiftline_domain::classification::Classification;
use swiftline_domain::id::ActorId;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::vocabulary::{Kind, Lane};

use super::*;

/// What the store keeps of one case for each team: the offer, and whether it waits in the lane.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Queues(BTreeMap<TeamId, (OfferNo, bool)>);

impl Queues {
    /// As the store's scripts do it.
    fn carry_out(&mut self, effect: &Effect, case: &Case) {
        match effect {
            Effect::Offer => {
                let offer = case.offer.as_ref().expect("an offer is queued");
                self.put(offer.assignment.team.clone(), offer.no);
            }
            Effect::OfferPart(no) => {
                let part = case.part(*no).expect("a sub-order is queued");
                self.put(part.team.clone(), *no);
            }
            Effect::Settle { team, offer, what } => {
                if self.0.get(team).is_some_and(|(known, _)| known == offer) {
                    match what {
                        Settle::Gone => drop(self.0.remove(team)),
                        Settle::Signed => drop(self.0.insert(team.clone(), (*offer, false))),
                    }
                }
            }
        }
    }

    fn put(&mut self, team: TeamId, no: OfferNo) {
        if self.0.get(&team).is_none_or(|(known, _)| *known < no) {
            self.0.insert(team, (no, true));
        }
    }

    fn of(case: &Case) -> Self {
        let owner = case.owner().map(|offer| {
            let waits = case.state == State::Offered;
            (offer.assignment.team.clone(), (offer.no, waits))
        });
        let parts = case.open_parts();
        let parts = parts.map(|part| (part.team.clone(), (part.no, part.signed.is_none())));
        Self(owner.into_iter().chain(parts).collect())
    }
}

fn team(n: u8) -> TeamId {
    TeamId::new(&format!("t{n}")).unwrap()
}

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn due() -> Due {
    Due {
        warn_at: Timestamp::MAX,
        at: Timestamp::MAX,
    }
}

fn classified() -> Case {
    let (mut case, _) = Case::accept(CaseNumber::new(Partition(0), 1).unwrap(), NOW);
    let classification = Classification {
        category: None,
        kind: Kind::Complaint,
        urgency: Lane::Normal,
        language: Language::CHINESE,
        place: None,
        place_candidates: vec![],
        confidence: 1.0,
        alternatives: vec![],
        evidence: vec![],
        model: String::new(),
        hints: swiftline_domain::classification::Hints::default(),
    };
    let command = Command::Classify {
        classification: Box::new(classification),
        dispatch: due(),
    };
    case.apply(command, NOW).unwrap();
    case
}

fn offer(n: u8) -> Command {
    let assignment = Assignment {
        unit: "u".parse().unwrap(),
        team: team(n),
        lane: Lane::Normal,
        clock: "general".parse().unwrap(),
        rule: None,
        rules_digest: String::new(),
        helpers: Vec::new(),
        inform: Vec::new(),
        choice: TeamChoice::LeastLoaded,
        considered: vec![],
    };
    Command::Offer {
        assignment: Box::new(assignment),
        sign_by: Timestamp::MAX,
        handle: due(),
    }
}

/// One step of a journey: what a desk, the sweep or another service does in one commit.
fn commands(step: u8, case: &Case) -> Vec<Command> {
    let claim = || Claim {
        team: case
            .offer
            .as_ref()
            .map_or_else(|| team(0), |offer| offer.assignment.team.clone()),
        offer: case.newest_offer(),
        actor: ActorId::new("a").unwrap(),
    };
    let back = || Command::Return {
        claim: claim(),
        reason: ReturnReason::WrongUnit,
        note: String::new(),
    };
    match step {
        0..=5 => vec![offer(step)],
        6..=11 => vec![back(), offer(step - 6)],
        12 => vec![
            back(),
            Command::SendToTriage {
                reason: TriageReason::NoTeam,
                by: DecidedBy::default(),
            },
        ],
        13 | 14 => vec![Command::Sign(claim())],
        15 => vec![Command::Suspend {
            claim: claim(),
            reason: String::new(),
            approved_by: ActorId::new("b").unwrap(),
            until: None,
        }],
        16 => vec![Command::Resume {
            claim: Some(claim()),
            handle: None,
        }],
        17 | 18 => vec![Command::Resolve {
            claim: claim(),
            outcome: Outcome::Solved,
            note: String::new(),
            callback: due(),
        }],
        19 => vec![Command::RecordCallback {
            callback: Callback::default(),
            via: CallbackVia::Phone,
            again_at: None,
            comment: String::new(),
        }],
        20 => vec![Command::Withdraw],
        21..=24 => vec![Command::OfferPart {
            unit: "h".parse().unwrap(),
            team: team(step),
            lane: Lane::Normal,
            sign_by: Timestamp::MAX,
        }],
        25..=27 => helper(case, Command::Sign),
        28 => helper(case, |claim| Command::EndPart {
            claim,
            end: PartEnd::Declined,
            note: String::new(),
        }),
        29 => vec![Command::Merge {
            into: CaseNumber::new(Partition(0), 2).unwrap(),
            handle: due(),
        }],
        30 => vec![Command::Separate, offer(step % 6)],
        step => {
            let reopen = Command::Reopen {
                reason: ReopenReason::NotSolved,
            };
            vec![reopen, offer(step % 6)]
        }
    }
}

/// What the helper with the newest open sub-order does.
fn helper(case: &Case, what: impl Fn(Claim) -> Command) -> Vec<Command> {
    let newest = case.open_parts().last();
    let claim = newest.map(|part| Claim {
        team: part.team.clone(),
        offer: part.no,
        actor: ActorId::new("b").unwrap(),
    });
    claim.into_iter().map(what).collect()
}

proptest! {
    #[test]
    fn queues_follow_the_case_and_a_reconciliation_makes_good_what_was_cut_short(
        steps in prop::collection::vec((0..37_u8, any::<bool>()), 1..40),
    ) {
        let mut case = classified();
        let (mut whole, mut torn) = (Queues::default(), Queues::default());
        for (step, carried_out) in steps {
            let before = case.clone();
            let done = commands(step, &case).into_iter().all(|command| case.apply(command, NOW).is_ok());
            if !done {
                case = before;
                continue;
            }
            for effect in of_change(&before, &case) {
                whole.carry_out(&effect, &case);
                if carried_out {
                    torn.carry_out(&effect, &case);
                }
            }
            prop_assert_eq!(&whole, &Queues::of(&case), "after {:?}", case.state);
        }
        // Each effect may be repeated.
        for effect in of_state(&case).iter().chain(&of_state(&case)) {
            torn.carry_out(effect, &case);
            whole.carry_out(effect, &case);
        }
        prop_assert_eq!(&whole, &Queues::of(&case));
        if case.reopened == 0 {
            prop_assert_eq!(&torn, &Queues::of(&case));
        }
    }
}

#[test]
fn the_desk_sees_no_more_than_it_needs() {
    let mut case = classified();
    assert!(queued(&case, &trace()).is_none());
    case.apply(offer(1), NOW).unwrap();
    let queued = queued(&case, &trace()).unwrap();
    assert_eq!(
        (queued.team, queued.offer, queued.lane),
        (team(1), OfferNo(1), Lane::Normal)
    );
    assert_eq!(queued.order.trace_parent, trace().as_str());
    assert_eq!(queued.order.case_number, case.number.to_string());
    assert_eq!(queued.order.category, "");
}

fn trace() -> TraceContext {
    TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap()
}

#[test]
fn the_team_that_had_a_case_before_it_was_merged_is_told_even_late() {
    let mut case = classified();
    let merge = Command::Merge {
        into: CaseNumber::new(Partition(0), 2).unwrap(),
        handle: due(),
    };
    for command in [offer(1), merge, Command::Separate, offer(0)] {
        case.apply(command, NOW).unwrap();
    }
    let gone = Effect::Settle {
        team: team(1),
        offer: OfferNo(1),
        what: Settle::Gone,
    };
    assert!(of_state(&case).contains(&gone));
}
