//! Periods of days and numbers of rows, as requests give them.

use jiff::civil::Date;
use swiftline_proto::convert::ConvertError;
use swiftline_proto::feedback::v1 as wire;

/// The longest period, days.
pub(crate) const MAX_DAYS: i32 = 400;

/// Both days included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) from: Date,
    pub(crate) to: Date,
}

impl Period {
    /// The last days until today.
    pub(crate) fn last(days: i32, today: Date) -> Self {
        Self {
            from: moved(today, 1 - days),
            to: today,
        }
    }

    /// Days of it.
    pub(crate) fn days(self) -> i32 {
        self.from.until(self.to).map_or(0, |span| span.get_days()) + 1
    }

    /// Whether this day is in it.
    pub(crate) fn contains(self, day: Date) -> bool {
        (self.from..=self.to).contains(&day)
    }

    /// As many days before it.
    pub(crate) fn before(self) -> Self {
        Self {
            from: moved(self.from, -self.days()),
            to: moved(self.from, -1),
        }
    }

    pub(crate) fn dates(self) -> impl Iterator<Item = Date> {
        let days = self.days();
        (0..days).map(move |day| moved(self.from, day))
    }
}

/// So many days later.
pub(crate) fn moved(date: Date, days: i32) -> Date {
    date.saturating_add(jiff::Span::new().days(days))
}

/// The days of a request; so many until today when it names none.
pub(crate) fn period(
    given: Option<wire::DayRange>,
    default_days: i32,
    today: Date,
) -> Result<Period, ConvertError> {
    let given = given.unwrap_or_default();
    if given.from.is_empty() && given.to.is_empty() {
        return Ok(Period::last(default_days, today));
    }
    let period = Period {
        from: date(&given.from, "period.from")?,
        to: if given.to.is_empty() {
            today
        } else {
            date(&given.to, "period.to")?
        },
    };
    if period.to < period.from {
        return Err(ConvertError::new("period.to", "is before period.from"));
    }
    let days = period.days();
    if days > MAX_DAYS {
        let reason = format!("makes {days} days, at most {MAX_DAYS} are counted together");
        return Err(ConvertError::new("period.to", reason));
    }
    Ok(period)
}

pub(crate) fn date(text: &str, field: &str) -> Result<Date, ConvertError> {
    text.parse()
        .map_err(|_| ConvertError::new(field, format!("{text:?} is not a date such as 2026-11-22")))
}

/// A number of rows: 0 is the default.
pub(crate) fn limit(given: u32, default: u32, most: u32) -> Result<usize, ConvertError> {
    match given {
        0 => Ok(default as usize),
        given if given <= most => Ok(given as usize),
        given => Err(ConvertError::new(
            "limit",
            format!("is {given}, at most {most} are given"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 11, 22);

    fn range(from: &str, to: &str) -> Result<Period, ConvertError> {
        let (from, to) = (from.to_owned(), to.to_owned());
        period(Some(wire::DayRange { from, to }), 30, TODAY)
    }

    #[test]
    fn a_period_has_both_its_days_and_as_many_before() {
        let week = range("2026-11-02", "2026-11-08").unwrap();
        assert_eq!((week.days(), week.dates().count()), (7, 7));
        assert_eq!(week.before().to, Date::constant(2026, 11, 1));
        assert_eq!(week.before().days(), 7);
        assert_eq!(
            period(None, 30, TODAY).unwrap().from,
            Date::constant(2026, 10, 24)
        );
        assert_eq!(range("2026-11-20", "").unwrap().to, TODAY);
    }

    #[test]
    fn a_wrong_period_or_limit_is_named() {
        let field = |from, to| range(from, to).unwrap_err().field;
        assert_eq!(field("yesterday", ""), "period.from");
        assert_eq!(field("", "2026-11-20"), "period.from");
        assert_eq!(field("2026-11-20", "2026-13-01"), "period.to");
        assert_eq!(field("2026-11-20", "2026-11-19"), "period.to");
        assert_eq!(field("2020-01-01", "2026-11-20"), "period.to");
        assert_eq!(limit(0, 20, 200).unwrap(), 20);
        assert_eq!(limit(201, 20, 200).unwrap_err().field, "limit");
    }
}
