//! Layered settings, the same for every service.
//!
//! # Layers, later ones win
//!
//! 1. the commented default file compiled into the service (`include_str!("default.toml")`),
//! 2. an optional file: `--config FILE`, or the path in `SWIFTLINE_CONFIG`,
//! 3. the environment: `SWIFTLINE_SECTION__FIELD=value`,
//! 4. flags: `--set section.field=value`, repeatable, the last one wins.
//!
//! The result is deserialised; a key that no setting has is an error that names the key and the layer it came from;
//! then [`Validate`] reports every problem at once, each with its field and its origin.
//!
//! # Invariants
//!
//! - This crate is the only reader of the environment.
//! - Durations and sizes are integers with the unit in the field's name (`_ms`, `_bytes`): a value needs no parser
//!   and cannot be misread.
//! - What a file holds that may change while the process runs is [`Watched`]; [`Files`] says how.
//! - A [`Secret`] never reaches a log, a `Debug` output or `--print-config`.
//! - Values from the environment and from flags are text: they become numbers and booleans where the setting is one,
//!   and a list where the default file holds a list (`a,b,c` or a TOML list).

#![forbid(unsafe_code)]

mod cli;
mod error;
mod files;
mod folder;
mod layers;
mod load;
mod print;
mod secret;
mod start;
mod validate;

pub use cli::Cli;
pub use error::{ConfigError, EXIT_CONFIG, LocatedProblem};
pub use files::{FileChange, Files, Watched};
pub use folder::read_folder;
pub use load::{load, load_with};
pub use print::print_config;
pub use secret::Secret;
pub use start::{EXIT_INTERNAL, EXIT_TEMPORARY, StartError};
pub use validate::{Problem, Problems, Validate};

/// The prefix of every environment variable that is a setting.
pub const ENV_PREFIX: &str = "SWIFTLINE_";

/// The environment variable that names the settings file when `--config` does not.
pub const ENV_CONFIG_FILE: &str = "SWIFTLINE_CONFIG";
