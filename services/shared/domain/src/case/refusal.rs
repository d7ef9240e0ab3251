//! Why a command is refused.

use jiff::Timestamp;

use super::state::{ClockKind, State};
use crate::id::{ActorId, OfferNo, TeamId};
use crate::number::CaseNumber;

/// Why a command is refused. The case is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The case is not in a state where this can be done.
    #[error("cannot {command}: the case is {state}")]
    NotNow {
        /// The command.
        command: &'static str,
        /// Where the case stands.
        state: State,
    },
    /// The order is another team's.
    #[error("the order is not {team}'s: it is {owner}'s")]
    NotOwner {
        /// Who asked.
        team: TeamId,
        /// Whose it is.
        owner: TeamId,
    },
    /// The team was offered the case once, but it has moved on since.
    #[error("offer {offer} has moved on; the newest is {newest}")]
    StaleOffer {
        /// The offer that was named.
        offer: OfferNo,
        /// The newest.
        newest: OfferNo,
    },
    /// Somebody has signed already.
    #[error("already signed for by {by} at {at}")]
    AlreadySigned {
        /// Who.
        by: ActorId,
        /// When.
        at: Timestamp,
    },
    /// The offer's time is over.
    #[error("too late: the offer expired at {sign_by}")]
    TooLate {
        /// When it was over.
        sign_by: Timestamp,
    },
    /// The offer's time is not over.
    #[error("too early: the offer stands until {sign_by}")]
    TooEarly {
        /// When it will be over.
        sign_by: Timestamp,
    },
    /// The team has had this case and must not be asked again.
    #[error("{team} has been asked before")]
    AskedBefore {
        /// The team.
        team: TeamId,
    },
    /// A request needs somebody else's approval.
    #[error("{by} cannot approve their own request")]
    OwnApproval {
        /// Who tried.
        by: ActorId,
    },
    /// The citizen has answered already.
    #[error("the citizen has answered already")]
    AlreadyAnswered,
    /// Answers without having reached the citizen.
    #[error("answers need a citizen who was reached")]
    NotReached,
    /// Helpers have not finished.
    #[error("{open} sub-order(s) are open; wait for them or drop them")]
    PartsOpen {
        /// How many.
        open: usize,
    },
    /// The sub-order is over.
    #[error("sub-order {part} is over")]
    PartOver {
        /// Which.
        part: OfferNo,
    },
    /// Only what was signed for can be done.
    #[error("sub-order {part} has not been signed for")]
    PartNotSigned {
        /// Which.
        part: OfferNo,
    },
    /// The case has had as many helpers as it can have.
    #[error(
        "the case has had {} sub-orders, the most there can be",
        super::MAX_PARTS
    )]
    TooManyParts,
    /// One request at a time.
    #[error("another request waits for its decision")]
    RequestPending,
    /// There is nothing to decide on.
    #[error("no request waits for a decision")]
    NoRequest,
    /// What is asked for would give no more time.
    #[error("until {until} is no longer than now")]
    NotLonger {
        /// Until when.
        until: Timestamp,
    },
    /// Only its team can take it up before its time.
    #[error("set aside until {}", .until.map_or_else(|| "its team takes it up".to_owned(), |until| until.to_string()))]
    SetAside {
        /// Until when; `None`: until its team takes it up.
        until: Option<Timestamp>,
    },
    /// Supervision knows of it.
    #[error("supervision looks after it already")]
    UnderSupervision,
    /// Supervision does not look after it.
    #[error("supervision does not look after it")]
    NotUnderSupervision,
    /// The other case is part of this one's issue already.
    #[error("{member} is part of this issue already")]
    AlreadyMember {
        /// The other case.
        member: CaseNumber,
    },
    /// Others are merged into it: it is an issue of its own.
    #[error("other cases are merged into it")]
    HasMembers,
    /// The issue has as many cases as one can have.
    #[error("the issue has {} cases, the most there can be", super::MAX_MEMBERS)]
    IssueFull,
    /// A case cannot be part of itself.
    #[error("a case cannot be merged into itself")]
    IntoItself,
    /// The clock does not run, or has done this already.
    #[error("the {} clock does not wait for this", .clock.as_str())]
    NoSuchAlarm {
        /// Which.
        clock: ClockKind,
    },
}
