//! An entry of the log as rows: read straight from the stored message, as it is.

use jiff::Timestamp;
use swiftline_domain::archive::EventRow;
use swiftline_domain::case::{
    ClockKind, CloseReason, Outcome, PartEnd, ReopenReason, ReturnReason, SupervisionReason,
    TriageReason,
};
use swiftline_domain::vocabulary::{Channel, Kind, Line, Urgency};
use swiftline_proto::convert::{Word, event_name, optional, to_timestamp};
use swiftline_proto::types::v1::event::Event;
use swiftline_proto::types::v1::{Callback, Classification, Commit, DecidedBy, Due, Offer};

/// The name of an event that this version does not know: the row says at least that something happened.
const UNKNOWN: &str = "unknown";
/// As much of a rule set's digest as tells it from the others.
const DIGEST_DIGITS: usize = 16;

/// A commit that cannot become rows: why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the commit's {0}")]
pub(crate) struct NoRows(&'static str);

/// The events of a commit, in order.
pub(crate) fn rows(commit: &Commit) -> Result<Vec<EventRow<'_>>, NoRows> {
    let number = commit
        .case_number
        .parse()
        .map_err(|_| NoRows("case number is none"))?;
    let at = commit
        .at
        .and_then(|at| to_timestamp(at, "at").ok())
        .ok_or(NoRows("time is none"))?;
    let version = u32::try_from(commit.version).map_err(|_| NoRows("version is too large"))?;
    let row = |(step, event): (usize, &'_ swiftline_proto::types::v1::Event)| {
        let step = u8::try_from(step).unwrap_or(u8::MAX);
        let name = event.event.as_ref().map_or(UNKNOWN, event_name);
        EventRow::new(number, (version, step), at, name)
    };
    let mut rows: Vec<EventRow<'_>> = commit.events.iter().enumerate().map(row).collect();
    for (row, event) in rows.iter_mut().zip(&commit.events) {
        if let Some(event) = &event.event {
            fill(row, event);
        }
        if let (Some(said), Some(Event::Accepted(_))) = (&commit.complaint, &event.event) {
            row.channel = word::<Channel>(said.channel, Channel::as_str);
            row.line = word::<Line>(said.line, Line::as_str);
            row.kind = word::<Kind>(said.kind, Kind::as_str);
            row.language = text(&said.language);
        }
    }
    Ok(rows)
}

