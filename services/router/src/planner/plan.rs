//! What is asked of the planner, and what it answers.

use jiff::Timestamp;
use swiftline_domain::case::{Assignment, Case, Command, DecidedBy, Due, TriageReason};
use swiftline_domain::classification::Classification;
use swiftline_domain::complaint::Complaint;
use swiftline_domain::id::TeamId;

/// What the rules look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// What the citizen said.
    pub(crate) complaint: &'a Complaint,
    /// What the classifier made of it.
    pub(crate) classification: &'a Classification,
    /// When it was taken in.
    pub(crate) accepted_at: Timestamp,
}

/// Where a case stands on its way round the teams.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing<'a> {
    /// The teams that have had it and gave it away.
    pub(crate) asked: &'a [TeamId],
    /// When its handling began to count: when it was accepted, or now that it is taken up again.
    pub(crate) since: Timestamp,
    /// Now.
    pub(crate) now: Timestamp,
}

impl<'a> Standing<'a> {
    /// Where this case stands now.
    #[must_use]
    pub(crate) fn of(case: &'a Case, now: Timestamp) -> Self {
        Self {
            asked: &case.asked,
            since: if case.reopened == 0 {
                case.accepted_at
            } else {
                now
            },
            now,
        }
    }
}

/// How a team came to have the case no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// It gave the case back: the unit is not the right one.
    Returned,
    /// It did not sign in time: another team of the unit may.
    Expired,
}

/// An offer about to be made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// To whom, and why.
    pub(crate) assignment: Box<Assignment>,
    /// When it must be signed for.
    pub(crate) sign_by: Timestamp,
    /// When it must be handled.
    pub(crate) handle: Due,
    /// The team serves the place, has the skills and speaks the language.
    pub(crate) meets_wish: bool,
    /// The rules of a canary decided.
    pub(crate) canary: bool,
}

/// Nobody was found: a person must decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Undecided {
    /// Why.
    pub(crate) reason: TriageReason,
    /// By which rules; empty when none were asked.
    pub(crate) by: DecidedBy,
}

impl Undecided {
    /// For this reason, before any rule was asked.
    #[must_use]
    pub(crate) fn unasked(reason: TriageReason) -> Self {
        Self {
            reason,
            by: DecidedBy::default(),
        }
    }
}

impl Plan {
    /// The command that makes the offer.
    #[must_use]
    pub(crate) fn into_command(self) -> Command {
        Command::Offer {
            assignment: self.assignment,
            sign_by: self.sign_by,
            handle: self.handle,
        }
    }
}
