//! Old and new side by side: a model decides beside the one in force; only the differences are counted.
//!
//! A message that a model has judged leaves a copy in a bounded queue; a task of its own asks the other model. When the
//! queue is full that message is not compared, nor counted among those that were. No text is kept beyond that.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use swiftline_runtime::CancellationToken;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::in_force::{Candidate, InForce};
use super::metrics::ModelsMetrics;
use crate::engine::Said;
use crate::model::{Fields, Model, Scratch};

/// Different changes that are told apart, at most: an operator reads ten of them.
const MAX_CHANGES: usize = 1_000;

/// Changes that a replica tells the others, so that the ten most frequent of all replicas are likely among them, and how
/// much of each label, in characters: what a report has room for.
const TOLD: usize = 20;
const TOLD_CHARS: usize = 64;

/// Messages compared before other tasks get their turn: a millisecond at most.
const TURN: usize = 64;

/// What waits to be compared, and what was.
#[derive(Debug)]
pub(crate) struct Shadows {
    asks: Sender<Asked>,
    asked: tokio::sync::Mutex<Receiver<Asked>>,
    seen: Mutex<BTreeMap<String, Seen>>,
}

/// A message as far as a shadow needs to know it.
#[derive(Debug)]
struct Asked {
    shadow: Arc<Model>,
    began: u64,
    subject: String,
    detail: String,
    before: String,
    confidence: f32,
}

/// What one shadow has shown here.
#[derive(Debug, Default)]
struct Seen {
    began: u64,
    messages: u64,
    different: u64,
    new_surer: u64,
    changes: HashMap<(String, String), u64>,
}

/// What shadows have shown, of one replica or of several.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Counted {
    /// The entry of the log that began the shadow.
    pub(crate) began: u64,
    /// Messages that both have judged.
    pub(crate) messages: u64,
    /// Those to which they gave different labels.
    pub(crate) different: u64,
    /// Of these, those where the shadow was the surer.
    pub(crate) new_surer: u64,
    /// Before, after, how often; the most frequent first.
    pub(crate) changes: Vec<(String, String, u64)>,
}

impl Counted {
    /// Adds what another replica has counted of the same shadow.
    pub(crate) fn add(&mut self, other: &Self) {
        self.messages += other.messages;
        self.different += other.different;
        self.new_surer += other.new_surer;
        for (before, after, n) in &other.changes {
            let mut known = self.changes.iter_mut();
            match known.find(|(b, a, _)| b == before && a == after) {
                Some(known) => known.2 += n,
                None => self.changes.push((before.clone(), after.clone(), *n)),
            }
        }
        most_frequent(&mut self.changes, usize::MAX);
    }
}

fn most_frequent(changes: &mut Vec<(String, String, u64)>, limit: usize) {
    changes.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.cmp(b)));
    changes.truncate(limit);
}

impl Seen {
    fn count(&mut self, before: String, confidence: f32, after: &str, surer: f32) -> bool {
        self.messages += 1;
        if before == after {
            return false;
        }
        self.different += 1;
        self.new_surer += u64::from(surer > confidence);
        let change = (before, after.to_owned());
        if self.changes.len() < MAX_CHANGES || self.changes.contains_key(&change) {
            *self.changes.entry(change).or_default() += 1;
        }
        true
    }
}

impl Shadows {
    /// Nothing seen yet; at most `queue` messages wait, at least one.
    #[must_use]
    pub(crate) fn new(queue: usize) -> Self {
        let (asks, asked) = mpsc::channel(queue.max(1));
        Self {
            asks,
            asked: tokio::sync::Mutex::new(asked),
            seen: Mutex::default(),
        }
    }

    /// Lets a shadow look at what the model in force has said. Never waits.
    pub(crate) fn offer(&self, candidate: &Candidate, said: &Said<'_>) {
        let Ok(place) = self.asks.try_reserve() else {
            return;
        };
        let Some(before) = said.model.labels().get(said.label) else {
            return;
        };
        place.send(Asked {
            shadow: Arc::clone(&candidate.model),
            began: candidate.began,
            subject: said.fields.subject.to_owned(),
            detail: said.fields.detail.to_owned(),
            before: before.clone(),
            confidence: said.confidence,
        });
    }

