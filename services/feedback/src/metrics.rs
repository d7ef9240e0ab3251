//! What feedback counts of its own work.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use swiftline_domain::case::{Callback, CallbackVia};
use swiftline_proto::feedback::v1::LanguageCount;
use swiftline_telemetry::Metrics;

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CallbackLabels {
    result: &'static str,
    via: &'static str,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct EntryLabels {
    event: &'static str,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct LanguageLabels {
    language: String,
}

/// The service's own families. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct FeedbackMetrics {
    callbacks: Family<CallbackLabels, Counter>,
    entries: Family<EntryLabels, Counter>,
    calls_waiting: Family<LanguageLabels, Gauge>,
    /// Reopenings that the follow-up holds.
    pub(crate) reopenings_waiting: Gauge,
}

impl FeedbackMetrics {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        Self {
            callbacks: metrics.register(
                "swiftline_callbacks",
                "Callbacks recorded, by what the citizen said and how it came",
                Family::default(),
            ),
            entries: metrics.register(
                "swiftline_feedback_entries",
                "Events of the case log that were counted, by kind; repeats included",
                Family::default(),
            ),
            calls_waiting: metrics.register(
                "swiftline_callbacks_waiting",
                "Citizens who are to be called now, by language",
                Family::default(),
            ),
            reopenings_waiting: metrics.register(
                "swiftline_reopenings_waiting",
                "Cases that a callback wants reopened and the router has not reopened yet",
                Gauge::default(),
            ),
        }
    }

    /// A callback was recorded.
    pub(crate) fn callback(&self, callback: Callback, via: CallbackVia) {
        let result = result(callback);
        self.callbacks
            .get_or_create(&CallbackLabels {
                result,
                via: via.as_str(),
            })
            .inc();
    }

    /// So many citizens are to be called now, by language: those of the city, and undetermined.
    pub(crate) fn calls_waiting(&self, counts: &[LanguageCount]) {
        for count in counts {
            let language = count.language.clone();
            self.calls_waiting
                .get_or_create(&LanguageLabels { language })
                .set(i64::try_from(count.waiting).unwrap_or(i64::MAX));
        }
    }

    /// So many events of this kind were counted.
    pub(crate) fn events(&self, event: &'static str, count: u64) {
        self.entries
            .get_or_create(&EntryLabels { event })
            .inc_by(count);
    }
}

fn result(callback: Callback) -> &'static str {
    match (callback.reached, callback.solved) {
        (false, _) => "unreached",
        (true, Some(true)) => "solved",
        (true, Some(false)) => "not_solved",
        (true, None) => "no_answer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callbacks_are_told_apart_by_what_the_citizen_said() {
        let of = |reached, solved| {
            result(Callback {
                reached,
                solved,
                ..Callback::default()
            })
        };
        assert_eq!(of(false, None), "unreached");
        assert_eq!(of(true, Some(true)), "solved");
        assert_eq!(of(true, Some(false)), "not_solved");
        assert_eq!(of(true, None), "no_answer");
    }
}
