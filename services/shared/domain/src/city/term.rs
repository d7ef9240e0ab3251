//! A term: how long something may take.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;

/// The longest term, in days: ten years. Longer is a slip of the pen.
pub const MAX_DAYS: u32 = 3_660;

/// How long something may take: days follow the calendar, everything shorter follows the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Term {
    /// So many seconds round the clock.
    Seconds(u32),
    /// So many days: calendar days, or working days where the class of clocks says so.
    Days(u32),
}

impl Term {
    /// The term as a length of time; a day counts 24 hours.
    #[must_use]
    pub fn duration(self) -> SignedDuration {
        match self {
            Self::Seconds(seconds) => SignedDuration::from_secs(seconds.into()),
            Self::Days(days) => SignedDuration::from_hours(24 * i64::from(days)),
        }
    }
}

/// A text that is not a term.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a length of time; write a whole number over 0 with s, m, h or d, such as 90s, 10m, 2h or 15d (at most {MAX_DAYS}d)"
)]
pub struct TermError(String);

impl FromStr for Term {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self, TermError> {
        let wrong = || TermError(text.to_owned());
        let unit = text.chars().last().ok_or_else(wrong)?;
        let digits = &text[..text.len() - unit.len_utf8()];
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let count: u32 = digits.parse().map_err(|_| wrong())?;
        let seconds_each: u64 = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        let seconds = u64::from(count) * seconds_each;
        if count == 0 || seconds > u64::from(MAX_DAYS) * 86_400 {
            return Err(wrong());
        }
        if unit == 'd' {
            return Ok(Self::Days(count));
        }
        u32::try_from(seconds)
            .map(Self::Seconds)
            .map_err(|_| wrong())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Days(days) => write!(f, "{days}d"),
            Self::Seconds(s) if s % 3_600 == 0 => write!(f, "{}h", s / 3_600),
            Self::Seconds(s) if s % 60 == 0 => write!(f, "{}m", s / 60),
            Self::Seconds(s) => write!(f, "{s}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_read_and_show_alike() {
        for text in ["90s", "10m", "2h", "24h", "15d", "3660d"] {
            assert_eq!(text.parse::<Term>().unwrap().to_string(), text);
        }
        assert_eq!("15d".parse(), Ok(Term::Days(15)));
        assert_eq!(
            "24h".parse::<Term>().unwrap().duration(),
            SignedDuration::from_hours(24)
        );
    }

    #[test]
    fn what_is_not_a_term_is_refused_with_an_example() {
        for text in [
            "",
            "h",
            "0h",
            "-2h",
            "1.5h",
            "2 h",
            "2w",
            "两h",
            "3661d",
            "99999999999s",
            "+5m",
        ] {
            let error = text.parse::<Term>().unwrap_err();
            assert!(error.to_string().contains("such as 90s"), "{text}: {error}");
        }
    }
}
