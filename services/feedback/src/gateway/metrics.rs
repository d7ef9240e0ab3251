//! What is counted of messages.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use swiftline_telemetry::Metrics;

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct InvitationLabels {
    via: &'static str,
    result: &'static str,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct AnswerLabels {
    result: &'static str,
}

#[derive(Debug, Clone)]
pub(super) struct GatewayMetrics {
    invitations: Family<InvitationLabels, Counter>,
    answers: Family<AnswerLabels, Counter>,
}

impl GatewayMetrics {
    pub(super) fn new(metrics: &Metrics) -> Self {
        Self {
            invitations: metrics.register(
                "swiftline_invitations",
                "Citizens to be asked by message, by what became of the message",
                Family::default(),
            ),
            answers: metrics.register(
                "swiftline_gateway_answers",
                "Answers that came in by the gateway, by what became of them",
                Family::default(),
            ),
        }
    }

    pub(super) fn invitation(&self, via: &'static str, result: &'static str) {
        let labels = InvitationLabels { via, result };
        self.invitations.get_or_create(&labels).inc();
    }

    pub(super) fn answer(&self, result: &'static str) {
        self.answers.get_or_create(&AnswerLabels { result }).inc();
    }
}
