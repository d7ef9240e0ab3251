//! Ledgers: what Redis keeps of a workflow, something that people change while the mesh runs. Each lies under a hash tag of
//! its own (`{rules}`, `{models}`): one slot, so that a script may touch several of its keys.
//!
//! The store understands none of it: entries of the log, documents and the states of replicas are bytes to it. What they
//! mean, and what may follow what, is for the service to say whose workflow it is.

mod documents;
mod lease;
mod log;
mod replicas;

pub use documents::Document;
pub use log::{Appended, MAX_ENTRY_BYTES};
pub use replicas::Replica;

use crate::keys::{Home, Keys, Workflow, ledger_home};
use crate::{LedgerFeed, Store, StoreError};

/// The ledger of a workflow: a log that is only appended to, documents under their digests, the replicas that follow it,
/// leases of its jobs, and a feed that wakes who follows.
#[derive(Debug, Clone, Copy)]
pub struct Ledger<'a> {
    store: &'a Store,
    of: Workflow,
}

impl Store {
    /// The ledger of the routing rules. Its documents have 8 MiB at most.
    #[must_use]
    pub const fn rules(&self) -> Ledger<'_> {
        let of = Workflow::Rules;
        Ledger { store: self, of }
    }

    /// The ledger of the classifier's models. Its documents have 20 MiB at most and lie in pieces of one.
    #[must_use]
    pub const fn models(&self) -> Ledger<'_> {
        let of = Workflow::Models;
        Ledger { store: self, of }
    }
}

impl<'a> Ledger<'a> {
    pub(crate) const fn of(store: &'a Store, of: Workflow) -> Self {
        Self { store, of }
    }

    /// A feed that wakes after each entry of the log, whoever appends it. One a process is enough; it begins with a wake-up.
    #[must_use]
    pub fn feed(self) -> LedgerFeed {
        let channel = self.keys().channel(self.of);
        self.store.feed(channel, (), |_| vec![()])
    }

    fn keys(self) -> &'a Keys {
        self.store.keys()
    }

    fn home(self) -> Home {
        ledger_home(self.of)
    }
}

/// Refuses what is larger than it may be.
pub(crate) fn within(what: &'static str, bytes: &[u8], limit: usize) -> Result<(), StoreError> {
    if bytes.len() <= limit {
        Ok(())
    } else {
        Err(StoreError::TooLarge {
            what,
            bytes: bytes.len(),
            limit,
        })
    }
}
