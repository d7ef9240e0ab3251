//! From what is known of a case to whom it is offered: rules, units, teams and deadlines. Pure but for the loads.
//!
//! A case climbs a *ladder* of units: the one that the rules name, those above it, the district's, and at last the
//! one that answers when nobody else does.
//!
//! **Invariants**
//! - After a return no unit that has had the case is asked; after an expiry only other teams of the same unit, then
//!   the same. So a case goes round no circle, and its way ends after `max_hops` offers at the latest.
//! - The same case with the same pack and loads always climbs the same ladder.

mod answer;
mod ladder;
mod plan;

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use rand::Rng;
use swiftline_domain::case::{Assignment, Case, DecidedBy, Due, TeamChoice, TriageReason};
use swiftline_domain::city::{CityPack, Deadline, Team, Unit};
use swiftline_domain::complaint::Complaint;
use swiftline_domain::id::{TeamId, UnitId};
use swiftline_domain::rules::{Decision, Facts, Lead, RuleSet};
use swiftline_domain::vocabulary::Lane;

use crate::balance::{Loads, Wish, pick};
use crate::rules::{Judgement, RulesInForce, asks_text};

use ladder::push_new;
pub(crate) use plan::{Left, Plan, Standing, Subject, Undecided};

/// Plans offers by a city's rules.
#[derive(Debug)]
pub(crate) struct Planner<L> {
    pack: Arc<CityPack>,
    rules: ArcSwap<RulesInForce>,
    /// What each team has to do.
    pub(crate) loads: L,
}

impl<L: Loads> Planner<L> {
    /// Plans for this city, by the pack's own rules until told otherwise.
    #[must_use]
    pub(crate) fn new(pack: Arc<CityPack>, loads: L) -> Self {
        let own = RulesInForce::everywhere(Arc::clone(&pack.rules));
        Self {
            pack,
            rules: ArcSwap::from_pointee(own),
            loads,
        }
    }

    /// The city's pack.
    #[must_use]
    pub(crate) fn pack(&self) -> &Arc<CityPack> {
        &self.pack
    }

    /// The rules in force now.
    #[must_use]
    pub(crate) fn rules(&self) -> Arc<RulesInForce> {
        self.rules.load_full()
    }

    /// Puts rules into force. A decision that is being made keeps to those that it began with.
    pub(crate) fn swap_rules(&self, rules: RulesInForce) {
        self.rules.store(Arc::new(rules));
    }

    /// What the rules decide that hold for the place.
    #[must_use]
    pub(crate) fn decide(&self, subject: &Subject<'_>) -> Judgement {
        let in_force = self.rules.load();
        let place = subject.classification.place.as_ref();
        let (rules, canary) = in_force.of_place(place);
        Judgement {
            decision: self.with_facts(subject, in_force.asks_text(), |facts| rules.decide(facts)),
            rules: Arc::clone(rules),
            canary,
        }
    }

    /// What these rules decide, whatever is in force.
    #[must_use]
    pub(crate) fn decide_by(&self, rules: &RuleSet, subject: &Subject<'_>) -> Decision {
        self.with_facts(subject, asks_text(rules), |facts| rules.decide(facts))
    }

    /// The unit that a decision of these rules means.
    #[must_use]
    pub(crate) fn lead(
        &self,
        rules: &RuleSet,
        decision: &Decision,
        subject: &Subject<'_>,
    ) -> &Unit {
        let place = subject.classification.place.as_ref();
        let pack = self.pack();
        pack.resolve_unit(&decision.lead, place, rules.backstop())
            .unit
    }

