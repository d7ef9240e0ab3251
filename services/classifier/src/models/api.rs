//! `swiftline.classifier.v1.Models`: convert in, call, convert out.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use swiftline_proto::classifier::v1 as wire;
use swiftline_proto::classifier::v1::models_server::Models;
use swiftline_proto::classifier::v1::push_request::Part;
use swiftline_proto::convert::{id, present, timestamp};
use swiftline_rpc::to_status;
use swiftline_store::MAX_BATCH;
use tonic::{Request, Response, Status, Streaming};

use super::error::ModelsError;
use super::journal::{By, Step};
use super::registry::Registry;
use super::replica::Peer;
use super::shadow::Counted;
use super::status::{Known, NameStatus};
use crate::model::MAX_FILE_BYTES;

/// The longest reason.
const MAX_REASON_CHARS: usize = 500;
/// The largest part of a file in one message.
const MAX_CHUNK_BYTES: usize = 1 << 20;
/// How long to wait for the replicas when nothing is said.
const WAIT: Duration = Duration::from_secs(10);
/// What an answer needs of the time that its call may take.
const TO_ANSWER: Duration = Duration::from_secs(1);
/// The header that says how long a caller waits.
const GRPC_TIMEOUT: &str = "grpc-timeout";
/// Steps that are listed when nothing is said, and at most.
const STEPS: (usize, usize) = (50, 1_000);
/// Changes of labels that are shown.
const CHANGES: usize = 10;

/// How models change.
pub(crate) struct ModelsApi {
    /// Does it.
    pub(crate) registry: Arc<Registry>,
    /// How long a call may take whose caller says nothing.
    pub(crate) default_deadline: Duration,
}

impl ModelsApi {
    async fn push(
        &self,
        mut parts: Streaming<wire::PushRequest>,
    ) -> Result<wire::PushResponse, ModelsError> {
        let _one_at_a_time = self.registry.pushing.lock().await;
        let Some(Part::Head(head)) = next(&mut parts).await? else {
            return Err(ModelsError::bad("head", "must come first"));
        };
        let by = by(&head.actor, head.reason)?;
        let mut file = Vec::new();
        while let Some(part) = next(&mut parts).await? {
            let Part::Chunk(chunk) = part else {
                return Err(ModelsError::bad("head", "comes once"));
            };
            let too_long = if chunk.len() > MAX_CHUNK_BYTES {
                Some(format!("may have {MAX_CHUNK_BYTES} bytes"))
            } else if file.len() + chunk.len() > MAX_FILE_BYTES {
                Some(format!("a model may have {MAX_FILE_BYTES} bytes"))
            } else {
                None
            };
            if let Some(reason) = too_long {
                return Err(ModelsError::bad("chunk", reason));
            }
            file.extend(chunk);
        }
        let (digest, pushed, already) = self.registry.push(&head.digest, file, &by).await?;
        Ok(wire::PushResponse {
            model: Some(info(Known::new(digest, pushed))),
            already,
        })
    }

    async fn shadow(&self, request: wire::ShadowRequest) -> Result<wire::ModelStatus, ModelsError> {
        let by = by(&request.actor, request.reason)?;
        let name = named(&request.name)?;
        self.registry.shadow(name, &request.digest, &by).await?;
        Ok(model_status(self.registry.status_of(name).await?))
    }

    async fn activate(
        &self,
        request: wire::ActivateRequest,
        longest: Duration,
    ) -> Result<wire::ActivateResponse, ModelsError> {
        let by = by(&request.actor, request.reason)?;
        let wait = wait(request.wait_ms).min(longest);
        let registry = &self.registry;
        let (name, waiting_for) = registry.activate(&request.digest, &by, wait).await?;
        Ok(wire::ActivateResponse {
            model: Some(model_status(registry.status_of(&name).await?)),
            waiting_for,
        })
    }

    async fn rollback(
        &self,
        request: wire::RollbackRequest,
        longest: Duration,
    ) -> Result<wire::RollbackResponse, ModelsError> {
        let by = by(&request.actor, request.reason)?;
        let name = named(&request.name)?;
        let wait = wait(request.wait_ms).min(longest);
        let waiting_for = self.registry.rollback(name, &by, wait).await?;
        Ok(wire::RollbackResponse {
            model: Some(model_status(self.registry.status_of(name).await?)),
            waiting_for,
        })
    }

    async fn status(&self) -> Result<wire::ModelsStatusResponse, ModelsError> {
        let status = self.registry.status().await?;
        let replicas = status.replicas.into_iter();
        Ok(wire::ModelsStatusResponse {
            models: status.names.into_iter().map(model_status).collect(),
            replicas: replicas.map(replica).collect(),
        })
    }

    /// The newest steps of the log, the newest first; what cannot be read of it is left out.
    async fn history(&self, limit: u32) -> Result<Vec<wire::ModelStep>, ModelsError> {
        let (some, most) = STEPS;
        let limit = match usize::try_from(limit).unwrap_or(most) {
            0 => some,
            limit => limit.min(most),
        };
        let (journal, _) = self.registry.catch_up().await?;
        let mut from = journal.entries().saturating_sub(limit as u64);
        let mut steps = Vec::new();
        loop {
            let ledger = self.registry.store.models();
            let lines = ledger.entries(from, MAX_BATCH).await?;
            if lines.is_empty() {
                break;
            }
            from += lines.len() as u64;
            let read = lines
                .iter()
                .filter_map(|line| serde_json::from_slice(line).ok());
            steps.extend(read.map(step));
        }
        steps.reverse();
        steps.truncate(limit);
        Ok(steps)
    }

