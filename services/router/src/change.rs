//! Changing one case: load, decide, commit, then the queues; from the start again when somebody else was first.

use swiftline_domain::case::{Case, Event};
use swiftline_domain::number::CaseNumber;
use swiftline_store::{Committed, Stored};
use swiftline_telemetry::{Hop, TraceContext};

use crate::draft::Draft;
use crate::engine::Engine;
use crate::error::Error;
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
        let send = self.send_hop(&draft, hop);
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

    /// The span of the offer that this draft makes, if it makes one.
    fn send_hop(&self, draft: &Draft, hop: &mut Hop) -> Option<Hop> {
        let is_offer = |event: &Event| matches!(event, Event::Offered { .. });
        let offered = draft.events().iter().any(is_offer);
        let offer = draft.case.offer.as_ref().filter(|_| offered)?;
        spans::tell_offer(hop, draft, offer);
        let number = draft.case.number.to_string();
        Some(spans::send(&self.tracer, &number, offer, &hop.context()))
    }
}
