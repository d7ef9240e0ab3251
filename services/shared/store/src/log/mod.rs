//! The case log: a stream a partition, read by groups, **at least once**: an entry that was handled but not acknowledged
//! comes again. It leaves the log when every group has acknowledged it ([`Store::trim`]).

mod decode;
mod entry;
mod read;
mod reclaim;
mod settle;
mod state;

use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::time::Duration;

use futures::future::try_join_all;
use redis::{RedisResult, cmd};
use swiftline_domain::case::Event;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_proto::types::v1::Commit;
use swiftline_telemetry::TraceContext;

use crate::keys::partition_home;
use crate::{Store, StoreError};
pub use entry::{EntryId, EntryIdError};

/// A group of consumers: each entry goes to one consumer of each group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// The classifiers: what they classify and what they learn from, [`EntryKind::Accepted`] and [`EntryKind::Taught`].
    Classifier,
    /// The feedback services: every entry.
    Feedback,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 2] = [Self::Classifier, Self::Feedback];

    /// The group's name in Redis, in metrics and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Classifier => "classifier",
            Self::Feedback => "feedback",
        }
    }

    /// Whether the group handles entries of this kind. Others are acknowledged for it, unseen.
    #[must_use]
    pub const fn wants(self, kind: EntryKind) -> bool {
        match self {
            Self::Classifier => matches!(kind, EntryKind::Accepted | EntryKind::Taught),
            Self::Feedback => true,
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that is no group of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a group of the log; there are classifier and feedback")]
pub struct UnknownGroup(String);

impl FromStr for Group {
    type Err = UnknownGroup;

    fn from_str(word: &str) -> Result<Self, UnknownGroup> {
        Self::ALL
            .into_iter()
            .find(|group| group.as_str() == word)
            .ok_or_else(|| UnknownGroup(word.to_owned()))
    }
}

/// What an entry of the log tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A case was accepted; its commit has the complaint.
    Accepted,
    /// A case moved on.
    Moved,
    /// A case moved on because a person said what it is.
    Taught,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Accepted, Self::Moved, Self::Taught];

    /// The kind's name in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Moved => "moved",
            Self::Taught => "taught",
        }
    }

    /// The kind of a commit of these events; not of the one that accepts.
    pub(crate) fn of(events: &[Event]) -> Self {
        let by_a_person = |event: &Event| match event {
            Event::Classified { classification, .. } => classification.is_by_a_person(),
            _ => false,
        };
        if events.iter().any(by_a_person) {
            Self::Taught
        } else {
            Self::Moved
        }
    }
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
pub struct Log {
    store: Store,
    group: Group,
    /// A name that no other consumer has or ever had.
    consumer: String,
    /// Which partition is asked first next time.
    turn: AtomicUsize,
    /// How long to wait after finding nothing, microseconds.
    pause_us: AtomicU64,
    /// Entries that are not for this group, to be acknowledged with the next read.
    skipped: Mutex<Vec<(Partition, EntryId)>>,
}

impl Store {
    /// A consumer of the log with a name of its own. Consumers that are gone are forgotten by [`Log::reclaim`].
    #[must_use]
    pub fn log(&self, group: Group) -> Log {
        Log {
            store: self.clone(),
            group,
            consumer: format!("{:032x}", rand::random::<u128>()),
            turn: AtomicUsize::new(0),
            pause_us: AtomicU64::new(0),
            skipped: Mutex::default(),
        }
    }

    /// Makes the groups of every partition, each from the beginning of the log, where they are not there yet.
    pub(crate) async fn create_groups(&self) -> Result<(), StoreError> {
        let all = self
            .partitions()
            .flat_map(|partition| Group::ALL.map(|group| self.create_group(partition, group)));
        try_join_all(all).await?;
        Ok(())
    }

    async fn create_group(&self, partition: Partition, group: Group) -> RedisResult<()> {
        let mut create = cmd("XGROUP");
        create
            .arg("CREATE")
            .arg(self.keys().log(partition))
            .arg(group.as_str())
            .arg("0")
            .arg("MKSTREAM");
        match self.conn().run(partition_home(partition), create).await {
            Err(error) if error.code() != Some("BUSYGROUP") => Err(error),
            _ => Ok(()),
        }
    }
}

impl Log {
    /// Its group.
    #[must_use]
    pub const fn group(&self) -> Group {
        self.group
    }
}
