//! Metrics: a registry that is handed over, and the families that every service has.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::{Metric, Registry};

use crate::{TraceContext, names::metric};

/// The content type of [`Metrics::encode`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds in seconds for anything that is a call: 0.5 ms to 10 s.
pub const DURATION_BUCKETS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Different methods that get a label of their own; a client that calls made-up methods must not fill the registry.
const METHODS_LIMIT: usize = 256;

/// The label of a method beyond the limit or unknown to the server, as the conventions ask.
const OTHER: &str = "_OTHER";

/// The registry of one service; cheap to clone.
#[derive(Clone, Default)]
pub struct Metrics(Arc<Mutex<Registry>>);

impl Metrics {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a metric under its full name; a counter gets `_total` added when encoded. The registry holds a clone:
    /// keep another to count with.
    pub fn register<M: Metric + Clone>(&self, name: &str, help: &str, metric: M) -> M {
        self.lock().register(name, help, metric.clone());
        metric
    }

    /// Registers something that reads its values at each scrape.
    pub fn register_collector(&self, collector: impl Collector) {
        self.lock().register_collector(Box::new(collector));
    }

    /// All metrics as OpenMetrics text.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // writing to a String cannot fail; a collector that does shows what there was before it
        let _ = text::encode(&mut text, &self.lock());
        text
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// A histogram of seconds with exemplars that name a trace.
#[derive(Debug, Clone)]
pub struct Seconds(HistogramWithExemplars<TraceLabel>);

impl Seconds {
    /// An empty histogram with [`DURATION_BUCKETS`].
    pub fn new() -> Self {
        Self::with_buckets(DURATION_BUCKETS)
    }

    /// An empty histogram with these upper bounds in seconds, rising; a last one without a bound comes by itself.
    pub fn with_buckets(bounds: impl IntoIterator<Item = f64>) -> Self {
        Self(HistogramWithExemplars::new(bounds.into_iter()))
    }

    /// Observes a duration; a sampled `context` becomes the exemplar of its bucket, with the time: Prometheus scrapes it
    /// again and again, and would else take an old one for new.
    pub fn observe(&self, took: Duration, context: Option<&TraceContext>) {
        let sampled = context.filter(|context| context.is_sampled());
        let exemplar = sampled.map(|context| TraceLabel {
            trace_id: context.trace_id().to_owned(),
        });
        let at = exemplar.is_some().then(SystemTime::now);
        self.0.observe(took.as_secs_f64(), exemplar, at);
    }
}

impl Default for Seconds {
    fn default() -> Self {
        Self::new()
    }
}

impl prometheus_client::encoding::EncodeMetric for Seconds {
    fn encode(
        &self,
        encoder: prometheus_client::encoding::MetricEncoder,
    ) -> Result<(), fmt::Error> {
        self.0.encode(encoder)
    }

    fn metric_type(&self) -> prometheus_client::metrics::MetricType {
        self.0.metric_type()
    }
}

impl prometheus_client::metrics::TypedMetric for Seconds {
    const TYPE: prometheus_client::metrics::MetricType =
        prometheus_client::metrics::MetricType::Histogram;
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct TraceLabel {
    trace_id: String,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RpcLabels {
    rpc_method: String,
    rpc_status_code: &'static str,
}

/// Rate, errors and duration of every method, served and called.
#[derive(Debug, Clone)]
pub struct RpcMetrics {
    server: Family<RpcLabels, Seconds>,
    client: Family<RpcLabels, Seconds>,
    methods: Arc<RwLock<HashSet<String>>>,
}

impl RpcMetrics {
    /// Registers both families.
    pub fn new(metrics: &Metrics) -> Self {
        let family = || Family::<RpcLabels, Seconds>::new_with_constructor(Seconds::new);
        Self {
            server: metrics.register(metric::RPC_SERVER_CALL_DURATION, "Calls answered", family()),
            client: metrics.register(
                metric::RPC_CLIENT_CALL_DURATION,
                "Calls made, each attempt",
                family(),
            ),
            methods: Arc::default(),
        }
    }

    /// A call that was answered. `method` is `package.Service/Method`; `status` the name of the gRPC status, e.g. `"OK"`.
    /// `UNIMPLEMENTED` and methods beyond a limit of 256 share the label `_OTHER`.
    pub fn served(
        &self,
        method: &str,
        status: &'static str,
        took: Duration,
        context: Option<&TraceContext>,
    ) {
        let method = if status == "UNIMPLEMENTED" {
            OTHER
        } else {
            self.known(method)
        };
        observe(&self.server, method, status, took, context);
    }

    /// An attempt at a call that ended.
    pub fn called(
        &self,
        method: &str,
        status: &'static str,
        took: Duration,
        context: Option<&TraceContext>,
    ) {
        observe(&self.client, self.known(method), status, took, context);
    }

    fn known<'a>(&self, method: &'a str) -> &'a str {
        if self
            .methods
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(method)
        {
            return method;
        }
        let mut methods = self.methods.write().unwrap_or_else(PoisonError::into_inner);
        if methods.len() >= METHODS_LIMIT && !methods.contains(method) {
            return OTHER;
        }
        methods.insert(method.to_owned());
        method
    }
}

fn observe(
    family: &Family<RpcLabels, Seconds>,
    method: &str,
    status: &'static str,
    took: Duration,
    context: Option<&TraceContext>,
) {
    let labels = RpcLabels {
        rpc_method: method.to_owned(),
        rpc_status_code: status,
    };
    family.get_or_create(&labels).observe(took, context);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn calls_have_method_status_and_exemplar() {
        let metrics = Metrics::new();
        let rpc = RpcMetrics::new(&metrics);
        let context = TraceContext::parse(SAMPLED);
        rpc.served("p.S/M", "OK", Duration::from_millis(3), context.as_ref());
        rpc.called("p.S/M", "UNAVAILABLE", Duration::from_millis(3), None);
        let text = metrics.encode();
        let server = r#"rpc_server_call_duration_seconds_bucket{le="0.005",rpc_method="p.S/M",rpc_status_code="OK"} 1 # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 0.003"#;
        assert!(text.contains(server), "{text}");
        let client = r#"rpc_client_call_duration_seconds_count{rpc_method="p.S/M",rpc_status_code="UNAVAILABLE"} 1"#;
        assert!(text.contains(client), "{text}");
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn made_up_methods_share_a_label() {
        let metrics = Metrics::new();
        let rpc = RpcMetrics::new(&metrics);
        for n in 0..METHODS_LIMIT + 5 {
            rpc.served(
                &format!("made.up/{n}"),
                "RESOURCE_EXHAUSTED",
                Duration::ZERO,
                None,
            );
        }
        rpc.served("unknown/Method", "UNIMPLEMENTED", Duration::ZERO, None);
        let text = metrics.encode();
        assert!(
            text.contains(r#"_count{rpc_method="_OTHER",rpc_status_code="RESOURCE_EXHAUSTED"} 5"#),
            "{text}"
        );
        assert!(text.contains(r#"_count{rpc_method="_OTHER",rpc_status_code="UNIMPLEMENTED"} 1"#));
        assert!(!text.contains("unknown/Method"));
    }

    #[test]
    fn an_unsampled_context_is_no_exemplar() {
        let seconds = Metrics::new();
        let histogram = seconds.register("x_seconds", "x", Seconds::new());
        let unsampled = TraceContext::parse(&format!("{}0", &SAMPLED[..54]));
        histogram.observe(Duration::from_millis(1), unsampled.as_ref());
        assert!(!seconds.encode().contains("trace_id"));
    }
}
