//! Messages of the router's services, inwards with the field named that is wrong.

use jiff::Timestamp;
use swiftline_domain::case::{Claim, MAX_NOTE_CHARS};
use swiftline_domain::city::Unit;
use swiftline_domain::id::{OfferNo, Version};
use swiftline_domain::rules::{Failure, Near};
use swiftline_domain::vocabulary::Language;
use swiftline_proto::convert::{
    ConvertError, case_number, id, optional_id, present, required, timestamp, to_timestamp, to_wire,
};
use swiftline_proto::router::v1 as wire;
use swiftline_proto::types::v1::{Assignment, Classification};
use swiftline_store::{DeadLetter, GroupState, QueueState};
use swiftline_telemetry::TraceContext;

use crate::desk::{DeskClaim, Grounds};
use crate::dispatch::Verdict;
use crate::error::Error;
use crate::explain::{Explanation, Facts, RulesSay};
use crate::metrics::{group_name, oldest};
use crate::route::{MAX_ITEMS, RouteItem, Routed};

pub(super) fn items(request: wire::RouteRequest) -> Result<Vec<RouteItem>, Error> {
    let count = request.items.len();
    if count > MAX_ITEMS {
        let reason = format!("has {count}, at most {MAX_ITEMS} are taken");
        return Err(ConvertError::new("items", reason).into());
    }
    let items = request.items.into_iter().enumerate();
    let items = items.map(|(at, one)| {
        item(one).map_err(|error| Error::from(error.within(&format!("items[{at}]"))))
    });
    items.collect()
}

fn item(item: wire::RouteItem) -> Result<RouteItem, ConvertError> {
    if item.version == 0 {
        return Err(ConvertError::new("version", "is required: 1 or more"));
    }
    let accepted_at = present(item.accepted_at, "accepted_at")?;
    let classification = present(item.classification, "classification")?;
    Ok(RouteItem {
        number: case_number(&item.case_number, "case_number")?,
        version: Version(item.version),
        accepted_at: to_timestamp(accepted_at, "accepted_at")?,
        complaint: present(item.complaint, "complaint")?.try_into()?,
        classification: classification
            .try_into()
            .map_err(|error: ConvertError| error.within("classification"))?,
        parent: TraceContext::parse(&item.trace_parent),
    })
}

/// A complaint that need not exist: no number, no version, and taken in now unless it says when.
pub(super) fn facts(item: wire::RouteItem, now: Timestamp) -> Result<Facts, Error> {
    let facts = |item: wire::RouteItem| {
        let accepted_at = item.accepted_at;
        let classification = present(item.classification, "classification")?;
        Ok::<_, ConvertError>(Facts {
            accepted_at: accepted_at.map_or(Ok(now), |at| to_timestamp(at, "accepted_at"))?,
            complaint: present(item.complaint, "complaint")?.try_into()?,
            classification: classification
                .try_into()
                .map_err(|error: ConvertError| error.within("classification"))?,
        })
    };
    facts(item).map_err(|error| error.within("facts").into())
}

pub(super) fn routed(case_number: String, routed: Routed) -> wire::RouteResult {
    use wire::route_result::Outcome;
    let outcome = match routed {
        Routed::Offered(offer) => Outcome::Offered((&*offer).into()),
        Routed::Answered(entry) => Outcome::Answered(entry.to_string()),
        Routed::Triage(reason) => Outcome::Triage(to_wire(reason)),
        Routed::Beyond(state) => Outcome::Beyond(to_wire(state)),
        Routed::Retry(reason) => Outcome::Retry(reason),
        Routed::Missing => Outcome::Missing("there is no such case".to_owned()),
    };
    wire::RouteResult {
        case_number,
        outcome: Some(outcome),
    }
}

pub(super) fn explanation(explained: Explanation) -> wire::ExplainResponse {
    let mut response = wire::ExplainResponse {
        classification: explained.classification.as_ref().map(Classification::from),
        assignment: explained.assignment.as_ref().map(Assignment::from),
        triage: explained.triage.map(to_wire).unwrap_or_default(),
        answered: explained
            .answered
            .map(|entry| entry.to_string())
            .unwrap_or_default(),
        ..wire::ExplainResponse::default()
    };
    if let Some(RulesSay {
        why,
        digest,
        canary,
    }) = explained.rules
    {
        response.winner = why.winner.map(|rule| rule.to_string()).unwrap_or_default();
        response.losers = why.close.into_iter().map(loser).collect();
        (response.rules_digest, response.canary) = (digest.into(), canary);
    }
    response
}

