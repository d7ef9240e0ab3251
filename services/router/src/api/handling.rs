//! `swiftline.router.v1.Handling`.

use std::sync::Arc;

use swiftline_domain::case::{Case, PartEnd};
use swiftline_domain::city::Term;
use swiftline_domain::complaint::{MAX_ATTACHMENTS, MAX_URL_BYTES};
use swiftline_domain::id::{ActorId, OfferNo};
use swiftline_domain::number::CaseNumber;
use swiftline_proto::convert::{ConvertError, case_number, id, timestamp, to_timestamp};
use swiftline_proto::router::v1::handling_server::Handling;
use swiftline_proto::router::v1::{
    AskExtensionRequest, AskExtensionResponse, AskSuspensionRequest, AskSuspensionResponse,
    CallHelperRequest, CallHelperResponse, DecideRequestRequest, DecideRequestResponse,
    DropPartRequest, DropPartResponse, FinishPartRequest, FinishPartResponse,
    ListSupervisedRequest, ListSupervisedResponse, ListTriageRequest, ListTriageResponse,
    MergeRequest, MergeResponse, NoteRequest, NoteResponse, ReleaseRequest, ReleaseResponse,
    SeparateRequest, SeparateResponse, SuperviseRequest, SuperviseResponse, TriageItem,
    WithdrawRequest, WithdrawResponse,
};
use tonic::{Request, Response, Status};

use super::{answer, convert, told};
use crate::engine::Engine;
use crate::error::Error;
use crate::issues::InTriage;

/// The most cases that one call lists.
const MAX_LISTED: u32 = 100;

/// What goes on between signing and the result, and what no desk decides.
#[derive(Debug)]
pub(crate) struct HandlingApi(pub(crate) Arc<Engine>);

impl HandlingApi {
    async fn note(&self, request: NoteRequest) -> Result<Case, Error> {
        let claim = convert::claim(request.claim)?;
        let note = convert::required_words(request.note, "note")?;
        check_addresses(&request.attachments)?;
        self.0.note(&claim, &note, &request.attachments).await
    }

    async fn ask_extension(&self, request: AskExtensionRequest) -> Result<Case, Error> {
        let claim = convert::claim(request.claim)?;
        let reason = convert::required_words(request.reason, "reason")?;
        let more: Term = request
            .more
            .parse()
            .map_err(|error| ConvertError::new("more", format!("{error}")))?;
        self.0.ask_extension(&claim, more, &reason).await
    }

    async fn ask_suspension(&self, request: AskSuspensionRequest) -> Result<Case, Error> {
        let claim = convert::claim(request.claim)?;
        let reason = convert::required_words(request.reason, "reason")?;
        let until = request.until.map(|until| to_timestamp(until, "until"));
        let until = until.transpose()?;
        self.0.ask_suspension(&claim, until, &reason).await
    }

    async fn decide_request(&self, request: DecideRequestRequest) -> Result<Case, Error> {
        let (number, actor) = who(&request.case_number, &request.actor)?;
        let note = convert::words(request.note, "note")?;
        let approve = request.approve;
        self.0.decide_request(number, approve, &actor, &note).await
    }

    async fn call_helper(&self, request: CallHelperRequest) -> Result<Case, Error> {
        let claim = convert::claim(request.claim)?;
        self.0
            .call_helper(&claim, &id(&request.unit, "unit")?)
            .await
    }

    async fn finish_part(&self, request: FinishPartRequest) -> Result<Case, Error> {
        let claim = convert::claim(request.claim)?;
        let note = convert::words(request.note, "note")?;
        let end = if request.declined {
            PartEnd::Declined
        } else {
            PartEnd::Done
        };
        self.0.finish_part(&claim, end, &note).await
    }

    async fn drop_part(&self, request: DropPartRequest) -> Result<Case, Error> {
        let claim = convert::claim(request.claim)?;
        let note = convert::words(request.note, "note")?;
        let part = OfferNo(request.part);
        self.0.drop_part(&claim, part, &note).await
    }

    async fn merge(&self, request: MergeRequest) -> Result<Case, Error> {
        let (number, actor) = who(&request.case_number, &request.actor)?;
        let into = case_number(&request.into, "into")?;
        self.0.merge(number, into, &actor).await
    }

