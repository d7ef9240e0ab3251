//! Gauges of the last look at queues, groups, and what waits for a person.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use swiftline_domain::case::ClockKind;
use swiftline_domain::id::UnitId;
use swiftline_store::{Backlog, Group, GroupState, QueueState};

use super::group_name;

/// The last look.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    /// Each group in each partition.
    pub(crate) groups: Vec<GroupState>,
    /// The teams that have something to do.
    pub(crate) teams: Vec<TeamQueue>,
    /// What waits for a person.
    pub(crate) backlog: Backlog,
}

/// A team's queue, and where the team belongs.
#[derive(Debug)]
pub(crate) struct TeamQueue {
    /// The team's unit.
    pub(crate) unit: UnitId,
    /// The unit's district; the unit itself where it has none.
    pub(crate) district: UnitId,
    /// Its queue.
    pub(crate) state: QueueState,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct TeamLabels {
    team: String,
    unit: String,
    district: String,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct LaneLabels {
    team: String,
    unit: String,
    district: String,
    lane: &'static str,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct GroupLabels {
    group: &'static str,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ClockLabels {
    clock: &'static str,
}

impl TeamQueue {
    fn labels(&self) -> TeamLabels {
        TeamLabels {
            team: self.state.team.to_string(),
            unit: self.unit.to_string(),
            district: self.district.to_string(),
        }
    }

    fn lane(&self, lane: &'static str) -> LaneLabels {
        let TeamLabels {
            team,
            unit,
            district,
        } = self.labels();
        LaneLabels {
            team,
            unit,
            district,
            lane,
        }
    }
}

/// Shows the last look. Written at each scrape, so a team that has nothing to do any more vanishes.
#[derive(Debug)]
pub(super) struct QueuesCollector(pub(super) Arc<Mutex<Looked>>);

impl Collector for QueuesCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let looked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        encode_teams(&mut encoder, &looked.teams)?;
        encode_groups(&mut encoder, &looked.groups)?;
        encode_backlog(&mut encoder, &looked.backlog)
    }
}

fn encode_teams(
    encoder: &mut DescriptorEncoder<'_>,
    teams: &[TeamQueue],
) -> Result<(), fmt::Error> {
    let loads = teams
        .iter()
        .map(|one| (one.labels(), f64::from(one.state.open)));
    let help = "Open orders of a team";
    gauges(encoder, "swiftline_team_load", help, loads)?;
    let lanes = || {
        let of = |one: &'static str, team: &TeamQueue| team.lane(one);
        teams.iter().flat_map(move |team| {
            let lanes = team.state.lanes.iter();
            lanes.map(move |lane| (of(lane.lane.as_str(), team), lane))
        })
    };
    let depths = lanes().map(|(labels, lane)| (labels, lane.waiting as f64));
    let help = "Orders that wait to be signed";
    gauges(encoder, "swiftline_queue_depth", help, depths)?;
    let ages = lanes().filter_map(|(labels, lane)| Some((labels, lane.oldest?.as_secs_f64())));
    let help = "Age of a lane's oldest order that waits to be signed";
    gauges(encoder, "swiftline_queue_oldest_seconds", help, ages)
}

