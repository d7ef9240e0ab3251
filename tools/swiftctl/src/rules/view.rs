//! What is shown of versions of the rules, of the routers that serve them, and of what is tried.

use jiff::Timestamp;
use serde::Serialize;
use swiftline_proto::router::v1 as wire;

use crate::view::time;
use crate::words::some;

/// A version of the rules.
#[derive(Debug, Serialize)]
pub(super) struct VersionView {
    pub(super) digest: String,
    /// proposed, approved, active, former or rejected.
    pub(super) state: String,
    /// Absent where the router cannot tell: the set of a pack that it has no more.
    pub(super) rules: Option<u32>,
    pub(super) proposed_by: Option<String>,
    pub(super) proposed_at: Option<Timestamp>,
    pub(super) reason: Option<String>,
    /// Digest of the lint report.
    pub(super) lint: Option<String>,
    pub(super) errors: u32,
    pub(super) warnings: u32,
    /// Digest of the newest replay report.
    pub(super) replay: Option<String>,
    pub(super) replayed: u64,
    pub(super) moved: u64,
    pub(super) approved_by: Option<String>,
    pub(super) approved_at: Option<Timestamp>,
}

impl From<wire::Version> for VersionView {
    fn from(version: wire::Version) -> Self {
        Self {
            state: state(version.state()),
            digest: version.digest,
            rules: (version.rules > 0).then_some(version.rules),
            proposed_by: some(version.proposed_by),
            proposed_at: time(version.proposed_at),
            reason: some(version.reason),
            lint: some(version.lint),
            errors: version.errors,
            warnings: version.warnings,
            replay: some(version.replay),
            replayed: version.replayed,
            moved: version.moved,
            approved_by: some(version.approved_by),
            approved_at: time(version.approved_at),
        }
    }
}

fn state(state: wire::VersionState) -> String {
    let name = state.as_str_name();
    let word = name.strip_prefix("VERSION_STATE_").unwrap_or(name);
    word.to_ascii_lowercase()
}

/// A router as it last reported.
#[derive(Debug, Serialize)]
pub(super) struct ReplicaView {
    pub(super) id: String,
    pub(super) digest: Option<String>,
    pub(super) canary: Option<String>,
    pub(super) shadow: Option<String>,
    pub(super) seq: u64,
    pub(super) age_ms: u64,
    pub(super) gone: bool,
    pub(super) problem: Option<String>,
}

impl From<wire::Replica> for ReplicaView {
    fn from(replica: wire::Replica) -> Self {
        Self {
            id: replica.id,
            digest: some(replica.digest),
            canary: some(replica.canary),
            shadow: some(replica.shadow),
            seq: replica.seq,
            age_ms: replica.age_ms,
            gone: replica.gone,
            problem: some(replica.problem),
        }
    }
}

/// What is in force, what is tried, and who serves it.
#[derive(Debug, Serialize)]
pub(super) struct StatusView {
    pub(super) active: Option<VersionView>,
    pub(super) active_since: Option<Timestamp>,
    pub(super) converged: bool,
    pub(super) replicas: Vec<ReplicaView>,
    pub(super) shadow: Option<ShadowView>,
    pub(super) canary: Option<CanaryView>,
    pub(super) in_flight: Option<InFlightView>,
    pub(super) audit_length: u64,
    pub(super) audit_head: Option<String>,
}

/// A set that decides beside the one in force.
#[derive(Debug, Serialize)]
pub(super) struct ShadowView {
    pub(super) version: VersionView,
    pub(super) decided: u64,
    pub(super) differs: u64,
    pub(super) differences: Vec<DifferenceView>,
}

/// Complaints that a shadow would have sent elsewhere, or by another rule.
#[derive(Debug, Serialize)]
pub(super) struct DifferenceView {
    /// Null for the backstop.
    pub(super) rule: Option<String>,
    pub(super) shadow_rule: Option<String>,
    pub(super) unit: String,
    pub(super) shadow_unit: String,
    pub(super) count: u64,
}

/// A set that is in force in some districts.
#[derive(Debug, Serialize)]
pub(super) struct CanaryView {
    pub(super) version: VersionView,
    pub(super) districts: Vec<String>,
    pub(super) decided: u64,
    pub(super) returned: u64,
    pub(super) triage: u64,
    pub(super) max_return_rate: f64,
    pub(super) max_triage_rate: f64,
    pub(super) min_decided: u32,
}

/// What becomes of orders that waited at the last activation.
#[derive(Debug, Serialize)]
pub(super) struct InFlightView {
    pub(super) mode: String,
    pub(super) done: bool,
    pub(super) looked_at: u64,
    pub(super) moved: u64,
    pub(super) failed: u64,
}

impl From<wire::RulesStatus> for StatusView {
    fn from(status: wire::RulesStatus) -> Self {
        let bounds = status.canary_bounds.unwrap_or_default();
        let counts = status.canary_counts.unwrap_or_default();
        let shadow = status.shadow.map(|version| ShadowView {
            version: version.into(),
            decided: status.shadow_decided,
            differs: status.shadow_differs,
            differences: status.shadow_counts.into_iter().map(Into::into).collect(),
        });
        let canary = status.canary.map(|version| CanaryView {
            version: version.into(),
            districts: status.canary_districts,
            decided: counts.decided,
            returned: counts.returned,
            triage: counts.triage,
            max_return_rate: bounds.max_return_rate,
            max_triage_rate: bounds.max_triage_rate,
            min_decided: bounds.min_decided,
        });
        Self {
            active: status.active.map(Into::into),
            active_since: time(status.active_since),
            converged: status.converged,
            replicas: status.replicas.into_iter().map(Into::into).collect(),
            shadow,
            canary,
            in_flight: status.in_flight.map(Into::into),
            audit_length: status.audit_length,
            audit_head: some(status.audit_head),
        }
    }
}

impl From<wire::ShadowCount> for DifferenceView {
    fn from(count: wire::ShadowCount) -> Self {
        Self {
            rule: some(count.rule),
            shadow_rule: some(count.shadow_rule),
            unit: count.unit,
            shadow_unit: count.shadow_unit,
            count: count.count,
        }
    }
}

impl From<wire::InFlightWork> for InFlightView {
    fn from(work: wire::InFlightWork) -> Self {
        let name = work.mode().as_str_name();
        let mode = name.strip_prefix("IN_FLIGHT_").unwrap_or(name);
        Self {
            mode: mode.to_ascii_lowercase().replace('_', "-"),
            done: work.done,
            looked_at: work.looked_at,
            moved: work.moved,
            failed: work.failed,
        }
    }
}
