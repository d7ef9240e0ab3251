//! An order that waits, decided anew because the rules have changed.
//!
//! What a person has decided stays: an order that was dispatched or handed on by hand, or that went back to the team that
//! had left it undone, is not the rules' to move. Decided once under the rules that hold, a case is left alone.

use std::collections::HashMap;
use std::sync::Arc;

use swiftline_domain::case::{Case, Command, Offer, Refusal, State, TriageReason};
use swiftline_domain::rules::RuleSet;
use swiftline_domain::rules::workflow::InFlight;
use swiftline_store::Stored;

use super::force::Judgement;
use crate::decide::with_subject;
use crate::draft::Draft;
use crate::engine::Engine;
use crate::error::Error;
use crate::planner::{Plan, Subject, Undecided};

/// What to do with an order that waits.
#[derive(Debug)]
pub(super) struct Task {
    /// What was asked.
    pub(super) mode: InFlight,
    /// Rules that made offers, by digest, as far as they could be had.
    pub(super) former: HashMap<String, Arc<RuleSet>>,
}

impl Engine {
    /// Decides an order that waits anew. The draft stays empty where it should stay where it is.
    pub(super) fn reconsider(
        &self,
        task: &Task,
        stored: &Stored,
        draft: &mut Draft,
    ) -> Result<(), Error> {
        match draft.case.state {
            State::Offered => self.reconsider_offer(task, stored, draft),
            State::Triage => self.place_now(stored, draft),
            // Signed for, or gone, since it was listed.
            _ => Ok(()),
        }
    }

    fn reconsider_offer(
        &self,
        task: &Task,
        stored: &Stored,
        draft: &mut Draft,
    ) -> Result<(), Error> {
        let (case, at) = (draft.case.clone(), draft.at());
        let Some(offer) = case
            .offer
            .as_ref()
            .filter(|offer| is_the_rules(&case, offer))
        else {
            return Ok(());
        };
        let planned = with_subject(stored, &case, |subject| {
            let judged = self.planner.decide(subject);
            let made_by = &offer.assignment.rules_digest;
            let recall = task.mode == InFlight::RecallUnsigned;
            let moves = made_by != judged.rules.digest().as_str()
                && (recall || self.leads_elsewhere(task, &case, offer, subject, &judged));
            moves.then(|| {
                let plan = self
                    .planner
                    .anew(&case, subject, &judged, at, &mut self.rng());
                (judged.rules.digest().to_string(), plan)
            })
        })?;
        let Some((rules_digest, plan)) = planned else {
            return Ok(());
        };
        // A team that has it is better than a person who must look for one, unless all was to be decided anew.
        if plan.is_err() && task.mode != InFlight::RecallUnsigned {
            return Ok(());
        }
        recall(draft, offer, rules_digest, plan).map_err(|refusal| Error::Refused {
            number: case.number,
            refusal,
        })
    }

    /// Whether another unit leads now than by the rules that made the offer.
    fn leads_elsewhere(
        &self,
        task: &Task,
        case: &Case,
        offer: &Offer,
        subject: &Subject<'_>,
        judged: &Judgement,
    ) -> bool {
        let now = &self
            .planner
            .lead(&judged.rules, &judged.decision, subject)
            .id;
        let former = task.former.get(&offer.assignment.rules_digest);
        let before = former.map(|rules| {
            let decision = self.planner.decide_by(rules, subject);
            self.planner.lead(rules, &decision, subject).id.clone()
        });
        // Rules that cannot be had any more: the unit that it went to stands for the one that they meant.
        let before = before.unwrap_or_else(|| offer.assignment.unit.clone());
        let has_had = |unit: &swiftline_domain::id::UnitId| {
            let mut teams = self.pack().teams.of_unit(unit.as_str());
            teams.any(|team| case.asked.contains(&team.id))
        };
        before != *now && offer.assignment.unit != *now && !has_had(now)
    }

    /// Offers a case that waits for a person because rules could not place it, if they can now.
    fn place_now(&self, stored: &Stored, draft: &mut Draft) -> Result<(), Error> {
        if draft.case.classification.is_none() {
            return Ok(());
        }
        let (case, at) = (draft.case.clone(), draft.at());
        let plan = with_subject(stored, &case, |subject| {
            let judged = self.planner.decide(subject);
            self.planner
                .anew(&case, subject, &judged, at, &mut self.rng())
        })?;
        let number = case.number;
        match plan {
            Ok(plan) => draft
                .offer(Ok(plan))
                .map_err(|refusal| Error::Refused { number, refusal }),
            Err(_) => Ok(()),
        }
    }
}

/// Takes the offer back and makes the next, in one change.
fn recall(
    draft: &mut Draft,
    offer: &Offer,
    rules_digest: String,
    plan: Result<Plan, Undecided>,
) -> Result<(), Refusal> {
    draft.apply(Command::Recall {
        offer: offer.no,
        rules_digest,
    })?;
    draft.offer(plan)
}

/// Whether rules made this offer: not a person, and not the way back to the team that had it before.
fn is_the_rules(case: &Case, offer: &Offer) -> bool {
    let went_back = case.reopened > 0 && case.asked.is_empty();
    !offer.assignment.rules_digest.is_empty() && !went_back
}

/// Whether rules may place a case that waits for a person for this reason.
#[must_use]
pub(super) fn may_be_placed(reason: TriageReason) -> bool {
    matches!(reason, TriageReason::NoPlace | TriageReason::NoTeam)
}
