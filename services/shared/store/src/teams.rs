//! Team queues: one stream a lane, and the orders that a team has open.

use std::time::Duration;

use swiftline_domain::id::{OfferNo, TeamId};
use swiftline_domain::number::CaseNumber;
use swiftline_domain::vocabulary::Lane;
use swiftline_proto::router::v1::OrderOffer;

use crate::{Store, StoreError};

/// An order to be put into a team's queue.
#[derive(Debug, Clone)]
pub struct QueuedOffer {
    /// The team.
    pub team: TeamId,
    /// The lane.
    pub lane: Lane,
    /// The case.
    pub number: CaseNumber,
    /// The offer's number.
    pub offer: OfferNo,
    /// What the desk sees.
    pub order: OrderOffer,
}

/// What became of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    /// The team signed: it leaves the lane and stays among the team's open orders.
    Signed,
    /// The team does not have it any more (returned, expired, resolved, …): it leaves both.
    Gone,
}

/// Where a reader of a team's queue stands; the default is the beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueCursor {
    pub(crate) lanes: [crate::EntryId; 3],
}

/// A team's queue at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueState {
    /// The team.
    pub team: TeamId,
    /// The lanes, the most pressing first.
    pub lanes: [LaneState; 3],
    /// Orders that the team has open: waiting and signed. Its load.
    pub open: u32,
}

/// A lane at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneState {
    /// Which.
    pub lane: Lane,
    /// Orders that wait to be signed.
    pub waiting: u64,
    /// How long the oldest has waited.
    pub oldest: Option<Duration>,
}

impl Store {
    /// Puts orders into the teams' queues and wakes the desks. Repeating it, or an older offer of the same case, changes
    /// nothing.
    ///
    /// # Errors
    /// When Redis is unavailable or refuses; some of the teams may have theirs then.
    pub async fn offer(&self, offers: Vec<QueuedOffer>) -> Result<(), StoreError> {
        let _ = offers;
        todo!()
    }

    /// Says what became of an offer. `false` when the team does not have this offer (any more); nothing is changed then.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn settle(
        &self,
        team: &TeamId,
        number: CaseNumber,
        offer: OfferNo,
        what: Settle,
    ) -> Result<bool, StoreError> {
        let _ = (team, number, offer, what);
        todo!()
    }

    /// Up to `limit` orders that wait for the team after the cursor, the most pressing lane first, oldest first in each;
    /// and the cursor to go on from.
    ///
    /// # Errors
    /// When Redis is unavailable or an order cannot be read.
    pub async fn waiting(
        &self,
        team: &TeamId,
        after: &QueueCursor,
        limit: usize,
    ) -> Result<(Vec<OrderOffer>, QueueCursor), StoreError> {
        let _ = (team, after, limit);
        todo!()
    }

    /// The open orders of each team, in the order given.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn loads(&self, teams: &[TeamId]) -> Result<Vec<u32>, StoreError> {
        let _ = teams;
        todo!()
    }

    /// The state of a team's queue.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn queue_state(&self, team: &TeamId) -> Result<QueueState, StoreError> {
        let _ = team;
        todo!()
    }
}
