//! A router that the test commands: a real tonic server that remembers what it was asked.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use swiftline_proto::router::v1::route_result::Outcome;
use swiftline_proto::router::v1::router_server::{Router, RouterServer};
use swiftline_proto::router::v1::{
    DispatchRequest, DispatchResponse, ExplainRequest, ExplainResponse, ReopenRequest,
    ReopenResponse, RouteItem, RouteRequest, RouteResponse, RouteResult,
};
use swiftline_proto::types::v1::Offer;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

/// Decides about an item, given how often it was seen before. An error fails the whole call.
type Decide = dyn Fn(&RouteItem, usize) -> Result<Outcome, Status> + Send + Sync;

/// What the router remembers; survives its servers.
#[derive(Clone)]
pub(crate) struct FakeRouter(Arc<Shared>);

struct Shared {
    decide: Box<Decide>,
    seen: Mutex<Vec<RouteItem>>,
    calls: Mutex<Vec<usize>>,
    /// Answers are given only while it is open.
    gate: watch::Sender<bool>,
}

/// A running server; gone when dropped.
pub(crate) struct Serving {
    pub(crate) address: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub(crate) fn offered() -> Outcome {
    Outcome::Offered(Offer {
        no: 1,
        ..Offer::default()
    })
}

impl FakeRouter {
    /// Offers everything.
    pub(crate) fn willing() -> Self {
        Self::deciding(|_, _| Ok(offered()))
    }

    pub(crate) fn deciding(
        decide: impl Fn(&RouteItem, usize) -> Result<Outcome, Status> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Shared {
            decide: Box::new(decide),
            seen: Mutex::default(),
            calls: Mutex::default(),
            gate: watch::Sender::new(true),
        }))
    }

    /// Serves on a free port.
    pub(crate) async fn serve(&self) -> Serving {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = RouterServer::new(self.clone());
        let server = tokio::spawn(async move {
            let incoming = TcpListenerStream::new(listener);
            Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming)
                .await
                .unwrap();
        });
        Serving { address, server }
    }

    /// From now on calls are heard but not answered.
    pub(crate) fn close_gate(&self) {
        self.0.gate.send_replace(false);
    }

    pub(crate) fn open_gate(&self) {
        self.0.gate.send_replace(true);
    }

    /// Every item heard, in order.
    pub(crate) fn seen(&self) -> Vec<RouteItem> {
        self.0.seen.lock().unwrap().clone()
    }

    /// How many items each call had.
    pub(crate) fn calls(&self) -> Vec<usize> {
        self.0.calls.lock().unwrap().clone()
    }

    /// How often each case was heard.
    pub(crate) fn times(&self) -> BTreeMap<String, usize> {
        let mut times = BTreeMap::new();
        for item in self.seen() {
            *times.entry(item.case_number).or_default() += 1;
        }
        times
    }

    fn hear(&self, items: &[RouteItem]) -> Vec<usize> {
        self.0.calls.lock().unwrap().push(items.len());
        let mut seen = self.0.seen.lock().unwrap();
        let before = |item: &RouteItem| {
            seen.iter()
                .filter(|one| one.case_number == item.case_number)
                .count()
        };
        let times = items.iter().map(before).collect();
        seen.extend_from_slice(items);
        times
    }
}

#[tonic::async_trait]
impl Router for FakeRouter {
    async fn route(
        &self,
        request: Request<RouteRequest>,
    ) -> Result<Response<RouteResponse>, Status> {
        let items = request.into_inner().items;
        let times = self.hear(&items);
        let _ = self.0.gate.subscribe().wait_for(|open| *open).await;
        let decide = |(item, times): (&RouteItem, usize)| {
            let outcome = Some((self.0.decide)(item, times)?);
            Ok(RouteResult {
                case_number: item.case_number.clone(),
                outcome,
            })
        };
        let results = items
            .iter()
            .zip(times)
            .map(decide)
            .collect::<Result<_, Status>>()?;
        Ok(Response::new(RouteResponse { results }))
    }

    async fn explain(
        &self,
        _: Request<ExplainRequest>,
    ) -> Result<Response<ExplainResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn dispatch(
        &self,
        _: Request<DispatchRequest>,
    ) -> Result<Response<DispatchResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn reopen(&self, _: Request<ReopenRequest>) -> Result<Response<ReopenResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }
}