    /// What the shadows of these names have shown here.
    pub(crate) fn counted(&self) -> BTreeMap<String, Counted> {
        let seen = self.lock();
        let counted = seen.iter().map(|(name, seen)| {
            let changes = seen.changes.iter();
            let told = |label: &str| label.chars().take(TOLD_CHARS).collect();
            let changes = changes.map(|((before, after), n)| (told(before), told(after), *n));
            let mut changes: Vec<_> = changes.collect();
            most_frequent(&mut changes, TOLD);
            let counted = Counted {
                began: seen.began,
                messages: seen.messages,
                different: seen.different,
                new_surer: seen.new_surer,
                changes,
            };
            (name.clone(), counted)
        });
        counted.collect()
    }

    /// Forgets what is compared no more.
    pub(crate) fn keep(&self, shadows: &BTreeMap<String, Candidate>) {
        let runs = |name: &String, seen: &mut Seen| {
            let run = shadows.get(name);
            run.is_some_and(|candidate| candidate.began == seen.began)
        };
        self.lock().retain(runs);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Compares one message; whether the two differ.
    fn compare(&self, asked: Asked, scratch: &mut Scratch) -> bool {
        let fields = Fields {
            subject: &asked.subject,
            detail: &asked.detail,
        };
        let said = asked.shadow.predict(fields, scratch);
        let after = &asked.shadow.labels()[said.label];
        let mut all = self.lock();
        let seen = all.entry(asked.shadow.header().name.clone()).or_default();
        if seen.began != asked.began {
            *seen = Seen {
                began: asked.began,
                ..Seen::default()
            };
        }
        seen.count(asked.before, asked.confidence, after, said.confidence)
    }
}

/// Decides as the shadows would, until told to stop.
pub(crate) async fn decide_beside(
    in_force: &InForce,
    metrics: &ModelsMetrics,
    stop: &CancellationToken,
) {
    let shadows = in_force.shadows();
    let mut asked = shadows.asked.lock().await;
    let (mut some, mut scratch) = (Vec::with_capacity(TURN), Scratch::new());
    loop {
        let got = tokio::select! {
            got = asked.recv_many(&mut some, TURN) => got,
            () = stop.cancelled() => return,
        };
        if got == 0 {
            return;
        }
        let running = in_force.snapshot();
        for one in some.drain(..) {
            let name = &one.shadow.header().name;
            let run = running.shadows().get(name);
            // one that has ended meanwhile is not counted any more
            if run.is_some_and(|candidate| candidate.began == one.began) {
                metrics.compared(shadows.compare(one, &mut scratch));
            }
        }
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_bounded_and_totals_are_not() {
        let mut seen = Seen::default();
        assert!(!seen.count("a".into(), 0.5, "a", 0.9));
        for n in 0..MAX_CHANGES + 5 {
            assert!(seen.count("a".into(), 0.5, &format!("b{n}"), 0.4));
        }
        assert!(seen.count("a".into(), 0.5, "b7", 0.9));
        let all = MAX_CHANGES as u64 + 6;
        assert_eq!((seen.messages, seen.different), (all + 1, all));
        assert_eq!(seen.new_surer, 1);
        assert_eq!(seen.changes.len(), MAX_CHANGES);
        assert_eq!(seen.changes[&("a".to_owned(), "b7".to_owned())], 2);
    }

    #[test]
    fn replicas_are_summed() {
        let counted = |n, after: &str| Counted {
            began: 3,
            messages: 10,
            different: n,
            new_surer: 1,
            changes: vec![("a".into(), after.into(), n)],
        };
        let mut sum = counted(2, "b");
        sum.add(&counted(5, "c"));
        sum.add(&counted(4, "b"));
        assert_eq!((sum.messages, sum.different, sum.new_surer), (30, 11, 3));
        let changes = [("a", "b", 6), ("a", "c", 5)];
        let changes = changes.map(|(b, a, n)| (b.to_owned(), a.to_owned(), n));
        assert_eq!(sum.changes, changes);
    }
}
