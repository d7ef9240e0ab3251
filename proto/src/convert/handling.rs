//! What goes on beside the states: sub-orders, requests, supervision.

use swiftline_domain::case::{Ask, Part, Request, Supervision};
use swiftline_domain::id::OfferNo;

use super::time::{optional_time, required_time, timestamp};
use super::vocabulary::{optional, optional_to_wire, required, to_wire};
use super::{ConvertError, id, nested, optional_id, present, wire};

impl From<&Part> for wire::Part {
    fn from(part: &Part) -> Self {
        let signed = part.signed.as_ref();
        Self {
            no: part.no.0,
            unit: part.unit.to_string(),
            team: part.team.to_string(),
            lane: to_wire(part.lane),
            offered_at: Some(timestamp(part.offered_at)),
            sign_by: Some(timestamp(part.sign_by)),
            signed_by: signed.map(|(by, _)| by.to_string()).unwrap_or_default(),
            signed_at: signed.map(|(_, at)| timestamp(*at)),
            end: optional_to_wire(part.end),
        }
    }
}

impl TryFrom<wire::Part> for Part {
    type Error = ConvertError;

    fn try_from(part: wire::Part) -> Result<Self, ConvertError> {
        let signed = match optional_id(&part.signed_by, "signed_by")? {
            Some(by) => Some((by, required_time(part.signed_at, "signed_at")?)),
            None => None,
        };
        Ok(Self {
            no: OfferNo(part.no),
            unit: id(&part.unit, "unit")?,
            team: id(&part.team, "team")?,
            lane: required(part.lane, "lane")?,
            offered_at: required_time(part.offered_at, "offered_at")?,
            sign_by: required_time(part.sign_by, "sign_by")?,
            signed,
            end: optional(part.end, "end")?,
        })
    }
}

impl From<&Ask> for wire::Ask {
    fn from(ask: &Ask) -> Self {
        let ask = match ask {
            Ask::Extension { until } => wire::ask::Ask::Extension(until.into()),
            Ask::Suspension { until } => wire::ask::Ask::Suspension(wire::ask::Suspension {
                until: until.map(timestamp),
            }),
        };
        Self { ask: Some(ask) }
    }
}

impl TryFrom<wire::Ask> for Ask {
    type Error = ConvertError;

    fn try_from(ask: wire::Ask) -> Result<Self, ConvertError> {
        Ok(match present(ask.ask, "ask")? {
            wire::ask::Ask::Extension(until) => Self::Extension {
                until: nested(Some(until), "extension")?,
            },
            wire::ask::Ask::Suspension(aside) => Self::Suspension {
                until: optional_time(aside.until, "suspension.until")?,
            },
        })
    }
}

impl From<&Request> for wire::PendingRequest {
    fn from(request: &Request) -> Self {
        Self {
            ask: Some((&request.ask).into()),
            reason: request.reason.clone(),
            by: request.by.to_string(),
            at: Some(timestamp(request.at)),
        }
    }
}

impl TryFrom<wire::PendingRequest> for Request {
    type Error = ConvertError;

    fn try_from(request: wire::PendingRequest) -> Result<Self, ConvertError> {
        Ok(Self {
            ask: nested(request.ask, "ask")?,
            reason: request.reason,
            by: id(&request.by, "by")?,
            at: required_time(request.at, "at")?,
        })
    }
}

impl From<&Supervision> for wire::Supervision {
    fn from(supervision: &Supervision) -> Self {
        Self {
            reason: to_wire(supervision.reason),
            since: Some(timestamp(supervision.since)),
        }
    }
}

impl TryFrom<wire::Supervision> for Supervision {
    type Error = ConvertError;

    fn try_from(supervision: wire::Supervision) -> Result<Self, ConvertError> {
        Ok(Self {
            reason: required(supervision.reason, "reason")?,
            since: required_time(supervision.since, "since")?,
        })
    }
}
