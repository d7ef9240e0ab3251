//! What insight counts of its own work.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use swiftline_domain::insight::surge::Change;
use swiftline_telemetry::Metrics;

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ChangeLabels {
    change: &'static str,
}

/// The families of insight. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct InsightMetrics {
    changes: Family<ChangeLabels, Counter>,
    /// Surges that go on.
    pub(super) open: Gauge,
    /// Issues that are kept.
    pub(super) issues: Gauge,
    /// Notes folded.
    pub(super) notes: Counter,
}

impl InsightMetrics {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        Self {
            changes: metrics.register(
                "swiftline_surge_alarms",
                "Changes of surges, by kind: opened, grown, over",
                Family::default(),
            ),
            open: metrics.register(
                "swiftline_surges_open",
                "Surges that go on, as the replica that looks for them sees it",
                Gauge::default(),
            ),
            issues: metrics.register(
                "swiftline_hot_issues",
                "Issues of at least two cases that are kept, as the replica that keeps them sees it",
                Gauge::default(),
            ),
            notes: metrics.register(
                "swiftline_insight_notes",
                "Notes of cases that were folded; repeats after a failure included",
                Counter::default(),
            ),
        }
    }

    pub(super) fn changed(&self, change: &Change) {
        let change = match change {
            Change::Opened(_) => "opened",
            Change::Grown(_) => "grown",
            Change::Over(_) => "over",
        };
        self.changes.get_or_create(&ChangeLabels { change }).inc();
    }
}
