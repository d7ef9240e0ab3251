//! Events: one exhaustive match each way, so that a new event cannot be forgotten here.

mod inwards;

use swiftline_domain::case::{DecidedBy, Event};

use super::time::timestamp;
use super::vocabulary::to_wire;
use super::{ConvertError, optional_id, present, text_of};
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
        inwards::event(event).map_err(|error| error.within(name))
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
            until,
        } => Wire::Suspended(wire::Suspended {
            actor: actor.to_string(),
            reason: reason.clone(),
            approved_by: approved_by.to_string(),
            until: until.map(timestamp),
        }),
        Event::Resumed { actor, handle } => Wire::Resumed(wire::Resumed {
            actor: text_of(actor.as_ref()),
            handle: handle.as_ref().map(Into::into),
        }),
        Event::Asked { actor, ask, reason } => Wire::Asked(wire::Asked {
            actor: actor.to_string(),
            ask: Some(ask.into()),
            reason: reason.clone(),
        }),
        Event::Extended {
            actor,
            reason,
            approved_by,
            handle,
        } => Wire::Extended(wire::Extended {
            actor: actor.to_string(),
            reason: reason.clone(),
            approved_by: approved_by.to_string(),
            handle: Some(handle.into()),
        }),
        Event::RequestDeclined { by, note } => Wire::RequestDeclined(wire::RequestDeclined {
            by: by.to_string(),
            note: note.clone(),
        }),
        Event::Noted {
            unit,
            team,
            actor,
            note,
            attachments,
        } => Wire::Noted(wire::Noted {
            unit: unit.to_string(),
            team: team.to_string(),
            actor: actor.to_string(),
            note: note.clone(),
            attachments: attachments.clone(),
        }),
        Event::PartOffered { part } => Wire::PartOffered(wire::PartOffered {
            part: Some((&**part).into()),
        }),
        Event::PartSigned { unit, part, actor } => Wire::PartSigned(wire::PartSigned {
            unit: unit.to_string(),
            part: part.0,
            actor: actor.to_string(),
        }),
        Event::PartEnded {
            unit,
            team,
            part,
            actor,
            end,
            note,
        } => Wire::PartEnded(wire::PartEnded {
            unit: unit.to_string(),
            team: team.to_string(),
            part: part.0,
            actor: text_of(actor.as_ref()),
            end: to_wire(*end),
            note: note.clone(),
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
            via,
            again_at,
            comment,
        } => Wire::CalledBack(wire::CalledBack {
            unit: text_of(unit.as_ref()),
            callback: Some(callback.into()),
            entry: text_of(entry.as_ref()),
            via: to_wire(*via),
            again_at: again_at.map(timestamp),
            comment: comment.clone(),
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
        Event::Merged { into, handle } => Wire::Merged(wire::Merged {
            into: into.to_string(),
            handle: handle.as_ref().map(Into::into),
        }),
        Event::Joined { member } => Wire::Joined(wire::Joined {
            member: member.to_string(),
        }),
        Event::Followed {
            into,
            unit,
            outcome,
            callback,
        } => Wire::Followed(wire::Followed {
            into: into.to_string(),
            unit: unit.to_string(),
            outcome: to_wire(*outcome),
            callback: Some(callback.into()),
        }),
        Event::Separated { from } => Wire::Separated(wire::Separated {
            from: from.to_string(),
        }),
        Event::Withdrawn => Wire::Withdrawn(wire::Withdrawn {}),
        Event::Warned { clock } => Wire::Warned(wire::Warned {
            clock: to_wire(*clock),
        }),
        Event::Overrun { unit, clock } => Wire::Overrun(wire::Overrun {
            clock: to_wire(*clock),
            unit: text_of(unit.as_ref()),
        }),
        Event::Supervised { unit, reason } => Wire::Supervised(wire::Supervised {
            unit: text_of(unit.as_ref()),
            reason: to_wire(*reason),
        }),
        Event::Released { actor, note } => Wire::Released(wire::Released {
            actor: actor.to_string(),
            note: note.clone(),
        }),
    }
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
        Wire::Asked(_) => "asked",
        Wire::Extended(_) => "extended",
        Wire::RequestDeclined(_) => "request_declined",
        Wire::Noted(_) => "noted",
        Wire::PartOffered(_) => "part_offered",
        Wire::PartSigned(_) => "part_signed",
        Wire::PartEnded(_) => "part_ended",
        Wire::Joined(_) => "joined",
        Wire::Followed(_) => "followed",
        Wire::Separated(_) => "separated",
        Wire::Supervised(_) => "supervised",
        Wire::Released(_) => "released",
    }
}