fn loser(near: Near) -> wire::LosingRule {
    let failed = |failure: Failure| wire::FailedCondition {
        dimension: failure.dimension.as_str().to_owned(),
        wanted: failure.wanted,
        found: failure.found,
    };
    wire::LosingRule {
        rule: near.rule.to_string(),
        failed: near.failed.into_iter().map(failed).collect(),
        after: near.after,
    }
}

pub(super) fn verdict(request: &wire::DispatchRequest) -> Result<Verdict, Error> {
    let verdict = Verdict {
        category: optional_id(&request.category, "category")?,
        unit: optional_id(&request.unit, "unit")?,
        actor: id(&request.actor, "actor")?,
    };
    if verdict.category.is_none() && verdict.unit.is_none() {
        return Err(ConvertError::new("unit", "is required where no category is given").into());
    }
    Ok(verdict)
}

pub(super) fn claim(claim: Option<wire::Claim>) -> Result<DeskClaim, Error> {
    let claim = present(claim, "claim")?;
    if claim.offer == 0 {
        return Err(
            ConvertError::new("claim.offer", "is required: the number of the offer").into(),
        );
    }
    Ok(DeskClaim {
        number: case_number(&claim.case_number, "claim.case_number")?,
        claim: Claim {
            team: id(&claim.team, "claim.team")?,
            offer: OfferNo(claim.offer),
            actor: id(&claim.actor, "claim.actor")?,
        },
    })
}

pub(super) fn grounds(reason: i32, note: String) -> Result<Grounds, Error> {
    Ok(Grounds {
        reason: required(reason, "reason")?,
        note: words(note, "note")?,
    })
}

/// A person's own words, which may be none.
pub(super) fn words(text: String, field: &str) -> Result<String, Error> {
    let chars = text.chars().count();
    if chars > MAX_NOTE_CHARS {
        let reason = format!("is {chars} characters long, at most {MAX_NOTE_CHARS} are taken");
        return Err(ConvertError::new(field, reason).into());
    }
    Ok(text)
}

/// A person's own words, which must be some.
pub(super) fn required_words(text: String, field: &str) -> Result<String, Error> {
    if text.trim().is_empty() {
        return Err(ConvertError::new(field, "is required").into());
    }
    words(text, field)
}

pub(super) fn unit(unit: &Unit, teams: Vec<wire::Team>, language: Language) -> wire::Unit {
    wire::Unit {
        id: unit.id.to_string(),
        name: unit.name.in_language(language).to_owned(),
        class: unit.class.to_string(),
        parent: unit
            .parent
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        teams,
    }
}

pub(super) fn group(state: &GroupState) -> wire::GroupState {
    wire::GroupState {
        partition: state.partition.0.into(),
        group: group_name(state.group).to_owned(),
        length: state.length,
        lag: state.lag,
        pending: state.pending,
        oldest_ms: millis(state.oldest.unwrap_or_default()),
    }
}

pub(super) fn queue(state: &QueueState, unit: String, capacity: u32) -> wire::QueueState {
    let [emergency, urgent, normal] = state.lanes.map(|lane| lane.waiting);
    wire::QueueState {
        team: state.team.to_string(),
        unit,
        emergency,
        urgent,
        normal,
        open: state.open.into(),
        capacity,
        oldest_ms: millis(oldest(state)),
    }
}

fn millis(age: std::time::Duration) -> u64 {
    u64::try_from(age.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn letter(letter: DeadLetter) -> wire::DeadLetter {
    wire::DeadLetter {
        id: letter.id.to_string(),
        group: group_name(letter.group).to_owned(),
        case_number: letter.number,
        reason: letter.reason,
        attempts: letter.attempts,
        at: Some(timestamp(letter.at)),
        trace_parent: letter.trace_parent,
        bytes: letter.bytes as u64,
    }
}
