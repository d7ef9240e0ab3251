//! Why settings were refused.

use std::fmt;
use std::path::PathBuf;

use crate::Problem;

/// The exit code of a process whose settings are bad (`EX_USAGE` of sysexits.h).
pub const EXIT_CONFIG: u8 = 64;

/// A [`Problem`] and the layer that set the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocatedProblem {
    /// The field and what is wrong with it.
    pub problem: Problem,
    /// Where the value came from: a file, an environment variable, a flag or the defaults.
    pub origin: String,
}

impl fmt::Display for LocatedProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (from {})", self.problem, self.origin)
    }
}

/// Why settings could not be loaded; each message names the key and where it came from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The settings file is missing, unreadable or not TOML.
    #[error("settings file {path}: {reason}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system or the parser said, with line and column.
        reason: String,
    },
    /// The defaults compiled into the service are not TOML: a defect of the program.
    #[error("built-in defaults: {0}")]
    Defaults(String),
    /// A `--set` without `=` or with an empty name.
    #[error("flag --set {0:?}: expected SECTION.FIELD=VALUE")]
    Flag(String),
    /// Keys that no setting has.
    #[error("{}", list("unknown setting", .0))]
    Unknown(Vec<LocatedProblem>),
    /// A value of the wrong type, or a required setting that no layer gives.
    #[error("settings: {0}")]
    Type(String),
    /// Values that [`crate::Validate`] refused.
    #[error("{}", list("invalid setting", .0))]
    Invalid(Vec<LocatedProblem>),
    /// A secret's file cannot be used.
    #[error("secret file {path}: {reason}", path = path.display())]
    SecretFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The settings cannot be written as TOML: a defect of the program.
    #[error("cannot print settings: {0}")]
    Print(String),
}

fn list(title: &str, problems: &[LocatedProblem]) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{title} {problem}"))
        .collect();
    lines.join("\n")
}
