//! Issues: what becomes of the case that an issue is kept under becomes of those that were merged into it. Each keeps its
//! own clock, callback and score.

use std::sync::Arc;

use jiff::Timestamp;
use swiftline_domain::case::{Case, Command, Due, Outcome, Refusal, State};
use swiftline_domain::city::CityPack;
use swiftline_domain::number::CaseNumber;
use swiftline_proto::router::v1::SeparateRequest;
use swiftline_proto::router::v1::handling_client::HandlingClient;
use swiftline_rpc::{Annotations, Channel};
use tonic::{Code, Request};

use crate::change::{Cases, Step};
use crate::error::FeedbackError;

const FOLLOW: Step = Step {
    name: "follow",
    effects: false,
};

/// By whom cases are taken out of an issue that has ended without a result.
const ACTOR: &str = "feedback";

/// Looks after members of issues.
pub(crate) struct Issues {
    cases: Cases,
    pack: Arc<CityPack>,
    router: HandlingClient<Channel>,
}

impl Issues {
    pub(crate) fn new(cases: Cases, pack: Arc<CityPack>, router: HandlingClient<Channel>) -> Self {
        Self {
            cases,
            pack,
            router,
        }
    }

    /// Gives the members of the issue that this case is part of, or leads, what has become of it. Changes nothing where
    /// nothing has; may be repeated.
    pub(crate) async fn follow(&self, case: &Case) -> Result<(), FeedbackError> {
        if case.state == State::Merged {
            let Some(lead) = case.merged_into else {
                return Ok(());
            };
            let lead = self.cases.load(lead).await?.case;
            return self.follow_one(&lead, case.number).await;
        }
        for member in &case.members {
            self.follow_one(case, *member).await?;
        }
        Ok(())
    }

    async fn follow_one(&self, lead: &Case, member: CaseNumber) -> Result<(), FeedbackError> {
        match (lead.state, lead.outcome) {
            (State::Resolved | State::Closed, Some(outcome)) => {
                self.give_result(lead, member, outcome).await
            }
            (State::Withdrawn | State::Closed, _) => self.separate(lead.number, member).await,
            _ => Ok(()),
        }
    }

    async fn give_result(
        &self,
        lead: &Case,
        member: CaseNumber,
        outcome: Outcome,
    ) -> Result<(), FeedbackError> {
        let decide = |case: &Case, now: Timestamp| {
            if !is_of(case, lead.number) {
                return Ok(Vec::new());
            }
            let unresolved = || Refusal::NotNow {
                command: "follow",
                state: lead.state,
            };
            let offer = lead.offer.as_ref().ok_or_else(unresolved)?;
            let callback = self.pack.callback_by(&offer.assignment.clock, now);
            Ok(vec![Command::Follow {
                unit: offer.assignment.unit.clone(),
                outcome,
                callback: Due {
                    warn_at: callback.warn,
                    at: callback.due,
                },
            }])
        };
        self.cases.change(member, FOLLOW, decide).await.map(drop)
    }

    /// The citizen of the case above has taken it back; the others have not.
    async fn separate(&self, lead: CaseNumber, member: CaseNumber) -> Result<(), FeedbackError> {
        if !is_of(&self.cases.load(member).await?.case, lead) {
            return Ok(());
        }
        let case_number = member.to_string();
        let annotations = Annotations::case(&case_number);
        let mut request = Request::new(SeparateRequest {
            case_number,
            actor: ACTOR.to_owned(),
        });
        request.extensions_mut().insert(annotations);
        match self.router.clone().separate(request).await {
            Ok(_) => Ok(()),
            // Somebody was faster.
            Err(status) if status.code() == Code::FailedPrecondition => Ok(()),
            Err(_) => Err(FeedbackError::RouterAway),
        }
    }
}

/// Whether the case is part of this one's issue and waits for its result.
fn is_of(case: &Case, lead: CaseNumber) -> bool {
    case.state == State::Merged && case.merged_into == Some(lead)
}
