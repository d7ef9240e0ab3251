//! What the rule workflow refuses, and what that is on the wire.

use swiftline_domain::city::PackErrors;
use swiftline_domain::rules::workflow::{Refusal, RefusalKind, Tampered};
use swiftline_rpc::FieldViolation;
use tonic::Code;

/// Why something about rules could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RulesError {
    /// The workflow does not allow it.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The text is no rule set of this city.
    #[error("text: {0}")]
    Unreadable(PackErrors),
    /// Others changed the rules each time it was tried.
    #[error("the rules are being changed by others; try again")]
    Contended,
    /// The log is not what was written.
    #[error("the rules cannot be changed: {0}; `swiftctl audit verify` looks at all of it")]
    Log(#[from] Tampered),
}

impl RulesError {
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Unreadable(_) => "bad_request",
            Self::Contended => "contended",
            Self::Log(_) => "store",
        }
    }

    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Refused(refusal) => match refusal.kind() {
                RefusalKind::Invalid => Code::InvalidArgument,
                RefusalKind::NotFound => Code::NotFound,
                RefusalKind::Stale => Code::Aborted,
                RefusalKind::AlreadyDone | RefusalKind::NotAllowed | RefusalKind::NotNow => {
                    Code::FailedPrecondition
                }
            },
            Self::Unreadable(_) => Code::InvalidArgument,
            Self::Contended => Code::Aborted,
            Self::Log(_) => Code::FailedPrecondition,
        }
    }

    pub(crate) fn violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::Refused(refusal) => field(refusal)
                .map(|field| FieldViolation::new(field, refusal.to_string()))
                .into_iter()
                .collect(),
            Self::Unreadable(errors) => errors
                .errors()
                .iter()
                .map(|error| FieldViolation::new("text", error.to_string()))
                .collect(),
            Self::Contended | Self::Log(_) => Vec::new(),
        }
    }

    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => reason(refusal),
            Self::Unreadable(_) => "UNREADABLE_RULES",
            Self::Contended => "CONTENDED",
            Self::Log(_) => "BROKEN_LOG",
        }
    }
}

/// The field at fault, where one is.
fn field(refusal: &Refusal) -> Option<&'static str> {
    Some(match refusal {
        Refusal::Reason(_) => "reason",
        Refusal::Districts(_) => "districts",
        Refusal::Bounds => "bounds",
        Refusal::OwnProposal { .. } | Refusal::PackActor => "actor",
        Refusal::OtherLint { .. } => "lint",
        Refusal::OtherReplay { .. } => "replay",
        Refusal::NotActive { .. } => "expected_active",
        Refusal::Unknown { .. } => "digest",
        _ => return None,
    })
}

/// The constant that programs compare.
fn reason(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Reason(_) => "BAD_REASON",
        Refusal::NotBootstrapped => "NOT_BOOTSTRAPPED",
        Refusal::Bootstrapped { .. } => "BOOTSTRAPPED",
        Refusal::PackActor => "PACK_ACTOR",
        Refusal::Unknown { .. } => "UNKNOWN_RULES",
        Refusal::AlreadyProposed { .. } => "ALREADY_PROPOSED",
        Refusal::TooManyVersions => "TOO_MANY_VERSIONS",
        Refusal::OwnProposal { .. } => "OWN_PROPOSAL",
        Refusal::LintErrors { .. } => "LINT_ERRORS",
        Refusal::NotReplayed { .. } => "NOT_REPLAYED",
        Refusal::ReplayOutdated { .. } => "REPLAY_OUTDATED",
        Refusal::OtherLint { .. } => "OTHER_LINT",
        Refusal::OtherReplay { .. } => "OTHER_REPLAY",
        Refusal::AlreadyApproved { .. } => "ALREADY_APPROVED",
        Refusal::AlreadyActive { .. } => "ALREADY_ACTIVE",
        Refusal::InForce { .. } => "IN_FORCE",
        Refusal::Rejected { .. } => "REJECTED",
        Refusal::NotApproved { .. } => "NOT_APPROVED",
        Refusal::WasActive { .. } => "WAS_ACTIVE",
        Refusal::NeverActive { .. } => "NEVER_ACTIVE",
        Refusal::NothingBefore => "NOTHING_BEFORE",
        Refusal::NotActive { .. } => "NOT_ACTIVE",
        Refusal::CanaryRuns { .. } => "CANARY_RUNS",
        Refusal::NoCanary { .. } => "NO_CANARY",
        Refusal::ShadowRuns { .. } => "SHADOW_RUNS",
        Refusal::NoShadow { .. } => "NO_SHADOW",
        Refusal::Districts(_) => "BAD_DISTRICTS",
        Refusal::Bounds => "BAD_BOUNDS",
        Refusal::NoBreach => "NO_BREACH",
        Refusal::Counts => "BAD_COUNTS",
        Refusal::NoActivation { .. } => "NO_ACTIVATION",
    }
}

#[cfg(test)]
mod tests {
    use swiftline_domain::rules::RulesDigest;
    use swiftline_rpc::status::{reason_of, to_status, violations_of};

    use super::*;
    use crate::error::Error;

    #[test]
    fn each_sort_of_refusal_has_its_code_reason_and_field() {
        let (a, b) = (RulesDigest::of("a"), RulesDigest::of("b"));
        let cases = [
            (
                Refusal::Reason("is missing"),
                Code::InvalidArgument,
                "BAD_REASON",
                Some("reason"),
            ),
            (
                Refusal::Unknown { digest: a.clone() },
                Code::NotFound,
                "UNKNOWN_RULES",
                Some("digest"),
            ),
            (
                Refusal::OwnProposal {
                    by: "p".parse().unwrap(),
                },
                Code::FailedPrecondition,
                "OWN_PROPOSAL",
                Some("actor"),
            ),
            (
                Refusal::LintErrors {
                    digest: a.clone(),
                    errors: 2,
                },
                Code::FailedPrecondition,
                "LINT_ERRORS",
                None,
            ),
            (
                Refusal::NotActive {
                    expected: a.clone(),
                    active: b,
                },
                Code::Aborted,
                "NOT_ACTIVE",
                Some("expected_active"),
            ),
            (
                Refusal::AlreadyActive { digest: a },
                Code::FailedPrecondition,
                "ALREADY_ACTIVE",
                None,
            ),
        ];
        for (refusal, code, reason, field) in cases {
            let status = to_status(&Error::Rules(refusal.clone().into()));
            let violations = violations_of(&status);
            assert_eq!(status.code(), code, "{refusal}");
            assert_eq!(reason_of(&status).as_deref(), Some(reason));
            assert_eq!(violations.first().map(|one| one.field.as_str()), field);
        }
    }

    #[test]
    fn a_race_that_was_lost_is_worth_another_try() {
        let status = to_status(&Error::Rules(RulesError::Contended));
        assert_eq!(status.code(), Code::Aborted);
        assert_eq!(reason_of(&status).as_deref(), Some("CONTENDED"));
    }
}
