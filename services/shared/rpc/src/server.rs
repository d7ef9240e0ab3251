//! What every served call passes through.

mod around;
mod callers;
mod deadline;
mod incoming;
mod panic;
mod scrub;
mod settings;
mod shed;
mod trace;

use std::time::Duration;

use swiftline_telemetry::Instruments;
use tonic::transport::Server;
use tower::Layer;

use crate::tls::Tls;

pub use around::{Routes, Stacked, Wrapped};
pub(crate) use deadline::{GRPC_TIMEOUT, grpc_timeout};
pub use incoming::Connections;
pub use settings::ServerSettings;

use around::AroundLayer as _;

/// A tonic server with the limits of `settings` and the whole [`ServerStack`]; add routes to it and serve.
///
/// tonic bounds a message's size in each generated service: give those
/// `.max_decoding_message_size(settings.max_request_bytes)` and `.max_encoding_message_size(settings.max_response_bytes)`.
pub fn stack(settings: &ServerSettings, stack: ServerStack) -> Server<Layered> {
    let some = |ms: u64| (ms > 0).then(|| Duration::from_millis(ms));
    let mut server = Server::builder()
        .http2_keepalive_interval(some(settings.keepalive_interval_ms))
        .http2_keepalive_timeout(some(settings.keepalive_timeout_ms))
        .max_concurrent_streams(settings.max_concurrent_streams)
        .http2_max_header_list_size(MAX_HEADER_BYTES);
    if let Some(age) = some(settings.max_connection_age_ms) {
        server = server.max_connection_age(age);
    }
    server.layer(stack)
}

/// The type of [`stack`]'s layers.
pub type Layered = tower::layer::util::Stack<ServerStack, tower::layer::util::Identity>;

/// Metadata of one request at most; a JWT and a trace context are far less.
const MAX_HEADER_BYTES: u32 = 16 * 1024;

/// The layers around a service's routes, outermost first, see the source of its `layer` for the order and the reasons.
#[derive(Debug, Clone)]
pub struct ServerStack {
    instruments: Instruments,
    settings: ServerSettings,
    streaming: Vec<String>,
    shed: shed::Shed,
    tls: Option<Tls>,
}

impl ServerStack {
    /// The stack with the limits of `settings`.
    pub fn new(settings: &ServerSettings, instruments: &Instruments) -> Self {
        Self {
            instruments: instruments.clone(),
            settings: settings.clone(),
            streaming: Vec::new(),
            shed: shed::Shed::new(settings),
            tls: None,
        }
    }

    /// Lets only those call whom these settings of TLS allow; `None`: everybody who gets through.
    #[must_use]
    pub fn callers(mut self, tls: Option<&Tls>) -> Self {
        self.tls = tls.cloned();
        self
    }

    /// Says which methods are long-lived streams, by path (`/swiftline.router.v1.Desk/Watch`) or by a service's prefix
    /// (`/swiftline.router.v1.Desk/`): they have no default deadline, and count against `stream_limit` until their last
    /// byte instead of against `concurrency_limit`.
    #[must_use]
    pub fn streaming(mut self, paths: &[&str]) -> Self {
        self.streaming.extend(paths.iter().map(ToString::to_string));
        self
    }
}

impl<S> Layer<S> for ServerStack
where
    S: Routes,
{
    type Service = Stacked<S>;

    fn layer(&self, routes: S) -> Self::Service {
        let class = Classes {
            streaming: self.streaming.clone().into(),
        };
        // 7. load shed + concurrency limit: refuses at once what could not be served in time, lets emergencies pass.
        //    Innermost, so that a refusal has a span, a metric and a deadline like every other answer.
        let service = self.shed.clone().with_classes(class.clone()).around(routes);
        // 6. callers: whoever may not call takes no place and does not wait for one.
        let service = callers::Callers::new(self.tls.clone(), class.clone()).around(service);
        // 5. deadline: the caller's or ours; covers the wait for a permit. Answers DEADLINE_EXCEEDED (tonic's own
        //    says CANCELLED).
        let service = deadline::Deadline::new(&self.settings, class).around(service);
        // 4. catch-panic: one request's panic is one INTERNAL, the process lives on. Inside the mapping, so that its
        //    answer looks like any other.
        let service = panic::CatchPanic.around(service);
        // 3. error mapping: handlers map their errors with `to_status`; whatever else calls itself INTERNAL or UNKNOWN
        //    (an `?` on a Status from below) loses its text here.
        let service = scrub::Scrub.around(service);
        // 1. + 2. trace and metrics: outermost, they see every answer, also the refused, late and panicked ones. One
        //    layer, because both end with the last byte of the answer.
        trace::Trace::new(&self.instruments).around(service)
    }
}

/// What kind of method a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Health and reflection: never shed, no default deadline (health has a stream).
    Infrastructure,
    /// A long-lived stream.
    Streaming,
    /// Everything else.
    Ordinary,
}

/// Decides a path's [`Class`].
#[derive(Debug, Clone)]
pub(crate) struct Classes {
    streaming: std::sync::Arc<[String]>,
}

impl Classes {
    pub(crate) fn of(&self, path: &str) -> Class {
        if path.starts_with("/grpc.health.v1.") || path.starts_with("/grpc.reflection.") {
            return Class::Infrastructure;
        }
        let matches = |listed: &String| {
            path == listed || (listed.ends_with('/') && path.starts_with(listed.as_str()))
        };
        if self.streaming.iter().any(matches) {
            Class::Streaming
        } else {
            Class::Ordinary
        }
    }
}
