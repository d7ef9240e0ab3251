//! Where it is.
//!
//! A point in an outline decides; a text can only refine it, from a district to a subdistrict inside. Without a point in
//! the city, the names in the address and the text are weighed ([`Gazetteer`]; the address counts double):
//!
//! - a name that several areas share means those whose district is named too, else all of them, each a part;
//! - a subdistrict has the weight of its own mentions and of its district's: the two agree. A district stands by itself
//!   only when no subdistrict of it is named;
//! - the best wins when it weighs [`DOMINANCE`] times the next. Else, when all that could be meant lie in one district, it
//!   is that district; else the place stays open and the best are kept as candidates.

use swiftline_domain::city::CityPack;
use swiftline_domain::classification::{Evidence, EvidenceAbout, MAX_CANDIDATES};
use swiftline_domain::complaint::Complaint;
use swiftline_domain::id::AreaId;

use super::gazetteer::{Gazetteer, Mention};
use super::outlines::OutlineIndex;

/// What an address weighs against a text that only talks of places.
const ADDRESS: f32 = 2.0;
/// How much more than the next the best must weigh to be the place.
const DOMINANCE: f32 = 1.4;
/// What a place must weigh to be taken at all: an alias in a text is enough, the name of a street is not.
const LEAST: f32 = 0.6;
/// The weight shown for an outline.
const OUTLINE: f32 = 10.0;
/// The most names shown as evidence.
const MAX_NAMES: usize = 2;

/// A city's places, ready to be looked up.
#[derive(Debug)]
pub(super) struct Places {
    /// In the order of the pack.
    areas: Vec<Place>,
    outlines: OutlineIndex,
    gazetteer: Gazetteer,
}

#[derive(Debug)]
struct Place {
    id: AreaId,
    /// The level-1 area that it is or lies in.
    district: usize,
}

/// What was found.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Found {
    pub(super) area: Option<AreaId>,
    /// Only when there is no area.
    pub(super) candidates: Vec<AreaId>,
    pub(super) evidence: Vec<Evidence>,
}

impl Places {
    pub(super) fn new(pack: &CityPack) -> Self {
        let areas = pack.areas.iter().enumerate().map(|(number, area)| {
            let district = pack.areas.district_of(area.id.as_str());
            let district = district.and_then(|district| pack.areas.ordinal(district.id.as_str()));
            Place {
                id: area.id.clone(),
                district: district.unwrap_or(number),
            }
        });
        Self {
            areas: areas.collect(),
            outlines: OutlineIndex::new(pack),
            gazetteer: Gazetteer::new(pack),
        }
    }

    pub(super) fn find(&self, complaint: &Complaint) -> Found {
        let outlined = complaint.location.and_then(|at| self.outlines.area_at(at));
        match outlined {
            Some(area) if self.is_district(area) => self.refine(area, &self.mentions(complaint)),
            Some(area) => Found {
                area: Some(self.areas[area].id.clone()),
                candidates: Vec::new(),
                evidence: vec![self.outline(area)],
            },
            None => self.weigh(&self.mentions(complaint)),
        }
    }

    fn mentions(&self, complaint: &Complaint) -> Vec<Mention> {
        let mut mentions = Vec::new();
        if let Some(address) = &complaint.address {
            self.gazetteer.read(address, ADDRESS, &mut mentions);
        }
        self.gazetteer.read(&complaint.text, 1.0, &mut mentions);
        mentions
    }

    /// The point is in this district; a subdistrict of it that is named more than any other is where.
    fn refine(&self, district: usize, mentions: &[Mention]) -> Found {
        let inside = |mention: &Mention| Mention {
            areas: mention
                .areas
                .iter()
                .copied()
                .filter(|area| *area != district && self.areas[*area].district == district)
                .collect(),
            ..mention.clone()
        };
        let inside: Vec<Mention> = mentions
            .iter()
            .map(inside)
            .filter(|mention| !mention.areas.is_empty())
            .collect();
        let mut evidence = vec![self.outline(district)];
        let area = clear_winner(&self.scores(&inside)).unwrap_or(district);
        if area != district {
            evidence.extend(names(&inside, |named| named == area).take(MAX_NAMES - 1));
        }
        Found {
            area: Some(self.areas[area].id.clone()),
            candidates: Vec::new(),
            evidence,
        }
    }