fn encode_groups(
    encoder: &mut DescriptorEncoder<'_>,
    groups: &[GroupState],
) -> Result<(), fmt::Error> {
    let of = |value: fn(&GroupState) -> f64, fold: fn(f64, f64) -> f64| {
        Group::ALL.map(|group| {
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

/// Always with every group and clock, so that nothing and unknown look different.
fn encode_backlog(
    encoder: &mut DescriptorEncoder<'_>,
    backlog: &Backlog,
) -> Result<(), fmt::Error> {
    let dead = Group::ALL.map(|group| {
        let count = backlog.dead.get(&group).copied().unwrap_or_default();
        let group = group_name(group);
        (GroupLabels { group }, count as f64)
    });
    let help = "Log entries that a group could not handle and has put aside";
    gauges(encoder, "swiftline_dead_letters", help, dead)?;
    let overdue = ClockKind::ALL.map(|clock| {
        let count = backlog.overdue.get(&clock).copied().unwrap_or_default();
        let clock = clock.as_str();
        (ClockLabels { clock }, count as f64)
    });
    let help = "Cases whose clock has run out and not been stopped";
    gauges(encoder, "swiftline_clocks_overdue", help, overdue)?;
    let help = "Cases that wait for a person to send them somewhere";
    gauge(
        encoder,
        "swiftline_triage_waiting",
        help,
        backlog.triage as f64,
    )?;
    let oldest = backlog.triage_oldest.unwrap_or_default().as_secs_f64();
    let help = "How long the oldest of them has waited";
    gauge(encoder, "swiftline_triage_oldest_seconds", help, oldest)
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

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: f64,
) -> Result<(), fmt::Error> {
    let family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    ConstGauge::new(value).encode(family)
}

/// How long a team's oldest waiting order has waited.
#[must_use]
pub(crate) fn oldest(state: &QueueState) -> Duration {
    let ages = state.lanes.iter().filter_map(|lane| lane.oldest);
    ages.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use swiftline_domain::vocabulary::Lane;
    use swiftline_store::LaneState;
    use swiftline_telemetry::Metrics;

    use super::*;

    fn queue(team: &str, unit: &str, waits: Option<Duration>) -> TeamQueue {
        let lane = |lane| LaneState {
            lane,
            waiting: u64::from(waits.is_some() && lane == Lane::Emergency),
            oldest: waits.filter(|_| lane == Lane::Emergency),
        };
        TeamQueue {
            unit: UnitId::new(unit).unwrap(),
            district: UnitId::new("chaoyang").unwrap(),
            state: QueueState {
                team: team.parse().unwrap(),
                lanes: Lane::LANES.map(lane),
                open: 2,
            },
        }
    }

    fn shown(looked: Looked) -> String {
        let metrics = Metrics::new();
        metrics.register_collector(QueuesCollector(Arc::new(Mutex::new(looked))));
        metrics.encode()
    }

    #[test]
    fn a_queue_says_where_it_is_and_how_old_each_lane_is() {
        let text = shown(Looked {
            teams: vec![
                queue("st-1-a", "st-1", Some(Duration::from_secs(90))),
                queue("idle", "chaoyang", None),
            ],
            ..Looked::default()
        });
        let at = r#"team="st-1-a",unit="st-1",district="chaoyang""#;
        for line in [
            format!("swiftline_team_load{{{at}}} 2.0\n"),
            format!("swiftline_queue_depth{{{at},lane=\"emergency\"}} 1.0\n"),
            format!("swiftline_queue_depth{{{at},lane=\"normal\"}} 0.0\n"),
            format!("swiftline_queue_oldest_seconds{{{at},lane=\"emergency\"}} 90.0\n"),
        ] {
            assert!(text.contains(&line), "{line} not in {text}");
        }
        // A lane in which nothing waits has no age.
        assert_eq!(text.matches("swiftline_queue_oldest_seconds{").count(), 1);
    }

    #[test]
    fn the_backlog_is_shown_with_its_zeros() {
        let text = shown(Looked {
            backlog: Backlog {
                triage: 4,
                triage_oldest: Some(Duration::from_secs(60)),
                overdue: BTreeMap::from([(ClockKind::Handle, 3)]),
                dead: BTreeMap::from([(Group::Feedback, 1)]),
            },
            ..Looked::default()
        });
        for line in [
            "swiftline_dead_letters{group=\"classifier\"} 0.0\n",
            "swiftline_dead_letters{group=\"feedback\"} 1.0\n",
            "swiftline_clocks_overdue{clock=\"handle\"} 3.0\n",
            "swiftline_clocks_overdue{clock=\"dispatch\"} 0.0\n",
            "swiftline_triage_waiting 4.0\n",
            "swiftline_triage_oldest_seconds 60.0\n",
        ] {
            assert!(text.contains(line), "{line} not in {text}");
        }
    }
}
