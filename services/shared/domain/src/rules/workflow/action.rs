//! What has happened to a city's rules.

use serde::{Deserialize, Serialize};

use crate::city::words;
use crate::id::AreaId;
use crate::rules::RulesDigest;

/// The whole, in thousandths.
pub const MAX_PERMILLE: u16 = 1_000;
/// The most areas that a canary can name: more than any city has, and an entry of the log stays small.
pub const MAX_DISTRICTS: usize = 400;

/// A lint report in few words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportRef {
    /// The SHA-256 of the report.
    pub digest: RulesDigest,
    /// How many errors it has.
    pub errors: u64,
    /// How many warnings it has.
    pub warnings: u64,
}

words! {
    /// What becomes of the orders in flight when other rules come into force.
    InFlight {
        /// They stay where they are.
        Keep = "keep",
        /// Those that wait for a unit are decided again.
        ReevaluateWaiting = "reevaluate_waiting",
        /// Those that wait, and those that were offered and that nobody has signed for.
        RecallUnsigned = "recall_unsigned",
    }
}

words! {
    /// A rate that a canary is watched by.
    RateKind {
        /// Orders that were given back, of those decided.
        Return = "return",
        /// Cases left to a person, of those decided.
        Triage = "triage",
    }
}

/// When a canary ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CanaryBounds {
    /// The highest share of orders given back, in thousandths (0 to 1,000) of those decided.
    pub max_return_permille: u16,
    /// The highest share of cases left to a person, in thousandths (0 to 1,000) of those decided.
    pub max_triage_permille: u16,
    /// How many must have been decided before a bound counts, at least 1.
    pub min_decided: u64,
}

impl CanaryBounds {
    /// The bound that these figures pass, returns first; `None` while all is well or too little has been decided.
    #[must_use]
    pub fn breach(&self, decided: u64, returned: u64, triaged: u64) -> Option<Breach> {
        let bounds = [
            (RateKind::Return, returned, self.max_return_permille),
            (RateKind::Triage, triaged, self.max_triage_permille),
        ];
        bounds
            .into_iter()
            .map(|(rate, counted, bound_permille)| Breach {
                rate,
                counted,
                decided,
                bound_permille,
            })
            .find(|breach| breach.breaks(self))
    }
}

/// A bound that a canary has passed, with the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breach {
    /// Which rate.
    pub rate: RateKind,
    /// How many were given back, or left to a person.
    pub counted: u64,
    /// Of how many that the canary decided.
    pub decided: u64,
    /// The bound, in thousandths.
    pub bound_permille: u16,
}

impl Breach {
    /// Whether these figures pass that bound.
    pub(super) fn breaks(&self, bounds: &CanaryBounds) -> bool {
        let bound = match self.rate {
            RateKind::Return => bounds.max_return_permille,
            RateKind::Triage => bounds.max_triage_permille,
        };
        let (counted, decided) = (u128::from(self.counted), u128::from(self.decided));
        bound == self.bound_permille
            && self.decided >= bounds.min_decided
            && counted * u128::from(MAX_PERMILLE) > decided * u128::from(bound)
    }
}

/// Why a canary was ended before it was promoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// A person did.
    ByHand,
    /// A bound was passed.
    Bound(Breach),
}

/// Something that has happened to the rules of a city. `digest` always names the rule set it happened to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// The pack's own rules came into force as the store was first used. Nobody approved them: whoever deployed the pack did.
    Bootstrapped {
        /// The rule set.
        digest: RulesDigest,
    },
    /// A rule set was put forward.
    Proposed {
        /// The rule set.
        digest: RulesDigest,
        /// The one it was made from.
        base: RulesDigest,
        /// How many rules it has.
        rules: u64,
        /// What lint says of it.
        lint: ReportRef,
    },
    /// It was replayed on past complaints.
    Replayed {
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
    /// Another person than the proposer agreed, having seen these reports.
    Approved {
        /// The rule set.
        digest: RulesDigest,
        /// The lint report.
        lint: RulesDigest,
        /// The replay report.
        replay: RulesDigest,
    },
    /// It must not come into force.
    Rejected {
        /// The rule set.
        digest: RulesDigest,
    },
    /// It decides beside the active one from now on; only the differences are counted.
    Shadowed {
        /// The rule set.
        digest: RulesDigest,
    },
    /// It does so no more.
    ShadowEnded {
        /// The rule set.
        digest: RulesDigest,
    },
    /// It is in force in some areas.
    CanaryStarted {
        /// The rule set.
        digest: RulesDigest,
        /// In which.
        districts: Vec<AreaId>,
        /// When it ends by itself.
        bounds: CanaryBounds,
    },
    /// It no longer is.
    CanaryEnded {
        /// The rule set.
        digest: RulesDigest,
        /// Why.
        why: Ended,
    },
    /// It is in force everywhere. Ends a shadow and a canary of the same rule set.
    Activated {
        /// The rule set.
        digest: RulesDigest,
        /// The one that was in force until then.
        replaces: RulesDigest,
        /// What becomes of the orders in flight.
        in_flight: InFlight,
        /// It was in force before.
        rollback: bool,
    },
    /// The orders in flight were decided again after an activation.
    Reevaluated {
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

impl Action {
    /// The word used in the log, on the command line and in spans.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Bootstrapped { .. } => "bootstrapped",
            Self::Proposed { .. } => "proposed",
            Self::Replayed { .. } => "replayed",
            Self::Approved { .. } => "approved",
            Self::Rejected { .. } => "rejected",
            Self::Shadowed { .. } => "shadowed",
            Self::ShadowEnded { .. } => "shadow_ended",
            Self::CanaryStarted { .. } => "canary_started",
            Self::CanaryEnded { .. } => "canary_ended",
            Self::Activated { .. } => "activated",
            Self::Reevaluated { .. } => "reevaluated",
        }
    }

    /// The rule set it happened to; `None` for [`Action::Reevaluated`], which names an activation.
    #[must_use]
    pub const fn digest(&self) -> Option<&RulesDigest> {
        match self {
            Self::Bootstrapped { digest }
            | Self::Proposed { digest, .. }
            | Self::Replayed { digest, .. }
            | Self::Approved { digest, .. }
            | Self::Rejected { digest }
            | Self::Shadowed { digest }
            | Self::ShadowEnded { digest }
            | Self::CanaryStarted { digest, .. }
            | Self::CanaryEnded { digest, .. }
            | Self::Activated { digest, .. } => Some(digest),
            Self::Reevaluated { .. } => None,
        }
    }
}
