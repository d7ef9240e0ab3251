//! The gRPC service of the archive: convert in, call, convert out. Who looks into it and who changes it is logged.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use swiftline_domain::archive::Month;
use swiftline_domain::id::ActorId;
use swiftline_domain::number::CaseNumber;
use swiftline_proto::convert::{self, ConvertError};
use swiftline_proto::feedback::v1 as wire;
use swiftline_proto::feedback::v1::archive_server::Archive as Served;
use swiftline_proto::types::v1 as types;
use swiftline_rpc::{FieldViolation, RpcError, to_status};
use swiftline_store::Store;
use swiftline_telemetry::hop;
use tonic::{Code, Request, Response, Status};

use super::journey::commits;
use super::{Archive, ArchiveError, Found};
use crate::error::FeedbackError;

/// The most cases of one request to erase.
const MAX_ERASED: usize = 100;

/// What serves the calls.
pub(crate) struct ArchiveApi {
    /// `None`: the city keeps none.
    archive: Option<Archive>,
    store: Store,
}

/// Why the archive does not do what was asked. Holds nothing personal.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("there is no archive: the setting archive.url of feedback is empty")]
    Off,
    #[error("the archive has no case {0}")]
    NotThere(CaseNumber),
    #[error(transparent)]
    Other(#[from] FeedbackError),
}

impl RpcError for Refused {
    fn code(&self) -> Code {
        match self {
            Self::Off => Code::FailedPrecondition,
            Self::NotThere(_) => Code::NotFound,
            Self::Other(error) => error.code(),
        }
    }

    fn violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::NotThere(_) => vec![FieldViolation::new("case_number", "is not in the archive")],
            Self::Other(error) => error.violations(),
            Self::Off => Vec::new(),
        }
    }

    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Off => Some("NO_ARCHIVE"),
            Self::NotThere(_) => Some("NOT_ARCHIVED"),
            Self::Other(error) => error.reason(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Other(error) => error.retry_after(),
            Self::Off | Self::NotThere(_) => None,
        }
    }
}

impl From<ArchiveError> for Refused {
    fn from(error: ArchiveError) -> Self {
        Self::Other(error.into())
    }
}

impl From<ConvertError> for Refused {
    fn from(error: ConvertError) -> Self {
        Self::Other(error.into())
    }
}

/// Who does it and why, for the log.
struct Why {
    actor: ActorId,
    /// A code or a reference, written as ids are: free text may name somebody.
    reason: ActorId,
}

impl Why {
    fn read(actor: &str, reason: &str) -> Result<Self, ConvertError> {
        Ok(Self {
            actor: convert::id(actor, "actor")?,
            reason: convert::id(reason, "reason")?,
        })
    }
}

impl ArchiveApi {
    pub(crate) fn new(archive: Option<Archive>, store: Store) -> Self {
        Self { archive, store }
    }

    fn archive(&self) -> Result<&Archive, Refused> {
        self.archive.as_ref().ok_or(Refused::Off)
    }

    async fn look(&self, request: &wire::FindRequest) -> Result<wire::FindResponse, Refused> {
        let number = convert::case_number(&request.case_number, "case_number")?;
        let actor: ActorId = convert::id(&request.actor, "actor")?;
        hop::case_current(&number.to_string());
        let archive = self.archive()?;
        let found = archive.find(number).await?;
        let found = found.ok_or(Refused::NotThere(number))?;
        let (case, actor) = (number.to_string(), actor.as_str());
        tracing::info!(case, actor, "archived case shown");
        told(archive, number, &found).await
    }

    async fn forget(&self, request: &wire::EraseRequest) -> Result<wire::EraseResponse, Refused> {
        let why = Why::read(&request.actor, &request.reason)?;
        let numbers = numbers(&request.case_numbers)?;
        let archive = self.archive()?;
        let (mut callers, mut answer) = (BTreeSet::new(), wire::EraseResponse::default());
        for (at, number) in numbers.into_iter().enumerate() {
            let (caller, is_live) = self.caller(archive, number, at).await?;
            match caller {
                Some(caller) => drop(callers.insert(caller)),
                None => answer.unknown.push(number.to_string()),
            }
            if is_live {
                answer.live.push(number.to_string());
            }
            let (case, actor, reason) =
                (number.to_string(), why.actor.as_str(), why.reason.as_str());
            tracing::info!(case, actor, reason, "caller to be erased from the archive");
        }
        for caller in callers {
            answer.rows += archive.erase(caller).await?;
        }
        let (rows, actor, reason) = (answer.rows, why.actor.as_str(), why.reason.as_str());
        tracing::info!(rows, actor, reason, "callers erased from the archive");
        Ok(answer)
    }

