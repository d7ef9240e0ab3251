//! What a team asks somebody else to approve: more time, or to set the order aside.

use jiff::Timestamp;

use super::state::Due;
use super::{Case, Claim, Event, Refusal};
use crate::id::ActorId;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// More time to handle it.
    Extension {
        /// When it would then be due; later than now.
        until: Due,
    },
    /// To set it aside (挂账); the handling clock then stands still.
    Suspension {
        /// When it is taken up again by itself; `None`: when the team says so.
        until: Option<Timestamp>,
    },
}

/// A request that waits for somebody's decision. The clock goes on meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is asked for.
    pub ask: Ask,
    /// Why.
    pub reason: String,
    /// Who asks.
    pub by: ActorId,
    /// When they asked.
    pub at: Timestamp,
}

impl Case {
    pub(super) fn decide_ask(
        &self,
        claim: Claim,
        ask: Ask,
        reason: String,
        now: Timestamp,
    ) -> Result<Event, Refusal> {
        if self.request.is_some() {
            return Err(Refusal::RequestPending);
        }
        let due = self.clocks.handle.as_ref().map(|clock| clock.due.at);
        match ask {
            Ask::Extension { until } if due.is_none_or(|due| until.at <= due) => {
                return Err(Refusal::NotLonger { until: until.at });
            }
            Ask::Suspension { until: Some(until) } if until <= now => {
                return Err(Refusal::NotLonger { until });
            }
            Ask::Extension { .. } | Ask::Suspension { .. } => {}
        }
        Ok(Event::Asked {
            actor: claim.actor,
            ask,
            reason,
        })
    }

    pub(super) fn decide_request(
        &self,
        approve: bool,
        by: ActorId,
        note: String,
    ) -> Result<Event, Refusal> {
        let request = self.request.as_ref().ok_or(Refusal::NoRequest)?;
        if by == request.by {
            return Err(Refusal::OwnApproval { by });
        }
        if !approve {
            return Ok(Event::RequestDeclined { by, note });
        }
        let (actor, reason) = (request.by.clone(), request.reason.clone());
        Ok(match request.ask {
            Ask::Extension { until } => Event::Extended {
                actor,
                reason,
                approved_by: by,
                handle: until,
            },
            Ask::Suspension { until } => Event::Suspended {
                actor,
                reason,
                approved_by: by,
                until,
            },
        })
    }
}
