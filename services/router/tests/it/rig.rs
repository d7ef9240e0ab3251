//! A router of our own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use swiftline_config::{Cli, load_with};
use swiftline_domain::case::Case;
use swiftline_domain::city::testing::small_pack_files;
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_proto::convert::timestamp;
use swiftline_proto::router::v1 as wire;
use swiftline_proto::router::v1::desk_client::DeskClient;
use swiftline_proto::router::v1::handling_client::HandlingClient;
use swiftline_proto::router::v1::operations_client::OperationsClient;
use swiftline_proto::router::v1::router_client::RouterClient;
use swiftline_proto::router::v1::rules_client::RulesClient;
use swiftline_proto::types::v1 as types;
use swiftline_router::{Clock, DEFAULTS, Settings, build_with};
use swiftline_runtime::{CancellationToken, Context, Listeners, RunError};
use swiftline_store::{Contact, NewCase, Store, Stored};
use swiftline_telemetry::{Instruments, TraceContext};
use swiftline_testkit::redis::{Fsync, RedisServer};
use swiftline_testkit::wait::wait_until;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{Code, Status};

/// Longer than anything here takes, even on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// What the cases of these tests were accepted by.
pub(crate) const ACCEPTED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// How to start.
pub(crate) struct Options {
    pub(crate) set: Vec<String>,
    pub(crate) instruments: Instruments,
    /// Changes the pack's files: what to find in which, and what to put there.
    pub(crate) pack: Vec<(&'static str, &'static str, &'static str)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            set: Vec::new(),
            instruments: Instruments::disabled(),
            pack: Vec::new(),
        }
    }
}

pub(crate) struct Rig {
    pub(crate) redis: RedisServer,
    pub(crate) store: Store,
    pub(crate) router: RouterClient<Channel>,
    pub(crate) desk: DeskClient<Channel>,
    pub(crate) handling: HandlingClient<Channel>,
    pub(crate) operations: OperationsClient<Channel>,
    pub(crate) rules: RulesClient<Channel>,
    pub(crate) instruments: Instruments,
    pub(crate) dir: TempDir,
    now: Arc<AtomicI64>,
    running: Running,
}

/// A router beside the one of the rig.
pub(crate) struct Beside {
    pub(crate) router: RouterClient<Channel>,
    pub(crate) rules: RulesClient<Channel>,
    pub(crate) running: Running,
    _dir: TempDir,
}

/// A router that runs.
pub(crate) struct Running {
    channel: Channel,
    drain: CancellationToken,
    task: Option<JoinHandle<Result<(), RunError>>>,
}

impl Running {
    async fn start(settings: Settings, instruments: Instruments, clock: Clock) -> Self {
        let context = Context::new("router", "0.0.0", instruments);
        let service = build_with(settings, context, clock).await.unwrap();
        let listeners = Listeners::loopback().await.unwrap();
        let address = format!("http://{}", listeners.addresses().unwrap().0);
        let drain = CancellationToken::new();
        let task = tokio::spawn(service.run(listeners, drain.clone()));
        let channel = Channel::from_shared(address).unwrap();
        Self {
            channel: channel.connect().await.unwrap(),
            drain,
            task: Some(task),
        }
    }

    pub(crate) async fn stop(&mut self) {
        self.drain.cancel();
        self.task.take().unwrap().await.unwrap().unwrap();
    }

    /// Ends it in the middle of whatever it does.
    pub(crate) async fn crash(&mut self) {
        let task = self.task.take().unwrap();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.drain.cancel();
    }
}

/// A clock that tells this time.
fn clock(now: &Arc<AtomicI64>) -> Clock {
    let told = Arc::clone(now);
    Clock::new(move || Timestamp::from_millisecond(told.load(Ordering::SeqCst)).unwrap())
}

