//! The channel that generated clients are made with.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderValue, Request, Response};
use opentelemetry::KeyValue;
use swiftline_telemetry::{Instruments, TraceContext, names, propagation};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::Service;

use super::ClientSettings;
use super::connection::{Connection, InFlight};
use super::pool::{Pool, follow};
use super::resolve::Target;
use crate::observe::{Call, ObservedBody, Side, code_in};
use crate::server::GRPC_TIMEOUT;
use crate::tls::Tls;

/// Why a channel could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No address is configured.
    #[error("no address is configured")]
    NoAddress,
    /// An address is malformed.
    #[error("address {address:?}: {reason}")]
    Address {
        /// The entry as configured.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Attributes for the CLIENT span of one call; put it into the request's extensions.
///
/// ```
/// let mut request = tonic::Request::new(());
/// request.extensions_mut().insert(swiftline_rpc::Annotations::case("B07-0001-X"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Annotations(Vec<KeyValue>);

impl Annotations {
    /// The case that the call is about.
    pub fn case(number: &str) -> Self {
        Self::default().with(names::CASE_NUMBER, number.to_owned())
    }

    /// One more attribute.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<opentelemetry::Value>) -> Self {
        self.0.push(KeyValue::new(key, value));
        self
    }
}

/// A balanced channel to one service: generated clients take it where they take tonic's. Cheap to clone; the tasks
/// behind it end with the last clone and the last answer.
#[derive(Debug, Clone)]
pub struct Channel {
    shared: Arc<Shared>,
    timeout: Option<Duration>,
}

#[derive(Debug)]
struct Shared {
    pool: Arc<Pool>,
    instruments: Instruments,
    connect_timeout: Duration,
    _stop: DropGuard,
}

impl Channel {
    /// Begins to look for replicas and to connect; does not wait for them. Must be called inside a Tokio runtime.
    ///
    /// tonic bounds a message's size in each generated client: give those
    /// `.max_encoding_message_size(settings.max_request_bytes)` and `.max_decoding_message_size(settings.max_response_bytes)`.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if the addresses are missing or malformed (which [`swiftline_config::Validate`] finds before).
    pub fn new(settings: &ClientSettings, instruments: &Instruments) -> Result<Self, ClientError> {
        Self::over(settings, None, instruments)
    }

    /// [`Channel::new`], by TLS if there is any: the same settings as this process serves with.
    ///
    /// # Errors
    ///
    /// As [`Channel::new`].
    pub fn over(
        settings: &ClientSettings,
        tls: Option<&Tls>,
        instruments: &Instruments,
    ) -> Result<Self, ClientError> {
        let parse = |entry: &str| {
            let refused = |reason| ClientError::Address {
                address: entry.to_owned(),
                reason,
            };
            Target::parse(entry).map_err(refused)
        };
        let targets: Vec<Target> = settings.entries().map(parse).collect::<Result<_, _>>()?;
        if targets.is_empty() {
            return Err(ClientError::NoAddress);
        }
        let (pool, stop) = (Arc::new(Pool::new()), CancellationToken::new());
        // Not detached: it ends when `_stop` is dropped, and only the pool outlives this handle in it.
        tokio::spawn(follow(
            targets,
            pool.clone(),
            settings.clone(),
            tls.cloned(),
            stop.clone(),
        ));
        let shared = Shared {
            pool,
            instruments: instruments.clone(),
            connect_timeout: Duration::from_millis(settings.connect_timeout_ms),
            _stop: stop.drop_guard(),
        };
        Ok(Self {
            shared: Arc::new(shared),
            timeout: Some(Duration::from_millis(settings.timeout_ms)),
        })
    }

    /// A clone for long-lived streams: no deadline but one that a request sets itself.
    #[must_use]
    pub fn without_deadline(&self) -> Self {
        Self {
            shared: self.shared.clone(),
            timeout: None,
        }
    }

    /// How many replicas are connected now.
    pub fn live(&self) -> usize {
        self.shared.pool.len()
    }

    /// Waits until a replica is connected; whether one was within the time given.
    pub async fn ready(&self, within: Duration) -> bool {
        tokio::time::timeout(within, self.shared.pool.pick_or_wait())
            .await
            .is_ok()
    }
}

