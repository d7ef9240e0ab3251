//! Why a command is refused.

use jiff::Timestamp;

use super::state::{ClockKind, State};
use crate::id::{ActorId, OfferNo, TeamId};

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
    /// A suspension needs somebody else's approval.
    #[error("{by} cannot approve their own suspension")]
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
