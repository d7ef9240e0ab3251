//! The two readers of the case log: of what is new, in batches; of what dead consumers left, one by one.

use std::sync::Arc;
use std::time::Duration;

use swiftline_runtime::CancellationToken;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::backoff::Backoff;
use crate::settings::ConsumerSettings;
use crate::worker::Worker;

/// Reclaimed entries that may wait for the router at once.
const RECLAIMED_OPEN: usize = 64;

/// An entry that brings its consumer down does so at once. One that is still being handled after this waits for the
/// router, and the next may be taken up beside it.
const RECLAIM_PATIENCE: Duration = Duration::from_secs(1);

/// Reads new entries until told to stop, then lets the batches under way finish.
pub(crate) async fn consume(
    worker: &Arc<Worker>,
    settings: &ConsumerSettings,
    stop: &CancellationToken,
) {
    let places = Arc::new(Semaphore::new(settings.in_flight));
    let mut batches = JoinSet::new();
    let mut backoff = Backoff::new(&worker.backoff);
    while let Some(place) = place(&places, stop).await {
        reap(&mut batches);
        // Not to be dropped halfway: it returns by itself soon enough.
        match worker.log.read(settings.batch).await {
            Ok(deliveries) => {
                worker.store_is_back();
                backoff = Backoff::new(&worker.backoff);
                if !deliveries.is_empty() {
                    let worker = Arc::clone(worker);
                    batches.spawn(async move { worker.work(deliveries, place).await });
                }
            }
            Err(error) => {
                worker.store_is_away("read", &error);
                pause(backoff.next(), stop).await;
            }
        }
    }
    finish(batches, settings).await;
}

/// Takes over what dead consumers left, at the start and then every so often, until told to stop.
///
/// One by one, so that the delivery count climbs only of an entry that brings its consumers down, and not of those that
/// had the bad luck to be read together with it.
pub(crate) async fn reclaim(
    worker: &Arc<Worker>,
    settings: &ConsumerSettings,
    stop: &CancellationToken,
) {
    let places = Arc::new(Semaphore::new(RECLAIMED_OPEN));
    let idle = Duration::from_millis(settings.reclaim_idle_ms);
    let mut open = JoinSet::new();
    loop {
        while let Some(place) = place(&places, stop).await {
            match worker.log.reclaim_one(idle).await {
                Ok(Some(delivery)) => {
                    tracing::info!(case_number = %delivery.number, attempts = delivery.attempts, "entry taken over");
                    let worker = Arc::clone(worker);
                    open.spawn(async move { worker.work(vec![delivery], place).await });
                    let _ = tokio::time::timeout(RECLAIM_PATIENCE, open.join_next()).await;
                }
                Ok(None) => break,
                Err(error) => {
                    worker.store_is_away("reclaim", &error);
                    break;
                }
            }
        }
        reap(&mut open);
        pause(Duration::from_millis(settings.reclaim_interval_ms), stop).await;
        if stop.is_cancelled() {
            return finish(open, settings).await;
        }
    }
}

/// Waits for a free place; `None` when told to stop.
async fn place(places: &Arc<Semaphore>, stop: &CancellationToken) -> Option<OwnedSemaphorePermit> {
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        place = Arc::clone(places).acquire_owned() => place.ok(),
    }
}

async fn pause(wait: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        () = stop.cancelled() => {}
    }
}

/// Forgets the batches that are finished. One that panicked leaves its entries to be reclaimed.
fn reap(batches: &mut JoinSet<()>) {
    while let Some(ended) = batches.try_join_next() {
        if ended.is_err() {
            tracing::error!("a batch ended in a panic, its entries will be reclaimed");
        }
    }
}

/// Gives what is under way its time; what is not finished then stays unacknowledged, for other replicas to reclaim.
async fn finish(mut batches: JoinSet<()>, settings: &ConsumerSettings) {
    let all = async { while batches.join_next().await.is_some() {} };
    let limit = Duration::from_millis(settings.drain_ms);
    if tokio::time::timeout(limit, all).await.is_err() {
        tracing::warn!(
            batches = batches.len(),
            "not finished in time, left to other replicas"
        );
        batches.shutdown().await;
    }
}
