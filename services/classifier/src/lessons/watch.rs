//! Counts what the models say, for comparing it with what they said of the data that they were trained on.
//!
//! A message costs a few additions of atomics, in the engine's own thread: no lock, no allocation once a model is known. What
//! was counted is added to the store now and then; see [`swiftline_store::DriftCounts`] for what that guarantees.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use swiftline_domain::city::CityPack;
use swiftline_runtime::CancellationToken;
use swiftline_store::{CONFIDENCE_BINS, DriftCounts, Store};

use crate::engine::{Observe, Said};
use crate::model::Model;

/// Models that are counted in a process, at most: one is added with every model that comes into force.
const MAX_MODELS: usize = 64;

const MILLION: f32 = 1e6;

/// Counts what the models say.
#[derive(Default)]
pub struct Watch {
    models: ArcSwap<Vec<Arc<Tally>>>,
    adding: Mutex<()>,
    /// The bits of the confidence below which a person decides.
    unsure_below: AtomicU32,
}

/// What one model said since it was last asked.
struct Tally {
    id: [u8; 32],
    name: String,
    names: Vec<String>,
    labels: Vec<AtomicU64>,
    bins: [AtomicU64; CONFIDENCE_BINS],
    unsure: AtomicU64,
    millionths: AtomicU64,
}

impl Watch {
    /// Says from which confidence on nobody needs to decide; before that every message counts as sure.
    pub(crate) fn unsure_below(&self, confidence: f32) {
        self.unsure_below.store(confidence.to_bits(), Relaxed);
    }

    /// Counts that a model said this label, a place in [`Model::labels`], with this confidence, 0 to 1.
    pub fn saw(&self, model: &Model, label: usize, confidence: f32) {
        let known = self.models.load();
        let tally = known.iter().find(|tally| tally.id == *model.id());
        let added;
        let tally = match tally {
            Some(tally) => tally,
            None => match self.add(model) {
                Some(tally) => {
                    added = tally;
                    &added
                }
                None => return,
            },
        };
        let unsure = confidence < f32::from_bits(self.unsure_below.load(Relaxed));
        tally.count(label, confidence, unsure);
    }

    fn add(&self, model: &Model) -> Option<Arc<Tally>> {
        let _one_at_a_time = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.models.load_full();
        if let Some(tally) = known.iter().find(|tally| tally.id == *model.id()) {
            return Some(Arc::clone(tally));
        }
        if known.len() >= MAX_MODELS {
            return None;
        }
        let tally = Arc::new(Tally::new(model));
        let mut models = known.to_vec();
        models.push(Arc::clone(&tally));
        self.models.store(Arc::new(models));
        Some(tally)
    }

    /// What was counted since it was last taken, by model.
    fn take(&self) -> BTreeMap<String, DriftCounts> {
        let mut counted = BTreeMap::<String, DriftCounts>::new();
        for tally in self.models.load().iter() {
            let counts = tally.take();
            if counts.messages() > 0 {
                add(counted.entry(tally.name.clone()).or_default(), counts);
            }
        }
        counted
    }
}

impl Observe for Watch {
    fn judged(&self, said: Said<'_>) {
        self.saw(said.model, said.label, said.confidence);
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let models = self.models.load();
        let names = models.iter().map(|tally| &tally.name);
        f.debug_list().entries(names).finish()
    }
}

impl Tally {
    fn new(model: &Model) -> Self {
        let zeros = |count: usize| (0..count).map(|_| AtomicU64::new(0)).collect();
        Self {
            id: *model.id(),
            name: model.header().name.clone(),
            names: model.labels().to_vec(),
            labels: zeros(model.labels().len()),
            bins: Default::default(),
            unsure: AtomicU64::new(0),
            millionths: AtomicU64::new(0),
        }
    }

    fn count(&self, label: usize, confidence: f32, unsure: bool) {
        let confidence = confidence.clamp(0.0, 1.0);
        let bin = (confidence * CONFIDENCE_BINS as f32) as usize;
        if let Some(count) = self.labels.get(label) {
            count.fetch_add(1, Relaxed);
        }
        self.bins[bin.min(CONFIDENCE_BINS - 1)].fetch_add(1, Relaxed);
        self.millionths
            .fetch_add((confidence * MILLION) as u64, Relaxed);
        if unsure {
            self.unsure.fetch_add(1, Relaxed);
        }
    }

    fn take(&self) -> DriftCounts {
        let take = |count: &AtomicU64| count.swap(0, Relaxed);
        let labels = self.names.iter().zip(self.labels.iter().map(take));
        let labels = labels.filter(|(_, count)| *count > 0);
        DriftCounts {
            labels: labels.map(|(name, count)| (name.clone(), count)).collect(),
            bins: self.bins.each_ref().map(take),
            unsure: take(&self.unsure),
            confidence_millionths: take(&self.millionths),
        }
    }
}

fn add(to: &mut DriftCounts, counts: DriftCounts) {
    for (label, count) in counts.labels {
        *to.labels.entry(label).or_default() += count;
    }
    for (sum, count) in to.bins.iter_mut().zip(counts.bins) {
        *sum += count;
    }
    to.unsure += counts.unsure;
    to.confidence_millionths += counts.confidence_millionths;
}

/// Adds what was counted to the store, every so often and once more at the end. What cannot be added waits for the next time.
pub(super) async fn flush(
    watch: &Watch,
    store: &Store,
    pack: &CityPack,
    every: Duration,
    stop: &CancellationToken,
) {
    let mut waiting = BTreeMap::<String, DriftCounts>::new();
    let mut away = false;
    loop {
        let stopped = tokio::select! {
            () = stop.cancelled() => true,
            () = tokio::time::sleep(every) => false,
        };
        for (model, counts) in watch.take() {
            add(waiting.entry(model).or_default(), counts);
        }
        // Counted for the day on which it is added: a few seconds around midnight do not matter.
        let day = pack.calendar.local(jiff::Timestamp::now()).date();
        match store.add_drift(day, &waiting).await {
            Ok(()) => {
                waiting.clear();
                away = false;
            }
            Err(error) => {
                if !away {
                    let reason = error.to_string();
                    tracing::warn!(reason, "what the models say cannot be counted now");
                }
                away = true;
            }
        }
        if stopped {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::parts;

    fn tiny() -> Model {
        parts().to_bytes().unwrap().1
    }

    #[test]
    fn what_is_said_is_counted_once_and_taken_once() {
        let (watch, model) = (Watch::default(), tiny());
        watch.unsure_below(0.5);
        for confidence in [0.2, 0.95, 1.0] {
            watch.saw(&model, 1, confidence);
        }
        watch.saw(&model, 0, 0.5);
        let counted = watch.take();
        let counts = &counted[&model.header().name];
        assert_eq!((counts.messages(), counts.unsure), (4, 1));
        assert_eq!(counts.labels[&model.labels()[1]], 3);
        assert_eq!((counts.bins[2], counts.bins[5], counts.bins[9]), (1, 1, 2));
        assert!((2_649_990..=2_650_010).contains(&counts.confidence_millionths));
        assert_eq!(watch.take(), BTreeMap::new());
    }

    #[test]
    fn threads_lose_nothing() {
        let (watch, model) = (Watch::default(), tiny());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1_000).for_each(|_| watch.saw(&model, 0, 0.7)));
            }
        });
        let counted = watch.take();
        assert_eq!(counted[&model.header().name].messages(), 4_000);
    }
}
