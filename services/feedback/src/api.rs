//! The gRPC service: convert in, call, convert out.

use std::sync::Arc;

use swiftline_domain::case::{Callback, CallbackVia, Case, Claim, MAX_NOTE_CHARS};
use swiftline_domain::id::{ActorId, EntryId, OfferNo, UnitId};
use swiftline_domain::number::CaseNumber;
use swiftline_proto::convert::{self, ConvertError};
use swiftline_proto::feedback::v1::feedback_server::Feedback;
use swiftline_proto::feedback::v1::{
    AnswerRates, CloseRequest, CloseResponse, GetRatesRequest, GetRatesResponse,
    RecordCallbackRequest, RecordCallbackResponse, ReopenRequest, ReopenResponse, ResolveRequest,
    ResolveResponse, UnitRates,
};
use swiftline_proto::types::v1 as wire;
use swiftline_rpc::to_status;
use swiftline_store::{AnswerCounts, Counter};
use swiftline_telemetry::hop;
use tonic::{Request, Response, Status};

use crate::Engine;
use crate::callbacks::Word;
use crate::error::FeedbackError;
use crate::rates::{Answers, Tally, helped};
use crate::results::Report;

/// What serves the calls.
pub(crate) struct Api(pub(crate) Arc<Engine>);

#[tonic::async_trait]
impl Feedback for Api {
    async fn resolve(
        &self,
        request: Request<ResolveRequest>,
    ) -> Result<Response<ResolveResponse>, Status> {
        let report = report(request.into_inner()).map_err(refused)?;
        annotate(report.number);
        let case = self.0.resolve(&report).await.map_err(refused)?;
        Ok(Response::new(ResolveResponse { case: out(&case) }))
    }

    async fn record_callback(
        &self,
        request: Request<RecordCallbackRequest>,
    ) -> Result<Response<RecordCallbackResponse>, Status> {
        let request = request.into_inner();
        let via = convert::optional(request.via, "via").map_err(refused)?;
        let via = via.unwrap_or(CallbackVia::Phone);
        let (number, callback, actor) = answers(request).map_err(refused)?;
        annotate(number);
        let word = Word {
            callback,
            via,
            comment: String::new(),
        };
        let recorded = self.0.record_callback(number, &word, &actor).await;
        let case = out(&recorded.map_err(refused)?);
        Ok(Response::new(RecordCallbackResponse { case }))
    }

    async fn close(
        &self,
        request: Request<CloseRequest>,
    ) -> Result<Response<CloseResponse>, Status> {
        let request = request.into_inner();
        let (number, actor) = subject(&request.case_number, &request.actor).map_err(refused)?;
        let reason = convert::required(request.reason, "reason").map_err(refused)?;
        annotate(number);
        let closed = self.0.close(number, reason, &actor).await;
        let case = out(&closed.map_err(refused)?);
        Ok(Response::new(CloseResponse { case }))
    }

    async fn reopen(
        &self,
        request: Request<ReopenRequest>,
    ) -> Result<Response<ReopenResponse>, Status> {
        let request = request.into_inner();
        let (number, actor) = subject(&request.case_number, &request.actor).map_err(refused)?;
        let reason = convert::required(request.reason, "reason").map_err(refused)?;
        annotate(number);
        let reopened = self.0.reopen(number, reason, &actor).await;
        let case = out(&reopened.map_err(refused)?);
        Ok(Response::new(ReopenResponse { case }))
    }

    async fn get_rates(
        &self,
        request: Request<GetRatesRequest>,
    ) -> Result<Response<GetRatesResponse>, Status> {
        let wanted = units(&request.get_ref().units).map_err(refused)?;
        let report = self.0.rates(&wanted).await.map_err(refused)?;
        let answers = if wanted.is_empty() {
            self.0.answers().await.map_err(refused)?
        } else {
            Answers::new()
        };
        let units = report.units.iter();
        Ok(Response::new(GetRatesResponse {
            units: units
                .map(|(unit, tally)| rates_of(unit.as_str(), tally))
                .collect(),
            total: Some(rates_of("", &report.total)),
            answers: answers.iter().map(answer_rates).collect(),
        }))
    }
}

pub(crate) fn refused(error: impl Into<FeedbackError>) -> Status {
    to_status(&error.into())
}

/// Says on the call's span which case it is about.
fn annotate(number: CaseNumber) {
    hop::case_current(&number.to_string());
}

fn report(request: ResolveRequest) -> Result<Report, ConvertError> {
    let claim = convert::present(request.claim, "claim")?;
    let outcome = convert::required(request.outcome, "outcome")?;
    let length = request.note.chars().count();
    if length > MAX_NOTE_CHARS {
        let reason = format!("is {length} characters long, at most {MAX_NOTE_CHARS} are taken");
        return Err(ConvertError::new("note", reason));
    }
    Ok(Report {
        number: convert::case_number(&claim.case_number, "claim.case_number")?,
        claim: Claim {
            team: convert::id(&claim.team, "claim.team")?,
            offer: OfferNo(claim.offer),
            actor: convert::id(&claim.actor, "claim.actor")?,
        },
        outcome,
        note: request.note,
    })
}

fn answers(
    request: RecordCallbackRequest,
) -> Result<(CaseNumber, Callback, ActorId), ConvertError> {
    let (number, actor) = subject(&request.case_number, &request.actor)?;
    let callback = convert::present(request.callback, "callback")?;
    Ok((number, callback.into(), actor))
}

fn subject(case_number: &str, actor: &str) -> Result<(CaseNumber, ActorId), ConvertError> {
    let number = convert::case_number(case_number, "case_number")?;
    Ok((number, convert::id(actor, "actor")?))
}

fn units(ids: &[String]) -> Result<Vec<UnitId>, ConvertError> {
    let ids = ids.iter().enumerate();
    ids.map(|(at, id)| convert::id(id, &format!("units[{at}]")))
        .collect()
}

fn out(case: &Case) -> Option<wire::Case> {
    Some(case.into())
}

fn answer_rates((entry, counts): (&EntryId, &AnswerCounts)) -> AnswerRates {
    AnswerRates {
        entry: entry.to_string(),
        answered: counts.answered,
        confirmed: counts.confirmed,
        not_solved: counts.not_solved,
        reopened: counts.reopened,
        helped_rate: helped(counts),
    }
}

fn rates_of(unit: &str, tally: &Tally) -> UnitRates {
    UnitRates {
        unit: unit.to_owned(),
        offered: tally.get(Counter::Offered),
        signed: tally.get(Counter::Signed),
        returned: tally.get(Counter::Returned),
        expired: tally.get(Counter::Expired),
        transferred: tally.get(Counter::Transferred),
        resolved: tally.get(Counter::Resolved),
        reopened: tally.get(Counter::Reopened),
        reached: tally.get(Counter::Reached),
        contacted: tally.get(Counter::Contacted),
        solved: tally.get(Counter::Solved),
        satisfied: tally.get(Counter::Satisfied),
        overdue: tally.get(Counter::Overdue),
        response_rate: tally.share(Counter::Contacted),
        resolution_rate: tally.share(Counter::Solved),
        satisfaction_rate: tally.share(Counter::Satisfied),
    }
}
