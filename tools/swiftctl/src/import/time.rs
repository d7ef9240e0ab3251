//! Times as files have them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// The forms of a local time that are read, in the order in which they are tried.
const FORMS: [&str; 6] = [
    "%m/%d/%y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d",
];

/// Reads a time: RFC 3339, or a local time of `zone`.
pub(crate) fn read(text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let local = text
        .parse::<DateTime>()
        .ok()
        .or_else(|| FORMS.iter().find_map(|form| local(form, text)));
    let local = local.ok_or_else(|| {
        format!("{text:?} is not a time such as 2026-04-11T23:28:40 or 10/21/18 0:59")
    })?;
    zone.to_timestamp(local)
        .map_err(|error| format!("{text:?}: {error}"))
}

fn local(form: &str, text: &str) -> Option<DateTime> {
    let parsed = strtime::parse(form, text).ok()?;
    parsed
        .to_datetime()
        .or_else(|_| {
            parsed
                .to_date()
                .map(|date| date.to_datetime(jiff::civil::Time::midnight()))
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form_that_the_files_have() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let same = "2018-10-21T04:59:00Z".parse::<Timestamp>().unwrap();
        for text in [
            "10/21/18 0:59",
            "10/21/2018 12:59:00 AM",
            "2018/10/21 0:59:00",
            "2018-10-21 00:59:00",
            "2018-10-21T00:59:00.000",
            "2018-10-21T04:59:00Z",
        ] {
            assert_eq!(read(text, &zone), Ok(same), "{text}");
        }
        assert_eq!(
            read("2018-10-21", &zone).unwrap().to_string(),
            "2018-10-21T04:00:00Z"
        );
        assert!(read("yesterday", &zone).unwrap_err().contains("yesterday"));
    }
}
