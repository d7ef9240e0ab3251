//! grpc.health.v1: a mirror of the readiness, and a name that is there for liveness.
//!
//! The protocol is served twice, with the same answers: on the gRPC port for callers, and on the monitor's port, which is
//! plain, needs no certificate and is up before the service is built, for the probes of Kubernetes.

use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use crate::Readiness;

/// Health of the whole server, as the protocol names it.
const OVERALL: &str = "";

/// The name under which the process is SERVING from its start to its end, whatever it waits for: what a restart would not
/// mend is no reason for one.
pub const LIVENESS: &str = "liveness";

/// Reports to whoever asks or watches, for the server and for each of its services.
#[derive(Clone)]
pub(crate) struct Health {
    reporter: HealthReporter,
    services: Vec<&'static str>,
}

impl Health {
    /// Alive and not ready.
    pub(crate) async fn begin() -> Self {
        let health = Self {
            reporter: HealthReporter::new(),
            services: Vec::new(),
        };
        health.report(false).await;
        health.live().await;
        health
    }

    /// The same, for these services as well.
    pub(crate) fn with_services(mut self, services: Vec<&'static str>) -> Self {
        self.services = services;
        self
    }

    /// What answers; each has the same answers.
    pub(crate) fn server(&self) -> HealthServer<HealthService> {
        HealthServer::new(HealthService::from_health_reporter(self.reporter.clone()))
    }

    /// Follows the readiness; never returns.
    pub(crate) async fn follow(&self, readiness: &Readiness) {
        let mut changes = readiness.watch();
        loop {
            let ready = changes.borrow_and_update().is_ready();
            self.report(ready).await;
            if changes.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    pub(crate) async fn report(&self, ready: bool) {
        let status = if ready {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        };
        for name in self.names() {
            self.reporter.set_service_status(name, status).await;
        }
    }

    async fn live(&self) {
        self.reporter
            .set_service_status(LIVENESS, ServingStatus::Serving)
            .await;
    }

    /// Ends the streams of those who watch: an open stream would hold up the drain. Who asks is still answered.
    pub(crate) async fn end_watches(&self) {
        let mut reporter = self.reporter.clone();
        for name in self.names().chain([LIVENESS]) {
            reporter.clear_service_status(name).await;
        }
        self.report(false).await;
        self.live().await;
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(OVERALL).chain(self.services.iter().copied())
    }
}
