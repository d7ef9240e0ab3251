//! Makes sure that a callback for which the city reopens a case leads to a reopening, and that a case which is part of an issue has the
//! issue's result.
//!
//! Whoever recorded the callback asks the router at once. This is the net under that call: it holds the callback's entry of the
//! log unacknowledged until the case is no longer resolved or answered, asking the router itself if need be. When this process dies, the
//! entry is delivered to another one.
//!
//! While the router cannot be reached, nothing is taken over from dead consumers ([`HandOver::may_reclaim`]): every delivery
//! of an entry counts towards its becoming a dead letter, and a router that is away is no fault of the entry.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use swiftline_domain::number::Partition;
use swiftline_runtime::CancellationToken;
use swiftline_store::{Delivery, EntryId, Log};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{MissedTickBehavior, interval};

use crate::counter::{Counted, settle};
use crate::error::FeedbackError;
use crate::issues::Issues;
use crate::metrics::FeedbackMetrics;
use crate::reopen::Reopener;
use crate::settings::ReopenSettings;
use crate::spans;

/// How often the router may refuse a reopening before its entry becomes a dead letter.
const REFUSALS: u32 = 5;

/// What names an entry.
type Key = (Partition, EntryId);

/// An entry that waits for its case to be reopened.
struct Waiting {
    entry: Counted,
    refusals: u32,
}

/// What came of looking at one.
enum Look {
    /// The case is taken up again, or somebody has ended it: the entry can be acknowledged.
    Settled,
    /// The router or the store is away: no use in looking at the others now.
    Away,
    /// The router does not want to.
    Refused(FeedbackError),
}

/// The task.
pub(crate) struct FollowUp {
    log: Arc<Log>,
    reopener: Reopener,
    issues: Issues,
    metrics: FeedbackMetrics,
    every: Duration,
    most: usize,
    blocked: Arc<AtomicBool>,
    inbox: Mutex<Receiver<Counted>>,
}

/// Hands entries over to the task.
pub(crate) struct HandOver {
    outbox: Sender<Counted>,
    reopener: Reopener,
    blocked: Arc<AtomicBool>,
}

impl HandOver {
    /// Takes the entry. When too many wait already it is dropped: unacknowledged, it is delivered again.
    pub(crate) fn take(&self, entry: Counted) {
        let Err(refused) = self.outbox.try_send(entry) else {
            return;
        };
        let (Delivery { number, .. }, _) = refused.into_inner();
        let case = number.to_string();
        tracing::warn!(
            case,
            "too many cases wait to be followed up; this one waits in the log"
        );
    }

    /// Whether entries may be taken over from other consumers: only while the router is there.
    pub(crate) fn may_reclaim(&self) -> bool {
        self.reopener.is_connected() && !self.blocked.load(Relaxed)
    }
}

impl FollowUp {
    pub(crate) fn new(
        settings: &ReopenSettings,
        log: Arc<Log>,
        reopener: Reopener,
        issues: Issues,
        metrics: FeedbackMetrics,
    ) -> (Self, HandOver) {
        let (outbox, inbox) = channel(settings.waiting);
        let blocked = Arc::<AtomicBool>::default();
        let hand_over = HandOver {
            outbox,
            reopener: reopener.clone(),
            blocked: Arc::clone(&blocked),
        };
        let task = Self {
            log,
            reopener,
            issues,
            metrics,
            every: Duration::from_millis(settings.every_ms),
            most: settings.waiting,
            blocked,
            inbox: Mutex::new(inbox),
        };
        (task, hand_over)
    }

    /// Runs until `stop`. What waits then is delivered to somebody else.
    pub(crate) async fn run(&self, stop: &CancellationToken) {
        let mut inbox = self.inbox.lock().await;
        let mut waiting: BTreeMap<Key, Waiting> = BTreeMap::new();
        let mut tick = interval(self.every);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                // Not looked at before the next tick: whoever recorded the callback is about to reopen the case.
                Some(entry) = inbox.recv(), if waiting.len() < self.most => {
                    let key = (entry.0.partition, entry.0.id);
                    waiting.entry(key).or_insert(Waiting { entry, refusals: 0 });
                }
                _ = tick.tick() => self.look_at_all(&mut waiting).await,
            }
            let count = i64::try_from(waiting.len()).unwrap_or(i64::MAX);
            self.metrics.reopenings_waiting.set(count);
        }
    }

    async fn look_at_all(&self, waiting: &mut BTreeMap<Key, Waiting>) {
        let keys: Vec<Key> = waiting.keys().copied().collect();
        let mut blocked = false;
        for key in keys {
            let Some(one) = waiting.get_mut(&key) else {
                continue;
            };
            let done = match self.look_at(&one.entry.0).await {
                Look::Settled => settle(&self.log, std::slice::from_ref(&one.entry)).await,
                Look::Refused(error) => {
                    one.refusals += 1;
                    one.refusals >= REFUSALS && self.bury(&one.entry.0, &error).await
                }
                Look::Away => {
                    blocked = true;
                    break;
                }
            };
            if done {
                waiting.remove(&key);
            }
        }
        self.blocked.store(blocked, Relaxed);
    }

    async fn look_at(&self, delivery: &Delivery) -> Look {
        let case = match self.reopener.cases.load(delivery.number).await {
            Ok(stored) => stored.case,
            Err(error) => return look_of(error),
        };
        let Some(reason) = self.reopener.wanted(&case) else {
            return match self.issues.follow(&case).await {
                Ok(()) => Look::Settled,
                Err(error) => look_of(error),
            };
        };
        let mut hop = spans::follow_up(&self.reopener.cases.tracer, delivery);
        match self.reopener.later(&case, reason, &hop).await {
            Ok(_) => Look::Settled,
            Err(error) => {
                hop.error("router");
                look_of(error)
            }
        }
    }

    async fn bury(&self, delivery: &Delivery, error: &FeedbackError) -> bool {
        let reason = format!("the case cannot be followed up: {error}");
        let buried = self.log.bury(delivery, &reason).await;
        buried.inspect_err(not_done).is_ok()
    }
}

fn look_of(error: FeedbackError) -> Look {
    if error.is_passing() {
        tracing::warn!(reason = error.to_string(), "cases wait to be followed up");
        Look::Away
    } else {
        Look::Refused(error)
    }
}

/// What could not be done now is done at the next look.
fn not_done(error: &swiftline_store::StoreError) {
    tracing::warn!(reason = error.to_string(), "store unavailable");
}
