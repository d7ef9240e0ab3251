//! When each row is due.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::import::Row;

/// The highest rate that is understood, rows a second.
const MAX_RATE: f64 = 1e6;
/// The longest that a pause of the recorded times becomes: a wrong year in a file must not stop the import for ever.
const MAX_WAIT: Duration = Duration::from_secs(366 * 24 * 3_600);

/// How rows follow each other. Open loop: a late row does not make the next one later.
#[derive(Debug)]
pub(super) enum Pace {
    /// As fast as they are taken.
    Free,
    /// So many a second.
    Rate {
        /// Rows a second.
        rate: f64,
        /// When the first was due, and how many were since.
        begun: Option<(Instant, u64)>,
    },
    /// In the rhythm of the recorded times.
    Speed {
        /// So many times as fast.
        factor: f64,
        /// When the first row with a time was due, and that time.
        begun: Option<(Instant, Timestamp)>,
    },
}

impl Pace {
    /// So many rows a second.
    pub(super) fn rate(rate: f64) -> Self {
        Self::Rate { rate, begun: None }
    }

    /// The recorded rhythm, so many times as fast.
    pub(super) fn speed(factor: f64) -> Self {
        Self::Speed {
            factor,
            begun: None,
        }
    }

    /// When this row, the next one, is due.
    pub(super) fn due(&mut self, row: &Row, now: Instant) -> Instant {
        match self {
            Self::Free => now,
            Self::Rate { rate, begun } => {
                let (first, nth) = begun.get_or_insert((now, 0));
                #[expect(clippy::cast_precision_loss, reason = "2^53 rows are not imported")]
                let due = *first + Duration::from_secs_f64(*nth as f64 / *rate);
                *nth += 1;
                due
            }
            Self::Speed { factor, begun } => {
                let Some(at) = row.recorded_at else {
                    return now;
                };
                let (begun, first) = begun.get_or_insert((now, at));
                let since = at.duration_since(*first).as_secs_f64().max(0.0) / *factor;
                *begun
                    + Duration::try_from_secs_f64(since)
                        .unwrap_or(MAX_WAIT)
                        .min(MAX_WAIT)
            }
        }
    }
}

/// Reads a rate: rows a second.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("/s").unwrap_or(text);
    positive(number)
        .filter(|rate| *rate <= MAX_RATE)
        .ok_or_else(|| format!("{text:?} is not a rate such as 50 or 0.5/s"))
}

/// Reads a factor.
pub(super) fn speed(text: &str) -> Result<f64, String> {
    positive(text).ok_or_else(|| format!("{text:?} is not a factor such as 60"))
}

fn positive(text: &str) -> Option<f64> {
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_normal() && number.is_sign_positive())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(at: Option<&str>) -> Row {
        Row {
            line: 1,
            key: None,
            recorded_at: at.map(|at| at.parse().unwrap()),
            submission: Default::default(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_spreads_rows_evenly_and_a_late_row_delays_no_other() {
        let mut pace = Pace::rate(4.0);
        let now = Instant::now();
        let late = now + Duration::from_secs(9);
        let due = [now, now, late, late]
            .map(|now| pace.due(&row(None), now).duration_since(now.min(late)));
        assert_eq!(due[1], Duration::from_millis(250));
        assert_eq!((due[2], due[3]), (Duration::ZERO, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn recorded_times_keep_their_rhythm() {
        let mut pace = Pace::speed(60.0);
        let now = Instant::now();
        let due = |pace: &mut Pace, at| pace.due(&row(at), now).duration_since(now);
        assert_eq!(due(&mut pace, Some("2018-10-21T00:00:00Z")), Duration::ZERO);
        assert_eq!(
            due(&mut pace, Some("2018-10-21T00:10:00Z")),
            Duration::from_secs(10)
        );
        assert_eq!(due(&mut pace, Some("2018-10-20T00:00:00Z")), Duration::ZERO);
        assert_eq!(due(&mut pace, None), Duration::ZERO);
        let mut slow = Pace::speed(1e-9);
        due(&mut slow, Some("2018-10-21T00:00:00Z"));
        assert_eq!(due(&mut slow, Some("2019-10-21T00:00:00Z")), MAX_WAIT);
    }

    #[test]
    fn rates_and_factors_are_positive_numbers() {
        assert_eq!((rate("50"), rate("0.5/s")), (Ok(50.0), Ok(0.5)));
        assert_eq!(speed("600"), Ok(600.0));
        for wrong in ["", "0", "-1", "inf", "NaN", "fast", "/s", "1e9"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
        assert!(speed("0").is_err() && speed("x").is_err());
    }
}
