//! Rules that change while the router runs: proposed, approved, tried, put in force, taken back.
//!
//! ```text
//! force     the rules of one moment: what a decision takes     shadow    a set that decides beside them
//! book      the log, followed; entries appended                follow    from the log to what is served; beats
//! steps     propose, approve, reject, shadow, canary, activate status    what is in force, and who serves it
//! in_flight orders that wait when rules change                 watch     a canary ends by itself
//!   reconsider   one such order, decided anew (pure)
//! ```
//!
//! **Invariants**
//! - A decision is made by one snapshot; a swap delays none and mixes none.
//! - What cannot be loaded changes nothing: the last good rules stay in force, and the router says so.
//! - The log decides. A router serves what the log says, and nothing that only another router says.

mod book;
mod check;
mod error;
mod follow;
mod force;
mod history;
mod in_flight;
pub(crate) mod load;
mod metrics;
pub(crate) mod names;
mod outcomes;
mod reconsider;
mod replica;
mod shadow;
mod status;
mod steps;
mod watch;

pub(crate) use book::RuleBook;
pub(crate) use check::{Checked, Text};
pub(crate) use error::RulesError;
pub(crate) use follow::{beat, follow};
pub(crate) use force::{Judgement, RulesInForce, asks_text};
pub(crate) use history::{Replayed, Step};
pub(crate) use in_flight::look_after_orders;
pub(crate) use metrics::RulesMetrics;
pub(crate) use outcomes::Suggested;
pub(crate) use replica::{Peer, Wanted};
pub(crate) use shadow::{Difference, Shadows, decide_beside};
pub(crate) use status::{Shown, Status};
pub(crate) use steps::{Activate, Activated, By, Proposed};
pub(crate) use watch::watch_canary;
