//! Why feedback does not do what was asked.

use std::time::Duration;

use jiff::Timestamp;
use swiftline_domain::case::Refusal;
use swiftline_domain::number::CaseNumber;
use swiftline_proto::convert::ConvertError;
use swiftline_proto::refusal;
use swiftline_rpc::{FieldViolation, RpcError};
use swiftline_store::StoreError;
use tonic::{Code, Status};

use crate::archive::ArchiveError;

/// When to come back after Redis or the router was away.
const RETRY: Duration = Duration::from_secs(1);

/// Why feedback does not do what was asked. Holds nothing personal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FeedbackError {
    /// A field of the request is wrong.
    #[error("{0}")]
    Field(#[from] ConvertError),
    /// A field names something that does not exist.
    #[error("{field}: there is no {what} {id}")]
    Unknown {
        /// The field.
        field: String,
        /// What kind of thing.
        what: &'static str,
        /// What it was called.
        id: String,
    },
    /// The case refuses.
    #[error("case {number}: {refusal}")]
    Refused {
        /// The case.
        number: CaseNumber,
        /// Why.
        refusal: Refusal,
    },
    /// Others changed the case each time it was tried.
    #[error("case {0} is being changed by others; try again")]
    Contended(CaseNumber),
    /// Others were faster each time it was tried.
    #[error("{0} all the time; try again")]
    Busy(&'static str),
    /// The store cannot do it now.
    #[error("the case store is not available, try again later")]
    StoreAway,
    /// The archive's storage cannot be read now.
    #[error("the archive is not available, try again later")]
    ArchiveAway,
    /// The router cannot reopen it now.
    #[error("the router is not available, try again later")]
    RouterAway,
    /// The router does not reopen it, for a reason of its own.
    #[error("the router does not reopen case {number}: {}", .status.message())]
    Router {
        /// The case.
        number: CaseNumber,
        /// What it said.
        status: Box<Status>,
    },
    /// Something that the city has not set up, and where it is set.
    #[error("{0}")]
    NotSetUp(&'static str),
    /// An operator has the case.
    #[error("case {number} is with an operator until {until}")]
    Taken {
        /// The case.
        number: CaseNumber,
        /// Until when.
        until: Timestamp,
    },
    /// Nothing is known by which the citizen could be asked in this way.
    #[error("case {0} has no telephone number or address to send a message to")]
    NoAddress(CaseNumber),
    /// The gateway cannot take a message now.
    #[error("the SMS gateway is not available, try again later")]
    GatewayAway,
    /// The gateway does not take this message.
    #[error("the SMS gateway does not take the message of case {0}")]
    GatewayRefuses(CaseNumber),
    /// A defect, or a store that must be looked at.
    #[error("{0}")]
    Internal(String),
}

impl FeedbackError {
    /// No such case.
    pub(crate) fn no_case(number: CaseNumber) -> Self {
        Self::Unknown {
            field: "case_number".to_owned(),
            what: "case",
            id: number.to_string(),
        }
    }

    /// Whether trying again later may help, without anybody having changed the case.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Contended(_)
                | Self::Busy(_)
                | Self::StoreAway
                | Self::ArchiveAway
                | Self::RouterAway
                | Self::GatewayAway
        )
    }
}

impl RpcError for FeedbackError {
    fn code(&self) -> Code {
        match self {
            Self::Field(_) => Code::InvalidArgument,
            Self::Unknown { .. } => Code::NotFound,
            Self::Refused { refusal, .. } => refusal::code(refusal),
            Self::Contended(_) | Self::Busy(_) => Code::Aborted,
            Self::ArchiveAway => Code::Unavailable,
            Self::StoreAway | Self::RouterAway | Self::GatewayAway => Code::Unavailable,
            Self::NotSetUp(_)
            | Self::Taken { .. }
            | Self::NoAddress(_)
            | Self::GatewayRefuses(_) => Code::FailedPrecondition,
            Self::Router { status, .. } => match status.code() {
                // What the router says of the case holds for our caller too; that it failed is not our caller's fault.
                code @ (Code::FailedPrecondition | Code::NotFound) => code,
                _ => Code::Internal,
            },
            Self::Internal(_) => Code::Internal,
        }
    }

