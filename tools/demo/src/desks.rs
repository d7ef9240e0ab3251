//! The teams at their desks and the operators who call citizens back: every team is watched, orders are signed for, some given
//! back, most resolved; citizens answer. What somebody does depends on the case number alone, so a day can be repeated.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use swiftline_domain::id::TeamId;
use swiftline_proto::feedback::v1::feedback_client::FeedbackClient;
use swiftline_proto::feedback::v1::{
    CloseRequest, RecordCallbackRequest, ResolveRequest, ResolveResponse,
};
use swiftline_proto::router::v1::desk_client::DeskClient;
use swiftline_proto::router::v1::handling_client::HandlingClient;
use swiftline_proto::router::v1::{
    Claim, FinishPartRequest, OrderOffer, ReturnRequest, SignRequest, WatchRequest,
};
use swiftline_proto::types::v1::{Callback, CloseReason, Outcome, ReturnReason};
use swiftline_rpc::Channel;
use swiftline_rpc::status::reason_of;
use tokio::task::JoinSet;
use tonic::{Code, Status};

use crate::again::again;
use crate::doors::Doors;
use crate::progress::Progress;

/// Orders that one team works on at once.
const HANDS: usize = 4;
/// How long a lead waits for its helpers.
const HELPERS_WITHIN: Duration = Duration::from_secs(60);

/// All desks together.
pub(crate) struct Desks {
    watch: DeskClient<Channel>,
    desk: DeskClient<Channel>,
    handling: HandlingClient<Channel>,
    feedback: FeedbackClient<Channel>,
    progress: Arc<Progress>,
    /// How long a call is tried again when a service is busy or away.
    patience: Duration,
    /// Orders in somebody's hands.
    busy: AtomicU64,
    /// Calls that were refused, by code: an offer may move on between being seen and being signed.
    refused: Mutex<HashMap<Code, (u64, String)>>,
}

impl Desks {
    /// Desks that work through these doors and call again for as long as the patience lasts.
    pub(crate) fn new(doors: &Doors, patience: Duration, progress: Arc<Progress>) -> Arc<Self> {
        Arc::new(Self {
            watch: DeskClient::new(doors.router.without_deadline()),
            desk: DeskClient::new(doors.router.clone()),
            handling: HandlingClient::new(doors.router.clone()),
            feedback: FeedbackClient::new(doors.feedback.clone()),
            progress,
            patience,
            busy: AtomicU64::new(0),
            refused: Mutex::new(HashMap::new()),
        })
    }

    /// Whether nobody works on anything.
    pub(crate) fn idle(&self) -> bool {
        self.busy.load(Ordering::SeqCst) == 0
    }

