//! A service without a proto of its own: tonic's health service under another name, which does what it is asked.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::uri::PathAndQuery;
use swiftline_rpc::{
    Channel, ClientSettings, FieldViolation, RpcError, ServerSettings, ServerStack, Tls, server,
    to_status,
};
use swiftline_telemetry::{Instruments, TraceContext};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio_stream::{Stream, StreamExt as _};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

pub const CHECK: &str = "/test.v1.Echo/Check";
pub const WATCH: &str = "/test.v1.Echo/Watch";

/// What handlers share with the test.
#[derive(Clone)]
pub struct Handler {
    /// `"block"` waits for a permit of this.
    pub gate: Arc<Semaphore>,
    /// Told when a `"block"` call has arrived.
    pub arrived: Arc<Notify>,
    /// Returned by every good call, to tell replicas apart.
    pub status: i32,
}

impl Handler {
    pub fn new(status: i32) -> Self {
        Self {
            gate: Arc::new(Semaphore::new(0)),
            arrived: Arc::default(),
            status,
        }
    }
}

#[derive(Debug)]
struct TwoFields;

impl std::fmt::Display for TwoFields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("2 fields are wrong")
    }
}

impl std::error::Error for TwoFields {}

impl RpcError for TwoFields {
    fn code(&self) -> Code {
        Code::InvalidArgument
    }

    fn violations(&self) -> Vec<FieldViolation> {
        vec![
            FieldViolation::new("a", "is empty"),
            FieldViolation::new("b", "is too long"),
        ]
    }
}

type WatchStream =
    std::pin::Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

#[tonic::async_trait]
impl Health for Handler {
    type WatchStream = WatchStream;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        match request.get_ref().service.as_str() {
            "panic" => panic!("secret {}", 1),
            "internal" => return Err(Status::internal("secret")),
            "fields" => return Err(to_status(&TwoFields)),
            "forever" => std::future::pending().await,
            "block" => {
                self.arrived.notify_one();
                self.gate.acquire().await.unwrap().forget();
            }
            "traced" => assert!(TraceContext::current().is_some()),
            "timeout" if request.metadata().get("grpc-timeout").is_none() => {
                return Err(Status::aborted("no timeout"));
            }
            _ => {}
        }
        Ok(Response::new(HealthCheckResponse {
            status: self.status,
        }))
    }

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<WatchStream>, Status> {
        let (gate, status) = (self.gate.clone(), self.status);
        let stream = tokio_stream::iter(0..3).then(move |_| {
            let gate = gate.clone();
            async move {
                gate.acquire().await.unwrap().forget();
                Ok(HealthCheckResponse { status })
            }
        });
        Ok(Response::new(Box::pin(stream)))
    }
}

/// The handler as `test.v1.Echo`.
#[derive(Clone)]
struct Echo(HealthServer<Handler>);

impl NamedService for Echo {
    const NAME: &'static str = "test.v1.Echo";
}

impl tower::Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = <HealthServer<Handler> as tower::Service<http::Request<Body>>>::Future;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let path = request
            .uri()
            .path()
            .replace("test.v1.Echo", "grpc.health.v1.Health");
        *request.uri_mut() = path.parse().unwrap();
        self.0.call(request)
    }
}

/// A running replica.
pub struct Replica {
    pub address: SocketAddr,
    pub handler: Handler,
    pub instruments: Instruments,
    drain: CancellationToken,
    serving: JoinHandle<()>,
}

impl Replica {
    pub async fn start(settings: &ServerSettings) -> Self {
        Self::start_on("127.0.0.1:0", settings, 1, Instruments::disabled()).await
    }

    pub async fn start_as(status: i32) -> Self {
        Self::start_on(
            "127.0.0.1:0",
            &ServerSettings::default(),
            status,
            Instruments::disabled(),
        )
        .await
    }

    pub async fn start_on(
        listen: &str,
        settings: &ServerSettings,
        status: i32,
        instruments: Instruments,
    ) -> Self {
        Self::start_with(listen, settings, status, instruments, None).await
    }

    pub async fn start_with(
        listen: &str,
        settings: &ServerSettings,
        status: i32,
        instruments: Instruments,
        tls: Option<Tls>,
    ) -> Self {
        let listener = TcpListener::bind(listen).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (handler, drain) = (Handler::new(status), CancellationToken::new());
        let layers = ServerStack::new(settings, &instruments)
            .streaming(&[WATCH])
            .callers(tls.as_ref());
        let (_, health) = tonic_health::server::health_reporter();
        let serving = server::stack(settings, layers)
            .add_service(Echo(HealthServer::new(handler.clone())))
            .add_service(health)
            .serve_with_incoming_shutdown(
                server::Connections::new(listener, tls),
                drain.clone().cancelled_owned(),
            );
        let serving = tokio::spawn(async move { serving.await.unwrap() });
        Self {
            address,
            handler,
            instruments,
            drain,
            serving,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Tells it to go, in good order.
    pub fn drain(&self) {
        self.drain.cancel();
    }

    /// Waits until it has gone.
    pub async fn gone(self) {
        self.serving.await.unwrap();
    }

    pub fn metrics(&self) -> String {
        self.instruments.metrics.encode()
    }
}

/// A channel that fails fast.
pub fn channel(addresses: &[String]) -> Channel {
    Channel::new(&client_settings(addresses), &Instruments::disabled()).unwrap()
}

pub fn client_settings(addresses: &[String]) -> ClientSettings {
    ClientSettings {
        timeout_ms: 30_000,
        connect_timeout_ms: 5_000,
        resolve_interval_ms: 5,
        ..ClientSettings::to(addresses.to_vec())
    }
}

fn request(what: &str) -> Request<HealthCheckRequest> {
    Request::new(HealthCheckRequest {
        service: what.to_owned(),
    })
}

async fn client(channel: &Channel) -> tonic::client::Grpc<Channel> {
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.unwrap();
    client
}

/// Asks for `what`; the replica's own status number.
pub async fn ask(channel: &Channel, what: &str) -> Result<i32, Status> {
    send(channel, CHECK, request(what)).await
}

pub async fn ask_with(
    channel: &Channel,
    what: &str,
    change: impl FnOnce(&mut Request<HealthCheckRequest>),
) -> Result<i32, Status> {
    let mut request = request(what);
    change(&mut request);
    send(channel, CHECK, request).await
}

pub async fn send(
    channel: &Channel,
    path: &'static str,
    request: Request<HealthCheckRequest>,
) -> Result<i32, Status> {
    let codec = tonic_prost::ProstCodec::default();
    let answer = client(channel)
        .await
        .unary(request, PathAndQuery::from_static(path), codec)
        .await?;
    let answer: HealthCheckResponse = answer.into_inner();
    Ok(answer.status)
}

pub async fn health_check(channel: &Channel) -> Result<i32, Status> {
    send(channel, "/grpc.health.v1.Health/Check", request("")).await
}

pub async fn watch(channel: &Channel) -> Result<Streaming<HealthCheckResponse>, Status> {
    let codec = tonic_prost::ProstCodec::<HealthCheckRequest, HealthCheckResponse>::default();
    let answer = client(channel)
        .await
        .server_streaming(request(""), PathAndQuery::from_static(WATCH), codec)
        .await?;
    Ok(answer.into_inner())
}

/// Polls until it holds; the limit is only there to end a broken test.
pub async fn wait_until(mut holds: impl FnMut() -> bool) {
    let limit = tokio::time::Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(tokio::time::Instant::now() < limit, "waited in vain");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
