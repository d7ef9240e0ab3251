//! The index that all replicas share: asks it within a deadline, and does without it when it does not answer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use swiftline_domain::classification::{MAX_SIMILAR, Similar};
use swiftline_store::{Candidate, Likely, LikenessBounds, Store, StoreError};
use tokio::sync::Semaphore;

use super::score::{OPERATING_POINT, score};
use super::settings::LikenessSettings;
use super::sketch::Sketch;

/// After a miss nobody asks for this long: a slow Redis is not made slower, and no batch after the first waits for it.
const REST: Duration = Duration::from_secs(1);

/// Finds the cases that tell of the same thing. Never fails and never takes longer than its deadline: what Redis does not
/// answer in time has no links.
#[derive(Debug)]
pub struct Online {
    store: Store,
    settings: LikenessSettings,
    bounds: LikenessBounds,
    places: Semaphore,
    started: Instant,
    /// Until when nobody asks, in milliseconds since the start.
    rests_until_ms: AtomicU64,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    asked: AtomicU64,
    linked: AtomicU64,
    late: AtomicU64,
    failed: AtomicU64,
    skipped: AtomicU64,
}

/// What became of the messages, in messages since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Answered by the index.
    pub asked: u64,
    /// Of these, with at least one link.
    pub linked: u64,
    /// Without links because Redis was later than the deadline.
    pub late: u64,
    /// Without links because Redis failed.
    pub failed: u64,
    /// Without links because enough batches asked already, or Redis had just been late or failed.
    pub skipped: u64,
}

impl Online {
    /// The index in this store.
    #[must_use]
    pub fn new(store: Store, settings: &LikenessSettings) -> Self {
        Self {
            store,
            bounds: LikenessBounds {
                window: settings.window(),
                max_bytes: u64::from(settings.max_mib) << 20,
            },
            places: Semaphore::new(settings.in_flight),
            settings: settings.clone(),
            started: Instant::now(),
            rests_until_ms: AtomicU64::new(0),
            counts: Counts::default(),
        }
    }

    /// The cases like each of these, best first, at most [`MAX_SIMILAR`], from [`OPERATING_POINT`] on; and remembers these
    /// for those to come. A case is never like itself. One round trip for up to 256.
    pub async fn similar(&self, batch: &[Sketch]) -> Vec<Vec<Similar>> {
        let messages = batch.len() as u64;
        let counts = &self.counts;
        if !self.settings.enabled || batch.is_empty() {
            return vec![Vec::new(); batch.len()];
        }
        let place = self.places.try_acquire();
        let (Ok(_place), false) = (place, self.rests()) else {
            counts.skipped.fetch_add(messages, Ordering::Relaxed);
            return vec![Vec::new(); batch.len()];
        };
        let missed = match tokio::time::timeout(self.settings.deadline(), self.ask(batch)).await {
            Ok(Ok(found)) => {
                let links = self.link(batch, found);
                let linked = links.iter().filter(|links| !links.is_empty()).count();
                counts.asked.fetch_add(messages, Ordering::Relaxed);
                counts.linked.fetch_add(linked as u64, Ordering::Relaxed);
                return links;
            }
            Ok(Err(error)) => {
                tracing::warn!(
                    reason = error.to_string(),
                    messages,
                    "no links: the likeness index failed"
                );
                &counts.failed
            }
            Err(_) => {
                let deadline_ms = self.settings.deadline_ms;
                tracing::warn!(
                    deadline_ms,
                    messages,
                    "no links: the likeness index is late"
                );
                &counts.late
            }
        };
        missed.fetch_add(messages, Ordering::Relaxed);
        let until = self.started.elapsed() + REST;
        self.rests_until_ms.store(millis(until), Ordering::Relaxed);
        vec![Vec::new(); batch.len()]
    }

    /// What became of the messages so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Tally {
            asked: read(&self.counts.asked),
            linked: read(&self.counts.linked),
            late: read(&self.counts.late),
            failed: read(&self.counts.failed),
            skipped: read(&self.counts.skipped),
        }
    }

    fn rests(&self) -> bool {
        millis(self.started.elapsed()) < self.rests_until_ms.load(Ordering::Relaxed)
    }

    async fn ask(&self, batch: &[Sketch]) -> Result<Vec<Vec<Candidate>>, StoreError> {
        let wires: Vec<_> = batch.iter().map(Sketch::to_wire).collect();
        let likely: Vec<_> = batch
            .iter()
            .zip(&wires)
            .map(|(sketch, wire)| Likely {
                number: sketch.case(),
                keys: sketch.keys(),
                sketch: wire,
            })
            .collect();
        self.store
            .link_similar(&likely, Timestamp::now(), &self.bounds)
            .await
    }

    fn link(&self, batch: &[Sketch], found: Vec<Vec<Candidate>>) -> Vec<Vec<Similar>> {
        let window = u32::try_from(self.bounds.window.as_secs()).unwrap_or(u32::MAX);
        let both = batch.iter().zip(found);
        both.map(|(sketch, found)| {
            let others = found
                .iter()
                .filter_map(|one| Sketch::from_wire(one.number, &one.sketch));
            best(sketch, others, window)
        })
        .collect()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The best of the others, best first; of equals the lower number.
pub(super) fn best(
    sketch: &Sketch,
    others: impl Iterator<Item = Sketch>,
    window: u32,
) -> Vec<Similar> {
    let scored = others.map(|other| Similar {
        case: other.case,
        score: score(sketch, &other, window),
    });
    let mut links: Vec<Similar> = scored.filter(|one| one.score >= OPERATING_POINT).collect();
    links.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.case.cmp(&b.case)));
    links.truncate(MAX_SIMILAR);
    links
}
