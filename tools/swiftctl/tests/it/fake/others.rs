//! The fake's other services.

use std::collections::HashMap;
use std::pin::Pin;

use swiftline_proto::classifier::v1::classifier_server::Classifier;
use swiftline_proto::classifier::v1::*;
use swiftline_proto::feedback::v1::feedback_server::Feedback;
use swiftline_proto::feedback::v1::*;
use swiftline_proto::router::v1 as router;
use swiftline_proto::router::v1::desk_server::Desk;
use swiftline_proto::router::v1::operations_server::Operations;
use swiftline_proto::router::v1::router_server::Router;
use swiftline_proto::trace::v1::traces_server::Traces;
use swiftline_proto::trace::v1::*;
use swiftline_proto::types::v1 as wire;
use tokio_stream::Stream;
use tonic::{Request, Response, Status};

use super::{Services, TRACE_PARENT, at, case, classification, complaint, offer};
use crate::swiftctl::NUMBER;

#[tonic::async_trait]
impl Classifier for Services {
    async fn classify(
        &self,
        request: Request<ClassifyRequest>,
    ) -> Result<Response<ClassifyResponse>, Status> {
        self.0.ask(
            request.get_ref(),
            ClassifyResponse {
                classifications: vec![classification()],
            },
        )
    }

    type PreviewStream = tokio_stream::Empty<Result<PreviewResponse, Status>>;

    async fn preview(
        &self,
        _: Request<tonic::Streaming<PreviewRequest>>,
    ) -> Result<Response<Self::PreviewStream>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn explain(
        &self,
        _: Request<ExplainRequest>,
    ) -> Result<Response<ExplainResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn correct(
        &self,
        _: Request<CorrectRequest>,
    ) -> Result<Response<CorrectResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }
}

#[tonic::async_trait]
impl Router for Services {
    async fn route(
        &self,
        _: Request<router::RouteRequest>,
    ) -> Result<Response<router::RouteResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn explain(
        &self,
        request: Request<router::ExplainRequest>,
    ) -> Result<Response<router::ExplainResponse>, Status> {
        let answer = router::ExplainResponse {
            classification: Some(classification()),
            assignment: offer().assignment,
            winner: "water-mains".into(),
            losers: vec![router::LosingRule {
                rule: "gas-leaks".into(),
                failed: vec![router::FailedCondition {
                    dimension: "category".into(),
                    wanted: "any of utilities.gas".into(),
                    found: "utilities.water".into(),
                }],
                after: false,
            }],
            rules_digest: super::rules::ACTIVE.into(),
            canary: false,
            triage: 0,
            ..Default::default()
        };
        self.0.ask(request.get_ref(), answer)
    }

    async fn dispatch(
        &self,
        request: Request<router::DispatchRequest>,
    ) -> Result<Response<router::DispatchResponse>, Status> {
        self.0.ask(
            request.get_ref(),
            router::DispatchResponse {
                offer: Some(offer()),
            },
        )
    }

    async fn reopen(
        &self,
        _: Request<router::ReopenRequest>,
    ) -> Result<Response<router::ReopenResponse>, Status> {
        Err(Status::unimplemented("not for people"))
    }
}

fn order(number: &str, lane: wire::Urgency) -> router::OrderOffer {
    router::OrderOffer {
        case_number: number.into(),
        offer: 2,
        unit: "water".into(),
        team: "water-east".into(),
        lane: lane.into(),
        category: "utilities.water".into(),
        kind: wire::Kind::Complaint.into(),
        place: "110105".into(),
        language: "zh".into(),
        offered_at: at(10),
        sign_by: at(600),
        trace_parent: TRACE_PARENT.into(),
        part: false,
    }
}

#[tonic::async_trait]
impl Desk for Services {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<router::WatchResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<router::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let some = |offers| Ok(router::WatchResponse { offers });
        let waiting = some(vec![order(NUMBER, wire::Urgency::Emergency)]);
        let later = some(vec![order("00-0000000-0", wire::Urgency::Normal)]);
        let offers = if request.get_ref().team == "idle" {
            vec![]
        } else {
            vec![waiting, some(vec![]), later]
        };
        self.0
            .ask(request.get_ref(), Box::pin(tokio_stream::iter(offers)))
    }

    async fn sign(
        &self,
        request: Request<router::SignRequest>,
    ) -> Result<Response<router::SignResponse>, Status> {
        let answer = router::SignResponse {
            case: case(NUMBER, wire::State::Signed),
            complaint: complaint(),
            contact: Some(wire::Contact {
                phone: "555 0100".into(),
                ..Default::default()
            }),
            already: true,
        };
        self.0.ask(request.get_ref(), answer)
    }

    async fn r#return(
        &self,
        request: Request<router::ReturnRequest>,
    ) -> Result<Response<router::ReturnResponse>, Status> {
        self.0.ask(
            request.get_ref(),
            router::ReturnResponse {
                case: case(NUMBER, wire::State::Returned),
            },
        )
    }

    async fn transfer(
        &self,
        request: Request<router::TransferRequest>,
    ) -> Result<Response<router::TransferResponse>, Status> {
        self.0.ask(
            request.get_ref(),
            router::TransferResponse {
                case: case(NUMBER, wire::State::Offered),
            },
        )
    }

    async fn suspend(
        &self,
        request: Request<router::SuspendRequest>,
    ) -> Result<Response<router::SuspendResponse>, Status> {
        self.0.ask(
            request.get_ref(),
            router::SuspendResponse {
                case: case(NUMBER, wire::State::Suspended),
            },
        )
    }

    async fn resume(
        &self,
        request: Request<router::ResumeRequest>,
    ) -> Result<Response<router::ResumeResponse>, Status> {
        self.0.ask(
            request.get_ref(),
            router::ResumeResponse {
                case: case(NUMBER, wire::State::Signed),
            },
        )
    }
}

