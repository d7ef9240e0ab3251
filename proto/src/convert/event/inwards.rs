//! Events from the wire.

use swiftline_domain::case::{Callback, CallbackVia, Event};
use swiftline_domain::id::OfferNo;

use super::super::time::{optional_time, required_time};
use super::super::vocabulary::{optional, required};
use super::super::{ConvertError, case_number, id, nested, nested_optional, optional_id, present};
use super::{Wire, wire};

pub(super) fn event(event: Wire) -> Result<Event, ConvertError> {
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
            until: optional_time(e.until, "until")?,
        },
        Wire::Resumed(e) => Event::Resumed {
            actor: optional_id(&e.actor, "actor")?,
            handle: nested_optional(e.handle, "handle")?,
        },
        Wire::Asked(e) => Event::Asked {
            actor: id(&e.actor, "actor")?,
            ask: nested(e.ask, "ask")?,
            reason: e.reason,
        },
        Wire::Extended(e) => Event::Extended {
            actor: id(&e.actor, "actor")?,
            reason: e.reason,
            approved_by: id(&e.approved_by, "approved_by")?,
            handle: nested(e.handle, "handle")?,
        },
        Wire::RequestDeclined(e) => Event::RequestDeclined {
            by: id(&e.by, "by")?,
            note: e.note,
        },
        Wire::Noted(e) => Event::Noted {
            unit: id(&e.unit, "unit")?,
            team: id(&e.team, "team")?,
            actor: id(&e.actor, "actor")?,
            note: e.note,
            attachments: e.attachments,
        },
        Wire::PartOffered(e) => Event::PartOffered {
            part: Box::new(nested(e.part, "part")?),
        },
        Wire::PartSigned(e) => Event::PartSigned {
            unit: id(&e.unit, "unit")?,
            part: OfferNo(e.part),
            actor: id(&e.actor, "actor")?,
        },
        Wire::PartEnded(e) => Event::PartEnded {
            unit: id(&e.unit, "unit")?,
            team: id(&e.team, "team")?,
            part: OfferNo(e.part),
            actor: optional_id(&e.actor, "actor")?,
            end: required(e.end, "end")?,
            note: e.note,
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
            // Entries of the first version do not say: only operators called then.
            via: optional(e.via, "via")?.unwrap_or(CallbackVia::Phone),
            again_at: optional_time(e.again_at, "again_at")?,
            comment: e.comment,
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
            handle: nested_optional(e.handle, "handle")?,
        },
        Wire::Joined(e) => Event::Joined {
            member: case_number(&e.member, "member")?,
        },
        Wire::Followed(e) => Event::Followed {
            into: case_number(&e.into, "into")?,
            unit: id(&e.unit, "unit")?,
            outcome: required(e.outcome, "outcome")?,
            callback: nested(e.callback, "callback")?,
        },
        Wire::Separated(e) => Event::Separated {
            from: case_number(&e.from, "from")?,
        },
        Wire::Supervised(e) => Event::Supervised {
            unit: optional_id(&e.unit, "unit")?,
            reason: required(e.reason, "reason")?,
        },
        Wire::Released(e) => Event::Released {
            actor: id(&e.actor, "actor")?,
            note: e.note,
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
