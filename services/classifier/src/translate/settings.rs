//! What can be set about translation.

use std::path::PathBuf;

use hyper::Uri;
use serde::{Deserialize, Serialize};
use swiftline_config::{ConfigError, Files, Problem, Problems, Secret, Validate, Watched};

/// Translation of what foreign callers say. Off without a URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TranslateSettings {
    /// `http://host:port` of a server that speaks LibreTranslate's API; empty: nothing is translated.
    pub url: String,
    /// File with the API key; empty: the server wants none.
    pub api_key_file: String,
    /// A translation that takes longer, waiting for a place included, is done without; in milliseconds.
    pub timeout_ms: u64,
    /// Longer texts are not translated.
    pub max_chars: usize,
    /// Translations that are remembered.
    pub cache_entries: usize,
    /// Calls under way at once.
    pub in_flight: usize,
    /// After so many failures in a row the server is left alone …
    pub breaker_failures: u32,
    /// … for so long, in milliseconds.
    pub breaker_pause_ms: u64,
}

/// Why there can be no translator.
#[derive(Debug, thiserror::Error)]
pub enum TranslateSetupError {
    /// The URL is not the address of an HTTP server.
    #[error("translate.url: {0:?} is not an http:// address")]
    Address(String),
    /// The key file cannot be read.
    #[error("translate.api_key_file: {0}")]
    Key(#[from] ConfigError),
}

impl TranslateSettings {
    /// Where texts are sent; `None` when translation is off.
    pub(super) fn address(&self) -> Result<Option<Uri>, TranslateSetupError> {
        if self.url.is_empty() {
            return Ok(None);
        }
        let wrong = || TranslateSetupError::Address(self.url.clone());
        let address: Uri = format!("{}/translate", self.url.trim_end_matches('/'))
            .parse()
            .map_err(|_| wrong())?;
        let is_http = address.scheme_str() == Some("http") && address.host().is_some();
        is_http.then_some(Some(address)).ok_or_else(wrong)
    }

    /// The API key, if the server wants one; `files` reads it again when it changes.
    pub(super) fn key(
        &self,
        files: &Files,
    ) -> Result<Option<Watched<Secret>>, TranslateSetupError> {
        if self.api_key_file.is_empty() {
            return Ok(None);
        }
        let path = PathBuf::from(&self.api_key_file);
        let paths = vec![path.clone()];
        let read = move || Secret::from_file(&path);
        Ok(Some(files.watch("translate.api_key_file", paths, read)?))
    }
}

impl Validate for TranslateSettings {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.check(
            "url",
            self.address().is_ok(),
            "must be empty or an http:// address; a server behind TLS is reached through a proxy beside this one",
        );
        problems.at_least("timeout_ms", self.timeout_ms, 1);
        problems.at_least("max_chars", self.max_chars as u64, 1);
        problems.at_least("cache_entries", self.cache_entries as u64, 1);
        problems.at_least("in_flight", self.in_flight as u64, 1);
        problems.at_least("breaker_failures", u64::from(self.breaker_failures), 1);
        problems.at_least("breaker_pause_ms", self.breaker_pause_ms, 1);
        problems.into_vec()
    }
}
