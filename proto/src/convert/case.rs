//! Cases as they stand.

use swiftline_domain::case::{Callback, Case, Clocks};
use swiftline_domain::id::{OfferNo, TeamId, Version};
use swiftline_domain::number::CaseNumber;

use super::time::{optional_time, required_time, timestamp};
use super::vocabulary::{optional, optional_to_wire, required, to_wire};
use super::{
    ConvertError, case_number, id, ids, nested, nested_optional, optional_id, text_of, wire,
};

impl From<&Case> for wire::Case {
    fn from(case: &Case) -> Self {
        Self {
            number: case.number.to_string(),
            version: case.version.0,
            state: to_wire(case.state),
            accepted_at: Some(timestamp(case.accepted_at)),
            updated_at: Some(timestamp(case.updated_at)),
            classification: case.classification.as_ref().map(Into::into),
            offer: case.offer.as_ref().map(Into::into),
            asked: case.asked.iter().map(ToString::to_string).collect(),
            recalled: case.recalled.iter().map(recalled).collect(),
            answerable: text_of(case.answerable.as_ref()),
            dispatch_clock: case.clocks.dispatch.as_ref().map(Into::into),
            handle_clock: case.clocks.handle.as_ref().map(Into::into),
            callback_clock: case.clocks.callback.as_ref().map(Into::into),
            outcome: optional_to_wire(case.outcome),
            answered: text_of(case.answered.as_ref()),
            callback: case.callback.as_ref().map(Into::into),
            reopened: case.reopened,
            dissatisfied: case.dissatisfied,
            merged_into: text_of(case.merged_into.as_ref()),
            call_at: case.call_at.map(timestamp),
            attempts: case.attempts,
            members: case.members.iter().map(ToString::to_string).collect(),
            parts: case.parts.iter().map(Into::into).collect(),
            request: case.request.as_ref().map(Into::into),
            suspended_until: case.suspended_until.map(timestamp),
            supervision: case.supervision.as_ref().map(Into::into),
        }
    }
}

impl TryFrom<wire::Case> for Case {
    type Error = ConvertError;

    fn try_from(case: wire::Case) -> Result<Self, ConvertError> {
        Ok(Self {
            number: case_number(&case.number, "number")?,
            version: Version(case.version),
            state: required(case.state, "state")?,
            accepted_at: required_time(case.accepted_at, "accepted_at")?,
            updated_at: required_time(case.updated_at, "updated_at")?,
            classification: nested_optional(case.classification, "classification")?,
            offer: nested_optional(case.offer, "offer")?,
            asked: ids(&case.asked, "asked")?,
            recalled: case
                .recalled
                .iter()
                .map(|one| Ok((OfferNo(one.no), id(&one.team, "recalled")?)))
                .collect::<Result<_, ConvertError>>()?,
            answerable: optional_id(&case.answerable, "answerable")?,
            clocks: Clocks {
                dispatch: nested_optional(case.dispatch_clock, "dispatch_clock")?,
                handle: nested_optional(case.handle_clock, "handle_clock")?,
                callback: nested_optional(case.callback_clock, "callback_clock")?,
            },
            outcome: optional(case.outcome, "outcome")?,
            answered: optional_id(&case.answered, "answered")?,
            callback: case.callback.map(Callback::from),
            reopened: case.reopened,
            dissatisfied: case.dissatisfied,
            merged_into: optional_number(&case.merged_into)?,
            call_at: optional_time(case.call_at, "call_at")?,
            attempts: case.attempts,
            members: case
                .members
                .iter()
                .map(|member| case_number(member, "members"))
                .collect::<Result<_, _>>()?,
            parts: case
                .parts
                .into_iter()
                .map(|part| nested(Some(part), "parts"))
                .collect::<Result<_, _>>()?,
            request: nested_optional(case.request, "request")?,
            suspended_until: optional_time(case.suspended_until, "suspended_until")?,
            supervision: nested_optional(case.supervision, "supervision")?,
        })
    }
}

fn recalled((no, team): &(OfferNo, TeamId)) -> wire::RecalledOffer {
    wire::RecalledOffer {
        no: no.0,
        team: team.to_string(),
    }
}

fn optional_number(text: &str) -> Result<Option<CaseNumber>, ConvertError> {
    if text.is_empty() {
        return Ok(None);
    }
    case_number(text, "merged_into").map(Some)
}
