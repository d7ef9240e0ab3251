//! What people and the router ask of the workflow.

use jiff::Timestamp;

use super::action::{Action, CanaryBounds, Ended, InFlight, ReportRef};
use super::entry::Entry;
use super::refusal::Refusal;
use super::state::Workflow;
use crate::id::{ActorId, AreaId};
use crate::rules::RulesDigest;

/// The actor in whose name a pack's own rules come into force.
pub const PACK_ACTOR: &str = "pack";

/// Who asks, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub actor: ActorId,
    /// When: now.
    pub at: Timestamp,
    /// Why, in their words; 1 to [`super::MAX_REASON_CHARS`] characters without control characters.
    pub reason: String,
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Put the pack's own rules into force: the first entry, by [`PACK_ACTOR`].
    Bootstrap {
        /// The pack's rule set.
        digest: RulesDigest,
    },
    /// Put a rule set forward.
    Propose {
        /// The rule set.
        digest: RulesDigest,
        /// The one it was made from; `None` = the active one.
        base: Option<RulesDigest>,
        /// How many rules it has.
        rules: u64,
        /// What lint says of it.
        lint: ReportRef,
    },
    /// Keep what a replay has shown.
    RecordReplay {
        /// The rule set.
        digest: RulesDigest,
        /// The one it was compared with.
        against: RulesDigest,
        /// The SHA-256 of the report.
        report: RulesDigest,
        /// How many complaints were decided.
        complaints: u64,
        /// How many of them go to another unit.
        moved: u64,
    },
    /// Agree, having seen these reports.
    Approve {
        /// The rule set.
        digest: RulesDigest,
        /// The lint report.
        lint: RulesDigest,
        /// The replay report.
        replay: RulesDigest,
    },
    /// Rule out that a rule set comes into force. Ends its shadow and its canary.
    Reject {
        /// The rule set.
        digest: RulesDigest,
    },
    /// Let a rule set decide beside the active one.
    StartShadow {
        /// The rule set.
        digest: RulesDigest,
    },
    /// End that.
    EndShadow {
        /// The rule set.
        digest: RulesDigest,
    },
    /// Put a rule set into force in some areas. Whether the city has them is the caller's to check.
    StartCanary {
        /// The rule set.
        digest: RulesDigest,
        /// In which areas, 1 to [`super::MAX_DISTRICTS`].
        districts: Vec<AreaId>,
        /// When it ends by itself.
        bounds: CanaryBounds,
    },
    /// End that.
    EndCanary {
        /// The rule set.
        digest: RulesDigest,
        /// Why.
        why: Ended,
    },
    /// Put an approved rule set into force everywhere.
    Activate {
        /// The rule set.
        digest: RulesDigest,
        /// The one that is in force as far as the caller knows.
        expected_active: RulesDigest,
        /// What becomes of the orders in flight.
        in_flight: InFlight,
    },
    /// Put a rule set into force again.
    Rollback {
        /// The rule set; `None` = the one that was in force before, see [`Workflow::before`].
        digest: Option<RulesDigest>,
        /// The one that is in force as far as the caller knows.
        expected_active: RulesDigest,
        /// What becomes of the orders in flight.
        in_flight: InFlight,
    },
    /// Keep what became of the orders in flight. A later one for the same activation takes its place.
    RecordReevaluation {
        /// The number of the activation's entry.
        activation: u64,
        /// How many were looked at.
        looked_at: u64,
        /// How many of them moved.
        moved: u64,
        /// How many of them could not be decided or moved.
        failed: u64,
    },
}

impl Workflow {
    /// Decides what becomes of a command: the entry to append, which [`Workflow::evolve`] then takes, or why not.
    ///
    /// # Errors
    /// A [`Refusal`] that says what is wrong and what to do; the log stays as it is.
    pub fn decide(&self, command: Command, by: By) -> Result<Entry, Refusal> {
        let action = self.action(command)?;
        self.check(&action, &by.actor, &by.reason)?;
        Ok(Entry::seal(self.head(), by, action))
    }

    /// The command as it would stand in the log, with what it leaves open filled in.
    fn action(&self, command: Command) -> Result<Action, Refusal> {
        Ok(match command {
            Command::Bootstrap { digest } => Action::Bootstrapped { digest },
            Command::Propose {
                digest,
                base,
                rules,
                lint,
            } => Action::Proposed {
                digest,
                base: base.map_or_else(|| self.need_active().cloned(), Ok)?,
                rules,
                lint,
            },
            Command::RecordReplay {
                digest,
                against,
                report,
                complaints,
                moved,
            } => Action::Replayed {
                digest,
                against,
                report,
                complaints,
                moved,
            },
            Command::Approve {
                digest,
                lint,
                replay,
            } => Action::Approved {
                digest,
                lint,
                replay,
            },
            Command::Reject { digest } => Action::Rejected { digest },
            Command::StartShadow { digest } => Action::Shadowed { digest },
            Command::EndShadow { digest } => Action::ShadowEnded { digest },
            Command::StartCanary {
                digest,
                districts,
                bounds,
            } => Action::CanaryStarted {
                digest,
                districts,
                bounds,
            },
            Command::EndCanary { digest, why } => Action::CanaryEnded { digest, why },
            Command::Activate {
                digest,
                expected_active,
                in_flight,
            } => Action::Activated {
                digest,
                replaces: expected_active,
                in_flight,
                rollback: false,
            },
            Command::Rollback {
                digest,
                expected_active,
                in_flight,
            } => Action::Activated {
                digest: digest
                    .or_else(|| self.before().cloned())
                    .ok_or(Refusal::NothingBefore)?,
                replaces: expected_active,
                in_flight,
                rollback: true,
            },
            Command::RecordReevaluation {
                activation,
                looked_at,
                moved,
                failed,
            } => Action::Reevaluated {
                activation,
                looked_at,
                moved,
                failed,
            },
        })
    }
}
