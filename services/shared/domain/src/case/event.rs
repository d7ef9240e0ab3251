//! What has happened to a case. Events are the truth; everything else is made from them.

use jiff::Timestamp;

use super::command::{
    Callback, CallbackVia, CloseReason, Outcome, PartEnd, ReopenReason, ReturnReason,
    SupervisionReason, TriageReason,
};
use super::part::Part;
use super::request::Ask;
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
        /// When it is taken up again by itself.
        until: Option<Timestamp>,
    },
    /// Taken up again after it was set aside.
    Resumed {
        /// By whom; `None` when its time was over.
        actor: Option<ActorId>,
        /// When it must be handled now; `None`: later by as long as it stood still.
        handle: Option<Due>,
    },
    /// More time, or to set it aside, was asked for.
    Asked {
        /// By whom.
        actor: ActorId,
        /// What for.
        ask: Ask,
        /// Why.
        reason: String,
    },
    /// More time was given.
    Extended {
        /// Who had asked.
        actor: ActorId,
        /// Why.
        reason: String,
        /// Who approved.
        approved_by: ActorId,
        /// When it must be handled now.
        handle: Due,
    },
    /// What was asked for was not approved.
    RequestDeclined {
        /// By whom.
        by: ActorId,
        /// In their words.
        note: String,
    },
    /// How it goes on was told.
    Noted {
        /// By which unit.
        unit: UnitId,
        /// By which team.
        team: TeamId,
        /// By whom.
        actor: ActorId,
        /// In their words.
        note: String,
        /// Addresses of pictures and papers.
        attachments: Vec<String>,
    },
    /// A unit was called to help.
    PartOffered {
        /// The sub-order.
        part: Box<Part>,
    },
    /// A sub-order was signed for.
    PartSigned {
        /// By which unit.
        unit: UnitId,
        /// Which sub-order.
        part: OfferNo,
        /// By whom.
        actor: ActorId,
    },
    /// A sub-order is over.
    PartEnded {
        /// The helping unit.
        unit: UnitId,
        /// Its team.
        team: TeamId,
        /// Which sub-order.
        part: OfferNo,
        /// By whom; `None` when it expired.
        actor: Option<ActorId>,
        /// How.
        end: PartEnd,
        /// In their words.
        note: String,
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
        /// How the citizen was asked.
        via: CallbackVia,
        /// When to try again, if nobody was reached.
        again_at: Option<Timestamp>,
        /// What the citizen adds, in their own words.
        comment: String,
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
        /// When it must be handled, if this starts that clock.
        handle: Option<Due>,
    },
    /// Another case was made part of this one's issue.
    Joined {
        /// The other.
        member: CaseNumber,
    },
    /// It has the result of the case that its issue is kept under.
    Followed {
        /// That case.
        into: CaseNumber,
        /// The unit that handled the issue.
        unit: UnitId,
        /// What came of it.
        outcome: Outcome,
        /// When the citizen must have been asked.
        callback: Due,
    },
    /// It is no longer part of an issue.
    Separated {
        /// The case that the issue is kept under.
        from: CaseNumber,
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
    /// Supervision is to look after it.
    Supervised {
        /// The unit that answers for the case; `None` before the first offer.
        unit: Option<UnitId>,
        /// Why.
        reason: SupervisionReason,
    },
    /// Supervision has looked after it.
    Released {
        /// By whom.
        actor: ActorId,
        /// In their words.
        note: String,
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
            Self::Asked { .. } => "asked",
            Self::Extended { .. } => "extended",
            Self::RequestDeclined { .. } => "request_declined",
            Self::Noted { .. } => "noted",
            Self::PartOffered { .. } => "part_offered",
            Self::PartSigned { .. } => "part_signed",
            Self::PartEnded { .. } => "part_ended",
            Self::Resolved { .. } => "resolved",
            Self::CalledBack { .. } => "called_back",
            Self::Closed { .. } => "closed",
            Self::Reopened { .. } => "reopened",
            Self::Merged { .. } => "merged",
            Self::Joined { .. } => "joined",
            Self::Followed { .. } => "followed",
            Self::Separated { .. } => "separated",
            Self::Withdrawn => "withdrawn",
            Self::Warned { .. } => "warned",
            Self::Overrun { .. } => "overrun",
            Self::Supervised { .. } => "supervised",
            Self::Released { .. } => "released",
        }
    }
}
