//! Cases put straight into the store, on their way as far as a test wants.

use jiff::{SignedDuration, Timestamp};
use swiftline_domain::case::{Assignment, Case, Claim, Command, Due, Outcome, TeamChoice};
use swiftline_domain::classification::Classification;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::vocabulary::{Kind, Language, Urgency};
use swiftline_proto::feedback::v1::ResolveRequest;
use swiftline_proto::router::v1::{self as router, OrderOffer};
use swiftline_proto::types::v1::{Complaint, Outcome as WireOutcome};
use swiftline_store::{CaseCommit, Committed, Contact, NewCase, QueuedOffer, Settle, Store};
use swiftline_telemetry::TraceContext;

/// The team that has the case, of the unit `util-gas`.
pub(crate) const TEAM: &str = "gas-a";
/// Its unit.
pub(crate) const UNIT: &str = "util-gas";
/// The entry of the knowledge base that answers.
pub(crate) const ENTRY: &str = "heating-season";
/// The span of every commit that a story makes.
pub(crate) const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A case in the store.
pub(crate) struct Story {
    store: Store,
    pub(crate) case: Case,
}

pub(crate) fn trace() -> TraceContext {
    TraceContext::parse(TRACE).unwrap()
}

impl Story {
    /// A new case.
    pub(crate) async fn accepted(store: &Store) -> Self {
        Self::accepted_from(store, 0).await
    }

    /// A new case of the caller with this pseudonym; 0: nobody knows who called.
    pub(crate) async fn accepted_from(store: &Store, caller: u64) -> Self {
        Self::accepted_with(store, caller, None).await
    }

    /// Reported as done; with contact data.
    pub(crate) async fn resolved_with(store: &Store, contact: Contact) -> Self {
        let mut story = Self::accepted_with(store, 0, Some(contact)).await;
        story.classify().await;
        story.offer().await;
        story.sign().await;
        story.resolve().await;
        story
    }

    async fn accepted_with(store: &Store, caller: u64, contact: Option<Contact>) -> Self {
        let partition = Partition(3);
        let number = store.mint(partition, 1).await.unwrap()[0];
        let at = Timestamp::now();
        let new = NewCase {
            key: None,
            number,
            complaint: Complaint {
                text: "a gas leak".into(),
                caller,
                ..Complaint::default()
            },
            contact,
            accepted_at: at,
            trace: trace(),
        };
        let accepted = store.accept(partition, vec![new]).await.unwrap();
        Self {
            store: store.clone(),
            case: Case::accept(accepted[0].number, at).0,
        }
    }

    /// In the team's queue.
    pub(crate) async fn offered(store: &Store) -> Self {
        let mut story = Self::accepted(store).await;
        story.classify().await;
        story.offer().await;
        story
    }

    /// Signed for.
    pub(crate) async fn signed(store: &Store) -> Self {
        let mut story = Self::offered(store).await;
        story.sign().await;
        story
    }

    /// Reported as done.
    pub(crate) async fn resolved(store: &Store) -> Self {
        let mut story = Self::signed(store).await;
        story.resolve().await;
        story
    }

    /// Answered from the knowledge base.
    pub(crate) async fn answered(store: &Store) -> Self {
        let mut story = Self::accepted(store).await;
        let answer = Command::Answer {
            entry: ENTRY.parse().unwrap(),
            callback: due(),
        };
        story.commit(vec![classify(), answer]).await;
        story
    }

    pub(crate) fn number(&self) -> CaseNumber {
        self.case.number
    }

    /// Commits what the commands make happen.
    pub(crate) async fn commit(&mut self, commands: Vec<Command>) {
        let (before, at) = (self.case.version, Timestamp::now());
        let events = commands
            .into_iter()
            .map(|command| self.case.apply(command, at).unwrap())
            .collect();
        let commit = CaseCommit {
            before,
            case: self.case.clone(),
            events,
            at,
            trace: trace(),
            effects: false,
        };
        let done = self.store.commit(self.number().partition(), vec![commit]);
        assert_eq!(done.await.unwrap(), [Committed::Done]);
    }

    pub(crate) async fn classify(&mut self) {
        self.commit(vec![classify()]).await;
    }

    pub(crate) async fn offer(&mut self) {
        self.commit(vec![offer()]).await;
        let offer = self.case.offer.as_ref().unwrap();
        let queued = QueuedOffer {
            team: offer.assignment.team.clone(),
            lane: offer.assignment.lane,
            number: self.number(),
            offer: offer.no,
            order: OrderOffer::default(),
        };
        self.store.offer(vec![queued]).await.unwrap();
    }

    pub(crate) async fn sign(&mut self) {
        let claim = self.claim();
        self.commit(vec![Command::Sign(claim.clone())]).await;
        let settled = self
            .store
            .settle(&claim.team, self.number(), claim.offer, Settle::Signed);
        assert!(settled.await.unwrap());
    }

    pub(crate) async fn resolve(&mut self) {
        let command = Command::Resolve {
            claim: self.claim(),
            outcome: Outcome::Solved,
            note: String::new(),
            callback: due(),
        };
        self.commit(vec![command]).await;
    }

    /// Takes it as it is after it went back to the team, and reports it done once more.
    pub(crate) async fn resolve_again(&mut self) {
        self.case = self.now().await;
        let claim = self.claim();
        self.commit(vec![Command::Sign(claim)]).await;
        self.resolve().await;
    }

    /// The owner's claim.
    pub(crate) fn claim(&self) -> Claim {
        Claim {
            team: TEAM.parse().unwrap(),
            offer: self.case.newest_offer(),
            actor: "desk-1".parse().unwrap(),
        }
    }

    /// What the owner reports.
    pub(crate) fn result(&self) -> ResolveRequest {
        ResolveRequest {
            claim: Some(router::Claim {
                case_number: self.number().to_string(),
                team: TEAM.into(),
                offer: self.case.newest_offer().0,
                actor: "desk-1".into(),
            }),
            outcome: WireOutcome::Solved.into(),
            note: "the pipe is mended".into(),
        }
    }

    /// The case as it is now.
    pub(crate) async fn now(&self) -> Case {
        self.store.load(self.number()).await.unwrap().unwrap().case
    }
}

pub(crate) fn classify() -> Command {
    Command::Classify {
        classification: Box::new(Classification {
            category: None,
            kind: Kind::Complaint,
            urgency: Urgency::Normal,
            language: Language::CHINESE,
            place: None,
            place_candidates: vec![],
            confidence: 1.0,
            alternatives: vec![],
            evidence: vec![],
            model: "test".into(),
            hints: swiftline_domain::classification::Hints::default(),
        }),
        dispatch: due(),
    }
}

pub(crate) fn offer() -> Command {
    Command::Offer {
        assignment: Box::new(assignment(UNIT, TEAM)),
        sign_by: due().at,
        handle: due(),
    }
}

pub(crate) fn assignment(unit: &str, team: &str) -> Assignment {
    Assignment {
        unit: unit.parse().unwrap(),
        team: team.parse().unwrap(),
        lane: Urgency::Normal,
        clock: "utility".parse().unwrap(),
        rule: None,
        rules_digest: String::new(),
        helpers: Vec::new(),
        inform: Vec::new(),
        choice: TeamChoice::LeastLoaded,
        considered: vec![],
    }
}

/// An hour from now.
pub(crate) fn due() -> Due {
    let at = Timestamp::now() + SignedDuration::from_hours(1);
    Due { warn_at: at, at }
}
