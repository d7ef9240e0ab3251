//! All of Redis: cases, the case log, deadlines, team queues.

mod accept;
mod cases;
mod commit;
mod due;
mod error;
mod feed;
mod letters;
mod log;
mod mint;
mod rates;
pub mod seal;
mod settings;
mod teams;

use swiftline_domain::number::Partition;

pub use accept::{Accepted, IdempotencyKey, KeyError, MAX_KEY_BYTES, NewCase};
pub use cases::Stored;
pub use commit::{CaseCommit, Committed};
pub use due::{DueItem, DueKind};
pub use error::StoreError;
pub use feed::{DeskFeed, Wake};
pub use letters::{DeadLetter, LetterId, LetterIdError};
pub use log::{Delivery, EntryId, EntryIdError, EntryKind, Group, GroupState, Log};
pub use rates::{Counter, Rates, UnknownCounter};
pub use settings::StoreSettings;
pub use teams::{LaneState, QueueCursor, QueueState, QueuedOffer, Settle};

/// The store. Cheap to clone; every clone shares the connections.
#[derive(Clone)]
pub struct Store {}

impl Store {
    /// Connects, waiting for Redis up to `connect_wait_ms` and saying so; checks its version and the partition count; says
    /// how much a crash of Redis could lose.
    ///
    /// # Errors
    /// When Redis cannot be reached in time, is too old, wants other credentials, or holds a store of another shape.
    pub async fn connect(settings: &StoreSettings) -> Result<Self, StoreError> {
        let _ = settings;
        todo!()
    }

    /// The partitions.
    pub fn partitions(&self) -> impl Iterator<Item = Partition> + use<> {
        (0..0).map(Partition)
    }
}
