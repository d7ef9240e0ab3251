//! What may be asked of a case: random commands, right and wrong ones, and cases in every state.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;

use super::super::*;
use crate::classification::Classification;
use crate::id::{ActorId, ClockClass, EntryId};
use crate::number::Partition;
use crate::vocabulary::{Kind, Language, Urgency};

/// When every journey begins.
pub(super) const START: Timestamp = Timestamp::UNIX_EPOCH;

/// Something asked after some time.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    /// Since the one before; a little negative at times, as replicas' clocks differ.
    pub(super) wait: SignedDuration,
    pub(super) ask: What,
}

/// A command whose claim is made against the case as it is then, so that right claims are common.
#[derive(Debug, Clone)]
pub(super) enum What {
    Ready(Box<Command>),
    Offer(usize, i64),
    Expire(Number),
    Recall(Number),
    Part(usize, i64),
    /// Of a helper: signs, finishes or declines its newest part; or the lead drops it.
    Helper(usize, PartAction),
    Claimed(Action, Team, Number, usize),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Action {
    Sign,
    Return,
    Transfer,
    Suspend { approver: usize },
    Resume,
    Resolve,
    Extend { minutes: i64 },
    Pause { minutes: Option<i64> },
    Note,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum PartAction {
    Sign,
    Done,
    Declined,
    Drop,
    Note,
    Expire,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Team {
    Owner,
    Any(usize),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    Newest,
    Any(u32),
}

pub(super) fn ask() -> impl Strategy<Value = Ask> {
    let minutes = prop_oneof![6 => 0..30_i64, 2 => 30..600_i64, 1 => -2..0_i64];
    (minutes, what()).prop_map(|(minutes, ask)| Ask {
        wait: SignedDuration::from_mins(minutes),
        ask,
    })
}

fn what() -> impl Strategy<Value = What> {
    let ready = |command: BoxedStrategy<Command>| command.prop_map(|c| What::Ready(Box::new(c)));
    let number = || prop_oneof![5 => Just(Number::Newest), 1 => (0..6_u32).prop_map(Number::Any)];
    let team = prop_oneof![5 => Just(Team::Owner), 1 => (0..4_usize).prop_map(Team::Any)];
    let action = prop_oneof![
        4 => Just(Action::Sign),
        2 => Just(Action::Return),
        1 => Just(Action::Transfer),
        2 => (0..2_usize).prop_map(|approver| Action::Suspend { approver }),
        4 => Just(Action::Resume),
        3 => Just(Action::Resolve),
        2 => (1_000..3_000_i64).prop_map(|minutes| Action::Extend { minutes }),
        1 => prop::option::of(-5..60_i64).prop_map(|minutes| Action::Pause { minutes }),
        1 => Just(Action::Note),
    ];
    let helper = select(vec![
        PartAction::Sign,
        PartAction::Sign,
        PartAction::Sign,
        PartAction::Sign,
        PartAction::Done,
        PartAction::Declined,
        PartAction::Drop,
        PartAction::Note,
        PartAction::Expire,
    ]);
    prop_oneof![
        3 => ready(early().boxed()),
        4 => (0..4_usize, 1..120_i64).prop_map(|(team, minutes)| What::Offer(team, minutes)),
        1 => number().prop_map(What::Expire),
        1 => number().prop_map(What::Recall),
        8 => (action, team, number(), 0..2_usize).prop_map(|(a, t, n, who)| What::Claimed(a, t, n, who)),
        3 => ready(late().boxed()),
        4 => ready(beside().boxed()),
        1 => ready(alarm().boxed()),
        2 => (0..4_usize, 1..120_i64).prop_map(|(team, minutes)| What::Part(team, minutes)),
        3 => (0..4_usize, helper).prop_map(|(team, action)| What::Helper(team, action)),
    ]
}

fn early() -> impl Strategy<Value = Command> {
    prop_oneof![
        4 => (0..300_i64).prop_map(|minutes| classify(START + SignedDuration::from_mins(minutes))),
        1 => select(TriageReason::ALL).prop_map(|reason| Command::SendToTriage { reason, by: DecidedBy::default() }),
        1 => (0..300_i64).prop_map(|minutes| answer(START + SignedDuration::from_mins(minutes))),
    ]
}

fn late() -> impl Strategy<Value = Command> {
    let answers = any::<(bool, Option<bool>, Option<bool>, Option<bool>)>();
    prop_oneof![
        4 => answers.prop_map(|(reached, contacted, solved, satisfied)| {
            called(Callback { reached, contacted, solved, satisfied })
        }),
        4 => select(CloseReason::ALL).prop_map(|reason| Command::Close { reason }),
        4 => select(ReopenReason::ALL).prop_map(|reason| Command::Reopen { reason }),
        1 => (1..3_u64).prop_map(merge),
        1 => Just(Command::Withdraw),
    ]
}

/// What goes on beside the states, and in issues.
fn beside() -> impl Strategy<Value = Command> {
    let approve = (any::<bool>(), 0..3_usize).prop_map(|(approve, by)| decide(approve, by));
    prop_oneof![
        8 => approve,
        1 => (1..4_u64).prop_map(|n| Command::Join { member: number(n) }),
        2 => Just(follow()),
        1 => Just(Command::Separate),
        1 => select(SupervisionReason::ALL).prop_map(|reason| Command::Supervise { reason }),
        1 => Just(release()),
        1 => Just(Command::Resume { claim: None, handle: None }),
    ]
}

fn alarm() -> impl Strategy<Value = Command> {
    let clock = || select(&ClockKind::ALL);
    prop_oneof![
        clock().prop_map(Command::Warn),
        clock().prop_map(Command::Overrun)
    ]
}

impl What {
    pub(super) fn command(&self, case: &Case, now: Timestamp) -> Command {
        let no = |number: Number| match number {
            Number::Newest => case.newest_offer(),
            Number::Any(no) => OfferNo(no),
        };
        match self {
            Self::Ready(command) => (**command).clone(),
            Self::Offer(to, minutes) => {
                offer_until(&team(*to), now, SignedDuration::from_mins(*minutes))
            }
            Self::Expire(number) => Command::Expire { offer: no(*number) },
            Self::Recall(number) => recall(no(*number)),
            Self::Part(to, minutes) => offer_part(*to, now + SignedDuration::from_mins(*minutes)),
            Self::Helper(by, action) => action.command(case, *by),
            Self::Claimed(action, by, number, who) => {
                let owner = case.offer.as_ref().map(|o| o.assignment.team.clone());
                let claim = Claim {
                    team: match by {
                        Team::Owner => owner.unwrap_or_else(|| team(0)),
                        Team::Any(n) => team(*n),
                    },
                    offer: no(*number),
                    actor: actor(*who),
                };
                action.command(claim, now)
            }
        }
    }
}

impl Action {
    fn command(self, claim: Claim, now: Timestamp) -> Command {
        let (reason, note) = (ReturnReason::WrongUnit, String::new());
        match self {
            Self::Sign => Command::Sign(claim),
            Self::Return => Command::Return {
                claim,
                reason,
                note,
            },
            Self::Transfer => Command::Transfer {
                claim,
                to: unit(3),
                reason,
                note,
            },
            Self::Suspend { approver } => Command::Suspend {
                claim,
                reason: "waits for a part".into(),
                approved_by: actor(approver),
                until: None,
            },
            Self::Resume => Command::Resume {
                claim: Some(claim),
                handle: None,
            },
            Self::Extend { minutes } => Command::Ask {
                claim,
                ask: super::super::Ask::Extension {
                    until: due(now, minutes),
                },
                reason: "the spare part comes on Friday".into(),
            },
            Self::Pause { minutes } => Command::Ask {
                claim,
                ask: super::super::Ask::Suspension {
                    until: minutes.map(|minutes| now + SignedDuration::from_mins(minutes)),
                },
                reason: "waits for a part".into(),
            },
            Self::Note => Command::Note {
                claim,
                note,
                attachments: Vec::new(),
            },
            Self::Resolve => Command::Resolve {
                claim,
                outcome: Outcome::Solved,
                note,
                callback: due(now, 60),
            },
        }
    }
}

impl PartAction {
    fn command(self, case: &Case, by: usize) -> Command {
        // Mostly the newest part, now and then an older one or none.
        let part = case.parts.iter().rev().nth(by / 2);
        let no = part.map_or(OfferNo(0), |part| part.no);
        let claim = Claim {
            team: part.map_or_else(|| helper(by), |part| part.team.clone()),
            offer: no,
            actor: actor(5),
        };
        let note = String::new();
        match self {
            Self::Sign => Command::Sign(claim),
            Self::Done => end_part(claim, PartEnd::Done),
            Self::Declined => end_part(claim, PartEnd::Declined),
            Self::Drop => Command::DropPart {
                claim: self::claim(case),
                part: no,
                note,
            },
            Self::Note => Command::Note {
                claim,
                note,
                attachments: Vec::new(),
            },
            Self::Expire => Command::ExpirePart { part: no },
        }
    }
}

const ACTIONS: [Action; 6] = [
    Action::Sign,
    Action::Return,
    Action::Transfer,
    Action::Suspend { approver: 1 },
    Action::Resume,
    Action::Resolve,
];

/// Everything that the owner could do, but with this offer's number.
pub(super) fn by_claim(case: &Case, offer: OfferNo) -> Vec<Command> {
    let claim = Claim {
        offer,
        ..claim(case)
    };
    let now = case.updated_at;
    ACTIONS
        .iter()
        .map(|action| action.command(claim.clone(), now))
        .collect()
}

/// Every command with a place in the table, right in all but perhaps the state, with the time to ask it at.
pub(super) fn well_formed(case: &Case) -> Vec<(Command, Timestamp)> {
    let now = case.updated_at;
    let no = case.newest_offer();
    let expired = now + SignedDuration::from_hours(1_000);
    let mut commands = vec![
        classify(now),
        Command::SendToTriage {
            reason: TriageReason::NoTeam,
            by: DecidedBy::default(),
        },
        answer(now),
        offer(&team(9), now),
        called(Callback {
            reached: true,
            ..Callback::default()
        }),
        offer_part(1, now),
        Command::Join { member: number(3) },
        follow(),
        Command::Separate,
        Command::Supervise {
            reason: SupervisionReason::Requested,
        },
        Action::Note.command(claim(case), now),
        Action::Pause { minutes: None }.command(claim(case), now),
        Command::Close {
            reason: CloseReason::Supervisor,
        },
        Command::Reopen {
            reason: ReopenReason::NotSolved,
        },
        merge(2),
        Command::Withdraw,
    ];
    commands.extend(by_claim(case, no));
    let mut commands: Vec<_> = commands.into_iter().map(|command| (command, now)).collect();
    commands.push((Command::Expire { offer: no }, expired));
    commands.push((recall(no), now));
    commands
}

pub(super) fn called(callback: Callback) -> Command {
    let again = START + SignedDuration::from_hours(4);
    Command::RecordCallback {
        callback,
        via: CallbackVia::Phone,
        again_at: (!callback.reached).then_some(again),
        comment: String::new(),
    }
}

pub(super) fn merge(into: u64) -> Command {
    Command::Merge {
        into: number(into),
        handle: due(START, 24 * 60),
    }
}

pub(super) fn follow() -> Command {
    Command::Follow {
        unit: unit(3),
        outcome: Outcome::Solved,
        callback: due(START, 60),
    }
}

pub(super) fn decide(approve: bool, by: usize) -> Command {
    Command::DecideRequest {
        approve,
        by: actor(by),
        note: String::new(),
    }
}

pub(super) fn release() -> Command {
    Command::Release {
        actor: actor(7),
        note: "spoken to the unit".to_owned(),
    }
}

pub(super) fn helper(n: usize) -> TeamId {
    TeamId::new(&format!("helper-{n}")).unwrap()
}

pub(super) fn offer_part(to: usize, sign_by: Timestamp) -> Command {
    Command::OfferPart {
        unit: unit(5 + to),
        team: helper(to),
        lane: Urgency::Normal,
        sign_by,
    }
}

pub(super) fn end_part(claim: Claim, end: PartEnd) -> Command {
    Command::EndPart {
        claim,
        end,
        note: String::new(),
    }
}

/// New rules take the offer back.
pub(super) fn recall(offer: OfferNo) -> Command {
    Command::Recall {
        offer,
        rules_digest: "d2".to_owned(),
    }
}

/// A case on the shortest way to this state.
pub(super) fn case_in(state: State) -> Case {
    let (from, command): (State, fn(&Case) -> Command) = match state {
        State::Accepted => return Case::accept(number(1), START).0,
        State::Classified => (State::Accepted, |_| classify(START)),
        State::Triage => (State::Accepted, |_| Command::SendToTriage {
            reason: TriageReason::LowConfidence,
            by: DecidedBy::default(),
        }),
        State::Answered => (State::Accepted, |_| answer(START)),
        State::Offered => (State::Classified, |_| offer(&team(0), START)),
        State::Signed => (State::Offered, |case| Command::Sign(claim(case))),
        State::Suspended => (State::Signed, suspend),
        State::Returned => (State::Offered, |case| {
            Action::Return.command(claim(case), START)
        }),
        State::Resolved => (State::Signed, |case| {
            Action::Resolve.command(claim(case), START)
        }),
        State::Reopened => (State::Resolved, |_| Command::Reopen {
            reason: ReopenReason::NotSolved,
        }),
        State::Closed => (State::Resolved, |_| Command::Close {
            reason: CloseReason::Confirmed,
        }),
        State::Merged => (State::Offered, |_| merge(2)),
        State::Withdrawn => (State::Signed, |_| Command::Withdraw),
    };
    let mut case = case_in(from);
    let command = command(&case);
    case.apply(command, START).unwrap();
    case
}

pub(super) fn number(sequence: u64) -> CaseNumber {
    CaseNumber::new(Partition(7), sequence).unwrap()
}

pub(super) fn team(n: usize) -> TeamId {
    TeamId::new(&format!("team-{n}")).unwrap()
}

fn unit(n: usize) -> UnitId {
    UnitId::new(&format!("unit-{n}")).unwrap()
}

pub(super) fn actor(n: usize) -> ActorId {
    ActorId::new(&format!("desk-{n}")).unwrap()
}

/// The owner's word, made by the first actor.
pub(super) fn claim(case: &Case) -> Claim {
    let owner = case.offer.as_ref().map(|o| o.assignment.team.clone());
    Claim {
        team: owner.unwrap_or_else(|| team(0)),
        offer: case.newest_offer(),
        actor: actor(0),
    }
}

pub(super) fn suspend(case: &Case) -> Command {
    Action::Suspend { approver: 1 }.command(claim(case), START)
}

pub(super) fn classify(now: Timestamp) -> Command {
    let classification = Box::new(Classification {
        category: None,
        kind: Kind::Complaint,
        urgency: Urgency::Normal,
        language: Language::CHINESE,
        place: None,
        place_candidates: vec![],
        confidence: 0.5,
        alternatives: vec![],
        evidence: vec![],
        model: "test".into(),
        hints: crate::classification::Hints::default(),
    });
    Command::Classify {
        classification,
        dispatch: due(now, 60),
    }
}

fn answer(now: Timestamp) -> Command {
    Command::Answer {
        entry: entry(),
        callback: due(now, 60),
    }
}

/// The entry that answers.
pub(super) fn entry() -> EntryId {
    EntryId::new("opening-hours").unwrap()
}

/// An offer for half an hour.
pub(super) fn offer(to: &TeamId, now: Timestamp) -> Command {
    offer_until(to, now, SignedDuration::from_mins(30))
}

fn offer_until(to: &TeamId, now: Timestamp, within: SignedDuration) -> Command {
    let unit = UnitId::new(&to.as_str().replace("team", "unit")).unwrap();
    let assignment = Box::new(Assignment {
        unit,
        team: to.clone(),
        lane: Urgency::Normal,
        clock: ClockClass::new("general").unwrap(),
        helpers: Vec::new(),
        inform: Vec::new(),
        rule: None,
        rules_digest: String::new(),
        choice: TeamChoice::LeastLoaded,
        considered: vec![],
    });
    Command::Offer {
        assignment,
        sign_by: now + within,
        handle: due(now, 24 * 60),
    }
}

pub(super) fn due(now: Timestamp, minutes: i64) -> Due {
    Due {
        warn_at: now + SignedDuration::from_mins(minutes / 2),
        at: now + SignedDuration::from_mins(minutes),
    }
}
