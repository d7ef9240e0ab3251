//! Events: one exhaustive match each way, so that a new event cannot be forgotten here.

use swiftline_domain::case::{Callback, DecidedBy, Event};
use swiftline_domain::id::OfferNo;

use super::time::{required_time, timestamp};
use super::vocabulary::{required, to_wire};
use super::{
    ConvertError, case_number, id, nested, nested_optional, optional_id, present, text_of,
};
use crate::types::v1::event::{self as wire, Event as Wire};

impl From<&Event> for crate::types::v1::Event {
    fn from(event: &Event) -> Self {
        Self {
            event: Some(outwards(event)),
        }
    }
}

impl TryFrom<crate::types::v1::Event> for Event {
    type Error = ConvertError;

    fn try_from(event: crate::types::v1::Event) -> Result<Self, ConvertError> {
        let event = present(event.event, "event")?;
        let name = event_name(&event);
        inwards(event).map_err(|error| error.within(name))
    }
}

fn outwards(event: &Event) -> Wire {
    match event {
        Event::Accepted { at } => Wire::Accepted(wire::Accepted {
            at: Some(timestamp(*at)),
        }),
        Event::Classified {
            classification,
            dispatch,
        } => Wire::Classified(wire::Classified {
            classification: Some((&**classification).into()),
            dispatch: Some(dispatch.into()),
        }),
        Event::SentToTriage { reason, by } => Wire::SentToTriage(wire::SentToTriage {
            reason: to_wire(*reason),
            by: decided_by(by),
        }),
        Event::Answered { entry, callback } => Wire::Answered(wire::Answered {
            entry: entry.to_string(),
            callback: Some(callback.into()),
        }),
        Event::Offered { offer, handle } => Wire::Offered(wire::Offered {
            offer: Some((&**offer).into()),
            handle: handle.as_ref().map(Into::into),
        }),
        Event::Signed { unit, offer, actor } => Wire::Signed(wire::Signed {
            offer: offer.0,
            actor: actor.to_string(),
            unit: unit.to_string(),
        }),
        Event::Returned {
            unit,
            team,
            offer,
            actor,
            reason,
            note,
            by,
        } => Wire::Returned(wire::Returned {
            unit: unit.to_string(),
            team: team.to_string(),
            offer: offer.0,
            actor: actor.to_string(),
            reason: to_wire(*reason),
            note: note.clone(),
            by: decided_by(by),
        }),
        Event::Expired {
            unit,
            team,
            offer,
            by,
        } => Wire::Expired(wire::Expired {
            unit: unit.to_string(),
            team: team.to_string(),
            offer: offer.0,
            by: decided_by(by),
        }),
        Event::Recalled {
            unit,
            team,
            offer,
            rules_digest,
        } => Wire::Recalled(wire::Recalled {
            unit: unit.to_string(),
            team: team.to_string(),
            offer: offer.0,
            rules_digest: rules_digest.clone(),
        }),
        Event::Transferred {
            unit,
            team,
            offer,
            actor,
            to,
            reason,
            note,
            by,
        } => Wire::Transferred(wire::Transferred {
            unit: unit.to_string(),
            team: team.to_string(),
            offer: offer.0,
            actor: actor.to_string(),
            to: to.to_string(),
            reason: to_wire(*reason),
            note: note.clone(),
            by: decided_by(by),
        }),
        Event::Suspended {
            actor,
            reason,
            approved_by,
        } => Wire::Suspended(wire::Suspended {
            actor: actor.to_string(),
            reason: reason.clone(),
            approved_by: approved_by.to_string(),
        }),
        Event::Resumed { actor } => Wire::Resumed(wire::Resumed {
            actor: actor.to_string(),
        }),
        Event::Resolved {
            unit,
            team,
            actor,
            outcome,
            note,
            callback,
        } => Wire::Resolved(wire::Resolved {
            unit: unit.to_string(),
            team: team.to_string(),
            actor: actor.to_string(),
            outcome: to_wire(*outcome),
            note: note.clone(),
            callback: Some(callback.into()),
        }),
        Event::CalledBack {
            unit,
            entry,
            callback,
        } => Wire::CalledBack(wire::CalledBack {
            unit: text_of(unit.as_ref()),
            callback: Some(callback.into()),
            entry: text_of(entry.as_ref()),
        }),
        Event::Closed { reason } => Wire::Closed(wire::Closed {
            reason: to_wire(*reason),
        }),
        Event::Reopened {
            unit,
            entry,
            reason,
        } => Wire::Reopened(wire::Reopened {
            reason: to_wire(*reason),
            unit: text_of(unit.as_ref()),
            entry: text_of(entry.as_ref()),
        }),
        Event::Merged { into } => Wire::Merged(wire::Merged {
            into: into.to_string(),
        }),
        Event::Withdrawn => Wire::Withdrawn(wire::Withdrawn {}),
        Event::Warned { clock } => Wire::Warned(wire::Warned {
            clock: to_wire(*clock),
        }),
        Event::Overrun { unit, clock } => Wire::Overrun(wire::Overrun {
            clock: to_wire(*clock),
            unit: text_of(unit.as_ref()),
        }),
    }
}

