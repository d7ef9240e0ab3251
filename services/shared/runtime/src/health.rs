//! grpc.health.v1 as a mirror of the readiness.

use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::Readiness;

/// Health of the whole server, as the protocol names it.
const OVERALL: &str = "";

/// Reports to whoever asks or watches, for the server and for each of its services.
#[derive(Clone)]
pub(crate) struct Health {
    reporter: HealthReporter,
    services: Vec<&'static str>,
}

impl Health {
    pub(crate) fn new(reporter: HealthReporter, services: Vec<&'static str>) -> Self {
        Self { reporter, services }
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

    /// Ends the streams of those who watch: an open stream would hold up the drain.
    pub(crate) async fn end_watches(&self) {
        let mut reporter = self.reporter.clone();
        for name in self.names() {
            reporter.clear_service_status(name).await;
        }
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(OVERALL).chain(self.services.iter().copied())
    }
}
