//! How a rule set comes into force: proposed, replayed, approved, tried, activated, and back again.
//!
//! The workflow is an event-sourced state machine. Its log is the audit log: one [`Entry`] a line, each carrying the hash of
//! the one before. [`Workflow`] is what a log says in the end; [`Workflow::decide`] turns a [`Command`] into the next
//! entry or a [`Refusal`]; [`verify`] finds an entry that was changed, dropped, moved or put in.
//!
//! ```text
//! Bootstrapped ─▶ Active          (entry 0: the pack's own rules)
//! Proposed ─▶ Approved ─▶ Active ─▶ Former ─▶ Active (rollback)
//!     └─────────┴──▶ Rejected ◀───────┘   Rejected ─▶ Proposed (proposed again: nothing of before counts)
//! beside it: Shadowed … ShadowEnded, CanaryStarted … CanaryEnded; an activation of the same set ends both
//! ```
//!
//! **Invariants**
//! - After entry 0 exactly one version is active; it was approved, or is the pack's own.
//! - Nobody approves what they have proposed; an approval names the lint and the replay that were seen.
//! - The same entries always give the same workflow; an entry that no [`Workflow::decide`] would have made is refused by
//!   [`Workflow::follow`]. So what is lawful may be widened in later releases, never narrowed.

mod action;
mod command;
mod entry;
mod evolve;
mod law;
mod refusal;
mod state;
#[cfg(test)]
mod tests;
mod verify;

pub use action::{
    Action, Breach, CanaryBounds, Ended, InFlight, MAX_DISTRICTS, MAX_PERMILLE, RateKind, ReportRef,
};
pub use command::{By, Command, PACK_ACTOR};
pub use entry::{Entry, EntryError, EntryHash};
pub use law::{MAX_REASON_CHARS, MAX_VERSIONS};
pub use refusal::{Refusal, RefusalKind};
pub use state::{
    Activation, Approval, Canary, CanaryEnd, Mark, PastCanary, Reevaluation, ReplayRef, Shadow,
    Status, Version, Workflow,
};
pub use verify::{Head, Tampered, Why, verify, verify_against};