    /// Asks something about what rules see of a complaint.
    pub(crate) fn with_facts<T>(
        &self,
        subject: &Subject<'_>,
        lower_case: bool,
        ask: impl FnOnce(&Facts<'_>) -> T,
    ) -> T {
        let (complaint, classification) = (subject.complaint, subject.classification);
        let lowered = if lower_case {
            complaint.text.to_lowercase()
        } else {
            String::new()
        };
        ask(&Facts {
            category: classification.category.as_ref(),
            area: classification.place.as_ref(),
            kind: classification.kind,
            urgency: classification.urgency,
            channel: complaint.channel,
            line: complaint.line,
            reporter: complaint.reporter,
            language: classification.language,
            moment: self.pack().calendar.moment(subject.accepted_at),
            text: &lowered,
        })
    }

    /// The clock for reaching a unit, by what the rules decide.
    #[must_use]
    pub(crate) fn dispatch_due(&self, decision: &Decision, accepted_at: Timestamp) -> Due {
        due(self.pack().dispatch_by(&decision.clock, accepted_at))
    }

    /// Why a person should decide instead of the rules, if one should.
    #[must_use]
    pub(crate) fn doubt(&self, subject: &Subject<'_>, decision: &Decision) -> Option<TriageReason> {
        let city = &self.pack().city;
        let unsure = f64::from(subject.classification.confidence) < city.min_confidence;
        if unsure && !self.was_told_the_category(subject.complaint) {
            return Some(TriageReason::LowConfidence);
        }
        // The backstop has a unit for what has no place; a rule that asks for the place's unit means it.
        let needs_place = decision.rule.is_some() && decision.lead.is_by_place();
        (needs_place && subject.classification.place.is_none()).then_some(TriageReason::NoPlace)
    }

    /// Another system gave a complaint type that the pack knows: there is nothing to be unsure of.
    fn was_told_the_category(&self, complaint: &Complaint) -> bool {
        complaint.source.as_ref().is_some_and(|source| {
            let taxonomy = &self.pack().taxonomy;
            !source.complaint_type.is_empty()
                && taxonomy.of_source_type(&source.complaint_type).is_some()
        })
    }

    /// The first offer of a case, as the rules decide.
    ///
    /// # Errors
    /// When a person must decide.
    pub(crate) fn first(
        &self,
        subject: &Subject<'_>,
        judged: &Judgement,
        standing: Standing<'_>,
        rng: &mut impl Rng,
    ) -> Result<Plan, Undecided> {
        let undecided = |reason| Undecided {
            reason,
            by: judged.by(),
        };
        if let Some(reason) = self.doubt(subject, &judged.decision) {
            return Err(undecided(reason));
        }
        let lead = self.lead(&judged.rules, &judged.decision, subject);
        let ladder = self.ladder(lead, subject, None);
        self.plan(&ladder, subject, judged, standing, rng)
            .ok_or_else(|| undecided(TriageReason::NoTeam))
    }

    /// The next offer of a case that a team has had and has no more.
    ///
    /// # Errors
    /// When a person must decide.
    pub(crate) fn onward(
        &self,
        case: &Case,
        left: Left,
        subject: &Subject<'_>,
        now: Timestamp,
        rng: &mut impl Rng,
    ) -> Result<Plan, Undecided> {
        if case.asked.len() as u64 >= u64::from(self.pack().city.offers.max_hops) {
            let by = case.offer.as_ref().map(DecidedBy::of);
            return Err(Undecided {
                reason: TriageReason::HopLimit,
                by: by.unwrap_or_default(),
            });
        }
        let judged = self.decide(subject);
        let lead = self.lead(&judged.rules, &judged.decision, subject);
        let last = self.last_unit(case);
        let mut ladder: Vec<&Unit> = last.into_iter().collect();
        for unit in last.into_iter().flat_map(|last| self.above(last)) {
            push_new(&mut ladder, unit);
        }
        for unit in self.ladder(lead, subject, Some(&judged.rules)) {
            push_new(&mut ladder, unit);
        }
        let spared = |unit: &&Unit| {
            let may_go_on = left == Left::Expired && last.is_some_and(|last| last.id == unit.id);
            may_go_on || !self.has_had(unit, &case.asked)
        };
        ladder.retain(spared);
        self.plan(&ladder, subject, &judged, Standing::of(case, now), rng)
            .ok_or_else(|| Undecided {
                reason: TriageReason::NoTeam,
                by: judged.by(),
            })
    }

    /// The offer of a case that is decided anew because the rules have changed. Whoever has given it away is not asked
    /// again, and whoever has it now is asked before nobody is.
    ///
    /// # Errors
    /// When a person must decide.
    pub(crate) fn anew(
        &self,
        case: &Case,
        subject: &Subject<'_>,
        judged: &Judgement,
        now: Timestamp,
        rng: &mut impl Rng,
    ) -> Result<Plan, Undecided> {
        let standing = Standing::of(case, now);
        if case.asked.is_empty() {
            return self.first(subject, judged, standing, rng);
        }
        let lead = self.lead(&judged.rules, &judged.decision, subject);
        let mut ladder = self.ladder(lead, subject, Some(&judged.rules));
        if let Some(unit) = self.last_unit(case) {
            push_new(&mut ladder, unit);
        }
        ladder.retain(|unit| !self.has_had(unit, &case.asked));
        self.plan(&ladder, subject, judged, standing, rng)
            .ok_or_else(|| Undecided {
                reason: TriageReason::NoTeam,
                by: judged.by(),
            })
    }

    /// An offer to a unit that a person chose; `None` when every team of it has been asked.
    #[must_use]
    pub(crate) fn to_unit(
        &self,
        unit: &Unit,
        subject: &Subject<'_>,
        standing: Standing<'_>,
        rng: &mut impl Rng,
    ) -> Option<Plan> {
        let judged = self.decide(subject);
        let mut plan = self.plan(&[unit], subject, &judged, standing, rng)?;
        let to = &mut plan.assignment;
        (to.rule, to.rules_digest) = (None, String::new());
        (to.helpers, to.inform) = (Vec::new(), Vec::new());
        to.choice = TeamChoice::Manual;
        plan.canary = false;
        Some(plan)
    }

    /// The offer that takes a reopened case back to the team that had it; `None` when that is gone from the pack.
    #[must_use]
    pub(crate) fn again(&self, case: &Case, now: Timestamp) -> Option<Plan> {
        let assignment = &case.offer.as_ref()?.assignment;
        let team = self.pack().teams.get(assignment.team.as_str())?;
        self.pack().units.get(assignment.unit.as_str())?;
        // What was not done the first time does not wait behind what is new.
        let lane = assignment.lane.max(Lane::Urgent);
        Some(Plan {
            sign_by: self.sign_by(team, lane, now),
            handle: due(self.pack().handle_by(&assignment.clock, now)),
            meets_wish: true,
            canary: false,
            assignment: Box::new(Assignment {
                lane,
                ..assignment.clone()
            }),
        })
    }

    /// The team of a unit that is called to help, and when its sub-order expires; `None` when none is left to ask.
    #[must_use]
    pub(crate) fn helper(
        &self,
        unit: &Unit,
        subject: &Subject<'_>,
        standing: Standing<'_>,
        lane: Lane,
        rng: &mut impl Rng,
    ) -> Option<(TeamId, Timestamp)> {
        let wish = Wish {
            place: subject.classification.place.as_ref(),
            skills: &[],
            // A helper works with the lead, not with the citizen.
            languages: &[],
            lane,
            asked: standing.asked,
            now: standing.now,
        };
        let pick = pick(self.pack(), &[unit], &wish, &self.loads, rng)?;
        let sign_by = self.sign_by(pick.team, lane, standing.now);
        Some((pick.team.id.clone(), sign_by))
    }

    fn plan(
        &self,
        ladder: &[&Unit],
        subject: &Subject<'_>,
        judged: &Judgement,
        standing: Standing<'_>,
        rng: &mut impl Rng,
    ) -> Option<Plan> {
        let Standing { asked, since, now } = standing;
        let decision = &judged.decision;
        let own = std::slice::from_ref(&subject.classification.language);
        let wish = Wish {
            place: subject.classification.place.as_ref(),
            skills: &decision.skills,
            languages: decision.languages.as_deref().unwrap_or(own),
            lane: decision.lane,
            asked,
            now,
        };
        let pick = pick(self.pack(), ladder, &wish, &self.loads, rng)?;
        let mut taken = vec![
            pick.team.unit.clone(),
            self.lead(&judged.rules, decision, subject).id.clone(),
        ];
        let DecidedBy { rule, rules_digest } = judged.by();
        Some(Plan {
            sign_by: self.sign_by(pick.team, decision.lane, now),
            handle: due(self.pack().handle_by(&decision.clock, since)),
            meets_wish: pick.meets_wish,
            canary: judged.canary,
            assignment: Box::new(Assignment {
                unit: pick.team.unit.clone(),
                team: pick.team.id.clone(),
                lane: decision.lane,
                clock: decision.clock.clone(),
                helpers: self.beside(&decision.helpers, judged, subject, &mut taken),
                inform: self.beside(&decision.inform, judged, subject, &mut taken),
                rule,
                rules_digest,
                choice: pick.choice,
                considered: pick.considered,
            }),
        })
    }

    /// The units that these leads mean, each that is not taken; takes them.
    fn beside(
        &self,
        leads: &[Lead],
        judged: &Judgement,
        subject: &Subject<'_>,
        taken: &mut Vec<UnitId>,
    ) -> Vec<UnitId> {
        let (pack, place) = (self.pack(), subject.classification.place.as_ref());
        let backstop = judged.rules.backstop();
        let mut units = Vec::new();
        for lead in leads {
            let unit = &pack.resolve_unit(lead, place, backstop).unit.id;
            if !taken.contains(unit) {
                taken.push(unit.clone());
                units.push(unit.clone());
            }
        }
        units
    }

    /// When an offer expires. A team that is not there is given its time from when its hours begin, or the order
    /// would pass through every team of the city in one night; an emergency does not wait for anybody.
    fn sign_by(&self, team: &Team, lane: Lane, now: Timestamp) -> Timestamp {
        let begins = if lane == Lane::Emergency {
            now
        } else {
            team.next_duty(now, &self.pack().calendar).unwrap_or(now)
        };
        self.pack().sign_by(lane, begins).due
    }
}

fn due(deadline: Deadline) -> Due {
    Due {
        warn_at: deadline.warn,
        at: deadline.due,
    }
}

#[cfg(test)]
mod tests;
