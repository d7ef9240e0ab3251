//! Orders that wait when other rules come into force: taken back and offered anew, if the activation says so.
//!
//! One router does the job, under a lease that it renews; when it dies another begins anew. That changes nothing twice: what
//! was moved was decided by the new rules and is left alone. The job begins when every live router serves the new rules, so
//! that none makes offers behind its back by the old ones. A newer activation puts an end to it: what then becomes
//! of orders in flight is the newer one's to say.
//!
//! Orders with teams are found in the teams' queues. Cases before a person are in no index; they are looked for among those
//! of the last [`TRIAGE_DAYS`] days.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use jiff::SignedDuration;
use swiftline_domain::case::State;
use swiftline_domain::id::TeamId;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_domain::rules::RulesDigest;
use swiftline_domain::rules::workflow::{Activation, Command, InFlight};
use swiftline_runtime::CancellationToken;
use swiftline_store::{QueueCursor, Stored};
use tokio::time::Instant;

use super::load::Missing;
use super::reconsider::{Task, may_be_placed};
use super::replica::{Progress, Wanted};
use crate::engine::Engine;
use crate::error::Error;
use crate::explain::last_triage;
use crate::spans::Step;

/// How far back cases before a person are looked for, days: longer than a case may wait there.
const TRIAGE_DAYS: i64 = 30;
/// How long a router keeps the job without a word, milliseconds; renewed with every batch.
const LEASE_MS: u64 = 5_000;
/// Orders between two renewals: well under a second of work.
const BATCH: usize = 64;
/// Orders that are decided at the same time: the store shares its writes among them, and routing keeps most of it.
const AT_ONCE: usize = 8;
/// How long the job waits for routers that do not serve the new rules yet.
const PATIENCE: Duration = Duration::from_secs(10);
/// Former rules that are kept at hand.
const FORMER: usize = 8;

/// The job, as it goes on.
struct Job {
    activation: u64,
    lease: String,
    task: Task,
    progress: Progress,
    /// Seen by this run: an order that moves on to a team further down is not looked at twice.
    seen: HashSet<CaseNumber>,
}

