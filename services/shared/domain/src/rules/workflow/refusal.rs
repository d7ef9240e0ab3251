//! Why the workflow refuses, and what to do about it.

use super::action::{MAX_DISTRICTS, MAX_PERMILLE};
use super::command::PACK_ACTOR;
use super::law::{MAX_REASON_CHARS, MAX_VERSIONS};
use super::state::Status;
use crate::id::ActorId;
use crate::rules::RulesDigest;

/// What sort of refusal it is: what a caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// The command itself is wrong: write it otherwise.
    Invalid,
    /// It names what is not there.
    NotFound,
    /// It is done already: nothing is left to do.
    AlreadyDone,
    /// This person may not do it.
    NotAllowed,
    /// Something else must happen first.
    NotNow,
    /// The state is another than the caller thinks: look again.
    Stale,
}

/// Why a command is refused. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No reason was given, or one that does not fit into the log.
    #[error("the reason {0}; give one of 1 to {MAX_REASON_CHARS} characters on one line")]
    Reason(&'static str),
    /// The first entry puts the pack's own rules into force, and this is not that.
    #[error(
        "no rules are in force yet; start a router first: it puts the pack's own rules into force"
    )]
    NotBootstrapped,
    /// The pack's own rules come into force once.
    #[error("rules are in force already ({active}); propose the pack's as any others")]
    Bootstrapped {
        /// The active version.
        active: RulesDigest,
    },
    /// Only the pack bootstraps, and it does nothing else.
    #[error(
        "{PACK_ACTOR:?} puts the pack's own rules into force and does nothing else; act in your own name"
    )]
    PackActor,
    /// No such version.
    #[error("no version {digest} was ever proposed; `history` lists those that were")]
    Unknown {
        /// What was named.
        digest: RulesDigest,
    },
    /// The same text was proposed before.
    #[error("{digest} was proposed already, by {by}, and is {status}; nothing is left to propose")]
    AlreadyProposed {
        /// The version.
        digest: RulesDigest,
        /// Who proposed it.
        by: ActorId,
        /// Where it stands.
        status: Status,
    },
    /// There are as many versions as can be kept.
    #[error("there are {MAX_VERSIONS} versions, which is as many as a workflow keeps")]
    TooManyVersions,
    /// Nobody approves what they have proposed.
    #[error("{by} proposed it; another person must approve it")]
    OwnProposal {
        /// Who proposed and would approve.
        by: ActorId,
    },
    /// Lint has found errors.
    #[error("lint has found {errors} errors in {digest}; mend them and propose the result")]
    LintErrors {
        /// The version.
        digest: RulesDigest,
        /// How many.
        errors: u64,
    },
    /// It was never replayed.
    #[error("{digest} has not been replayed; replay it, look at the report, then approve")]
    NotReplayed {
        /// The version.
        digest: RulesDigest,
    },
    /// It was replayed against what is no longer in force.
    #[error(
        "{digest} was replayed against {against}, but {active} is in force now; replay it again"
    )]
    ReplayOutdated {
        /// The version.
        digest: RulesDigest,
        /// What it was compared with.
        against: RulesDigest,
        /// The active version.
        active: RulesDigest,
    },
    /// The approver has seen another lint report.
    #[error("the lint report is {newest}, not {seen}; look at that one, then approve it")]
    OtherLint {
        /// What the approver names.
        seen: RulesDigest,
        /// What there is.
        newest: RulesDigest,
    },
    /// The approver has seen another replay report.
    #[error("the newest replay report is {newest}, not {seen}; look at that one, then approve it")]
    OtherReplay {
        /// What the approver names.
        seen: RulesDigest,
        /// What there is.
        newest: RulesDigest,
    },
    /// It was approved before.
    #[error("{digest} was approved already, by {by}")]
    AlreadyApproved {
        /// The version.
        digest: RulesDigest,
        /// Who approved it.
        by: ActorId,
    },
    /// It is in force.
    #[error("{digest} is in force already")]
    AlreadyActive {
        /// The version.
        digest: RulesDigest,
    },
    /// It is in force, so it cannot be rejected.
    #[error("{digest} is in force; roll back or activate another version, then reject it")]
    InForce {
        /// The version.
        digest: RulesDigest,
    },
    /// It was rejected.
    #[error("{digest} was rejected by {by}; propose it again, or another")]
    Rejected {
        /// The version.
        digest: RulesDigest,
        /// Who rejected it.
        by: ActorId,
    },
    /// It was not approved.
    #[error("{digest} is not approved; another person than {proposer} must approve it first")]
    NotApproved {
        /// The version.
        digest: RulesDigest,
        /// Who proposed it.
        proposer: ActorId,
    },
    /// It was in force before, so to put it into force is to roll back.
    #[error("{digest} was in force before; roll back to it")]
    WasActive {
        /// The version.
        digest: RulesDigest,
    },
    /// It was never in force, so there is no rolling back to it.
    #[error("{digest} was never in force, it is {status}; activate it instead")]
    NeverActive {
        /// The version.
        digest: RulesDigest,
        /// Where it stands.
        status: Status,
    },
    /// No version stands before the active one.
    #[error("nothing was in force before; name the version to roll back to")]
    NothingBefore,
    /// Another version is in force than the caller thinks.
    #[error("{active} is in force, not {expected}; look at it, then try again")]
    NotActive {
        /// What the caller thinks.
        expected: RulesDigest,
        /// The active version.
        active: RulesDigest,
    },
    /// A canary runs.
    #[error("a canary of {digest} runs; end it first")]
    CanaryRuns {
        /// Its version.
        digest: RulesDigest,
    },
    /// No canary of this version runs.
    #[error("no canary of {digest} runs; `status` shows what does")]
    NoCanary {
        /// What was named.
        digest: RulesDigest,
    },
    /// A shadow runs.
    #[error("{digest} runs as a shadow; end that first")]
    ShadowRuns {
        /// Its version.
        digest: RulesDigest,
    },
    /// No shadow of this version runs.
    #[error("{digest} runs as no shadow; `status` shows what does")]
    NoShadow {
        /// What was named.
        digest: RulesDigest,
    },
    /// A canary names no district, too many, or one twice.
    #[error("the districts of a canary {0}; name 1 to {MAX_DISTRICTS}, each once")]
    Districts(&'static str),
    /// A canary's bounds are out of range.
    #[error(
        "the bounds of a canary are 0 to {MAX_PERMILLE} thousandths, after at least 1 decision"
    )]
    Bounds,
    /// The figures do not pass the bound for which the canary would end.
    #[error("these figures pass no bound of the canary; end it by hand")]
    NoBreach,
    /// A replay or a report on orders in flight counts more than there were.
    #[error("more are counted than were looked at; count again")]
    Counts,
    /// No activation has this number.
    #[error("entry {seq} is no activation; `history` lists them")]
    NoActivation {
        /// What was named.
        seq: u64,
    },
}