    /// Who asked in a case, and whether the case is still in Redis.
    async fn caller(
        &self,
        archive: &Archive,
        number: CaseNumber,
        at: usize,
    ) -> Result<(Option<i64>, bool), Refused> {
        // Redis first: what it has forgotten meanwhile is in the archive then.
        let live = self.store.load(number).await.map_err(FeedbackError::from)?;
        if let Some(stored) = live {
            let caller = stored.complaint.caller.cast_signed();
            return Ok((Some(caller).filter(|caller| *caller != 0), true));
        }
        let found = archive.find(number).await?;
        let found = found.ok_or_else(|| FeedbackError::Unknown {
            field: format!("case_numbers[{at}]"),
            what: "case",
            id: number.to_string(),
        })?;
        Ok((found.case().and_then(|case| case.caller), false))
    }

    async fn drop_months(
        &self,
        request: &wire::RetainRequest,
    ) -> Result<wire::RetainResponse, Refused> {
        let why = Why::read(&request.actor, &request.reason)?;
        let months = i32::try_from(request.keep_months).ok();
        let Some(keep) = months.filter(|months| *months >= 1) else {
            let reason = format!("is {}, must be at least 1", request.keep_months);
            return Err(ConvertError::new("keep_months", reason).into());
        };
        let archive = self.archive()?;
        let from = Month::of(Timestamp::now()).plus(-keep);
        let months = if request.dry_run {
            archive.before(from).await?
        } else {
            let (before, actor) = (from.to_string(), why.actor.as_str());
            let reason = why.reason.as_str();
            tracing::info!(before, actor, reason, "months of the archive to be dropped");
            archive.retain(from).await?
        };
        Ok(wire::RetainResponse {
            months: months.iter().map(ToString::to_string).collect(),
        })
    }
}

/// All that the archive tells of a case.
async fn told(
    archive: &Archive,
    number: CaseNumber,
    found: &Found,
) -> Result<wire::FindResponse, Refused> {
    let lacks = || FeedbackError::Internal(format!("the archive's row of {number} lacks columns"));
    let row = found.case().ok_or_else(lacks)?;
    let months = Month::of(row.accepted_at)..=Month::of(row.ended_at);
    let journey = archive.journey(number, months).await?;
    let journey = commits(&journey.events());
    let mut case = types::Case::from(&row);
    complete(&mut case, &journey);
    Ok(wire::FindResponse {
        row: convert::columns(&row),
        caller_known: row.caller.is_some(),
        case: Some(case),
        complaint: Some((&row).into()),
        journey,
    })
}

/// Takes from the journey what a row does not tell: the version, and the number, rule set and time of the newest offer.
fn complete(case: &mut types::Case, journey: &[types::Commit]) {
    use types::event::Event;
    case.version = journey.last().map_or(0, |commit| commit.version);
    let events = journey.iter().flat_map(|commit| &commit.events).rev();
    let newest = events.filter_map(|event| match &event.event {
        Some(Event::Offered(offered)) => offered.offer.as_ref(),
        _ => None,
    });
    let (Some(offer), Some(made)) = (&mut case.offer, newest.into_iter().next()) else {
        return;
    };
    (offer.no, offer.offered_at) = (made.no, made.offered_at);
    if let (Some(to), Some(made)) = (&mut offer.assignment, &made.assignment) {
        to.rules_digest.clone_from(&made.rules_digest);
        to.lane = made.lane;
    }
}

fn numbers(texts: &[String]) -> Result<Vec<CaseNumber>, ConvertError> {
    if texts.is_empty() || texts.len() > MAX_ERASED {
        let reason = format!("has {} cases, must have 1 to {MAX_ERASED}", texts.len());
        return Err(ConvertError::new("case_numbers", reason));
    }
    let texts = texts.iter().enumerate();
    texts
        .map(|(at, text)| convert::case_number(text, &format!("case_numbers[{at}]")))
        .collect()
}

fn out<T>(answer: Result<T, Refused>) -> Result<Response<T>, Status> {
    answer.map(Response::new).map_err(|error| to_status(&error))
}

#[tonic::async_trait]
impl Served for ArchiveApi {
    async fn find(
        &self,
        request: Request<wire::FindRequest>,
    ) -> Result<Response<wire::FindResponse>, Status> {
        out(self.look(request.get_ref()).await)
    }

    async fn erase(
        &self,
        request: Request<wire::EraseRequest>,
    ) -> Result<Response<wire::EraseResponse>, Status> {
        out(self.forget(request.get_ref()).await)
    }

    async fn retain(
        &self,
        request: Request<wire::RetainRequest>,
    ) -> Result<Response<wire::RetainResponse>, Status> {
        out(self.drop_months(request.get_ref()).await)
    }
}
