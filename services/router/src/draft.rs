//! A change to a case that is being made: the case as it will be, and the events that make it so.

use jiff::Timestamp;
use swiftline_domain::case::{Case, Command, Event, Refusal, SupervisionReason, TriageReason};
use swiftline_domain::id::Version;
use swiftline_store::CaseCommit;
use swiftline_telemetry::TraceContext;

use crate::planner::{Plan, Undecided};

/// A change that is not committed yet.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    before: Version,
    /// The case as it will be.
    pub(crate) case: Case,
    events: Vec<Event>,
    at: Timestamp,
    meets_wish: bool,
    canary: bool,
}

impl Draft {
    /// Nothing changed yet, at this time.
    #[must_use]
    pub(crate) fn new(case: Case, at: Timestamp) -> Self {
        Self {
            before: case.version,
            case,
            events: Vec::with_capacity(2),
            at,
            meets_wish: true,
            canary: false,
        }
    }

    /// When it is made.
    #[must_use]
    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }

    /// Does what the command asks.
    ///
    /// # Errors
    /// With the case's reason; the draft is then unchanged.
    pub(crate) fn apply(&mut self, command: Command) -> Result<(), Refusal> {
        let event = self.case.apply(command, self.at)?;
        self.events.push(event);
        Ok(())
    }

    /// Makes the offer that was planned, or puts the case before a person where none could be.
    ///
    /// # Errors
    /// As [`Draft::apply`].
    pub(crate) fn offer(&mut self, plan: Result<Plan, Undecided>) -> Result<(), Refusal> {
        match plan {
            Ok(plan) => {
                self.meets_wish = plan.meets_wish;
                self.canary = plan.canary;
                self.apply(plan.into_command())
            }
            Err(Undecided { reason, by }) => {
                self.apply(Command::SendToTriage { reason, by })?;
                if reason == TriageReason::HopLimit {
                    self.supervise(SupervisionReason::Ownerless);
                }
                Ok(())
            }
        }
    }

    /// Has supervision look after the case, unless it does or the case is over.
    pub(crate) fn supervise(&mut self, reason: SupervisionReason) {
        // Refused where there is nothing to be done: it is looked after, or has ended.
        let _ = self.apply(Command::Supervise { reason });
    }

    /// Whether the team that it is offered to has all that was wished for.
    pub(crate) fn meets_wish(&self) -> bool {
        self.meets_wish
    }

    /// Whether the rules of a canary decided the offer.
    pub(crate) fn by_canary(&self) -> bool {
        self.canary
    }

    /// Whether nothing has happened.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// What has happened.
    #[must_use]
    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }

    /// As the store wants it.
    #[must_use]
    pub(crate) fn into_commit(self, trace: TraceContext, effects: bool) -> CaseCommit {
        CaseCommit {
            before: self.before,
            case: self.case,
            events: self.events,
            at: self.at,
            trace,
            effects,
        }
    }
}
