//! What a person, or the citizen, has decided: a case in triage goes on its way, a finished one is taken up again.

use swiftline_domain::case::{Case, Command, Offer, ReopenReason, SupervisionReason, TriageReason};
use swiftline_domain::city::Unit;
use swiftline_domain::classification::{
    BY_A_PERSON, Classification, Evidence, EvidenceAbout, MAX_EVIDENCE,
};
use swiftline_domain::id::{ActorId, CategoryId, UnitId};
use swiftline_domain::number::CaseNumber;
use swiftline_store::Stored;

use crate::decide::with_subject;
use crate::draft::Draft;
use crate::engine::Engine;
use crate::error::Error;
use crate::planner::{Plan, Standing, Undecided};
use crate::spans::Step;

/// What a person in triage decides.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    /// What it is; `None` = as it was.
    pub(crate) category: Option<CategoryId>,
    /// Whose it is; `None` = what the rules say of the category.
    pub(crate) unit: Option<UnitId>,
    /// Who decides.
    pub(crate) actor: ActorId,
}

impl Engine {
    /// Sends a case that waits for a person on its way.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn dispatch(
        &self,
        number: CaseNumber,
        verdict: &Verdict,
    ) -> Result<Offer, Error> {
        if let Some(category) = &verdict.category
            && self.pack().taxonomy.get(category.as_str()).is_none()
        {
            return Err(Error::Unknown {
                field: "category",
                what: "category",
                id: category.to_string(),
            });
        }
        let unit = verdict.unit.as_ref();
        let unit = unit.map(|unit| self.unit(unit.as_str(), "unit"));
        let unit = unit.transpose()?;
        let changed = self
            .change(number, Step::Call("dispatch"), |stored, draft| {
                self.decide_dispatch(stored, draft, verdict, unit)
            })
            .await?;
        // Who decided is kept here: the case itself tells of teams only.
        let (case, actor) = (number.to_string(), verdict.actor.as_str());
        tracing::info!(case, actor, "dispatched by a person");
        changed.case.offer.ok_or_else(|| Error::no_case(number))
    }

    fn decide_dispatch(
        &self,
        stored: &Stored,
        draft: &mut Draft,
        verdict: &Verdict,
        unit: Option<&Unit>,
    ) -> Result<(), Error> {
        let number = draft.case.number;
        let refused = |refusal| Error::Refused { number, refusal };
        if !draft.case.state.awaits_offer() {
            return Err(Error::not_now(number, "dispatch", draft.case.state));
        }
        if let Some(category) = &verdict.category {
            self.reclassify(stored, draft, category)?;
        }
        let plan = with_subject(stored, &draft.case, |subject| {
            let standing = Standing::of(&draft.case, draft.at());
            let mut rng = self.rng();
            match unit {
                Some(unit) => self
                    .planner
                    .to_unit(unit, subject, standing, &mut rng)
                    .ok_or_else(|| Error::NobodyLeft {
                        number,
                        unit: unit.id.clone(),
                    }),
                None => {
                    let judged = self.planner.decide(subject);
                    self.planner
                        .first(subject, &judged, standing, &mut rng)
                        .map_err(|Undecided { reason, .. }| Error::NeedsUnit { number, reason })
                }
            }
        })??;
        draft.offer(Ok(plan)).map_err(refused)
    }

    /// Takes a person's word for the category.
    fn reclassify(
        &self,
        stored: &Stored,
        draft: &mut Draft,
        category: &CategoryId,
    ) -> Result<(), Error> {
        let number = draft.case.number;
        let Some(before) = &draft.case.classification else {
            return Err(Error::not_now(number, "dispatch", draft.case.state));
        };
        let classification = self.as_told(before, category);
        let mut told = draft.case.clone();
        told.classification = Some(classification.clone());
        let dispatch = with_subject(stored, &told, |subject| {
            let judged = self.planner.decide(subject);
            self.planner
                .dispatch_due(&judged.decision, told.accepted_at)
        })?;
        let command = Command::Classify {
            classification: Box::new(classification),
            dispatch,
        };
        draft
            .apply(command)
            .map_err(|refusal| Error::Refused { number, refusal })
    }

    fn as_told(&self, before: &Classification, category: &CategoryId) -> Classification {
        let pressing = self
            .pack()
            .taxonomy
            .get(category.as_str())
            .map_or(before.urgency, |known| known.urgency);
        let said = Evidence {
            about: EvidenceAbout::Category,
            found: category.to_string(),
            weight: 1.0,
        };
        let others = before
            .evidence
            .iter()
            .filter(|one| one.about != EvidenceAbout::Category);
        Classification {
            category: Some(category.clone()),
            urgency: before.urgency.max(pressing),
            confidence: 1.0,
            alternatives: Vec::new(),
            evidence: std::iter::once(said)
                .chain(others.cloned())
                .take(MAX_EVIDENCE)
                .collect(),
            model: BY_A_PERSON.to_owned(),
            ..before.clone()
        }
    }

    /// Takes a finished case up again: the unit and team that had it are asked first.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn reopen(
        &self,
        number: CaseNumber,
        reason: ReopenReason,
    ) -> Result<Case, Error> {
        let changed = self
            .change(number, Step::Call("reopen"), |stored, draft| {
                let refused = |refusal| Error::Refused { number, refusal };
                draft.apply(Command::Reopen { reason }).map_err(refused)?;
                let plan = self.plan_again(stored, draft)?;
                draft.offer(plan).map_err(refused)?;
                if draft.case.reopened >= self.pack().city.offers.supervise_from {
                    draft.supervise(SupervisionReason::Repeated);
                }
                Ok(())
            })
            .await?;
        Ok(changed.case)
    }

    fn plan_again(&self, stored: &Stored, draft: &Draft) -> Result<Result<Plan, Undecided>, Error> {
        if let Some(plan) = self.planner.again(&draft.case, draft.at()) {
            return Ok(Ok(plan));
        }
        // Answered before anybody had classified it: there is nothing that rules could look at.
        if draft.case.classification.is_none() {
            return Ok(Err(Undecided::unasked(TriageReason::LowConfidence)));
        }
        with_subject(stored, &draft.case, |subject| {
            let judged = self.planner.decide(subject);
            let standing = Standing::of(&draft.case, draft.at());
            self.planner
                .first(subject, &judged, standing, &mut self.rng())
        })
    }
}
