//! Errors on the wire: one trait to make them, one function to write them, two to read them.

use std::error::Error;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation as WireViolation, StatusExt as _};

/// `ErrorInfo.domain` of everything that this product refuses.
pub const ERROR_DOMAIN: &str = "swiftline";

/// What a caller reads instead of the text of an internal error.
pub(crate) const INTERNAL_MESSAGE: &str = "internal error";

/// A field of the request and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldViolation {
    /// Path of the field as the proto names it: `place.latitude`, `complaints[3].text`.
    pub field: String,
    /// What is wrong, for a developer; without the value, which may be personal.
    pub description: String,
}

impl FieldViolation {
    /// A violation of `field`.
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            description: description.into(),
        }
    }
}

/// A service's error, as far as the wire is concerned. Its `Display` is the message that the caller reads (except for
/// INTERNAL, UNKNOWN and DATA_LOSS), so it must hold nothing personal.
pub trait RpcError: Error {
    /// The gRPC code.
    fn code(&self) -> Code;

    /// The fields at fault; sent as `google.rpc.BadRequest`.
    fn violations(&self) -> Vec<FieldViolation> {
        Vec::new()
    }

    /// A constant that programs can compare, `UPPER_SNAKE_CASE`; sent as `google.rpc.ErrorInfo`.
    fn reason(&self) -> Option<&'static str> {
        None
    }

    /// Names and values that go with the reason.
    fn metadata(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// When to try again; sent as `google.rpc.RetryInfo`.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// Builds the status for an error. An internal one is logged here, with its causes, and sent without its text.
pub fn to_status(error: &(impl RpcError + ?Sized)) -> Status {
    let code = error.code();
    let mut details = ErrorDetails::new();
    if is_internal(code) {
        tracing::error!(code = code_name(code), error = causes(error), "call failed");
        return Status::new(code, INTERNAL_MESSAGE);
    }
    let violations = error.violations();
    if !violations.is_empty() {
        let wire = |one: FieldViolation| WireViolation::new(one.field, one.description);
        details.set_bad_request(violations.into_iter().map(wire).collect::<Vec<_>>());
    }
    if let Some(reason) = error.reason() {
        let metadata = error
            .metadata()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        details.set_error_info(
            reason,
            ERROR_DOMAIN,
            metadata.collect::<std::collections::HashMap<_, _>>(),
        );
    }
    if let Some(delay) = error.retry_after() {
        details.set_retry_info(Some(delay));
    }
    Status::with_error_details(code, error.to_string(), details)
}

/// The fields that a status complains about.
pub fn violations_of(status: &Status) -> Vec<FieldViolation> {
    let found = status
        .get_details_bad_request()
        .map(|details| details.field_violations);
    found
        .unwrap_or_default()
        .into_iter()
        .map(|one| FieldViolation::new(one.field, one.description))
        .collect()
}

/// When a status says to try again.
pub fn retry_delay(status: &Status) -> Option<Duration> {
    status.get_details_retry_info()?.retry_delay
}

/// The machine-readable reason of a status, if it is one of ours.
pub fn reason_of(status: &Status) -> Option<String> {
    let info = status.get_details_error_info()?;
    (info.domain == ERROR_DOMAIN).then_some(info.reason)
}

/// A code's name on the wire of other languages: `"OK"`, `"DEADLINE_EXCEEDED"`.
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// Codes whose message is ours alone.
pub(crate) fn is_internal(code: Code) -> bool {
    matches!(code, Code::Internal | Code::Unknown | Code::DataLoss)
}

fn causes(error: &(impl Error + ?Sized)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Refusal {
        #[error("2 fields are wrong")]
        Fields,
        #[error("the case is signed already")]
        Signed,
        #[error("overloaded")]
        Busy,
        #[error("redis said no to 10.0.0.1")]
        Store,
    }

    impl RpcError for Refusal {
        fn code(&self) -> Code {
            match self {
                Self::Fields => Code::InvalidArgument,
                Self::Signed => Code::FailedPrecondition,
                Self::Busy => Code::ResourceExhausted,
                Self::Store => Code::Internal,
            }
        }

        fn violations(&self) -> Vec<FieldViolation> {
            match self {
                Self::Fields => vec![
                    FieldViolation::new("text", "is empty"),
                    FieldViolation::new("place.latitude", "is 91, must be -90 to 90"),
                ],
                _ => Vec::new(),
            }
        }

        fn reason(&self) -> Option<&'static str> {
            matches!(self, Self::Signed).then_some("ALREADY_SIGNED")
        }

        fn metadata(&self) -> Vec<(&'static str, String)> {
            vec![("team", "t1".to_owned())]
        }

        fn retry_after(&self) -> Option<Duration> {
            matches!(self, Self::Busy).then_some(Duration::from_millis(250))
        }
    }

    #[test]
    fn fields_survive_the_wire() {
        let status = to_status(&Refusal::Fields);
        assert_eq!(
            (status.code(), status.message()),
            (Code::InvalidArgument, "2 fields are wrong")
        );
        assert_eq!(violations_of(&status), Refusal::Fields.violations());
        assert_eq!((retry_delay(&status), reason_of(&status)), (None, None));
    }

    #[test]
    fn reason_and_its_metadata_survive_the_wire() {
        let status = to_status(&Refusal::Signed);
        assert_eq!(reason_of(&status).as_deref(), Some("ALREADY_SIGNED"));
        assert_eq!(
            status.get_details_error_info().unwrap().metadata["team"],
            "t1"
        );
        assert!(violations_of(&status).is_empty());
    }

    #[test]
    fn the_delay_survives_the_wire() {
        assert_eq!(
            retry_delay(&to_status(&Refusal::Busy)),
            Some(Duration::from_millis(250))
        );
    }

    #[test]
    fn an_internal_error_keeps_its_text_to_itself() {
        let status = to_status(&Refusal::Store);
        assert_eq!(
            (status.code(), status.message()),
            (Code::Internal, "internal error")
        );
        assert!(status.details().is_empty());
    }

    #[test]
    fn a_foreign_status_has_no_details() {
        let status = Status::unavailable("x");
        assert!(
            violations_of(&status).is_empty()
                && retry_delay(&status).is_none()
                && reason_of(&status).is_none()
        );
    }
}
