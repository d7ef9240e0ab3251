//! Team queues: one stream a lane, and the orders that a team has open.
//!
//! A queue follows its cases: it is written after a case's commit, and never decides anything. An order in it that its case
//! no longer knows of cannot be signed (the offer number does not fit), and an order that is missing is put in when the
//! commit's [`crate::DueKind::Reconcile`] marker comes up.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::try_join_all;
use jiff::Timestamp;
use prost::Message as _;
use redis::{Pipeline, cmd};
use swiftline_domain::id::{OfferNo, TeamId};
use swiftline_domain::number::CaseNumber;
use swiftline_domain::vocabulary::Lane;
use swiftline_proto::router::v1::OrderOffer;

use crate::keys::team_home;
use crate::reply::{entries, read};
use crate::script::{Call, OFFER, SETTLE};
use crate::{EntryId, MAX_BATCH, Store, StoreError};

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
    pub(crate) lanes: [EntryId; 3],
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
    /// nothing as long as the team has the newer one open.
    ///
    /// # Errors
    /// When Redis is unavailable or refuses; some of the teams may have theirs then.
    pub async fn offer(&self, offers: Vec<QueuedOffer>) -> Result<(), StoreError> {
        let mut by_team: BTreeMap<&TeamId, Vec<&QueuedOffer>> = BTreeMap::new();
        for offer in &offers {
            by_team.entry(&offer.team).or_default().push(offer);
        }
        let all = by_team
            .iter()
            .map(|(team, offers)| self.offer_to(team, offers));
        try_join_all(all).await?;
        if !by_team.is_empty() {
            self.wake(by_team.into_keys()).await;
        }
        Ok(())
    }

    async fn offer_to(&self, team: &TeamId, offers: &[&QueuedOffer]) -> Result<(), StoreError> {
        for batch in offers.chunks(MAX_BATCH) {
            let mut call = self.team_call(team);
            for offer in batch {
                let lane = Lane::LANES.iter().position(|lane| *lane == offer.lane);
                call.num(offer.number)
                    .num(offer.offer)
                    .num(lane.map_or(Lane::LANES.len(), |index| index + 1))
                    .arg(offer.order.encode_to_vec());
            }
            OFFER.run_durable(self, team_home(team), &call).await?;
        }
        Ok(())
    }

    fn team_call(&self, team: &TeamId) -> Call {
        let mut call = Call::default();
        for lane in Lane::LANES {
            call.key(self.keys().lane(team, lane));
        }
        call.key(self.keys().open(team));
        call
    }

    /// Says what became of an offer. `false` when the team does not have this offer (any more); nothing is changed then.
    ///
    /// # Errors
    /// When Redis is unavailable; may be repeated.
    pub async fn settle(
        &self,
        team: &TeamId,
        number: CaseNumber,
        offer: OfferNo,
        what: Settle,
    ) -> Result<bool, StoreError> {
        let mut call = self.team_call(team);
        call.num(number).num(offer).arg(match what {
            Settle::Signed => "signed",
            Settle::Gone => "gone",
        });
        let done = SETTLE.run_durable(self, team_home(team), &call).await?;
        Ok(read::<u8>(done)? == 1)
    }

    /// Up to `limit` orders that wait for the team after the cursor, the most pressing lane first, oldest first in each;
    /// and the cursor to go on from. Fewer than `limit` means that there are no more now.
    ///
    /// # Errors
    /// When Redis is unavailable or an order cannot be read.
    pub async fn waiting(
        &self,
        team: &TeamId,
        after: &QueueCursor,
        limit: usize,
    ) -> Result<(Vec<OrderOffer>, QueueCursor), StoreError> {
        let mut pipeline = Pipeline::with_capacity(Lane::LANES.len());
        for (lane, after) in Lane::LANES.into_iter().zip(after.lanes) {
            pipeline
                .cmd("XRANGE")
                .arg(self.keys().lane(team, lane))
                .arg(format!("({after}"))
                .arg("+")
                .arg("COUNT")
                .arg(limit);
        }
        let answers = self.conn().pipe(team_home(team), pipeline).await?;
        let (mut orders, mut cursor) = (Vec::new(), after.clone());
        for (index, answer) in answers.into_iter().enumerate().take(Lane::LANES.len()) {
            for mut entry in entries(answer)?.into_iter().take(limit - orders.len()) {
                let order = OrderOffer::decode(entry.take("o").as_slice())
                    .map_err(|error| StoreError::corrupt(format!("the queue of {team}"), error))?;
                orders.push(order);
                cursor.lanes[index] = entry.id;
            }
        }
        Ok((orders, cursor))
    }

    /// The open orders of each team, in the order given.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn loads(&self, teams: &[TeamId]) -> Result<Vec<u32>, StoreError> {
        let all = teams.iter().map(|team| async move {
            let mut len = cmd("HLEN");
            len.arg(self.keys().open(team));
            read(self.conn().run(team_home(team), len).await?)
        });
        try_join_all(all).await
    }

    /// The numbers of the cases that a team has open, each with its offer: what a check of the store against its cases needs.
    ///
    /// # Errors
    /// When Redis is unavailable or what is there cannot be read.
    pub async fn open_orders(
        &self,
        team: &TeamId,
    ) -> Result<Vec<(CaseNumber, OfferNo)>, StoreError> {
        let key = self.keys().open(team);
        let mut get = cmd("HGETALL");
        get.arg(&key);
        let fields: Vec<(String, String)> = read(self.conn().run(team_home(team), get).await?)?;
        fields
            .into_iter()
            .map(|(number, value)| {
                let order = || {
                    let offer = value.split(':').next()?.parse().ok()?;
                    Some((number.parse().ok()?, OfferNo(offer)))
                };
                order().ok_or_else(|| StoreError::corrupt(&key, format!("{number}={value}")))
            })
            .collect()
    }

    /// The state of a team's queue.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn queue_state(&self, team: &TeamId) -> Result<QueueState, StoreError> {
        let mut pipeline = Pipeline::new();
        for lane in Lane::LANES {
            let key = self.keys().lane(team, lane);
            pipeline.cmd("XLEN").arg(&key);
            pipeline
                .cmd("XRANGE")
                .arg(&key)
                .arg("-")
                .arg("+")
                .arg("COUNT")
                .arg(1);
        }
        pipeline.cmd("HLEN").arg(self.keys().open(team));
        let mut answers = self
            .conn()
            .pipe(team_home(team), pipeline)
            .await?
            .into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let now = Timestamp::now();
        let mut lanes = Vec::with_capacity(Lane::LANES.len());
        for lane in Lane::LANES {
            let waiting = read(next())?;
            let oldest = entries(next())?.first().map(|entry| entry.id.age(now));
            lanes.push(LaneState {
                lane,
                waiting,
                oldest,
            });
        }
        Ok(QueueState {
            team: team.clone(),
            open: read(next())?,
            lanes: [lanes[0], lanes[1], lanes[2]],
        })
    }
}
