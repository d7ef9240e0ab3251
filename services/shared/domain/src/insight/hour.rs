//! Hours: of the epoch, for counting, and of the week, for what is usual.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};

use crate::calendar::Calendar;
use crate::vocabulary::DayClass;

/// Hours of a week.
pub const SLOTS: usize = 7 * 24;
const HOUR_SECONDS: i64 = 3_600;

/// A whole hour, counted from the epoch. Unlike an hour of the clock it comes once, also when the clocks change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hour(pub i64);

impl Hour {
    /// The hour that this moment lies in.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        Self(at.as_second().div_euclid(HOUR_SECONDS))
    }

    /// When it begins; the end of time for an hour beyond it.
    #[must_use]
    pub fn start(self) -> Timestamp {
        let seconds = self.0.saturating_mul(HOUR_SECONDS);
        Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
    }

    /// How much of it has passed at this moment, 0 to 1.
    #[must_use]
    pub fn passed(self, at: Timestamp) -> f64 {
        let seconds = at.duration_since(self.start()).as_secs_f64();
        (seconds / HOUR_SECONDS as f64).clamp(0.0, 1.0)
    }

    /// The hour after so many more; before, for a negative number.
    #[must_use]
    pub const fn plus(self, hours: i64) -> Self {
        Self(self.0.saturating_add(hours))
    }
}

/// An hour of the week as citizens live it: 0 is Monday 00:00 to 01:00, 167 Sunday 23:00 to 24:00. A holiday is a day like
/// the last of the weekend; a make-up workday is one like the workday next to that weekend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(u8);

impl Slot {
    /// The slot of this hour in the city.
    #[must_use]
    pub fn of(calendar: &Calendar, hour: Hour) -> Self {
        let local = calendar.local(hour.start());
        let day = lived_as(calendar, local.date()).to_monday_zero_offset();
        // Both are in range: a day is 0 to 6, an hour 0 to 23.
        Self(day.unsigned_abs() * 24 + local.hour().unsigned_abs())
    }

    /// Its place, 0 to 167.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The hour of the day, 0 to 23.
    #[must_use]
    pub const fn hour_of_day(self) -> usize {
        (self.0 % 24) as usize
    }
}

/// The day of the week that this day is lived as.
fn lived_as(calendar: &Calendar, date: Date) -> Weekday {
    let day = date.weekday();
    let is_weekend = calendar.weekend().contains(&day);
    match calendar.day_class(date) {
        DayClass::Holiday => last_of_weekend(calendar),
        DayClass::Workday if is_weekend => workday_beside(calendar, day),
        DayClass::Workday | DayClass::Weekend => day,
    }
}

fn last_of_weekend(calendar: &Calendar) -> Weekday {
    let weekend = calendar.weekend();
    let is_last = |day: &&Weekday| !weekend.contains(&day.next());
    weekend
        .iter()
        .find(is_last)
        .copied()
        .unwrap_or(Weekday::Sunday)
}

/// The nearest workday: before the first day of a weekend, after its last.
fn workday_beside(calendar: &Calendar, day: Weekday) -> Weekday {
    let works = |day: &Weekday| !calendar.weekend().contains(day);
    if works(&day.next()) {
        return day.next();
    }
    // A weekend never fills the whole week.
    std::iter::successors(Some(day.previous()), |day| Some(day.previous()))
        .take(7)
        .find(works)
        .unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use jiff::tz::TimeZoneDatabase;

    use super::*;
    use crate::calendar::DailyHours;
    use crate::city::testing::small_pack;

    fn calendar() -> Calendar {
        let holiday = small_pack().city.name;
        let holidays = BTreeMap::from([(Date::constant(2026, 10, 1), holiday)]);
        let make_up = BTreeSet::from([Date::constant(2026, 10, 10), Date::constant(2026, 9, 20)]);
        let weekend = vec![Weekday::Saturday, Weekday::Sunday];
        let zone = TimeZoneDatabase::bundled().get("America/New_York").unwrap();
        let hours: DailyHours = "09:00-17:00".parse().unwrap();
        Calendar::new(zone, weekend, hours, holidays, make_up).unwrap()
    }

    fn slot(text: &str) -> (usize, usize) {
        let slot = Slot::of(&calendar(), Hour::of(text.parse().unwrap()));
        (slot.index() / 24, slot.hour_of_day())
    }

    #[test]
    fn an_hour_is_that_of_the_citys_clock_in_summer_and_winter() {
        assert_eq!(
            slot("2026-06-22T04:30:00Z"),
            (0, 0),
            "Monday after midnight, EDT"
        );
        assert_eq!(
            slot("2026-01-05T04:30:00Z"),
            (6, 23),
            "Sunday before midnight, EST"
        );
    }

    #[test]
    fn holidays_are_sundays_and_make_up_days_are_workdays() {
        assert_eq!(
            slot("2026-10-01T16:00:00Z").0,
            6,
            "a Thursday that is a holiday"
        );
        assert_eq!(slot("2026-10-10T16:00:00Z").0, 4, "a Saturday with work");
        assert_eq!(slot("2026-09-20T16:00:00Z").0, 0, "a Sunday with work");
        assert_eq!(slot("2026-10-02T16:00:00Z").0, 4);
    }

    #[test]
    fn hours_of_the_epoch_come_once_and_pass() {
        let at: Timestamp = "2026-11-01T05:15:00Z".parse().unwrap();
        let hour = Hour::of(at);
        assert_eq!(hour.start(), "2026-11-01T05:00:00Z".parse().unwrap());
        assert!((hour.passed(at) - 0.25).abs() < 1e-12);
        // 01:00 comes twice on this day: two hours, one slot.
        assert_ne!(hour, hour.plus(1));
        assert_eq!(
            Slot::of(&calendar(), hour),
            Slot::of(&calendar(), hour.plus(1))
        );
    }
}
