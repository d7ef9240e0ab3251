//! How a running service can fail.

use std::process::ExitCode;

/// Why a running service ended other than by being asked to. Exit code 70.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An essential task ended.
    #[error("task {name} ended: {reason}")]
    Task {
        /// The task's name.
        name: &'static str,
        /// Its error, or that it panicked or returned.
        reason: String,
    },
    /// The gRPC or the metrics server ended by itself.
    #[error("{name} server ended: {reason}")]
    Server {
        /// `grpc` or `metrics`.
        name: &'static str,
        /// What it said.
        reason: String,
    },
    /// Descriptors for reflection are not a file descriptor set: a defect of the program.
    #[error("reflection: {0}")]
    Reflection(String),
    /// A listener has no address.
    #[error("listener: {0}")]
    Listener(#[source] std::io::Error),
    /// The ready file cannot be written.
    #[error("ready file {path}: {source}")]
    ReadyFile {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something was still running when the drain's time was over.
    #[error("drain not finished within {limit_ms} ms: {left}")]
    DrainTimeout {
        /// The time it had.
        limit_ms: u64,
        /// What was left.
        left: String,
    },
}

pub(crate) fn exit(code: u8) -> ExitCode {
    ExitCode::from(code)
}
