//! A router that reopens cases as the real one does, or fails as a test wants.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use swiftline_domain::case::{Command, ReopenReason};
use swiftline_domain::number::CaseNumber;
use swiftline_proto::convert;
use swiftline_proto::router::v1::router_server::{Router, RouterServer};
use swiftline_proto::router::v1::{
    DispatchRequest, DispatchResponse, ExplainRequest, ExplainResponse, ReopenRequest,
    ReopenResponse, RouteRequest, RouteResponse,
};
use swiftline_store::{CaseCommit, Committed, Store};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status};

use crate::story::{offer, trace};

/// What the router does when it is asked to reopen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// It does.
    Good,
    /// It does, but its answer is lost once.
    LosesOneAnswer,
    /// It does not.
    Refuses(Code),
    /// It never answers.
    Hangs,
}

/// A router that can come and go.
pub(crate) struct FakeRouter {
    handler: Handler,
    addresses: PathBuf,
    serving: Option<JoinHandle<()>>,
}

#[derive(Clone)]
struct Handler {
    store: Store,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<Mutex<Vec<(String, ReopenReason)>>>,
}

impl FakeRouter {
    /// A router that is not there yet; where it is will be written into this file.
    pub(crate) fn new(store: Store, addresses: &Path) -> Self {
        fs::write(addresses, "").unwrap();
        Self {
            handler: Handler {
                store,
                mood: Arc::new(Mutex::new(Mood::Good)),
                asked: Arc::default(),
            },
            addresses: addresses.to_owned(),
            serving: None,
        }
    }

    /// Comes, at a new address.
    pub(crate) async fn come(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let serving = tonic::transport::Server::builder()
            .add_service(RouterServer::new(self.handler.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        self.serving = Some(tokio::spawn(async move { serving.await.unwrap() }));
        fs::write(&self.addresses, format!("{address}\n")).unwrap();
    }

    pub(crate) fn set(&self, mood: Mood) {
        *self.handler.mood.lock().unwrap() = mood;
    }

    /// What it was asked to reopen, and why.
    pub(crate) fn asked(&self) -> Vec<(String, ReopenReason)> {
        self.handler.asked.lock().unwrap().clone()
    }
}

impl Drop for FakeRouter {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }
}

impl Handler {
    async fn reopen_case(&self, number: CaseNumber, reason: ReopenReason) -> ReopenResponse {
        let mut case = self.store.load(number).await.unwrap().unwrap().case;
        let (before, at) = (case.version, Timestamp::now());
        let commands = [Command::Reopen { reason }, offer()];
        let events = commands.map(|command| case.apply(command, at).unwrap());
        let commit = CaseCommit {
            before,
            case: case.clone(),
            events: events.into(),
            at,
            trace: trace(),
            effects: false,
        };
        let done = self.store.commit(number.partition(), vec![commit]).await;
        assert_eq!(done.unwrap(), [Committed::Done]);
        ReopenResponse {
            case: Some((&case).into()),
        }
    }
}

#[tonic::async_trait]
impl Router for Handler {
    async fn reopen(
        &self,
        request: Request<ReopenRequest>,
    ) -> Result<Response<ReopenResponse>, Status> {
        let request = request.into_inner();
        let reason = convert::required(request.reason, "reason").unwrap();
        let number: CaseNumber = request.case_number.parse().unwrap();
        self.asked
            .lock()
            .unwrap()
            .push((request.case_number, reason));
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Refuses(code) => return Err(Status::new(code, "the router says no")),
            Mood::Hangs => std::future::pending().await,
            Mood::Good | Mood::LosesOneAnswer => {}
        }
        let case = self.store.load(number).await.unwrap().unwrap().case;
        if let Err(refusal) = case.decide(Command::Reopen { reason }, Timestamp::now()) {
            return Err(Status::failed_precondition(refusal.to_string()));
        }
        let answer = self.reopen_case(number, reason).await;
        if mood == Mood::LosesOneAnswer {
            *self.mood.lock().unwrap() = Mood::Good;
            return Err(Status::unavailable("the connection broke"));
        }
        Ok(Response::new(answer))
    }

    async fn route(&self, _: Request<RouteRequest>) -> Result<Response<RouteResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn explain(
        &self,
        _: Request<ExplainRequest>,
    ) -> Result<Response<ExplainResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn dispatch(
        &self,
        _: Request<DispatchRequest>,
    ) -> Result<Response<DispatchResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }
}
