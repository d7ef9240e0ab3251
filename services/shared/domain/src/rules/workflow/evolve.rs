//! How each entry changes what the log says.

use super::action::{Action, InFlight};
use super::entry::Entry;
use super::state::{
    Activation, Approval, Canary, CanaryEnd, Mark, PastCanary, Reevaluation, ReplayRef, Shadow,
    Status, Version, Workflow,
};
use super::verify::Head;
use crate::rules::RulesDigest;

impl Workflow {
    /// Takes an entry that [`Workflow::decide`] made of this very state. Entries from elsewhere go through
    /// [`Workflow::follow`], which checks them.
    pub fn evolve(&mut self, entry: &Entry) {
        let mark = Mark {
            seq: entry.seq,
            at: entry.at,
            by: entry.actor.clone(),
            reason: entry.reason.clone(),
        };
        self.apply(&entry.action, mark);
        self.head = Head {
            entries: entry.seq + 1,
            hash: entry.hash.clone(),
        };
    }

    fn apply(&mut self, action: &Action, mark: Mark) {
        match action {
            Action::Bootstrapped { digest } => self.bootstrapped(digest, mark),
            // (nothing | Rejected) => Proposed
            Action::Proposed {
                digest,
                base,
                rules,
                lint,
            } => {
                let version = Version {
                    base: Some(base.clone()),
                    rules: Some(*rules),
                    lint: Some(lint.clone()),
                    ..Version::new(digest, Status::Proposed, mark)
                };
                self.versions.insert(digest.clone(), version);
            }
            Action::Replayed {
                digest,
                against,
                report,
                complaints,
                moved,
            } => self.change(digest, |version| {
                version.replay = Some(ReplayRef {
                    mark,
                    against: against.clone(),
                    report: report.clone(),
                    complaints: *complaints,
                    moved: *moved,
                });
            }),
            // Proposed => Approved
            Action::Approved {
                digest,
                lint,
                replay,
            } => self.change(digest, |version| {
                version.status = Status::Approved;
                let (lint, replay) = (lint.clone(), replay.clone());
                version.approval = Some(Approval { mark, lint, replay });
            }),
            // (Proposed | Approved | Former) => Rejected
            Action::Rejected { digest } => {
                self.end_trials(digest, CanaryEnd::Rejected, &mark);
                self.change(digest, |version| {
                    version.status = Status::Rejected;
                    version.rejected = Some(mark);
                });
            }
            Action::Shadowed { digest } => {
                let (digest, started) = (digest.clone(), mark);
                self.shadow = Some(Shadow { digest, started });
            }
            Action::ShadowEnded { .. } => self.shadow = None,
            Action::CanaryStarted {
                digest,
                districts,
                bounds,
            } => {
                self.canary = Some(Canary {
                    digest: digest.clone(),
                    districts: districts.clone(),
                    bounds: *bounds,
                    started: mark,
                });
            }
            Action::CanaryEnded { digest, why } => {
                self.end_canary(digest, CanaryEnd::Stopped(*why), &mark);
            }
            Action::Activated {
                digest,
                replaces,
                in_flight,
                rollback,
            } => {
                self.end_trials(digest, CanaryEnd::Promoted, &mark);
                self.change(replaces, |version| version.status = Status::Former);
                self.stand(digest, *rollback);
                let replaces = Some(replaces.clone());
                self.activate(digest, replaces, *in_flight, *rollback, mark);
            }
            Action::Reevaluated {
                activation,
                looked_at,
                moved,
                failed,
            } => {
                let mut activations = self.activations.iter_mut().rev();
                let found = activations.find(|one| one.mark.seq == *activation);
                if let Some(activation) = found {
                    activation.reevaluated = Some(Reevaluation {
                        mark,
                        looked_at: *looked_at,
                        moved: *moved,
                        failed: *failed,
                    });
                }
            }
        }
    }

    // (nothing) => Active
    fn bootstrapped(&mut self, digest: &RulesDigest, mark: Mark) {
        let version = Version::new(digest, Status::Proposed, mark.clone());
        self.versions.insert(digest.clone(), version);
        self.standing.push(digest.clone());
        self.activate(digest, None, InFlight::Keep, false, mark);
    }

    // (Approved | Former) => Active
    fn activate(
        &mut self,
        digest: &RulesDigest,
        replaces: Option<RulesDigest>,
        in_flight: InFlight,
        rollback: bool,
        mark: Mark,
    ) {
        self.change(digest, |version| version.status = Status::Active);
        self.active = Some(digest.clone());
        self.activations.push(Activation {
            mark,
            digest: digest.clone(),
            replaces,
            in_flight,
            rollback,
            reevaluated: None,
        });
    }

    fn stand(&mut self, digest: &RulesDigest, rollback: bool) {
        let at = self.standing.iter().rposition(|one| one == digest);
        match at {
            Some(at) if rollback => self.standing.truncate(at + 1),
            _ => self.standing.push(digest.clone()),
        }
    }

    /// Ends the shadow and the canary of this version.
    fn end_trials(&mut self, digest: &RulesDigest, end: CanaryEnd, mark: &Mark) {
        self.shadow.take_if(|shadow| shadow.digest == *digest);
        self.end_canary(digest, end, mark);
    }

    fn end_canary(&mut self, digest: &RulesDigest, end: CanaryEnd, mark: &Mark) {
        if let Some(canary) = self.canary.take_if(|canary| canary.digest == *digest) {
            self.last_canary = Some(PastCanary {
                canary,
                end,
                ended: mark.clone(),
            });
        }
    }

    fn change(&mut self, digest: &RulesDigest, how: impl FnOnce(&mut Version)) {
        if let Some(version) = self.versions.get_mut(digest) {
            how(version);
        }
    }
}

impl Version {
    fn new(digest: &RulesDigest, status: Status, proposed: Mark) -> Self {
        Self {
            digest: digest.clone(),
            status,
            proposed,
            base: None,
            rules: None,
            lint: None,
            replay: None,
            approval: None,
            rejected: None,
        }
    }
}
