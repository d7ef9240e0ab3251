//! Translation of what foreign callers say.
//!
//! ```text
//! text ─▶ cache ─▶ breaker ─▶ port (LibreTranslate over HTTP) ─▶ Translation
//!           └────────┴───────────┴─▶ nothing: the original is classified as it is
//! ```
//!
//! **Invariants**
//! - The original is never changed: a translation stands beside it.
//! - A translator that is slow, full or away costs a bounded wait and nothing else; after some failures in a row it is left
//!   alone for a while.
//! - No text in logs, spans or metrics. Without an address nothing leaves the process.

mod libre;
mod settings;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use sha2::{Digest as _, Sha256};
use swiftline_config::Files;
use swiftline_domain::classification::Translation;
use swiftline_domain::vocabulary::Language;
use swiftline_rpc::Breaker;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use libre::Libre;
pub use settings::{TranslateSettings, TranslateSetupError};

/// A text and the two languages, in few bytes.
type Key = [u8; 32];

/// Why there is no translation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TranslateError {
    /// The translator could not be reached, or broke off.
    #[error("unreachable")]
    Unreachable,
    /// It did not answer in time.
    #[error("too_slow")]
    TooSlow,
    /// It answered with this HTTP status.
    #[error("http_{0}")]
    Status(u16),
    /// It answered with something that is no translation.
    #[error("bad_answer")]
    BadAnswer,
}

impl TranslateError {
    /// Whether the translator itself is in trouble, rather than this text or language.
    const fn is_trouble(self) -> bool {
        !matches!(self, Self::Status(400..=403 | 405..=428 | 430..=499))
    }
}

/// Translates the texts of languages that the city does not speak.
pub struct Translator {
    port: Libre,
    to: Language,
    timeout: Duration,
    max_chars: usize,
    cache: Mutex<LruCache<Key, Arc<str>>>,
    breaker: Breaker,
    /// Calls under way at once.
    places: Semaphore,
}

impl fmt::Debug for Translator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Translator").finish_non_exhaustive()
    }
}

impl Translator {
    /// A translator into the city's language; `None` when the settings name no address.
    ///
    /// # Errors
    /// When the address is none, or the key file cannot be read.
    pub fn new(
        settings: &TranslateSettings,
        to: Language,
    ) -> Result<Option<Self>, TranslateSetupError> {
        Self::watching(settings, to, &Files::new())
    }

    /// [`Translator::new`] for a process that looks at its files: the key follows its file.
    ///
    /// # Errors
    /// As [`Translator::new`].
    pub fn watching(
        settings: &TranslateSettings,
        to: Language,
        files: &Files,
    ) -> Result<Option<Self>, TranslateSetupError> {
        let Some(port) = Libre::new(settings, files)? else {
            return Ok(None);
        };
        let entries = NonZeroUsize::new(settings.cache_entries).unwrap_or(NonZeroUsize::MIN);
        Ok(Some(Self {
            port,
            to,
            timeout: Duration::from_millis(settings.timeout_ms),
            max_chars: settings.max_chars,
            cache: Mutex::new(LruCache::new(entries)),
            breaker: Breaker::new(
                settings.breaker_failures,
                Duration::from_millis(settings.breaker_pause_ms),
            ),
            places: Semaphore::new(settings.in_flight),
        }))
    }

    /// The text in the city's language; `None` when it cannot be had in time, which is logged without the text.
    pub async fn translate(&self, text: &str, from: Language) -> Option<Translation> {
        if from == self.to || from == Language::UNDETERMINED {
            return None;
        }
        if text.chars().nth(self.max_chars).is_some() {
            tracing::debug!(%from, "too long to translate");
            return None;
        }
        let key = self.key(text, from);
        if let Some(known) = self.recall(&key) {
            return Some(self.translation(&known));
        }
        // Nothing is to be thrown away half done: a call that was begun decides about the breaker.
        let pass = self.breaker.pass()?;
        let translated = self.call(text, from).await;
        pass.report(
            translated
                .as_ref()
                .err()
                .is_none_or(|error| !error.is_trouble()),
        );
        match translated {
            Ok(translated) => {
                let translated: Arc<str> = translated.into();
                self.keep(key, &translated);
                Some(self.translation(&translated))
            }
            Err(error) => {
                tracing::warn!(reason = %error, %from, "no translation");
                None
            }
        }
    }

    /// Waits for a place and for the answer, no longer than the timeout altogether.
    async fn call(&self, text: &str, from: Language) -> Result<String, TranslateError> {
        let deadline = Instant::now() + self.timeout;
        let call = async {
            let _place = self.places.acquire().await;
            self.port.translate(text, from, self.to).await
        };
        timeout_at(deadline, call)
            .await
            .unwrap_or(Err(TranslateError::TooSlow))
    }

    fn translation(&self, text: &Arc<str>) -> Translation {
        Translation {
            language: self.to,
            text: text.to_string(),
            by: libre::NAME.to_owned(),
        }
    }

    fn key(&self, text: &str, from: Language) -> Key {
        let mut digest = Sha256::new();
        digest.update(from.as_str());
        digest.update([0]);
        digest.update(text);
        digest.finalize().into()
    }

    fn recall(&self, key: &Key) -> Option<Arc<str>> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.get(key).map(Arc::clone)
    }

    fn keep(&self, key: Key, text: &Arc<str>) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.put(key, Arc::clone(text));
    }
}

#[cfg(test)]
mod tests;
