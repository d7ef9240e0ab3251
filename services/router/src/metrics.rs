//! What the router counts. Labels are bounded: words of closed vocabularies, and teams that have something to do.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use swiftline_domain::case::{Assignment, TeamChoice, TriageReason};
use swiftline_domain::city::UnitClass;
use swiftline_store::{Group, GroupState, QueueState};
use swiftline_telemetry::Metrics;

use crate::rules::RulesMetrics;

/// Bounds in seconds of how long an offer waited until it was signed: from seconds to days.
const AGE_BUCKETS: [f64; 12] = [
    1.0, 5.0, 15.0, 60.0, 300.0, 600.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 43_200.0, 86_400.0,
];

/// The router's metrics; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct RouterMetrics {
    routed: Family<RoutedLabels, Counter>,
    triage: Family<TriageLabels, Counter>,
    answered: Counter,
    actions: Family<ActionLabels, Counter>,
    due: Family<DueLabels, Counter>,
    offer_age: Histogram,
    queues: Arc<Mutex<Queues>>,
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
struct TeamLabels {
    team: String,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct LaneLabels {
    team: String,
    lane: &'static str,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct GroupLabels {
    group: &'static str,
}

impl RouterMetrics {
    /// Registers the router's metrics.
    #[must_use]
    pub(crate) fn new(metrics: &Metrics) -> Self {
        let queues = Arc::<Mutex<Queues>>::default();
        metrics.register_collector(QueuesCollector(Arc::clone(&queues)));
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
            due: metrics.register(
                "swiftline_deadlines",
                "Deadlines that passed",
                Family::default(),
            ),
            offer_age: metrics.register(
                "swiftline_offer_age_seconds",
                "How long offers waited until they were signed",
                Histogram::new(AGE_BUCKETS),
            ),
            queues,
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

    /// An offer was signed after it had waited for so long.
    pub(crate) fn signed_after(&self, age: Duration) {
        self.offer_age.observe(age.as_secs_f64());
    }

    /// The queues as they stand now.
    pub(crate) fn set_queues(&self, groups: Vec<GroupState>, teams: Vec<QueueState>) {
        *self.queues.lock().unwrap_or_else(PoisonError::into_inner) = Queues { groups, teams };
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

/// The last look at the queues.
#[derive(Debug, Default)]
struct Queues {
    groups: Vec<GroupState>,
    teams: Vec<QueueState>,
}

/// Shows the last look. Written at each scrape, so a team that has nothing to do any more vanishes.
#[derive(Debug)]
struct QueuesCollector(Arc<Mutex<Queues>>);

impl Collector for QueuesCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let teams = &queues.teams;
        let team = |state: &QueueState| TeamLabels {
            team: state.team.to_string(),
        };
        let loads = teams.iter().map(|one| (team(one), f64::from(one.open)));
        gauges(
            &mut encoder,
            "swiftline_team_load",
            "Open orders of a team",
            loads,
        )?;
        let lanes = teams.iter().flat_map(|one| {
            one.lanes.iter().map(|lane| {
                let labels = LaneLabels {
                    team: one.team.to_string(),
                    lane: lane.lane.as_str(),
                };
                (labels, lane.waiting as f64)
            })
        });
        let help = "Orders that wait to be signed";
        gauges(&mut encoder, "swiftline_queue_depth", help, lanes)?;
        let ages = teams
            .iter()
            .map(|one| (team(one), oldest(one).as_secs_f64()));
        let help = "Age of a team's oldest waiting order";
        gauges(&mut encoder, "swiftline_queue_oldest_seconds", help, ages)?;
        encode_groups(&mut encoder, &queues.groups)
    }
}

fn encode_groups(
    encoder: &mut DescriptorEncoder<'_>,
    groups: &[GroupState],
) -> Result<(), fmt::Error> {
    let of = |value: fn(&GroupState) -> f64, fold: fn(f64, f64) -> f64| {
        [Group::Classifier, Group::Feedback].map(|group| {
            let states = groups.iter().filter(|state| state.group == group);
            let group = group_name(group);
            (GroupLabels { group }, states.map(value).fold(0.0, fold))
        })
    };
    let sum = |a: f64, b: f64| a + b;
    let lag = of(|state| state.lag as f64, sum);
    let help = "Log entries not yet given to a group";
    gauges(encoder, "swiftline_log_lag", help, lag)?;
    let pending = of(|state| state.pending as f64, sum);
    let help = "Log entries given to a group and not acknowledged";
    gauges(encoder, "swiftline_log_pending", help, pending)?;
    let age = |state: &GroupState| state.oldest.unwrap_or_default().as_secs_f64();
    let help = "Age of a group's oldest entry not acknowledged";
    gauges(
        encoder,
        "swiftline_log_oldest_seconds",
        help,
        of(age, f64::max),
    )
}

fn gauges<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (L, f64)>,
) -> Result<(), fmt::Error> {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, value) in values {
        ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

/// How long a team's oldest waiting order has waited.
#[must_use]
pub(crate) fn oldest(state: &QueueState) -> Duration {
    let ages = state.lanes.iter().filter_map(|lane| lane.oldest);
    ages.max().unwrap_or_default()
}
