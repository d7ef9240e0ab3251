//! Where the services are, and one way to call them: connected when first needed, with a deadline each.

use std::future::Future;
use std::time::Duration;

use clap::Args;
use swiftline_proto::classifier::v1::classifier_client::ClassifierClient;
use swiftline_proto::classifier::v1::knowledge_client::KnowledgeClient;
use swiftline_proto::classifier::v1::learning_client::LearningClient;
use swiftline_proto::classifier::v1::models_client::ModelsClient;
use swiftline_proto::feedback::v1::archive_client::ArchiveClient;
use swiftline_proto::feedback::v1::callbacks_client::CallbacksClient;
use swiftline_proto::feedback::v1::feedback_client::FeedbackClient;
use swiftline_proto::feedback::v1::insight_client::InsightClient;
use swiftline_proto::feedback::v1::scores_client::ScoresClient;
use swiftline_proto::intake::v1::intake_client::IntakeClient;
use swiftline_proto::router::v1::desk_client::DeskClient;
use swiftline_proto::router::v1::handling_client::HandlingClient;
use swiftline_proto::router::v1::operations_client::OperationsClient;
use swiftline_proto::router::v1::router_client::RouterClient;
use swiftline_proto::router::v1::rules_client::RulesClient;
use swiftline_proto::trace::v1::traces_client::TracesClient;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Request, Response, Status};
use tower::service_fn;

use crate::failure::Failure;
use crate::tls::{Met, TlsArgs};

/// The largest answer that is read, bytes: a case with a long story has many spans.
const MAX_ANSWER_BYTES: usize = 64 << 20;
/// A connection is made within this time or not at all.
const CONNECT: Duration = Duration::from_secs(3);
/// How often a silent stream is probed, so that a vanished router is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// Takes complaints in.
    Intake,
    /// Says what they are about.
    Classifier,
    /// Decides whose they are.
    Router,
    /// Knows what came of them.
    Feedback,
    /// Keeps spans.
    Traces,
}

impl Peer {
    /// What it is called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Traces => "the receiver of traces",
            other => other.flag(),
        }
    }

    /// The flag that says where it is.
    pub(crate) const fn flag(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Classifier => "classifier",
            Self::Router => "router",
            Self::Feedback => "feedback",
            Self::Traces => "traces",
        }
    }

    /// The environment variable that says where it is.
    pub(crate) const fn env(self) -> &'static str {
        match self {
            Self::Intake => "SWIFTCTL_INTAKE",
            Self::Classifier => "SWIFTCTL_CLASSIFIER",
            Self::Router => "SWIFTCTL_ROUTER",
            Self::Feedback => "SWIFTCTL_FEEDBACK",
            Self::Traces => "SWIFTCTL_TRACES",
        }
    }
}

/// Where the services are.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Mesh")]
pub(crate) struct Endpoints {
    /// Where intake is
    #[arg(long, global = true, value_name = "URL", value_parser = url, default_value = "http://127.0.0.1:7001", env = Peer::Intake.env())]
    intake: String,
    /// Where the classifier is
    #[arg(long, global = true, value_name = "URL", value_parser = url, default_value = "http://127.0.0.1:7002", env = Peer::Classifier.env())]
    classifier: String,
    /// Where the router is
    #[arg(long, global = true, value_name = "URL", value_parser = url, default_value = "http://127.0.0.1:7003", env = Peer::Router.env())]
    router: String,
    /// Where feedback is
    #[arg(long, global = true, value_name = "URL", value_parser = url, default_value = "http://127.0.0.1:7004", env = Peer::Feedback.env())]
    feedback: String,
    /// Where the demo's receiver of traces is, or Jaeger, or Tempo
    #[arg(long, global = true, value_name = "URL", value_parser = url, default_value = "http://127.0.0.1:4317", env = Peer::Traces.env())]
    traces: String,
    #[command(flatten)]
    tls: TlsArgs,
}

/// Reads an address; `host:port` alone is plain HTTP/2.
fn url(text: &str) -> Result<String, String> {
    let full = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let uri: Uri = full
        .parse()
        .map_err(|error| format!("{error}; write it like http://127.0.0.1:7001"))?;
    match (uri.scheme_str(), uri.port_u16()) {
        (Some("http"), Some(_)) => Ok(full.trim_end_matches('/').to_owned()),
        (Some("http"), None) => Err("has no port; write it like http://127.0.0.1:7001".to_owned()),
        _ => Err("must start with http://".to_owned()),
    }
}

/// The services, as far as this command needs them.
#[derive(Debug)]
pub(crate) struct Mesh {
    endpoints: Endpoints,
    timeout: Duration,
    /// By peer; what a connection has met with is told in place of what became of it.
    met: [Met; PEERS],
}

/// The kinds of [`Peer`].
const PEERS: usize = Peer::Traces as usize + 1;

