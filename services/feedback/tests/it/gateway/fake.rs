//! A gateway that keeps what it gets, or fails as a test wants.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What the gateway answers.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Mood {
    Answers(u16),
    Silent,
}

#[derive(Clone)]
struct Kept {
    mood: Arc<Mutex<Mood>>,
    messages: Arc<Mutex<Vec<Message>>>,
}

/// What came.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) timestamp: String,
    pub(super) signature: String,
    pub(super) body: Vec<u8>,
}

pub(super) struct FakeGateway {
    pub(super) url: String,
    kept: Kept,
    serving: JoinHandle<()>,
}

impl FakeGateway {
    pub(super) async fn start() -> Self {
        let kept = Kept {
            mood: Arc::new(Mutex::new(Mood::Answers(202))),
            messages: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/messages", listener.local_addr().unwrap());
        let routes = Router::new()
            .route("/messages", post(take))
            .with_state(kept.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, kept, serving }
    }

    pub(super) fn be(&self, mood: Mood) {
        *self.kept.mood.lock().unwrap() = mood;
    }

    pub(super) fn messages(&self) -> Vec<Message> {
        self.kept.messages.lock().unwrap().clone()
    }

    /// What the newest message says.
    pub(super) fn last(&self) -> Value {
        let messages = self.messages();
        serde_json::from_slice(&messages.last().unwrap().body).unwrap()
    }

    /// Its end; nobody listens there any more.
    pub(super) async fn die(&mut self) {
        self.serving.abort();
        let _ = (&mut self.serving).await;
    }
}

impl Drop for FakeGateway {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(State(kept): State<Kept>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let text = |name| headers[name].to_str().unwrap().to_owned();
    kept.messages.lock().unwrap().push(Message {
        id: text("webhook-id"),
        timestamp: text("webhook-timestamp"),
        signature: text("webhook-signature"),
        body: body.to_vec(),
    });
    let mood = *kept.mood.lock().unwrap();
    match mood {
        Mood::Answers(status) => StatusCode::from_u16(status).unwrap(),
        Mood::Silent => std::future::pending().await,
    }
}
