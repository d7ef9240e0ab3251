//! A canary that does badly ends by itself: when too many of its orders come back, or too many of its cases are left to a
//! person.
//!
//! What happened under each rule set is counted by the service that follows the case log, for the set's whole life. So what
//! had been counted when the canary began is taken off: each router notes it, tells the others, and takes the least that
//! anybody noted.

use std::time::Duration;

use swiftline_domain::rules::workflow::{Canary, Ended, Refusal};
use swiftline_runtime::CancellationToken;

use super::error::RulesError;
use super::replica::CanaryBase;
use crate::engine::Engine;
use crate::error::Error;

/// The job of the mesh that one router does.
const JOB: &str = "canary";
/// How long a router keeps the job without a word, milliseconds: a few looks.
const LEASE_MS: u64 = 5_000;

/// What has become of a canary's cases since it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Orders that it gave out, and cases that it left to a person.
    pub(crate) decided: u64,
    /// Orders given back, handed on or expired.
    pub(crate) returned: u64,
    /// Cases left to a person.
    pub(crate) triage: u64,
}

impl Engine {
    /// What has become of a canary's cases.
    ///
    /// # Errors
    /// When the store is away.
    pub(super) async fn canary_figures(&self, canary: &Canary) -> Result<Figures, Error> {
        let now = self.counted(canary).await?;
        let base = self.canary_base(canary, now).await?;
        Ok(Figures {
            decided: now.decided.saturating_sub(base.decided),
            returned: now.returned.saturating_sub(base.returned),
            triage: now.triage.saturating_sub(base.triage),
        })
    }

    async fn counted(&self, canary: &Canary) -> Result<Figures, Error> {
        let counts = self.store.rule_counts(canary.digest.as_str()).await?;
        let sum = |figures: Figures, one: &swiftline_store::RuleCounts| Figures {
            decided: figures.decided + one.offered + one.triage,
            returned: figures.returned + one.returned + one.transferred + one.expired,
            triage: figures.triage + one.triage,
        };
        Ok(counts.values().fold(Figures::default(), sum))
    }

    /// What had been counted when the canary began, as far as any router knows; what is counted now, where none does.
    async fn canary_base(&self, canary: &Canary, now: Figures) -> Result<CanaryBase, Error> {
        let started = canary.started.seq;
        if let Some(base) = self.rules.base(started) {
            return Ok(base);
        }
        let peers = self.peers().await?;
        let bases = peers.iter().filter_map(|peer| peer.beat.canary_base);
        let noted = bases
            .filter(|base| base.started == started)
            .min_by_key(|base| base.decided);
        let base = noted.unwrap_or(CanaryBase {
            started,
            decided: now.decided,
            returned: now.returned,
            triage: now.triage,
        });
        self.rules.tell_base(base);
        Ok(base)
    }

    /// Looks at the canary, if one runs, and ends it if a bound is passed.
    ///
    /// # Errors
    /// When the store is away.
    async fn look_at_canary(&self) -> Result<(), Error> {
        let workflow = self.rules.view().workflow;
        let Some(canary) = workflow.canary() else {
            return Ok(());
        };
        let Figures {
            decided,
            returned,
            triage,
        } = self.canary_figures(canary).await?;
        let Some(breach) = canary.bounds.breach(decided, returned, triage) else {
            return Ok(());
        };
        let lease = self
            .store
            .rules()
            .take_lease(JOB, &self.rules.replica, LEASE_MS);
        if !lease.await? {
            return Ok(());
        }
        let by = Self::itself(format!(
            "{} of {} decisions came to {}: more than {} in a thousand",
            breach.counted, breach.decided, breach.rate, breach.bound_permille
        ));
        match self.end_canary(Ended::Bound(breach), &by).await {
            Ok(()) => {
                self.metrics.rules.canary_ended();
                let (digest, rate) = (canary.digest.short(), breach.rate.as_str());
                let (counted, decided) = (breach.counted, breach.decided);
                tracing::warn!(
                    digest,
                    rate,
                    counted,
                    decided,
                    "canary ended: a bound was passed"
                );
                Ok(())
            }
            // Somebody ended it, or began another.
            Err(
                Error::Field(_)
                | Error::Rules(RulesError::Refused(Refusal::NoCanary { .. } | Refusal::NoBreach)),
            ) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Watches over the canary until told to stop.
pub(crate) async fn watch_canary(engine: &Engine, every: Duration, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = engine.look_at_canary().await {
            tracing::debug!(reason = error.to_string(), "canary not looked at");
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = stop.cancelled() => {}
        }
    }
}
