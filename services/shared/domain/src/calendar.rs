//! The city's calendar: what sort of day it is, when offices work, and when a deadline falls.
//!
//! Everything is read in the city's time zone, so a day is a day even when the clocks change.
//!
//! **Invariants**
//! - A deadline in working time never falls outside office hours of a working day.
//! - A later start or a longer term never makes an earlier deadline.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::city::{Names, Term};
use crate::vocabulary::{DayClass, DayTag};

const DAY_MINUTES: u16 = 24 * 60;

/// Hours that come back every day, such as `08:30-18:00`; `22:00-06:00` wraps past midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DailyHours {
    /// Minutes from midnight, 0 to 1439.
    from: u16,
    /// Minutes from midnight, 1 to 1440; not after `from` when the hours wrap.
    to: u16,
}

impl DailyHours {
    /// From midnight to midnight.
    pub const WHOLE_DAY: Self = Self {
        from: 0,
        to: DAY_MINUTES,
    };

    /// The minute of the day at which the hours begin, 0 to 1439.
    #[must_use]
    pub const fn from_minute(self) -> u16 {
        self.from
    }

    /// The minute of the day at which the hours end, 1 to 1440; not after the beginning when they wrap.
    #[must_use]
    pub const fn to_minute(self) -> u16 {
        self.to
    }

    /// The time of day at which the hours begin.
    #[must_use]
    pub fn start(self) -> Time {
        // `from` is under 24 hours, so both parts are in range.
        let part = |value: u16| i8::try_from(value).unwrap_or_default();
        Time::constant(part(self.from / 60), part(self.from % 60), 0, 0)
    }

    /// Whether the hours go on past midnight.
    #[must_use]
    pub const fn wraps(self) -> bool {
        self.to <= self.from
    }

    /// Whether this time of day is within the hours; the end is not.
    #[must_use]
    pub fn contains(self, time: Time) -> bool {
        self.from_its_start(time) || self.into_the_next_day(time)
    }

    /// Whether the time is within the part that lies on the day on which the hours begin.
    #[must_use]
    pub fn from_its_start(self, time: Time) -> bool {
        let minute = minute_of(time);
        self.from <= minute && (self.wraps() || minute < self.to)
    }

    /// Whether the time is within the part that lies on the day after; never for hours that do not wrap.
    #[must_use]
    pub fn into_the_next_day(self, time: Time) -> bool {
        self.wraps() && minute_of(time) < self.to
    }

    /// How long the hours last.
    fn length(self) -> SignedDuration {
        let minutes = (DAY_MINUTES + self.to - self.from - 1) % DAY_MINUTES + 1;
        SignedDuration::from_mins(minutes.into())
    }
}

fn minute_of(time: Time) -> u16 {
    // A time of day has non-negative parts.
    time.hour().unsigned_abs() as u16 * 60 + time.minute().unsigned_abs() as u16
}

/// A text that does not give hours of the day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} does not give hours of the day; write them as \"08:30-18:00\" (00:00 to 24:00, the two different)"
)]
pub struct HoursError(String);

impl FromStr for DailyHours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let parsed = text.split_once('-').and_then(|(from, to)| {
            let (from, to) = (minutes(from)?, minutes(to)?);
            // 24:00 is an end only, 00:00 as an end is written 24:00, and equal ends say nothing.
            (from < DAY_MINUTES && to > 0 && from != to).then_some(Self { from, to })
        });
        parsed.ok_or_else(|| HoursError(text.to_owned()))
    }
}

/// `HH:MM` as minutes from midnight, 0 to 1440.
fn minutes(text: &str) -> Option<u16> {
    let two_digits = |part: &str| {
        (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u16>().ok())?
    };
    let (hours, minutes) = text.trim().split_once(':')?;
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (minutes < 60 && hours * 60 + minutes <= DAY_MINUTES).then_some(hours * 60 + minutes)
}

impl fmt::Display for DailyHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            to / 60,
            to % 60
        )
    }
}

/// A moment as rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// What sort of day it is in the city.
    pub day: DayClass,
    /// The city has declared extreme weather for the day.
    pub extreme_weather: bool,
    /// The local time of day.
    pub time: Time,
}