    fn violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::Field(error) => vec![FieldViolation::new(&error.field, &error.reason)],
            Self::Unknown { field, what, .. } => {
                vec![FieldViolation::new(field, format!("names no {what}"))]
            }
            Self::Refused { refusal, .. } => refusal::violation(refusal)
                .map(|(field, wrong)| FieldViolation::new(field, wrong))
                .into_iter()
                .collect(),
            _ => Vec::new(),
        }
    }

    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal::reason(refusal)),
            Self::Contended(_) | Self::Busy(_) => Some("CONTENDED"),
            Self::StoreAway => Some("STORE_UNAVAILABLE"),
            Self::ArchiveAway => Some("ARCHIVE_UNAVAILABLE"),
            Self::RouterAway => Some("ROUTER_UNAVAILABLE"),
            Self::NotSetUp(_) => Some("NOT_SET_UP"),
            Self::Taken { .. } => Some("TAKEN"),
            Self::NoAddress(_) => Some("NO_ADDRESS"),
            Self::GatewayAway => Some("GATEWAY_UNAVAILABLE"),
            Self::GatewayRefuses(_) => Some("GATEWAY_REFUSES"),
            _ => None,
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Refused { refusal, .. } => refusal::metadata(refusal),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        matches!(
            self,
            Self::StoreAway | Self::ArchiveAway | Self::RouterAway | Self::GatewayAway
        )
        .then_some(RETRY)
    }
}

impl From<ArchiveError> for FeedbackError {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Storage(_) | ArchiveError::File { .. } | ArchiveError::Busy(_) => {
                // The cause is in the log; it may name folders.
                tracing::warn!(reason = error.to_string(), "archive unavailable");
                Self::ArchiveAway
            }
            ArchiveError::Store(error) => error.into(),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<StoreError> for FeedbackError {
    fn from(error: StoreError) -> Self {
        match error {
            // The cause is in the log.
            error if error.may_pass() => {
                tracing::warn!(reason = error.to_string(), "store unavailable");
                Self::StoreAway
            }
            // A number can be well-formed and of a partition that this city never had.
            StoreError::NoSuchPartition { partition, .. } => Self::Unknown {
                field: "case_number".to_owned(),
                what: "case in partition",
                id: partition.to_string(),
            },
            other => Self::Internal(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use swiftline_domain::number::Partition;
    use swiftline_rpc::status::{reason_of, retry_delay, to_status, violations_of};

    use super::*;

    fn number() -> CaseNumber {
        CaseNumber::new(Partition(7), 1).unwrap()
    }

    #[test]
    fn a_refusal_names_case_and_reason() {
        let status = to_status(&FeedbackError::Refused {
            number: number(),
            refusal: Refusal::NotOwner {
                team: "a".parse().unwrap(),
                owner: "b".parse().unwrap(),
            },
        });
        assert_eq!(status.code(), Code::PermissionDenied);
        assert_eq!(reason_of(&status).as_deref(), Some("NOT_OWNER"));
        assert!(status.message().contains("it is b's"), "{status}");
    }

    #[test]
    fn what_does_not_exist_is_named_by_its_field() {
        let status = to_status(&FeedbackError::no_case(number()));
        assert_eq!(status.code(), Code::NotFound);
        assert_eq!(violations_of(&status)[0].field, "case_number");
        let elsewhere = StoreError::NoSuchPartition {
            partition: Partition(99),
            partitions: 16,
        };
        assert_eq!(FeedbackError::from(elsewhere).code(), Code::NotFound);
    }

    #[test]
    fn what_may_pass_says_when_to_come_back() {
        let full = FeedbackError::from(StoreError::Full("OOM".into()));
        for error in [full, FeedbackError::RouterAway] {
            let status = to_status(&error);
            assert!(error.is_passing());
            assert_eq!(
                (status.code(), retry_delay(&status)),
                (Code::Unavailable, Some(RETRY))
            );
        }
        let broken = FeedbackError::from(StoreError::Redis("ERR".into()));
        assert_eq!(broken.code(), Code::Internal);
        assert!(!broken.is_passing());
    }

    #[test]
    fn what_the_router_says_of_a_case_is_passed_on_and_its_failures_are_not() {
        let router = |status| FeedbackError::Router {
            number: number(),
            status: Box::new(status),
        };
        let error = router(Status::failed_precondition("the case is signed"));
        assert_eq!(error.code(), Code::FailedPrecondition);
        assert_eq!(router(Status::internal("x")).code(), Code::Internal);
        assert_eq!(
            router(Status::invalid_argument("x")).code(),
            Code::Internal,
            "our request to the router is not our caller's"
        );
    }
}
