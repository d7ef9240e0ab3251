//! Changing one case: load, decide, commit, then the queues; from the start again when somebody else was first.

use swiftline_domain::case::{Case, Command, Event};
use swiftline_domain::number::CaseNumber;
use swiftline_proto::convert::ConvertError;
use swiftline_store::{Committed, Stored};
use swiftline_telemetry::{Hop, TraceContext};

use crate::draft::Draft;
use crate::engine::Engine;
use crate::error::Error;
use crate::planner::{Left, Subject};
use crate::spans::{self, Step};

/// How often a change is tried when others change the case in between. Two desks and a sweep rarely meet twice.
const ATTEMPTS: usize = 5;

/// A change that was made, or that was not needed.
#[derive(Debug)]
pub(crate) struct Changed<T> {
    /// The case before, and what belongs to it.
    pub(crate) stored: Stored,
    /// The case as it is now.
    pub(crate) case: Case,
    /// What the decision said.
    pub(crate) value: T,
}

impl Engine {
    /// Makes a change. `decide` applies commands to the draft; one that applies none changes nothing and commits nothing.
    /// It is called again with the newer case when somebody else was first.
    pub(crate) async fn change<T>(
        &self,
        number: CaseNumber,
        step: Step<'_>,
        decide: impl Fn(&Stored, &mut Draft) -> Result<T, Error>,
    ) -> Result<Changed<T>, Error> {
        for _ in 0..ATTEMPTS {
            let stored = self.load(number).await?;
            let mut draft = Draft::new(stored.case.clone(), self.clock.now());
            let value = decide(&stored, &mut draft)?;
            let case = draft.case.clone();
            if draft.is_empty() {
                return Ok(Changed {
                    stored,
                    case,
                    value,
                });
            }
            let mut hop = spans::step(&self.tracer, step, &number.to_string(), &stored.trace);
            let committed = self.commit_one(draft, &stored.case, &mut hop).await;
            if let Err(Error::Contended { .. }) = committed {
                hop.error("stale");
                continue;
            }
            if committed.is_err() {
                hop.error("store");
            }
            committed?;
            return Ok(Changed {
                stored,
                case,
                value,
            });
        }
        Err(Error::Contended { number })
    }

    pub(crate) async fn load(&self, number: CaseNumber) -> Result<Stored, Error> {
        let stored = self.store.load(number).await?;
        stored.ok_or_else(|| Error::no_case(number))
    }

    /// Commits a draft and carries out what it means for the queues.
    async fn commit_one(&self, draft: Draft, before: &Case, hop: &mut Hop) -> Result<(), Error> {
        let (after, number) = (draft.case.clone(), draft.case.number);
        let events = draft.events().to_vec();
        spans::tell_events(hop, &events);
        let send = self.send_hop(&after, &events, hop);
        let trace: TraceContext = send.as_ref().map_or_else(|| hop.context(), Hop::context);
        let commit = draft.into_commit(trace, true);
        let answers = self.store.commit(number.partition(), vec![commit]).await?;
        match answers.first() {
            Some(Committed::Done) => {}
            Some(Committed::Stale { .. }) | None => return Err(Error::Contended { number }),
            Some(Committed::Missing) => return Err(Error::no_case(number)),
        }
        self.count(&events);
        self.carry_out(before, &after, &trace).await;
        Ok(())
    }

    /// The span of the offer that these events have made, if they have.
    fn send_hop(&self, after: &Case, events: &[Event], hop: &mut Hop) -> Option<Hop> {
        let offered = events
            .iter()
            .any(|event| matches!(event, Event::Offered { .. }));
        let offer = after.offer.as_ref().filter(|_| offered)?;
        spans::tell_offer(hop, after, offer);
        let number = after.number.to_string();
        Some(spans::send(&self.tracer, &number, offer, &hop.context()))
    }

    /// Routes a case on that a team has had: to the next team, or before a person.
    pub(crate) fn route_onward(
        &self,
        stored: &Stored,
        draft: &mut Draft,
        left: Left,
    ) -> Result<(), Error> {
        let mut rng = self.rng();
        let plan = with_subject(stored, &draft.case, |subject| {
            self.planner
                .onward(&draft.case, left, subject, draft.at(), &mut rng)
        })?;
        let command = match plan {
            Ok(plan) => plan.into_command(),
            Err(reason) => Command::SendToTriage { reason },
        };
        let number = draft.case.number;
        draft
            .apply(command)
            .map_err(|refusal| Error::Refused { number, refusal })
    }
}

/// Asks something about what the rules see of a stored case.
pub(crate) fn with_subject<T>(
    stored: &Stored,
    case: &Case,
    ask: impl FnOnce(&Subject<'_>) -> T,
) -> Result<T, Error> {
    let Some(classification) = &case.classification else {
        return Err(Error::not_now(case.number, "route", case.state));
    };
    let complaint = stored.complaint.clone().try_into();
    let complaint = complaint.map_err(|error: ConvertError| {
        let key = format!("complaint of case {}", case.number);
        let reason = error.to_string();
        Error::Store(swiftline_store::StoreError::Corrupt { key, reason })
    })?;
    Ok(ask(&Subject {
        complaint: &complaint,
        classification,
        accepted_at: case.accepted_at,
    }))
}