impl Refusal {
    /// What sort of refusal it is.
    #[must_use]
    pub const fn kind(&self) -> RefusalKind {
        match self {
            Self::Reason(_) | Self::Districts(_) | Self::Bounds | Self::NoBreach | Self::Counts => {
                RefusalKind::Invalid
            }
            Self::Unknown { .. }
            | Self::NoActivation { .. }
            | Self::NoCanary { .. }
            | Self::NoShadow { .. } => RefusalKind::NotFound,
            Self::AlreadyProposed { .. }
            | Self::AlreadyApproved { .. }
            | Self::AlreadyActive { .. }
            | Self::Bootstrapped { .. } => RefusalKind::AlreadyDone,
            Self::OwnProposal { .. } | Self::PackActor => RefusalKind::NotAllowed,
            Self::NotActive { .. } | Self::OtherLint { .. } | Self::OtherReplay { .. } => {
                RefusalKind::Stale
            }
            Self::NotBootstrapped
            | Self::TooManyVersions
            | Self::LintErrors { .. }
            | Self::NotReplayed { .. }
            | Self::ReplayOutdated { .. }
            | Self::InForce { .. }
            | Self::Rejected { .. }
            | Self::NotApproved { .. }
            | Self::WasActive { .. }
            | Self::NeverActive { .. }
            | Self::NothingBefore
            | Self::CanaryRuns { .. }
            | Self::ShadowRuns { .. } => RefusalKind::NotNow,
        }
    }
}
