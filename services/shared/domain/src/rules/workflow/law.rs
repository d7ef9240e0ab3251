//! What may follow what.

use std::collections::HashSet;

use super::action::{Action, CanaryBounds, Ended, MAX_DISTRICTS, MAX_PERMILLE};
use super::command::PACK_ACTOR;
use super::refusal::Refusal;
use super::state::{Status, Version, Workflow};
use crate::id::{ActorId, AreaId};
use crate::rules::RulesDigest;

/// The longest reason, in characters.
pub const MAX_REASON_CHARS: usize = 500;
/// The most versions that a workflow keeps: years of daily changes, and a status still fits into memory many times.
pub const MAX_VERSIONS: usize = 10_000;

type Lawful = Result<(), Refusal>;

impl Workflow {
    /// Whether this may be the next entry.
    pub(super) fn check(&self, action: &Action, by: &ActorId, reason: &str) -> Lawful {
        check_reason(reason)?;
        let bootstraps = matches!(action, Action::Bootstrapped { .. });
        match &self.active {
            Some(active) if bootstraps => {
                let active = active.clone();
                return Err(Refusal::Bootstrapped { active });
            }
            None if !bootstraps => return Err(Refusal::NotBootstrapped),
            _ if bootstraps != (by.as_str() == PACK_ACTOR) => return Err(Refusal::PackActor),
            _ => {}
        }
        match action {
            Action::Bootstrapped { .. } => Ok(()),
            Action::Proposed { digest, base, .. } => self.check_proposed(digest, base),
            Action::Replayed {
                digest,
                against,
                complaints,
                moved,
                ..
            } => {
                self.known(digest)?;
                self.known(against)?;
                ensure(moved <= complaints, || Refusal::Counts)
            }
            Action::Approved {
                digest,
                lint,
                replay,
            } => self.check_approved(self.known(digest)?, by, lint, replay),
            Action::Rejected { digest } => match self.known(digest)?.status {
                Status::Active => Err(Refusal::InForce {
                    digest: digest.clone(),
                }),
                Status::Rejected => Err(self.known(digest)?.rejected()),
                Status::Proposed | Status::Approved | Status::Former => Ok(()),
            },
            Action::Shadowed { digest } => self.check_shadowed(self.known(digest)?),
            Action::ShadowEnded { digest } => {
                let runs = self.shadow.as_ref();
                let digest = digest.clone();
                ensure(runs.is_some_and(|shadow| shadow.digest == digest), || {
                    Refusal::NoShadow { digest }
                })
            }
            Action::CanaryStarted {
                digest,
                districts,
                bounds,
            } => {
                check_districts(districts)?;
                check_bounds(bounds)?;
                self.check_canary(self.known(digest)?)
            }
            Action::CanaryEnded { digest, why } => self.check_canary_end(digest, why),
            Action::Activated {
                digest,
                replaces,
                rollback,
                ..
            } => self.check_activated(self.known(digest)?, replaces, *rollback),
            Action::Reevaluated {
                activation,
                looked_at,
                moved,
                failed,
            } => {
                let mut activations = self.activations.iter();
                ensure(
                    activations.any(|known| known.mark.seq == *activation),
                    || Refusal::NoActivation { seq: *activation },
                )?;
                let counted = moved.checked_add(*failed);
                ensure(counted.is_some_and(|counted| counted <= *looked_at), || {
                    Refusal::Counts
                })
            }
        }
    }

    pub(super) fn need_active(&self) -> Result<&RulesDigest, Refusal> {
        self.active.as_ref().ok_or(Refusal::NotBootstrapped)
    }

    fn known(&self, digest: &RulesDigest) -> Result<&Version, Refusal> {
        self.version(digest).ok_or_else(|| Refusal::Unknown {
            digest: digest.clone(),
        })
    }

    /// What was rejected may be proposed again: then it needs a new replay and a new approval.
    fn check_proposed(&self, digest: &RulesDigest, base: &RulesDigest) -> Lawful {
        self.known(base)?;
        match self.version(digest) {
            Some(version) if version.status != Status::Rejected => Err(Refusal::AlreadyProposed {
                digest: digest.clone(),
                by: version.proposed.by.clone(),
                status: version.status,
            }),
            Some(_) => Ok(()),
            None => ensure(self.versions.len() < MAX_VERSIONS, || {
                Refusal::TooManyVersions
            }),
        }
    }