/// A Wednesday, 10:00 in the small city.
pub(crate) fn start_time() -> Timestamp {
    "2026-09-16T10:00:00+08:00".parse().unwrap()
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        let redis = RedisServer::start(Fsync::Always).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        write_pack(dir.path(), &options.pack);
        let settings = settings(&redis.url(), dir.path(), &options.set);
        let store = Store::connect(&settings.store).await.unwrap();
        let now = Arc::new(AtomicI64::new(start_time().as_millisecond()));
        let running = Running::start(settings, options.instruments.clone(), clock(&now)).await;
        let channel = running.channel.clone();
        Self {
            redis,
            store,
            router: RouterClient::new(channel.clone()),
            desk: DeskClient::new(channel.clone()),
            handling: HandlingClient::new(channel.clone()),
            operations: OperationsClient::new(channel.clone()),
            rules: RulesClient::new(channel),
            instruments: options.instruments,
            dir,
            now,
            running,
        }
    }

    /// Another router on the same store and clock, with a pack of its own.
    pub(crate) async fn beside(&self, options: Options) -> Beside {
        let dir = tempfile::tempdir().unwrap();
        write_pack(dir.path(), &options.pack);
        let settings = settings(&self.redis.url(), dir.path(), &options.set);
        let running = Running::start(settings, options.instruments, clock(&self.now)).await;
        Beside {
            router: RouterClient::new(running.channel.clone()),
            rules: RulesClient::new(running.channel.clone()),
            running,
            _dir: dir,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now.load(Ordering::SeqCst)).unwrap()
    }

    /// Moves the router's clock.
    pub(crate) fn pass(&self, time: SignedDuration) {
        let ms = i64::try_from(time.as_millis()).unwrap();
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) async fn stop(&mut self) {
        self.running.stop().await;
    }

    /// Takes a case in, as intake does.
    pub(crate) async fn accept(&self, partition: u8) -> CaseNumber {
        let number = self.store.mint(Partition(partition), 1).await.unwrap()[0];
        self.accept_as(number, None).await;
        number
    }

    pub(crate) async fn accept_as(&self, number: CaseNumber, contact: Option<Contact>) {
        let case = NewCase {
            key: None,
            number,
            complaint: complaint(),
            contact,
            accepted_at: self.now(),
            trace: TraceContext::parse(ACCEPTED).unwrap(),
        };
        let accepted = self
            .store
            .accept(number.partition(), vec![case])
            .await
            .unwrap();
        assert_eq!(accepted[0].number, number);
    }

    pub(crate) async fn route(
        &self,
        items: Vec<wire::RouteItem>,
    ) -> Result<Vec<wire::route_result::Outcome>, Status> {
        let request = wire::RouteRequest { items };
        let response = self.router.clone().route(request).await?.into_inner();
        Ok(response
            .results
            .into_iter()
            .map(|result| result.outcome.unwrap())
            .collect())
    }

    /// Takes a case in and has it offered; says to whom.
    pub(crate) async fn offered(&self, category: &str, place: &str) -> Held {
        let number = self.accept(0).await;
        let outcomes = self
            .route(vec![self.item(number, category, place)])
            .await
            .unwrap();
        let wire::route_result::Outcome::Offered(offer) = &outcomes[0] else {
            panic!("not offered: {outcomes:?}");
        };
        Held {
            number,
            offer: offer.no,
            team: offer.assignment.as_ref().unwrap().team.clone(),
        }
    }

    pub(crate) fn item(&self, number: CaseNumber, category: &str, place: &str) -> wire::RouteItem {
        wire::RouteItem {
            case_number: number.to_string(),
            version: 1,
            accepted_at: Some(timestamp(self.now())),
            complaint: Some(complaint()),
            classification: Some(classification(category, place)),
            trace_parent: ACCEPTED.to_owned(),
        }
    }

    pub(crate) async fn stored(&self, number: CaseNumber) -> Stored {
        self.store.load(number).await.unwrap().unwrap()
    }

    pub(crate) async fn case(&self, number: CaseNumber) -> Case {
        self.stored(number).await.case
    }

    /// The newest offer of a case.
    pub(crate) async fn held(&self, number: CaseNumber) -> Held {
        let offer = self.case(number).await.offer.unwrap();
        Held {
            number,
            offer: offer.no.0,
            team: offer.assignment.team.to_string(),
        }
    }

    /// What waits for a team.
    pub(crate) async fn waiting(&self, team: &str) -> Vec<wire::OrderOffer> {
        let request = wire::WatchRequest {
            team: team.to_owned(),
            once: true,
        };
        let mut stream = self.desk.clone().watch(request).await.unwrap().into_inner();
        let mut offers = Vec::new();
        while let Some(page) = stream.message().await.unwrap() {
            offers.extend(page.offers);
        }
        offers
    }

    /// A team's open orders.
    pub(crate) async fn load(&self, team: &str) -> u32 {
        self.store.loads(&[team.parse().unwrap()]).await.unwrap()[0]
    }

    pub(crate) async fn sign(
        &self,
        held: &Held,
        actor: &str,
    ) -> Result<wire::SignResponse, Status> {
        let request = wire::SignRequest {
            claim: Some(held.claim(actor)),
        };
        Ok(self.desk.clone().sign(request).await?.into_inner())
    }

    pub(crate) async fn give_back(&self, held: &Held) -> Result<types::Case, Status> {
        let request = wire::ReturnRequest {
            claim: Some(held.claim("desk-1")),
            reason: types::ReturnReason::WrongUnit.into(),
            note: "not our street".to_owned(),
        };
        let response = self.desk.clone().r#return(request).await?.into_inner();
        Ok(response.case.unwrap())
    }

    /// Waits until a case is with this team.
    pub(crate) async fn wait_for_team(&self, number: CaseNumber, team: &str) {
        let with_team = wait_until(SOON, async || {
            let case = self.case(number).await;
            let owner = case.owner()?.assignment.team.as_str() == team;
            owner.then_some(())
        });
        assert!(with_team.await.is_some(), "the case is not with {team}");
    }

    pub(crate) fn metrics(&self) -> String {
        self.instruments.metrics.encode()
    }
}

