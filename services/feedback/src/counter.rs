//! Reads the case log as the group `feedback` and counts, **exactly once**: an entry is delivered at least once, and its
//! counters are written by the very step that acknowledges it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use swiftline_runtime::{CancellationToken, Readiness};
use swiftline_store::{Counts, Delivery, Log, StoreError};

use crate::follow_up::HandOver;
use crate::insight::note;
use crate::metrics::FeedbackMetrics;
use crate::scores::Scorer;
use crate::settings::ConsumerSettings;
use crate::worth::worth;

/// The condition of readiness that this task knows of.
const STORE: &str = "store";
/// How long to wait for a store that is away, doubling from the first to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// An entry and what it counts.
pub(crate) type Counted = (Delivery, Counts);

/// The task.
pub(crate) struct Counting {
    log: Arc<Log>,
    hand_over: HandOver,
    scorer: Scorer,
    metrics: FeedbackMetrics,
    readiness: Readiness,
    batch: usize,
    linger: Duration,
    reclaim_after: Duration,
    reclaim_every: Duration,
}

impl Counting {
    pub(crate) fn new(
        settings: &ConsumerSettings,
        log: Arc<Log>,
        hand_over: HandOver,
        scorer: Scorer,
        metrics: FeedbackMetrics,
        readiness: Readiness,
    ) -> Self {
        Self {
            log,
            hand_over,
            scorer,
            metrics,
            readiness,
            batch: settings.batch,
            linger: Duration::from_millis(settings.linger_ms),
            reclaim_after: Duration::from_millis(settings.reclaim_after_ms),
            reclaim_every: Duration::from_millis(settings.reclaim_every_ms),
        }
    }

    /// Runs until `stop`; the entries at hand are settled first.
    pub(crate) async fn run(&self, stop: &CancellationToken) {
        let (mut reclaimed, mut wait) = (Instant::now(), FIRST_WAIT);
        let mut counted = Vec::new();
        while !stop.is_cancelled() {
            // The next entries are fetched while these are acknowledged. Neither is dropped halfway.
            let (given, ()) =
                tokio::join!(self.next(&mut reclaimed), self.acknowledge(&counted, stop));
            counted.clear();
            match given {
                Ok(deliveries) => {
                    self.readiness.set(STORE, true);
                    wait = FIRST_WAIT;
                    let full = deliveries.len() >= self.batch;
                    if !self.score(&deliveries, stop).await {
                        // They come again, to whoever reads next.
                        continue;
                    }
                    counted = self.count(deliveries).await;
                    if !full && !counted.is_empty() {
                        sleep_or_stop(self.linger, stop).await;
                    }
                }
                Err(error) => self.pause(&error, &mut wait, stop).await,
            }
        }
        self.acknowledge(&counted, stop).await;
    }

    /// New entries, or now and then what dead consumers left.
    async fn next(&self, reclaimed: &mut Instant) -> Result<Vec<Delivery>, StoreError> {
        if reclaimed.elapsed() >= self.reclaim_every && self.hand_over.may_reclaim() {
            *reclaimed = Instant::now();
            return self.log.reclaim(self.reclaim_after).await;
        }
        self.log.read(self.batch).await
    }

    /// Counts their cases for the scores, before anybody may acknowledge them. Tries until it is done; `false` at a stop.
    async fn score(&self, deliveries: &[Delivery], stop: &CancellationToken) -> bool {
        let mut wait = FIRST_WAIT;
        while let Err(error) = self.scorer.follow(deliveries).await {
            self.pause(&error, &mut wait, stop).await;
            if stop.is_cancelled() {
                return false;
            }
        }
        true
    }

    /// What the entries are worth. Hands over what waits for a reopening; buries what cannot be counted.
    async fn count(&self, deliveries: Vec<Delivery>) -> Vec<Counted> {
        let mut events: BTreeMap<&'static str, u64> = BTreeMap::new();
        let mut counted: Vec<Counted> = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            let (mut worth, names) = match worth(&delivery.commit) {
                Ok(known) => known,
                Err(error) => {
                    self.bury(&delivery, &error.to_string()).await;
                    continue;
                }
            };
            for name in names {
                *events.entry(name).or_default() += 1;
            }
            worth.counts.note = note(&delivery.commit);
            let entry = (delivery, worth.counts);
            if worth.may_reopen || worth.moves_issue {
                self.hand_over.take(entry);
            } else {
                counted.push(entry);
            }
        }
        for (event, count) in events {
            self.metrics.events(event, count);
        }
        counted
    }

    /// Tries until it is done: while the store is away there is nothing else to do. What is left at a stop is delivered again.
    async fn acknowledge(&self, counted: &[Counted], stop: &CancellationToken) {
        if counted.is_empty() {
            return;
        }
        let mut wait = FIRST_WAIT;
        while let Err(error) = self.log.ack_counting(counted).await {
            self.pause(&error, &mut wait, stop).await;
            if stop.is_cancelled() {
                return;
            }
        }
        self.readiness.set(STORE, true);
    }

    async fn bury(&self, delivery: &Delivery, reason: &str) {
        if let Err(error) = self.log.bury(delivery, reason).await {
            // It stays unacknowledged, so it comes again.
            let (entry, error) = (delivery.id.to_string(), error.to_string());
            tracing::warn!(entry, error, "could not bury a log entry");
        }
    }

    async fn pause(&self, error: &StoreError, wait: &mut Duration, stop: &CancellationToken) {
        self.readiness.set(STORE, false);
        let (reason, wait_ms) = (error.to_string(), wait.as_millis() as u64);
        tracing::warn!(reason, wait_ms, "the case log cannot be read now");
        sleep_or_stop(*wait, stop).await;
        *wait = (*wait * 2).min(LONGEST_WAIT);
    }
}

async fn sleep_or_stop(wait: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        () = stop.cancelled() => {}
    }
}

/// Acknowledges and counts; whether that was possible.
pub(crate) async fn settle(log: &Log, counted: &[Counted]) -> bool {
    let settled = log.ack_counting(counted).await;
    let told = |error: &StoreError| {
        tracing::warn!(
            reason = error.to_string(),
            "entries stay unacknowledged for now"
        );
    };
    settled.inspect_err(told).is_ok()
}
