//! The translator against a real HTTP server.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;

/// What the server does next.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Well,
    Broken,
    Refusing,
    Silent,
    Babbling,
}

struct Server {
    url: String,
    state: Arc<ServerState>,
}

struct ServerState {
    mood: Mutex<Mood>,
    asked: AtomicUsize,
    last: Mutex<Value>,
}

async fn translate(
    State(server): State<Arc<ServerState>>,
    Json(question): Json<Value>,
) -> Response {
    server.asked.fetch_add(1, Ordering::Relaxed);
    let text = question["q"].as_str().unwrap_or_default().to_owned();
    *server.last.lock().unwrap() = question;
    let mood = *server.mood.lock().unwrap();
    match mood {
        Mood::Well => Json(json!({"translatedText": format!("[{text}]")})).into_response(),
        Mood::Broken => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Mood::Refusing => (
            StatusCode::BAD_REQUEST,
            Json(json!({"error": "xx is not supported"})),
        )
            .into_response(),
        Mood::Silent => std::future::pending().await,
        Mood::Babbling => Json(json!({"text": 7})).into_response(),
    }
}

impl Server {
    async fn start() -> Self {
        let state = Arc::new(ServerState {
            mood: Mutex::new(Mood::Well),
            asked: AtomicUsize::new(0),
            last: Mutex::new(Value::Null),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new()
            .route("/translate", post(translate))
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, state }
    }

    fn be(&self, mood: Mood) {
        *self.state.mood.lock().unwrap() = mood;
    }

    fn asked(&self) -> usize {
        self.state.asked.load(Ordering::Relaxed)
    }

    fn translator(&self, set: impl FnOnce(&mut TranslateSettings)) -> Translator {
        let mut settings = settings(&self.url);
        set(&mut settings);
        Translator::new(&settings, Language::CHINESE)
            .unwrap()
            .unwrap()
    }
}

fn settings(url: &str) -> TranslateSettings {
    TranslateSettings {
        url: url.to_owned(),
        api_key_file: String::new(),
        timeout_ms: 10_000,
        max_chars: 100,
        cache_entries: 10,
        in_flight: 2,
        breaker_failures: 2,
        breaker_pause_ms: 60_000,
    }
}

const SPANISH: &str = "No hay agua en mi edificio";

fn spanish() -> Language {
    "es".parse().unwrap()
}

#[tokio::test]
async fn a_text_is_translated_once() {
    let server = Server::start().await;
    let translator = server.translator(|_| {});
    for _ in 0..2 {
        let translation = translator.translate(SPANISH, spanish()).await.unwrap();
        assert_eq!(translation.text, format!("[{SPANISH}]"));
        assert_eq!(translation.language, Language::CHINESE);
        assert_eq!(translation.by, "libretranslate");
        assert!(!format!("{translation:?}").contains("agua"));
    }
    assert_eq!(server.asked(), 1);
    let asked = server.state.last.lock().unwrap().clone();
    let wanted = json!({"q": SPANISH, "source": "es", "target": "zh", "format": "text"});
    assert_eq!(asked, wanted);
}

#[tokio::test]
async fn the_key_is_sent_and_not_shown() {
    let server = Server::start().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "s3cret\n").unwrap();
    let translator =
        server.translator(|set| set.api_key_file = file.path().to_string_lossy().into_owned());
    assert!(translator.translate(SPANISH, spanish()).await.is_some());
    assert_eq!(server.state.last.lock().unwrap()["api_key"], "s3cret");
    assert!(!format!("{translator:?}").contains("s3cret"));
}

#[tokio::test]
async fn what_needs_no_translation_or_is_too_long_is_not_sent() {
    let server = Server::start().await;
    let translator = server.translator(|_| {});
    assert!(
        translator
            .translate("停水了", Language::CHINESE)
            .await
            .is_none()
    );
    assert!(
        translator
            .translate("???", Language::UNDETERMINED)
            .await
            .is_none()
    );
    assert!(
        translator
            .translate(&"a".repeat(101), spanish())
            .await
            .is_none()
    );
    assert_eq!(server.asked(), 0);
}

#[tokio::test]
async fn a_server_in_trouble_is_left_alone() {
    for mood in [Mood::Broken, Mood::Babbling] {
        let server = Server::start().await;
        let translator = server.translator(|_| {});
        server.be(mood);
        for text in ["uno", "dos", "tres"] {
            assert!(translator.translate(text, spanish()).await.is_none());
        }
        assert_eq!(server.asked(), 2, "the third is not sent");
    }
}

#[tokio::test]
async fn a_language_that_it_does_not_know_is_no_trouble() {
    let server = Server::start().await;
    let translator = server.translator(|_| {});
    server.be(Mood::Refusing);
    for text in ["uno", "dos", "tres"] {
        assert!(translator.translate(text, spanish()).await.is_none());
    }
    assert_eq!(server.asked(), 3);
    server.be(Mood::Well);
    assert!(translator.translate("uno", spanish()).await.is_some());
}

#[tokio::test]
async fn a_silent_server_costs_the_timeout() {
    let server = Server::start().await;
    let translator = server.translator(|set| set.timeout_ms = 50);
    server.be(Mood::Silent);
    assert!(translator.translate(SPANISH, spanish()).await.is_none());
}

#[tokio::test]
async fn nobody_at_the_address_is_trouble() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let translator = Translator::new(&settings(&url), Language::CHINESE).unwrap();
    let translator = translator.unwrap();
    assert!(translator.translate("uno", spanish()).await.is_none());
    assert!(translator.translate("dos", spanish()).await.is_none());
    assert!(translator.breaker.pass().is_none());
}

#[test]
fn without_an_address_there_is_no_translator() {
    assert!(
        Translator::new(&settings(""), Language::CHINESE)
            .unwrap()
            .is_none()
    );
}

#[test]
fn what_is_wrong_with_the_settings_is_named() {
    use swiftline_config::Validate as _;
    for url in ["https://example.org", "localhost:5000", "http://"] {
        let bad = settings(url);
        assert_eq!(bad.validate()[0].field, "url", "{url}");
        let error = Translator::new(&bad, Language::CHINESE).unwrap_err();
        assert!(error.to_string().starts_with("translate.url: "), "{error}");
    }
    let mut bad = settings("http://127.0.0.1:1");
    bad.api_key_file = "/nowhere/key".to_owned();
    let error = Translator::new(&bad, Language::CHINESE).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("translate.api_key_file: secret file /nowhere/key"),
        "{error}"
    );
    let nothing = TranslateSettings {
        timeout_ms: 0,
        max_chars: 0,
        cache_entries: 0,
        in_flight: 0,
        breaker_failures: 0,
        breaker_pause_ms: 0,
        ..settings("")
    };
    assert_eq!(nothing.validate().len(), 6);
}
