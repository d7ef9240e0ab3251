//! What every part of the router works with.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rand::SeedableRng;
use rand::rngs::SmallRng;
use swiftline_domain::case::{Assignment, Case, Event};
use swiftline_domain::city::{CityPack, Team, Unit};
use swiftline_domain::id::Version;
use swiftline_domain::number::CaseNumber;
use swiftline_domain::vocabulary::Language;
use swiftline_store::seal::Keyring;
use swiftline_store::{Store, StoreError};
use swiftline_telemetry::{TraceContext, Tracer};

use crate::clock::Clock;
use crate::effects::{self, Effect};
use crate::error::Error;
use crate::loads::LoadBook;
use crate::metrics::RouterMetrics;
use crate::planner::Planner;
use crate::rules::{RuleBook, Shadows};

/// Effects on queues that run at the same time for one case or sweep, at most.
pub(crate) const CONCURRENT_EFFECTS: usize = 32;

/// The router without its edges: store, rules, loads, time. Shared by reference.
pub(crate) struct Engine {
    /// Where everything is kept.
    pub(crate) store: Store,
    /// Rules, units, teams and how busy they are.
    pub(crate) planner: Planner<LoadBook>,
    /// The log of the rule workflow, and what this router makes of it.
    pub(crate) rules: RuleBook,
    /// What a rule set shows that decides beside the one in force.
    pub(crate) shadows: Shadows,
    /// What time it is.
    pub(crate) clock: Clock,
    /// Makes spans.
    pub(crate) tracer: Tracer,
    /// Counts.
    pub(crate) metrics: RouterMetrics,
    /// Opens contact data; `None` = this router has no keys.
    pub(crate) keyring: Option<Keyring>,
    /// Seeds the next call's draws.
    pub(crate) seed: AtomicU64,
}

impl Engine {
    pub(crate) fn pack(&self) -> &CityPack {
        self.planner.pack()
    }

    /// Draws for one call. Two calls never draw alike; a test that fixes the seed gets the same draws again.
    pub(crate) fn rng(&self) -> SmallRng {
        SmallRng::seed_from_u64(self.seed.fetch_add(1, Relaxed))
    }

    pub(crate) fn team(&self, id: &str, field: &'static str) -> Result<&Team, Error> {
        let unknown = || Error::Unknown {
            field,
            what: "team",
            id: id.to_owned(),
        };
        self.pack().teams.get(id).ok_or_else(unknown)
    }

    pub(crate) fn unit(&self, id: &str, field: &'static str) -> Result<&Unit, Error> {
        let unknown = || Error::Unknown {
            field,
            what: "unit",
            id: id.to_owned(),
        };
        self.pack().units.get(id).ok_or_else(unknown)
    }

    /// The language in which names are given to people.
    pub(crate) fn language(&self) -> Language {
        self.pack().city.default_language
    }

    /// Counts what a committed change has decided.
    pub(crate) fn count(&self, events: &[Event]) {
        for event in events {
            match event {
                Event::Offered { offer, .. } => self.count_offer(&offer.assignment),
                Event::SentToTriage { reason, .. } => self.metrics.triage(*reason),
                // Only a passed deadline has the router close a case.
                Event::Expired { .. }
                | Event::Warned { .. }
                | Event::Overrun { .. }
                | Event::PartEnded { actor: None, .. }
                | Event::Resumed { actor: None, .. }
                | Event::Closed { .. } => {
                    self.metrics.deadline(event.name());
                }
                _ => {}
            }
        }
    }

    /// Counts an offer made.
    pub(crate) fn count_offer(&self, to: &Assignment) {
        if let Some(unit) = self.pack().units.get(to.unit.as_str()) {
            self.metrics.offered(unit.class, to);
        }
    }

    /// Carries out what a committed change means for the queues. What fails is logged and left to the sweep, which the
    /// store wakes for it: the change itself stands.
    pub(crate) async fn carry_out(&self, before: &Case, after: &Case, trace: &TraceContext) {
        let effects = effects::of_change(before, after);
        match self.carry_out_all(&effects, after, trace).await {
            Ok(true) => self.effects_done(after.number, after.version).await,
            // An offer that was to be settled was not there: it may be on its way into the queue still.
            Ok(false) => {}
            Err(error) => {
                let (case, reason) = (after.number.to_string(), error.to_string());
                tracing::warn!(case, reason, "queue effects left to the sweep");
            }
        }
    }

    /// Does all these effects in order. `Ok(false)` = an offer that was to be settled was not where it should be.
    pub(crate) async fn carry_out_all(
        &self,
        effects: &[Effect],
        case: &Case,
        trace: &TraceContext,
    ) -> Result<bool, StoreError> {
        let mut all = true;
        for effect in effects {
            match effect {
                Effect::Offer | Effect::OfferPart(_) => {
                    let queued = match effect {
                        Effect::OfferPart(no) => effects::queued_part(case, *no, trace),
                        _ => effects::queued(case, trace),
                    };
                    let Some(queued) = queued else { continue };
                    self.planner.loads.offered(&queued.team);
                    self.store.offer(vec![queued]).await?;
                }
                Effect::Settle { team, offer, what } => {
                    let settled = self.store.settle(team, case.number, *offer, *what).await?;
                    if settled && *what == swiftline_store::Settle::Gone {
                        self.planner.loads.settled(team);
                    }
                    all &= settled;
                }
            }
        }
        Ok(all)
    }

    pub(crate) async fn effects_done(&self, number: CaseNumber, version: Version) {
        if let Err(error) = self.store.effects_done(&[(number, version)]).await {
            // The sweep will find nothing left to do.
            tracing::debug!(reason = error.to_string(), "effects not marked as done");
        }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}
