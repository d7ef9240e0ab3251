//! What has happened to a case. Events are the truth; everything else is made from them.

use jiff::Timestamp;

use super::command::{Callback, CloseReason, Outcome, ReopenReason, ReturnReason, TriageReason};
use super::state::{ClockKind, Due, Offer};
use crate::classification::Classification;
use crate::id::{ActorId, EntryId, OfferNo, RuleId, TeamId, UnitId};
use crate::number::CaseNumber;

/// Which rules decided: what is made of returns counts for the rule behind them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecidedBy {
    /// The rule; `None` for the backstop or a person.
    pub rule: Option<RuleId>,
    /// The digest of its rule set; empty when a person decided.
    pub rules_digest: String,
}

impl DecidedBy {
    /// The rules that made this offer.
    #[must_use]
    pub fn of(offer: &Offer) -> Self {
        Self {
            rule: offer.assignment.rule.clone(),
            rules_digest: offer.assignment.rules_digest.clone(),
        }
    }
}

/// Something that has happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Taken in.
    Accepted {
        /// When.
        at: Timestamp,
    },
    /// Understood.
    Classified {
        /// What it is.
        classification: Box<Classification>,
        /// When it must have reached a unit.
        dispatch: Due,
    },
    /// Put before a person.
    SentToTriage {
        /// Why.
        reason: TriageReason,
        /// The rules by which nobody was found; empty when none were asked.
        by: DecidedBy,
    },
    /// Answered from the knowledge base.
    Answered {
        /// The entry that answered.
        entry: EntryId,
        /// Until when the citizen may say that it did not help.
        callback: Due,
    },
    /// Put into a team's queue.
    Offered {
        /// The offer.
        offer: Box<Offer>,
        /// When it must be handled, if this offer starts that clock.
        handle: Option<Due>,
    },
    /// Signed for.
    Signed {
        /// By which unit.
        unit: UnitId,
        /// Which offer.
        offer: OfferNo,
        /// By whom.
        actor: ActorId,
    },
    /// Given back.
    Returned {
        /// By which unit.
        unit: UnitId,
        /// By which team.
        team: TeamId,
        /// Which offer.
        offer: OfferNo,
        /// By whom.
        actor: ActorId,
        /// Why.
        reason: ReturnReason,
        /// In their words.
        note: String,
        /// The rules that had sent it there.
        by: DecidedBy,
    },
    /// Not signed for in time.
    Expired {
        /// By which unit.
        unit: UnitId,
        /// By which team.
        team: TeamId,
        /// Which offer.
        offer: OfferNo,
        /// The rules that had sent it there.
        by: DecidedBy,
    },
    /// Taken out of a queue before anybody signed, because the rules have changed.
    Recalled {
        /// From which unit.
        unit: UnitId,
        /// From which team.
        team: TeamId,
        /// Which offer.
        offer: OfferNo,
        /// The digest of the rules that decide anew.
        rules_digest: String,
    },
    /// Handed to another unit.
    Transferred {
        /// From which unit.
        unit: UnitId,
        /// From which team.
        team: TeamId,
        /// Which offer.
        offer: OfferNo,
        /// By whom.
        actor: ActorId,
        /// To which unit.
        to: UnitId,
        /// Why.
        reason: ReturnReason,
        /// In their words.
        note: String,
        /// The rules that had sent it there.
        by: DecidedBy,
    },
    /// Set aside.
    Suspended {
        /// By whom.
        actor: ActorId,
        /// Why.
        reason: String,
        /// Who approved.
        approved_by: ActorId,
    },
    /// Taken up again.
    Resumed {
        /// By whom.
        actor: ActorId,
    },
    /// Reported as done.
    Resolved {
        /// By which unit.
        unit: UnitId,
        /// By which team.
        team: TeamId,
        /// By whom.
        actor: ActorId,
        /// What came of it.
        outcome: Outcome,
        /// In their words.
        note: String,
        /// When the citizen must have been asked.
        callback: Due,
    },
    /// The citizen was called back.
    CalledBack {
        /// The unit that the answers are about; `None` when the knowledge base had answered.
        unit: Option<UnitId>,
        /// The entry that the answers are about, when the knowledge base had answered.
        entry: Option<EntryId>,
        /// The answers.
        callback: Callback,
    },
    /// Finished.
    Closed {
        /// Why.
        reason: CloseReason,
    },
    /// Taken up again.
    Reopened {
        /// The unit that had it last; `None` when the knowledge base had answered.
        unit: Option<UnitId>,
        /// The entry that had answered, when the knowledge base had.
        entry: Option<EntryId>,
        /// Why.
        reason: ReopenReason,
    },
    /// Made part of another case's issue.
    Merged {
        /// The case that the issue is kept under.
        into: CaseNumber,
    },
    /// Taken back by the citizen.
    Withdrawn,
    /// A clock is about to run out.
    Warned {
        /// Which.
        clock: ClockKind,
    },
    /// A clock has run out; supervision takes note.
    Overrun {
        /// The unit that answers for the case; `None` before the first offer.
        unit: Option<UnitId>,
        /// Which.
        clock: ClockKind,
    },
}

impl Event {
    /// The event's name in the log, in spans and metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Classified { .. } => "classified",
            Self::SentToTriage { .. } => "sent_to_triage",
            Self::Answered { .. } => "answered",
            Self::Offered { .. } => "offered",
            Self::Signed { .. } => "signed",
            Self::Returned { .. } => "returned",
            Self::Expired { .. } => "expired",
            Self::Recalled { .. } => "recalled",
            Self::Transferred { .. } => "transferred",
            Self::Suspended { .. } => "suspended",
            Self::Resumed { .. } => "resumed",
            Self::Resolved { .. } => "resolved",
            Self::CalledBack { .. } => "called_back",
            Self::Closed { .. } => "closed",
            Self::Reopened { .. } => "reopened",
            Self::Merged { .. } => "merged",
            Self::Withdrawn => "withdrawn",
            Self::Warned { .. } => "warned",
            Self::Overrun { .. } => "overrun",
        }
    }
}