fn fill<'a>(row: &mut EventRow<'a>, event: &'a Event) {
    match event {
        Event::Classified(e) => {
            classified(row, e.classification.as_ref());
            row.due_at = due(e.dispatch.as_ref());
        }
        Event::SentToTriage(e) => {
            row.reason = word::<TriageReason>(e.reason, TriageReason::as_str);
            decided(row, e.by.as_ref());
        }
        Event::Answered(e) => {
            row.entry = text(&e.entry);
            row.due_at = due(e.callback.as_ref());
        }
        Event::Offered(e) => {
            offered(row, e.offer.as_ref());
            row.due_at = due(e.handle.as_ref());
        }
        Event::Signed(e) => about(row, &e.unit, "", e.offer, &e.actor),
        Event::Returned(e) => {
            about(row, &e.unit, &e.team, e.offer, &e.actor);
            row.reason = word::<ReturnReason>(e.reason, ReturnReason::as_str);
            decided(row, e.by.as_ref());
        }
        Event::Expired(e) => {
            about(row, &e.unit, &e.team, e.offer, "");
            decided(row, e.by.as_ref());
        }
        Event::Transferred(e) => {
            about(row, &e.unit, &e.team, e.offer, &e.actor);
            row.reason = word::<ReturnReason>(e.reason, ReturnReason::as_str);
            decided(row, e.by.as_ref());
        }
        Event::Recalled(e) => {
            about(row, &e.unit, &e.team, e.offer, "");
            row.rules_digest = digest(&e.rules_digest);
        }
        // Its reason is in the team's own words, and those stay out.
        Event::Suspended(e) => row.actor = text(&e.actor),
        Event::Resumed(e) => row.actor = text(&e.actor),
        Event::Resolved(e) => {
            about(row, &e.unit, &e.team, 0, &e.actor);
            row.outcome = word::<Outcome>(e.outcome, Outcome::as_str);
            row.due_at = due(e.callback.as_ref());
        }
        Event::CalledBack(e) => {
            row.unit = text(&e.unit);
            row.entry = text(&e.entry);
            answers(row, e.callback.as_ref());
        }
        Event::Closed(e) => row.reason = word::<CloseReason>(e.reason, CloseReason::as_str),
        Event::Reopened(e) => {
            row.unit = text(&e.unit);
            row.entry = text(&e.entry);
            row.reason = word::<ReopenReason>(e.reason, ReopenReason::as_str);
        }
        Event::Merged(e) => row.into = e.into.parse().ok(),
        Event::Warned(e) => row.clock = word::<ClockKind>(e.clock, ClockKind::as_str),
        Event::Overrun(e) => {
            row.unit = text(&e.unit);
            row.clock = word::<ClockKind>(e.clock, ClockKind::as_str);
        }
        Event::Extended(e) => {
            row.actor = text(&e.approved_by);
            row.due_at = due(e.handle.as_ref());
        }
        Event::Asked(e) => row.actor = text(&e.actor),
        Event::RequestDeclined(e) => row.actor = text(&e.by),
        Event::Noted(e) => about(row, &e.unit, &e.team, 0, &e.actor),
        Event::PartOffered(e) => {
            if let Some(part) = &e.part {
                about(row, &part.unit, &part.team, part.no, "");
            }
        }
        Event::PartSigned(e) => about(row, &e.unit, "", e.part, &e.actor),
        Event::PartEnded(e) => {
            about(row, &e.unit, &e.team, e.part, &e.actor);
            row.reason = word::<PartEnd>(e.end, PartEnd::as_str);
        }
        Event::Joined(e) => row.into = e.member.parse().ok(),
        Event::Followed(e) => {
            row.unit = text(&e.unit);
            row.into = e.into.parse().ok();
            row.outcome = word::<Outcome>(e.outcome, Outcome::as_str);
            row.due_at = due(e.callback.as_ref());
        }
        Event::Separated(e) => row.into = e.from.parse().ok(),
        Event::Supervised(e) => {
            row.unit = text(&e.unit);
            row.reason = word::<SupervisionReason>(e.reason, SupervisionReason::as_str);
        }
        Event::Released(e) => row.actor = text(&e.actor),
        // Its name, case and time are all there is to say without anybody's words.
        _ => {}
    }
}

fn about<'a>(row: &mut EventRow<'a>, unit: &'a str, team: &'a str, offer: u32, actor: &'a str) {
    row.unit = text(unit);
    row.team = text(team);
    row.offer = u16::try_from(offer).ok().filter(|offer| *offer > 0);
    row.actor = text(actor);
}

fn classified<'a>(row: &mut EventRow<'a>, said: Option<&'a Classification>) {
    let Some(said) = said else { return };
    row.category = text(&said.category);
    row.kind = word::<Kind>(said.kind, Kind::as_str);
    row.urgency = word::<Urgency>(said.urgency, Urgency::as_str);
    row.language = text(&said.language);
    row.place = text(&said.place);
}

fn offered<'a>(row: &mut EventRow<'a>, offer: Option<&'a Offer>) {
    let Some((offer, to)) = offer.and_then(|offer| Some((offer, offer.assignment.as_ref()?)))
    else {
        return;
    };
    about(row, &to.unit, &to.team, offer.no, "");
    row.urgency = word::<Urgency>(to.lane, Urgency::as_str);
    row.rule = text(&to.rule);
    row.rules_digest = digest(&to.rules_digest);
}

fn decided<'a>(row: &mut EventRow<'a>, by: Option<&'a DecidedBy>) {
    let Some(by) = by else { return };
    row.rule = text(&by.rule);
    row.rules_digest = digest(&by.rules_digest);
}

fn answers(row: &mut EventRow<'_>, callback: Option<&Callback>) {
    let Some(callback) = callback else { return };
    row.reached = Some(callback.reached);
    row.contacted = callback.contacted;
    row.solved = callback.solved;
    row.satisfied = callback.satisfied;
}

fn due(due: Option<&Due>) -> Option<Timestamp> {
    to_timestamp(due?.at?, "at").ok()
}

/// An id; what is empty is not there.
fn text(id: &str) -> Option<&str> {
    (!id.is_empty()).then_some(id)
}

fn digest(digest: &str) -> Option<&str> {
    text(digest.get(..DIGEST_DIGITS).unwrap_or(digest))
}

fn word<T: Word>(number: i32, name: fn(T) -> &'static str) -> Option<&'static str> {
    optional::<T>(number, "").ok().flatten().map(name)
}
