//! From a rule's words to a unit, and from a class of clocks to deadlines.

use jiff::Timestamp;

use super::{CityPack, ClockTerms, Deadline, GENERAL, Team, Unit};
use crate::id::{AreaId, ClockClass};
use crate::rules::{Backstop, Lead};
use crate::vocabulary::Lane;

/// How a unit was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Via {
    /// The rule names it.
    Named,
    /// It answers for the very area.
    Area,
    /// It answers for the district that the area is or lies in.
    District,
    /// No place is known, or nobody answers for it: the pack's `otherwise` unit.
    Otherwise,
}

impl Via {
    /// The word used in explanations, spans and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Area => "area",
            Self::District => "district",
            Self::Otherwise => "otherwise",
        }
    }
}

/// A unit, and how it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved<'a> {
    /// The unit.
    pub unit: &'a Unit,
    /// How it was found.
    pub via: Via,
}

impl CityPack {
    /// The unit that a rule's lead means for a complaint in this area. Somebody always answers:
    /// named unit → unit of the area → unit of its district → the pack's `otherwise` unit.
    ///
    /// # Panics
    /// Never for a pack that was parsed: its `otherwise` unit exists.
    #[must_use]
    pub fn resolve_unit(
        &self,
        lead: &Lead,
        area: Option<&AreaId>,
        backstop: &Backstop,
    ) -> Resolved<'_> {
        let named = match lead {
            Lead::Unit(unit) => self.units.get(unit.as_str()).map(|unit| Resolved {
                unit,
                via: Via::Named,
            }),
            _ => None,
        };
        let own = || match lead {
            Lead::Subdistrict => self.unit_of_area(area?),
            Lead::Department(function) => {
                let district = self.areas.district_of(area?.as_str())?;
                self.units.of_function(&district.id, function)
            }
            Lead::Unit(_) | Lead::District => None,
        };
        let district = || area.and_then(|area| self.backstop_unit(area));
        named
            .or_else(|| {
                own().map(|unit| Resolved {
                    unit,
                    via: Via::Area,
                })
            })
            .or_else(|| {
                district().map(|unit| Resolved {
                    unit,
                    via: Via::District,
                })
            })
            .unwrap_or_else(|| Resolved {
                unit: self.otherwise_unit(backstop),
                via: Via::Otherwise,
            })
    }

    /// The unit that answers for exactly this area.
    #[must_use]
    pub fn unit_of_area(&self, area: &AreaId) -> Option<&Unit> {
        self.units.of_area(area.as_str())
    }

    /// The unit of the level-1 area that this area is or lies in: whoever answers when nobody else does.
    /// `None` only for an unknown area.
    #[must_use]
    pub fn backstop_unit(&self, area: &AreaId) -> Option<&Unit> {
        self.units
            .of_area(self.areas.district_of(area.as_str())?.id.as_str())
    }

    /// The unit that answers when no place is known.
    ///
    /// # Panics
    /// Never for a pack that was parsed: the unit exists.
    #[must_use]
    pub fn otherwise_unit(&self, backstop: &Backstop) -> &Unit {
        let id = &backstop.otherwise;
        self.units
            .get(id.as_str())
            .expect("a parsed pack has the unit that its backstop names")
    }

    /// The unit that a team works for.
    #[must_use]
    pub fn unit_of_team(&self, team: &Team) -> Option<&Unit> {
        self.units.get(team.unit.as_str())
    }

    /// When a unit must have signed at the latest for a complaint accepted then.
    #[must_use]
    pub fn dispatch_by(&self, class: &ClockClass, accepted: Timestamp) -> Deadline {
        let terms = self.terms(class);
        self.clocks
            .deadline(accepted, terms.dispatch, terms.working_time, &self.calendar)
    }

    /// When there must be a result for a complaint accepted then.
    #[must_use]
    pub fn handle_by(&self, class: &ClockClass, accepted: Timestamp) -> Deadline {
        let terms = self.terms(class);
        self.clocks
            .deadline(accepted, terms.handle, terms.working_time, &self.calendar)
    }

    /// When the citizen must have been asked about a result given then.
    #[must_use]
    pub fn callback_by(&self, class: &ClockClass, resolved: Timestamp) -> Deadline {
        let terms = self.terms(class);
        self.clocks
            .deadline(resolved, terms.callback, terms.working_time, &self.calendar)
    }

    /// When an offer in this lane moves on if nobody has signed. Runs round the clock.
    #[must_use]
    pub fn sign_by(&self, lane: Lane, offered: Timestamp) -> Deadline {
        let term = self.city.offers.sign_within(lane);
        self.clocks.deadline(offered, term, false, &self.calendar)
    }

    /// The terms of a class; those of `general` for a class that is gone from the pack.
    fn terms(&self, class: &ClockClass) -> &ClockTerms {
        self.clocks
            .get(class.as_str())
            .or_else(|| self.clocks.get(GENERAL))
            .expect("a parsed pack has the class `general`")
    }
}
