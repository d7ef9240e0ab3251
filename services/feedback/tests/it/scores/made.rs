//! A month of made cases, and the books that are kept of them beside the service.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _, Zoned};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use swiftline_domain::case::{
    Callback, CallbackVia, Case, Claim, CloseReason, Command, Due, Outcome, ReopenReason,
};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::vocabulary::Kind;
use swiftline_proto::types::v1::Complaint;
use swiftline_store::{CaseCommit, Committed, NewCase};

use crate::rig::Rig;
use crate::story::{assignment, classify, trace};

const HANDS: [(&str, &str); 5] = [
    ("st-hekou", "hekou-a"),
    ("st-hekou", "hekou-b"),
    ("st-linqian", "linqian-a"),
    ("st-shiqiao", "shiqiao-a"),
    ("util-gas", "gas-a"),
];

/// What a unit's team has on a day, by the test's own books: as [`wire::Score`] counts, and what takes cases out.
pub(super) type Books = BTreeMap<(String, String, String), ([u64; 8], BTreeMap<String, u64>)>;

/// How a made case goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Resolved, and the citizen is reached.
    Plain,
    /// The first result is not one: to another team, and asked once more.
    Reopened,
    /// So, but nobody is reached the second time.
    ReopenedUnreached,
    /// Nobody is reached.
    Unreached,
    /// Taken back.
    Withdrawn,
    /// Handled under another case.
    Merged,
    /// Answered only in the month after.
    Late,
    /// Resolved, and nobody asked yet.
    Waiting,
    /// Answered, closed, and taken up again by a supervisor.
    OpenAgain,
}

pub(super) const WAYS: [Way; 9] = [
    Way::Plain,
    Way::Reopened,
    Way::ReopenedUnreached,
    Way::Unreached,
    Way::Withdrawn,
    Way::Merged,
    Way::Late,
    Way::Waiting,
    Way::OpenAgain,
];

/// Makes cases of two months ago.
pub(super) struct Maker<'r> {
    pub(super) rig: &'r Rig,
    pub(super) chance: StdRng,
    pub(super) month: Zoned,
    pub(super) books: Books,
    pub(super) made: Vec<CaseNumber>,
}

/// A case being made.
struct Made {
    case: Case,
    now: Timestamp,
    hands: (&'static str, &'static str),
}

impl<'r> Maker<'r> {
    pub(super) fn new(rig: &'r Rig) -> Self {
        let today = Timestamp::now().to_zoned(zone());
        let month = today.date().first_of_month().saturating_sub(2.months());
        Self {
            rig,
            chance: StdRng::seed_from_u64(7),
            month: month.to_zoned(zone()).unwrap(),
            books: Books::new(),
            made: Vec::new(),
        }
    }

    fn said(&mut self) -> Option<bool> {
        match self.chance.random_range(0..4) {
            0 => None,
            1 => Some(false),
            _ => Some(true),
        }
    }

    fn hands(&mut self) -> (&'static str, &'static str) {
        HANDS[self.chance.random_range(0..HANDS.len())]
    }

    pub(super) async fn make(&mut self, way: Way) {
        let partition = Partition(self.chance.random_range(0..16));
        let number = self.rig.store.mint(partition, 1).await.unwrap()[0];
        let into_month = SignedDuration::from_mins(self.chance.random_range(0..25 * 24 * 60));
        let at = self.month.timestamp() + into_month;
        let new = NewCase {
            key: None,
            number,
            complaint: Complaint::default(),
            contact: None,
            accepted_at: at,
            trace: trace(),
        };
        self.rig.store.accept(partition, vec![new]).await.unwrap();
        let mut made = Made {
            case: Case::accept(number, at).0,
            now: at,
            hands: self.hands(),
        };
        self.made.push(number);
        let kind = if self.chance.random_ratio(1, 8) {
            Kind::Praise
        } else {
            Kind::Help
        };
        let mut command = classify();
        if let Command::Classify { classification, .. } = &mut command {
            classification.kind = kind;
        }
        let possible = if self.chance.random_ratio(1, 8) {
            Outcome::NotPossible
        } else {
            Outcome::Solved
        };
        self.step(&mut made, 10, vec![command]).await;
        self.offer(&mut made).await;
        if way == Way::Withdrawn {
            self.step(&mut made, 5, vec![Command::Withdraw]).await;
            let out = if kind == Kind::Praise {
                "praise"
            } else {
                "withdrawn"
            };
            return self.book(&made, made.hands, [0; 8], Some(out));
        }
        if way == Way::Merged {
            let (unit, _) = self.hands();
            let merge = Command::Merge {
                into: CaseNumber::new(partition, number.sequence() + 100_000).unwrap(),
                handle: due(made.now),
            };
            let follow = Command::Follow {
                unit: unit.parse().unwrap(),
                outcome: possible,
                callback: due(made.now),
            };
            self.step(&mut made, 60, vec![merge, follow]).await;
            made.hands = (unit, "");
        } else {
            self.handle(&mut made, possible).await;
        }
        self.ask(&mut made, way, kind, possible).await;
    }

