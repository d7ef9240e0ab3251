//! The fake's archive.

use swiftline_proto::feedback::v1::archive_server::Archive;
use swiftline_proto::feedback::v1::column::Value;
use swiftline_proto::feedback::v1::*;
use swiftline_proto::types::v1 as wire;
use swiftline_proto::types::v1::event::{Closed, Event};
use tonic::{Request, Response, Status};

use super::{Services, at, case};

fn column(name: &str, value: Value) -> Column {
    Column {
        name: name.into(),
        value: Some(value),
    }
}

#[tonic::async_trait]
impl Archive for Services {
    async fn find(&self, request: Request<FindRequest>) -> Result<Response<FindResponse>, Status> {
        let number = request.get_ref().case_number.clone();
        let closed = Closed {
            reason: wire::CloseReason::Confirmed.into(),
        };
        let journey = wire::Commit {
            case_number: number.clone(),
            version: 9,
            at: at(60),
            events: vec![wire::Event {
                event: Some(Event::Closed(closed)),
            }],
            ..wire::Commit::default()
        };
        let row = vec![
            column("case_number", Value::Text(number.clone())),
            column("ended_at", Value::Time(at(60).unwrap())),
            column("offers", Value::Count(2)),
            column("solved", Value::Flag(true)),
            column("score_day", Value::Day("2026-01-02".into())),
        ];
        let answer = FindResponse {
            row,
            caller_known: true,
            case: case(&number, wire::State::Closed),
            complaint: None,
            journey: vec![journey],
        };
        self.0.ask(request.get_ref(), answer)
    }

    async fn erase(
        &self,
        request: Request<EraseRequest>,
    ) -> Result<Response<EraseResponse>, Status> {
        let live = request.get_ref().case_numbers.iter().skip(1);
        let answer = EraseResponse {
            rows: 1_204,
            unknown: Vec::new(),
            live: live.cloned().collect(),
        };
        self.0.ask(request.get_ref(), answer)
    }

    async fn retain(
        &self,
        request: Request<RetainRequest>,
    ) -> Result<Response<RetainResponse>, Status> {
        let all = ["2019-01", "2019-02"].map(str::to_owned);
        let old = request.get_ref().keep_months < 100;
        let months = if old { all.to_vec() } else { Vec::new() };
        self.0.ask(request.get_ref(), RetainResponse { months })
    }
}
