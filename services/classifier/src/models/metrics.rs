//! What is counted of models. Labels are bounded: of models only those that are served now.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::ConstGauge;
use swiftline_telemetry::Metrics;

use super::in_force::Serving;

/// Metrics of the models; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct ModelsMetrics {
    swaps: Counter,
    compared: Counter,
    different: Counter,
    served: Arc<Mutex<Served>>,
}

/// What this replica serves.
#[derive(Debug, Default)]
struct Served {
    models: Vec<ModelLabels>,
    troubles: usize,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ModelLabels {
    role: &'static str,
    name: String,
    version: String,
}

impl ModelsMetrics {
    /// Registers them.
    #[must_use]
    pub(crate) fn new(metrics: &Metrics) -> Self {
        let served = Arc::<Mutex<Served>>::default();
        metrics.register_collector(ServedCollector(Arc::clone(&served)));
        let counter = |name, help| metrics.register(name, help, Counter::default());
        Self {
            swaps: counter(
                "swiftline_models_swaps",
                "Times that other models were put in force here",
            ),
            compared: counter(
                "swiftline_models_shadow_compared",
                "Messages that a shadow judged as well",
            ),
            different: counter(
                "swiftline_models_shadow_different",
                "Messages that a shadow judged otherwise",
            ),
            served,
        }
    }

    /// Other models are in force here.
    pub(crate) fn swapped(&self) {
        self.swaps.inc();
    }

    /// A shadow has judged a message.
    pub(crate) fn compared(&self, different: bool) {
        self.compared.inc();
        if different {
            self.different.inc();
        }
    }

    /// What is served now, and how much cannot be that should be.
    pub(crate) fn serves(&self, serving: &Serving, troubles: usize) {
        let labels = |role, name: &String, version| ModelLabels {
            role,
            name: name.clone(),
            version,
        };
        let active = serving.served().iter();
        let active = active.map(|(name, one)| labels("active", name, one.model.version()));
        let shadows = serving.shadows().iter();
        let shadows = shadows.map(|(name, one)| labels("shadow", name, one.model.version()));
        let models = active.chain(shadows).collect();
        *self.served.lock().unwrap_or_else(PoisonError::into_inner) = Served { models, troubles };
    }
}

#[derive(Debug)]
struct ServedCollector(Arc<Mutex<Served>>);

impl Collector for ServedCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let served = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let help = "Models that this replica judges by, 1 each";
        let kind = MetricType::Gauge;
        let mut family = encoder.encode_descriptor("swiftline_models_served", help, None, kind)?;
        for labels in &served.models {
            ConstGauge::new(1.0).encode(family.encode_family(labels)?)?;
        }
        let help = "Models that this replica should serve and cannot load";
        let metric = encoder.encode_descriptor("swiftline_models_troubles", help, None, kind)?;
        ConstGauge::new(served.troubles as f64).encode(metric)
    }
}
