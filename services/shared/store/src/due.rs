//! Deadlines: what wants attention by itself, and when.

use std::time::Duration;

use jiff::Timestamp;
use swiftline_domain::case::Case;
use swiftline_domain::id::Version;
use swiftline_domain::number::{CaseNumber, Partition};

use crate::{Store, StoreError};

/// A case that wants attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueItem {
    /// The case.
    pub number: CaseNumber,
    /// Why.
    pub kind: DueKind,
}

/// Why a case wants attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueKind {
    /// An offer may have expired or a clock run out: ask `case.due_command(now)`, commit, or [`Store::reschedule`].
    Deadline,
    /// The effects of the commit that made this version may be unfinished: make the team queues agree with the case, then
    /// [`Store::effects_done`] with this version.
    Reconcile {
        /// The version.
        version: Version,
    },
}

impl Store {
    /// Up to `limit` cases whose time came before `now`, the oldest first. Each is pushed back to `now + lease` in the
    /// same step, so that no other worker gets it before then.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn claim_due(
        &self,
        partition: Partition,
        now: Timestamp,
        lease: Duration,
        limit: usize,
    ) -> Result<Vec<DueItem>, StoreError> {
        let _ = (partition, now, lease, limit);
        todo!()
    }

    /// Sets the case's deadline to `case.next_deadline()`, or drops it; nothing when the store has a newer version, whose
    /// commit has set its own.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn reschedule(&self, case: &Case) -> Result<(), StoreError> {
        let _ = case;
        todo!()
    }
}
