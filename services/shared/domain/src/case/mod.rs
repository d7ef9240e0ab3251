//! The case: a small aggregate with one state machine.
//!
//! ```text
//! Accepted → Classified → Offered → Signed → Resolved → Closed
//!    │           │           ├→ Returned → Offered (next unit) | Triage
//!    │           └→ Triage (a person decides)
//!    └→ Answered → Closed | Reopened (by itself when the citizen says nothing)
//! Offered → Classified (recalled by new rules)
//! Signed ⇄ Suspended      Resolved | Closed → Reopened → Offered      any open → Withdrawn
//! anything before its result → Merged → Resolved (with the case that its issue is kept under) | Returned (separated)
//! ```
//! Beside the states run its clocks, the sub-orders of helpers while it is signed for, a request that waits for approval,
//! and supervision.
//!
//! [`Case::decide`] says what a command would do and changes nothing; [`Case::evolve`] takes one event in;
//! [`Case::apply`] does both. The text of the complaint is not part of it: the machine needs none of it.

mod command;
mod deadline;
mod decide;
mod event;
mod evolve;
mod part;
mod refusal;
mod request;
mod state;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use command::{
    Callback, CallbackVia, Claim, CloseReason, Command, MAX_NOTE_CHARS, Outcome, PartEnd,
    ReopenReason, ReturnReason, SupervisionReason, TriageReason,
};
pub use event::{DecidedBy, Event};
pub use part::{MAX_PARTS, Part};
pub use refusal::Refusal;
pub use request::{Ask, Request};
pub use state::{
    Assignment, Clock, ClockKind, Clocks, ConsideredTeam, Due, MAX_CONSIDERED, Offer, State,
    Supervision, TeamChoice, Verdict,
};

use crate::classification::Classification;
use crate::id::{EntryId, OfferNo, TeamId, UnitId, Version};
use crate::number::CaseNumber;

/// The most cases that are merged into one.
pub const MAX_MEMBERS: usize = 1_000;

/// One request on its way through the city.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its number.
    pub number: CaseNumber,
    /// How many events it has had.
    pub version: Version,
    /// Where it stands.
    pub state: State,
    /// When it was taken in.
    pub accepted_at: Timestamp,
    /// When the last event happened.
    pub updated_at: Timestamp,
    /// What it is, once understood.
    pub classification: Option<Classification>,
    /// The newest offer; it owns the case while [`State::is_owned`].
    pub offer: Option<Offer>,
    /// The teams that have had it and gave it away since it was last (re)opened.
    pub asked: Vec<TeamId>,
    /// The offers that are over although nobody gave them away, each with the team that had it: the rules have changed, or the
    /// case became part of an issue.
    pub recalled: Vec<(OfferNo, TeamId)>,
    /// The unit that answers for it: the first that took it, until another has signed.
    pub answerable: Option<UnitId>,
    /// Its clocks.
    pub clocks: Clocks,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// The entry of the knowledge base that answered it; `None` when none did, or the case was taken up again since.
    pub answered: Option<EntryId>,
    /// The citizen's answers since it was last resolved or answered.
    pub callback: Option<Callback>,
    /// How often it was taken up again.
    pub reopened: u32,
    /// How often of these because the citizen was not satisfied, although it was solved or nobody knows.
    pub dissatisfied: u32,
    /// When the citizen is to be called next; `None` when nobody has to be.
    pub call_at: Option<Timestamp>,
    /// How often nobody was reached since the case was last resolved.
    pub attempts: u32,
    /// The case whose issue it is part of.
    pub merged_into: Option<CaseNumber>,
    /// The cases that were merged into this one; at most [`MAX_MEMBERS`]. Some may have been separated since.
    pub members: Vec<CaseNumber>,
    /// The sub-orders of helpers, with those that are over.
    pub parts: Vec<Part>,
    /// What its team has asked for and nobody has decided.
    pub request: Option<Request>,
    /// When a suspended case is taken up again by itself.
    pub suspended_until: Option<Timestamp>,
    /// What supervision looks after.
    pub supervision: Option<Supervision>,
}

impl Case {
    /// A new case, and the event that says so.
    #[must_use]
    pub fn accept(number: CaseNumber, at: Timestamp) -> (Self, Event) {
        let case = Self {
            number,
            version: Version(1),
            state: State::Accepted,
            accepted_at: at,
            updated_at: at,
            classification: None,
            offer: None,
            asked: Vec::new(),
            recalled: Vec::new(),
            answerable: None,
            clocks: Clocks::default(),
            outcome: None,
            answered: None,
            callback: None,
            reopened: 0,
            dissatisfied: 0,
            call_at: None,
            attempts: 0,
            merged_into: None,
            members: Vec::new(),
            parts: Vec::new(),
            request: None,
            suspended_until: None,
            supervision: None,
        };
        (case, Event::Accepted { at })
    }

    /// The order that a team has now; `None` while nobody owns the case.
    #[must_use]
    pub fn owner(&self) -> Option<&Offer> {
        self.offer.as_ref().filter(|_| self.state.is_owned())
    }

    /// The number of the newest offer, zero before the first.
    #[must_use]
    pub fn newest_offer(&self) -> OfferNo {
        self.offer.as_ref().map_or(OfferNo(0), |offer| offer.no)
    }

    /// Does what the command asks, and says what happened.
    ///
    /// # Errors
    /// With the reason, when the command cannot be done; the case is then unchanged.
    pub fn apply(&mut self, command: Command, now: Timestamp) -> Result<Event, Refusal> {
        let event = self.decide(command, now)?;
        self.evolve(&event, now);
        Ok(event)
    }
}
