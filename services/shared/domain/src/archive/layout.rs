//! Where files lie, what they are called, and what they say of themselves.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::coverage::{Position, Span};
use super::table::Table;

/// The version of the tables' columns. A reader refuses a newer one; a column that is added at the end is no new version.
pub const SCHEMA_VERSION: u32 = 1;
/// Key-value metadata of every file: [`SCHEMA_VERSION`].
pub const SCHEMA_KEY: &str = "swiftline.schema";
/// Key-value metadata of every file: the table.
pub const TABLE_KEY: &str = "swiftline.table";
/// Key-value metadata of every file: what it covers, see [`super::Coverage`].
pub const COVERS_KEY: &str = "swiftline.covers";
/// Key-value metadata of every file: how often what it covers was merged or rewritten.
pub const GENERATION_KEY: &str = "swiftline.generation";

/// A month of the archive, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month {
    year: i16,
    month: i8,
}

/// A text that is no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a month, such as 2026-11")]
pub struct MonthError(String);

impl Month {
    /// The month of a moment.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        let date = at.to_zoned(TimeZone::UTC).date();
        Self {
            year: date.year(),
            month: date.month(),
        }
    }

    /// The month so many months later, or earlier; stays at the calendar's ends.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        let count = i32::from(self.year) * 12 + i32::from(self.month) - 1 + months;
        let count = count.clamp(0, 9_999 * 12 + 11);
        Self {
            year: i16::try_from(count.div_euclid(12)).unwrap_or(9_999),
            month: i8::try_from(count.rem_euclid(12) + 1).unwrap_or(1),
        }
    }

    /// Its first moment.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Date::new(self.year, self.month, 1)
            .and_then(|day| day.to_zoned(TimeZone::UTC))
            .map_or(Timestamp::MIN, |zoned| zoned.timestamp())
    }

    /// The first moment of the next.
    #[must_use]
    pub fn end(self) -> Timestamp {
        self.plus(1).start()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        let parse = || {
            let (year, month) = text.split_once('-')?;
            let plain = year.len() == 4 && month.len() == 2;
            let digits = text.bytes().filter(u8::is_ascii_digit).count() == 6;
            let (year, month) = (year.parse().ok()?, month.parse().ok()?);
            (plain && digits && (1..=12).contains(&month)).then_some(Self { year, month })
        };
        parse().ok_or_else(|| MonthError(text.to_owned()))
    }
}

/// The folder of a city's part of a table, without a slash at the end.
#[must_use]
pub fn table_dir(table: Table, city: &str) -> String {
    format!("{table}/city={city}")
}

/// The folder of a month of a table, without a slash at the end.
#[must_use]
pub fn month_dir(table: Table, city: &str, month: Month) -> String {
    format!("{}/month={month}", table_dir(table, city))
}

/// What a file of this name covers, when its name says it: `p07-41-42.parquet` is what partition 7 gave after 41, up to 42.
#[must_use]
pub fn span_of_name(name: &str) -> Option<(String, Span)> {
    let mut parts = name.strip_suffix(".parquet")?.split('-');
    let (source, after, to) = (parts.next()?, parts.next()?, parts.next()?);
    let word = !source.is_empty() && source.bytes().all(|b| b.is_ascii_alphanumeric());
    let span = Span {
        after: after.parse::<Position>().ok()?,
        to: to.parse::<Position>().ok()?,
    };
    (word && parts.next().is_none() && span.after < span.to).then(|| (source.to_owned(), span))
}
