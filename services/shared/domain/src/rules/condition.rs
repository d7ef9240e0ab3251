//! What a rule asks and what it decides, as a person wrote it.

use std::sync::Arc;

use super::guard::Guard;
use crate::calendar::DailyHours;
use crate::city::words;
use crate::id::{AreaId, CategoryId, ClockClass, FunctionId, RuleId, Skill, UnitId};
use crate::vocabulary::{Channel, DayTag, Kind, Lane, Language, Line, ReporterType, Urgency};

words! {
    /// What a condition can ask about.
    Dimension {
        /// What the complaint is about.
        Category = "category",
        /// Where it is.
        Place = "place",
        /// What the citizen wants.
        Kind = "kind",
        /// How pressing it is.
        Urgency = "urgency",
        /// The way it came in.
        Channel = "channel",
        /// Which hotline was called.
        Line = "line",
        /// Its language.
        Language = "language",
        /// Who asks.
        Reporter = "reporter",
        /// What sort of day it is.
        Day = "day",
        /// The time of day.
        Hours = "hours",
        /// Words in its text.
        Keywords = "keywords",
        /// An expression for what the others cannot say.
        Guard = "guard",
    }
}

words! {
    /// How a rule names a unit by place.
    PlaceLevel {
        /// The one of the area itself: a subdistrict or community board.
        Subdistrict = "subdistrict",
        /// The one of its district or borough.
        District = "district",
        /// The department of the district that has a function.
        Department = "department",
    }
}

/// Values to have or not to have. Both lists empty = anything goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<T> {
    /// One of these must hold; empty = not asked.
    pub any_of: Box<[T]>,
    /// None of these may hold.
    pub none_of: Box<[T]>,
}

impl<T> Default for Choice<T> {
    fn default() -> Self {
        Self {
            any_of: Box::default(),
            none_of: Box::default(),
        }
    }
}

impl<T> Choice<T> {
    /// Whether anything goes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.any_of.is_empty() && self.none_of.is_empty()
    }

    /// Whether this value is allowed.
    #[must_use]
    pub fn allows(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        (self.any_of.is_empty() || self.any_of.contains(value)) && !self.none_of.contains(value)
    }
}

/// Where a complaint must be. An area means itself and what lies in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlaceChoice {
    /// `Some(false)` = only complaints without a place; `Some(true)` = only those with one.
    pub known: Option<bool>,
    /// Which areas.
    pub areas: Choice<AreaId>,
}

/// What must hold for a rule to match: every dimension that is asked.
///
/// What is not known of a complaint (its category, its place) is none of anything: `any_of` fails, `none_of` holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// What it is about; a category means its whole subtree.
    pub category: Choice<CategoryId>,
    /// Where it is.
    pub place: PlaceChoice,
    /// What the citizen wants.
    pub kind: Choice<Kind>,
    /// How pressing it is.
    pub urgency: Choice<Urgency>,
    /// The way it came in.
    pub channel: Choice<Channel>,
    /// Which hotline was called.
    pub line: Choice<Line>,
    /// Its language.
    pub language: Choice<Language>,
    /// Who asks.
    pub reporter: Choice<ReporterType>,
    /// What sort of day it is in the city.
    pub day: Choice<DayTag>,
    /// The local time of day.
    pub hours: Option<DailyHours>,
    /// Words in its text, in any case of letters. A word that begins or ends with a Latin letter or a digit
    /// must stand alone there: `gas` is not found in `gasp`.
    pub keywords: Choice<Arc<str>>,
    /// An expression that must be true as well. One that fails at run time does not hold.
    pub guard: Option<Guard>,
}

impl Condition {
    /// Whether every complaint matches.
    #[must_use]
    pub fn is_catch_all(&self) -> bool {
        *self == Self::default()
    }
}

/// Who leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lead {
    /// This unit.
    Unit(UnitId),
    /// The unit of the complaint's area itself; of its district when no more is known.
    Subdistrict,
    /// The unit of its district.
    District,
    /// The department of its district that has this function; the district's unit where there is none.
    Department(FunctionId),
}

impl Lead {
    /// Whether the complaint's place decides.
    #[must_use]
    pub const fn is_by_place(&self) -> bool {
        !matches!(self, Self::Unit(_))
    }
}

/// What a rule decides. What it leaves open is taken from the complaint and its category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Who leads.
    pub lead: Lead,
    /// Who helps, each with a part of its own under the lead (吹哨报到).
    pub helpers: Arc<[Lead]>,
    /// Who is told and has nothing to do.
    pub inform: Arc<[Lead]>,
    /// The lane; `None` = the complaint's urgency.
    pub lane: Option<Lane>,
    /// The class of clocks; `None` = the category's.
    pub clock: Option<ClockClass>,
    /// What the team should be able to do; `None` = the category's.
    pub skills: Option<Arc<[Skill]>>,
    /// The languages of which the team should speak one; `None` = the complaint's.
    pub languages: Option<Arc<[Language]>>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its stable name.
    pub id: RuleId,
    /// What it is for, for people.
    pub description: String,
    /// When it matches.
    pub when: Condition,
    /// What it decides.
    pub then: Outcome,
}

/// What holds when no rule matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backstop {
    /// Who leads.
    pub lead: Lead,
    /// Who leads when no place is known.
    pub otherwise: UnitId,
}
