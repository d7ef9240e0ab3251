//! Times.

use jiff::Timestamp;

use super::ConvertError;

const NANOS: std::ops::Range<i32> = 0..1_000_000_000;

/// A time for the wire.
#[must_use]
pub fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = (at.as_second(), at.subsec_nanosecond());
    // jiff counts both parts back from the epoch, the wire counts nanoseconds forward always
    if nanos < 0 {
        prost_types::Timestamp {
            seconds: seconds - 1,
            nanos: nanos + NANOS.end,
        }
    } else {
        prost_types::Timestamp { seconds, nanos }
    }
}

/// Reads a time.
///
/// # Errors
/// When the nanoseconds are not 0 to 999,999,999, or the time is outside the years -9999 to 9999.
pub fn to_timestamp(at: prost_types::Timestamp, field: &str) -> Result<Timestamp, ConvertError> {
    if !NANOS.contains(&at.nanos) {
        let reason = format!("{} nanoseconds are not 0 to 999,999,999", at.nanos);
        return Err(ConvertError::new(field, reason));
    }
    Timestamp::new(at.seconds, at.nanos).map_err(|_| {
        let reason = format!(
            "{} seconds since 1970 are outside the years -9999 to 9999",
            at.seconds
        );
        ConvertError::new(field, reason)
    })
}

/// Reads a time that must be there.
pub(super) fn required_time(
    at: Option<prost_types::Timestamp>,
    field: &str,
) -> Result<Timestamp, ConvertError> {
    to_timestamp(super::present(at, field)?, field)
}

/// Reads a time that may be absent.
pub(super) fn optional_time(
    at: Option<prost_types::Timestamp>,
    field: &str,
) -> Result<Option<Timestamp>, ConvertError> {
    at.map(|at| to_timestamp(at, field)).transpose()
}
