//! The case log: a stream a partition, read by groups, at least once.

mod entry;

use std::time::Duration;

use swiftline_domain::id::UnitId;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_proto::types::v1::Commit;
use swiftline_telemetry::TraceContext;

use crate::{Counter, Store, StoreError};
pub use entry::{EntryId, EntryIdError};

/// A group of consumers: each entry goes to one consumer of each group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// The classifiers: entries of [`EntryKind::Accepted`] only.
    Classifier,
    /// The feedback services: every entry.
    Feedback,
}

/// What an entry of the log tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A case was accepted; its commit has the complaint.
    Accepted,
    /// A case moved on.
    Moved,
}

/// An entry that this consumer is to handle and then [`Log::ack`], [`Log::ack_counting`] or [`Log::bury`].
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The partition.
    pub partition: Partition,
    /// The entry.
    pub id: EntryId,
    /// What it tells of.
    pub kind: EntryKind,
    /// The case.
    pub number: CaseNumber,
    /// What happened.
    pub commit: Commit,
    /// The span that committed it.
    pub trace: TraceContext,
    /// How often it has been delivered, this time included: 1 for the first.
    pub attempts: u32,
}

/// A group's standing in one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupState {
    /// The partition.
    pub partition: Partition,
    /// The group.
    pub group: Group,
    /// Entries in the log, handled or not.
    pub length: u64,
    /// Entries not yet delivered to the group.
    pub lag: u64,
    /// Entries delivered and not acknowledged.
    pub pending: u64,
    /// Age of the oldest entry not acknowledged.
    pub oldest: Option<Duration>,
    /// Dead letters of the partition, of all groups.
    pub dead: u64,
}

/// One consumer's view of the log.
pub struct Log {}

impl Store {
    /// A consumer of the log with a name of its own.
    #[must_use]
    pub fn log(&self, group: Group) -> Log {
        let _ = group;
        todo!()
    }

    /// The standing of every group in every partition.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn group_states(&self) -> Result<Vec<GroupState>, StoreError> {
        todo!()
    }

    /// Drops from the log what every group has acknowledged; says how many entries.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn trim(&self) -> Result<u64, StoreError> {
        todo!()
    }
}

impl Log {
    /// Up to `max` new entries, a fair share of each partition. Waits for the first; gives an empty batch after a fifth of a
    /// second of nothing, so that a service can look whether it is to stop. Do not drop it halfway: what it was just given
    /// would wait for [`Log::reclaim`].
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn read(&self, max: usize) -> Result<Vec<Delivery>, StoreError> {
        let _ = max;
        todo!()
    }

    /// Takes over what consumers of the group (this one too) were given more than `min_idle` ago and have not acknowledged.
    /// Entries delivered `max_deliveries` times already become dead letters instead.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn reclaim(&self, min_idle: Duration) -> Result<Vec<Delivery>, StoreError> {
        let _ = min_idle;
        todo!()
    }

    /// Acknowledges.
    ///
    /// # Errors
    /// When Redis is unavailable; may be repeated.
    pub async fn ack(&self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        let _ = deliveries;
        todo!()
    }

    /// Acknowledges, and counts what each entry is worth: in one step, so that a repeat counts nothing twice.
    ///
    /// # Errors
    /// When Redis is unavailable; may be repeated.
    pub async fn ack_counting(
        &self,
        deliveries: &[(Delivery, Vec<(UnitId, Counter)>)],
    ) -> Result<(), StoreError> {
        let _ = deliveries;
        todo!()
    }

    /// Gives an entry up: acknowledges it and keeps it as a dead letter, in one step. The reason is shown to operators:
    /// nothing personal in it.
    ///
    /// # Errors
    /// When Redis is unavailable; may be repeated.
    pub async fn bury(&self, delivery: &Delivery, reason: &str) -> Result<(), StoreError> {
        let _ = (delivery, reason);
        todo!()
    }

    /// The standing of this consumer's group in every partition.
    ///
    /// # Errors
    /// When Redis is unavailable.
    pub async fn state(&self) -> Result<Vec<GroupState>, StoreError> {
        todo!()
    }
}
