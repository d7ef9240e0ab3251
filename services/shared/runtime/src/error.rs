//! How a service can fail, and the exit code that says so.

use std::process::ExitCode;

use swiftline_config::EXIT_CONFIG;

/// Exit code: something is wrong inside (`EX_SOFTWARE`).
pub const EXIT_INTERNAL: u8 = 70;

/// Exit code: a dependency was absent for longer than the wait limit; starting again later may help (`EX_TEMPFAIL`).
pub const EXIT_TEMPORARY: u8 = 75;

/// Why a service could not be built.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// What the settings name is wrong: a broken city pack, a bad key file, another partition count. Exit code 64.
    #[error("configuration: {0}")]
    Config(String),
    /// A dependency is absent. Exit code 75.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Anything else. Exit code 70.
    #[error("internal: {0}")]
    Internal(String),
}

impl StartError {
    /// The exit code for this error.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) => EXIT_CONFIG,
            Self::Unavailable(_) => EXIT_TEMPORARY,
            Self::Internal(_) => EXIT_INTERNAL,
        }
    }
}

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
