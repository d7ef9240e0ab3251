//! What is done with a batch of entries, from reading to acknowledging.
//!
//! ```text
//! understand ─▶ classify ─▶ route (again and again) ─▶ acknowledge
//!     └──────────────┴──────────┴─▶ bury, one by one
//! ```
//!
//! Nothing is acknowledged before the router has committed it. While a batch waits for the router its entries are kept
//! ([`Log::keep`]), so that no other consumer takes them for left behind, however long the router is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use swiftline_domain::classification::Classification;
use swiftline_domain::complaint::Complaint;
use swiftline_proto::router::v1::RouteItem;
use swiftline_rpc::ClientSettings;
use swiftline_rpc::status::code_name;
use swiftline_runtime::Readiness;
use swiftline_store::{Delivery, EntryKind, Log, StoreError};
use swiftline_telemetry::{Hop, Tracer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Code;

use crate::backoff::Backoff;
use crate::lessons::School;
use crate::metrics::Metrics;
use crate::order::{Head, Order, poisoned};
use crate::reader::{Logged, Reader};
use crate::routing::{Answer, Failure, Router};

/// The router must fail this often on an item alone, and answer other calls meanwhile, before the item is buried.
const FAILURES: u32 = 5;

/// The condition of readiness that Redis answers.
const STORE: &str = "store";

/// Handles batches. Shared by all that read.
pub(crate) struct Worker {
    pub(crate) log: Log,
    pub(crate) reader: Arc<Reader>,
    pub(crate) school: Arc<School>,
    pub(crate) router: Router,
    pub(crate) backoff: ClientSettings,
    /// How often entries that wait are kept.
    pub(crate) keep: Duration,
    pub(crate) tracer: Tracer,
    pub(crate) metrics: Metrics,
    pub(crate) readiness: Readiness,
    /// Room for entries that the router wants asked about later, beside the batches under way.
    pub(crate) waiting_room: Arc<Semaphore>,
    pub(crate) standing: Standing,
}

/// What is known of the others.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// Calls that the router has answered.
    answered: AtomicU64,
    router_away: AtomicBool,
    store_away: AtomicBool,
}

impl Worker {
    /// Handles a batch to its end. `place` is given back early when all that is left waits for the router to want it.
    pub(crate) async fn work(&self, deliveries: Vec<Delivery>, place: OwnedSemaphorePermit) {
        self.metrics.read(deliveries.len());
        let mut orders = self.prepare(deliveries).await;
        let mut place = Some(place);
        let mut backoff = Backoff::new(&self.backoff);
        let mut kept = Instant::now();
        while !orders.is_empty() {
            self.keep_if_due(&orders, &mut kept).await;
            if !self.router.ready(self.keep).await {
                self.say_away(Code::Unavailable);
                continue;
            }
            orders = self.attempt(orders).await;
            if !orders.is_empty() {
                place = self.step_aside(place, orders.len());
                backoff.pause().await;
            }
        }
    }

    /// Moves a few stragglers into the waiting room, if there is room, so that others can go on.
    fn step_aside(
        &self,
        place: Option<OwnedSemaphorePermit>,
        orders: usize,
    ) -> Option<OwnedSemaphorePermit> {
        let seats = u32::try_from(orders).unwrap_or(u32::MAX);
        match self.standing.router_away.load(Ordering::Relaxed) {
            // Nobody could go on anyway: the bound on batches under way is what holds reading back.
            true => place,
            false => Arc::clone(&self.waiting_room)
                .try_acquire_many_owned(seats)
                .ok()
                .or(place),
        }
    }

