//! A small city with a mesh of its own, and what a test asks of it.

use std::collections::HashSet;
use std::time::Duration;

use swiftline_domain::city::testing::small_pack_files;
use swiftline_proto::feedback::v1::feedback_client::FeedbackClient;
use swiftline_proto::intake::v1::intake_client::IntakeClient;
use swiftline_proto::intake::v1::{
    GetCaseRequest, GetJourneyRequest, Receipt, Submission, SubmitRequest,
};
use swiftline_proto::router::v1::desk_client::DeskClient;
use swiftline_proto::router::v1::operations_client::OperationsClient;
use swiftline_proto::router::v1::{ListQueuesRequest, OrderOffer, WatchRequest};
use swiftline_proto::types::v1::event::Event as Happened;
use swiftline_proto::types::v1::{Case, Channel as CameBy, Complaint, Contact, State};
use swiftline_testkit::mesh::{Mesh, MeshSettings, Service};
use swiftline_testkit::redis::{Fsync, RedisServer};
use swiftline_testkit::wait::wait_until;
use swiftline_tracebook::{Tracebook, serve};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

/// Longer than anything takes, so that only a fault runs into it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What a citizen says that belongs to the gas company, whatever the place.
pub(crate) const GAS: &str = "厨房里有煤气味，怀疑燃气泄漏，请马上派人来看。";

/// Where a mesh can be started: a city, a receiver of spans, a Redis that is known by its address.
pub(crate) struct Site {
    pub(crate) settings: MeshSettings,
    pub(crate) tracebook: Tracebook,
    pub(crate) otlp: OtlpReceiver,
    _dir: TempDir,
}

impl Site {
    pub(crate) async fn at(redis_url: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let pack = dir.path().join("city");
        std::fs::create_dir(&pack).unwrap();
        for (name, text) in small_pack_files() {
            std::fs::write(pack.join(name), text).unwrap();
        }
        let tracebook = Tracebook::new(1_000_000);
        let otlp = OtlpReceiver::start(tracebook.clone()).await;
        let mut settings = MeshSettings::new(dir.path(), &pack, redis_url);
        settings.otlp_endpoint = otlp.url.clone();
        Self {
            settings: settings.with(None, "telemetry.export_interval_ms", 100),
            tracebook,
            otlp,
            _dir: dir,
        }
    }

    /// Changes a setting of one service, or of all.
    pub(crate) fn set(
        mut self,
        service: impl Into<Option<Service>>,
        key: &str,
        value: impl ToString,
    ) -> Self {
        self.settings = self.settings.with(service, key, value);
        self
    }

    /// What a dead classifier left is taken over soon: no sooner than a few attempts at the router take.
    pub(crate) fn reclaiming_soon(self) -> Self {
        self.set(Service::Classifier, "router.connect_timeout_ms", 100)
            .set(Service::Classifier, "router.timeout_ms", 400)
            .set(Service::Classifier, "consumer.reclaim_idle_ms", 1_600)
            .set(Service::Classifier, "consumer.reclaim_interval_ms", 100)
    }

    /// Changes a file of the city pack.
    pub(crate) fn edit(self, file: &str, from: &str, to: &str) -> Self {
        let path = self.settings.city_pack.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        std::fs::write(&path, text.replace(from, to)).unwrap();
        self
    }

    /// Starts the mesh. `redis` is kept running as long as it.
    pub(crate) async fn open<R>(self, redis: R) -> Town<R> {
        Town {
            mesh: Mesh::start(self.settings.clone()).await.unwrap(),
            redis,
            site: self,
        }
    }
}

/// A mesh that runs.
pub(crate) struct Town<R = RedisServer> {
    pub(crate) mesh: Mesh,
    pub(crate) redis: R,
    pub(crate) site: Site,
}

impl Town {
    pub(crate) async fn start() -> Self {
        Self::start_with(|site| site).await
    }

    pub(crate) async fn start_with(adjust: impl FnOnce(Site) -> Site) -> Self {
        let redis = RedisServer::start(Fsync::Always).await.unwrap();
        let site = adjust(Site::at(&redis.url()).await);
        site.open(redis).await
    }
}

impl<R> Town<R> {
    fn channel(&self, service: Service) -> Channel {
        channel(&self.mesh.url(service))
    }

    pub(crate) fn intake(&self) -> IntakeClient<Channel> {
        IntakeClient::new(self.channel(Service::Intake))
    }

    pub(crate) fn desk(&self) -> DeskClient<Channel> {
        DeskClient::new(self.channel(Service::Router))
    }

    pub(crate) fn operations(&self) -> OperationsClient<Channel> {
        OperationsClient::new(self.channel(Service::Router))
    }

    pub(crate) fn feedback(&self) -> FeedbackClient<Channel> {
        FeedbackClient::new(self.channel(Service::Feedback))
    }

    pub(crate) async fn submit(&self, key: &str, text: &str) -> Result<Receipt, Status> {
        submit(self.intake(), key, text).await
    }

    /// Submits this many, each until intake takes it: what a gateway does when a service is away.
    pub(crate) async fn submit_some(&self, prefix: &str, count: usize) -> Vec<Receipt> {
        let mut receipts = Vec::new();
        for nth in 0..count {
            let key = format!("{prefix}-{nth}");
            let taken = wait_until(PATIENCE, async || self.submit(&key, GAS).await.ok());
            receipts.push(taken.await.expect("intake takes it in the end"));
        }
        receipts
    }

