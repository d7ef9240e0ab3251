//! A running service and a method that waits until it is let go.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context as Poller, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use swiftline_rpc::ServerSettings;
use swiftline_runtime::{
    CancellationToken, Context, Listeners, RunError, RuntimeSettings, Service,
};
use swiftline_telemetry::Instruments;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

/// Answers ALREADY_EXISTS, once let go.
#[derive(Clone)]
pub struct Gate {
    pub open: Arc<Semaphore>,
    pub arrived: Arc<Notify>,
}

impl Gate {
    pub fn new() -> Self {
        Self {
            open: Arc::new(Semaphore::new(0)),
            arrived: Arc::default(),
        }
    }
}

impl NamedService for Gate {
    const NAME: &'static str = "test.v1.Gate";
}

impl tower::Service<axum::http::Request<Body>> for Gate {
    type Response = axum::http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Poller<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: axum::http::Request<Body>) -> Self::Future {
        let gate = self.clone();
        Box::pin(async move {
            gate.arrived.notify_one();
            gate.open.acquire().await.unwrap().forget();
            Ok(Status::already_exists("let go").into_http())
        })
    }
}

/// A service that runs.
pub struct Running {
    pub grpc: SocketAddr,
    pub metrics: SocketAddr,
    pub context: Context,
    pub drain: CancellationToken,
    pub ended: JoinHandle<Result<(), RunError>>,
}

pub async fn run(runtime: &RuntimeSettings, build: impl FnOnce(Service) -> Service) -> Running {
    let context = Context::new("test", "1", Instruments::disabled());
    let listeners = Listeners::loopback().await.unwrap();
    let (grpc, metrics) = listeners.addresses().unwrap();
    let drain = CancellationToken::new();
    let service = build(Service::new(&context, &ServerSettings::default(), runtime));
    let ended = tokio::spawn(service.run(listeners, drain.clone()));
    Running {
        grpc,
        metrics,
        context,
        drain,
        ended,
    }
}

impl Running {
    pub async fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.grpc))
            .unwrap()
            .connect()
            .await
            .unwrap()
    }

    /// Calls the gate; its code.
    pub fn call_gate(&self) -> JoinHandle<Code> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.grpc)).unwrap();
        tokio::spawn(async move {
            let mut client = tonic::client::Grpc::new(endpoint.connect().await.unwrap());
            client.ready().await.unwrap();
            let codec = tonic_prost::ProstCodec::<(), ()>::default();
            let path = "/test.v1.Gate/Pass".parse().unwrap();
            client
                .unary(tonic::Request::new(()), path, codec)
                .await
                .unwrap_err()
                .code()
        })
    }

    pub async fn end(self) -> Result<(), RunError> {
        self.drain.cancel();
        self.ended.await.unwrap()
    }
}

/// `GET path`: status code and body.
pub async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (
        head.split(' ').nth(1).unwrap().parse().unwrap(),
        body.to_owned(),
    )
}

/// Polls until it holds; the limit is only there to end a broken test.
pub async fn wait_until(mut holds: impl AsyncFnMut() -> bool) {
    let limit = tokio::time::Instant::now() + Duration::from_secs(20);
    while !holds().await {
        assert!(tokio::time::Instant::now() < limit, "waited in vain");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
