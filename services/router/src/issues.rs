//! Cases that are one issue, cases that citizens take back, and cases that triage and supervision look after.
//!
//! A merged case waits for the result of the case that its issue is kept under; the feedback service gives it that result.
//! The case above learns of its member first, so that a result that comes in between is given to it.

use jiff::Timestamp;
use swiftline_domain::case::{Case, Command, Due, Refusal, State, SupervisionReason, TriageReason};
use swiftline_domain::city::GENERAL;
use swiftline_domain::id::{ActorId, ClockClass};
use swiftline_domain::number::CaseNumber;
use swiftline_proto::types::v1 as wire;
use swiftline_store::Stored;

use crate::draft::Draft;
use crate::engine::Engine;
use crate::error::Error;
use crate::planner::{Left, Undecided};
use crate::spans::Step;

/// A case that a person must send somewhere.
#[derive(Debug)]
pub(crate) struct InTriage {
    pub(crate) case: Case,
    pub(crate) since: Timestamp,
    pub(crate) reason: wire::TriageReason,
}

impl Engine {
    /// Makes a case part of another's issue.
    pub(crate) async fn merge(
        &self,
        number: CaseNumber,
        into: CaseNumber,
        actor: &ActorId,
    ) -> Result<Case, Error> {
        let into = self.top_of(into).await?;
        let refused = |number| move |refusal| Error::Refused { number, refusal };
        let member = self.load(number).await?.case;
        let handle = self.handle_due(&member);
        let merge = Command::Merge { into, handle };
        member
            .decide(merge.clone(), self.clock.now())
            .map_err(refused(number))?;
        let join = self.change(into, Step::Call("join"), |_, draft| {
            match draft.apply(Command::Join { member: number }) {
                Err(Refusal::AlreadyMember { .. }) => Ok(()),
                done => done.map_err(refused(into)),
            }
        });
        join.await?;
        let case = self.call(number, "merge", merge).await?;
        tell_who(number, actor, "merged");
        Ok(case)
    }

    /// Takes a case out of its issue, and offers it again.
    pub(crate) async fn separate(
        &self,
        number: CaseNumber,
        actor: &ActorId,
    ) -> Result<Case, Error> {
        let refused = |refusal| Error::Refused { number, refusal };
        let changed = self.change(number, Step::Call("separate"), |stored, draft| {
            draft.apply(Command::Separate).map_err(refused)?;
            self.route_alone(stored, draft)
        });
        let case = changed.await?.case;
        tell_who(number, actor, "separated");
        Ok(case)
    }

    /// The citizen takes the case back.
    pub(crate) async fn withdraw(
        &self,
        number: CaseNumber,
        actor: &ActorId,
    ) -> Result<Case, Error> {
        let case = self.call(number, "withdraw", Command::Withdraw).await?;
        tell_who(number, actor, "withdrawn");
        Ok(case)
    }

    /// The cases in triage, those that have waited longest first.
    pub(crate) async fn in_triage(&self, limit: usize) -> Result<Vec<InTriage>, Error> {
        let mut cases = Vec::new();
        for (number, since) in self.store.in_triage(limit).await? {
            let Some(stored) = self.store.load(number).await? else {
                continue;
            };
            let journey = self.store.journey(number).await?;
            let events = journey
                .iter()
                .rev()
                .flat_map(|commit| commit.events.iter().rev());
            let mut sent = events.filter_map(|event| match &event.event {
                Some(wire::event::Event::SentToTriage(sent)) => Some(sent.reason()),
                _ => None,
            });
            let reason = sent.next().unwrap_or_default();
            let case = stored.case;
            cases.push(InTriage {
                case,
                since,
                reason,
            });
        }
        // What was sent on between the list and the look is not shown.
        cases.retain(|waits| waits.case.state == State::Triage);
        Ok(cases)
    }

    /// The cases that supervision looks after, the oldest first.
    pub(crate) async fn supervised(&self, limit: usize) -> Result<Vec<Case>, Error> {
        let mut cases = Vec::new();
        for (number, _) in self.store.supervised(limit).await? {
            cases.extend(self.store.load(number).await?.map(|stored| stored.case));
        }
        // What was released between the list and the look is not shown.
        cases.retain(|case| case.supervision.is_some());
        Ok(cases)
    }

    /// Puts a case before supervision.
    pub(crate) async fn supervise(
        &self,
        number: CaseNumber,
        actor: &ActorId,
    ) -> Result<Case, Error> {
        let reason = SupervisionReason::Requested;
        let case = self
            .call(number, "supervise", Command::Supervise { reason })
            .await?;
        tell_who(number, actor, "put before supervision");
        Ok(case)
    }

    /// Supervision has looked after it.
    pub(crate) async fn release(
        &self,
        number: CaseNumber,
        actor: &ActorId,
        note: &str,
    ) -> Result<Case, Error> {
        let command = Command::Release {
            actor: actor.clone(),
            note: note.to_owned(),
        };
        self.call(number, "release", command).await
    }

    /// The case that the issue of this one is kept under.
    async fn top_of(&self, number: CaseNumber) -> Result<CaseNumber, Error> {
        // Members have no members, so one step is enough.
        Ok(self.load(number).await?.case.merged_into.unwrap_or(number))
    }

    /// The handling clock of a case that nobody has been offered.
    fn handle_due(&self, case: &Case) -> Due {
        let general = ClockClass::new(GENERAL).ok();
        let class = case.offer.as_ref().map(|offer| &offer.assignment.clock);
        let pack = self.pack();
        let deadline = class
            .or(general.as_ref())
            .map(|class| pack.handle_by(class, case.accepted_at));
        let now = self.clock.now();
        deadline.map_or(
            Due {
                warn_at: now,
                at: now,
            },
            |deadline| Due {
                warn_at: deadline.warn,
                at: deadline.due,
            },
        )
    }

    /// Routes a case that is on its own again; before a person when nobody has classified it.
    fn route_alone(&self, stored: &Stored, draft: &mut Draft) -> Result<(), Error> {
        let number = draft.case.number;
        if draft.case.classification.is_none() {
            let unasked = Undecided::unasked(TriageReason::LowConfidence);
            let refused = |refusal| Error::Refused { number, refusal };
            return draft.offer(Err(unasked)).map_err(refused);
        }
        self.route_onward(stored, draft, Left::Expired)
    }
}

/// Who decided is kept in the service's log: the case itself tells of teams only.
fn tell_who(number: CaseNumber, actor: &ActorId, what: &'static str) {
    let (case, actor) = (number.to_string(), actor.as_str());
    tracing::info!(case, actor, "{what}");
}