#[tonic::async_trait]
impl Operations for Services {
    async fn list_units(
        &self,
        request: Request<router::ListUnitsRequest>,
    ) -> Result<Response<router::ListUnitsResponse>, Status> {
        let team = router::Team {
            id: "water-east".into(),
            name: "东区".into(),
            capacity: 20,
            load: 3,
            on_duty: true,
            skills: vec!["pipes".into()],
            languages: vec!["zh".into(), "en".into()],
        };
        let unit = |id: &str, name: &str, parent: &str, teams| router::Unit {
            id: id.into(),
            name: name.into(),
            class: "utility".into(),
            parent: parent.into(),
            teams,
        };
        let units = vec![
            unit("water", "自来水", "", vec![team]),
            unit("water-lab", "Laboratory", "water", vec![]),
        ];
        self.0
            .ask(request.get_ref(), router::ListUnitsResponse { units })
    }

    async fn list_queues(
        &self,
        request: Request<router::ListQueuesRequest>,
    ) -> Result<Response<router::ListQueuesResponse>, Status> {
        let group = router::GroupState {
            partition: 3,
            group: "classifier".into(),
            length: 1_200,
            lag: 7,
            pending: 2,
            oldest_ms: 1_500,
        };
        let team = router::QueueState {
            team: "water-east".into(),
            unit: "water".into(),
            emergency: 1,
            open: 3,
            capacity: 20,
            oldest_ms: 61_000,
            ..Default::default()
        };
        self.0.ask(
            request.get_ref(),
            router::ListQueuesResponse {
                groups: vec![group],
                teams: vec![team],
            },
        )
    }

    async fn list_dead_letters(
        &self,
        request: Request<router::ListDeadLettersRequest>,
    ) -> Result<Response<router::ListDeadLettersResponse>, Status> {
        let letter = router::DeadLetter {
            id: "p03:17-0".into(),
            group: "classifier".into(),
            case_number: NUMBER.into(),
            reason: "cannot be decoded".into(),
            attempts: 5,
            at: at(0),
            trace_parent: TRACE_PARENT.into(),
            bytes: 1_234,
        };
        let wanted = &request.get_ref().id;
        let letters = if wanted.is_empty() || *wanted == letter.id {
            vec![letter]
        } else {
            vec![]
        };
        self.0.ask(
            request.get_ref(),
            router::ListDeadLettersResponse { letters },
        )
    }

    async fn redrive(
        &self,
        request: Request<router::RedriveRequest>,
    ) -> Result<Response<router::RedriveResponse>, Status> {
        self.0
            .ask(request.get_ref(), router::RedriveResponse { redriven: 1 })
    }
}

#[tonic::async_trait]
impl Feedback for Services {
    async fn resolve(
        &self,
        request: Request<ResolveRequest>,
    ) -> Result<Response<ResolveResponse>, Status> {
        self.0.ask(
            request.get_ref(),
            ResolveResponse {
                case: case(NUMBER, wire::State::Resolved),
            },
        )
    }

    async fn record_callback(
        &self,
        request: Request<RecordCallbackRequest>,
    ) -> Result<Response<RecordCallbackResponse>, Status> {
        self.0.ask(
            request.get_ref(),
            RecordCallbackResponse {
                case: case(NUMBER, wire::State::Closed),
            },
        )
    }

    async fn close(
        &self,
        request: Request<CloseRequest>,
    ) -> Result<Response<CloseResponse>, Status> {
        self.0.ask(
            request.get_ref(),
            CloseResponse {
                case: case(NUMBER, wire::State::Closed),
            },
        )
    }

    async fn reopen(
        &self,
        request: Request<ReopenRequest>,
    ) -> Result<Response<ReopenResponse>, Status> {
        self.0.ask(
            request.get_ref(),
            ReopenResponse {
                case: case(NUMBER, wire::State::Reopened),
            },
        )
    }

    async fn get_rates(
        &self,
        request: Request<GetRatesRequest>,
    ) -> Result<Response<GetRatesResponse>, Status> {
        let rates = |unit: &str, reached, response_rate| UnitRates {
            unit: unit.into(),
            offered: 1_200,
            reached,
            response_rate,
            ..Default::default()
        };
        let answer = GetRatesResponse {
            units: vec![rates("water", 10, Some(0.975)), rates("gas", 0, None)],
            total: Some(rates("", 10, Some(0.975))),
            ..Default::default()
        };
        self.0.ask(request.get_ref(), answer)
    }
}

#[tonic::async_trait]
impl Traces for Services {
    async fn by_case(
        &self,
        request: Request<ByCaseRequest>,
    ) -> Result<Response<ByCaseResponse>, Status> {
        let span = |id: &str, parent: &str, service: &str, from: u64, to: u64| Span {
            trace_id: "4bf92f3577b34da6a3ce929d0e0e4736".into(),
            span_id: id.into(),
            parent_span_id: parent.into(),
            service: service.into(),
            name: format!("work {id}"),
            kind: "SERVER".into(),
            start_unix_ns: 1_767_225_600_000_000_000 + from,
            end_unix_ns: 1_767_225_600_000_000_000 + to,
            attributes: HashMap::from([("swiftline.case.number".into(), NUMBER.into())]),
            ..Default::default()
        };
        let spans = vec![
            span("a", "", "intake", 0, 4_000_000),
            span("b", "a", "router", 1_000_000, 3_000_000),
        ];
        let spans = if request.get_ref().case_number == NUMBER {
            spans
        } else {
            vec![]
        };
        self.0.ask(request.get_ref(), ByCaseResponse { spans })
    }

    async fn counts(&self, _: Request<CountsRequest>) -> Result<Response<CountsResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }
}
