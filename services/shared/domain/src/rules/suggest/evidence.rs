//! The orders of one rule, by what they were about and where.

use std::collections::{BTreeMap, HashMap};

use super::{MIN_AGREEING_PERCENT, MIN_CASES, Outcome};
use crate::case::ReturnReason;
use crate::city::CityPack;
use crate::id::{AreaId, CategoryId, UnitId};

/// Orders that have something in common: a category or what lies in it, an area or what lies in it, or both.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Group {
    /// `None` = about anything.
    pub(super) category: Option<CategoryId>,
    /// `None` = anywhere.
    pub(super) place: Option<AreaId>,
}

impl Group {
    /// Whether all orders of this group are in that one as well.
    pub(super) fn is_within(&self, pack: &CityPack, other: &Self) -> bool {
        let category = match (&self.category, &other.category) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(own), Some(other)) => own.is_within(other),
        };
        let place = match (&self.place, &other.place) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(own), Some(other)) => pack.areas.is_within(own.as_str(), other.as_str()),
        };
        category && place
    }
}

/// What became of the orders of a group.
#[derive(Debug, Clone, Default)]
struct Counts {
    cases: u64,
    ended_at: BTreeMap<UnitId, u64>,
}

/// A group whose orders nearly all ended at the same other unit.
#[derive(Debug, Clone)]
pub(super) struct Agreement {
    pub(super) group: Group,
    pub(super) cases: u64,
    /// How many were given back and ended there.
    pub(super) ended: u64,
    pub(super) unit: UnitId,
}

/// The orders of one rule.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub(super) decided: u64,
    pub(super) returned: u64,
    pub(super) reasons: BTreeMap<ReturnReason, u64>,
    groups: HashMap<Group, Counts>,
}

impl Evidence {
    pub(super) fn add(&mut self, pack: &CityPack, outcome: &Outcome) {
        self.decided += 1;
        if outcome.returned {
            self.returned += 1;
            if let Some(reason) = outcome.reason {
                *self.reasons.entry(reason).or_default() += 1;
            }
        }
        let elsewhere = outcome.final_unit.as_ref();
        let elsewhere = elsewhere.filter(|unit| outcome.returned && **unit != outcome.unit);
        let areas = outcome.place.iter();
        let areas: Vec<_> = areas
            .flat_map(|id| pack.areas.lineage(id.as_str()))
            .collect();
        let category = outcome.category.as_ref();
        let category = category.and_then(|id| pack.taxonomy.get(id.as_str()));
        let categories = std::iter::successors(category, |category| {
            pack.taxonomy.get(category.parent.as_ref()?.as_str())
        });
        let any_category = std::iter::once(None);
        for category in categories
            .map(|one| Some(one.id.clone()))
            .chain(any_category)
        {
            let places = areas.iter().map(|area| Some(area.id.clone()));
            for place in places.chain([None]) {
                let category = category.clone();
                let counts = self.groups.entry(Group { category, place }).or_default();
                counts.cases += 1;
                if let Some(unit) = elsewhere {
                    *counts.ended_at.entry(unit.clone()).or_default() += 1;
                }
            }
        }
    }

    /// The groups whose orders agree, the largest first. Of groups of the very same orders only the narrowest, and nothing
    /// that lies in a larger one.
    pub(super) fn agreements(&self, pack: &CityPack) -> Vec<Agreement> {
        let mut all: Vec<Agreement> = self.groups.iter().filter_map(agreement).collect();
        all.sort_by(|a, b| b.cases.cmp(&a.cases).then_with(|| a.group.cmp(&b.group)));
        let mut chosen: Vec<Agreement> = Vec::new();
        for one in &all {
            let narrower = |other: &Agreement| {
                other.cases == one.cases
                    && other.group != one.group
                    && other.group.is_within(pack, &one.group)
            };
            let within = |other: &Agreement| one.group.is_within(pack, &other.group);
            if !chosen.iter().any(within) && !all.iter().any(narrower) {
                chosen.push(one.clone());
            }
        }
        chosen
    }
}

fn agreement((group, counts): (&Group, &Counts)) -> Option<Agreement> {
    let most = counts.ended_at.iter().max_by_key(|(_, count)| **count);
    let (unit, &ended) = most?;
    let agree = counts.cases >= MIN_CASES && ended * 100 >= counts.cases * MIN_AGREEING_PERCENT;
    agree.then(|| Agreement {
        group: group.clone(),
        cases: counts.cases,
        ended,
        unit: unit.clone(),
    })
}
