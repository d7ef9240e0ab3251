//! A rule set that decides beside the one in force: only the differences are counted.
//!
//! **Invariant:** a shadow neither slows nor fails a routing. A routing leaves a copy of what it saw in a bounded queue; a task
//! of its own decides there. When the queue is full that case is not compared, nor counted among those that were.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use swiftline_domain::classification::Classification;
use swiftline_domain::complaint::Complaint;
use swiftline_domain::id::{RuleId, UnitId};
use swiftline_domain::rules::{RuleSet, RulesDigest};
use swiftline_runtime::CancellationToken;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::force::Judgement;
use crate::balance::Loads;
use crate::engine::Engine;
use crate::planner::{Planner, Subject};

/// Routings that wait for the shadow, at most: two full batches, a few megabytes.
const QUEUE: usize = 2_048;

/// Different differences that are told apart, at most: an operator reads twenty of them.
const MAX_KINDS: usize = 1_000;

/// What a shadow has shown.
#[derive(Debug)]
pub(crate) struct Shadows {
    asks: Sender<Asked>,
    asked: tokio::sync::Mutex<Receiver<Asked>>,
    seen: Mutex<Seen>,
}

/// A routing, as far as a shadow needs to know it.
#[derive(Debug)]
struct Asked {
    shadow: Arc<RuleSet>,
    complaint: Complaint,
    classification: Classification,
    accepted_at: Timestamp,
    rule: Option<RuleId>,
    unit: UnitId,
}

/// How a shadow decided otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Difference {
    /// The rule in force that decided; `None` for the backstop.
    pub(crate) rule: Option<RuleId>,
    /// The shadow's.
    pub(crate) shadow_rule: Option<RuleId>,
    /// The unit that leads.
    pub(crate) unit: UnitId,
    /// The shadow's.
    pub(crate) shadow_unit: UnitId,
}

/// What one shadow has shown since this router began to count.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// Whose it is; another's counts begin at nothing.
    digest: Option<RulesDigest>,
    /// Routings that it decided as well.
    pub(crate) decided: u64,
    /// Those that it decided otherwise.
    pub(crate) differs: u64,
    kinds: HashMap<Difference, u64>,
}

impl Seen {
    fn count(&mut self, digest: &RulesDigest, difference: Option<Difference>) {
        if self.digest.as_ref() != Some(digest) {
            *self = Self {
                digest: Some(digest.clone()),
                ..Self::default()
            };
        }
        self.decided += 1;
        let Some(difference) = difference else {
            return;
        };
        self.differs += 1;
        if self.kinds.len() < MAX_KINDS || self.kinds.contains_key(&difference) {
            *self.kinds.entry(difference).or_default() += 1;
        }
    }

    /// The most frequent differences, at most `limit`.
    #[must_use]
    pub(crate) fn most_frequent(&self, limit: usize) -> Vec<(Difference, u64)> {
        let kinds = self.kinds.iter();
        let mut kinds: Vec<_> = kinds.map(|(kind, count)| (kind.clone(), *count)).collect();
        kinds.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        kinds.truncate(limit);
        kinds
    }
}

impl Shadows {
    /// Nothing seen yet.
    #[must_use]
    pub(crate) fn new() -> Self {
        let (asks, asked) = mpsc::channel(QUEUE);
        Self {
            asks,
            asked: tokio::sync::Mutex::new(asked),
            seen: Mutex::default(),
        }
    }

    /// Lets the shadow, if there is one, look at what the active rules have decided. Never waits; what a canary has decided
    /// is not compared.
    pub(crate) fn compare<L: Loads>(
        &self,
        planner: &Planner<L>,
        subject: &Subject<'_>,
        judged: &Judgement,
    ) {
        let in_force = planner.rules();
        let Some(shadow) = in_force.shadow().filter(|_| !judged.canary) else {
            return;
        };
        let Ok(place) = self.asks.try_reserve() else {
            tracing::debug!("the shadow missed a routing");
            return;
        };
        let lead = planner.lead(&judged.rules, &judged.decision, subject);
        place.send(Asked {
            shadow: Arc::clone(shadow),
            complaint: subject.complaint.clone(),
            classification: subject.classification.clone(),
            accepted_at: subject.accepted_at,
            rule: judged.decision.rule.clone(),
            unit: lead.id.clone(),
        });
    }

    /// What this shadow has shown.
    #[must_use]
    pub(crate) fn seen(&self, digest: &RulesDigest) -> Seen {
        let seen = self.lock();
        if seen.digest.as_ref() == Some(digest) {
            seen.clone()
        } else {
            Seen::default()
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Decides as the shadow would, until told to stop.
pub(crate) async fn decide_beside(engine: &Engine, stop: &CancellationToken) {
    let shadows = &engine.shadows;
    let mut asked = shadows.asked.lock().await;
    loop {
        let asked = tokio::select! {
            asked = asked.recv() => asked,
            () = stop.cancelled() => return,
        };
        let Some(asked) = asked else { return };
        let difference = difference(&engine.planner, &asked);
        engine.metrics.rules.shadow(difference.is_some());
        shadows.lock().count(asked.shadow.digest(), difference);
    }
}

fn difference<L: Loads>(planner: &Planner<L>, asked: &Asked) -> Option<Difference> {
    let subject = Subject {
        complaint: &asked.complaint,
        classification: &asked.classification,
        accepted_at: asked.accepted_at,
    };
    let decision = planner.decide_by(&asked.shadow, &subject);
    let unit = &planner.lead(&asked.shadow, &decision, &subject).id;
    let same = decision.rule == asked.rule && *unit == asked.unit;
    (!same).then(|| Difference {
        rule: asked.rule.clone(),
        shadow_rule: decision.rule,
        unit: asked.unit.clone(),
        shadow_unit: unit.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(to: usize) -> Difference {
        Difference {
            rule: None,
            shadow_rule: None,
            unit: "a".parse().unwrap(),
            shadow_unit: format!("u{to}").parse().unwrap(),
        }
    }

    #[test]
    fn differences_are_bounded_and_totals_are_not() {
        let (mut seen, digest) = (Seen::default(), RulesDigest::of("a"));
        seen.count(&digest, None);
        for to in 0..MAX_KINDS + 5 {
            seen.count(&digest, Some(difference(to)));
        }
        seen.count(&digest, Some(difference(7)));
        let all = MAX_KINDS as u64 + 5;
        assert_eq!((seen.decided, seen.differs), (all + 2, all + 1));
        assert_eq!(seen.kinds.len(), MAX_KINDS);
        assert_eq!(seen.most_frequent(1), [(difference(7), 2)]);
        seen.count(&RulesDigest::of("b"), None);
        assert_eq!((seen.decided, seen.differs), (1, 0), "another shadow");
    }
}
