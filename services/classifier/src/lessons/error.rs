//! Why nothing is taught, listed or compared.

use std::time::Duration;

use swiftline_domain::number::CaseNumber;
use swiftline_proto::convert::ConvertError;
use swiftline_rpc::{FieldViolation, RpcError};
use swiftline_store::StoreError;
use tonic::Code;

use crate::error::Refused;

/// When to come back after Redis was away.
const RETRY: Duration = Duration::from_secs(1);

/// Why nothing is taught, listed or compared. Holds nothing personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LessonsError {
    /// The request is not acceptable.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// There is no such case.
    #[error("case_number: there is no case {0}")]
    NoCase(CaseNumber),
    /// There is no such model.
    #[error("model: there is no model {0} in force")]
    NoModel(String),
    /// What is stored of a case cannot be understood; trying again does not help.
    #[error("case {number}: {reason}")]
    Unreadable {
        /// The case.
        number: CaseNumber,
        /// What is wrong.
        reason: String,
    },
    /// Redis cannot do it now.
    #[error("the case store is not available, try again later")]
    StoreAway,
    /// A defect, or a store that must be looked at.
    #[error("{0}")]
    Internal(String),
}

impl LessonsError {
    /// Whether trying again later may help.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::StoreAway)
    }
}

impl RpcError for LessonsError {
    fn code(&self) -> Code {
        match self {
            Self::Refused(refused) => refused.code(),
            Self::NoCase(_) | Self::NoModel(_) => Code::NotFound,
            Self::StoreAway => Code::Unavailable,
            Self::Unreadable { .. } | Self::Internal(_) => Code::Internal,
        }
    }

    fn violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::Refused(refused) => refused.violations(),
            Self::NoCase(_) => vec![FieldViolation::new("case_number", "names no case")],
            Self::NoModel(_) => vec![FieldViolation::new("model", "names no model in force")],
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        self.is_passing().then_some(RETRY)
    }
}

impl From<ConvertError> for LessonsError {
    fn from(error: ConvertError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<StoreError> for LessonsError {
    fn from(error: StoreError) -> Self {
        match error {
            error if error.may_pass() => {
                tracing::warn!(reason = error.to_string(), "store unavailable");
                Self::StoreAway
            }
            // A number can be well-formed and of a partition that this city never had.
            StoreError::NoSuchPartition { .. } => Self::Refused(Refused::one(
                "case_number",
                "is of no partition of the store",
            )),
            other => Self::Internal(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use swiftline_domain::number::Partition;
    use swiftline_rpc::status::{retry_delay, to_status, violations_of};

    use super::*;

    #[test]
    fn each_error_says_whose_it_is() {
        let number = CaseNumber::new(Partition(7), 1).unwrap();
        let elsewhere = StoreError::NoSuchPartition {
            partition: Partition(99),
            partitions: 16,
        };
        let errors = [
            (LessonsError::NoCase(number), Code::NotFound, "case_number"),
            (LessonsError::NoModel("m".into()), Code::NotFound, "model"),
            (elsewhere.into(), Code::InvalidArgument, "case_number"),
        ];
        for (error, code, field) in errors {
            let status = to_status(&error);
            assert_eq!(
                (status.code(), &*violations_of(&status)[0].field),
                (code, field)
            );
            assert!(!error.is_passing());
        }
        let away = LessonsError::from(StoreError::Full("OOM".into()));
        assert_eq!(retry_delay(&to_status(&away)), Some(RETRY));
        let broken = LessonsError::from(StoreError::Redis("ERR".into()));
        assert_eq!(to_status(&broken).code(), Code::Internal);
    }
}
