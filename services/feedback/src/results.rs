//! The team's result.

use swiftline_domain::case::{Case, Claim, Command, Due, Outcome, Refusal, State};
use swiftline_domain::number::CaseNumber;
use swiftline_store::{Settle, StoreError};

use crate::Engine;
use crate::change::Step;
use crate::error::FeedbackError;

const RESOLVE: Step = Step {
    name: "resolve",
    effects: true,
};

/// What a team reports.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) number: CaseNumber,
    pub(crate) claim: Claim,
    pub(crate) outcome: Outcome,
    pub(crate) note: String,
}

impl Report {
    /// Whether the case has this very result already: of the same offer, hence of the same team.
    fn is_in(&self, case: &Case) -> bool {
        case.state == State::Resolved
            && case.outcome == Some(self.outcome)
            && case.offer.as_ref().is_some_and(|offer| {
                offer.no == self.claim.offer && offer.assignment.team == self.claim.team
            })
    }
}

impl Engine {
    /// Takes the result. The same result again changes nothing.
    pub(crate) async fn resolve(&self, report: &Report) -> Result<Case, FeedbackError> {
        let team = &report.claim.team;
        if self.pack.teams.get(team.as_str()).is_none() {
            return Err(FeedbackError::Unknown {
                field: "claim.team".to_owned(),
                what: "team",
                id: team.to_string(),
            });
        }
        let changed = self
            .cases
            .change(report.number, RESOLVE, |case, now| {
                if report.is_in(case) {
                    return Ok(Vec::new());
                }
                let offer = case.offer.as_ref().ok_or(Refusal::NotNow {
                    command: "resolve",
                    state: case.state,
                })?;
                let callback = self.pack.callback_by(&offer.assignment.clock, now);
                Ok(vec![Command::Resolve {
                    claim: report.claim.clone(),
                    outcome: report.outcome,
                    note: report.note.clone(),
                    callback: Due {
                        warn_at: callback.warn,
                        at: callback.due,
                    },
                }])
            })
            .await?;
        if changed.committed {
            self.leave_the_queue(report, &changed.case).await;
        }
        Ok(changed.case)
    }

    /// Takes the order off the team's open ones. What fails is left to the router's sweep, which the store wakes for it: the
    /// result itself stands.
    async fn leave_the_queue(&self, report: &Report, case: &Case) {
        if let Err(error) = self.settle(report, case).await {
            let (case, reason) = (report.number.to_string(), error.to_string());
            tracing::warn!(case, reason, "queue effects left to the sweep");
        }
    }

    async fn settle(&self, report: &Report, case: &Case) -> Result<(), StoreError> {
        let (store, claim) = (&self.cases.store, &report.claim);
        let settled = store
            .settle(&claim.team, report.number, claim.offer, Settle::Gone)
            .await?;
        if settled {
            store.effects_done(&[(case.number, case.version)]).await?;
        }
        // Not settled: the order may be on its way into the queue still, so the sweep is to look again.
        Ok(())
    }
}