    /// The callbacks of a case with a result.
    async fn ask(&mut self, made: &mut Made, way: Way, kind: Kind, outcome: Outcome) {
        if way == Way::Waiting {
            return;
        }
        if way == Way::Late {
            let next = self.month.checked_add(1.month()).unwrap().timestamp();
            let wait = next.duration_since(made.now).as_mins() + 90;
            self.step(
                made,
                wait,
                vec![Command::Supervise {
                    reason: swiftline_domain::case::SupervisionReason::Requested,
                }],
            )
            .await;
        }
        if way == Way::Unreached {
            let close = Command::Close {
                reason: CloseReason::Unreachable,
            };
            self.step(made, 30, vec![call(Callback::default()), close])
                .await;
            return self.book_said(made, made.hands, kind, outcome, None);
        }
        let again = matches!(way, Way::Reopened | Way::ReopenedUnreached);
        let said = Callback {
            reached: true,
            contacted: self.said(),
            solved: if again { Some(false) } else { Some(true) },
            satisfied: self.said(),
        };
        let (first_hands, first_day) = (made.hands, made.now + SignedDuration::from_mins(30));
        if !again {
            let close = Command::Close {
                reason: CloseReason::Confirmed,
            };
            self.step(made, 30, vec![call(said), close]).await;
            if way == Way::OpenAgain {
                let reopen = Command::Reopen {
                    reason: ReopenReason::Recurred,
                };
                self.step(made, 30, vec![reopen]).await;
                self.offer(made).await;
            }
            return self.book_on(first_day, first_hands, kind, outcome, Some(said));
        }
        let reopen = Command::Reopen {
            reason: ReopenReason::NotSolved,
        };
        self.step(made, 30, vec![call(said), reopen]).await;
        made.hands = self.hands();
        self.offer(made).await;
        let second = if self.chance.random_ratio(1, 4) {
            Outcome::NotPossible
        } else {
            Outcome::Solved
        };
        self.handle(made, second).await;
        let last = if way == Way::Reopened {
            let last = Callback {
                reached: true,
                contacted: Some(true),
                solved: Some(true),
                satisfied: Some(true),
            };
            (last, CloseReason::Confirmed)
        } else {
            (Callback::default(), CloseReason::Unreachable)
        };
        let close = Command::Close { reason: last.1 };
        self.step(made, 30, vec![call(last.0), close]).await;
        // What came of it in the end decides whether it counts; what was said first, how.
        self.book_on(first_day, first_hands, kind, second, Some(said));
    }

    async fn offer(&mut self, made: &mut Made) {
        let (unit, team) = made.hands;
        let offer = Command::Offer {
            assignment: Box::new(assignment(unit, team)),
            sign_by: made.now + SignedDuration::from_hours(9_000),
            handle: due(made.now),
        };
        self.step(made, 1, vec![offer]).await;
    }

    async fn handle(&mut self, made: &mut Made, outcome: Outcome) {
        let claim = Claim {
            team: made.hands.1.parse().unwrap(),
            offer: made.case.newest_offer(),
            actor: "desk-1".parse().unwrap(),
        };
        self.step(made, 15, vec![Command::Sign(claim.clone())])
            .await;
        let resolve = Command::Resolve {
            claim,
            outcome,
            note: String::new(),
            callback: due(made.now),
        };
        self.step(made, 300, vec![resolve]).await;
    }

    async fn step(&mut self, made: &mut Made, minutes: i64, commands: Vec<Command>) {
        made.now += SignedDuration::from_mins(minutes);
        let (before, at) = (made.case.version, made.now);
        let events = commands
            .into_iter()
            .map(|command| made.case.apply(command, at).unwrap());
        let events = events.collect();
        let commit = CaseCommit {
            before,
            case: made.case.clone(),
            events,
            at,
            trace: trace(),
            effects: false,
        };
        let partition = made.case.number.partition();
        let done = self
            .rig
            .store
            .commit(partition, vec![commit])
            .await
            .unwrap();
        assert_eq!(done, [Committed::Done]);
    }

    fn book_said(
        &mut self,
        made: &Made,
        hands: (&str, &str),
        kind: Kind,
        outcome: Outcome,
        said: Option<Callback>,
    ) {
        self.book_on(made.now, hands, kind, outcome, said);
    }

    fn book_on(
        &mut self,
        at: Timestamp,
        hands: (&str, &str),
        kind: Kind,
        outcome: Outcome,
        said: Option<Callback>,
    ) {
        let out = match (kind, outcome) {
            (Kind::Praise, _) => Some("praise"),
            (_, Outcome::NotPossible) => Some("not-possible"),
            _ => None,
        };
        let yes = |answer: Option<bool>| u64::from(answer == Some(true));
        let either = |answer: Option<bool>| u64::from(answer.is_some());
        let counts = said.map_or([0, 0, 0, 0, 0, 0, 0, 1], |said| {
            let Callback {
                contacted,
                solved,
                satisfied,
                ..
            } = said;
            [
                1,
                yes(contacted),
                either(contacted),
                yes(solved),
                either(solved),
                yes(satisfied),
                either(satisfied),
                0,
            ]
        });
        self.enter(at, hands, counts, out);
    }

    fn book(&mut self, made: &Made, hands: (&str, &str), counts: [u64; 8], out: Option<&str>) {
        self.enter(made.now, hands, counts, out);
    }

    fn enter(&mut self, at: Timestamp, hands: (&str, &str), counts: [u64; 8], out: Option<&str>) {
        let day = at.to_zoned(zone()).date().to_string();
        let page = self
            .books
            .entry((hands.0.to_owned(), hands.1.to_owned(), day))
            .or_default();
        match out {
            Some(out) => *page.1.entry(out.to_owned()).or_default() += 1,
            None => page
                .0
                .iter_mut()
                .zip(counts)
                .for_each(|(sum, count)| *sum += count),
        }
    }
}

pub(super) fn zone() -> TimeZone {
    jiff::tz::TimeZoneDatabase::bundled()
        .get("Asia/Shanghai")
        .unwrap()
}

fn call(callback: Callback) -> Command {
    Command::RecordCallback {
        callback,
        via: CallbackVia::Phone,
        again_at: None,
        comment: String::new(),
    }
}

fn due(now: Timestamp) -> Due {
    let at = now + SignedDuration::from_hours(9_000);
    Due { warn_at: at, at }
}
