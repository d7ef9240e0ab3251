//! The flags that every service shares.

use std::path::PathBuf;

use clap::Args;

/// Flags for settings; flatten it into a service's own command line.
#[derive(Debug, Clone, Default, Args)]
pub struct Cli {
    /// Settings file (TOML), layered over the built-in defaults; SWIFTLINE_CONFIG names it too
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Override one setting, e.g. --set server.listen=0.0.0.0:7001 (repeatable; wins over file and environment)
    #[arg(long, value_name = "SECTION.FIELD=VALUE")]
    pub set: Vec<String>,

    /// Print the effective settings as TOML, secrets hidden, and exit
    #[arg(long)]
    pub print_config: bool,
}
