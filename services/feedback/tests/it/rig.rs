//! A running feedback service with a Redis and a router of its own.

use std::fs;
use std::path::Path;
use std::time::Duration;

use swiftline_config::{Cli, load_with};
use swiftline_domain::case::{Case, State};
use swiftline_domain::city::testing::small_pack_files;
use swiftline_domain::number::CaseNumber;
use swiftline_feedback::{DEFAULTS, FeedbackSettings, build_on};
use swiftline_proto::feedback::v1::callbacks_client::CallbacksClient;
use swiftline_proto::feedback::v1::feedback_client::FeedbackClient;
use swiftline_proto::feedback::v1::insight_client::InsightClient;
use swiftline_proto::feedback::v1::{
    CloseRequest, GetRatesRequest, GetRatesResponse, RecordCallbackRequest, ReopenRequest,
    ResolveRequest, UnitRates,
};
use swiftline_proto::types::v1 as wire;
use swiftline_runtime::{CancellationToken, Context, Listeners, RunError};
use swiftline_store::{Store, StoreSettings};
use swiftline_telemetry::Instruments;
use swiftline_testkit::redis::{Fsync, RedisServer};
use swiftline_testkit::wait::wait_until;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

use crate::router::FakeRouter;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What runs, until it is dropped.
pub(crate) struct Rig {
    pub(crate) redis: RedisServer,
    pub(crate) store: Store,
    pub(crate) router: FakeRouter,
    pub(crate) instruments: Instruments,
    pub(crate) client: FeedbackClient<Channel>,
    url: String,
    running: Option<Running>,
    dir: TempDir,
}

struct Running {
    drain: CancellationToken,
    ended: JoinHandle<Result<(), RunError>>,
}

/// Settings for this folder and Redis that make everything quick, with more set.
pub(crate) fn sets(dir: &Path, redis_url: &str, more: &[&str]) -> Vec<String> {
    let mut all = vec![
        format!("city.pack={}", dir.display()),
        format!("store.url={redis_url}"),
        "store.response_timeout_ms=1000".to_owned(),
        format!("router.addresses=file://{}", addresses(dir).display()),
        "router.resolve_interval_ms=10".to_owned(),
        "router.connect_timeout_ms=100".to_owned(),
        "router.backoff_max_ms=50".to_owned(),
        "reopen.every_ms=20".to_owned(),
        "consumer.reclaim_every_ms=20".to_owned(),
        // What was given in an answer that died with Redis comes again before a test loses patience.
        "consumer.reclaim_after_ms=3000".to_owned(),
    ];
    all.extend(more.iter().map(ToString::to_string));
    all
}

pub(crate) fn settings(dir: &Path, redis_url: &str, more: &[&str]) -> FeedbackSettings {
    let cli = Cli {
        set: sets(dir, redis_url, more),
        ..Cli::default()
    };
    load_with(DEFAULTS, &cli, []).unwrap()
}

/// The file that says where the router is.
pub(crate) fn addresses(dir: &Path) -> std::path::PathBuf {
    dir.join("router.addresses")
}

/// Writes the small city's pack into a folder.
pub(crate) fn furnish(dir: &Path) {
    for (name, text) in small_pack_files() {
        fs::write(dir.join(name), text).unwrap();
    }
}

impl Rig {
    /// Redis, store and router; no service yet.
    pub(crate) async fn without_service() -> Self {
        let redis = RedisServer::start(Fsync::Always).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        furnish(dir.path());
        let settings = StoreSettings {
            url: redis.url(),
            ..StoreSettings::default()
        };
        let store = Store::connect(&settings).await.unwrap();
        let router = FakeRouter::new(store.clone(), &addresses(dir.path()));
        Self {
            client: client("http://127.0.0.1:1"),
            url: String::new(),
            redis,
            store,
            router,
            instruments: Instruments::disabled(),
            running: None,
            dir,
        }
    }

    /// Everything, with a router.
    pub(crate) async fn start() -> Self {
        let mut rig = Self::without_service().await;
        rig.router.come().await;
        rig.serve(&[]).await;
        rig
    }

    /// Everything but a router.
    pub(crate) async fn start_without_router() -> Self {
        let mut rig = Self::without_service().await;
        rig.serve(&[]).await;
        rig
    }

    /// Starts the service.
    pub(crate) async fn serve(&mut self, more: &[&str]) {
        self.serve_with(more, None).await;
    }

    /// The same, with answers of a gateway coming in there.
    pub(crate) async fn serve_with(&mut self, more: &[&str], answers: Option<TcpListener>) {
        let context = Context::new("feedback", "0", self.instruments.clone());
        let settings = settings(self.dir(), &self.redis.url(), more);
        let service = build_on(settings, context, answers).await.unwrap();
        let listeners = Listeners::loopback().await.unwrap();
        let (address, _) = listeners.addresses().unwrap();
        let drain = CancellationToken::new();
        let ended = tokio::spawn(service.run(listeners, drain.clone()));
        self.url = format!("http://{address}");
        self.client = client(&self.url);
        self.running = Some(Running { drain, ended });
    }