    async fn find(&self, number: &str) -> Result<Case, Status> {
        let request = GetCaseRequest {
            case_number: number.to_owned(),
        };
        let found = self.intake().get_case(request).await?.into_inner();
        Ok(found.case.unwrap())
    }

    pub(crate) async fn case(&self, number: &str) -> Case {
        self.find(number).await.unwrap()
    }

    /// Everything that has happened to a case, in order.
    pub(crate) async fn journey(&self, number: &str) -> Vec<Happened> {
        let request = GetJourneyRequest {
            case_number: number.to_owned(),
        };
        let journey = self.intake().get_journey(request).await.unwrap();
        let events = journey
            .into_inner()
            .commits
            .into_iter()
            .flat_map(|commit| commit.events);
        events.filter_map(|event| event.event).collect()
    }

    /// Waits until the case is in this state.
    pub(crate) async fn becomes(&self, number: &str, state: State) -> Case {
        let case = wait_until(PATIENCE, async || {
            let case = self.find(number).await.ok()?;
            (case.state() == state).then_some(case)
        });
        match case.await {
            Some(case) => case,
            None => panic!(
                "{number} is {:?} and not {state:?}",
                self.case(number).await.state()
            ),
        }
    }

    /// What a service tells of itself in numbers.
    pub(crate) async fn metrics(&self, service: Service) -> Option<String> {
        let address = self.mesh.get(service).ready().metrics;
        let mut stream = TcpStream::connect(address).await.ok()?;
        let request =
            format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await.ok()?;
        Some(text)
    }

    /// Waits until this many orders wait for a team: its queue follows the cases.
    pub(crate) async fn waiting(&self, team: &str, count: usize) {
        let mut last = Vec::new();
        let as_many = wait_until(PATIENCE, async || {
            last = self.orders(team).await.ok()?;
            (last.len() == count).then_some(())
        });
        if as_many.await.is_none() {
            panic!("{team} is to have {count} orders and has {last:?}");
        }
    }

    async fn orders(&self, team: &str) -> Result<Vec<OrderOffer>, Status> {
        let request = WatchRequest {
            team: team.to_owned(),
            once: true,
        };
        let mut stream = self.desk().watch(request).await?.into_inner();
        let mut offers = Vec::new();
        while let Some(response) = stream.message().await? {
            offers.extend(response.offers);
        }
        Ok(offers)
    }

    /// Waits until every receipt's case is with a team, each offered exactly once, and nothing else is.
    pub(crate) async fn all_reach_a_team(&self, receipts: &[Receipt]) {
        let numbers: HashSet<&str> = receipts
            .iter()
            .map(|receipt| receipt.case_number.as_str())
            .collect();
        assert_eq!(numbers.len(), receipts.len(), "a number was given twice");
        for number in numbers {
            let case = self.becomes(number, State::Offered).await;
            assert_eq!(case.offer.unwrap().no, 1, "{number} was offered twice");
        }
        let mut open = None;
        let as_many = wait_until(PATIENCE, async || {
            open = self.open_orders().await.ok();
            (open? == receipts.len() as u64).then_some(())
        });
        if as_many.await.is_none() {
            panic!("{open:?} open orders of {} cases", receipts.len());
        }
    }

    /// The orders that all teams together have open.
    pub(crate) async fn open_orders(&self) -> Result<u64, Status> {
        let queues = self
            .operations()
            .list_queues(ListQueuesRequest::default())
            .await?
            .into_inner();
        Ok(queues.teams.iter().map(|team| team.open).sum())
    }
}

/// The receiver of spans, which a test may take away.
pub(crate) struct OtlpReceiver {
    pub(crate) url: String,
    serving: tokio::task::JoinHandle<()>,
}

impl OtlpReceiver {
    async fn start(tracebook: Tracebook) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            serve(tracebook, listener, std::future::pending())
                .await
                .unwrap();
        });
        Self { url, serving }
    }

    pub(crate) fn stop(&self) {
        self.serving.abort();
    }
}

impl Drop for OtlpReceiver {
    fn drop(&mut self) {
        self.stop();
    }
}

pub(crate) fn channel(url: &str) -> Channel {
    Endpoint::from_shared(url.to_owned())
        .unwrap()
        .connect_lazy()
}

pub(crate) async fn submit(
    mut intake: IntakeClient<Channel>,
    key: &str,
    text: &str,
) -> Result<Receipt, Status> {
    let complaint = Complaint {
        text: text.to_owned(),
        channel: CameBy::Phone.into(),
        ..Complaint::default()
    };
    let contact = Contact {
        name: "来电人".to_owned(),
        phone: "555-0100".to_owned(),
        ..Contact::default()
    };
    let submission = Submission {
        idempotency_key: key.to_owned(),
        complaint: Some(complaint),
        contact: Some(contact),
        ..Submission::default()
    };
    let request = SubmitRequest {
        submission: Some(submission),
    };
    let answer = intake.submit(request).await?.into_inner();
    Ok(answer.receipt.unwrap())
}
