//! Why the classifier does not do what was asked.

use swiftline_proto::convert::ConvertError;
use swiftline_rpc::{FieldViolation, RpcError};
use tonic::Code;

/// A request that is not acceptable. Holds nothing personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", named(.0))]
pub(crate) struct Refused(pub(crate) Vec<FieldViolation>);

/// The most fields that a message names; the details have them all.
const MAX_NAMED: usize = 8;

fn named(violations: &[FieldViolation]) -> String {
    let each = violations.iter().take(MAX_NAMED);
    let each: Vec<String> = each
        .map(|v| format!("{}: {}", v.field, v.description))
        .collect();
    let more = violations.len().saturating_sub(MAX_NAMED);
    match more {
        0 => each.join("; "),
        more => format!("{}; and {more} more", each.join("; ")),
    }
}

impl Refused {
    pub(crate) fn one(field: &str, description: impl Into<String>) -> Self {
        Self(vec![FieldViolation::new(field, description)])
    }
}

/// The engine panicked on a complaint; the process's panic hook has logged where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the classifier failed on it")]
pub(crate) struct Panicked;

impl RpcError for Panicked {
    fn code(&self) -> Code {
        Code::Internal
    }
}

impl RpcError for Refused {
    fn code(&self) -> Code {
        Code::InvalidArgument
    }

    fn violations(&self) -> Vec<FieldViolation> {
        self.0.clone()
    }
}

impl From<ConvertError> for Refused {
    fn from(error: ConvertError) -> Self {
        Self::one(&error.field, error.reason)
    }
}

#[cfg(test)]
mod tests {
    use swiftline_rpc::to_status;

    use super::*;

    #[test]
    fn the_message_names_the_first_fields_and_counts_the_rest() {
        let violations =
            (0..10).map(|n| FieldViolation::new(format!("complaints[{n}].text"), "is empty"));
        let status = to_status(&Refused(violations.collect()));
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(
            status
                .message()
                .starts_with("complaints[0].text: is empty; complaints[1]")
        );
        assert!(status.message().ends_with("; and 2 more"));
        assert_eq!(swiftline_rpc::violations_of(&status).len(), 10);
    }
}
