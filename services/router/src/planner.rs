//! From what is known of a case to whom it is offered: rules, units, teams and deadlines. Pure but for the loads.
//!
//! A case climbs a *ladder* of units: the one that the rules name, those above it, the district's, and at last the
//! one that answers when nobody else does.
//!
//! **Invariants**
//! - After a return no unit that has had the case is asked; after an expiry only other teams of the same unit, then
//!   the same. So a case goes round no circle, and its way ends after `max_hops` offers at the latest.
//! - The same case with the same pack and loads always climbs the same ladder.

use jiff::Timestamp;
use rand::Rng;
use swiftline_domain::case::{Assignment, Case, Command, Due, TeamChoice, TriageReason};
use swiftline_domain::city::{CityPack, Deadline, Team, Unit};
use swiftline_domain::classification::Classification;
use swiftline_domain::complaint::Complaint;
use swiftline_domain::id::TeamId;
use swiftline_domain::rules::{Considered, Decision, Facts};
use swiftline_domain::vocabulary::Lane;

use crate::balance::{Loads, Wish, pick};
use crate::city::City;

/// What the rules look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// What the citizen said.
    pub(crate) complaint: &'a Complaint,
    /// What the classifier made of it.
    pub(crate) classification: &'a Classification,
    /// When it was taken in.
    pub(crate) accepted_at: Timestamp,
}

/// Where a case stands on its way round the teams.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing<'a> {
    /// The teams that have had it and gave it away.
    pub(crate) asked: &'a [TeamId],
    /// When its handling began to count: when it was accepted, or now that it is taken up again.
    pub(crate) since: Timestamp,
    /// Now.
    pub(crate) now: Timestamp,
}

impl<'a> Standing<'a> {
    /// Where this case stands now.
    #[must_use]
    pub(crate) fn of(case: &'a Case, now: Timestamp) -> Self {
        Self {
            asked: &case.asked,
            since: if case.reopened == 0 {
                case.accepted_at
            } else {
                now
            },
            now,
        }
    }
}

/// How a team came to have the case no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// It gave the case back: the unit is not the right one.
    Returned,
    /// It did not sign in time: another team of the unit may.
    Expired,
}

/// An offer about to be made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// To whom, and why.
    pub(crate) assignment: Box<Assignment>,
    /// When it must be signed for.
    pub(crate) sign_by: Timestamp,
    /// When it must be handled.
    pub(crate) handle: Due,
    /// The team serves the place, has the skills and speaks the language.
    pub(crate) meets_wish: bool,
}

impl Plan {
    /// The command that makes the offer.
    #[must_use]
    pub(crate) fn into_command(self) -> Command {
        Command::Offer {
            assignment: self.assignment,
            sign_by: self.sign_by,
            handle: self.handle,
        }
    }
}

/// Plans offers by a city's rules.
#[derive(Debug)]
pub(crate) struct Planner<L> {
    /// The city.
    pub(crate) city: City,
    /// What each team has to do.
    pub(crate) loads: L,
}

impl<L: Loads> Planner<L> {
    /// The city's pack.
    #[must_use]
    pub(crate) fn pack(&self) -> &CityPack {
        &self.city.pack
    }

    /// What the rules decide.
    #[must_use]
    pub(crate) fn decide(&self, subject: &Subject<'_>) -> Decision {
        self.with_facts(subject, |facts| self.pack().rules.decide(facts))
    }

    /// The rules that are looked at on the way to [`Planner::decide`].
    #[must_use]
    pub(crate) fn explain(&self, subject: &Subject<'_>) -> Vec<Considered> {
        self.with_facts(subject, |facts| self.pack().rules.explain(facts))
    }