impl Moment {
    /// Whether this can be said of the day.
    #[must_use]
    pub fn is(self, tag: DayTag) -> bool {
        tag == DayTag::from(self.day) || (tag == DayTag::ExtremeWeather && self.extreme_weather)
    }

    /// The minute of the day, 0 to 1439.
    #[must_use]
    pub fn minute(self) -> u16 {
        minute_of(self.time)
    }
}

/// The city's calendar. Weekends do not fill the whole week, and office hours do not wrap: the pack's reader sees to it.
#[derive(Debug, Clone)]
pub struct Calendar {
    time_zone: TimeZone,
    weekend: Vec<Weekday>,
    office_hours: DailyHours,
    holidays: BTreeMap<Date, Names>,
    make_up_workdays: BTreeSet<Date>,
    extreme_weather: BTreeSet<Date>,
}

impl Calendar {
    /// A calendar; `None` when every day would be a weekend or the office hours wrap past midnight.
    #[must_use]
    pub fn new(
        time_zone: TimeZone,
        weekend: Vec<Weekday>,
        office_hours: DailyHours,
        holidays: BTreeMap<Date, Names>,
        make_up_workdays: BTreeSet<Date>,
    ) -> Option<Self> {
        let works = Weekday::Monday
            .cycle_forward()
            .take(7)
            .any(|day| !weekend.contains(&day));
        (works && !office_hours.wraps()).then_some(Self {
            time_zone,
            weekend,
            office_hours,
            holidays,
            make_up_workdays,
            extreme_weather: BTreeSet::new(),
        })
    }

    /// The same with days of extreme weather.
    #[must_use]
    pub fn with_extreme_weather(mut self, days: BTreeSet<Date>) -> Self {
        self.extreme_weather = days;
        self
    }

    /// Whether the city has declared extreme weather for this day.
    #[must_use]
    pub fn is_extreme_weather(&self, date: Date) -> bool {
        self.extreme_weather.contains(&date)
    }

    /// The city's time zone.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// The hours of the city's offices on working days.
    #[must_use]
    pub fn office_hours(&self) -> DailyHours {
        self.office_hours
    }

    /// The days of the week that are weekend; never all seven.
    #[must_use]
    pub fn weekend(&self) -> &[Weekday] {
        &self.weekend
    }

    /// The holiday's name, if the day is one.
    #[must_use]
    pub fn holiday(&self, date: Date) -> Option<&Names> {
        self.holidays.get(&date)
    }

    /// What sort of day it is. A make-up workday is a working day even on a weekend.
    #[must_use]
    pub fn day_class(&self, date: Date) -> DayClass {
        if self.make_up_workdays.contains(&date) {
            DayClass::Workday
        } else if self.holidays.contains_key(&date) {
            DayClass::Holiday
        } else if self.weekend.contains(&date.weekday()) {
            DayClass::Weekend
        } else {
            DayClass::Workday
        }
    }