macro_rules! client {
    ($(#[$doc:meta])* $name:ident, $peer:expr, $client:ident) => {
        $(#[$doc])*
        pub(crate) fn $name(&self) -> Result<$client<Channel>, Failure> {
            let channel = self.channel($peer)?;
            Ok($client::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES))
        }
    };
}

impl Mesh {
    /// The services at these addresses; no call takes longer than `timeout`.
    pub(crate) fn new(endpoints: Endpoints, timeout: Duration) -> Self {
        let met = Default::default();
        Self {
            endpoints,
            timeout,
            met,
        }
    }

    client! {
        /// Calls intake.
        intake, Peer::Intake, IntakeClient
    }
    client! {
        /// Calls the classifier.
        classifier, Peer::Classifier, ClassifierClient
    }
    client! {
        /// Calls the classifier for the city's answers.
        knowledge, Peer::Classifier, KnowledgeClient
    }
    client! {
        /// Calls the classifier about what it learns.
        learning, Peer::Classifier, LearningClient
    }
    client! {
        /// Calls the classifier about its models.
        models, Peer::Classifier, ModelsClient
    }
    client! {
        /// Calls the router about where cases go.
        router, Peer::Router, RouterClient
    }
    client! {
        /// Calls the router for a desk.
        desk, Peer::Router, DeskClient
    }
    client! {
        /// Calls the router about what goes on between signing and the result, and about issues.
        handling, Peer::Router, HandlingClient
    }
    client! {
        /// Calls the router for an operator of the mesh.
        operations, Peer::Router, OperationsClient
    }
    client! {
        /// Calls the router about its rules.
        rules, Peer::Router, RulesClient
    }
    client! {
        /// Calls feedback.
        feedback, Peer::Feedback, FeedbackClient
    }
    client! {
        /// Calls feedback about what complaints tell together.
        insight, Peer::Feedback, InsightClient
    }
    client! {
        /// Asks feedback who is to be called.
        callbacks, Peer::Feedback, CallbacksClient
    }
    client! {
        /// Asks feedback for scores.
        scores, Peer::Feedback, ScoresClient
    }
    client! {
        /// Asks feedback about the archive.
        archive, Peer::Feedback, ArchiveClient
    }
    client! {
        /// Calls the receiver of traces.
        traces, Peer::Traces, TracesClient
    }

    /// The same services, for calls that wait so much longer for something to happen.
    pub(crate) fn with_patience(&self, longer: Duration) -> Self {
        Self {
            endpoints: self.endpoints.clone(),
            timeout: self.timeout.saturating_add(longer),
            met: self.met.clone(),
        }
    }

    /// The longest that a call may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// A request that tells the service when its answer comes too late.
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.timeout);
        request
    }

    /// Waits for an answer, no longer than the deadline.
    pub(crate) async fn call<T>(
        &self,
        peer: Peer,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, Failure> {
        match tokio::time::timeout(self.timeout, call).await {
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => Err(self.failure(peer, status)),
            Err(_) => Err(self.late(peer)),
        }
    }

    /// What a status of this service means for the user.
    pub(crate) fn failure(&self, peer: Peer, status: Status) -> Failure {
        match self.met[peer as usize].trouble() {
            Some(reason) => Failure::Unavailable {
                peer,
                url: self.url(peer).to_owned(),
                reason,
            },
            None => Failure::of_status(peer, self.url(peer), status),
        }
    }

    /// The service has not answered in time.
    pub(crate) fn late(&self, peer: Peer) -> Failure {
        let reason = format!("nothing within {}", crate::words::span(self.timeout));
        Failure::Unavailable {
            peer,
            url: self.url(peer).to_owned(),
            reason,
        }
    }

    /// Where it is.
    pub(crate) fn url(&self, peer: Peer) -> &str {
        match peer {
            Peer::Intake => &self.endpoints.intake,
            Peer::Classifier => &self.endpoints.classifier,
            Peer::Router => &self.endpoints.router,
            Peer::Feedback => &self.endpoints.feedback,
            Peer::Traces => &self.endpoints.traces,
        }
    }

    fn channel(&self, peer: Peer) -> Result<Channel, Failure> {
        let endpoint = Endpoint::from_shared(self.url(peer).to_owned())
            .map_err(|error| Failure::Given(format!("--{}: {error}", peer.flag())))?;
        let tls = match peer {
            Peer::Traces => None, // no part of the mesh
            _ => self.endpoints.tls.load()?,
        };
        let met = self.met[peer as usize].clone();
        let connect =
            service_fn(move |uri: Uri| met.clone().connect(uri, peer.flag(), tls.clone()));
        Ok(endpoint
            .connect_timeout(CONNECT.min(self.timeout))
            .http2_keep_alive_interval(KEEP_ALIVE)
            .connect_with_connector_lazy(connect))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_and_without_a_scheme() {
        assert_eq!(url("127.0.0.1:1"), Ok("http://127.0.0.1:1".to_owned()));
        assert_eq!(
            url("http://intake:7001/"),
            Ok("http://intake:7001".to_owned())
        );
        for wrong in [
            "https://intake:7001",
            "http://intake",
            "",
            "ftp://a:1",
            "http://a b:1",
        ] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }
}
