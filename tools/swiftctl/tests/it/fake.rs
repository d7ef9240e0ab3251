//! A mesh that answers what a test tells it, and remembers what it was asked.

mod archive;
mod calls;
mod intake;
mod knowledge;
pub(crate) mod models;
mod others;
pub(crate) mod rules;
mod scores;

use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use swiftline_proto::classifier::v1::classifier_server::ClassifierServer;
use swiftline_proto::classifier::v1::knowledge_server::KnowledgeServer;
use swiftline_proto::classifier::v1::models_server::ModelsServer;
use swiftline_proto::feedback::v1::archive_server::ArchiveServer;
use swiftline_proto::feedback::v1::callbacks_server::CallbacksServer;
use swiftline_proto::feedback::v1::feedback_server::FeedbackServer;
use swiftline_proto::feedback::v1::scores_server::ScoresServer;
use swiftline_proto::intake::v1::intake_server::IntakeServer;
use swiftline_proto::router::v1::desk_server::DeskServer;
use swiftline_proto::router::v1::operations_server::OperationsServer;
use swiftline_proto::router::v1::router_server::RouterServer;
use swiftline_proto::router::v1::rules_server::RulesServer;
use swiftline_proto::trace::v1::traces_server::TracesServer;
use swiftline_proto::types::v1 as wire;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Response, Status};

pub(crate) use intake::ARCHIVED;

/// A fake mesh on a free port; it ends when dropped.
pub(crate) struct Fake {
    state: Arc<State>,
    port: u16,
    _runtime: Runtime,
}

/// What the fake does and has seen.
#[derive(Default)]
pub(crate) struct State {
    asked: Mutex<Vec<String>>,
    /// The next answers: refusals, or `None` where it answers as usual.
    refusals: Mutex<VecDeque<Option<Status>>>,
    /// Texts that have been turned away once.
    turned_away: Mutex<Vec<String>>,
}

impl State {
    /// Remembers a request, and refuses it if that was asked for.
    fn ask<T, A>(&self, request: &T, answer: A) -> Result<Response<A>, Status>
    where
        T: Debug,
    {
        self.asked.lock().unwrap().push(format!("{request:?}"));
        match self.refusals.lock().unwrap().pop_front() {
            Some(Some(status)) => Err(status),
            Some(None) | None => Ok(Response::new(answer)),
        }
    }
}

/// The services, all sharing one state.
#[derive(Clone)]
pub(crate) struct Services(Arc<State>);

impl Fake {
    /// Starts every service on one free port.
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let state = Arc::<State>::default();
        let services = Services(Arc::clone(&state));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Server::builder()
            .add_service(IntakeServer::new(services.clone()))
            .add_service(ClassifierServer::new(services.clone()))
            .add_service(KnowledgeServer::new(services.clone()))
            .add_service(ModelsServer::new(services.clone()))
            .add_service(RouterServer::new(services.clone()))
            .add_service(DeskServer::new(services.clone()))
            .add_service(OperationsServer::new(services.clone()))
            .add_service(RulesServer::new(services.clone()))
            .add_service(ArchiveServer::new(services.clone()))
            .add_service(ScoresServer::new(services.clone()))
            .add_service(CallbacksServer::new(services.clone()))
            .add_service(FeedbackServer::new(services.clone()))
            .add_service(TracesServer::new(services))
            .serve_with_incoming(TcpListenerStream::new(listener));
        runtime.spawn(server);
        Self {
            state,
            port,
            _runtime: runtime,
        }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Refuses the next request in this way.
    pub(crate) fn refuse(&self, status: Status) {
        self.refuse_after(0, status);
    }

    /// Answers so many requests as usual, and refuses the one after those in this way.
    pub(crate) fn refuse_after(&self, answers: usize, status: Status) {
        let mut refusals = self.state.refusals.lock().unwrap();
        refusals.extend(std::iter::repeat_n(None, answers));
        refusals.push_back(Some(status));
    }

    /// What it was asked, as text.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.state.asked.lock().unwrap().clone()
    }

    /// The last that it was asked.
    pub(crate) fn last(&self) -> String {
        self.asked().pop().unwrap()
    }
}

/// A time so many seconds after the beginning of 2026.
pub(crate) fn at(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp {
        seconds: 1_767_225_600 + seconds,
        nanos: 0,
    })
}

/// The traceparent of everything here.
pub(crate) const TRACE_PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// An offer to a team.
pub(crate) fn offer() -> wire::Offer {
    let team = |team: &str, load, verdict: wire::Verdict| wire::ConsideredTeam {
        team: team.into(),
        load,
        capacity: 20,
        verdict: verdict.into(),
    };
    wire::Offer {
        no: 2,
        assignment: Some(wire::Assignment {
            unit: "water".into(),
            team: "water-east".into(),
            lane: wire::Urgency::Urgent.into(),
            clock: "utility".into(),
            rule: "water-mains".into(),
            rules_digest: "3f2a".into(),
            helpers: Vec::new(),
            inform: Vec::new(),
            choice: wire::TeamChoice::LeastLoaded.into(),
            considered: vec![
                team("water-east", 3, wire::Verdict::Chosen),
                team("water-west", 19, wire::Verdict::Busier),
            ],
        }),
        offered_at: at(10),
        sign_by: at(600),
        ..Default::default()
    }
}

/// A classification with its evidence.
pub(crate) fn classification() -> wire::Classification {
    wire::Classification {
        category: "utilities.water".into(),
        kind: wire::Kind::Complaint.into(),
        urgency: wire::Urgency::Urgent.into(),
        language: "zh".into(),
        place: "110105".into(),
        confidence: 0.91,
        evidence: vec![wire::Evidence {
            about: wire::EvidenceAbout::Category.into(),
            found: "水管".into(),
            weight: 1.5,
        }],
        model: "keywords-1".into(),
        ..Default::default()
    }
}

/// A case in this state.
pub(crate) fn case(number: &str, state: wire::State) -> Option<wire::Case> {
    Some(wire::Case {
        number: number.into(),
        version: 4,
        state: state.into(),
        accepted_at: at(0),
        updated_at: at(10),
        classification: Some(classification()),
        offer: Some(offer()),
        ..Default::default()
    })
}

/// A complaint in Chinese.
pub(crate) fn complaint() -> Option<wire::Complaint> {
    Some(wire::Complaint {
        text: "水管爆裂\u{1b}[2J".into(),
        channel: wire::Channel::Phone.into(),
        location: Some(wire::Location {
            latitude: 39.9,
            longitude: 116.4,
        }),
        address: "朝阳区".into(),
        ..Default::default()
    })
}
