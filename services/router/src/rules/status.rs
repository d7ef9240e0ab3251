//! What is in force, what is tried, and what every router serves of it.

use std::sync::Arc;

use swiftline_domain::rules::RulesDigest;
use swiftline_domain::rules::workflow::{InFlight, Version, Workflow};

use super::names::resolve;
use super::replica::{Peer, Progress, Wanted};
use super::shadow::Seen;
use super::steps::version;
use super::watch::Figures;
use crate::engine::Engine;
use crate::error::Error;

/// How the rules stand.
#[derive(Debug)]
pub(crate) struct Status {
    /// What the log says.
    pub(crate) workflow: Arc<Workflow>,
    /// What every router should serve.
    pub(crate) wanted: Wanted,
    /// Every router that reported lately.
    pub(crate) peers: Vec<Peer>,
    /// What this router has seen of the shadow.
    pub(crate) shadow: Seen,
    /// What has become of the canary's cases.
    pub(crate) canary: Figures,
    /// The work on orders in flight that the newest activation asked for.
    pub(crate) in_flight: Option<InFlightWork>,
}

/// Work on orders in flight.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InFlightWork {
    /// What was asked.
    pub(crate) mode: InFlight,
    /// It is over.
    pub(crate) done: bool,
    /// How far it has come.
    pub(crate) progress: Progress,
}

/// A version and all that is kept of it.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The version.
    pub(crate) version: Version,
    /// Its text.
    pub(crate) text: String,
    /// Its lint report as JSON, with its digest.
    pub(crate) lint: Option<(RulesDigest, String)>,
    /// Its newest replay report as JSON, with its digest.
    pub(crate) replay: Option<(RulesDigest, String)>,
}

impl Status {
    /// Whether every live router serves what it should.
    #[must_use]
    pub(crate) fn converged(&self) -> bool {
        let mut live = self.peers.iter().filter(|peer| !peer.is_gone());
        live.all(|peer| peer.serves(&self.wanted))
    }
}

impl Engine {
    /// How the rules stand now.
    ///
    /// # Errors
    /// When the store is away or the log cannot be followed.
    pub(crate) async fn rules_status(&self) -> Result<Status, Error> {
        let workflow = self.catch_up().await?;
        let peers = self.peers().await?;
        let canary = match workflow.canary() {
            Some(canary) => self.canary_figures(canary).await?,
            None => Figures::default(),
        };
        let shadow = workflow.shadow();
        Ok(Status {
            wanted: Wanted::of(&workflow),
            shadow: shadow.map_or_else(Seen::default, |shadow| self.shadows.seen(&shadow.digest)),
            in_flight: in_flight(&workflow, &peers),
            canary,
            peers,
            workflow,
        })
    }

    /// A version with its text and reports; without digits the one in force.
    ///
    /// # Errors
    /// When there is none of these digits, or the store is away.
    pub(crate) async fn show_rules(&self, digits: &str) -> Result<Shown, Error> {
        let workflow = self.catch_up().await?;
        let active = workflow.active().filter(|_| digits.is_empty());
        let digest = match active {
            Some(active) => active.clone(),
            None => resolve(&workflow, digits, "digest")?,
        };
        let version = version(&workflow, &digest)?;
        let lint = version.lint.as_ref().map(|lint| lint.digest.clone());
        let replay = version.replay.as_ref().map(|replay| replay.report.clone());
        Ok(Shown {
            text: self.rules_text(&digest).await?,
            lint: self.named_report(lint).await?,
            replay: self.named_report(replay).await?,
            version,
        })
    }

    async fn named_report(
        &self,
        digest: Option<RulesDigest>,
    ) -> Result<Option<(RulesDigest, String)>, Error> {
        let Some(digest) = digest else {
            return Ok(None);
        };
        let text = self.report_text(&digest).await?;
        Ok(text.map(|text| (digest, text)))
    }
}

/// The work of the newest activation: as the log says once it is over, until then as the router tells that does it.
fn in_flight(workflow: &Workflow, peers: &[Peer]) -> Option<InFlightWork> {
    let newest = workflow.activations().last()?;
    newest.replaces.as_ref()?;
    let activation = newest.mark.seq;
    let mode = newest.in_flight;
    if let Some(over) = &newest.reevaluated {
        let progress = Progress {
            activation,
            looked_at: over.looked_at,
            moved: over.moved,
            failed: over.failed,
        };
        return Some(InFlightWork {
            mode,
            done: true,
            progress,
        });
    }
    let told = peers.iter().filter_map(|peer| peer.beat.in_flight);
    let told = told.filter(|progress| progress.activation == activation);
    Some(InFlightWork {
        mode,
        done: mode == InFlight::Keep,
        progress: told
            .max_by_key(|progress| progress.looked_at)
            .unwrap_or_default(),
    })
}
