//! The ladder of units that a case climbs.

use swiftline_domain::case::Case;
use swiftline_domain::city::Unit;
use swiftline_domain::id::TeamId;
use swiftline_domain::rules::RuleSet;

use super::{Planner, Subject};
use crate::balance::Loads;

impl<L: Loads> Planner<L> {
    /// The unit of the newest offer.
    pub(super) fn last_unit(&self, case: &Case) -> Option<&Unit> {
        let offer = case.offer.as_ref()?;
        self.pack().units.get(offer.assignment.unit.as_str())
    }

    /// The unit and what is above it; the district's; and, `to_the_end` of these rules, whoever answers when nobody else
    /// does.
    pub(super) fn ladder<'a>(
        &'a self,
        unit: &'a Unit,
        subject: &Subject<'_>,
        to_the_end: Option<&RuleSet>,
    ) -> Vec<&'a Unit> {
        let pack = self.pack();
        let place = subject.classification.place.as_ref();
        let district = place.and_then(|place| pack.backstop_unit(place));
        let last = to_the_end.map(|rules| pack.otherwise_unit(rules.backstop()));
        let mut ladder = vec![unit];
        for unit in self.above(unit).chain(district).chain(last) {
            push_new(&mut ladder, unit);
        }
        ladder
    }

    /// The units above this one, the nearest first.
    pub(super) fn above<'a>(&'a self, unit: &'a Unit) -> impl Iterator<Item = &'a Unit> {
        let units = &self.pack().units;
        let parent = |unit: &&Unit| unit.parent.as_ref().and_then(|id| units.get(id.as_str()));
        // A pack with a circle in it would be refused; the bound costs nothing.
        std::iter::successors(parent(&unit), parent).take(units.iter().len())
    }

    /// Whether a team of the unit has had it and gave it away.
    pub(super) fn has_had(&self, unit: &Unit, asked: &[TeamId]) -> bool {
        let mut teams = self.pack().teams.of_unit(unit.id.as_str());
        teams.any(|team| asked.contains(&team.id))
    }
}

/// Puts a unit at the end, unless it is there already.
pub(super) fn push_new<'a>(ladder: &mut Vec<&'a Unit>, unit: &'a Unit) {
    if ladder.iter().all(|known| known.id != unit.id) {
        ladder.push(unit);
    }
}