    /// Understands and classifies; what cannot be is buried, what is no concern of ours acknowledged.
    async fn prepare(&self, deliveries: Vec<Delivery>) -> Vec<Order> {
        let read_at = (Instant::now(), SystemTime::now());
        let (ours, others): (Vec<_>, Vec<_>) = deliveries
            .into_iter()
            .partition(|delivery| delivery.kind == EntryKind::Accepted);
        let others = self.learn(others).await;
        let (mut heads, mut complaints, mut poison) =
            (Vec::with_capacity(ours.len()), Vec::new(), Vec::new());
        for delivery in ours {
            match Head::read(delivery) {
                Ok((head, complaint)) => {
                    heads.push(head);
                    complaints.push(complaint);
                }
                Err((delivery, reason)) => poison.push((*delivery, reason)),
            }
        }
        let mut orders = Vec::with_capacity(heads.len());
        let cases: Vec<Logged> = heads.iter().map(Head::logged).collect();
        let told = self.classify(&cases, &complaints).await;
        for ((head, complaint), told) in heads.into_iter().zip(complaints).zip(told) {
            match told {
                Some(told) => orders.push(Order::new(head, complaint, &told, read_at)),
                None => poison.push((head.delivery, "the classifier panicked on it".to_owned())),
            }
        }
        self.acknowledge(&others).await;
        for (delivery, reason) in poison {
            let hop = poisoned(&self.tracer, &delivery);
            self.bury(&delivery, &reason).await;
            self.metrics
                .processed(read_at.0.elapsed(), Some(&hop.context()));
            hop.finish();
        }
        orders
    }

