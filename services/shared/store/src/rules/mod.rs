//! What Redis keeps of the rule workflow, under the hash tag `{rules}`: one slot, so that a script may touch several of
//! its keys. Only what happened under each rule is counted in the partitions, where the log entries are that tell it.
//!
//! The store understands none of it: entries of the log, documents and the states of replicas are bytes to it. What they
//! mean, and what may follow what, is the domain's.

mod counts;
mod documents;
mod lease;
mod log;
mod replicas;

pub use counts::{Counts, RuleCount, RuleCounter, RuleCounts};
pub use documents::{Document, MAX_RULES_DOCUMENT_BYTES};
pub use log::{MAX_RULES_ENTRY_BYTES, RulesAppended};
pub use replicas::Replica;

use crate::StoreError;

/// Refuses what is larger than it may be.
fn within(what: &'static str, bytes: &[u8], limit: usize) -> Result<(), StoreError> {
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