    fn weigh(&self, mentions: &[Mention]) -> Found {
        let scores = self.scores(mentions);
        let area = clear_winner(&scores).or_else(|| self.common_district(&scores));
        let Some(area) = area else {
            let ids = scores
                .iter()
                .take(MAX_CANDIDATES)
                .map(|(area, _)| self.areas[*area].id.clone());
            let evidence = names(mentions, |_| true).take(MAX_NAMES).collect();
            return Found {
                area: None,
                candidates: ids.collect(),
                evidence,
            };
        };
        // What names the area itself, its district, or (for a common district) something in it.
        let speaks =
            |named: usize| named == area || self.areas[named].district == self.areas[area].district;
        let evidence = names(mentions, speaks).take(MAX_NAMES).collect();
        Found {
            area: Some(self.areas[area].id.clone()),
            candidates: Vec::new(),
            evidence,
        }
    }

    /// What each area that may be meant weighs, the best first.
    fn scores(&self, mentions: &[Mention]) -> Vec<(usize, f32)> {
        let mut districts: Vec<(usize, f32)> = Vec::new();
        let mut inner: Vec<(usize, f32)> = Vec::new();
        for mention in mentions {
            let meant = self.meant(mention, mentions);
            let share = mention.weight / f32::from(u16::try_from(meant.len()).unwrap_or(u16::MAX));
            for area in meant {
                add(
                    if self.is_district(area) {
                        &mut districts
                    } else {
                        &mut inner
                    },
                    area,
                    share,
                );
            }
        }
        for (area, score) in &mut inner {
            let district = self.areas[*area].district;
            *score += districts
                .iter()
                .find(|(other, _)| *other == district)
                .map_or(0.0, |(_, score)| *score);
        }
        districts.retain(|(district, _)| {
            inner
                .iter()
                .all(|(area, _)| self.areas[*area].district != *district)
        });
        inner.append(&mut districts);
        inner.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        inner
    }

    /// What a name means here: of several areas those whose district another name gives, if it gives any.
    fn meant(&self, mention: &Mention, all: &[Mention]) -> Vec<usize> {
        let is_named = |district: usize| {
            all.iter()
                .any(|other| other.areas == [district] && other.name != mention.name)
        };
        let confirmed: Vec<usize> = mention
            .areas
            .iter()
            .copied()
            .filter(|area| is_named(self.areas[*area].district))
            .collect();
        if confirmed.is_empty() {
            mention.areas.clone()
        } else {
            confirmed
        }
    }

    fn common_district(&self, scores: &[(usize, f32)]) -> Option<usize> {
        let district = self.areas[scores.first()?.0].district;
        let total: f32 = scores.iter().map(|(_, score)| score).sum();
        let all_inside = scores
            .iter()
            .all(|(area, _)| self.areas[*area].district == district);
        (all_inside && total >= LEAST).then_some(district)
    }

    fn is_district(&self, area: usize) -> bool {
        self.areas[area].district == area
    }

    fn outline(&self, area: usize) -> Evidence {
        let found = self.areas[area].id.to_string();
        Evidence {
            about: EvidenceAbout::Place,
            found,
            weight: OUTLINE,
        }
    }
}

/// The best, if it weighs enough by itself and against the next.
fn clear_winner(scores: &[(usize, f32)]) -> Option<usize> {
    let (best, score) = *scores.first()?;
    let next = scores.get(1).map_or(0.0, |(_, score)| *score);
    (score >= LEAST && score >= DOMINANCE * next).then_some(best)
}

fn add(scores: &mut Vec<(usize, f32)>, area: usize, score: f32) {
    match scores.iter_mut().find(|(other, _)| *other == area) {
        Some((_, sum)) => *sum += score,
        None => scores.push((area, score)),
    }
}

/// The names that speak for what is wanted, the weightiest first.
fn names(mentions: &[Mention], wanted: impl Fn(usize) -> bool) -> impl Iterator<Item = Evidence> {
    let mut speaking: Vec<&Mention> = mentions
        .iter()
        .filter(|mention| mention.areas.iter().any(|area| wanted(*area)))
        .collect();
    speaking.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    speaking.into_iter().map(|mention| Evidence {
        about: EvidenceAbout::Place,
        found: mention.name.to_string(),
        weight: mention.weight,
    })
}
