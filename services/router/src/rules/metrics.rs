//! What is counted of rules. Labels are bounded: three roles, and of digests only those that are served now.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::ConstGauge;
use swiftline_telemetry::Metrics;

use super::force::RulesInForce;

/// Metrics of the rules; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct RulesMetrics {
    swaps: Counter,
    shadow_decided: Counter,
    shadow_differs: Counter,
    canaries_ended: Counter,
    served: Arc<Mutex<Served>>,
}

/// What this router serves.
#[derive(Debug, Default)]
struct Served {
    roles: Vec<RoleLabels>,
    problem: bool,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RoleLabels {
    role: &'static str,
    digest: String,
}

impl RulesMetrics {
    /// Registers them.
    #[must_use]
    pub(crate) fn new(metrics: &Metrics) -> Self {
        let served = Arc::<Mutex<Served>>::default();
        metrics.register_collector(ServedCollector(Arc::clone(&served)));
        let counter = |name, help| metrics.register(name, help, Counter::default());
        Self {
            swaps: counter(
                "swiftline_rules_swaps",
                "Times that other rules were put into force here",
            ),
            shadow_decided: counter(
                "swiftline_rules_shadow_decided",
                "Routings that a shadow decided as well",
            ),
            shadow_differs: counter(
                "swiftline_rules_shadow_differs",
                "Routings that a shadow decided otherwise",
            ),
            canaries_ended: counter(
                "swiftline_rules_canaries_ended",
                "Canaries that this router ended because a bound was passed",
            ),
            served,
        }
    }

    /// Other rules are in force here.
    pub(crate) fn swapped(&self) {
        self.swaps.inc();
    }

    /// A shadow has decided.
    pub(crate) fn shadow(&self, differs: bool) {
        self.shadow_decided.inc();
        if differs {
            self.shadow_differs.inc();
        }
    }

    /// A canary was ended because a bound was passed.
    pub(crate) fn canary_ended(&self) {
        self.canaries_ended.inc();
    }

    /// What is served now, and whether something stands in the way of what should be.
    pub(crate) fn serves(&self, rules: &RulesInForce, problem: bool) {
        let roles = [
            ("active", Some(rules.active())),
            ("canary", rules.canary()),
            ("shadow", rules.shadow()),
        ];
        let roles = roles.into_iter().filter_map(|(role, rules)| {
            let digest = rules?.digest().short().to_owned();
            Some(RoleLabels { role, digest })
        });
        let roles = roles.collect();
        *self.served.lock().unwrap_or_else(PoisonError::into_inner) = Served { roles, problem };
    }
}

#[derive(Debug)]
struct ServedCollector(Arc<Mutex<Served>>);

impl Collector for ServedCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let served = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let help = "Rules that this router decides by, 1 each";
        let kind = MetricType::Gauge;
        let mut family = encoder.encode_descriptor("swiftline_rules_active", help, None, kind)?;
        for labels in &served.roles {
            ConstGauge::new(1.0).encode(family.encode_family(labels)?)?;
        }
        let help = "1 while this router cannot serve the rules that it should";
        let metric = encoder.encode_descriptor("swiftline_rules_problem", help, None, kind)?;
        ConstGauge::new(f64::from(u8::from(served.problem))).encode(metric)
    }
}