/// An order as a desk sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) number: CaseNumber,
    pub(crate) offer: u32,
    pub(crate) team: String,
}

impl Held {
    pub(crate) fn claim(&self, actor: &str) -> wire::Claim {
        wire::Claim {
            case_number: self.number.to_string(),
            team: self.team.clone(),
            offer: self.offer,
            actor: actor.to_owned(),
        }
    }
}

pub(crate) fn settings(redis: &str, dir: &Path, set: &[String]) -> Settings {
    let mut all = vec![
        format!("store.url={redis}"),
        "store.partitions=4".to_owned(),
        "store.response_timeout_ms=500".to_owned(),
        format!("city.pack={}", dir.display()),
        "sweep.interval_ms=5".to_owned(),
        // What a router claimed and died with comes again before a test loses patience.
        "sweep.lease_ms=5000".to_owned(),
        "sweep.chores_ms=100".to_owned(),
        "loads.refresh_ms=10".to_owned(),
        "rules.beat_ms=50".to_owned(),
        "rules.poll_ms=50".to_owned(),
    ];
    all.extend_from_slice(set);
    let cli = Cli {
        set: all,
        ..Cli::default()
    };
    load_with(DEFAULTS, &cli, []).unwrap_or_else(|error| panic!("{error}"))
}

fn write_pack(dir: &Path, changes: &[(&str, &str, &str)]) {
    for (name, mut text) in small_pack_files() {
        for (_, from, to) in changes.iter().filter(|(file, ..)| *file == name) {
            assert!(text.contains(from), "{from} is not in {name}");
            text = text.replace(from, to);
        }
        std::fs::write(dir.join(name), text).unwrap();
    }
}

pub(crate) fn complaint() -> types::Complaint {
    types::Complaint {
        text: "the words of a citizen".to_owned(),
        channel: types::Channel::Phone.into(),
        ..types::Complaint::default()
    }
}

pub(crate) fn classification(category: &str, place: &str) -> types::Classification {
    types::Classification {
        category: category.to_owned(),
        kind: types::Kind::Complaint.into(),
        urgency: types::Urgency::Normal.into(),
        language: "zh".to_owned(),
        place: place.to_owned(),
        confidence: 0.9,
        model: "test".to_owned(),
        ..types::Classification::default()
    }
}

/// The one field that a refusal names.
pub(crate) fn field(status: &Status, code: Code) -> String {
    assert_eq!(status.code(), code, "{status:?}");
    let violations = swiftline_rpc::violations_of(status);
    assert_eq!(violations.len(), 1, "{status:?}");
    violations[0].field.clone()
}