/// Why the job stops before its end.
enum Stop {
    /// Another router has it, a newer activation ends it, or this router drains.
    NotOurs,
    /// The store is away.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<swiftline_store::StoreError> for Stop {
    fn from(error: swiftline_store::StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// Does what activations ask about orders in flight, until told to stop.
pub(crate) async fn look_after_orders(engine: &Engine, every: Duration, stop: &CancellationToken) {
    let mut view = engine.rules.watch();
    while !stop.is_cancelled() {
        view.mark_unchanged();
        if let Some(activation) = engine.asked_of_orders() {
            match engine.look_after(&activation, stop).await {
                Ok(()) | Err(Stop::NotOurs) => {}
                Err(Stop::Failed(error)) => {
                    let reason = error.to_string();
                    tracing::warn!(reason, "orders in flight are not decided anew yet");
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            _ = view.changed() => {}
            () = stop.cancelled() => {}
        }
    }
}

impl Engine {
    /// The newest activation, if it asks something that is not done and this router serves its rules.
    fn asked_of_orders(&self) -> Option<Activation> {
        let workflow = self.rules.view().workflow;
        let newest = workflow.activations().last()?;
        let open = newest.in_flight != InFlight::Keep && newest.reevaluated.is_none();
        let served = self.planner.rules().active().digest() == &newest.digest;
        (open && served).then(|| newest.clone())
    }

    async fn look_after(
        &self,
        activation: &Activation,
        stop: &CancellationToken,
    ) -> Result<(), Stop> {
        let seq = activation.mark.seq;
        let mut job = Job {
            activation: seq,
            lease: format!("in-flight-{seq}"),
            task: Task {
                mode: activation.in_flight,
                former: HashMap::new(),
            },
            progress: Progress {
                activation: seq,
                ..Progress::default()
            },
            seen: HashSet::new(),
        };
        self.go_on(&job, stop).await?;
        let wanted = Wanted::of(&self.rules.view().workflow);
        self.wait_for_routers(wanted, Instant::now() + PATIENCE)
            .await?;
        let done = self.all_orders(&mut job, stop).await;
        if done.is_err() {
            // Another may go on at once. If that fails the lease runs out.
            let _ = self
                .store
                .rules()
                .drop_lease(&job.lease, &self.rules.replica)
                .await;
        }
        done?;
        let Progress {
            looked_at,
            moved,
            failed,
            ..
        } = job.progress;
        let command = Command::RecordReevaluation {
            activation: seq,
            looked_at,
            moved,
            failed,
        };
        let by = Self::itself(format!("orders in flight: {}", activation.in_flight));
        self.add(&command, &by, None).await?;
        tracing::info!(
            activation = seq,
            looked_at,
            moved,
            failed,
            "orders in flight decided anew"
        );
        Ok(())
    }

    async fn all_orders(&self, job: &mut Job, stop: &CancellationToken) -> Result<(), Stop> {
        for team in self.planner.loads.teams() {
            self.orders_of(team, job, stop).await?;
        }
        for partition in self.store.partitions() {
            self.cases_before_a_person(partition, job, stop).await?;
        }
        Ok(())
    }

    /// Whether the job is still ours to do; keeps it for a while longer.
    async fn go_on(&self, job: &Job, stop: &CancellationToken) -> Result<(), Stop> {
        let view = self.rules.view();
        let newest = view.workflow.activations().last();
        let open = newest.is_some_and(|newest| {
            newest.mark.seq == job.activation && newest.reevaluated.is_none()
        });
        if stop.is_cancelled() || !open {
            return Err(Stop::NotOurs);
        }
        let ours = self
            .store
            .rules()
            .take_lease(&job.lease, &self.rules.replica, LEASE_MS)
            .await?;
        if ours { Ok(()) } else { Err(Stop::NotOurs) }
    }

    async fn orders_of(
        &self,
        team: &TeamId,
        job: &mut Job,
        stop: &CancellationToken,
    ) -> Result<(), Stop> {
        let mut cursor = QueueCursor::default();
        loop {
            let (orders, next) = self.store.waiting(team, &cursor, BATCH).await?;
            if orders.is_empty() {
                return Ok(());
            }
            cursor = next;
            let numbers = orders
                .iter()
                .filter_map(|order| order.case_number.parse().ok());
            self.some(numbers.collect(), job, stop).await?;
        }
    }

    async fn cases_before_a_person(
        &self,
        partition: Partition,
        job: &mut Job,
        stop: &CancellationToken,
    ) -> Result<(), Stop> {
        let since = self.clock.now() - SignedDuration::from_hours(24 * TRIAGE_DAYS);
        let mut before = None;
        loop {
            let page = self
                .store
                .recent_cases(partition, since, before, BATCH)
                .await?;
            let mut numbers = Vec::new();
            for stored in page.cases {
                if stored.case.state == State::Triage && self.rules_may_place(&stored).await? {
                    numbers.push(stored.case.number);
                }
            }
            self.some(numbers, job, stop).await?;
            before = page.before_sequence;
            if before.is_none() {
                return Ok(());
            }
        }
    }

    async fn rules_may_place(&self, stored: &Stored) -> Result<bool, Error> {
        let journey = self.store.journey(stored.case.number).await?;
        Ok(last_triage(&journey).is_some_and(may_be_placed))
    }

    /// Decides some orders anew, and says how far that has come.
    async fn some(
        &self,
        mut numbers: Vec<CaseNumber>,
        job: &mut Job,
        stop: &CancellationToken,
    ) -> Result<(), Stop> {
        self.go_on(job, stop).await?;
        numbers.retain(|number| job.seen.insert(*number));
        self.fetch_former(&numbers, &mut job.task).await?;
        let task = &job.task;
        let decided = futures::stream::iter(numbers)
            .map(async |number| (number, self.decide_anew(number, task).await))
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        for (number, decided) in decided {
            job.progress.looked_at += 1;
            match decided {
                Ok(moved) => job.progress.moved += u64::from(moved),
                Err(Error::Away(error)) => return Err(error.into()),
                Err(error) => {
                    job.progress.failed += 1;
                    let (case, reason) = (number.to_string(), error.to_string());
                    tracing::warn!(case, reason, "not decided anew");
                }
            }
        }
        self.rules.tell_progress(job.progress);
        Ok(())
    }

    async fn decide_anew(&self, number: CaseNumber, task: &Task) -> Result<bool, Error> {
        let step = Step::Alone("reevaluate");
        let changed = self
            .change(number, step, |stored, draft| {
                self.reconsider(task, stored, draft)
            })
            .await?;
        Ok(changed.case.version != changed.stored.case.version)
    }

    /// Has the rules at hand that made the offers of these cases, as far as they can be had.
    async fn fetch_former(&self, numbers: &[CaseNumber], task: &mut Task) -> Result<(), Error> {
        if task.mode == InFlight::RecallUnsigned {
            return Ok(()); // who led before does not matter
        }
        for number in numbers {
            let Some(stored) = self.store.load(*number).await? else {
                continue;
            };
            let digest = stored.case.offer.map(|offer| offer.assignment.rules_digest);
            let Some(digest) = digest.filter(|digest| !task.former.contains_key(digest)) else {
                continue;
            };
            let Ok(name) = digest.parse::<RulesDigest>() else {
                continue; // a person decided
            };
            match self.load_rules(&name).await? {
                Ok(rules) => {
                    if task.former.len() >= FORMER {
                        task.former.clear();
                    }
                    task.former.insert(digest, Arc::clone(&rules));
                }
                Err(Missing { reason, .. }) => {
                    tracing::debug!(digest = name.short(), reason, "former rules not at hand");
                }
            }
        }
        Ok(())
    }
}