    async fn separate(&self, request: SeparateRequest) -> Result<Case, Error> {
        let (number, actor) = who(&request.case_number, &request.actor)?;
        self.0.separate(number, &actor).await
    }

    async fn withdraw(&self, request: WithdrawRequest) -> Result<Case, Error> {
        let (number, actor) = who(&request.case_number, &request.actor)?;
        self.0.withdraw(number, &actor).await
    }

    async fn supervise(&self, request: SuperviseRequest) -> Result<Case, Error> {
        let (number, actor) = who(&request.case_number, &request.actor)?;
        self.0.supervise(number, &actor).await
    }

    async fn release(&self, request: ReleaseRequest) -> Result<Case, Error> {
        let (number, actor) = who(&request.case_number, &request.actor)?;
        let note = convert::required_words(request.note, "note")?;
        self.0.release(number, &actor, &note).await
    }
}

fn item(waits: InTriage) -> TriageItem {
    TriageItem {
        case: told(&waits.case),
        since: Some(timestamp(waits.since)),
        reason: waits.reason.into(),
    }
}

/// How many are listed where a call wants so many.
fn listed(limit: u32) -> usize {
    match limit {
        0 => MAX_LISTED as usize,
        limit => limit.min(MAX_LISTED) as usize,
    }
}

fn who(number: &str, actor: &str) -> Result<(CaseNumber, ActorId), Error> {
    let number = case_number(number, "case_number")?;
    Ok((number, id(actor, "actor")?))
}

/// As of a complaint's attachments.
fn check_addresses(addresses: &[String]) -> Result<(), Error> {
    let wrong = |reason: String| Err(ConvertError::new("attachments", reason).into());
    if addresses.len() > MAX_ATTACHMENTS {
        let count = addresses.len();
        return wrong(format!("has {count}, at most {MAX_ATTACHMENTS} are taken"));
    }
    for (at, address) in addresses.iter().enumerate() {
        let is_web = address.starts_with("https://") || address.starts_with("http://");
        if !is_web || address.len() > MAX_URL_BYTES {
            return wrong(format!(
                "number {} is no http(s) address of at most {MAX_URL_BYTES} bytes",
                at + 1
            ));
        }
    }
    Ok(())
}

macro_rules! handling {
    ($($call:ident: $request:ident -> $response:ident;)+) => {
        #[tonic::async_trait]
        impl Handling for HandlingApi {
            $(
                async fn $call(&self, request: Request<$request>) -> Result<Response<$response>, Status> {
                    let case = Self::$call(self, request.into_inner()).await;
                    answer(case, |case| $response { case: told(&case) })
                }
            )+

            async fn list_supervised(
                &self,
                request: Request<ListSupervisedRequest>,
            ) -> Result<Response<ListSupervisedResponse>, Status> {
                let cases = self.0.supervised(listed(request.get_ref().limit)).await;
                answer(cases, |cases| ListSupervisedResponse {
                    cases: cases.iter().map(Into::into).collect(),
                })
            }

            async fn list_triage(
                &self,
                request: Request<ListTriageRequest>,
            ) -> Result<Response<ListTriageResponse>, Status> {
                let cases = self.0.in_triage(listed(request.get_ref().limit)).await;
                answer(cases, |cases| ListTriageResponse {
                    items: cases.into_iter().map(item).collect(),
                })
            }
        }
    };
}

handling! {
    note: NoteRequest -> NoteResponse;
    ask_extension: AskExtensionRequest -> AskExtensionResponse;
    ask_suspension: AskSuspensionRequest -> AskSuspensionResponse;
    decide_request: DecideRequestRequest -> DecideRequestResponse;
    call_helper: CallHelperRequest -> CallHelperResponse;
    finish_part: FinishPartRequest -> FinishPartResponse;
    drop_part: DropPartRequest -> DropPartResponse;
    merge: MergeRequest -> MergeResponse;
    separate: SeparateRequest -> SeparateResponse;
    withdraw: WithdrawRequest -> WithdrawResponse;
    supervise: SuperviseRequest -> SuperviseResponse;
    release: ReleaseRequest -> ReleaseResponse;
}
