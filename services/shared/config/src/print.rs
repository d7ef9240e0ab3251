//! `--print-config`.

use serde::Serialize;

use crate::ConfigError;

/// The effective settings as TOML. Every [`crate::Secret`] shows as `***`.
///
/// # Errors
///
/// [`ConfigError::Print`] if `settings` holds what TOML cannot express, such as a map with keys that are not strings.
pub fn print_config<T: Serialize>(settings: &T) -> Result<String, ConfigError> {
    toml::to_string(settings).map_err(|error| ConfigError::Print(error.to_string()))
}