    /// Learns from what people have decided; gives back what is settled. What the store cannot keep now comes again.
    async fn learn(&self, deliveries: Vec<Delivery>) -> Vec<Delivery> {
        let mut settled = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            if delivery.kind != EntryKind::Taught {
                settled.push(delivery);
                continue;
            }
            match self.school.learn(&delivery).await {
                Ok(()) => settled.push(delivery),
                Err(error) if error.is_passing() => {}
                Err(error) => self.bury(&delivery, &error.to_string()).await,
            }
        }
        settled
    }

    async fn classify(
        &self,
        cases: &[Logged],
        complaints: &[Complaint],
    ) -> Vec<Option<Classification>> {
        let started = Instant::now();
        let told = self.reader.read(cases, complaints).await;
        self.metrics
            .classified(told.iter().flatten(), started.elapsed());
        told
    }

    /// Asks the router once about each order; what is settled is acknowledged or buried, the rest comes back.
    async fn attempt(&self, orders: Vec<Order>) -> Vec<Order> {
        let mut left = Vec::new();
        for request in self.router.requests(orders) {
            left.extend(self.ask(request).await);
        }
        left
    }

    async fn ask(&self, mut orders: Vec<Order>) -> Vec<Order> {
        let hops: Vec<Hop> = orders
            .iter_mut()
            .map(|order| order.attempt(&self.tracer))
            .collect();
        let items: Vec<RouteItem> = orders.iter().map(|order| order.item.clone()).collect();
        match self.router.route(items).await {
            Ok(answers) => {
                self.standing.answered.fetch_add(1, Ordering::Relaxed);
                self.say_back();
                self.settle(orders, hops, &answers).await
            }
            Err(Failure::Away(code)) => {
                end(hops, code_name(code));
                self.say_away(code);
                orders
            }
            Err(Failure::Refused(code)) => {
                end(hops, code_name(code));
                self.doubt(orders, code).await
            }
        }
    }

    /// Acknowledges what the router has committed; gives back what it wants asked about later.
    async fn settle(&self, orders: Vec<Order>, hops: Vec<Hop>, answers: &[Answer]) -> Vec<Order> {
        let (mut done, mut left) = (Vec::with_capacity(orders.len()), Vec::new());
        let mut missing = Vec::new();
        for ((order, mut hop), answer) in orders.into_iter().zip(hops).zip(answers) {
            match answer {
                Answer::Done(word) => {
                    self.metrics.answered(word);
                    let age = order.age();
                    done.push((order.delivery, age, hop));
                }
                Answer::Missing => {
                    self.metrics.answered("missing");
                    hop.error("missing");
                    hop.finish();
                    missing.push(order);
                }
                Answer::Later => {
                    self.metrics.answered("retry");
                    hop.error("retry");
                    hop.finish();
                    left.push(order);
                }
            }
        }
        for order in missing {
            self.bury(&order.delivery, "there is no such case").await;
            self.metrics.processed(order.age(), None);
        }
        let started = Instant::now();
        let (deliveries, hops): (Vec<_>, Vec<_>) = done
            .into_iter()
            .map(|(delivery, age, hop)| (delivery, (age, hop)))
            .unzip();
        self.acknowledge(&deliveries).await;
        for (age, hop) in hops {
            self.metrics
                .processed(age + started.elapsed(), Some(&hop.context()));
            hop.finish();
        }
        left
    }

    /// The router fails on these: together they are parted; alone one is buried when it is surely at fault.
    async fn doubt(&self, mut orders: Vec<Order>, code: Code) -> Vec<Order> {
        if let [order] = orders.as_mut_slice() {
            let answered = self.standing.answered.load(Ordering::Relaxed);
            let (failures, before) = order.failures.unwrap_or((0, answered));
            order.failures = Some((failures + 1, before));
            let sure =
                code == Code::InvalidArgument || (failures + 1 >= FAILURES && answered > before);
            if sure {
                self.bury(
                    &order.delivery,
                    &format!("the router refused it: {}", code_name(code)),
                )
                .await;
                self.metrics.answered("refused");
                self.metrics.processed(order.age(), None);
                return Vec::new();
            }
        }
        tracing::warn!(
            items = orders.len(),
            code = code_name(code),
            "the router failed on a batch"
        );
        orders.iter_mut().for_each(|order| order.alone = true);
        orders
    }

    async fn acknowledge(&self, deliveries: &[Delivery]) {
        if !deliveries.is_empty() {
            self.insist("acknowledge", || self.log.ack(deliveries))
                .await;
        }
    }

    async fn bury(&self, delivery: &Delivery, reason: &str) {
        self.insist("bury", || self.log.bury(delivery, reason))
            .await;
    }

    /// Does it until it is done: all that is asked of the log may be repeated.
    async fn insist<F>(&self, what: &'static str, mut call: impl FnMut() -> F)
    where
        F: Future<Output = Result<(), StoreError>>,
    {
        let mut backoff = Backoff::new(&self.backoff);
        while let Err(error) = call().await {
            self.store_is_away(what, &error);
            backoff.pause().await;
        }
        self.store_is_back();
    }

    /// Says that the entries are still worked on, if it was said too long ago.
    async fn keep_if_due(&self, orders: &[Order], kept: &mut Instant) {
        if kept.elapsed() < self.keep {
            return;
        }
        *kept = Instant::now();
        let deliveries: Vec<Delivery> = orders.iter().map(|order| order.delivery.clone()).collect();
        if let Err(error) = self.log.keep(&deliveries).await {
            // At worst another consumer does the same work, which changes nothing.
            self.store_is_away("keep", &error);
        }
    }

    fn say_away(&self, code: Code) {
        if !self.standing.router_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(code = code_name(code), "the router is away, entries wait");
        }
    }

    fn say_back(&self) {
        if self.standing.router_away.swap(false, Ordering::Relaxed) {
            tracing::info!("the router is back");
        }
    }

    /// Notes, and says once, that Redis does not answer.
    pub(crate) fn store_is_away(&self, what: &'static str, error: &StoreError) {
        self.readiness.set(STORE, false);
        if !self.standing.store_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(what, reason = error.to_string(), "the store is away");
        }
    }

    /// Notes, and says once, that it does again.
    pub(crate) fn store_is_back(&self) {
        if self.standing.store_away.swap(false, Ordering::Relaxed) {
            self.readiness.set(STORE, true);
            tracing::info!("the store is back");
        }
    }
}

fn end(hops: Vec<Hop>, error: &'static str) {
    for mut hop in hops {
        hop.error(error);
        hop.finish();
    }
}
