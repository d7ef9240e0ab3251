//! What a log says in the end.

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::Serialize;

use super::action::{CanaryBounds, Ended, InFlight, ReportRef};
use super::verify::Head;
use crate::city::words;
use crate::id::{ActorId, AreaId};
use crate::rules::RulesDigest;

words! {
    /// Where a version stands.
    Status {
        /// Put forward; another person must approve it.
        Proposed = "proposed",
        /// May be put into force.
        Approved = "approved",
        /// In force.
        Active = "active",
        /// Was in force; may be again.
        Former = "former",
        /// Must not come into force.
        Rejected = "rejected",
    }
}

/// Which entry did something, who, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// The number of the entry.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: ActorId,
    /// Why.
    pub reason: String,
}

/// The newest replay of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplayRef {
    /// Who replayed it, and when.
    pub mark: Mark,
    /// The version it was compared with.
    pub against: RulesDigest,
    /// The SHA-256 of the report.
    pub report: RulesDigest,
    /// How many complaints were decided.
    pub complaints: u64,
    /// How many of them go to another unit.
    pub moved: u64,
}

/// The approval of a version, and what the approver had seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// Who approved, and when.
    pub mark: Mark,
    /// The lint report.
    pub lint: RulesDigest,
    /// The replay report.
    pub replay: RulesDigest,
}

/// A rule set in the workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Version {
    /// Its name.
    pub digest: RulesDigest,
    /// Where it stands.
    pub status: Status,
    /// Who put it forward; the pack for its own rules.
    pub proposed: Mark,
    /// The version it was made from; `None` for the pack's own.
    pub base: Option<RulesDigest>,
    /// How many rules it has; `None` for the pack's own.
    pub rules: Option<u64>,
    /// What lint says of it; `None` for the pack's own.
    pub lint: Option<ReportRef>,
    /// Its newest replay.
    pub replay: Option<ReplayRef>,
    /// Who approved it.
    pub approval: Option<Approval>,
    /// Who rejected it; `None` unless it is rejected.
    pub rejected: Option<Mark>,
}

/// A rule set that decides beside the active one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shadow {
    /// Its name.
    pub digest: RulesDigest,
    /// Who started it, and when.
    pub started: Mark,
}

/// A rule set that is in force in some areas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Canary {
    /// Its name.
    pub digest: RulesDigest,
    /// In which areas.
    pub districts: Vec<AreaId>,
    /// When it ends by itself.
    pub bounds: CanaryBounds,
    /// Who started it, and when.
    pub started: Mark,
}

/// How a canary ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CanaryEnd {
    /// By hand or by a bound.
    Stopped(Ended),
    /// Its rule set was put into force everywhere.
    Promoted,
    /// Its rule set was rejected.
    Rejected,
}

/// A canary that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PastCanary {
    /// What it was.
    pub canary: Canary,
    /// How it ended.
    pub end: CanaryEnd,
    /// Who ended it, and when.
    pub ended: Mark,
}

/// What became of the orders in flight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reevaluation {
    /// Who says so, and when.
    pub mark: Mark,
    /// How many were looked at.
    pub looked_at: u64,
    /// How many of them moved.
    pub moved: u64,
    /// How many of them could not be decided or moved.
    pub failed: u64,
}

/// A rule set came into force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Activation {
    /// Who put it into force, and when; `mark.seq` is what [`super::Action::Reevaluated`] names.
    pub mark: Mark,
    /// Its name.
    pub digest: RulesDigest,
    /// The one before; `None` for the pack's own at the first use.
    pub replaces: Option<RulesDigest>,
    /// What was to become of the orders in flight.
    pub in_flight: InFlight,
    /// It had been in force before.
    pub rollback: bool,
    /// What became of them, by the newest report.
    pub reevaluated: Option<Reevaluation>,
}

/// What a log says in the end. An empty one is [`Workflow::default`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workflow {
    pub(super) versions: IndexMap<RulesDigest, Version>,
    pub(super) active: Option<RulesDigest>,
    pub(super) shadow: Option<Shadow>,
    pub(super) canary: Option<Canary>,
    pub(super) last_canary: Option<PastCanary>,
    pub(super) activations: Vec<Activation>,
    /// What a rollback goes back through: the active version last, below it what stood before each. A rollback takes
    /// away what it goes behind, so that the next one leads further back and never to what was left.
    pub(super) standing: Vec<RulesDigest>,
    pub(super) head: Head,
}

impl Workflow {
    /// The last entry it knows.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Every version, in the order in which each was first seen.
    pub fn versions(&self) -> impl ExactSizeIterator<Item = &Version> {
        self.versions.values()
    }

    /// The version of this digest.
    #[must_use]
    pub fn version(&self, digest: &RulesDigest) -> Option<&Version> {
        self.versions.get(digest)
    }

    /// The version in force; `None` only for an empty log.
    #[must_use]
    pub fn active(&self) -> Option<&RulesDigest> {
        self.active.as_ref()
    }

    /// The version that decides beside the active one.
    #[must_use]
    pub fn shadow(&self) -> Option<&Shadow> {
        self.shadow.as_ref()
    }

    /// The version that is in force in some areas.
    #[must_use]
    pub fn canary(&self) -> Option<&Canary> {
        self.canary.as_ref()
    }

    /// The last canary that is over.
    #[must_use]
    pub fn last_canary(&self) -> Option<&PastCanary> {
        self.last_canary.as_ref()
    }

    /// Everything that came into force, the newest last.
    #[must_use]
    pub fn activations(&self) -> &[Activation] {
        &self.activations
    }

    /// Where a rollback without a digest leads: the version that stood before the active one and was not rejected since.
    #[must_use]
    pub fn before(&self) -> Option<&RulesDigest> {
        let below = self.standing.iter().rev().skip(1);
        let mut former = below.filter(|digest| {
            self.version(digest)
                .is_some_and(|version| version.status == Status::Former)
        });
        former.next()
    }
}
