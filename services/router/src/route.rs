//! Routing in batches.
//!
//! A fresh case (version 1) needs no reading: it is what `accept` made of its number and time. Each item is decided in
//! memory, each partition is committed in one call, all partitions at the same time, and all offers go into the queues
//! in one call. Whoever turns out to have been here before is loaded and looked at.
//!
//! **Invariants**
//! - An answer `offered` is given only after the case is committed *and* the offer is in its team's queue.
//! - Repeating a call changes nothing: a committed case is offered again under the same number, which the queue refuses.

use std::collections::BTreeMap;

use futures::future::join_all;
use jiff::Timestamp;
use rand::rngs::SmallRng;
use swiftline_domain::case::{Case, Event, Offer, State, TriageReason};
use swiftline_domain::classification::Classification;
use swiftline_domain::complaint::Complaint;
use swiftline_domain::id::{EntryId, Version};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_store::{CaseCommit, Committed, QueuedOffer, StoreError, Stored};
use swiftline_telemetry::{Hop, TraceContext, names};

use crate::draft::Draft;
use crate::effects;
use crate::engine::Engine;
use crate::error::Error;
use crate::spans;

/// The most items in one call.
pub(crate) const MAX_ITEMS: usize = 1_000;

/// The version of a case that nobody has touched since it was accepted.
const FRESH: Version = Version(1);

/// How often a batch looks again at cases that others change in between.
const ROUNDS: usize = 4;

/// A case to be routed.
#[derive(Debug, Clone)]
pub(crate) struct RouteItem {
    /// Its number.
    pub(crate) number: CaseNumber,
    /// The version that the caller saw.
    pub(crate) version: Version,
    /// When it was taken in.
    pub(crate) accepted_at: Timestamp,
    /// What the citizen said.
    pub(crate) complaint: Complaint,
    /// What the classifier made of it.
    pub(crate) classification: Classification,
    /// The span that asks.
    pub(crate) parent: Option<TraceContext>,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Routed {
    /// It is in a team's queue.
    Offered(Box<Offer>),
    /// This entry of the knowledge base answers it.
    Answered(EntryId),
    /// A person must decide.
    Triage(TriageReason),
    /// It was past routing already.
    Beyond(State),
    /// Not now; ask again.
    Retry(String),
    /// There is no such case, and asking again changes nothing.
    Missing,
}

impl Engine {
    /// Routes a batch; one answer an item, in order.
    ///
    /// # Errors
    /// When the store could do nothing at all for any of them.
    pub(crate) async fn route(&self, items: &[RouteItem]) -> Result<Vec<Routed>, Error> {
        let mut batch = Batch::new(self, items);
        for (index, item) in items.iter().enumerate() {
            if item.version == FRESH {
                let (case, _) = Case::accept(item.number, item.accepted_at);
                batch.attempt(index, case);
            } else {
                batch.unread.push(index);
            }
        }
        for _ in 0..ROUNDS {
            batch.read().await;
            if batch.shares.is_empty() {
                break;
            }
            batch.commit().await;
        }
        batch.queue().await;
        batch.finish()
    }
}

/// A batch on its way.
struct Batch<'a> {
    engine: &'a Engine,
    items: &'a [RouteItem],
    now: Timestamp,
    rng: SmallRng,
    /// One an item, as it becomes known.
    answers: Vec<Option<Routed>>,
    /// Items whose case must be loaded before anything can be said.
    unread: Vec<usize>,
    /// Decided and not committed.
    shares: BTreeMap<Partition, Share>,
    /// Committed, or found committed, and not queued.
    offers: Vec<QueuedOffer>,
    /// The items of `offers`.
    offered: Vec<usize>,
    /// Spans that end when the orders are in the queues.
    hops: Vec<Hop>,
    /// The last thing that the store refused.
    failure: Option<StoreError>,
}

/// The decisions of one partition, and the commits that make them true, in the same order.
#[derive(Default)]
struct Share {
    commits: Vec<CaseCommit>,
    attempts: Vec<Attempt>,
}

/// A decision that is not committed.
struct Attempt {
    index: usize,
    answer: Routed,
    queued: Option<QueuedOffer>,
    route: Hop,
    send: Option<Hop>,
}

