//! A small city with a mesh of its own, and what a test asks of it.

use std::time::Duration;

use swiftline_domain::city::testing::small_pack_files;
use swiftline_proto::feedback::v1::feedback_client::FeedbackClient;
use swiftline_proto::intake::v1::intake_client::IntakeClient;
use swiftline_proto::intake::v1::{
    GetCaseRequest, GetJourneyRequest, Receipt, Submission, SubmitRequest,
};
use swiftline_proto::router::v1::desk_client::DeskClient;
use swiftline_proto::router::v1::operations_client::OperationsClient;
use swiftline_proto::router::v1::{Claim, OrderOffer, WatchRequest};
use swiftline_proto::types::v1::{Case, Channel as CameBy, Commit, Complaint, Contact, State};
use swiftline_testkit::mesh::{Mesh, MeshSettings, Service};
use swiftline_testkit::redis::{Fsync, RedisServer};
use swiftline_testkit::wait::wait_until;
use swiftline_tracebook::{Tracebook, serve};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

/// Longer than anything takes, so that only a fault runs into it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What a citizen says that belongs to the gas company, whatever the place.
pub(crate) const GAS: &str = "厨房里有煤气味，怀疑燃气泄漏，请马上派人来看。";

pub(crate) struct Town {
    pub(crate) mesh: Mesh,
    pub(crate) redis: RedisServer,
    pub(crate) tracebook: Tracebook,
    pub(crate) otlp: OtlpReceiver,
    _dir: TempDir,
}

/// The receiver of spans, which a test may take away.
pub(crate) struct OtlpReceiver(tokio::task::JoinHandle<()>);

impl OtlpReceiver {
    pub(crate) fn stop(&self) {
        self.0.abort();
    }
}

impl Drop for OtlpReceiver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Town {
    pub(crate) async fn start() -> Self {
        Self::start_with(|settings| settings).await
    }

    pub(crate) async fn start_with(adjust: impl FnOnce(MeshSettings) -> MeshSettings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let pack = dir.path().join("city");
        std::fs::create_dir(&pack).unwrap();
        for (name, text) in small_pack_files() {
            std::fs::write(pack.join(name), text).unwrap();
        }
        let redis = RedisServer::start(Fsync::Always).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut settings = MeshSettings::new(dir.path(), &pack, &redis.url());
        settings.otlp_endpoint = format!("http://{}", listener.local_addr().unwrap());
        let settings = adjust(settings.with(None, "telemetry.export_interval_ms", 100));
        let tracebook = Tracebook::new(1_000_000);
        let served = tracebook.clone();
        let receiver = tokio::spawn(async move {
            serve(served, listener, std::future::pending())
                .await
                .unwrap()
        });
        let mesh = Mesh::start(settings).await.unwrap();
        Self {
            mesh,
            redis,
            tracebook,
            otlp: OtlpReceiver(receiver),
            _dir: dir,
        }
    }

    fn channel(&self, service: Service) -> Channel {
        Endpoint::from_shared(self.mesh.url(service))
            .unwrap()
            .connect_lazy()
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
        let request = SubmitRequest {
            submission: Some(submission(key, text)),
        };
        Ok(self
            .intake()
            .submit(request)
            .await?
            .into_inner()
            .receipt
            .unwrap())
    }

    /// Submits until intake takes it: what a gateway does when a service is away.
    pub(crate) async fn submit_until_taken(&self, key: &str, text: &str) -> Receipt {
        wait_until(PATIENCE, async || self.submit(key, text).await.ok())
            .await
            .expect("intake takes it in the end")
    }

    pub(crate) async fn case(&self, number: &str) -> Case {
        let request = GetCaseRequest {
            case_number: number.to_owned(),
        };
        self.intake()
            .get_case(request)
            .await
            .unwrap()
            .into_inner()
            .case
            .unwrap()
    }

    pub(crate) async fn journey(&self, number: &str) -> Vec<Commit> {
        let request = GetJourneyRequest {
            case_number: number.to_owned(),
        };
        self.intake()
            .get_journey(request)
            .await
            .unwrap()
            .into_inner()
            .commits
    }

    /// Waits until the case is in this state.
    pub(crate) async fn becomes(&self, number: &str, state: State) -> Case {
        let request = GetCaseRequest {
            case_number: number.to_owned(),
        };
        let case = wait_until(PATIENCE, async || {
            let case = self
                .intake()
                .get_case(request.clone())
                .await
                .ok()?
                .into_inner()
                .case?;
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

    /// The orders that wait for a team now.
    pub(crate) async fn waiting(&self, team: &str) -> Vec<OrderOffer> {
        let request = WatchRequest {
            team: team.to_owned(),
            once: true,
        };
        let mut stream = self.desk().watch(request).await.unwrap().into_inner();
        let mut offers = Vec::new();
        while let Some(response) = stream.message().await.unwrap() {
            offers.extend(response.offers);
        }
        offers
    }
}

pub(crate) fn submission(key: &str, text: &str) -> Submission {
    Submission {
        idempotency_key: key.to_owned(),
        complaint: Some(Complaint {
            text: text.to_owned(),
            channel: CameBy::Phone.into(),
            ..Complaint::default()
        }),
        contact: Some(Contact {
            name: "来电人".to_owned(),
            phone: "555-0100".to_owned(),
            ..Contact::default()
        }),
        ..Submission::default()
    }
}

/// What a desk says of the newest offer of a case.
pub(crate) fn claim(case: &Case) -> Claim {
    let offer = case.offer.as_ref().unwrap();
    Claim {
        case_number: case.number.clone(),
        team: offer.assignment.as_ref().unwrap().team.clone(),
        offer: offer.no,
        actor: "desk-1".to_owned(),
    }
}
