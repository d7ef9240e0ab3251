//! What can be counted about TLS.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use swiftline_config::Watched;
use swiftline_telemetry::Metrics;

use super::material::Material;

/// How a handshake failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Handshake {
    /// The client did something wrong; in words.
    Failed(String),
    /// The client went away, as balancers do that only look whether the port is open.
    Gone,
    /// It took too long.
    Late,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// Handshakes of callers, and callers that may not call.
#[derive(Debug, Clone)]
pub(crate) struct TlsMetrics {
    handshakes: Family<Outcome, Counter>,
    refused: Counter,
}

impl TlsMetrics {
    pub(super) fn new(metrics: &Metrics, material: &Watched<Material>) -> Self {
        metrics.register_collector(Expiry(material.clone()));
        Self {
            handshakes: metrics.register(
                "swiftline_tls_handshakes",
                "Connections of callers: made, failed, gone before they began, or too late",
                Family::default(),
            ),
            refused: metrics.register(
                "swiftline_tls_calls_refused",
                "Calls of those who are not in tls.allow",
                Counter::default(),
            ),
        }
    }

    pub(crate) fn handshake(&self, failed: Option<&Handshake>) {
        let outcome = match failed {
            None => "made",
            Some(Handshake::Failed(_)) => "failed",
            Some(Handshake::Gone) => "gone",
            Some(Handshake::Late) => "late",
        };
        self.handshakes.get_or_create(&Outcome { outcome }).inc();
    }

    pub(crate) fn refused(&self) {
        self.refused.inc();
    }
}

/// When the certificate in force expires.
#[derive(Debug)]
struct Expiry(Watched<Material>);

impl Collector for Expiry {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let to = encoder.encode_descriptor(
            "swiftline_certificate_expires_seconds",
            "When the certificate in force expires, seconds since 1970",
            None,
            MetricType::Gauge,
        )?;
        ConstGauge::new(self.0.get().expires).encode(to)
    }
}