impl<'a> Batch<'a> {
    fn new(engine: &'a Engine, items: &'a [RouteItem]) -> Self {
        Self {
            engine,
            items,
            now: engine.clock.now(),
            rng: engine.rng(),
            answers: vec![None; items.len()],
            unread: Vec::new(),
            shares: BTreeMap::new(),
            offers: Vec::with_capacity(items.len()),
            offered: Vec::with_capacity(items.len()),
            hops: Vec::with_capacity(items.len() * 2),
            failure: None,
        }
    }

    /// Decides an item whose case is this.
    fn attempt(&mut self, index: usize, case: Case) {
        let (engine, item) = (self.engine, &self.items[index]);
        let number = item.number.to_string();
        let urgency = item.classification.urgency;
        let mut route = spans::route(&engine.tracer, &number, urgency, item.parent.as_ref());
        let mut draft = Draft::new(case, self.now);
        if let Err(refusal) = engine.decide_next(item, &mut draft, &mut self.rng) {
            // Cannot be: only cases that await an offer come here.
            tracing::error!(
                case = number,
                reason = refusal.to_string(),
                "routing refused"
            );
            route.error("refused");
            self.answers[index] = Some(Routed::Retry(refusal.to_string()));
            return;
        }
        let answer = outcome(&draft);
        let mut send = None;
        match &answer {
            Routed::Offered(offer) => {
                spans::tell_offer(&mut route, &draft, offer);
                send = Some(spans::send(
                    &engine.tracer,
                    &number,
                    offer,
                    &route.context(),
                ));
                // At once, so that the next item of this batch sees it.
                engine.planner.loads.offered(&offer.assignment.team);
            }
            Routed::Answered(entry) => route.set(names::KNOWLEDGE_ENTRY, entry.to_string()),
            _ => spans::tell_triage(&mut route, draft.events()),
        }
        let trace = send.as_ref().map_or_else(|| route.context(), Hop::context);
        let queued = effects::queued(&draft.case, &trace).filter(|_| send.is_some());
        let share = self.shares.entry(item.number.partition()).or_default();
        // The caller asks again until it is answered: nobody else has to look after the queue.
        share.commits.push(draft.into_commit(trace, false));
        share.attempts.push(Attempt {
            index,
            answer,
            queued,
            route,
            send,
        });
    }

    /// Loads the cases that must be looked at, and answers or decides each.
    async fn read(&mut self) {
        let mut wanted: BTreeMap<Partition, Vec<usize>> = BTreeMap::new();
        for index in std::mem::take(&mut self.unread) {
            let partition = self.items[index].number.partition();
            wanted.entry(partition).or_default().push(index);
        }
        let loads = wanted.into_iter().map(async |(partition, indices)| {
            let number = |index: &usize| self.items[*index].number;
            let numbers: Vec<CaseNumber> = indices.iter().map(number).collect();
            let loaded = self.engine.store.load_many(partition, &numbers).await;
            (indices, loaded)
        });
        for (indices, loaded) in join_all(loads).await {
            match loaded {
                Ok(stored) => {
                    for (index, stored) in indices.into_iter().zip(stored) {
                        self.look(index, stored);
                    }
                }
                Err(error) => self.fail(&indices, error),
            }
        }
    }

    /// What is to be done about a case as it is stored.
    fn look(&mut self, index: usize, stored: Option<Stored>) {
        let Some(stored) = stored else {
            self.answers[index] = Some(Routed::Missing);
            return;
        };
        match stored.case.state {
            State::Offered => {
                let offer = stored.case.offer.clone();
                self.answers[index] = offer.map(|offer| Routed::Offered(Box::new(offer)));
                // It may have been committed and never queued; the queue knows what it has.
                if let Some(queued) = effects::queued(&stored.case, &stored.trace) {
                    self.offers.push(queued);
                    self.offered.push(index);
                }
            }
            State::Accepted | State::Classified | State::Returned | State::Reopened => {
                self.attempt(index, stored.case);
            }
            // An earlier call, whose answer was lost, had it answered.
            State::Answered => {
                let entry = stored.case.answered.clone();
                let answer = entry.map_or(Routed::Beyond(State::Answered), Routed::Answered);
                self.answers[index] = Some(answer);
            }
            beyond => self.answers[index] = Some(Routed::Beyond(beyond)),
        }
    }

