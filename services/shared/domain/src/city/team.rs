//! `teams.yaml`: whoever shares one queue and signs for orders, what they can do and when they are there.

use std::collections::HashMap;
use std::ops::Range;

use indexmap::IndexMap;
use jiff::Timestamp;

use super::{Areas, Names};
use crate::calendar::{Calendar, DailyHours};
use crate::id::{AreaId, Skill, TeamId, UnitId};
use crate::vocabulary::{DayClass, Language};

/// How far [`Team::next_duty`] looks ahead, in days: further than any run of holidays.
pub const DUTY_HORIZON_DAYS: usize = 31;

/// When a team is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DutyHours {
    /// Day and night, every day.
    Always,
    /// By the class of the day; `None` = off duty on such days.
    ByDay {
        /// On working days, make-up workdays included.
        workday: Option<DailyHours>,
        /// On weekend days.
        weekend: Option<DailyHours>,
        /// On public holidays.
        holiday: Option<DailyHours>,
    },
}

impl DutyHours {
    /// The hours on days of this class; `None` = off duty all day.
    #[must_use]
    pub fn on(&self, day: DayClass) -> Option<DailyHours> {
        match self {
            Self::Always => Some(DailyHours::WHOLE_DAY),
            Self::ByDay {
                workday,
                weekend,
                holiday,
            } => match day {
                DayClass::Workday => *workday,
                DayClass::Weekend => *weekend,
                DayClass::Holiday => *holiday,
            },
        }
    }
}

/// A team of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// The unit it works for.
    pub unit: UnitId,
    /// Its name.
    pub name: Names,
    /// The areas that it serves; empty = wherever its unit does.
    pub areas: Box<[AreaId]>,
    /// How many orders it can have open at once, at least 1.
    pub capacity: u32,
    /// What it can do beyond the usual.
    pub skills: Box<[Skill]>,
    /// The languages it speaks; never empty.
    pub languages: Box<[Language]>,
    /// When it is there.
    pub hours: DutyHours,
}

impl Team {
    /// Whether the team is there at this moment. Hours that wrap past midnight belong to the day on which they
    /// begin: a Friday's `22:00-06:00` lasts into Saturday morning, whatever Saturday's hours are.
    #[must_use]
    pub fn on_duty(&self, at: Timestamp, calendar: &Calendar) -> bool {
        if self.hours == DutyHours::Always {
            return true;
        }
        let local = calendar.local(at);
        let (date, time) = (local.date(), local.time());
        let began_today = |hours: DailyHours| hours.from_its_start(time);
        let began_yesterday = |hours: DailyHours| hours.into_the_next_day(time);
        let on = |date| self.hours.on(calendar.day_class(date));
        on(date).is_some_and(began_today)
            || date
                .yesterday()
                .ok()
                .and_then(on)
                .is_some_and(began_yesterday)
    }

    /// When the team is next there: `at` itself when it is there now; `None` when it is not there in the next
    /// [`DUTY_HORIZON_DAYS`] days.
    #[must_use]
    pub fn next_duty(&self, at: Timestamp, calendar: &Calendar) -> Option<Timestamp> {
        if self.on_duty(at, calendar) {
            return Some(at);
        }
        let dates =
            std::iter::successors(Some(calendar.local(at).date()), |date| date.tomorrow().ok());
        dates
            .take(DUTY_HORIZON_DAYS)
            .filter_map(|date| {
                let hours = self.hours.on(calendar.day_class(date))?;
                let begins = date.to_datetime(hours.start());
                calendar.time_zone().to_timestamp(begins).ok()
            })
            .find(|begins| *begins > at)
    }

    /// Whether the team serves this place: it lies in one of the team's areas, or is not known so exactly that it could
    /// not. A team without areas serves every place; an unknown place may be any team's.
    #[must_use]
    pub fn serves(&self, place: Option<&AreaId>, areas: &Areas) -> bool {
        let Some(place) = place else { return true };
        let (place, within) = (place.as_str(), |a: &str, b: &str| areas.is_within(a, b));
        self.areas.is_empty()
            || self
                .areas
                .iter()
                .any(|own| within(place, own.as_str()) || within(own.as_str(), place))
    }

    /// Whether the team has all these skills.
    #[must_use]
    pub fn has_skills(&self, wanted: &[Skill]) -> bool {
        wanted.iter().all(|skill| self.skills.contains(skill))
    }

    /// Whether the team speaks this language.
    #[must_use]
    pub fn speaks(&self, language: Language) -> bool {
        self.languages.contains(&language)
    }
}

/// All teams, grouped by unit. Every unit has at least one.
#[derive(Debug, Clone, Default)]
pub struct Teams {
    pub(super) by_id: IndexMap<TeamId, Team>,
    pub(super) of_unit: HashMap<UnitId, Range<usize>>,
}

impl Teams {
    /// Groups the teams by unit, keeping the order of the file inside a unit.
    pub(super) fn grouped(mut by_id: IndexMap<TeamId, Team>) -> Self {
        by_id.sort_by(|_, a, _, b| a.unit.cmp(&b.unit)); // stable
        let mut of_unit: HashMap<UnitId, Range<usize>> = HashMap::new();
        for (index, team) in by_id.values().enumerate() {
            of_unit.entry(team.unit.clone()).or_insert(index..index).end = index + 1;
        }
        Self { by_id, of_unit }
    }

    /// The team of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Team> {
        self.by_id.get(id)
    }

    /// The teams of a unit, in the order of the file; none for an unknown unit.
    pub fn of_unit(&self, unit: &str) -> impl ExactSizeIterator<Item = &Team> {
        let range = self.of_unit.get(unit).cloned().unwrap_or_default();
        self.by_id.as_slice()[range].values()
    }

    /// Every team, by unit.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Team> {
        self.by_id.values()
    }
}
