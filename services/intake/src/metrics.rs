//! What intake counts.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

/// Upper bounds of batch sizes.
const BATCH_BUCKETS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 1_000.0];

/// What became of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    Accepted,
    Duplicate,
    Rejected,
    Shed,
    /// Neither taken nor at fault: the store was away, or the service failed.
    Failed,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Rejected => "rejected",
            Self::Shed => "shed",
            Self::Failed => "failed",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    channel: &'static str,
    urgency: &'static str,
    result: &'static str,
}

/// The service's own families.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    submissions: Family<Labels, Counter>,
    /// Submissions that one store call wrote.
    pub(crate) batch_size: Histogram,
    /// Submissions handed to the lanes and not answered yet.
    pub(crate) queued: Gauge,
}

impl Metrics {
    pub(crate) fn new(registry: &swiftline_telemetry::Metrics) -> Self {
        Self {
            submissions: registry.register(
                "swiftline_submissions",
                "Submissions by channel, whether they speak of danger, and what became of them",
                Family::default(),
            ),
            batch_size: registry.register(
                "swiftline_accept_batch_size",
                "Submissions that one store call wrote",
                Histogram::new(BATCH_BUCKETS),
            ),
            queued: registry.register(
                "swiftline_accept_queue_depth",
                "Submissions that wait to be durable",
                Gauge::default(),
            ),
        }
    }

    /// Counts a submission. At the door only danger is told from the rest: how urgent that is the classifier says later.
    pub(crate) fn count(&self, channel: &'static str, pressing: bool, outcome: Outcome) {
        let labels = Labels {
            channel,
            urgency: if pressing { "emergency" } else { "unknown" },
            result: outcome.as_str(),
        };
        self.submissions.get_or_create(&labels).inc();
    }
}