impl Service<Request<Body>> for Channel {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(())) // a call waits for its connection itself, inside its span and deadline
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let rpc = &self.shared.instruments.rpc;
        let tracer = &self.shared.instruments.tracer;
        let parent = TraceContext::current();
        let call = Call::start(
            Side::Client,
            request.uri().path(),
            parent.as_ref(),
            tracer,
            rpc,
        );
        if let Some(Annotations(attributes)) = request.extensions_mut().remove() {
            attributes
                .into_iter()
                .for_each(|attribute| call.annotate(attribute));
        }
        // A trace that nobody records, begun here, would keep those who are called from recording theirs.
        if let Some(trace) = call.trace()
            && (tracer.records() || parent.is_some())
        {
            propagation::inject(&trace, request.headers_mut());
        }
        request
            .headers_mut()
            .insert(http::header::USER_AGENT, USER_AGENT);
        let deadline = self.deadline(&mut request);
        run(self.shared.clone(), call, request, deadline).boxed()
    }
}

/// What servers see in their logs.
const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("swiftline/", env!("CARGO_PKG_VERSION")));

impl Channel {
    /// The request's own deadline, or this channel's, which is then sent along.
    fn deadline(&self, request: &mut Request<Body>) -> Option<Instant> {
        let asked = crate::server::grpc_timeout(request.headers());
        if asked.is_none()
            && let Some(timeout) = self.timeout
            && let Ok(value) =
                HeaderValue::from_str(&format!("{}m", timeout.as_millis().clamp(1, 99_999_999)))
        {
            request.headers_mut().insert(GRPC_TIMEOUT, value);
        }
        asked
            .or(self.timeout)
            .map(|timeout| Instant::now() + timeout)
    }
}

async fn run(
    shared: Arc<Shared>,
    mut call: Call,
    request: Request<Body>,
    deadline: Option<Instant>,
) -> Result<Response<Body>, Status> {
    let sending = send(&shared, &call, request);
    let sent = match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline, sending)
            .await
            .unwrap_or_else(|_| Err(late())),
        None => sending.await,
    };
    let (response, in_flight) = match sent {
        Ok(sent) => sent,
        Err(status) => {
            call.finish(status.code());
            return Err(status);
        }
    };
    if let Some(code) = code_in(response.headers()) {
        call.finish(code);
        return Ok(response);
    }
    let sleep = deadline.map(|deadline| Box::pin(tokio::time::sleep_until(deadline)));
    // the answer keeps the channel's tasks alive until its last byte
    Ok(response.map(|body| Body::new(ObservedBody::new(body, call, (in_flight, shared), sleep))))
}

fn late() -> Status {
    Status::deadline_exceeded("no answer within the deadline")
}

/// Sends to a live connection; to another one if the request comes back unsent.
async fn send(
    shared: &Shared,
    call: &Call,
    mut request: Request<Body>,
) -> Result<(Response<Body>, InFlight), Status> {
    let path = request.uri().clone();
    loop {
        let mut connection = choose(shared).await?;
        annotate(call, &connection);
        *request.uri_mut() = connection.uri(&path);
        let in_flight = connection.enter();
        match connection.sender.try_send_request(request).await {
            Ok(response) => return Ok((response.map(Body::new), in_flight)),
            Err(mut refused) => match refused.take_message() {
                Some(unsent) => {
                    request = unsent;
                    tokio::task::yield_now().await; // let the connection's task notice that it is closed
                }
                None => return Err(status_of(refused.into_error())),
            },
        }
    }
}

async fn choose(shared: &Shared) -> Result<Connection, Status> {
    if let Some(connection) = shared.pool.pick() {
        return Ok(connection);
    }
    let waiting = shared.pool.pick_or_wait();
    tokio::time::timeout(shared.connect_timeout, waiting)
        .await
        .map_err(|_| Status::unavailable(shared.pool.why_empty()))
}

fn annotate(call: &Call, connection: &Connection) {
    call.annotate(KeyValue::new(
        names::SERVER_ADDRESS,
        connection.authority.host().to_owned(),
    ));
    if let Some(port) = connection.authority.port_u16() {
        call.annotate(KeyValue::new(names::SERVER_PORT, i64::from(port)));
    }
}

/// A connection that breaks under a call is UNAVAILABLE, whatever layer noticed it first.
fn status_of(error: hyper::Error) -> Status {
    let status = Status::from_error(Box::new(error));
    match status.code() {
        Code::Unknown | Code::Internal | Code::Cancelled => {
            Status::unavailable("the connection broke")
        }
        _ => status,
    }
}
