//! Changing cases: version-checked and atomic.

use jiff::Timestamp;
use swiftline_domain::case::{Case, Event};
use swiftline_domain::id::Version;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_telemetry::TraceContext;

use crate::{Store, StoreError};

/// What one command, or several, did to a case.
#[derive(Debug, Clone)]
pub struct CaseCommit {
    /// The version that the decision was made on.
    pub before: Version,
    /// The case as it is after.
    pub case: Case,
    /// What happened, oldest first; as many as the version went up.
    pub events: Vec<Event>,
    /// When.
    pub at: Timestamp,
    /// The span that commits.
    pub trace: TraceContext,
    /// The team queues are to change as well: until [`Store::effects_done`] says so, the case comes up as
    /// [`crate::DueKind::Reconcile`] from `at` + `effects_grace_ms` on.
    pub effects: bool,
}

/// What came of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// It is in the store, now or by an earlier try of the same commit.
    Done,
    /// Somebody else was first: the case is at this version. Load it and decide again.
    Stale {
        /// The case's version.
        version: Version,
    },
    /// There is no such case.
    Missing,
}

impl Store {
    /// Commits changes to cases of one partition, each by itself; one answer for each, in order.
    ///
    /// # Errors
    /// When Redis is unavailable or refuses, fewer replicas confirm than wanted, or a case is of another partition.
    pub async fn commit(
        &self,
        partition: Partition,
        commits: Vec<CaseCommit>,
    ) -> Result<Vec<Committed>, StoreError> {
        let _ = (partition, commits);
        todo!()
    }

    /// Says that the queue effects of these cases' commits are done. The version is the commit's, so that a later
    /// commit's effects are still looked after.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn effects_done(&self, cases: &[(CaseNumber, Version)]) -> Result<(), StoreError> {
        let _ = cases;
        todo!()
    }
}
