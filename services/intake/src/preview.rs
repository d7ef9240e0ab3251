//! What the classifier would make of a complaint: for the operator who is still typing.

use std::pin::Pin;

use futures::{Stream, StreamExt as _};
use jiff::Timestamp;
use swiftline_proto::classifier::v1::classifier_client::ClassifierClient;
use swiftline_proto::classifier::v1::{self as wire, ClassifyRequest};
use swiftline_proto::types::v1::{Classification, Complaint};
use swiftline_rpc::{Channel, ClientError};
use swiftline_runtime::{CancellationToken, Context};
use tonic::{Code, Status, Streaming};

use crate::IntakeSettings;
use crate::check::check_complaint;
use crate::city::City;
use crate::error::IntakeError;

/// Answers to what is being typed.
pub(crate) type Previews =
    Pin<Box<dyn Stream<Item = Result<wire::PreviewResponse, Status>> + Send>>;

/// Asks the classifier, if there is one.
#[derive(Debug)]
pub(crate) struct Preview {
    classifier: Option<ClassifierClient<Channel>>,
    city: City,
}

impl Preview {
    /// Begins to connect, when the settings name a classifier.
    pub(crate) fn new(
        settings: &IntakeSettings,
        city: City,
        context: &Context,
    ) -> Result<Self, ClientError> {
        let connect = || -> Result<_, ClientError> {
            let (tls, instruments) = (context.tls.as_ref(), &context.instruments);
            let channel = Channel::over(&settings.classifier, tls, instruments)?;
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
        let complaint = check_complaint(complaint, Timestamp::now(), &self.city)
            .map_err(IntakeError::Invalid)?;
        let mut classifier = self.classifier.clone().ok_or(IntakeError::NoClassifier)?;
        let request = ClassifyRequest {
            complaints: vec![complaint],
        };
        let answer = classifier.classify(request).await.map_err(away)?;
        let first = answer.into_inner().classifications.into_iter().next();
        first
            .ok_or_else(|| IntakeError::Internal("the classifier answered with nothing".to_owned()))
    }

    /// Hands what an operator types on to the classifier, and its answers back, until either side ends or the service
    /// stops. What is typed is not checked here: it is not finished.
    pub(crate) async fn stream(
        &self,
        drafts: Streaming<wire::PreviewRequest>,
        stop: CancellationToken,
    ) -> Result<Previews, IntakeError> {
        let mut classifier = self.classifier.clone().ok_or(IntakeError::NoClassifier)?;
        // A caller that breaks off ends the stream; there is nobody left to tell why.
        let drafts = drafts.scan((), |(), draft| std::future::ready(draft.ok()));
        let answers = classifier.preview(drafts).await.map_err(away)?;
        let stopped = stop.cancelled_owned();
        Ok(Box::pin(answers.into_inner().take_until(stopped)))
    }
}

/// A classifier that is not there costs the operator the preview and nothing else.
fn away(status: Status) -> IntakeError {
    match status.code() {
        Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted => {
            IntakeError::ClassifierUnavailable
        }
        code => IntakeError::Internal(format!(
            "the classifier answered {code:?}: {}",
            status.message()
        )),
    }
}
