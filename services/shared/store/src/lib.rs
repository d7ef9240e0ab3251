//! All of Redis: cases, the case log, deadlines, team queues, dead letters, and sealing.
//!
//! # What is stored
//!
//! Everything of a case lies in its partition, everything of a team's queue with the team; `keys` names each key and says
//! what it holds. A change to a case is one script call in one slot: record, log entry and deadline change together or not
//! at all. Between a case and a team's queue there is no transaction: the queue follows the case, and a marker among the
//! deadlines ([`DueKind::Reconcile`]) brings up every case whose queue may not have followed.
//!
//! # Invariants
//!
//! - **Only this crate speaks to Redis**, and every key and script has one home in it.
//! - **An answer means durable**, as far as Redis' fsync policy and `wait_replicas` say; the loss window of anything weaker
//!   than `appendfsync always` is logged at start.
//! - **Everything may be repeated.** Each script recognises its own repeat, so a lost answer, a crash or a retry doubles
//!   nothing: acceptance by the first commit's bytes, a commit by its own bytes, an offer by its number, an acknowledgement
//!   and its counters by the group's pending list.
//! - **Delivery is at least once**, and an entry leaves the log only when every group has acknowledged it.
//! - **No command blocks**, and every batch is bounded ([`MAX_BATCH`] to a script call).

mod accept;
mod answer_counts;
mod audit;
mod backlog;
mod cases;
mod commit;
mod conn;
mod drift;
mod due;
mod error;
mod feed;
mod insight;
mod invitations;
mod keys;
mod leaving;
mod ledger;
mod lessons;
mod letters;
mod likeness;
mod log;
mod mint;
mod open;
mod password;
mod rates;
mod recent;
mod reply;
mod rule_counts;
mod scores;
mod script;
pub mod seal;
mod settings;
mod teams;
mod waiting;

use std::sync::Arc;

use swiftline_config::Files;
use swiftline_domain::number::{CaseNumber, Partition};

use password::Password;

pub use accept::{Accepted, Contact, IdempotencyKey, KeyError, MAX_KEY_BYTES, NewCase};
pub use answer_counts::{AnswerCounter, AnswerCounts};
pub use backlog::Backlog;
pub use cases::Stored;
pub use commit::{CaseCommit, Committed};
pub use drift::{CONFIDENCE_BINS, DRIFT_DAYS, DriftCounts};
pub use due::{DueItem, DueKind};
pub use error::StoreError;
pub use feed::{DeskFeed, Feed, LedgerFeed, Wake};
pub use insight::{Folded, InsightDocument, InsightState, MAX_INSIGHT_BYTES, MAX_NOTES, Note};
pub use invitations::Hold;
pub use leaving::{ArchiveState, CaseBatch, Leaving, LogBatch};
pub use ledger::{Appended, Document, Ledger, MAX_ENTRY_BYTES, Replica};
pub use lessons::{Kept, Lesson, LessonCursor, TAUGHT_DAYS, Taught};
pub use letters::{DeadLetter, LetterId, LetterIdError};
pub use likeness::{Candidate, Likely, LikenessBounds, MAX_LIKENESS_KEYS, MAX_SKETCH_BYTES};
pub use log::{Delivery, EntryId, EntryIdError, EntryKind, Group, GroupState, Log, UnknownGroup};
pub use rates::{Counter, Rates, UnknownCounter};
pub use recent::RecentPage;
pub use rule_counts::{Counts, RuleCount, RuleCounter, RuleCounts};
pub use scores::{Counted, Dossier, ScoreChange, ScoreLine, ScoreSum};
pub use settings::{ContactSettings, StoreSettings};
pub use teams::{LaneState, QueueCursor, QueueState, QueuedOffer, Settle};

/// The most items that go into one script call. While a script runs, Redis serves nobody else: this keeps it to a few
/// milliseconds. Longer batches are split.
pub const MAX_BATCH: usize = 256;

/// The store. Cheap to clone; every clone shares the connections.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    settings: StoreSettings,
    conn: conn::Conn,
    addresses: Vec<redis::ConnectionInfo>,
    password: Option<Password>,
    keys: keys::Keys,
    mint: mint::Mint,
}

impl Store {
    /// Connects, waiting for Redis up to `connect_wait_ms` and saying so; checks its version and the partition count; says
    /// how much a crash of Redis could lose.
    ///
    /// # Errors
    /// When Redis cannot be reached in time, is too old, wants other credentials, or holds a store of another shape.
    pub async fn connect(settings: &StoreSettings) -> Result<Self, StoreError> {
        Self::connect_with(settings, &Files::new()).await
    }

    /// [`Store::connect`] for a process that looks at its files: the password follows `password_file`.
    ///
    /// # Errors
    /// As [`Store::connect`]; [`StoreError::Password`] when that file cannot be read.
    pub async fn connect_with(settings: &StoreSettings, files: &Files) -> Result<Self, StoreError> {
        let password = Password::watch(settings, files)?;
        let password = password.as_ref();
        open::patiently(settings, async || Self::open(settings, password).await).await
    }

    async fn open(
        settings: &StoreSettings,
        password: Option<&Password>,
    ) -> Result<Self, StoreError> {
        let conn = conn::Conn::open(settings, password).await?;
        let keys = keys::Keys::new(&settings.namespace);
        open::check(&conn, &keys, settings).await?;
        let store = Self(Arc::new(Inner {
            settings: settings.clone(),
            conn,
            addresses: conn::addresses(settings)?,
            password: password.cloned(),
            keys,
            mint: mint::Mint::new(settings.partitions),
        }));
        store.create_groups().await?;
        Ok(store)
    }

    /// The partitions.
    pub fn partitions(&self) -> impl Iterator<Item = Partition> + use<> {
        (0..self.0.settings.partitions).map(Partition)
    }

    /// The settings that it was connected with.
    #[must_use]
    pub fn settings(&self) -> &StoreSettings {
        &self.0.settings
    }

    /// Whether Redis answers: for health checks.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.conn().run_everywhere(redis::cmd("PING")).await?;
        Ok(())
    }

    fn conn(&self) -> &conn::Conn {
        &self.0.conn
    }

    fn keys(&self) -> &keys::Keys {
        &self.0.keys
    }

    /// Checks that the store has this partition.
    fn known(&self, partition: Partition) -> Result<(), StoreError> {
        let partitions = self.0.settings.partitions;
        if partition.0 < partitions {
            Ok(())
        } else {
            Err(StoreError::NoSuchPartition {
                partition,
                partitions,
            })
        }
    }

    /// Checks that the case is in this partition, and the store has it.
    fn in_partition(&self, number: CaseNumber, partition: Partition) -> Result<(), StoreError> {
        self.known(partition)?;
        if number.partition() == partition {
            Ok(())
        } else {
            Err(StoreError::WrongPartition { number, partition })
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the settings: the URL may have a password.
        f.debug_struct("Store").finish_non_exhaustive()
    }
}