fn inwards(event: Wire) -> Result<Event, ConvertError> {
    Ok(match event {
        Wire::Accepted(e) => Event::Accepted {
            at: required_time(e.at, "at")?,
        },
        Wire::Classified(e) => Event::Classified {
            classification: Box::new(nested(e.classification, "classification")?),
            dispatch: nested(e.dispatch, "dispatch")?,
        },
        Wire::SentToTriage(e) => Event::SentToTriage {
            reason: required(e.reason, "reason")?,
            by: nested_optional(e.by, "by")?.unwrap_or_default(),
        },
        Wire::Answered(e) => Event::Answered {
            entry: id(&e.entry, "entry")?,
            callback: nested(e.callback, "callback")?,
        },
        Wire::Offered(e) => Event::Offered {
            offer: Box::new(nested(e.offer, "offer")?),
            handle: nested_optional(e.handle, "handle")?,
        },
        Wire::Signed(e) => Event::Signed {
            unit: id(&e.unit, "unit")?,
            offer: OfferNo(e.offer),
            actor: id(&e.actor, "actor")?,
        },
        Wire::Returned(e) => Event::Returned {
            unit: id(&e.unit, "unit")?,
            team: id(&e.team, "team")?,
            offer: OfferNo(e.offer),
            actor: id(&e.actor, "actor")?,
            reason: required(e.reason, "reason")?,
            note: e.note,
            by: nested_optional(e.by, "by")?.unwrap_or_default(),
        },
        Wire::Expired(e) => Event::Expired {
            unit: id(&e.unit, "unit")?,
            team: id(&e.team, "team")?,
            offer: OfferNo(e.offer),
            by: nested_optional(e.by, "by")?.unwrap_or_default(),
        },
        Wire::Recalled(e) => Event::Recalled {
            unit: id(&e.unit, "unit")?,
            team: id(&e.team, "team")?,
            offer: OfferNo(e.offer),
            rules_digest: e.rules_digest,
        },
        Wire::Transferred(e) => Event::Transferred {
            unit: id(&e.unit, "unit")?,
            team: id(&e.team, "team")?,
            offer: OfferNo(e.offer),
            actor: id(&e.actor, "actor")?,
            to: id(&e.to, "to")?,
            reason: required(e.reason, "reason")?,
            note: e.note,
            by: nested_optional(e.by, "by")?.unwrap_or_default(),
        },
        Wire::Suspended(e) => Event::Suspended {
            actor: id(&e.actor, "actor")?,
            reason: e.reason,
            approved_by: id(&e.approved_by, "approved_by")?,
        },
        Wire::Resumed(e) => Event::Resumed {
            actor: id(&e.actor, "actor")?,
        },
        Wire::Resolved(e) => Event::Resolved {
            unit: id(&e.unit, "unit")?,
            team: id(&e.team, "team")?,
            actor: id(&e.actor, "actor")?,
            outcome: required(e.outcome, "outcome")?,
            note: e.note,
            callback: nested(e.callback, "callback")?,
        },
        Wire::CalledBack(e) => Event::CalledBack {
            unit: optional_id(&e.unit, "unit")?,
            entry: optional_id(&e.entry, "entry")?,
            callback: Callback::from(present(e.callback, "callback")?),
        },
        Wire::Closed(e) => Event::Closed {
            reason: required(e.reason, "reason")?,
        },
        Wire::Reopened(e) => Event::Reopened {
            unit: optional_id(&e.unit, "unit")?,
            entry: optional_id(&e.entry, "entry")?,
            reason: required(e.reason, "reason")?,
        },
        Wire::Merged(e) => Event::Merged {
            into: case_number(&e.into, "into")?,
        },
        Wire::Withdrawn(wire::Withdrawn {}) => Event::Withdrawn,
        Wire::Warned(e) => Event::Warned {
            clock: required(e.clock, "clock")?,
        },
        Wire::Overrun(e) => Event::Overrun {
            unit: optional_id(&e.unit, "unit")?,
            clock: required(e.clock, "clock")?,
        },
    })
}

/// Absent when no rules decided: most events of a person's choice.
fn decided_by(by: &DecidedBy) -> Option<crate::types::v1::DecidedBy> {
    (*by != DecidedBy::default()).then(|| crate::types::v1::DecidedBy {
        rule: text_of(by.rule.as_ref()),
        rules_digest: by.rules_digest.clone(),
    })
}

impl TryFrom<crate::types::v1::DecidedBy> for DecidedBy {
    type Error = ConvertError;

    fn try_from(by: crate::types::v1::DecidedBy) -> Result<Self, ConvertError> {
        Ok(Self {
            rule: optional_id(&by.rule, "rule")?,
            rules_digest: by.rules_digest,
        })
    }
}

/// The name of the field that holds the event; the same as [`Event::name`].
#[must_use]
pub const fn event_name(event: &Wire) -> &'static str {
    match event {
        Wire::Accepted(_) => "accepted",
        Wire::Classified(_) => "classified",
        Wire::SentToTriage(_) => "sent_to_triage",
        Wire::Answered(_) => "answered",
        Wire::Offered(_) => "offered",
        Wire::Signed(_) => "signed",
        Wire::Returned(_) => "returned",
        Wire::Expired(_) => "expired",
        Wire::Transferred(_) => "transferred",
        Wire::Suspended(_) => "suspended",
        Wire::Resumed(_) => "resumed",
        Wire::Resolved(_) => "resolved",
        Wire::CalledBack(_) => "called_back",
        Wire::Closed(_) => "closed",
        Wire::Reopened(_) => "reopened",
        Wire::Merged(_) => "merged",
        Wire::Withdrawn(_) => "withdrawn",
        Wire::Warned(_) => "warned",
        Wire::Overrun(_) => "overrun",
        Wire::Recalled(_) => "recalled",
    }
}
