//! One HTTP/2 connection to one replica, kept alive.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::Uri;
use http::uri::{Authority, Scheme};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;

use super::ClientSettings;
use super::dial::{Greeting, dial};
use super::pool::Pool;
use super::resolve::Address;
use crate::tls::Tls;

/// A connection is tried again after this, doubling up to the limit.
const RECONNECT_FIRST: Duration = Duration::from_millis(50);
const RECONNECT_LIMIT: Duration = Duration::from_secs(2);

/// Receive windows: large enough that a batch of events flows without waiting for the window's updates.
const STREAM_WINDOW_BYTES: u32 = 2 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 8 * 1024 * 1024;

/// A connection that is up.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    pub(crate) id: u64,
    pub(crate) sender: SendRequest<Body>,
    pub(crate) authority: Authority,
    scheme: Scheme,
    in_flight: Arc<AtomicUsize>,
}

impl Connection {
    pub(crate) fn load(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Counts a call until the result is dropped.
    pub(crate) fn enter(&self) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(self.in_flight.clone())
    }

    /// The request's URI with this replica's address.
    pub(crate) fn uri(&self, uri: &Uri) -> Uri {
        let mut parts = uri.clone().into_parts();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        Uri::from_parts(parts).unwrap_or_else(|_| uri.clone()) // scheme, authority and a path: always whole
    }
}

/// A call in flight.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<AtomicUsize>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Keeps a connection to `address` in the pool until told that the replica is gone. Then calls in flight still end.
pub(crate) async fn keep(
    address: Address,
    pool: Arc<Pool>,
    settings: ClientSettings,
    tls: Option<Tls>,
    gone: CancellationToken,
) {
    let mut wait = RECONNECT_FIRST;
    while !gone.is_cancelled() {
        let connecting = connect(&address, &settings, tls.as_ref());
        let connected = tokio::select! {
            connected = connecting => connected,
            () = gone.cancelled() => return,
        };
        match connected {
            Ok((sender, authority, driver)) => {
                wait = RECONNECT_FIRST;
                tracing::debug!(address = address.as_str(), "connected");
                let connection = Connection {
                    id: pool.next_id(),
                    sender,
                    authority,
                    scheme: tls.as_ref().map_or(Scheme::HTTP, |_| Scheme::HTTPS),
                    in_flight: Arc::default(),
                };
                hold(&pool, connection, driver, &gone).await;
                tracing::debug!(address = address.as_str(), "disconnected");
            }
            Err(reason) => {
                // Told aloud when it is news; the calls that wait tell it, too.
                if pool.trouble(&reason) {
                    tracing::warn!(address = address.as_str(), reason, "cannot connect");
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => wait = (wait * 2).min(RECONNECT_LIMIT),
            () = gone.cancelled() => {}
        }
    }
}

async fn hold(
    pool: &Pool,
    connection: Connection,
    driver: impl Future<Output = ()>,
    gone: &CancellationToken,
) {
    let id = connection.id;
    pool.add(connection);
    let mut driver = std::pin::pin!(driver);
    tokio::select! {
        () = &mut driver => pool.remove(id),
        () = gone.cancelled() => {
            pool.remove(id);
            driver.await; // ends when the last call has
        }
    }
}

/// A connection over which the server has said something: one that refuses us does so before.
async fn connect(
    address: &Address,
    settings: &ClientSettings,
    tls: Option<&Tls>,
) -> Result<
    (
        SendRequest<Body>,
        Authority,
        impl Future<Output = ()> + use<>,
    ),
    String,
> {
    let authority: Authority = address
        .as_str()
        .parse()
        .map_err(|_| "not an address".to_owned())?;
    let limit = Duration::from_millis(settings.connect_timeout_ms);
    let name = settings.name_of(address);
    let greeting = Arc::new(Greeting::default());
    let handshake = async {
        let wire = dial(address.as_str(), name, tls, &greeting).await;
        let wire = wire.map_err(|error| error.to_string())?;
        let (sender, connection) = builder(settings)
            .handshake::<_, Body>(TokioIo::new(wire))
            .await
            .map_err(|error| error.to_string())?;
        let mut connection = Box::pin(connection);
        tokio::select! {
            biased;
            () = greeting.heard() => Ok((sender, connection)),
            ended = &mut connection => {
                let reason = ended.err().map(|error| error.to_string());
                let told = greeting.trouble().map(str::to_owned);
                Err(told.or(reason).unwrap_or_else(|| "the server has closed the connection".to_owned()))
            }
        }
    };
    let (sender, connection) = tokio::time::timeout(limit, handshake)
        .await
        .map_err(|_| "no connection in time".to_owned())??;
    let driver = async move {
        if let Err(error) = connection.await {
            tracing::debug!(reason = error.to_string(), "connection broke");
        }
    };
    Ok((sender, authority, driver))
}

fn builder(settings: &ClientSettings) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .keep_alive_interval(Duration::from_millis(settings.keepalive_interval_ms))
        .keep_alive_timeout(Duration::from_millis(settings.keepalive_timeout_ms))
        .keep_alive_while_idle(true);
    builder
}