    fn check_approved(
        &self,
        version: &Version,
        by: &ActorId,
        lint: &RulesDigest,
        replay: &RulesDigest,
    ) -> Lawful {
        version.not_rejected()?;
        let digest = || version.digest.clone();
        if let Some(approval) = &version.approval {
            return Err(Refusal::AlreadyApproved {
                digest: digest(),
                by: approval.mark.by.clone(),
            });
        }
        let Some(newest_lint) = &version.lint else {
            return Err(Refusal::WasActive { digest: digest() }); // the pack's own rules
        };
        ensure(*by != version.proposed.by, || Refusal::OwnProposal {
            by: by.clone(),
        })?;
        version.without_lint_errors()?;
        let newest = version.replay.as_ref();
        let newest = newest.ok_or_else(|| Refusal::NotReplayed { digest: digest() })?;
        ensure(*lint == newest_lint.digest, || Refusal::OtherLint {
            seen: lint.clone(),
            newest: newest_lint.digest.clone(),
        })?;
        ensure(*replay == newest.report, || Refusal::OtherReplay {
            seen: replay.clone(),
            newest: newest.report.clone(),
        })?;
        let active = self.need_active()?;
        ensure(newest.against == *active, || Refusal::ReplayOutdated {
            digest: digest(),
            against: newest.against.clone(),
            active: active.clone(),
        })
    }

    fn check_shadowed(&self, version: &Version) -> Lawful {
        version.not_rejected()?;
        version.not_active()?;
        version.without_lint_errors()?;
        match &self.shadow {
            Some(shadow) => Err(Refusal::ShadowRuns {
                digest: shadow.digest.clone(),
            }),
            None => Ok(()),
        }
    }

    fn check_canary(&self, version: &Version) -> Lawful {
        version.not_rejected()?;
        version.not_active()?;
        version.not_unapproved()?;
        match &self.canary {
            Some(canary) => Err(Refusal::CanaryRuns {
                digest: canary.digest.clone(),
            }),
            None => Ok(()),
        }
    }

    fn check_canary_end(&self, digest: &RulesDigest, why: &Ended) -> Lawful {
        let running = self.canary.as_ref();
        let canary = running.filter(|canary| canary.digest == *digest);
        let canary = canary.ok_or_else(|| Refusal::NoCanary {
            digest: digest.clone(),
        })?;
        match why {
            Ended::ByHand => Ok(()),
            Ended::Bound(breach) => ensure(breach.breaks(&canary.bounds), || Refusal::NoBreach),
        }
    }

    fn check_activated(&self, version: &Version, replaces: &RulesDigest, rollback: bool) -> Lawful {
        version.not_active()?;
        let active = self.need_active()?;
        ensure(replaces == active, || Refusal::NotActive {
            expected: replaces.clone(),
            active: active.clone(),
        })?;
        version.not_rejected()?;
        let digest = version.digest.clone();
        match version.status {
            Status::Former => ensure(rollback, || Refusal::WasActive { digest }),
            status if rollback => Err(Refusal::NeverActive { digest, status }),
            _ => version.not_unapproved(),
        }
    }
}

impl Version {
    fn rejected(&self) -> Refusal {
        let mark = self.rejected.as_ref().unwrap_or(&self.proposed);
        Refusal::Rejected {
            digest: self.digest.clone(),
            by: mark.by.clone(),
        }
    }

    fn not_rejected(&self) -> Lawful {
        ensure(self.status != Status::Rejected, || self.rejected())
    }

    fn not_active(&self) -> Lawful {
        ensure(self.status != Status::Active, || Refusal::AlreadyActive {
            digest: self.digest.clone(),
        })
    }

    fn not_unapproved(&self) -> Lawful {
        ensure(self.status != Status::Proposed, || Refusal::NotApproved {
            digest: self.digest.clone(),
            proposer: self.proposed.by.clone(),
        })
    }

    fn without_lint_errors(&self) -> Lawful {
        let errors = self.lint.as_ref().map_or(0, |lint| lint.errors);
        ensure(errors == 0, || Refusal::LintErrors {
            digest: self.digest.clone(),
            errors,
        })
    }
}

fn check_reason(reason: &str) -> Lawful {
    let wrong = if reason.trim().is_empty() {
        "is missing"
    } else if reason.chars().count() > MAX_REASON_CHARS {
        "is too long"
    } else if reason.chars().any(char::is_control) {
        "has a line feed or another control character"
    } else {
        return Ok(());
    };
    Err(Refusal::Reason(wrong))
}

fn check_districts(districts: &[AreaId]) -> Lawful {
    let mut seen = HashSet::new();
    let wrong = if districts.is_empty() {
        "are missing"
    } else if districts.len() > MAX_DISTRICTS {
        "are too many"
    } else if !districts.iter().all(|district| seen.insert(district)) {
        "name one twice"
    } else {
        return Ok(());
    };
    Err(Refusal::Districts(wrong))
}

fn check_bounds(bounds: &CanaryBounds) -> Lawful {
    let rates = [bounds.max_return_permille, bounds.max_triage_permille];
    let within = rates.into_iter().all(|rate| rate <= MAX_PERMILLE);
    ensure(within && bounds.min_decided > 0, || Refusal::Bounds)
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> Refusal) -> Lawful {
    if holds { Ok(()) } else { Err(otherwise()) }
}