    /// Drains the service, and waits for its end.
    pub(crate) async fn stop(&mut self) {
        let running = self.running.take().expect("the service runs");
        running.drain.cancel();
        running.ended.await.unwrap().unwrap();
    }

    /// Ends the service as a crash would: nothing is finished.
    pub(crate) async fn crash(&mut self) {
        let running = self.running.take().expect("the service runs");
        running.ended.abort();
        assert!(running.ended.await.unwrap_err().is_cancelled());
    }

    /// Adds a section to the city's `city.yaml`; before the service starts.
    pub(crate) fn in_city(&self, section: &str) {
        let file = self.dir().join("city.yaml");
        let city = fs::read_to_string(&file).unwrap();
        fs::write(file, city + section).unwrap();
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) async fn resolve(&self, request: ResolveRequest) -> Result<wire::Case, Status> {
        let answer = self.client.clone().resolve(request).await?;
        Ok(answer.into_inner().case.unwrap())
    }

    pub(crate) async fn call_back(
        &self,
        number: CaseNumber,
        callback: wire::Callback,
    ) -> Result<wire::Case, Status> {
        let request = RecordCallbackRequest {
            case_number: number.to_string(),
            callback: Some(callback),
            actor: "operator-1".into(),
            via: 0,
        };
        let answer = self.client.clone().record_callback(request).await?;
        Ok(answer.into_inner().case.unwrap())
    }

    pub(crate) async fn close(
        &self,
        number: CaseNumber,
        reason: wire::CloseReason,
    ) -> Result<wire::Case, Status> {
        let request = CloseRequest {
            case_number: number.to_string(),
            reason: reason.into(),
            actor: "operator-1".into(),
        };
        let answer = self.client.clone().close(request).await?;
        Ok(answer.into_inner().case.unwrap())
    }

    pub(crate) async fn reopen(
        &self,
        number: CaseNumber,
        reason: wire::ReopenReason,
    ) -> Result<wire::Case, Status> {
        let request = ReopenRequest {
            case_number: number.to_string(),
            reason: reason.into(),
            actor: "operator-1".into(),
        };
        let answer = self.client.clone().reopen(request).await?;
        Ok(answer.into_inner().case.unwrap())
    }

    pub(crate) async fn rates(&self, units: &[&str]) -> Result<GetRatesResponse, Status> {
        let units = units.iter().map(ToString::to_string).collect();
        let request = GetRatesRequest { units };
        let answer = self.client.clone().get_rates(request).await?;
        Ok(answer.into_inner())
    }

    /// Waits until the total is as wanted.
    pub(crate) async fn total(&self, wanted: impl Fn(&UnitRates) -> bool) -> UnitRates {
        let mut last = None;
        let found = wait_until(PATIENCE, async || {
            last = self.rates(&[]).await.ok()?.total;
            last.clone().filter(&wanted)
        });
        let found = found.await;
        found.unwrap_or_else(|| panic!("the total stays {last:?}"))
    }

    /// Waits until the case is in this state.
    pub(crate) async fn becomes(&self, number: CaseNumber, state: State) -> Case {
        let case = wait_until(PATIENCE, async || {
            let case = self.store.load(number).await.ok()??.case;
            (case.state == state).then_some(case)
        });
        let case = case.await;
        case.unwrap_or_else(|| panic!("{number} does not become {state}"))
    }

    /// Waits until every entry of the log is acknowledged.
    pub(crate) async fn settled(&self) {
        let log = self.store.log(swiftline_store::Group::Feedback);
        let settled = wait_until(PATIENCE, async || {
            let states = log.state().await.ok()?;
            states
                .iter()
                .all(|state| state.lag == 0 && state.pending == 0)
                .then_some(())
        });
        assert!(settled.await.is_some(), "the log is not settled");
    }

    /// Calls whoever says who is called next.
    pub(crate) fn calls(&self) -> CallbacksClient<Channel> {
        CallbacksClient::new(self.channel())
    }

    /// Calls insight.
    pub(crate) fn insight(&self) -> InsightClient<Channel> {
        InsightClient::new(self.channel())
    }

    /// To the service.
    pub(crate) fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(self.url.clone()).unwrap();
        endpoint.connect_lazy()
    }

    pub(crate) fn metrics(&self) -> String {
        self.instruments.metrics.encode()
    }
}

fn client(url: &str) -> FeedbackClient<Channel> {
    let endpoint = Endpoint::from_shared(url.to_owned()).unwrap();
    FeedbackClient::new(endpoint.connect_lazy())
}

/// The answers of a citizen who was reached.
pub(crate) fn answers(solved: Option<bool>, satisfied: Option<bool>) -> wire::Callback {
    wire::Callback {
        reached: true,
        contacted: Some(true),
        solved,
        satisfied,
    }
}
