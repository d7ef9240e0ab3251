//! The past, for those who change rules: what would have become of it under other rules, and what teams made of it.
//!
//! Read from the cases themselves, newest first, all partitions at once. Nothing is changed but the workflow's log, which
//! notes what a replay of a version has shown.

use std::sync::Arc;

use futures::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use jiff::{SignedDuration, Timestamp};
use swiftline_domain::number::Partition;
use swiftline_domain::rules::replay::{Observed, Replay};
use swiftline_domain::rules::workflow::Command;
use swiftline_domain::rules::{RuleSet, RulesDigest};
use swiftline_store::{Document, RecentPage, Store, StoreError, Stored};
use tokio::sync::mpsc;

use super::check::Checked;
use super::error::RulesError;
use super::force::asks_text;
use super::steps::By;
use crate::decide::with_subject;
use crate::engine::Engine;
use crate::error::Error;

/// Cases that are asked for at once, of each partition.
const PAGE: usize = 512;
/// Steps that wait to be sent; progress beyond that is left out.
const STEPS: usize = 4;

/// A step of a replay.
#[derive(Debug)]
pub(crate) enum Step {
    /// How far it has come.
    Progress {
        /// Complaints so far.
        complaints: u64,
        /// How much of the time has been looked at, 0 to 1.
        share: f64,
    },
    /// What it has shown.
    Done(Box<Replayed>),
}

/// What a replay has shown.
#[derive(Debug)]
pub(crate) struct Replayed {
    /// The report as JSON.
    pub(crate) json: String,
    /// The SHA-256 of that.
    pub(crate) report: RulesDigest,
    /// The rules that were in force.
    pub(crate) against: RulesDigest,
    /// How many complaints were decided.
    pub(crate) complaints: u64,
    /// How many of them go to another unit.
    pub(crate) moved: u64,
    /// Records that could not be read.
    pub(crate) skipped: u64,
}

impl Engine {
    /// Decides what came in since then under the rules in force and under these. What a version shows is noted in the
    /// log, in the name of `by`.
    pub(crate) fn replay(
        self: Arc<Self>,
        candidate: Checked,
        since: Timestamp,
        by: By,
    ) -> impl Stream<Item = Result<Step, Error>> {
        let (steps, told) = mpsc::channel(STEPS);
        let work = async move {
            let candidate = candidate.rules.map_err(RulesError::Unreadable)?;
            let shown = self.replay_since(&candidate, since, &steps).await?;
            self.note_replay(candidate.digest(), &shown, &by).await?;
            Ok(Step::Done(Box::new(shown)))
        };
        let progress = stream::unfold(told, async |mut told| Some((told.recv().await?, told)));
        stream::select(progress.map(Ok), stream::once(work))
    }

    async fn replay_since(
        &self,
        candidate: &RuleSet,
        since: Timestamp,
        steps: &mpsc::Sender<Step>,
    ) -> Result<Replayed, Error> {
        let in_force = Arc::clone(self.planner.rules().active());
        let lower_case = asks_text(&in_force) || asks_text(candidate);
        let mut replay = Replay::new(self.pack(), &in_force, candidate);
        let mut skipped = 0;
        let mut pages = self.recent(since);
        let mut reached = Reached::new(self.store.partitions().count(), since, self.clock.now());
        while let Some((partition, page)) = pages.try_next().await? {
            skipped += page.corrupt;
            for stored in page
                .cases
                .iter()
                .filter(|stored| stored.case.classification.is_some())
            {
                let key = stored.case.number.to_string();
                let observed = with_subject(stored, &stored.case, |subject| {
                    self.planner.with_facts(subject, lower_case, |facts| {
                        let at = stored.case.accepted_at;
                        let key = key.as_str();
                        replay.observe(&Observed {
                            key,
                            at,
                            facts: *facts,
                        });
                    });
                });
                skipped += u64::from(observed.is_err());
            }
            let progress = Step::Progress {
                complaints: replay.complaints(),
                share: reached.by(partition, &page),
            };
            // A reader that is behind misses a step of progress, never the result.
            let _ = steps.try_send(progress);
        }
        let report = replay.report();
        let json = serde_json::to_string(&report).map_err(|error| Error::Failed {
            what: "replay",
            reason: error.to_string(),
        })?;
        Ok(Replayed {
            report: RulesDigest::of(&json),
            against: in_force.digest().clone(),
            complaints: report.complaints,
            moved: report.moved,
            json,
            skipped,
        })
    }

    /// Notes what a version has shown; nothing for rules that nobody has proposed.
    async fn note_replay(
        &self,
        digest: &RulesDigest,
        shown: &Replayed,
        by: &By,
    ) -> Result<(), Error> {
        if self.catch_up().await?.version(digest).is_none() {
            return Ok(());
        }
        self.store
            .rules()
            .put_document(Document {
                digest: shown.report.as_str(),
                bytes: shown.json.as_bytes(),
            })
            .await?;
        let command = Command::RecordReplay {
            digest: digest.clone(),
            against: shown.against.clone(),
            report: shown.report.clone(),
            complaints: shown.complaints,
            moved: shown.moved,
        };
        self.add(&command, by, None).await.map(|_| ())
    }

    /// The cases accepted since then, page by page, of all partitions at once.
    pub(crate) fn recent(
        &self,
        since: Timestamp,
    ) -> impl Stream<Item = Result<(Partition, RecentPage), StoreError>> + Unpin + use<> {
        let partitions = self.store.partitions();
        stream::select_all(partitions.map(|partition| {
            let walk = Walk {
                store: self.store.clone(),
                partition,
                since,
                before: None,
            };
            stream::try_unfold(Some(walk), Walk::next).boxed()
        }))
    }
}

/// A walk back over the cases of a partition.
struct Walk {
    store: Store,
    partition: Partition,
    since: Timestamp,
    before: Option<u64>,
}

impl Walk {
    async fn next(
        walk: Option<Self>,
    ) -> Result<Option<((Partition, RecentPage), Option<Self>)>, StoreError> {
        let Some(mut walk) = walk else {
            return Ok(None);
        };
        let (partition, since) = (walk.partition, walk.since);
        let page = walk
            .store
            .recent_cases(partition, since, walk.before, PAGE)
            .await?;
        walk.before = page.before_sequence;
        let more = walk.before.is_some().then_some(walk);
        Ok(Some(((partition, page), more)))
    }
}

/// How far back each partition has been looked at.
struct Reached {
    back: Vec<f64>,
    from: Timestamp,
    length: f64,
}

impl Reached {
    fn new(partitions: usize, since: Timestamp, now: Timestamp) -> Self {
        Self {
            back: vec![0.0; partitions],
            from: now,
            length: now.duration_since(since).as_secs_f64().max(1.0),
        }
    }

    /// Takes in a page; the share of the time that has been looked at.
    fn by(&mut self, partition: Partition, page: &RecentPage) -> f64 {
        let oldest = page
            .cases
            .last()
            .map(|stored: &Stored| stored.case.accepted_at);
        let share = match oldest {
            Some(oldest) if page.before_sequence.is_some() => {
                let back: SignedDuration = self.from.duration_since(oldest);
                (back.as_secs_f64() / self.length).clamp(0.0, 1.0)
            }
            _ => 1.0,
        };
        if let Some(reached) = self.back.get_mut(usize::from(partition.0)) {
            *reached = reached.max(share);
        }
        self.back.iter().sum::<f64>() / self.back.len() as f64
    }
}
