//! LibreTranslate's HTTP API: `POST /translate`, which self-hosted servers speak.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};
use swiftline_config::{Files, Secret, Watched};
use swiftline_domain::vocabulary::Language;

use super::{TranslateError, TranslateSettings, TranslateSetupError};

/// What stands on its translations.
pub(super) const NAME: &str = "libretranslate";

/// The largest answer that is read.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// A server.
pub(super) struct Libre {
    client: Client<HttpConnector, Full<Bytes>>,
    address: Uri,
    key: Option<Watched<Secret>>,
}

#[derive(Serialize)]
struct Question<'a> {
    q: &'a str,
    source: &'a str,
    target: &'a str,
    format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "translatedText")]
    translated_text: String,
}

impl Libre {
    /// `None` without an address.
    pub(super) fn new(
        settings: &TranslateSettings,
        files: &Files,
    ) -> Result<Option<Self>, TranslateSetupError> {
        let Some(address) = settings.address()? else {
            return Ok(None);
        };
        Ok(Some(Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            address,
            key: settings.key(files)?,
        }))
    }

    /// The text in the other language.
    pub(super) async fn translate(
        &self,
        text: &str,
        from: Language,
        to: Language,
    ) -> Result<String, TranslateError> {
        let key = self.key.as_ref().map(Watched::get);
        let question = Question {
            q: text,
            source: from.as_str(),
            target: to.as_str(),
            format: "text",
            api_key: key.as_deref().map(Secret::expose),
        };
        let body = serde_json::to_vec(&question).map_err(|_| TranslateError::BadAnswer)?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.address)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| TranslateError::Unreachable)?;
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|_| TranslateError::Unreachable)?;
        if !answer.status().is_success() {
            return Err(TranslateError::Status(answer.status().as_u16()));
        }
        let body = Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect();
        let body = body.await.map_err(|_| TranslateError::BadAnswer)?;
        let answer: Answer =
            serde_json::from_slice(&body.to_bytes()).map_err(|_| TranslateError::BadAnswer)?;
        if answer.translated_text.trim().is_empty() {
            return Err(TranslateError::BadAnswer);
        }
        Ok(answer.translated_text)
    }
}
