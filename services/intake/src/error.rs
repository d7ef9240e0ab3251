//! Why intake does not do what was asked.

use std::time::Duration;

use swiftline_proto::convert::ConvertError;
use swiftline_rpc::{FieldViolation, RpcError};
use swiftline_store::StoreError;
use tonic::Code;

/// When to come back after Redis or the classifier was away.
const AWAY_RETRY: Duration = Duration::from_secs(1);

/// Why intake does not do what was asked. Holds nothing personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IntakeError {
    /// Fields of the request are not acceptable.
    #[error("{}", named(.0))]
    Invalid(Vec<FieldViolation>),
    /// Too much is waiting.
    #[error("overloaded, try again later")]
    Overloaded {
        /// When.
        retry_after: Duration,
    },
    /// Contact data cannot be sealed.
    #[error("contact data cannot be sealed: the setting contact.keys_file names no key file")]
    NoKeys,
    /// There is no case of this number.
    #[error("there is no case {0}")]
    NoSuchCase(String),
    /// The store cannot take it now.
    #[error(
        "the case store is not available, try again later; a repeated idempotency key makes no second case"
    )]
    Unavailable,
    /// There is no classifier to ask.
    #[error("there are no previews: the setting classifier.addresses names no classifier")]
    NoClassifier,
    /// The classifier does not answer.
    #[error("the classifier is not available; submissions are taken all the same")]
    ClassifierUnavailable,
    /// Redis does not have the case, and the archive cannot be asked.
    #[error(
        "case {0} is not among the current ones; it may be in the archive, which cannot be asked now, try again later"
    )]
    ArchiveUnavailable(String),
    /// The service is about to end.
    #[error("the service is stopping, try another replica")]
    Stopping,
    /// A defect, or a store that must be looked at.
    #[error("{0}")]
    Internal(String),
}

fn named(violations: &[FieldViolation]) -> String {
    let each: Vec<String> = violations
        .iter()
        .map(|v| format!("{}: {}", v.field, v.description))
        .collect();
    each.join("; ")
}

impl RpcError for IntakeError {
    fn code(&self) -> Code {
        match self {
            Self::Invalid(_) => Code::InvalidArgument,
            Self::Overloaded { .. } => Code::ResourceExhausted,
            Self::NoKeys | Self::NoClassifier => Code::FailedPrecondition,
            Self::NoSuchCase(_) => Code::NotFound,
            Self::Unavailable
            | Self::ClassifierUnavailable
            | Self::ArchiveUnavailable(_)
            | Self::Stopping => Code::Unavailable,
            Self::Internal(_) => Code::Internal,
        }
    }

    fn violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::Invalid(violations) => violations.clone(),
            _ => Vec::new(),
        }
    }

    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Overloaded { .. } => Some("OVERLOADED"),
            Self::NoKeys => Some("NO_CONTACT_KEYS"),
            Self::NoSuchCase(_) => Some("NO_SUCH_CASE"),
            Self::NoClassifier => Some("NO_CLASSIFIER"),
            Self::ClassifierUnavailable => Some("CLASSIFIER_UNAVAILABLE"),
            Self::ArchiveUnavailable(_) => Some("ARCHIVE_UNAVAILABLE"),
            Self::Unavailable => Some("STORE_UNAVAILABLE"),
            Self::Stopping => Some("STOPPING"),
            Self::Invalid(_) | Self::Internal(_) => None,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Overloaded { retry_after } => Some(*retry_after),
            Self::Unavailable
            | Self::ClassifierUnavailable
            | Self::ArchiveUnavailable(_)
            | Self::Stopping => Some(AWAY_RETRY),
            _ => None,
        }
    }
}

impl From<StoreError> for IntakeError {
    fn from(error: StoreError) -> Self {
        match error {
            // the cause is in the log
            error if error.may_pass() => {
                tracing::warn!(reason = error.to_string(), "store unavailable");
                Self::Unavailable
            }
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<ConvertError> for IntakeError {
    fn from(error: ConvertError) -> Self {
        Self::Invalid(vec![FieldViolation::new(error.field, error.reason)])
    }
}

#[cfg(test)]
mod tests {
    use swiftline_rpc::{retry_delay, to_status, violations_of};

    use super::*;

    #[test]
    fn a_refused_request_names_its_fields_in_text_and_details() {
        let violations = vec![
            FieldViolation::new("complaint.text", "is empty"),
            FieldViolation::new("idempotency_key", "is too long"),
        ];
        let status = to_status(&IntakeError::Invalid(violations.clone()));
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(
            status.message(),
            "complaint.text: is empty; idempotency_key: is too long"
        );
        assert_eq!(violations_of(&status), violations);
    }

    #[test]
    fn what_may_be_tried_again_says_when() {
        let retry_after = Duration::from_millis(250);
        let status = to_status(&IntakeError::Overloaded { retry_after });
        assert_eq!(
            (status.code(), retry_delay(&status)),
            (Code::ResourceExhausted, Some(retry_after))
        );
        for error in [
            IntakeError::Unavailable,
            IntakeError::ClassifierUnavailable,
            IntakeError::ArchiveUnavailable("07-0001234-8".into()),
            IntakeError::Stopping,
        ] {
            let status = to_status(&error);
            assert_eq!(
                (status.code(), retry_delay(&status)),
                (Code::Unavailable, Some(AWAY_RETRY))
            );
        }
    }

    #[test]
    fn a_store_that_cannot_write_is_unavailable_and_a_broken_one_internal() {
        let full = StoreError::Full("OOM".into());
        assert_eq!(IntakeError::from(full), IntakeError::Unavailable);
        let strange = StoreError::Redis("ERR".into());
        assert_eq!(IntakeError::from(strange).code(), Code::Internal);
    }

    #[test]
    fn missing_keys_name_the_setting() {
        let status = to_status(&IntakeError::NoKeys);
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert!(status.message().contains("contact.keys_file"));
    }
}
