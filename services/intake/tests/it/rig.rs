//! A running intake with a Redis of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use bytes::{Buf as _, BufMut as _};
use swiftline_config::{Cli, load_with};
use swiftline_domain::city::testing::small_pack_files;
use swiftline_intake::{DEFAULTS, IntakeSettings, build};
use swiftline_proto::intake::v1::intake_client::IntakeClient;
use swiftline_proto::intake::v1::{
    GetCaseRequest, GetCaseResponse, Receipt, Submission, SubmitBatchRequest, SubmitRequest,
    SubmitResult, submit_result,
};
use swiftline_proto::types::v1 as wire;
use swiftline_runtime::{CancellationToken, Context, Listeners, Readiness, RunError};
use swiftline_telemetry::Instruments;
use swiftline_testkit::redis::{Fsync, RedisServer};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::{Channel, Endpoint};

/// What runs, until it is dropped.
pub(crate) struct Rig {
    pub(crate) redis: RedisServer,
    pub(crate) client: IntakeClient<Channel>,
    channel: Channel,
    pub(crate) instruments: Instruments,
    pub(crate) readiness: Readiness,
    drain: CancellationToken,
    stop: CancellationToken,
    running: JoinHandle<Result<(), RunError>>,
    _dir: TempDir,
}

/// Thirty-two bytes that are no secret.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Writes the small city's pack and a key file into a folder.
pub(crate) fn furnish(dir: &Path) {
    for (name, text) in small_pack_files() {
        fs::write(dir.join(name), text).unwrap();
    }
    let keys = dir.join("contact.keys");
    fs::write(&keys, format!("test-1 {KEY}\n")).unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
}

/// The settings for this folder and Redis, with more set.
pub(crate) fn settings(dir: &Path, redis_url: &str, set: &[&str]) -> IntakeSettings {
    let mut all = vec![
        format!("city.pack={}", dir.display()),
        format!("contact.keys_file={}", dir.join("contact.keys").display()),
        format!("store.url={redis_url}"),
        "store.response_timeout_ms=1000".to_owned(),
    ];
    all.extend(set.iter().map(ToString::to_string));
    let cli = Cli {
        set: all,
        ..Cli::default()
    };
    load_with(DEFAULTS, &cli, []).unwrap()
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub(crate) async fn start_with(set: &[&str]) -> Self {
        let redis = RedisServer::start(Fsync::Always).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        furnish(dir.path());
        let instruments = Instruments::disabled();
        let context = Context::new("intake", "0", instruments.clone());
        let (stop, readiness) = (context.stop.clone(), context.readiness.clone());
        let service = build(settings(dir.path(), &redis.url(), set), context)
            .await
            .unwrap();
        let listeners = Listeners::loopback().await.unwrap();
        let (address, _) = listeners.addresses().unwrap();
        let drain = CancellationToken::new();
        let running = tokio::spawn(service.run(listeners, drain.clone()));
        let channel = Endpoint::from_shared(format!("http://{address}"))
            .unwrap()
            .connect_lazy();
        Self {
            redis,
            client: IntakeClient::new(channel.clone()),
            channel,
            instruments,
            readiness,
            drain,
            stop,
            running,
            _dir: dir,
        }
    }

    pub(crate) async fn submit(&self, submission: Submission) -> Result<Receipt, Status> {
        let request = SubmitRequest {
            submission: Some(submission),
        };
        let response = self.client.clone().submit(request).await?;
        Ok(response
            .into_inner()
            .receipt
            .expect("an answer has a receipt"))
    }

    pub(crate) async fn submit_batch(
        &self,
        submissions: Vec<Submission>,
    ) -> Result<Vec<SubmitResult>, Status> {
        let response = self
            .client
            .clone()
            .submit_batch(SubmitBatchRequest { submissions })
            .await?;
        Ok(response.into_inner().results)
    }

    pub(crate) async fn case(&self, case_number: &str) -> Result<GetCaseResponse, Status> {
        let request = GetCaseRequest {
            case_number: case_number.to_owned(),
        };
        Ok(self.client.clone().get_case(request).await?.into_inner())
    }

    /// A client that sends bytes as they are.
    pub(crate) fn raw_client(&self) -> tonic::client::Grpc<Channel> {
        tonic::client::Grpc::new(self.channel.clone())
    }

    pub(crate) fn metrics(&self) -> String {
        self.instruments.metrics.encode()
    }

    /// Asks for a drain and does not wait for its end.
    pub(crate) fn begin_drain(&self) {
        self.drain.cancel();
    }

    /// Whether the drain has begun.
    pub(crate) fn is_draining(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Drains, and waits for the end.
    pub(crate) async fn stop(self) -> Result<(), RunError> {
        self.drain.cancel();
        self.running.await.unwrap()
    }
}

/// A submission that is taken.
pub(crate) fn submission(key: &str, text: &str) -> Submission {
    Submission {
        idempotency_key: key.to_owned(),
        complaint: Some(wire::Complaint {
            text: text.to_owned(),
            channel: wire::Channel::Web.into(),
            ..wire::Complaint::default()
        }),
        ..Submission::default()
    }
}

pub(crate) fn receipt(result: &SubmitResult) -> &Receipt {
    match &result.result {
        Some(submit_result::Result::Receipt(receipt)) => receipt,
        other => panic!("{other:?}"),
    }
}

/// A codec that looks at nothing.
#[derive(Default)]
pub(crate) struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut item = vec![0; buffer.remaining()];
        buffer.copy_to_slice(&mut item);
        Ok(Some(item))
    }
}
