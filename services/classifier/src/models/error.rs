//! What cannot be done with models, and what that is on the wire.

use std::time::Duration;

use swiftline_proto::convert::ConvertError;
use swiftline_rpc::{FieldViolation, RpcError};
use swiftline_store::StoreError;
use tonic::Code;

use super::journal::Refusal;
use crate::model::ModelError;

/// When to try again what failed for want of Redis.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why something about models could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ModelsError {
    /// A field is wrong.
    #[error("{}: {}", .0.field, .0.reason)]
    Bad(ConvertError),
    /// The file is no model.
    #[error("chunk: {0}")]
    Unreadable(String),
    /// The step is not possible as things stand.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The model cannot be put in force.
    #[error("digest: {version} cannot be put in force: {reason}")]
    NotLoaded {
        /// Which.
        version: String,
        /// Why.
        reason: String,
    },
    /// Somebody else has changed the same name meanwhile.
    #[error(
        "{by} has changed what is in force or compared under {name} meanwhile; look, and ask again"
    )]
    Overtaken {
        /// The name.
        name: String,
        /// Who.
        by: String,
    },
    /// Others changed other models each time it was tried.
    #[error("the models are being changed by others; try again")]
    Contended,
    /// The log is not what this release writes.
    #[error("the models cannot be changed: {0}")]
    Log(String),
    /// The store cannot do it.
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl ModelsError {
    /// A field that is wrong.
    pub(crate) fn bad(field: &str, reason: impl Into<String>) -> Self {
        Self::Bad(ConvertError::new(field, reason))
    }
}

impl From<ConvertError> for ModelsError {
    fn from(error: ConvertError) -> Self {
        Self::Bad(error)
    }
}

impl From<ModelError> for ModelsError {
    fn from(error: ModelError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl RpcError for ModelsError {
    fn code(&self) -> Code {
        match self {
            Self::Bad(_) | Self::Unreadable(_) => Code::InvalidArgument,
            Self::Refused(refusal) => match refusal {
                Refusal::Unknown(_) => Code::NotFound,
                Refusal::Ambiguous(_) | Refusal::NoDigest | Refusal::OtherName { .. } => {
                    Code::InvalidArgument
                }
                Refusal::AlreadyActive(_)
                | Refusal::AlreadyShadow(_)
                | Refusal::NoShadow(_)
                | Refusal::NothingBefore(_) => Code::FailedPrecondition,
            },
            Self::NotLoaded { .. } | Self::Log(_) => Code::FailedPrecondition,
            Self::Overtaken { .. } | Self::Contended => Code::Aborted,
            Self::Store(StoreError::DocumentTaken(_)) => Code::DataLoss,
            Self::Store(error) if error.may_pass() => Code::Unavailable,
            Self::Store(_) => Code::Internal,
        }
    }

    fn violations(&self) -> Vec<FieldViolation> {
        let field = match self {
            Self::Bad(error) => {
                return vec![FieldViolation::new(
                    error.field.clone(),
                    error.reason.clone(),
                )];
            }
            Self::Unreadable(_) => "chunk",
            Self::NotLoaded { .. } => "digest",
            Self::Refused(refusal) => match refusal {
                Refusal::NoShadow(_) | Refusal::NothingBefore(_) => "name",
                _ => "digest",
            },
            _ => return Vec::new(),
        };
        vec![FieldViolation::new(field, self.to_string())]
    }

    fn reason(&self) -> Option<&'static str> {
        Some(match self {
            Self::Bad(_) => "BAD_REQUEST",
            Self::Unreadable(_) => "UNREADABLE_MODEL",
            Self::Refused(refusal) => match refusal {
                Refusal::Unknown(_) => "UNKNOWN_MODEL",
                Refusal::Ambiguous(_) => "AMBIGUOUS_DIGEST",
                Refusal::NoDigest => "NO_DIGEST",
                Refusal::OtherName { .. } => "OTHER_NAME",
                Refusal::AlreadyActive(_) => "ALREADY_ACTIVE",
                Refusal::AlreadyShadow(_) => "ALREADY_SHADOW",
                Refusal::NoShadow(_) => "NO_SHADOW",
                Refusal::NothingBefore(_) => "NOTHING_BEFORE",
            },
            Self::NotLoaded { .. } => "NOT_LOADED",
            Self::Overtaken { .. } => "OVERTAKEN",
            Self::Contended => "CONTENDED",
            Self::Log(_) => "BROKEN_LOG",
            Self::Store(StoreError::DocumentTaken(_)) => "OTHER_FILE",
            Self::Store(_) => return None,
        })
    }

    fn retry_after(&self) -> Option<Duration> {
        (self.code() == Code::Unavailable).then_some(RETRY_AFTER)
    }
}
