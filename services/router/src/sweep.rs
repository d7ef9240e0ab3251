//! What happens by itself: offers expire, clocks warn and run out, and queues are made to agree with their cases.
//!
//! Every router sweeps; the store gives each case to one of them at a time and takes it back when that one dies. A
//! sweep is also how the router notices that the store is away, and says so in its health.

use std::time::Duration;

use futures::StreamExt as _;
use jiff::Timestamp;
use swiftline_domain::case::{Command, SupervisionReason};
use swiftline_domain::id::Version;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_runtime::{CancellationToken, Readiness};
use swiftline_store::{DueItem, DueKind, Stored};

use crate::draft::Draft;
use crate::effects;
use crate::engine::{CONCURRENT_EFFECTS, Engine};
use crate::error::Error;
use crate::planner::Left;
use crate::settings::SweepSettings;
use crate::spans::Step;

/// The condition of the router's health that follows the store.
const STORE: &str = "store";

/// How often a reconciliation looks again because the case has changed meanwhile.
const LOOKS: usize = 3;

/// Sweeps until told to stop.
pub(crate) async fn run(
    engine: &Engine,
    settings: &SweepSettings,
    readiness: &Readiness,
    stop: &CancellationToken,
) {
    let mut away = false;
    while !stop.is_cancelled() {
        let swept = engine.sweep(settings).await;
        match &swept {
            Ok(_) if away => tracing::info!("store is back"),
            Err(error) if !away => {
                tracing::warn!(reason = error.to_string(), "store is away, deadlines wait");
            }
            _ => {}
        }
        away = swept.is_err();
        readiness.set(STORE, !away);
        // A full batch means that there is more.
        if matches!(swept, Ok(handled) if handled >= settings.batch) {
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(settings.interval_ms)) => {}
            () = stop.cancelled() => {}
        }
    }
}

impl Engine {
    /// Handles what is due now in every partition; says how many cases of the fullest one.
    ///
    /// # Errors
    /// When the store is away.
    pub(crate) async fn sweep(&self, settings: &SweepSettings) -> Result<usize, Error> {
        let partitions: Vec<Partition> = self.store.partitions().collect();
        let swept = partitions
            .into_iter()
            .map(|partition| self.sweep_partition(partition, settings));
        let swept = futures::future::try_join_all(swept).await?;
        Ok(swept.into_iter().max().unwrap_or_default())
    }

    async fn sweep_partition(
        &self,
        partition: Partition,
        settings: &SweepSettings,
    ) -> Result<usize, Error> {
        let (now, lease) = (self.clock.now(), Duration::from_millis(settings.lease_ms));
        let due = self
            .store
            .claim_due(partition, now, lease, settings.batch)
            .await?;
        let handled = due.len();
        futures::stream::iter(due)
            .for_each_concurrent(CONCURRENT_EFFECTS, |item| self.handle(item, now))
            .await;
        Ok(handled)
    }

    /// What fails comes up again when its lease is over.
    async fn handle(&self, item: DueItem, now: Timestamp) {
        let handled = match item.kind {
            DueKind::Deadline => self.pass_deadline(item.number, now).await,
            DueKind::Reconcile { version } => self.reconcile(item.number, version).await,
        };
        if let Err(error) = handled {
            let (case, reason) = (item.number.to_string(), error.to_string());
            tracing::warn!(case, reason, "not handled, comes up again");
        }
    }

    /// Does what the case says is due: expire and route on, warn, run out.
    async fn pass_deadline(&self, number: CaseNumber, now: Timestamp) -> Result<(), Error> {
        let step = Step::Alone("deadline");
        let changed = self
            .change(number, step, |stored, draft| {
                self.decide_deadline(stored, draft, now)
            })
            .await?;
        if changed.case.version == changed.stored.case.version {
            // Somebody was faster, or the case has moved its deadline: put it where it belongs.
            self.store.reschedule(&changed.case).await?;
        }
        Ok(())
    }

    fn decide_deadline(
        &self,
        stored: &Stored,
        draft: &mut Draft,
        now: Timestamp,
    ) -> Result<(), Error> {
        let number = draft.case.number;
        let refused = |refusal| Error::Refused { number, refusal };
        while let Some(command) = draft.case.due_command(now) {
            match command {
                Command::Expire { .. } => {
                    draft.apply(command).map_err(refused)?;
                    self.route_onward(stored, draft, Left::Expired)?;
                }
                Command::Resume { .. } => self.resume_in(draft, None).map_err(refused)?,
                Command::ExpirePart { part } => {
                    draft.apply(command).map_err(refused)?;
                    self.call_after_expiry(stored, draft, part)?;
                }
                Command::Overrun(_) => {
                    draft.apply(command).map_err(refused)?;
                    draft.supervise(SupervisionReason::Overdue);
                }
                _ => draft.apply(command).map_err(refused)?,
            }
        }
        Ok(())
    }

    /// Makes the queues agree with the case: the commit that made `version` may have been cut short.
    async fn reconcile(&self, number: CaseNumber, version: Version) -> Result<(), Error> {
        let Some(mut stored) = self.store.load(number).await? else {
            // Its record has left the store: there is nothing to agree with.
            self.effects_done(number, version).await;
            return Ok(());
        };
        for _ in 0..LOOKS {
            let effects = effects::of_state(&stored.case);
            self.carry_out_all(&effects, &stored.case, &stored.trace)
                .await?;
            let now = self.load(number).await?;
            // What changed meanwhile may have been undone by what we did: look again.
            if now.case.version == stored.case.version {
                break;
            }
            stored = now;
        }
        self.effects_done(number, version).await;
        Ok(())
    }
}
