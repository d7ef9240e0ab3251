//! The monitor's port: `/metrics`, `/livez`, `/readyz` by HTTP/1, and grpc.health.v1. Up before the service is built, so that
//! waiting for a dependency does not look like being dead, and down after it has drained.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use swiftline_telemetry::Metrics;
use swiftline_telemetry::metrics::CONTENT_TYPE;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::health::Health;
use crate::{Context, Readiness, RunError};

/// A scrape that is being answered gets this long; one that is never sent in full must not hold up the exit.
const SHUTDOWN_LIMIT: Duration = Duration::from_millis(500);

/// The running HTTP server.
pub(crate) struct Monitor {
    pub(crate) address: SocketAddr,
    /// What it says of health.
    pub(crate) health: Health,
    stop: CancellationToken,
    server: JoinHandle<Result<(), tonic::transport::Error>>,
}

#[derive(Clone)]
struct Shown {
    metrics: Metrics,
    readiness: Readiness,
}

impl Monitor {
    pub(crate) async fn start(listener: TcpListener, context: &Context) -> Result<Self, RunError> {
        let address = listener.local_addr().map_err(RunError::Listener)?;
        let stop = CancellationToken::new();
        let shown = Shown {
            metrics: context.instruments.metrics.clone(),
            readiness: context.readiness.clone(),
        };
        let health = Health::begin().await;
        // tonic's server speaks HTTP/1 as well as gRPC
        let server = Server::builder()
            .accept_http1(true)
            .add_routes(Routes::from(router(shown)).add_service(health.server()))
            .serve_with_incoming_shutdown(
                TcpIncoming::from(listener).with_nodelay(Some(true)),
                stop.clone().cancelled_owned(),
            );
        Ok(Self {
            address,
            health,
            stop,
            server: tokio::spawn(server),
        })
    }

    /// Its end before it was asked to.
    pub(crate) async fn ended(&mut self) -> RunError {
        let reason = match (&mut self.server).await {
            Ok(Ok(())) => "it returned".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        RunError::Server {
            name: "metrics",
            reason,
        }
    }

    /// Answers what has been asked, then ends; a request that does not come to its end is cut.
    pub(crate) async fn shutdown(mut self) {
        self.stop.cancel();
        if !self.server.is_finished() {
            let _ = tokio::time::timeout(SHUTDOWN_LIMIT, &mut self.server).await; // how it ends does not matter any more
        }
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn router(shown: Shown) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .with_state(shown)
}

async fn metrics(State(shown): State<Shown>) -> Response {
    (
        [(header::CONTENT_TYPE, CONTENT_TYPE)],
        shown.metrics.encode(),
    )
        .into_response()
}

async fn readyz(State(shown): State<Shown>) -> Response {
    let state = shown.readiness.watch().borrow().clone();
    let missing = state.missing();
    if missing.is_empty() {
        return format!("ok\n{}", state.notes()).into_response();
    }
    (
        StatusCode::SERVICE_UNAVAILABLE,
        format!("not ready: {}\n", missing.join(", ")),
    )
        .into_response()
}