    fn with_facts<T>(&self, subject: &Subject<'_>, ask: impl FnOnce(&Facts<'_>) -> T) -> T {
        let (complaint, classification) = (subject.complaint, subject.classification);
        let lowered = if self.city.asks_words {
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
        decision: &Decision,
        standing: Standing<'_>,
        rng: &mut impl Rng,
    ) -> Result<Plan, TriageReason> {
        if let Some(reason) = self.doubt(subject, decision) {
            return Err(reason);
        }
        let lead = self.pack().resolve_unit(
            &decision.lead,
            subject.classification.place.as_ref(),
            self.pack().rules.backstop(),
        );
        let ladder = self.ladder(lead.unit, subject, false);
        self.plan(&ladder, subject, decision, standing, rng)
            .ok_or(TriageReason::NoTeam)
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
    ) -> Result<Plan, TriageReason> {
        if case.asked.len() as u64 >= u64::from(self.pack().city.offers.max_hops) {
            return Err(TriageReason::HopLimit);
        }
        let decision = self.decide(subject);
        let lead = self.pack().resolve_unit(
            &decision.lead,
            subject.classification.place.as_ref(),
            self.pack().rules.backstop(),
        );
        let last = case
            .offer
            .as_ref()
            .and_then(|offer| self.pack().units.get(offer.assignment.unit.as_str()));
        let mut ladder: Vec<&Unit> = last.into_iter().collect();
        for unit in last.into_iter().flat_map(|last| self.above(last)) {
            push_new(&mut ladder, unit);
        }
        for unit in self.ladder(lead.unit, subject, true) {
            push_new(&mut ladder, unit);
        }
        let spared = |unit: &&Unit| {
            let may_go_on = left == Left::Expired && last.is_some_and(|last| last.id == unit.id);
            may_go_on || !self.has_had(unit, &case.asked)
        };
        ladder.retain(spared);
        self.plan(&ladder, subject, &decision, Standing::of(case, now), rng)
            .ok_or(TriageReason::NoTeam)
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
        let decision = self.decide(subject);
        let mut plan = self.plan(&[unit], subject, &decision, standing, rng)?;
        plan.assignment.rule = None;
        plan.assignment.rules_digest = String::new();
        plan.assignment.choice = TeamChoice::Manual;
        Some(plan)
    }

    /// The offer that takes a reopened case back to the team that had it; `None` when that is gone from the pack.
    #[must_use]
    pub(crate) fn again(&self, case: &Case, now: Timestamp) -> Option<Plan> {
        let assignment = &case.offer.as_ref()?.assignment;
        let team = self.pack().teams.get(assignment.team.as_str())?;
        self.pack().units.get(assignment.unit.as_str())?;
        Some(Plan {
            sign_by: self.sign_by(team, assignment.lane, now),
            handle: due(self.pack().handle_by(&assignment.clock, now)),
            meets_wish: true,
            assignment: Box::new(assignment.clone()),
        })
    }

    /// The unit and what is above it; the district's; and, if `to_the_end`, whoever answers when nobody else does.
    fn ladder<'a>(
        &'a self,
        unit: &'a Unit,
        subject: &Subject<'_>,
        to_the_end: bool,
    ) -> Vec<&'a Unit> {
        let pack = self.pack();
        let place = subject.classification.place.as_ref();
        let district = place.and_then(|place| pack.backstop_unit(place));
        let last = to_the_end.then(|| pack.otherwise_unit(pack.rules.backstop()));
        let mut ladder = vec![unit];
        for unit in self.above(unit).chain(district).chain(last) {
            push_new(&mut ladder, unit);
        }
        ladder
    }

    /// The units above this one, the nearest first.
    fn above<'a>(&'a self, unit: &'a Unit) -> impl Iterator<Item = &'a Unit> {
        let units = &self.pack().units;
        let parent = |unit: &&Unit| unit.parent.as_ref().and_then(|id| units.get(id.as_str()));
        // A pack with a circle in it would be refused; the bound costs nothing.
        std::iter::successors(parent(&unit), parent).take(units.iter().len())
    }

    fn has_had(&self, unit: &Unit, asked: &[TeamId]) -> bool {
        let mut teams = self.pack().teams.of_unit(unit.id.as_str());
        teams.any(|team| asked.contains(&team.id))
    }

    fn plan(
        &self,
        ladder: &[&Unit],
        subject: &Subject<'_>,
        decision: &Decision,
        standing: Standing<'_>,
        rng: &mut impl Rng,
    ) -> Option<Plan> {
        let Standing { asked, since, now } = standing;
        let wish = Wish {
            place: subject.classification.place.as_ref(),
            skills: &decision.skills,
            languages: std::slice::from_ref(&subject.classification.language),
            lane: decision.lane,
            asked,
            now,
        };
        let pick = pick(self.pack(), ladder, &wish, &self.loads, rng)?;
        Some(Plan {
            sign_by: self.sign_by(pick.team, decision.lane, now),
            handle: due(self.pack().handle_by(&decision.clock, since)),
            meets_wish: pick.meets_wish,
            assignment: Box::new(Assignment {
                unit: pick.team.unit.clone(),
                team: pick.team.id.clone(),
                lane: decision.lane,
                clock: decision.clock.clone(),
                helpers: Vec::new(),
                inform: Vec::new(),
                rule: decision.rule.clone(),
                rules_digest: self.city.pack.rules.digest().to_string(),
                choice: pick.choice,
                considered: pick.considered,
            }),
        })
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

fn push_new<'a>(ladder: &mut Vec<&'a Unit>, unit: &'a Unit) {
    if ladder.iter().all(|known| known.id != unit.id) {
        ladder.push(unit);
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
