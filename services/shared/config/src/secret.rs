//! Values that must not be printed.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize, Serializer};

use crate::ConfigError;

/// What a secret looks like wherever it would otherwise be shown.
const HIDDEN: &str = "***";

/// A string that serialises and debugs as `***`; empty means "not set" and shows as an empty string.
///
/// ```
/// let secret = swiftline_config::Secret::new("hunter2");
/// assert_eq!(format!("{secret:?}"), "***");
/// assert_eq!(secret.expose(), "hunter2");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// Reads a secret from a file, as Kubernetes and systemd mount them; one line end at the end is dropped.
    ///
    /// # Errors
    ///
    /// [`ConfigError::SecretFile`] if the file cannot be read, is not UTF-8 or is empty.
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let failed = |reason: String| ConfigError::SecretFile {
            path: path.to_owned(),
            reason,
        };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let value = text.strip_suffix('\n').unwrap_or(&text);
        let value = value.strip_suffix('\r').unwrap_or(value);
        if value.is_empty() {
            return Err(failed("the file is empty".to_owned()));
        }
        Ok(Self(value.to_owned()))
    }

    /// The value itself; call it only where the secret is used.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether no secret is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn shown(&self) -> &'static str {
        if self.0.is_empty() { "" } else { HIDDEN }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_shows_its_value() {
        let secret = Secret::new("s3cret");
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(format!("{:?}", Secret::default()), "");
        assert!(Secret::default().is_empty());
    }

    #[test]
    fn reads_a_file_without_its_line_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "s3cret \r\n").unwrap();
        assert_eq!(Secret::from_file(file.path()).unwrap().expose(), "s3cret ");
    }

    #[test]
    fn an_empty_or_missing_file_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "\n").unwrap();
        let error = Secret::from_file(file.path()).unwrap_err().to_string();
        assert!(error.contains("the file is empty"), "{error}");
        let error = Secret::from_file(Path::new("/nonexistent/key"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("/nonexistent/key"), "{error}");
    }
}
