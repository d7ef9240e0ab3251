//! From where a case stands to the commands that take it on.

use rand::rngs::SmallRng;
use swiftline_domain::case::{Case, Command, Refusal, State};
use swiftline_proto::convert::ConvertError;
use swiftline_store::{StoreError, Stored};

use crate::draft::Draft;
use crate::engine::Engine;
use crate::error::Error;
use crate::planner::{Left, Standing, Subject};
use crate::route::RouteItem;

impl Engine {
    /// Takes a case that awaits its next offer there, or before a person.
    pub(crate) fn decide_next(
        &self,
        item: &RouteItem,
        draft: &mut Draft,
        rng: &mut SmallRng,
    ) -> Result<(), Refusal> {
        if draft.case.state == State::Accepted {
            let subject = Subject {
                complaint: &item.complaint,
                classification: &item.classification,
                accepted_at: draft.case.accepted_at,
            };
            return self.decide_first(&subject, draft, rng);
        }
        let case = &draft.case;
        let subject = Subject {
            complaint: &item.complaint,
            // What was decided stays decided: a second classification does not undo the first.
            classification: case.classification.as_ref().unwrap_or(&item.classification),
            accepted_at: case.accepted_at,
        };
        let plan = match case.state {
            State::Returned => self
                .planner
                .onward(case, Left::Returned, &subject, draft.at(), rng),
            _ => {
                let judged = self.planner.decide(&subject);
                self.shadows.compare(&self.planner, &subject, &judged);
                let again = (case.state == State::Reopened)
                    .then(|| self.planner.again(case, draft.at()))
                    .flatten();
                let standing = Standing::of(case, draft.at());
                again.map_or_else(|| self.planner.first(&subject, &judged, standing, rng), Ok)
            }
        };
        draft.offer(plan)
    }

    /// Has a case that nobody has looked at answered, offered, or put before a person.
    fn decide_first(
        &self,
        subject: &Subject<'_>,
        draft: &mut Draft,
        rng: &mut SmallRng,
    ) -> Result<(), Refusal> {
        let judged = self.planner.decide(subject);
        draft.apply(Command::Classify {
            dispatch: self
                .planner
                .dispatch_due(&judged.decision, subject.accepted_at),
            classification: Box::new(subject.classification.clone()),
        })?;
        if let Some(entry) = self.planner.answer(subject, draft.at()) {
            let callback = self.planner.callback_due(&judged.decision, draft.at());
            return draft.apply(Command::Answer { entry, callback });
        }
        self.shadows.compare(&self.planner, subject, &judged);
        let standing = Standing::of(&draft.case, draft.at());
        let plan = self.planner.first(subject, &judged, standing, rng);
        draft.offer(plan)
    }

    /// Routes a case on that a team has had: to the next team, or before a person.
    pub(crate) fn route_onward(
        &self,
        stored: &Stored,
        draft: &mut Draft,
        left: Left,
    ) -> Result<(), Error> {
        let mut rng = self.rng();
        let plan = with_subject(stored, &draft.case, |subject| {
            self.planner
                .onward(&draft.case, left, subject, draft.at(), &mut rng)
        })?;
        let number = draft.case.number;
        draft
            .offer(plan)
            .map_err(|refusal| Error::Refused { number, refusal })
    }
}

/// Asks something about what the rules see of a stored case.
pub(crate) fn with_subject<T>(
    stored: &Stored,
    case: &Case,
    ask: impl FnOnce(&Subject<'_>) -> T,
) -> Result<T, Error> {
    let Some(classification) = &case.classification else {
        return Err(Error::not_now(case.number, "route", case.state));
    };
    let complaint = stored.complaint.clone().try_into();
    let complaint = complaint.map_err(|error: ConvertError| {
        let key = format!("complaint of case {}", case.number);
        let reason = error.to_string();
        Error::Store(StoreError::Corrupt { key, reason })
    })?;
    Ok(ask(&Subject {
        complaint: &complaint,
        classification,
        accepted_at: case.accepted_at,
    }))
}
