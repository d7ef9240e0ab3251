//! Changing one case: load, decide, commit; from the start again when somebody else was first.

use jiff::Timestamp;
use swiftline_domain::case::{Case, Command, Event, Refusal};
use swiftline_domain::number::CaseNumber;
use swiftline_store::{CaseCommit, Committed, Store, Stored};
use swiftline_telemetry::Tracer;

use crate::error::FeedbackError;
use crate::spans;

/// How often a change is tried when others change the case in between. An operator and a sweep rarely meet twice.
const ATTEMPTS: usize = 5;

/// What is to be done, and how it is called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// The name of its span.
    pub(crate) name: &'static str,
    /// The team queues are to follow.
    pub(crate) effects: bool,
}

/// Loads and changes cases. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Cases {
    pub(crate) store: Store,
    pub(crate) tracer: Tracer,
}

/// What a change came to.
#[derive(Debug)]
pub(crate) struct Changed {
    /// The case as it is now.
    pub(crate) case: Case,
    /// Something was committed.
    pub(crate) committed: bool,
}

impl Cases {
    pub(crate) fn new(store: Store, tracer: Tracer) -> Self {
        Self { store, tracer }
    }

    pub(crate) async fn load(&self, number: CaseNumber) -> Result<Stored, FeedbackError> {
        let stored = self.store.load(number).await?;
        stored.ok_or_else(|| FeedbackError::no_case(number))
    }

    /// Does the commands that `decide` answers with, all in one commit; none: changes and commits nothing. It is asked again
    /// with the newer case when somebody else was first.
    pub(crate) async fn change(
        &self,
        number: CaseNumber,
        step: Step,
        decide: impl Fn(&Case, Timestamp) -> Result<Vec<Command>, Refusal>,
    ) -> Result<Changed, FeedbackError> {
        let refused = |refusal| FeedbackError::Refused { number, refusal };
        for _ in 0..ATTEMPTS {
            let stored = self.load(number).await?;
            let now = Timestamp::now();
            let commands = decide(&stored.case, now).map_err(refused)?;
            let mut case = stored.case.clone();
            let events = commands.into_iter().map(|command| case.apply(command, now));
            let events: Vec<Event> = events.collect::<Result<_, _>>().map_err(refused)?;
            let committed = !events.is_empty();
            if !committed || self.commit(step, &stored, &case, events, now).await? {
                return Ok(Changed { case, committed });
            }
        }
        Err(FeedbackError::Contended(number))
    }

    /// Whether the commit was the first on this version of the case.
    async fn commit(
        &self,
        step: Step,
        before: &Stored,
        after: &Case,
        events: Vec<Event>,
        at: Timestamp,
    ) -> Result<bool, FeedbackError> {
        let number = after.number;
        let mut hop = spans::step(&self.tracer, step.name, &number.to_string(), &before.trace);
        spans::tell_events(&mut hop, &events);
        let commit = CaseCommit {
            before: before.case.version,
            case: after.clone(),
            events,
            at,
            trace: hop.context(),
            effects: step.effects,
        };
        let answers = self.store.commit(number.partition(), vec![commit]).await;
        let answers = answers.inspect_err(|_| hop.error("store"))?;
        match answers.first() {
            Some(Committed::Done) => Ok(true),
            Some(Committed::Missing) => Err(FeedbackError::no_case(number)),
            Some(Committed::Stale { .. }) | None => {
                hop.error("stale");
                Ok(false)
            }
        }
    }
}
