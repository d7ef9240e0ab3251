//! Which unit a lead means where.

use super::super::condition::{Backstop, Lead};
use super::space::{Dim, Region, Space};
use crate::city::{CityPack, Unit, Via};

/// For every area, in the order of the pack, who answers for one kind of lead.
struct Table<'p> {
    lead: Lead,
    units: Vec<(&'p Unit, Via)>,
}

/// Who answers where, for the leads that depend on the place.
pub(super) struct Answerers<'p> {
    pack: &'p CityPack,
    backstop: Backstop,
    tables: Vec<Table<'p>>,
}

/// A unit, and the values of [`Dim::Place`] for which a rule means it.
pub(super) struct Desk<'p> {
    pub(super) unit: &'p Unit,
    pub(super) places: Vec<usize>,
}

impl<'p> Answerers<'p> {
    pub(super) fn new(pack: &'p CityPack, backstop: &Backstop) -> Self {
        Self {
            pack,
            backstop: backstop.clone(),
            tables: Vec::new(),
        }
    }

    /// The unit that a lead by place means in this area, and whether it is the one meant rather than the district's for want
    /// of it.
    fn table(&mut self, lead: &Lead) -> &Table<'p> {
        let known = self.tables.iter().position(|table| table.lead == *lead);
        let at = known.unwrap_or_else(|| {
            let units = self.pack.areas.iter().map(|area| {
                let resolved = self.pack.resolve_unit(lead, Some(&area.id), &self.backstop);
                (resolved.unit, resolved.via)
            });
            let units = units.collect();
            let lead = lead.clone();
            self.tables.push(Table { lead, units });
            self.tables.len() - 1
        });
        &self.tables[at]
    }

    /// Whether the unit that a lead means is missing for this area, so that the district's answers.
    pub(super) fn falls(&mut self, lead: &Lead, area: usize) -> bool {
        matches!(lead, Lead::Subdistrict | Lead::Department(_))
            && self
                .table(lead)
                .units
                .get(area)
                .is_some_and(|(_, via)| *via != Via::Area)
    }

    /// The units that a lead means for the complaints of a region. Without a place a lead by place means nobody: a person
    /// finds the place first.
    pub(super) fn desks(
        &mut self,
        lead: &Lead,
        space: &Space<'_>,
        region: &Region,
    ) -> Vec<Desk<'p>> {
        if let Lead::Unit(unit) = lead {
            let unit = self.pack.units.get(unit.as_str());
            return unit
                .map(|unit| Desk {
                    unit,
                    places: space.values(region, Dim::Place).collect(),
                })
                .into_iter()
                .collect();
        }
        let units = &self.table(lead).units;
        let mut desks: Vec<Desk<'p>> = Vec::new();
        let mut known: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
        for place in space.values(region, Dim::Place) {
            let Some((unit, _)) = units.get(place) else {
                continue;
            };
            let at = *known.entry(unit.id.as_str()).or_insert_with(|| {
                desks.push(Desk {
                    unit,
                    places: Vec::new(),
                });
                desks.len() - 1
            });
            desks[at].places.push(place);
        }
        desks
    }
}