    /// What was refused: code, how often, one message.
    pub(crate) fn refused(&self) -> Vec<(Code, u64, String)> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused
            .iter()
            .map(|(code, (count, message))| (*code, *count, message.clone()))
            .collect()
    }

    /// Opens a desk for each team; they work until the set is dropped.
    pub(crate) fn open(self: &Arc<Self>, teams: impl Iterator<Item = TeamId>) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        for team in teams {
            let desks = Arc::clone(self);
            tasks.spawn(async move {
                loop {
                    if let Err(status) = desks.work(&team).await {
                        desks.note(&status);
                    }
                    // The stream ended: the router drains or was away. Watch again.
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            });
        }
        tasks
    }

    async fn work(self: &Arc<Self>, team: &TeamId) -> Result<(), Status> {
        let request = WatchRequest {
            team: team.to_string(),
            once: false,
        };
        let mut offers = self.watch.clone().watch(request).await?.into_inner();
        let mut hands = JoinSet::new();
        let ended = loop {
            let response = match offers.message().await {
                Ok(Some(response)) => response,
                Ok(None) => break Ok(()),
                Err(status) => break Err(status),
            };
            for offer in response.offers {
                // A lead may wait for its helpers: they always have a hand free.
                while hands.len() >= HANDS && !offer.part {
                    hands.join_next().await;
                }
                self.busy.fetch_add(1, Ordering::SeqCst);
                let desks = Arc::clone(self);
                hands.spawn(async move {
                    if let Err(status) = desks.handle(offer).await {
                        desks.note(&status);
                    }
                    desks.busy.fetch_sub(1, Ordering::SeqCst);
                });
            }
        };
        // What is in hand is finished, whoever ended the stream.
        hands.join_all().await;
        ended
    }

    async fn handle(&self, offer: OrderOffer) -> Result<(), Status> {
        let plan = Plan::of(&offer.case_number);
        let claim = Claim {
            case_number: offer.case_number.clone(),
            team: offer.team.clone(),
            offer: offer.offer,
            actor: "desk-1".to_owned(),
        };
        if let Some(reason) = plan.returns.filter(|_| offer.offer == 1 && !offer.part) {
            let request = ReturnRequest {
                claim: Some(claim),
                reason: reason.into(),
                note: String::new(),
            };
            again(self.patience, || {
                let (mut client, request) = (self.desk.clone(), request.clone());
                async move { client.r#return(request).await }
            })
            .await?;
            self.progress.returned.inc(1);
            return Ok(());
        }
        let request = SignRequest {
            claim: Some(claim.clone()),
        };
        again(self.patience, || {
            let (mut client, request) = (self.desk.clone(), request.clone());
            async move { client.sign(request).await }
        })
        .await?;
        if offer.part {
            return self.finish_part(claim).await;
        }
        self.progress.signed.inc(1);
        if plan.leaves_open {
            return Ok(());
        }
        let resolved = self.resolve(claim).await?;
        self.progress.resolved.inc(1);
        let reopened = resolved.case.is_some_and(|case| case.reopened > 0);
        self.call_back(
            &offer.case_number,
            if reopened {
                plan.second_answer
            } else {
                plan.answer
            },
        )
        .await
    }

    async fn finish_part(&self, claim: Claim) -> Result<(), Status> {
        let request = FinishPartRequest {
            claim: Some(claim),
            declined: false,
            note: String::new(),
        };
        again(self.patience, || {
            let (mut client, request) = (self.handling.clone(), request.clone());
            async move { client.finish_part(request).await }
        })
        .await?;
        Ok(())
    }

    /// Reports the result, as soon as the helpers have done their parts.
    async fn resolve(&self, claim: Claim) -> Result<ResolveResponse, Status> {
        let request = ResolveRequest {
            claim: Some(claim),
            outcome: Outcome::Solved.into(),
            note: String::new(),
        };
        let begun = Instant::now();
        loop {
            let resolved = again(self.patience, || {
                let (mut client, request) = (self.feedback.clone(), request.clone());
                async move { client.resolve(request).await }
            });
            match resolved.await {
                Err(status)
                    if reason_of(&status).as_deref() == Some("PARTS_OPEN")
                        && begun.elapsed() < HELPERS_WITHIN =>
                {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                other => return Ok(other?.into_inner()),
            }
        }
    }

    async fn call_back(&self, number: &str, callback: Callback) -> Result<(), Status> {
        let request = RecordCallbackRequest {
            case_number: number.to_owned(),
            callback: Some(callback),
            actor: "operator-1".to_owned(),
            via: 0,
        };
        again(self.patience, || {
            let (mut client, request) = (self.feedback.clone(), request.clone());
            async move { client.record_callback(request).await }
        })
        .await?;
        self.progress.called_back.inc(1);
        if !callback.reached {
            let request = CloseRequest {
                case_number: number.to_owned(),
                reason: CloseReason::Unreachable.into(),
                actor: "operator-1".to_owned(),
            };
            again(self.patience, || {
                let (mut client, request) = (self.feedback.clone(), request.clone());
                async move { client.close(request).await }
            })
            .await?;
        }
        Ok(())
    }

    fn note(&self, status: &Status) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = refused
            .entry(status.code())
            .or_insert_with(|| (0, status.message().to_owned()));
        entry.0 += 1;
    }
}

/// What will be done about a case.
struct Plan {
    returns: Option<ReturnReason>,
    leaves_open: bool,
    answer: Callback,
    second_answer: Callback,
}

impl Plan {
    fn of(case_number: &str) -> Self {
        let dice = Dice::of(case_number);
        let reasons = [
            ReturnReason::WrongUnit,
            ReturnReason::OutsidePowers,
            ReturnReason::Duplicate,
            ReturnReason::NotEnoughInformation,
        ];
        let answers = |solved: bool, satisfied: bool| Callback {
            reached: true,
            contacted: Some(dice.below(1, 97)),
            solved: Some(solved),
            satisfied: Some(satisfied),
        };
        let answer = if dice.below(2, 95) {
            answers(dice.below(3, 93), dice.below(4, 90))
        } else {
            Callback::default()
        };
        Self {
            returns: dice
                .below(5, 6)
                .then(|| reasons[dice.of_100(6) % reasons.len()]),
            leaves_open: dice.below(7, 8),
            answer,
            second_answer: answers(true, true),
        }
    }
}

/// Numbers that look random and depend on a text alone.
struct Dice(u64);

impl Dice {
    /// FNV-1a.
    fn of(text: &str) -> Self {
        Self(text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        }))
    }

    fn of_100(&self, nth: u32) -> usize {
        let mixed = self
            .0
            .rotate_left(nth * 9)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            >> 33;
        usize::try_from(mixed % 100).unwrap_or_default()
    }

    fn below(&self, nth: u32, percent: usize) -> bool {
        self.of_100(nth) < percent
    }
}