    /// How long an activation may wait: an answer that comes after the call's deadline is none.
    fn longest_wait<T>(&self, request: &Request<T>) -> Duration {
        if request.metadata().contains_key(GRPC_TIMEOUT) {
            Duration::MAX // the caller knows
        } else {
            self.default_deadline.saturating_sub(TO_ANSWER)
        }
    }
}

async fn next(parts: &mut Streaming<wire::PushRequest>) -> Result<Option<Part>, ModelsError> {
    let message = parts.message().await;
    let message = message.map_err(|status| ModelsError::bad("chunk", status.message()))?;
    let part = message.map(|message| present(message.part, "part"));
    Ok(part.transpose()?)
}

fn by(actor: &str, reason: String) -> Result<By, ModelsError> {
    if reason.trim().is_empty() {
        return Err(ModelsError::bad(
            "reason",
            "is required: why, in a few words",
        ));
    }
    if reason.chars().count() > MAX_REASON_CHARS {
        let wrong = format!("is longer than {MAX_REASON_CHARS} characters");
        return Err(ModelsError::bad("reason", wrong));
    }
    let actor = id(actor, "actor")?;
    Ok(By { actor, reason })
}

fn named(name: &str) -> Result<&str, ModelsError> {
    match name {
        "" => Err(ModelsError::bad("name", "is required: such as zh-groups")),
        name => Ok(name),
    }
}

fn wait(wait_ms: u32) -> Duration {
    match wait_ms {
        0 => WAIT,
        ms => Duration::from_millis(ms.into()),
    }
}

fn info(known: Known) -> wire::ModelInfo {
    let facts = known.facts;
    wire::ModelInfo {
        name: known.name,
        digest: known.digest,
        version: facts.version,
        bytes: facts.bytes,
        labels: facts.labels,
        examples: facts.examples,
        macro_f1: facts.macro_f1,
    }
}

fn model_status(status: NameStatus) -> wire::ModelStatus {
    wire::ModelStatus {
        name: status.name,
        active: status.active.map(info),
        previous: status.previous.map(info),
        shadow: status.shadow.map(info),
        comparison: status.counted.map(comparison),
    }
}

fn comparison(counted: Counted) -> wire::Comparison {
    let changes = counted.changes.into_iter().take(CHANGES);
    let change = |(before, after, messages)| wire::LabelChange {
        before,
        after,
        messages,
    };
    wire::Comparison {
        messages: counted.messages,
        different: counted.different,
        new_surer: counted.new_surer,
        changes: changes.map(change).collect(),
    }
}

fn replica(peer: Peer) -> wire::ModelReplica {
    let age = SignedDuration::from_millis(i64::try_from(peer.age_ms).unwrap_or(i64::MAX));
    let serving = peer.beat.serving.into_values();
    wire::ModelReplica {
        id: peer.id,
        serving: serving.map(|serves| serves.version).collect(),
        troubles: peer.beat.troubles,
        seen_at: Timestamp::now().checked_sub(age).ok().map(timestamp),
    }
}

fn step(step: Step) -> wire::ModelStep {
    wire::ModelStep {
        at: Timestamp::from_millisecond(step.at_ms).ok().map(timestamp),
        actor: step.actor,
        action: step.action.as_str().to_owned(),
        name: step.name,
        digest: step.digest,
        reason: step.reason,
    }
}

/// An answer, or the status that an error becomes.
fn answer<T>(result: Result<T, ModelsError>) -> Result<Response<T>, Status> {
    result.map(Response::new).map_err(|error| to_status(&error))
}

#[tonic::async_trait]
impl Models for ModelsApi {
    async fn push(
        &self,
        request: Request<Streaming<wire::PushRequest>>,
    ) -> Result<Response<wire::PushResponse>, Status> {
        answer(Self::push(self, request.into_inner()).await)
    }

    async fn shadow(
        &self,
        request: Request<wire::ShadowRequest>,
    ) -> Result<Response<wire::ShadowResponse>, Status> {
        let model = Self::shadow(self, request.into_inner()).await;
        answer(model.map(|model| wire::ShadowResponse { model: Some(model) }))
    }

    async fn activate(
        &self,
        request: Request<wire::ActivateRequest>,
    ) -> Result<Response<wire::ActivateResponse>, Status> {
        let longest = self.longest_wait(&request);
        answer(Self::activate(self, request.into_inner(), longest).await)
    }

    async fn rollback(
        &self,
        request: Request<wire::RollbackRequest>,
    ) -> Result<Response<wire::RollbackResponse>, Status> {
        let longest = self.longest_wait(&request);
        answer(Self::rollback(self, request.into_inner(), longest).await)
    }

    async fn status(
        &self,
        _: Request<wire::ModelsStatusRequest>,
    ) -> Result<Response<wire::ModelsStatusResponse>, Status> {
        answer(Self::status(self).await)
    }

    async fn history(
        &self,
        request: Request<wire::ModelsHistoryRequest>,
    ) -> Result<Response<wire::ModelsHistoryResponse>, Status> {
        let steps = Self::history(self, request.get_ref().limit).await;
        answer(steps.map(|steps| wire::ModelsHistoryResponse { steps }))
    }
}
