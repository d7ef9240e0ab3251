//! Following the log: what it says is loaded and put into force, and this router says so to the others.
//!
//! A message wakes the router after each entry. A message may be lost, so it also looks by itself; a look that finds
//! nothing new costs one short command.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use swiftline_domain::id::ActorId;
use swiftline_domain::rules::workflow::{Command, PACK_ACTOR, Refusal};
use swiftline_runtime::CancellationToken;
use swiftline_store::Document;

use super::book::View;
use super::error::RulesError;
use super::steps::By;
use crate::engine::Engine;
use crate::error::Error;

/// Why the first entry is in the log.
const BOOTSTRAP_REASON: &str = "the city pack's own rules, as the store was first used";

impl Engine {
    /// Puts into force what the log says before anything is served; an empty log begins with the pack's own rules.
    ///
    /// # Errors
    /// When the store is away.
    pub(crate) async fn begin_rules(&self) -> Result<(), Error> {
        match self.catch_up().await {
            Ok(workflow) if workflow.active().is_none() => self.bootstrap().await?,
            Ok(_) | Err(Error::Rules(RulesError::Log(_))) => {}
            Err(error) => return Err(error),
        }
        self.keep_up().await?;
        let (own, active) = (self.pack().rules.digest(), self.planner.rules());
        let active = active.active();
        tracing::info!(
            city = self.pack().city.id,
            digest = active.digest().short(),
            rules = active.rules().len(),
            units = self.pack().units.iter().len(),
            teams = self.pack().teams.iter().len(),
            "rules in force"
        );
        if own != active.digest() {
            let (pack, digest) = (own.short(), active.digest().short());
            tracing::info!(
                pack,
                digest,
                "the pack's own rules are others; the mesh's stay in force"
            );
        }
        Ok(())
    }

    async fn bootstrap(&self) -> Result<(), Error> {
        let rules = &self.pack().rules;
        let command = Command::Bootstrap {
            digest: rules.digest().clone(),
        };
        let by = By {
            actor: ActorId::new(PACK_ACTOR).expect("a constant that is an id"),
            reason: BOOTSTRAP_REASON.to_owned(),
        };
        let document = Document {
            digest: rules.digest().as_str(),
            bytes: rules.text().as_bytes(),
        };
        match self.add(&command, &by, Some(document)).await {
            // Another router was first.
            Err(Error::Rules(RulesError::Refused(Refusal::Bootstrapped { .. }))) => Ok(()),
            added => added.map(|_| ()),
        }
    }

    /// Reads what is new in the log and puts it into force. What cannot be is said in the view, the beat, the metric and
    /// the log; the last good rules stay.
    ///
    /// # Errors
    /// When the store is away.
    pub(crate) async fn keep_up(&self) -> Result<(), Error> {
        // Held to the end: an older look must not undo what a newer one has put into force.
        let mut served = self.rules.served.lock().await;
        let mut problem = String::new();
        let workflow = match self.catch_up().await {
            Ok(workflow) => workflow,
            Err(Error::Rules(RulesError::Log(tampered))) => {
                problem = tampered.to_string();
                self.followed().await
            }
            Err(error) => return Err(error),
        };
        let missing = self.serve(&workflow, &mut served).await?;
        if !problem.is_empty() && !missing.is_empty() {
            problem.push_str("; ");
        }
        problem.push_str(&missing);
        self.metrics
            .rules
            .serves(&self.planner.rules(), !problem.is_empty());
        let before = self.rules.view().problem;
        if *before != *problem {
            if problem.is_empty() {
                tracing::info!("rules are served as they should be again");
            } else {
                tracing::error!(
                    reason = problem,
                    "rules cannot be served, the last good ones stay in force"
                );
            }
        }
        self.rules.see(View {
            workflow,
            problem: Arc::from(problem),
        });
        Ok(())
    }
}

/// Follows the log until told to stop.
pub(crate) async fn follow(engine: &Engine, poll: Duration, stop: &CancellationToken) {
    let mut feed = engine.store.rules().feed();
    let mut away = false;
    loop {
        // Kept over the looks in between, so that it is never cut short while it connects.
        let mut news = pin!(feed.next());
        loop {
            let kept_up = engine.keep_up().await;
            match &kept_up {
                Ok(()) if away => tracing::info!("rules are followed again"),
                Err(error) if !away => {
                    tracing::warn!(
                        reason = error.to_string(),
                        "rules are not followed, the last stay in force"
                    );
                }
                _ => {}
            }
            away = kept_up.is_err();
            tokio::select! {
                () = &mut news => break,
                () = tokio::time::sleep(poll) => {}
                () = stop.cancelled() => return,
            }
        }
    }
}

/// Says what this router serves, again and again and whenever that changes; says that it goes when told to stop.
pub(crate) async fn beat(engine: &Engine, every: Duration, stop: &CancellationToken) {
    let replica = &engine.rules.replica;
    let mut view = engine.rules.watch();
    while !stop.is_cancelled() {
        view.mark_unchanged();
        let state = serde_json::to_vec(&engine.report())
            .expect("a report has no map, so it has a JSON form");
        if let Err(error) = engine.store.rules().beat(replica, &state).await {
            tracing::debug!(
                reason = error.to_string(),
                "could not report what is served"
            );
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            _ = view.changed() => {}
            () = stop.cancelled() => {}
        }
    }
    if let Err(error) = engine.store.rules().leave(replica).await {
        tracing::debug!(reason = error.to_string(), "could not take leave");
    }
}
