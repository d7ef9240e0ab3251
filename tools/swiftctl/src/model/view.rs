//! What is shown of models; JSON has it under these names.

use jiff::Timestamp;
use serde::Serialize;
use swiftline_proto::classifier::v1 as wire;

use crate::words::{short, some};

/// A model.
#[derive(Debug, Serialize)]
pub(super) struct ModelView {
    pub(super) name: String,
    /// `None` for one that is built in.
    pub(super) digest: Option<String>,
    pub(super) version: String,
    pub(super) built_in: bool,
    pub(super) bytes: u64,
    pub(super) labels: u32,
    pub(super) examples: u64,
    /// `None` where it was not measured.
    pub(super) macro_f1: Option<f64>,
}

impl From<wire::ModelInfo> for ModelView {
    fn from(model: wire::ModelInfo) -> Self {
        let digest = some(model.digest);
        Self {
            name: model.name,
            built_in: digest.is_none(),
            digest,
            version: model.version,
            bytes: model.bytes,
            labels: model.labels,
            examples: model.examples,
            macro_f1: (model.macro_f1 > 0.0).then_some(model.macro_f1),
        }
    }
}

impl ModelView {
    /// The model in a word or two.
    pub(super) fn shown(&self) -> String {
        if self.built_in {
            format!("{}, built in", self.version)
        } else {
            self.version.clone()
        }
    }
}

/// A name, and what is in force under it.
#[derive(Debug, Serialize)]
pub(super) struct NameView {
    pub(super) name: String,
    pub(super) active: Option<ModelView>,
    pub(super) previous: Option<ModelView>,
    pub(super) shadow: Option<ModelView>,
    pub(super) comparison: Option<ComparisonView>,
}

impl From<wire::ModelStatus> for NameView {
    fn from(status: wire::ModelStatus) -> Self {
        Self {
            name: status.name,
            active: status.active.map(Into::into),
            previous: status.previous.map(Into::into),
            shadow: status.shadow.map(Into::into),
            comparison: status.comparison.map(Into::into),
        }
    }
}

/// Old and new side by side.
#[derive(Debug, Serialize)]
pub(super) struct ComparisonView {
    pub(super) messages: u64,
    pub(super) different: u64,
    pub(super) new_surer: u64,
    pub(super) changes: Vec<ChangeView>,
}

impl From<wire::Comparison> for ComparisonView {
    fn from(comparison: wire::Comparison) -> Self {
        Self {
            messages: comparison.messages,
            different: comparison.different,
            new_surer: comparison.new_surer,
            changes: comparison.changes.into_iter().map(Into::into).collect(),
        }
    }
}

/// Messages whose label would be another.
#[derive(Debug, Serialize)]
pub(super) struct ChangeView {
    pub(super) before: String,
    pub(super) after: String,
    pub(super) messages: u64,
}

impl From<wire::LabelChange> for ChangeView {
    fn from(change: wire::LabelChange) -> Self {
        Self {
            before: change.before,
            after: change.after,
            messages: change.messages,
        }
    }
}

/// A classifier, and what it serves.
#[derive(Debug, Serialize)]
pub(super) struct ReplicaView {
    pub(super) id: String,
    pub(super) serving: Vec<String>,
    pub(super) troubles: Vec<String>,
    pub(super) seen_at: Option<Timestamp>,
}

impl From<wire::ModelReplica> for ReplicaView {
    fn from(replica: wire::ModelReplica) -> Self {
        Self {
            id: replica.id,
            serving: replica.serving,
            troubles: replica.troubles,
            seen_at: replica.seen_at.and_then(time),
        }
    }
}

/// All of it.
#[derive(Debug, Serialize)]
pub(super) struct StatusView {
    pub(super) models: Vec<NameView>,
    pub(super) replicas: Vec<ReplicaView>,
}

impl From<wire::ModelsStatusResponse> for StatusView {
    fn from(status: wire::ModelsStatusResponse) -> Self {
        Self {
            models: status.models.into_iter().map(Into::into).collect(),
            replicas: status.replicas.into_iter().map(Into::into).collect(),
        }
    }
}

/// What somebody did.
#[derive(Debug, Serialize)]
pub(super) struct StepView {
    pub(super) at: Option<Timestamp>,
    pub(super) actor: String,
    pub(super) action: String,
    pub(super) name: String,
    /// `None` for the model that is built in.
    pub(super) digest: Option<String>,
    pub(super) reason: String,
}

impl From<wire::ModelStep> for StepView {
    fn from(step: wire::ModelStep) -> Self {
        Self {
            at: step.at.and_then(time),
            actor: step.actor,
            action: step.action,
            name: step.name,
            digest: some(step.digest),
            reason: step.reason,
        }
    }
}

impl StepView {
    /// The model that it was about.
    pub(super) fn model(&self) -> String {
        self.digest.as_deref().map_or("built in".to_owned(), short)
    }
}

fn time(at: prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::new(at.seconds, at.nanos).ok()
}
