//! What the router counts. Labels are bounded: words of closed vocabularies, and teams that have something to do.

mod queues;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use swiftline_domain::case::{Assignment, TeamChoice, TriageReason};
use swiftline_domain::city::UnitClass;
use swiftline_domain::vocabulary::Urgency;
use swiftline_store::Group;
use swiftline_telemetry::metrics::Seconds;
use swiftline_telemetry::{Metrics, TraceContext};

use crate::rules::RulesMetrics;
use queues::QueuesCollector;
pub(crate) use queues::{Looked, TeamQueue, oldest};

/// Bounds in seconds of how long an offer waited until it was signed: from seconds to days.
const AGE_BUCKETS: [f64; 12] = [
    1.0, 5.0, 15.0, 60.0, 300.0, 600.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 43_200.0, 86_400.0,
];

/// Bounds in seconds of how long a complaint waited until it was routed: 60 is what the service level allows.
const DELAY_BUCKETS: [f64; 13] = [
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3_600.0,
];

/// The events that a passed deadline makes, by their names.
const DEADLINES: [&str; 6] = [
    "expired",
    "warned",
    "overrun",
    "part_ended",
    "resumed",
    "closed",
];

/// The router's metrics; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct RouterMetrics {
    routed: Family<RoutedLabels, Counter>,
    triage: Family<TriageLabels, Counter>,
    answered: Counter,
    actions: Family<ActionLabels, Counter>,
    due: Family<DueLabels, Counter>,
    delay: Family<UrgencyLabels, Seconds>,
    offer_age: Seconds,
    looked: Arc<Mutex<Looked>>,
    /// Rules: what is served, and how that goes.
    pub(crate) rules: RulesMetrics,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RoutedLabels {
    unit_class: &'static str,
    lane: &'static str,
    choice: &'static str,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct TriageLabels {
    reason: &'static str,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ActionLabels {
    action: &'static str,
    result: &'static str,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct DueLabels {
    event: &'static str,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct UrgencyLabels {
    urgency: &'static str,
}

impl RouterMetrics {
    /// Registers the router's metrics.
    #[must_use]
    pub(crate) fn new(metrics: &Metrics) -> Self {
        let looked = Arc::<Mutex<Looked>>::default();
        metrics.register_collector(QueuesCollector(Arc::clone(&looked)));
        let due = Family::<DueLabels, Counter>::default();
        // Told from the start: what begins with its first event seems not to have grown, and no alert on it would fire.
        for event in DEADLINES {
            drop(due.get_or_create(&DueLabels { event }));
        }
        Self {
            routed: metrics.register(
                "swiftline_routed",
                "Offers made, first ones and later ones",
                Family::default(),
            ),
            triage: metrics.register(
                "swiftline_triage",
                "Cases that a person must decide",
                Family::default(),
            ),
            answered: metrics.register(
                "swiftline_answered",
                "Inquiries that the knowledge base answered, so that no team was asked",
                Counter::default(),
            ),
            actions: metrics.register(
                "swiftline_desk_actions",
                "What desks did or tried to do",
                Family::default(),
            ),
            due: metrics.register("swiftline_deadlines", "Deadlines that passed", due),
            delay: metrics.register(
                "swiftline_route_delay_seconds",
                "From taking a complaint in until it was offered, answered or put before a person",
                Family::new_with_constructor(|| Seconds::with_buckets(DELAY_BUCKETS)),
            ),
            offer_age: metrics.register(
                "swiftline_offer_age_seconds",
                "How long offers waited until they were signed",
                Seconds::with_buckets(AGE_BUCKETS),
            ),
            looked,
            rules: RulesMetrics::new(metrics),
        }
    }

    /// An offer was made to a team of such a unit.
    pub(crate) fn offered(&self, class: UnitClass, to: &Assignment) {
        let labels = RoutedLabels {
            unit_class: class.as_str(),
            lane: to.lane.as_str(),
            choice: choice(to.choice),
        };
        self.routed.get_or_create(&labels).inc();
    }

    /// A person must decide.
    pub(crate) fn triage(&self, reason: TriageReason) {
        let reason = reason.as_str();
        self.triage.get_or_create(&TriageLabels { reason }).inc();
    }

    /// The knowledge base answered.
    pub(crate) fn answered(&self) {
        self.answered.inc();
    }

    /// A desk did something, or tried to.
    pub(crate) fn action(&self, action: &'static str, result: &'static str) {
        let labels = ActionLabels { action, result };
        self.actions.get_or_create(&labels).inc();
    }

    /// A deadline passed.
    pub(crate) fn deadline(&self, event: &'static str) {
        self.due.get_or_create(&DueLabels { event }).inc();
    }

    /// A complaint was routed for the first time, so long after it had been taken in.
    pub(crate) fn routed_after(&self, delay: Duration, urgency: Urgency, trace: &TraceContext) {
        let urgency = urgency.as_str();
        self.delay
            .get_or_create(&UrgencyLabels { urgency })
            .observe(delay, Some(trace));
    }

    /// An offer was signed after it had waited for so long, by a call with this span.
    pub(crate) fn signed_after(&self, age: Duration, trace: Option<&TraceContext>) {
        self.offer_age.observe(age, trace);
    }

    /// The queues, and what waits for a person, as they stand now.
    pub(crate) fn set_looked(&self, looked: Looked) {
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner) = looked;
    }
}

/// How a choice is called in metrics and spans.
#[must_use]
pub(crate) fn choice(choice: TeamChoice) -> &'static str {
    match choice {
        TeamChoice::LeastLoaded => "least_loaded",
        TeamChoice::Spill => "spill",
        TeamChoice::OffDuty => "off_duty",
        TeamChoice::Manual => "manual",
    }
}

/// How a group is called in metrics and answers.
#[must_use]
pub(crate) fn group_name(group: Group) -> &'static str {
    match group {
        Group::Classifier => "classifier",
        Group::Feedback => "feedback",
    }
}
