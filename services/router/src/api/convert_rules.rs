//! Messages of the rule workflow, both ways.

use std::time::Duration;

use swiftline_domain::id::AreaId;
use swiftline_domain::rules::RulesDigest;
use swiftline_domain::rules::Severity;
use swiftline_domain::rules::workflow::{
    CanaryBounds, InFlight, MAX_PERMILLE, MAX_REASON_CHARS, Status as Stands, Version,
};
use swiftline_proto::convert::{ConvertError, id, present, timestamp};
use swiftline_proto::router::v1 as wire;

use crate::error::Error;
use crate::rules::{
    Activate, Activated, By, Checked, Difference, Peer, Proposed, Shown, Status, Wanted,
};

/// The longest that an activation waits for the routers.
const MAX_WAIT: Duration = Duration::from_secs(60);
/// How long it waits when nothing is said.
const DEFAULT_WAIT: Duration = Duration::from_secs(10);
/// Differences of a shadow in an answer, at most.
const SHADOW_COUNTS: usize = 20;

pub(super) fn by(actor: &str, reason: String) -> Result<By, Error> {
    let wrong = if reason.trim().is_empty() {
        Some("is required: why, in a few words".to_owned())
    } else if reason.chars().count() > MAX_REASON_CHARS {
        Some(format!("is longer than {MAX_REASON_CHARS} characters"))
    } else {
        None
    };
    match wrong {
        Some(wrong) => Err(ConvertError::new("reason", wrong).into()),
        None => Ok(By {
            actor: id(actor, "actor")?,
            reason,
        }),
    }
}

pub(super) fn districts(districts: &[String]) -> Result<Vec<AreaId>, Error> {
    let districts = districts.iter().enumerate();
    let area = |(at, text): (usize, &String)| id(text, &format!("districts[{at}]"));
    Ok(districts.map(area).collect::<Result<_, _>>()?)
}

