//! The fake's intake.

use std::pin::Pin;
use std::sync::Arc;

use swiftline_proto::intake::v1::intake_server::Intake;
use swiftline_proto::intake::v1::rejection::Violation;
use swiftline_proto::intake::v1::submit_result::Result as Outcome;
use swiftline_proto::intake::v1::*;
use swiftline_proto::types::v1 as wire;
use swiftline_proto::types::v1::event::{Event, Returned};
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Code, Request, Response, Status, Streaming};

use super::{Services, State, TRACE_PARENT, at, case, complaint, offer};
use crate::swiftctl::NUMBER;

/// A case that has not been offered to anybody.
pub(crate) const UNOFFERED: &str = "00-0000000-0";

/// A case that is only in the archive.
pub(crate) const ARCHIVED: &str = "02-0000001-8";

fn receipt(submission: &Submission) -> Receipt {
    let duplicate = submission.idempotency_key.ends_with("again");
    let trace_id = if duplicate {
        ""
    } else {
        "4bf92f3577b34da6a3ce929d0e0e4736"
    };
    Receipt {
        case_number: NUMBER.into(),
        accepted_at: at(0),
        duplicate,
        trace_id: trace_id.into(),
    }
}

impl State {
    /// Takes a submission, unless its text says otherwise.
    fn take(&self, submission: &Submission) -> Outcome {
        let text = submission
            .complaint
            .as_ref()
            .map(|complaint| complaint.text.clone())
            .unwrap_or_default();
        let violation = Violation {
            field: "complaint.text".into(),
            description: "is not liked".into(),
        };
        let no = |code: Code, violations| Rejection {
            code: code.into(),
            message: "no".into(),
            violations,
        };
        if text.contains("reject") {
            return Outcome::Rejection(no(Code::InvalidArgument, vec![violation]));
        }
        let mut turned_away = self.turned_away.lock().unwrap();
        if text.contains("busy") && !turned_away.contains(&text) {
            turned_away.push(text);
            return Outcome::Rejection(no(Code::ResourceExhausted, vec![]));
        }
        Outcome::Receipt(receipt(submission))
    }

    /// Answers a batch; a refusal that was asked for breaks the stream here.
    fn batch(&self, request: SubmitStreamRequest) -> Result<SubmitStreamResponse, Status> {
        let sequence = request.sequence;
        self.ask(&request, ())?;
        let results = request
            .submissions
            .iter()
            .map(|one| SubmitResult {
                result: Some(self.take(one)),
            })
            .collect();
        Ok(SubmitStreamResponse { sequence, results })
    }
}

#[tonic::async_trait]
impl Intake for Services {
    async fn submit(
        &self,
        request: Request<SubmitRequest>,
    ) -> Result<Response<SubmitResponse>, Status> {
        let request = request.into_inner();
        let receipt = receipt(request.submission.as_ref().unwrap());
        self.0.ask(
            &request,
            SubmitResponse {
                receipt: Some(receipt),
            },
        )
    }

    async fn submit_batch(
        &self,
        _: Request<SubmitBatchRequest>,
    ) -> Result<Response<SubmitBatchResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn preview(
        &self,
        _: Request<PreviewRequest>,
    ) -> Result<Response<PreviewResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    type PreviewStreamStream =
        tokio_stream::Empty<Result<swiftline_proto::classifier::v1::PreviewResponse, Status>>;

    async fn preview_stream(
        &self,
        _: Request<tonic::Streaming<swiftline_proto::classifier::v1::PreviewRequest>>,
    ) -> Result<Response<Self::PreviewStreamStream>, Status> {
        Err(Status::unimplemented("not here"))
    }

    type SubmitStreamStream =
        Pin<Box<dyn Stream<Item = Result<SubmitStreamResponse, Status>> + Send>>;

    async fn submit_stream(
        &self,
        request: Request<Streaming<SubmitStreamRequest>>,
    ) -> Result<Response<Self::SubmitStreamStream>, Status> {
        let state = Arc::clone(&self.0);
        let answers = request
            .into_inner()
            .map(move |request| state.batch(request?));
        Ok(Response::new(Box::pin(answers)))
    }

    async fn get_case(
        &self,
        request: Request<GetCaseRequest>,
    ) -> Result<Response<GetCaseResponse>, Status> {
        let request = request.into_inner();
        let mut case = case(&request.case_number, wire::State::Offered);
        if let Some(case) = case.as_mut().filter(|_| request.case_number == UNOFFERED) {
            case.set_state(wire::State::Triage);
            case.offer = None;
        }
        self.0.ask(
            &request,
            GetCaseResponse {
                case,
                complaint: complaint(),
                archived: request.case_number == ARCHIVED,
            },
        )
    }

    async fn get_journey(
        &self,
        request: Request<GetJourneyRequest>,
    ) -> Result<Response<GetJourneyResponse>, Status> {
        let request = request.into_inner();
        let commit = |version, events: Vec<Event>| wire::Commit {
            case_number: request.case_number.clone(),
            version,
            at: at(i64::try_from(version).unwrap()),
            events: events
                .into_iter()
                .map(|event| wire::Event { event: Some(event) })
                .collect(),
            trace_parent: TRACE_PARENT.into(),
            ..wire::Commit::default()
        };
        let returned = Returned {
            unit: "water".into(),
            team: "water-east".into(),
            offer: 1,
            actor: "desk-1".into(),
            reason: wire::ReturnReason::WrongUnit.into(),
            note: "not ours".into(),
            ..Default::default()
        };
        let offered = wire::event::Offered {
            offer: Some(offer()),
            handle: None,
        };
        let commits = vec![
            commit(
                1,
                vec![Event::Accepted(wire::event::Accepted { at: at(0) })],
            ),
            commit(3, vec![Event::Returned(returned), Event::Offered(offered)]),
        ];
        let archived = request.case_number == ARCHIVED;
        self.0
            .ask(&request, GetJourneyResponse { commits, archived })
    }
}
