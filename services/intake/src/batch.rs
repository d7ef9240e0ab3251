//! The answers to batches.

use swiftline_proto::intake::v1::rejection::Violation;
use swiftline_proto::intake::v1::submit_result::Result as Kind;
use swiftline_proto::intake::v1::{Rejection, SubmitResult};
use swiftline_rpc::{FieldViolation, RpcError as _};
use tonic::Code;

use crate::MAX_BATCH;
use crate::error::IntakeError;
use crate::lane::Answer;

/// Refuses a batch that is too large.
pub(crate) fn check_size(count: usize) -> Result<(), IntakeError> {
    if count <= MAX_BATCH {
        return Ok(());
    }
    let reason = format!("has {count}, at most {MAX_BATCH} are taken at once");
    Err(IntakeError::Invalid(vec![FieldViolation::new(
        "submissions",
        reason,
    )]))
}

/// Each submission's own result, in order.
pub(crate) fn results(answers: Vec<Answer>) -> Vec<SubmitResult> {
    let each = answers.into_iter().map(|answer| match answer {
        Ok(receipt) => Kind::Receipt(receipt),
        Err(error) => Kind::Rejection(rejection(&error)),
    });
    each.map(|result| SubmitResult {
        result: Some(result),
    })
    .collect()
}

fn rejection(error: &IntakeError) -> Rejection {
    let code = error.code();
    let message = if code == Code::Internal {
        tracing::error!(reason = error.to_string(), "submission failed");
        "internal error".to_owned()
    } else {
        error.to_string()
    };
    let violations = error.violations().into_iter();
    let violations = violations.map(|v| Violation {
        field: v.field,
        description: v.description,
    });
    Rejection {
        code: code.into(),
        message,
        violations: violations.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_of_a_thousand_is_the_largest() {
        assert!(check_size(MAX_BATCH).is_ok());
        let error = check_size(MAX_BATCH + 1).unwrap_err();
        assert_eq!(error.violations()[0].field, "submissions");
        assert!(error.to_string().contains("has 1001, at most 1000"));
    }

    #[test]
    fn a_rejection_has_the_code_and_the_fields() {
        let fields = vec![FieldViolation::new("complaint.text", "is empty")];
        let rejection = rejection(&IntakeError::Invalid(fields));
        assert_eq!(rejection.code, 3);
        assert_eq!(rejection.violations[0].field, "complaint.text");
    }

    #[test]
    fn an_internal_error_keeps_its_text_to_itself() {
        let rejection = rejection(&IntakeError::Internal("redis said 10.0.0.1".into()));
        assert_eq!(
            (rejection.code, rejection.message.as_str()),
            (13, "internal error")
        );
    }
}