pub(super) fn bounds(bounds: Option<wire::CanaryBounds>) -> Result<CanaryBounds, Error> {
    let bounds = present(bounds, "bounds")?;
    Ok(CanaryBounds {
        max_return_permille: permille(bounds.max_return_rate, "bounds.max_return_rate")?,
        max_triage_permille: permille(bounds.max_triage_rate, "bounds.max_triage_rate")?,
        min_decided: match bounds.min_decided {
            0 => {
                return Err(
                    ConvertError::new("bounds.min_decided", "is required: 1 or more").into(),
                );
            }
            decided => decided.into(),
        },
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to 1,000 by the check before"
)]
fn permille(rate: f64, field: &str) -> Result<u16, ConvertError> {
    if (0.0..=1.0).contains(&rate) {
        Ok((rate * f64::from(MAX_PERMILLE)).round() as u16)
    } else {
        Err(ConvertError::new(field, "must be 0 to 1"))
    }
}

/// `longest` is how long the call may take.
pub(super) fn activate(
    request: &wire::ActivateRequest,
    longest: Duration,
) -> Result<Activate, Error> {
    if request.digest.is_empty() && !request.rollback {
        return Err(ConvertError::new("digest", "is required, but for a rollback").into());
    }
    let wait = match request.wait {
        None => DEFAULT_WAIT,
        Some(wait) => Duration::try_from(wait)
            .ok()
            .filter(|wait| *wait <= MAX_WAIT)
            .ok_or_else(|| ConvertError::new("wait", "must be 0 to 60 s"))?,
    };
    Ok(Activate {
        digest: request.digest.clone(),
        expected_active: request.expected_active.clone(),
        in_flight: in_flight(request.in_flight)?,
        rollback: request.rollback,
        wait: wait.min(longest),
    })
}

fn in_flight(value: i32) -> Result<InFlight, Error> {
    match wire::InFlight::try_from(value) {
        Ok(wire::InFlight::Keep) => Ok(InFlight::Keep),
        Ok(wire::InFlight::ReevaluateWaiting) => Ok(InFlight::ReevaluateWaiting),
        Ok(wire::InFlight::RecallUnsigned) => Ok(InFlight::RecallUnsigned),
        Ok(wire::InFlight::Unspecified) => {
            let reason = "is required: what becomes of orders that wait must be said";
            Err(ConvertError::new("in_flight", reason).into())
        }
        Err(_) => Err(ConvertError::new("in_flight", "is not known").into()),
    }
}

fn in_flight_out(mode: InFlight) -> i32 {
    let mode = match mode {
        InFlight::Keep => wire::InFlight::Keep,
        InFlight::ReevaluateWaiting => wire::InFlight::ReevaluateWaiting,
        InFlight::RecallUnsigned => wire::InFlight::RecallUnsigned,
    };
    mode.into()
}

fn report(digest: &RulesDigest, json: String) -> wire::Report {
    wire::Report {
        digest: digest.to_string(),
        json,
    }
}

fn lint_of(checked: &Checked) -> wire::Report {
    report(&checked.lint_ref().digest, checked.lint_json.clone())
}

pub(super) fn checked(checked: &Checked) -> wire::CheckResponse {
    let count = |severity| u32::try_from(checked.count(severity)).unwrap_or(u32::MAX);
    let rules = checked.rules.as_ref().ok();
    wire::CheckResponse {
        digest: rules
            .map(|rules| rules.digest().to_string())
            .unwrap_or_default(),
        text: rules
            .map(|rules| rules.text().to_owned())
            .unwrap_or_default(),
        lint: Some(lint_of(checked)),
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
    }
}

pub(super) fn proposed(proposed: &Proposed) -> wire::ProposeResponse {
    wire::ProposeResponse {
        version: Some(version(&proposed.version)),
        already: proposed.already,
        lint: Some(lint_of(&proposed.checked)),
    }
}

pub(super) fn version(version: &Version) -> wire::Version {
    let state = match version.status {
        Stands::Proposed => wire::VersionState::Proposed,
        Stands::Approved => wire::VersionState::Approved,
        Stands::Active => wire::VersionState::Active,
        Stands::Former => wire::VersionState::Former,
        Stands::Rejected => wire::VersionState::Rejected,
    };
    let lint = version.lint.as_ref();
    let replay = version.replay.as_ref();
    let approval = version.approval.as_ref();
    let count = |count: Option<u64>| u32::try_from(count.unwrap_or_default()).unwrap_or(u32::MAX);
    // The pack's own was proposed by nobody.
    let proposer = version
        .base
        .as_ref()
        .map(|_| version.proposed.by.to_string());
    wire::Version {
        digest: version.digest.to_string(),
        state: state.into(),
        proposed_by: proposer.unwrap_or_default(),
        proposed_at: Some(timestamp(version.proposed.at)),
        reason: version.proposed.reason.clone(),
        rules: count(version.rules),
        lint: lint.map(|lint| lint.digest.to_string()).unwrap_or_default(),
        errors: count(lint.map(|lint| lint.errors)),
        warnings: count(lint.map(|lint| lint.warnings)),
        replay: replay
            .map(|replay| replay.report.to_string())
            .unwrap_or_default(),
        replayed: replay.map(|replay| replay.complaints).unwrap_or_default(),
        moved: replay.map(|replay| replay.moved).unwrap_or_default(),
        approved_by: approval
            .map(|one| one.mark.by.to_string())
            .unwrap_or_default(),
        approved_at: approval.map(|one| timestamp(one.mark.at)),
    }
}

fn peer(peer: Peer, wanted: &Wanted) -> wire::Replica {
    let gone = peer.is_gone();
    wire::Replica {
        problem: if gone {
            String::new()
        } else {
            peer.problem(wanted)
        },
        gone,
        // The number of the last entry: they are counted from 0.
        seq: peer.beat.entries.saturating_sub(1),
        id: peer.id,
        digest: peer.beat.digest,
        canary: peer.beat.canary,
        shadow: peer.beat.shadow,
        age_ms: peer.age_ms,
    }
}

pub(super) fn status(status: Status) -> wire::RulesStatus {
    let workflow = &status.workflow;
    let of = |digest: &RulesDigest| workflow.version(digest).map(version);
    let canary = workflow.canary();
    let bounds = canary.map(|canary| canary.bounds);
    let rate = |permille: u16| f64::from(permille) / f64::from(MAX_PERMILLE);
    wire::RulesStatus {
        active: workflow.active().and_then(of),
        active_since: workflow
            .activations()
            .last()
            .map(|newest| timestamp(newest.mark.at)),
        shadow: workflow.shadow().and_then(|shadow| of(&shadow.digest)),
        shadow_decided: status.shadow.decided,
        shadow_differs: status.shadow.differs,
        shadow_counts: shadow_counts(status.shadow.most_frequent(SHADOW_COUNTS)),
        canary: canary.and_then(|canary| of(&canary.digest)),
        canary_districts: canary
            .map(|canary| canary.districts.iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
        canary_bounds: bounds.map(|bounds| wire::CanaryBounds {
            max_return_rate: rate(bounds.max_return_permille),
            max_triage_rate: rate(bounds.max_triage_permille),
            min_decided: u32::try_from(bounds.min_decided).unwrap_or(u32::MAX),
        }),
        canary_counts: canary.map(|_| wire::CanaryCounts {
            decided: status.canary.decided,
            returned: status.canary.returned,
            triage: status.canary.triage,
        }),
        converged: status.converged(),
        in_flight: status.in_flight.map(|work| wire::InFlightWork {
            mode: in_flight_out(work.mode),
            done: work.done,
            looked_at: work.progress.looked_at,
            moved: work.progress.moved,
            failed: work.progress.failed,
        }),
        audit_length: workflow.head().entries,
        audit_head: workflow.head().hash.to_string(),
        replicas: {
            let wanted = &status.wanted;
            status
                .peers
                .into_iter()
                .map(|one| peer(one, wanted))
                .collect()
        },
    }
}

fn shadow_counts(counts: Vec<(Difference, u64)>) -> Vec<wire::ShadowCount> {
    let count = |(difference, count): (Difference, u64)| wire::ShadowCount {
        rule: difference
            .rule
            .map(|rule| rule.to_string())
            .unwrap_or_default(),
        shadow_rule: difference
            .shadow_rule
            .map(|rule| rule.to_string())
            .unwrap_or_default(),
        unit: difference.unit.to_string(),
        shadow_unit: difference.shadow_unit.to_string(),
        count,
    };
    counts.into_iter().map(count).collect()
}

pub(super) fn activated(activated: Activated, now: Status) -> wire::ActivateResponse {
    let wanted = &activated.wanted;
    let stragglers = activated
        .stragglers
        .into_iter()
        .map(|one| peer(one, wanted));
    wire::ActivateResponse {
        converged: activated.converged,
        stragglers: stragglers.collect(),
        status: Some(status(now)),
    }
}

pub(super) fn shown(shown: Shown) -> wire::ShowResponse {
    wire::ShowResponse {
        version: Some(version(&shown.version)),
        text: shown.text,
        lint: shown.lint.map(|(digest, json)| report(&digest, json)),
        replay: shown.replay.map(|(digest, json)| report(&digest, json)),
    }
}
