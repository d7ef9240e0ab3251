//! Periods of days, as arguments.

use clap::Args;
use jiff::civil::Date;
use swiftline_proto::feedback::v1 as wire;

/// A period of days.
#[derive(Debug, Args)]
pub(crate) struct Days {
    /// The first day
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// The last day [default: today]
    #[arg(long, value_name = "DATE", requires = "from")]
    to: Option<Date>,
}

impl Days {
    /// As the wire has it.
    pub(crate) fn range(&self) -> Option<wire::DayRange> {
        let text = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
        Some(wire::DayRange {
            from: text(self.from),
            to: text(self.to),
        })
    }
}

/// The same, or one month.
#[derive(Debug, Args)]
pub(crate) struct DaysOrMonth {
    #[command(flatten)]
    days: Days,
    /// The days of this month, such as 2026-11
    #[arg(long, value_name = "MONTH", value_parser = month, conflicts_with_all = ["from", "to"])]
    month: Option<Date>,
}

impl DaysOrMonth {
    /// As the wire has it.
    pub(crate) fn range(&self) -> Option<wire::DayRange> {
        self.month.map_or_else(
            || self.days.range(),
            |first| {
                Some(wire::DayRange {
                    from: first.to_string(),
                    to: first.last_of_month().to_string(),
                })
            },
        )
    }
}

/// The first day of a month.
fn month(text: &str) -> Result<Date, String> {
    let first = format!("{text}-01");
    let date = first.parse().ok().filter(|_| text.len() == "2026-11".len());
    date.ok_or_else(|| "is no month such as 2026-11".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_has_all_its_days() {
        let days = DaysOrMonth {
            days: Days {
                from: None,
                to: None,
            },
            month: Some(month("2028-02").unwrap()),
        };
        let range = days.range().unwrap();
        assert_eq!(
            (range.from.as_str(), range.to.as_str()),
            ("2028-02-01", "2028-02-29")
        );
        for bad in ["2028", "2028-13", "2028-02-01", "Feb", ""] {
            assert!(month(bad).is_err(), "{bad}");
        }
    }
}
