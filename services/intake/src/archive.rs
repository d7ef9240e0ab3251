//! Cases that Redis has forgotten: feedback looks them up in the archive.

use swiftline_domain::number::CaseNumber;
use swiftline_proto::feedback::v1::archive_client::ArchiveClient;
use swiftline_proto::feedback::v1::{FindRequest, FindResponse};
use swiftline_rpc::{Channel, ClientError};
use swiftline_runtime::Context;
use tonic::{Code, Status};

use crate::IntakeSettings;
use crate::error::IntakeError;

/// Who looks, as the archive's log has it: intake asks for whoever asks intake.
const ACTOR: &str = "intake";

/// Asks feedback, if there is one.
#[derive(Debug)]
pub(crate) struct Archive(Option<ArchiveClient<Channel>>);

impl Archive {
    /// Begins to connect, when the settings name feedback.
    pub(crate) fn new(settings: &IntakeSettings, context: &Context) -> Result<Self, ClientError> {
        let connect = || -> Result<_, ClientError> {
            let (tls, instruments) = (context.tls.as_ref(), &context.instruments);
            let channel = Channel::over(&settings.feedback, tls, instruments)?;
            Ok(ArchiveClient::new(channel)
                .max_encoding_message_size(settings.feedback.max_request_bytes)
                .max_decoding_message_size(settings.feedback.max_response_bytes))
        };
        Ok(Self(settings.has_feedback().then(connect).transpose()?))
    }

    /// A case that Redis does not have, and its journey. [`IntakeError::NoSuchCase`] only when the archive has answered that
    /// it does not have it either, or there is none.
    pub(crate) async fn find(&self, number: CaseNumber) -> Result<FindResponse, IntakeError> {
        let case_number = number.to_string();
        let Some(mut feedback) = self.0.clone() else {
            return Err(IntakeError::NoSuchCase(case_number));
        };
        let request = FindRequest {
            case_number,
            actor: ACTOR.to_owned(),
        };
        let found = feedback.find(request).await;
        found
            .map(tonic::Response::into_inner)
            .map_err(|status| not_found(number, &status))
    }
}

fn not_found(number: CaseNumber, status: &Status) -> IntakeError {
    match status.code() {
        // FAILED_PRECONDITION: the city keeps no archive, so Redis forgets nothing.
        Code::NotFound | Code::FailedPrecondition => IntakeError::NoSuchCase(number.to_string()),
        Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::Cancelled => {
            tracing::warn!(reason = status.message(), "archive unavailable");
            IntakeError::ArchiveUnavailable(number.to_string())
        }
        code => IntakeError::Internal(format!(
            "the archive answered {code:?}: {}",
            status.message()
        )),
    }
}
