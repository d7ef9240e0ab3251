//! Why a program could not start, and the exit code that says so.

use crate::EXIT_CONFIG;

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
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) => EXIT_CONFIG,
            Self::Unavailable(_) => EXIT_TEMPORARY,
            Self::Internal(_) => EXIT_INTERNAL,
        }
    }
}
