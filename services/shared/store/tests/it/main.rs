//! The store against real servers: one Redis, and a cluster of three masters.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop here"
)]

mod accept;
mod commit;
mod due;
mod faults;
mod history;
mod letters;
mod log;
mod opening;
mod recent;
mod reclaim;
mod replicas;
mod rules_counts;
mod rules_log;
mod rules_replicas;
mod support;
mod teams;
