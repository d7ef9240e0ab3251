//! Putting it together at start, and taking it down.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::batch::{BatchProcessor, SpanCounters, SpanCounts};
use crate::logs::LineFormat;
use crate::names::metric;
use crate::process::ProcessCollector;
use crate::{Metrics, RpcMetrics, TelemetrySettings, Tracer, export};

/// A process span over a batch links to every message in it; the SDK's default of 128 is less than a batch.
const MAX_LINKS_PER_SPAN: u32 = 2_048;

/// Targets whose spans are not ours: the exporter would trace itself, and a request its own frames.
const FOREIGN_TARGETS: [&str; 6] = ["h2", "hyper", "tonic", "tower", "opentelemetry", "tokio"];

/// Why telemetry could not be installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// The OTLP endpoint is not a URI.
    #[error("telemetry.otlp_endpoint: {0}")]
    Endpoint(String),
    /// The exporter's thread could not be started.
    #[error("span exporter: {0}")]
    Thread(String),
    /// The log filter is malformed.
    #[error("telemetry.log_filter: {0}")]
    Filter(String),
    /// The process has a log subscriber already; use [`Telemetry::detached`] for further services.
    #[error("log subscriber: {0}")]
    Subscriber(String),
}

/// The handles that code passes on; cheap to clone.
#[derive(Debug, Clone)]
pub struct Instruments {
    /// Makes spans.
    pub tracer: Tracer,
    /// The service's registry.
    pub metrics: Metrics,
    /// Families of served and made calls.
    pub rpc: RpcMetrics,
}

impl Instruments {
    /// Handles that record no span; their registry is empty but for the RPC families.
    pub fn disabled() -> Self {
        let metrics = Metrics::new();
        Self {
            tracer: Tracer::disabled(),
            rpc: RpcMetrics::new(&metrics),
            metrics,
        }
    }
}

/// The owner of a service's telemetry. Dropping it sends what is queued in the background; [`Telemetry::shutdown`] waits.
#[derive(Debug)]
pub struct Telemetry {
    instruments: Instruments,
    counters: SpanCounters,
    processor: Option<BatchProcessor>,
    provider: SdkTracerProvider,
}

/// Installs telemetry for a process that is one service: the exporter, the metrics and the log subscriber.
///
/// # Errors
///
/// [`TelemetryError`] if a setting is malformed (which [`swiftline_config::Validate`] finds before), or a subscriber is installed already.
pub fn install(
    service_name: &'static str,
    version: &'static str,
    settings: &TelemetrySettings,
) -> Result<Telemetry, TelemetryError> {
    let telemetry = Telemetry::detached(service_name, version, settings)?;
    let filter = settings
        .log_filter
        .parse::<EnvFilter>()
        .map_err(|error| TelemetryError::Filter(error.to_string()))?;
    let logs = tracing_subscriber::fmt::layer()
        .event_format(LineFormat::new(settings.log_format, service_name))
        .with_writer(std::io::stderr)
        .with_filter(filter);
    let ours = filter_fn(|metadata| {
        let target = metadata.target();
        let root = target.split("::").next().unwrap_or(target);
        metadata.is_span()
            && !FOREIGN_TARGETS
                .iter()
                .any(|foreign| root.starts_with(foreign))
    });
    let spans = tracing_opentelemetry::layer()
        .with_tracer(telemetry.instruments.tracer.sdk.clone())
        .with_filter(ours);
    tracing_subscriber::registry()
        .with(logs)
        .with(spans)
        .try_init()
        .map_err(|error| TelemetryError::Subscriber(error.to_string()))?;
    Ok(telemetry)
}

impl Telemetry {
    /// All but the log subscriber, of which a process can have only one: for tests and for several services in one process.
    ///
    /// # Errors
    ///
    /// [`TelemetryError::Endpoint`] or [`TelemetryError::Thread`].
    pub fn detached(
        service_name: &'static str,
        version: &'static str,
        settings: &TelemetrySettings,
    ) -> Result<Self, TelemetryError> {
        let metrics = Metrics::new();
        metrics.register_collector(ProcessCollector::new());
        let counters = register(&metrics);
        let resource = resource(service_name, version, settings);
        let mut provider = SdkTracerProvider::builder().with_max_links_per_span(MAX_LINKS_PER_SPAN);
        let mut processor = None;
        if settings.otlp_endpoint.is_empty() {
            provider = provider.with_sampler(Sampler::AlwaysOff);
        } else {
            let started = export::start(settings, &resource, counters.clone())?;
            let ratio = Sampler::TraceIdRatioBased(settings.sample_ratio);
            provider = provider
                .with_sampler(Sampler::ParentBased(Box::new(ratio)))
                .with_span_processor(started.clone());
            processor = Some(started);
        }
        let provider = provider.with_resource(resource).build();
        let tracer = Tracer::from_provider(&provider);
        let instruments = Instruments {
            tracer,
            rpc: RpcMetrics::new(&metrics),
            metrics,
        };
        Ok(Self {
            instruments,
            counters,
            processor,
            provider,
        })
    }

    /// The handles to pass on.
    pub fn instruments(&self) -> Instruments {
        self.instruments.clone()
    }

    /// What became of the spans so far.
    pub fn spans(&self) -> SpanCounts {
        self.counters.read()
    }

    /// Sends all that is queued now; does not end anything. Gives up after 30 s.
    pub async fn flush(&self) {
        let provider = self.provider.clone();
        let _ = tokio::task::spawn_blocking(move || provider.force_flush()).await;
    }

    /// Sends what is queued for `within` at most, counts the rest as dropped, and ends the exporter. Spans that end
    /// later are dropped and counted too, so that `ended = exported + dropped` holds from here on.
    pub async fn shutdown(self, within: Duration) -> SpanCounts {
        if let Some(processor) = self.processor {
            let closed = tokio::task::spawn_blocking(move || processor.close(within)).await;
            if let Ok(Err(OTelSdkError::Timeout(_))) = closed {
                tracing::warn!(
                    within_ms = within.as_millis() as u64,
                    "span exporter did not end in time"
                );
            }
        }
        self.counters.read()
    }
}

fn register(metrics: &Metrics) -> SpanCounters {
    let counters = SpanCounters::default();
    let of = |name, help, counter: &prometheus_client::metrics::counter::Counter| {
        metrics.register(name, help, counter.clone());
    };
    of(
        metric::SPANS_ENDED,
        "Sampled spans that ended",
        &counters.ended,
    );
    of(
        metric::SPANS_EXPORTED,
        "Spans that the receiver took",
        &counters.exported,
    );
    of(
        metric::SPANS_DROPPED,
        "Spans lost to a full queue, a failed export or the end",
        &counters.dropped,
    );
    counters
}

fn resource(
    service_name: &'static str,
    version: &'static str,
    settings: &TelemetrySettings,
) -> Resource {
    let instance = if settings.instance_id.is_empty() {
        uuid::Uuid::now_v7().to_string()
    } else {
        settings.instance_id.clone()
    };
    // not `Resource::builder()`: its detectors read the environment
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes([
            KeyValue::new("service.namespace", "swiftline"),
            KeyValue::new("service.name", service_name),
            KeyValue::new("service.version", version),
            KeyValue::new("service.instance.id", instance),
        ])
        .build()
}
