//! The gRPC service: convert in, call, convert out.

use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, StreamExt as _};
use swiftline_domain::number::CaseNumber;
use swiftline_proto::classifier::v1 as classifier;
use swiftline_proto::convert;
use swiftline_proto::intake::v1::intake_server::Intake;
use swiftline_proto::intake::v1::{
    GetCaseRequest, GetCaseResponse, GetJourneyRequest, GetJourneyResponse, PreviewRequest,
    PreviewResponse, SubmitBatchRequest, SubmitBatchResponse, SubmitRequest, SubmitResponse,
    SubmitStreamRequest, SubmitStreamResponse,
};
use swiftline_proto::types::v1::Complaint;
use swiftline_rpc::{PRIORITY_EMERGENCY, PRIORITY_KEY, to_status};
use swiftline_runtime::CancellationToken;
use swiftline_store::{Store, StoreError};
use swiftline_telemetry::{TraceContext, hop};
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};

use crate::archive::Archive;
use crate::batch::{check_size, results};
use crate::door::{Call, Door};
use crate::error::IntakeError;
use crate::preview::{Preview, Previews};

/// What serves the calls.
pub(crate) struct Api {
    door: Arc<Door>,
    preview: Preview,
    store: Store,
    archive: Archive,
    stream_batches: usize,
    stop: CancellationToken,
}

impl Api {
    pub(crate) fn new(
        door: Arc<Door>,
        preview: Preview,
        store: Store,
        archive: Archive,
        stream_batches: usize,
        stop: CancellationToken,
    ) -> Self {
        Self {
            door,
            preview,
            store,
            archive,
            stream_batches,
            stop,
        }
    }
}

type Answers = Pin<Box<dyn Stream<Item = Result<SubmitStreamResponse, Status>> + Send>>;

#[tonic::async_trait]
impl Intake for Api {
    async fn submit(
        &self,
        request: Request<SubmitRequest>,
    ) -> Result<Response<SubmitResponse>, Status> {
        let call = call_of(request.metadata());
        let answer = self
            .door
            .submit(request.into_inner().submission, call)
            .await;
        let receipt = answer.map_err(refused)?;
        hop::case_current(&receipt.case_number);
        Ok(Response::new(SubmitResponse {
            receipt: Some(receipt),
        }))
    }

    async fn submit_batch(
        &self,
        request: Request<SubmitBatchRequest>,
    ) -> Result<Response<SubmitBatchResponse>, Status> {
        let call = call_of(request.metadata());
        let submissions = request.into_inner().submissions;
        check_size(submissions.len()).map_err(refused)?;
        let answers = self.door.submit_batch(submissions, call).await;
        Ok(Response::new(SubmitBatchResponse {
            results: results(answers),
        }))
    }

    type SubmitStreamStream = Answers;

    async fn submit_stream(
        &self,
        request: Request<Streaming<SubmitStreamRequest>>,
    ) -> Result<Response<Answers>, Status> {
        let call = call_of(request.metadata());
        let door = self.door.clone();
        let answers = request
            .into_inner()
            // in a drain, what has been read is still answered
            .take_until(self.stop.clone().cancelled_owned())
            .map(move |batch| answer_batch(door.clone(), batch, call))
            .buffer_unordered(self.stream_batches);
        Ok(Response::new(Box::pin(answers)))
    }

    async fn preview(
        &self,
        request: Request<PreviewRequest>,
    ) -> Result<Response<PreviewResponse>, Status> {
        let answer = self.preview.of(request.into_inner().complaint).await;
        let classification = Some(answer.map_err(refused)?);
        Ok(Response::new(PreviewResponse { classification }))
    }

    type PreviewStreamStream = Previews;

    async fn preview_stream(
        &self,
        request: Request<Streaming<classifier::PreviewRequest>>,
    ) -> Result<Response<Self::PreviewStreamStream>, Status> {
        let drafts = request.into_inner();
        let answers = self.preview.stream(drafts, self.stop.clone()).await;
        Ok(Response::new(answers.map_err(refused)?))
    }

    async fn get_case(
        &self,
        request: Request<GetCaseRequest>,
    ) -> Result<Response<GetCaseResponse>, Status> {
        let number = number_of(&request.get_ref().case_number)?;
        let stored = self
            .store
            .load(number)
            .await
            .map_err(|error| not_read(number, error))?;
        let Some(stored) = stored else {
            let found = self.archive.find(number).await.map_err(refused)?;
            return Ok(Response::new(GetCaseResponse {
                case: found.case,
                complaint: found.complaint,
                archived: true,
            }));
        };
        Ok(Response::new(GetCaseResponse {
            case: Some((&stored.case).into()),
            complaint: Some(stored.complaint.shown()),
            archived: false,
        }))
    }

    async fn get_journey(
        &self,
        request: Request<GetJourneyRequest>,
    ) -> Result<Response<GetJourneyResponse>, Status> {
        let number = number_of(&request.get_ref().case_number)?;
        let mut commits = self
            .store
            .journey(number)
            .await
            .map_err(|error| not_read(number, error))?;
        if commits.is_empty() {
            let found = self.archive.find(number).await.map_err(refused)?;
            return Ok(Response::new(GetJourneyResponse {
                commits: found.journey,
                archived: true,
            }));
        }
        for commit in &mut commits {
            commit.complaint = commit.complaint.take().map(Complaint::shown);
        }
        Ok(Response::new(GetJourneyResponse {
            commits,
            archived: false,
        }))
    }
}

async fn answer_batch(
    door: Arc<Door>,
    batch: Result<SubmitStreamRequest, Status>,
    call: Call,
) -> Result<SubmitStreamResponse, Status> {
    let SubmitStreamRequest {
        sequence,
        submissions,
    } = batch?;
    check_size(submissions.len()).map_err(refused)?;
    let answers = door.submit_patiently(submissions, call).await;
    Ok(SubmitStreamResponse {
        sequence,
        results: results(answers),
    })
}

fn call_of(metadata: &MetadataMap) -> Call {
    Call {
        span: TraceContext::current(),
        emergency: metadata
            .get(PRIORITY_KEY)
            .is_some_and(|value| value == PRIORITY_EMERGENCY),
    }
}

fn number_of(text: &str) -> Result<CaseNumber, Status> {
    let number =
        convert::case_number(text, "case_number").map_err(|error| refused(error.into()))?;
    hop::case_current(&number.to_string());
    Ok(number)
}

fn no_such_case(number: CaseNumber) -> Status {
    refused(IntakeError::NoSuchCase(number.to_string()))
}

fn not_read(number: CaseNumber, error: StoreError) -> Status {
    match error {
        // a number of another city, or of a store that was larger
        StoreError::NoSuchPartition { .. } => no_such_case(number),
        other => refused(other.into()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn refused(error: IntakeError) -> Status {
    to_status(&error)
}