    /// Commits every attempt, each partition in one call.
    async fn commit(&mut self) {
        let store = &self.engine.store;
        let commit = async |(partition, share): (Partition, Share)| {
            let answers = store.commit(partition, share.commits).await;
            (share.attempts, answers)
        };
        let commits = std::mem::take(&mut self.shares).into_iter().map(commit);
        for (attempts, answers) in join_all(commits).await {
            match answers {
                Ok(answers) => {
                    for (attempt, answer) in attempts.into_iter().zip(answers) {
                        self.settle(attempt, answer);
                    }
                }
                Err(error) => {
                    let indices: Vec<usize> = attempts.iter().map(|one| one.index).collect();
                    for attempt in attempts {
                        self.drop_attempt(attempt, "store");
                    }
                    self.fail(&indices, error);
                }
            }
        }
    }

    fn settle(&mut self, attempt: Attempt, answer: Committed) {
        match answer {
            Committed::Done => {
                self.engine.count_routed(&attempt.answer);
                self.tell_delay(&attempt);
                self.hops.extend(attempt.send); // the child ends first
                self.hops.push(attempt.route);
                self.answers[attempt.index] = Some(attempt.answer);
                if let Some(queued) = attempt.queued {
                    self.offers.push(queued);
                    self.offered.push(attempt.index);
                }
            }
            Committed::Stale { .. } => {
                self.unread.push(attempt.index);
                self.drop_attempt(attempt, "stale");
            }
            Committed::Missing => {
                self.answers[attempt.index] = Some(Routed::Missing);
                self.drop_attempt(attempt, "missing");
            }
        }
    }

    /// How long a case that was routed for the first time had waited.
    fn tell_delay(&self, attempt: &Attempt) {
        let (engine, item) = (self.engine, &self.items[attempt.index]);
        if item.version == FRESH {
            let delay = engine.clock.now().duration_since(item.accepted_at);
            let (delay, urgency) = (delay.try_into(), item.classification.urgency);
            let trace = attempt.route.context();
            engine
                .metrics
                .routed_after(delay.unwrap_or_default(), urgency, &trace);
        }
    }

    /// An attempt that came to nothing.
    fn drop_attempt(&self, mut attempt: Attempt, why: &'static str) {
        if let Some(queued) = &attempt.queued {
            self.engine.planner.loads.settled(&queued.team);
        }
        for hop in attempt.send.iter_mut().chain([&mut attempt.route]) {
            hop.error(why);
        }
    }

    fn fail(&mut self, indices: &[usize], error: StoreError) {
        for index in indices {
            self.answers[*index] = Some(Routed::Retry("the store is unavailable".to_owned()));
        }
        self.failure = Some(error);
    }

    /// Puts the offers into the queues. Where that fails the case is committed all the same: asked again, it is offered
    /// again.
    async fn queue(&mut self) {
        let offers = std::mem::take(&mut self.offers);
        if !offers.is_empty()
            && let Err(error) = self.engine.store.offer(offers).await
        {
            let offered = std::mem::take(&mut self.offered);
            self.fail(&offered, error);
            for hop in &mut self.hops {
                hop.error("store");
            }
        }
        for hop in self.hops.drain(..) {
            hop.finish();
        }
    }

    fn finish(self) -> Result<Vec<Routed>, Error> {
        let answers = self.answers.into_iter().map(|answer| {
            answer.unwrap_or_else(|| {
                Routed::Retry("it is being changed by others, ask again".to_owned())
            })
        });
        let answers: Vec<Routed> = answers.collect();
        let Some(error) = self.failure else {
            return Ok(answers);
        };
        tracing::warn!(reason = error.to_string(), "routing held up by the store");
        let none = answers
            .iter()
            .all(|answer| matches!(answer, Routed::Retry(_)));
        if none { Err(error.into()) } else { Ok(answers) }
    }
}

/// What a draft has come to.
fn outcome(draft: &Draft) -> Routed {
    match draft.events().last() {
        Some(Event::Offered { offer, .. }) => Routed::Offered(offer.clone()),
        Some(Event::Answered { entry, .. }) => Routed::Answered(entry.clone()),
        Some(Event::SentToTriage { reason, .. }) => Routed::Triage(*reason),
        _ => Routed::Beyond(draft.case.state),
    }
}

impl Engine {
    fn count_routed(&self, answer: &Routed) {
        match answer {
            Routed::Offered(offer) => self.count_offer(&offer.assignment),
            Routed::Answered(_) => self.metrics.answered(),
            Routed::Triage(reason) => self.metrics.triage(*reason),
            Routed::Beyond(_) | Routed::Retry(_) | Routed::Missing => {}
        }
    }
}
