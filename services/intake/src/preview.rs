//! What the classifier would make of a complaint: for the operator who is still typing.

use jiff::Timestamp;
use swiftline_domain::complaint::Extent;
use swiftline_proto::classifier::v1::ClassifyRequest;
use swiftline_proto::classifier::v1::classifier_client::ClassifierClient;
use swiftline_proto::types::v1::{Classification, Complaint};
use swiftline_rpc::{Channel, ClientError};
use swiftline_telemetry::Instruments;
use tonic::Code;

use crate::IntakeSettings;
use crate::check::check_complaint;
use crate::error::IntakeError;

/// Asks the classifier, if there is one.
#[derive(Debug)]
pub(crate) struct Preview {
    classifier: Option<ClassifierClient<Channel>>,
    city: Option<Extent>,
}

impl Preview {
    /// Begins to connect, when the settings name a classifier.
    pub(crate) fn new(
        settings: &IntakeSettings,
        city: Option<Extent>,
        instruments: &Instruments,
    ) -> Result<Self, ClientError> {
        let connect = || -> Result<_, ClientError> {
            let channel = Channel::new(&settings.classifier, instruments)?;
            Ok(ClassifierClient::new(channel)
                .max_encoding_message_size(settings.classifier.max_request_bytes)
                .max_decoding_message_size(settings.classifier.max_response_bytes))
        };
        let classifier = settings.has_classifier().then(connect).transpose()?;
        Ok(Self { classifier, city })
    }

    pub(crate) async fn of(
        &self,
        complaint: Option<Complaint>,
    ) -> Result<Classification, IntakeError> {
        let complaint = check_complaint(complaint, Timestamp::now(), self.city)
            .map_err(IntakeError::Invalid)?;
        let mut classifier = self.classifier.clone().ok_or(IntakeError::NoClassifier)?;
        let request = ClassifyRequest {
            complaints: vec![complaint],
        };
        let answer = classifier
            .classify(request)
            .await
            .map_err(|status| match status.code() {
                Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted => {
                    IntakeError::ClassifierUnavailable
                }
                code => IntakeError::Internal(format!(
                    "the classifier answered {code:?}: {}",
                    status.message()
                )),
            })?;
        let first = answer.into_inner().classifications.into_iter().next();
        first
            .ok_or_else(|| IntakeError::Internal("the classifier answered with nothing".to_owned()))
    }
}
