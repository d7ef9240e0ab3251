//! Where it is.
//!
//! A point in an outline decides; a text can only refine it, from a district to a subdistrict inside, and what it clearly
//! says of another district is kept as a candidate. Without a point in the city, the names in the address and the text
//! are weighed ([`Gazetteer`]; the address counts double), first those that are said as the place, and if there are none
//! those that are said by the way:
//!
//! - a name that several areas share means those whose district is named too, else all of them, each a part;
//! - a subdistrict has the weight of its own mentions and of its district's: the two agree. A district stands by itself
//!   only when no subdistrict of it is named;
//! - the best wins when it weighs [`DOMINANCE`] times the next. Else, when all that could be meant lie in one district, it
//!   is that district; else the place stays open and the best are kept as candidates;
//! - names of streets only make candidates.

mod outlines;

use swiftline_domain::city::CityPack;
use swiftline_domain::classification::{Evidence, EvidenceAbout, MAX_CANDIDATES};
use swiftline_domain::complaint::Complaint;
use swiftline_domain::id::AreaId;

use self::outlines::OutlineIndex;
use super::gazetteer::{Gazetteer, Mention, Role};
use super::phrases::Hit;

/// What an address weighs against a text that only talks of places.
const ADDRESS: f32 = 2.0;
/// How much more than the next the best must weigh to be the place.
const DOMINANCE: f32 = 1.4;
/// What a place must weigh to be taken at all: half of what an alias does that it is near of.
const LEAST: f32 = 0.24;
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
    /// When there is no area, or a point and the words contradict each other.
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

    /// The names, for finding them together with other lists.
    pub(super) fn spelled(&self) -> (Vec<&str>, bool) {
        self.gazetteer.spelled()
    }

    /// Where the complaint is, in whose text `hits` of the names were found.
    pub(super) fn find(&self, complaint: &Complaint, hits: &[Hit]) -> Found {
        let mentions = self.mentions(complaint, hits);
        let outlined = complaint.location.and_then(|at| self.outlines.area_at(at));
        match outlined {
            Some(area) => self.at_point(area, &mentions),
            None => self.told(&mentions),
        }
    }

    /// The point is in this area.
    fn at_point(&self, area: usize, mentions: &[Mention]) -> Found {
        let mut found = if self.is_district(area) {
            self.refine(area, mentions)
        } else {
            Found {
                area: Some(self.areas[area].id.clone()),
                candidates: Vec::new(),
                evidence: vec![self.outline(area)],
            }
        };
        let here = of_role(mentions, Role::Here);
        if let Some(told) = self.clear_winner(&self.scores(&here, mentions), &here)
            && self.areas[told].district != self.areas[area].district
        {
            found.candidates.push(self.areas[told].id.clone());
            found
                .evidence
                .extend(names(&here, |named| named == told).take(1));
        }
        found
    }

    /// What the words tell.
    fn told(&self, mentions: &[Mention]) -> Found {
        let said = first_said(mentions);
        if said.is_empty() {
            self.open(mentions, mentions)
        } else {
            self.weigh(&said, mentions)
        }
    }

    fn mentions(&self, complaint: &Complaint, hits: &[Hit]) -> Vec<Mention> {
        let mut mentions = Vec::new();
        if let Some(address) = &complaint.address {
            self.gazetteer.read(address, ADDRESS, &mut mentions);
        }
        self.gazetteer
            .weigh(&complaint.text, hits, 1.0, &mut mentions);
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
        let inside = first_said(&inside);
        let mut evidence = vec![self.outline(district)];
        let area = self
            .clear_winner(&self.scores(&inside, &inside), &inside)
            .unwrap_or(district);
        if area != district {
            evidence.extend(names(&inside, |named| named == area).take(MAX_NAMES - 1));
        }
        Found {
            area: Some(self.areas[area].id.clone()),
            candidates: Vec::new(),
            evidence,
        }
    }

    /// What these of `all` the mentions tell.
    fn weigh(&self, mentions: &[Mention], all: &[Mention]) -> Found {
        let scores = self.scores(mentions, all);
        let area = self
            .clear_winner(&scores, mentions)
            .or_else(|| self.common_district(&scores));
        let Some(area) = area else {
            return self.open(mentions, all);
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

    /// The place stays open among what these mentions may mean.
    fn open(&self, mentions: &[Mention], all: &[Mention]) -> Found {
        let scores = self.scores(mentions, all);
        let ids = scores
            .iter()
            .take(MAX_CANDIDATES)
            .map(|(area, _)| self.areas[*area].id.clone());
        Found {
            area: None,
            candidates: ids.collect(),
            evidence: names(mentions, |_| true).take(MAX_NAMES).collect(),
        }
    }

    /// What each area that may be meant weighs, the best first.
    fn scores(&self, mentions: &[Mention], all: &[Mention]) -> Vec<(usize, f32)> {
        let mut districts: Vec<(usize, f32)> = Vec::new();
        let mut inner: Vec<(usize, f32)> = Vec::new();
        for mention in mentions {
            let meant = self.meant(mention, all);
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

    /// The best, if it weighs enough by itself, against the next, and against every name that means neither it nor its
    /// district: parted among several areas, such a name weighs no less.
    fn clear_winner(&self, scores: &[(usize, f32)], mentions: &[Mention]) -> Option<usize> {
        let (best, score) = *scores.first()?;
        let next = scores.get(1).map_or(0.0, |(_, score)| *score);
        let speaks_against = |mention: &&Mention| {
            let district = self.areas[best].district;
            !mention
                .areas
                .iter()
                .any(|area| [best, district].contains(area))
        };
        let rival = mentions
            .iter()
            .filter(speaks_against)
            .map(|mention| mention.weight);
        let rival = rival.fold(next, f32::max);
        (score >= LEAST && score >= DOMINANCE * rival).then_some(best)
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

/// The names that are said as the place, and if there are none those that are said by the way.
fn first_said(mentions: &[Mention]) -> Vec<Mention> {
    let here = of_role(mentions, Role::Here);
    if here.is_empty() {
        of_role(mentions, Role::Aside)
    } else {
        here
    }
}

fn of_role(mentions: &[Mention], role: Role) -> Vec<Mention> {
    let of_role = mentions.iter().filter(|mention| mention.role == role);
    of_role.cloned().collect()
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
