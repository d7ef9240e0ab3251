//! The store against real servers: one Redis, and a cluster of three masters.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop here"
)]

mod accept;
mod answer_counts;
mod backlog;
mod commit;
mod due;
mod faults;
mod history;
mod insight;
mod invitations;
mod ledger_documents;
mod ledger_log;
mod ledger_replicas;
mod lessons;
mod letters;
mod likeness;
mod log;
mod opening;
mod password;
mod recent;
mod reclaim;
mod replicas;
mod rules_counts;
mod scores;
mod support;
mod teams;
