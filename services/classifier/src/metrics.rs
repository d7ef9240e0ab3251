//! What the classifier counts.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use swiftline_domain::city::CityPack;
use swiftline_domain::classification::Classification;
use swiftline_domain::id::CategoryId;
use swiftline_domain::vocabulary::Language;
use swiftline_telemetry::TraceContext;
use swiftline_telemetry::metrics::Seconds;
use swiftline_telemetry::names::metric;

/// Upper bounds of batch sizes.
const BATCH_BUCKETS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 1_000.0];

/// The label of a language that the city does not speak, and of no category.
const OTHER: &str = "other";
const NONE: &str = "none";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClassifiedLabels {
    category_top: String,
    kind: &'static str,
    urgency: &'static str,
    language: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    answer: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CategoryLabels {
    category: String,
}

/// The service's own families. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    classified: Family<ClassifiedLabels, Counter>,
    answers: Family<AnswerLabels, Counter>,
    corrections: Family<CategoryLabels, Counter>,
    classify: Histogram,
    batch: Histogram,
    process: Seconds,
    consumed: Counter,
    languages: Arc<HashSet<Language>>,
}

impl Metrics {
    pub(crate) fn new(registry: &swiftline_telemetry::Metrics, pack: &CityPack) -> Self {
        Self {
            classified: registry.register(
                "swiftline_classified",
                "Complaints classified, by the top of the category's tree, kind, urgency and language",
                Family::default(),
            ),
            answers: registry.register(
                "swiftline_route_answers",
                "What the router answered for a complaint",
                Family::default(),
            ),
            corrections: registry.register(
                "swiftline_corrections",
                "Corrections by the category that was right",
                Family::default(),
            ),
            classify: registry.register(
                "swiftline_classify_duration_seconds",
                "Classifying one complaint, the mean of its batch",
                Histogram::new(exponential_buckets(1e-6, 2.0, 14)),
            ),
            batch: registry.register(
                "swiftline_classify_batch_size",
                "Entries of the log that were handled together",
                Histogram::new(BATCH_BUCKETS),
            ),
            process: registry.register(
                metric::MESSAGING_PROCESS_DURATION,
                "From reading an entry of the log to its acknowledgement",
                Seconds::new(),
            ),
            consumed: registry.register(
                metric::MESSAGING_CONSUMED,
                "Entries of the log read",
                Counter::default(),
            ),
            languages: Arc::new(pack.city.languages.iter().copied().collect()),
        }
    }

    /// Entries that were read together.
    pub(crate) fn read(&self, entries: usize) {
        self.batch.observe(entries as f64);
        self.consumed.inc_by(entries as u64);
    }

    /// Complaints classified in `took` altogether.
    pub(crate) fn classified<'a>(
        &self,
        classifications: impl Iterator<Item = &'a Classification>,
        took: Duration,
    ) {
        let mut count = 0;
        for classification in classifications {
            self.classified
                .get_or_create(&self.labels(classification))
                .inc();
            count += 1;
        }
        if count > 0 {
            self.classify.observe((took / count).as_secs_f64());
        }
    }

    /// Bounded: the pack's top categories, the closed vocabularies, the city's languages.
    fn labels(&self, of: &Classification) -> ClassifiedLabels {
        let top = of
            .category
            .as_ref()
            .and_then(|category| category.as_str().split('.').next());
        let known = of.language == Language::UNDETERMINED || self.languages.contains(&of.language);
        ClassifiedLabels {
            category_top: top.unwrap_or(NONE).to_owned(),
            kind: of.kind.as_str(),
            urgency: of.urgency.as_str(),
            language: if known { of.language.as_str() } else { OTHER }.to_owned(),
        }
    }

    /// What the router, or a refusal of it, made of a complaint.
    pub(crate) fn answered(&self, answer: &'static str) {
        self.answers.get_or_create(&AnswerLabels { answer }).inc();
    }

    /// An entry that was acknowledged or buried.
    pub(crate) fn processed(&self, took: Duration, trace: Option<&TraceContext>) {
        self.process.observe(took, trace);
    }

    /// One more correction; answers how many there are for this category since the process started.
    pub(crate) fn corrected(&self, category: &CategoryId) -> u64 {
        let labels = CategoryLabels {
            category: category.as_str().to_owned(),
        };
        self.corrections.get_or_create(&labels).inc() + 1
    }
}

#[cfg(test)]
mod tests {
    use swiftline_domain::city::testing::small_pack;
    use swiftline_domain::vocabulary::{Kind, Urgency};

    use super::*;

    fn classification(category: Option<&str>, language: &str) -> Classification {
        Classification {
            category: category.map(|id| id.parse().unwrap()),
            kind: Kind::Complaint,
            urgency: Urgency::Normal,
            language: language.parse().unwrap(),
            place: None,
            place_candidates: vec![],
            confidence: 0.5,
            alternatives: vec![],
            evidence: vec![],
            model: "m".into(),
            hints: swiftline_domain::classification::Hints::default(),
        }
    }

    #[test]
    fn labels_are_bounded() {
        let registry = swiftline_telemetry::Metrics::new();
        let metrics = Metrics::new(&registry, &small_pack());
        let told = [
            classification(Some("housing.heating.boiler"), "zh"),
            classification(None, "yi"),
            classification(None, "und"),
        ];
        metrics.classified(told.iter(), Duration::from_micros(30));
        metrics.classified([].iter(), Duration::ZERO);
        let text = registry.encode();
        for labels in [
            r#"{category_top="housing",kind="complaint",urgency="normal",language="zh"} 1"#,
            r#"{category_top="none",kind="complaint",urgency="normal",language="other"} 1"#,
            r#"{category_top="none",kind="complaint",urgency="normal",language="und"} 1"#,
            "swiftline_classify_duration_seconds_count 1",
        ] {
            assert!(text.contains(labels), "{labels} not in {text}");
        }
    }

    #[test]
    fn corrections_are_counted_by_category() {
        let registry = swiftline_telemetry::Metrics::new();
        let metrics = Metrics::new(&registry, &small_pack());
        let (heat, noise) = ("housing.heating".parse().unwrap(), "noise".parse().unwrap());
        assert_eq!(
            [
                metrics.corrected(&heat),
                metrics.corrected(&heat),
                metrics.corrected(&noise)
            ],
            [1, 2, 1]
        );
        assert!(
            registry
                .encode()
                .contains(r#"swiftline_corrections_total{category="housing.heating"} 2"#)
        );
    }
}
