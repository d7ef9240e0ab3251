//! Citizens asked by message: what the gateway gets, and what comes back.

mod answers;
mod fake;
mod invitations;
mod traces;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use prost::Message as _;
use serde_json::{Value, json};
use sha2::Sha256;
use swiftline_proto::feedback::v1::{InviteRequest, InviteResponse, NextRequest};
use swiftline_proto::types::v1 as wire;
use swiftline_store::Contact;
use swiftline_store::seal::Keyring;
use tokio::net::TcpListener;
use tonic::Status;

use crate::rig::Rig;
use crate::story::Story;
use fake::FakeGateway;

const PHONE: &str = "555-0100";
const LINK: &str = "https://answers.example/c/";
/// The secret as it is written, and what it is.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const WORDS: &str =
    "callbacks: {invitation: {zh: \"编号{number}：{link}\", en: \"Case {number}: {link}\"}}\n";

/// A service whose city asks by message, and its gateway.
struct Town {
    rig: Rig,
    gateway: FakeGateway,
    answers: String,
    keyring: Keyring,
}

impl Town {
    async fn start() -> Self {
        Self::start_with(&[]).await
    }

    async fn start_with(more: &[&str]) -> Self {
        Self::start_in(Rig::without_service().await, more).await
    }

    async fn start_in(mut rig: Rig, more: &[&str]) -> Self {
        rig.in_city(WORDS);
        rig.router.come().await;
        let gateway = FakeGateway::start().await;
        let keyring = keyring(&rig);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let answers = format!("http://{}/v1/answers", listener.local_addr().unwrap());
        let mut all = settings(&rig, &gateway.url);
        all.extend(more.iter().map(ToString::to_string));
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        rig.serve_with(&all, Some(listener)).await;
        Self {
            rig,
            gateway,
            answers,
            keyring,
        }
    }

    /// A case that waits for its callback.
    async fn resolved(&self) -> Story {
        let contact = wire::Contact {
            phone: PHONE.to_owned(),
            ..wire::Contact::default()
        };
        self.resolved_with(contact).await
    }

    async fn resolved_with(&self, contact: wire::Contact) -> Story {
        let (keyring, plain) = (self.keyring.clone(), contact.encode_to_vec());
        let contact = Contact::new(move |number| keyring.seal(number, &plain));
        Story::resolved_with(&self.rig.store, contact).await
    }

    async fn invite(
        &self,
        story: &Story,
        via: wire::CallbackVia,
    ) -> Result<InviteResponse, Status> {
        let request = InviteRequest {
            case_number: story.number().to_string(),
            via: via.into(),
            actor: "operator-1".to_owned(),
        };
        let invited = self.rig.calls().invite(request).await?;
        Ok(invited.into_inner())
    }

    /// How many cases an operator would get, and has then.
    async fn calls(&self) -> usize {
        let request = NextRequest {
            languages: vec!["zh".to_owned()],
            limit: 10,
            actor: "operator-2".to_owned(),
        };
        let next = self.rig.calls().next(request).await.unwrap();
        next.into_inner().calls.len()
    }

    /// The token behind the link of the newest message.
    fn token(&self) -> String {
        let data = self.gateway.last()["data"].clone();
        let link = data["link"].as_str().unwrap();
        link.strip_prefix(LINK).unwrap().to_owned()
    }

    /// Posts an answer as the gateway does.
    async fn answer(&self, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        let now = Timestamp::now().as_second();
        self.post(&body, now, |signed| sign(SECRET, signed)).await
    }

    async fn post(
        &self,
        body: &str,
        timestamp: i64,
        sign: impl FnOnce(&str) -> String,
    ) -> (u16, Value) {
        let signature = sign(&format!("msg_1.{timestamp}.{body}"));
        let request = Request::post(&self.answers)
            .header("webhook-id", "msg_1")
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signature)
            .body(Body::from(body.to_owned()))
            .unwrap();
        send(request).await
    }
}

/// Sends a request; the status, and what was said.
async fn send(request: Request<Body>) -> (u16, Value) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(Body::new(response.into_body()), 65_536)
        .await
        .unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

/// What `v1` of Standard Webhooks is, written down once more.
fn sign(secret: &str, signed: &str) -> String {
    let tag = mac(secret).chain_update(signed).finalize();
    format!("v1,{}", STANDARD.encode(tag.into_bytes()))
}

fn mac(secret: &str) -> Hmac<Sha256> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap());
    Hmac::new_from_slice(&key.unwrap()).unwrap()
}

fn keyring(rig: &Rig) -> Keyring {
    use std::os::unix::fs::PermissionsExt as _;
    let file = rig.dir().join("contact.keys");
    std::fs::write(&file, format!("k1 {}\n", STANDARD.encode([7; 32]))).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    Keyring::load(&file).unwrap()
}

fn settings(rig: &Rig, url: &str) -> Vec<String> {
    let (dir, secret) = (rig.dir(), rig.dir().join("gateway.secret"));
    std::fs::write(&secret, SECRET).unwrap();
    vec![
        format!("gateway.url={url}"),
        format!("gateway.secret_file={}", secret.display()),
        format!("gateway.link_url={LINK}"),
        "gateway.backoff_ms=1".to_owned(),
        format!("contact.keys_file={}", dir.join("contact.keys").display()),
    ]
}

fn said(token: &str, solved: bool, satisfied: bool) -> Value {
    json!({"token": token, "contacted": true, "solved": solved, "satisfied": satisfied})
}
