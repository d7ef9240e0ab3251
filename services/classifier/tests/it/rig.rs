//! A Redis, a router, and as many classifiers as a test wants.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use swiftline_classifier::engine::{Classify, Engine};
use swiftline_classifier::models::InForce;
use swiftline_classifier::{ClassifierSettings, DEFAULTS, build_with};
use swiftline_config::{Cli, load_with};
use swiftline_domain::city::testing::small_pack;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_proto::types::v1 as wire;
use swiftline_runtime::{CancellationToken, Context, Listeners, RunError};
use swiftline_store::{Group, NewCase, Store};
use swiftline_telemetry::{Instruments, TraceContext};
use swiftline_testkit::redis::{Fsync, RedisServer};
use swiftline_testkit::wait::wait_until;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::router::{FakeRouter, Serving};

/// Longer than anything here takes, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The trace that all complaints of a test come with.
pub(crate) const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// What a test runs in.
pub(crate) struct Rig {
    pub(crate) redis: RedisServer,
    pub(crate) store: Store,
    pub(crate) router: FakeRouter,
    set: Vec<String>,
    dir: TempDir,
}

/// A running classifier.
pub(crate) struct Classifier {
    pub(crate) instruments: Instruments,
    pub(crate) address: std::net::SocketAddr,
    pub(crate) readiness: swiftline_runtime::Readiness,
    drain: CancellationToken,
    running: JoinHandle<Result<(), RunError>>,
}

impl Rig {
    pub(crate) async fn start(router: FakeRouter, set: &[&str]) -> Self {
        let redis = RedisServer::start(Fsync::No).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("routers"), "").unwrap();
        let mut all = vec![
            format!(
                "router.addresses=file://{}",
                dir.path().join("routers").display()
            ),
            "router.resolve_interval_ms=20".to_owned(),
            "router.backoff_max_ms=100".to_owned(),
            format!("store.url={}", redis.url()),
            "store.partitions=4".to_owned(),
            "consumer.reclaim_interval_ms=20".to_owned(),
        ];
        all.extend(set.iter().map(ToString::to_string));
        let store = Store::connect(&settings(&all).store).await.unwrap();
        Self {
            redis,
            store,
            router,
            set: all,
            dir,
        }
    }

    /// Serves the router, and says where.
    pub(crate) async fn serve_router(&self) -> Serving {
        let serving = self.router.serve().await;
        let draft = self.dir.path().join("draft");
        fs::write(&draft, format!("{}\n", serving.address)).unwrap();
        fs::rename(draft, self.list()).unwrap();
        serving
    }

    fn list(&self) -> std::path::PathBuf {
        Path::new(self.dir.path()).join("routers")
    }

    pub(crate) async fn classifier(&self) -> Classifier {
        self.classifier_with(Arc::new(Engine::new(&small_pack())))
            .await
    }

    pub(crate) async fn classifier_with(&self, engine: Arc<dyn Classify>) -> Classifier {
        self.classifier_by(engine, InForce::new(Vec::new(), 1), &[])
            .await
    }

    /// One that judges by these models, with more settings.
    pub(crate) async fn classifier_by(
        &self,
        engine: Arc<dyn Classify>,
        in_force: InForce,
        set: &[&str],
    ) -> Classifier {
        let mut all = self.set.clone();
        all.extend(set.iter().map(ToString::to_string));
        let instruments = Instruments::disabled();
        let context = Context::new("classifier", "0", instruments.clone());
        let readiness = context.readiness.clone();
        let service = build_with(
            settings(&all),
            context,
            Arc::new(small_pack()),
            engine,
            in_force,
        )
        .await
        .unwrap();
        let listeners = Listeners::loopback().await.unwrap();
        let (address, _) = listeners.addresses().unwrap();
        let drain = CancellationToken::new();
        let running = tokio::spawn(service.run(listeners, drain.clone()));
        Classifier {
            instruments,
            address,
            readiness,
            drain,
            running,
        }
    }

    /// Takes complaints in, spread over all partitions.
    pub(crate) async fn accept(
        &self,
        complaints: impl IntoIterator<Item = wire::Complaint>,
    ) -> Vec<CaseNumber> {
        let partitions: Vec<Partition> = self.store.partitions().collect();
        let mut numbers = Vec::new();
        for (complaint, partition) in complaints.into_iter().zip(partitions.into_iter().cycle()) {
            let number = self.store.mint(partition, 1).await.unwrap()[0];
            let case = NewCase {
                key: None,
                number,
                complaint,
                contact: None,
                accepted_at: Timestamp::UNIX_EPOCH,
                trace: TraceContext::parse(TRACE).unwrap(),
            };
            self.store.accept(partition, vec![case]).await.unwrap();
            numbers.push(number);
        }
        numbers
    }

    pub(crate) async fn accept_texts<'a>(
        &self,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Vec<CaseNumber> {
        self.accept(texts.into_iter().map(complaint)).await
    }

    /// Entries not delivered, and entries delivered and not acknowledged, over all partitions.
    pub(crate) async fn left(&self) -> (u64, u64) {
        let states = self.store.group_states().await.unwrap();
        let ours = states
            .iter()
            .filter(|state| state.group == Group::Classifier);
        ours.fold((0, 0), |(lag, pending), state| {
            (lag + state.lag, pending + state.pending)
        })
    }

    /// Waits until every entry is acknowledged or buried.
    pub(crate) async fn all_settled(&self) {
        until(async || self.left().await == (0, 0)).await;
    }
}

impl Classifier {
    pub(crate) fn metrics(&self) -> String {
        self.instruments.metrics.encode()
    }

    pub(crate) fn begin_drain(&self) {
        self.drain.cancel();
    }

    pub(crate) async fn ended(self) -> Result<(), RunError> {
        self.running.await.unwrap()
    }

    pub(crate) async fn drain(self) {
        self.begin_drain();
        self.ended().await.unwrap();
    }
}

pub(crate) fn settings(set: &[String]) -> ClassifierSettings {
    load_with(
        DEFAULTS,
        &Cli {
            set: set.to_vec(),
            ..Cli::default()
        },
        [],
    )
    .unwrap()
}

pub(crate) fn complaint(text: &str) -> wire::Complaint {
    wire::Complaint {
        text: text.to_owned(),
        channel: wire::Channel::Phone.into(),
        ..wire::Complaint::default()
    }
}

/// Waits until it is so; fails the test when it does not become so.
pub(crate) async fn until(mut so: impl AsyncFnMut() -> bool) {
    let answer = wait_until(PATIENCE, async || so().await.then_some(())).await;
    assert!(answer.is_some(), "it did not become so within {PATIENCE:?}");
}

pub(crate) fn texts(numbers: &[CaseNumber]) -> Vec<String> {
    numbers.iter().map(ToString::to_string).collect()
}