    /// The moment in the city's local time.
    #[must_use]
    pub fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.time_zone.clone())
    }

    /// The moment as rules see it.
    #[must_use]
    pub fn moment(&self, at: Timestamp) -> Moment {
        let local = self.local(at);
        self.moment_of(local.datetime())
    }

    /// A local date and time as rules see it.
    #[must_use]
    pub fn moment_of(&self, local: DateTime) -> Moment {
        Moment {
            day: self.day_class(local.date()),
            extreme_weather: self.is_extreme_weather(local.date()),
            time: local.time(),
        }
    }

    /// How much working time a term is: a day is one day's office hours, anything shorter is taken as it is.
    #[must_use]
    pub fn office_time(&self, term: Term) -> SignedDuration {
        match term {
            Term::Days(days) => {
                SignedDuration::from_secs(self.office_hours.length().as_secs() * i64::from(days))
            }
            Term::Seconds(_) => term.duration(),
        }
    }

    /// The moment when a term that began at `start` has run, round the clock. Days end at the same local time of
    /// day, so a day on which the clocks change still counts as one. Ends at the end of time at the latest.
    #[must_use]
    pub fn add_wall_time(&self, start: Timestamp, term: Term) -> Timestamp {
        let end = match term {
            Term::Seconds(_) => start.checked_add(term.duration()).ok(),
            Term::Days(days) => self
                .local(start)
                .checked_add(jiff::Span::new().days(i64::from(days)))
                .map(|end| end.timestamp())
                .ok(),
        };
        end.unwrap_or(Timestamp::MAX)
    }

    /// The moment when so much working time has run since `start`: time counts only in the office hours of
    /// working days. A start outside office hours waits for the next opening; a length that uses a day up ends
    /// at that day's closing. A negative length counts as none. On a day on which the clocks change within office
    /// hours the day still counts as one.
    #[must_use]
    pub fn add_working_time(&self, start: Timestamp, length: SignedDuration) -> Timestamp {
        let local = self.local(start);
        let mut date = local.date();
        let day_length = self.office_hours.length().as_secs();
        // How much of today's office time has gone; a day that is over or no working day gives the next one whole.
        let gone = match self.office_day(date) {
            Some((open, close)) if start <= close => {
                whole_seconds(start.duration_since(open)).clamp(0, day_length)
            }
            _ => match self.next_working_day(date) {
                Some(next) => {
                    date = next;
                    0
                }
                None => return Timestamp::MAX,
            },
        };
        let total = gone.saturating_add(length.as_secs().max(0));
        // Whole days to pass; a total that just fills a day ends on it, at closing.
        let days = if total == 0 {
            0
        } else {
            (total - 1) / day_length
        };
        for _ in 0..days {
            match self.next_working_day(date) {
                Some(next) => date = next,
                None => return Timestamp::MAX,
            }
        }
        let into_the_day = SignedDuration::from_secs(total - days * day_length);
        self.office_day(date)
            .map_or(Timestamp::MAX, |(open, close)| {
                open.checked_add(into_the_day)
                    .map_or(close, |end| end.min(close))
            })
    }

    /// How much working time lies between two moments; none when the second is not later.
    #[must_use]
    pub fn working_time(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        let days =
            std::iter::successors(Some(self.local(from).date()), |date| date.tomorrow().ok());
        let last = self.local(to).date();
        let within = |date: Date| {
            let (open, close) = self.office_day(date)?;
            let length = self.office_hours.length();
            let worked = close.min(to).duration_since(open.max(from));
            // A day on which the clocks change within office hours counts as one.
            Some(worked.clamp(SignedDuration::ZERO, length))
        };
        days.take_while(|date| *date <= last)
            .filter_map(within)
            .sum()
    }

    /// Whether offices work at this moment, opening and closing included.
    #[must_use]
    pub fn is_office_time(&self, at: Timestamp) -> bool {
        let date = self.local(at).date();
        // The closing at 24:00 is already the next day.
        [Some(date), date.yesterday().ok()]
            .into_iter()
            .flatten()
            .filter_map(|date| self.office_day(date))
            .any(|(open, close)| open <= at && at <= close)
    }

    /// Opening and closing of a working day; `None` on other days.
    fn office_day(&self, date: Date) -> Option<(Timestamp, Timestamp)> {
        if self.day_class(date) != DayClass::Workday {
            return None;
        }
        let at = |minutes: u16| {
            let midnight = date.to_datetime(Time::midnight());
            let civil = midnight
                .checked_add(SignedDuration::from_mins(minutes.into()))
                .ok()?;
            self.time_zone.to_timestamp(civil).ok()
        };
        Some((at(self.office_hours.from)?, at(self.office_hours.to)?))
    }

    /// The first working day after `date`; `None` at the end of time.
    fn next_working_day(&self, date: Date) -> Option<Date> {
        let later = std::iter::successors(date.tomorrow().ok(), |date| date.tomorrow().ok());
        later
            .into_iter()
            .find(|date| self.day_class(*date) == DayClass::Workday)
    }
}

/// Seconds, rounded up, so that a deadline is never before its start.
fn whole_seconds(length: SignedDuration) -> i64 {
    length.as_secs() + i64::from(length.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests;
