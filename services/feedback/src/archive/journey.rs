//! Rows of events back as commits: what `events` takes out of them, and nothing that is not in the archive.

use jiff::Timestamp;
use swiftline_domain::archive::EventRow;
use swiftline_domain::case::{
    ClockKind, CloseReason, Outcome, PartEnd, ReopenReason, ReturnReason, SupervisionReason,
    TriageReason,
};
use swiftline_domain::vocabulary::{Channel, Kind, Line, Urgency};
use swiftline_proto::convert::{number_of_word, timestamp, to_wire};
use swiftline_proto::types::v1 as wire;
use swiftline_proto::types::v1::event::{self, Event};

/// The commits of a case whose rows come in order.
#[must_use]
pub fn commits(rows: &[EventRow<'_>]) -> Vec<wire::Commit> {
    rows.chunk_by(|one, other| one.version == other.version)
        .map(commit)
        .collect()
}

/// A commit of at least one row.
fn commit(rows: &[EventRow<'_>]) -> wire::Commit {
    let first = &rows[0];
    wire::Commit {
        case_number: first.case_number.to_string(),
        version: first.version.into(),
        at: Some(timestamp(first.at)),
        events: rows
            .iter()
            .map(|row| wire::Event { event: event(row) })
            .collect(),
        complaint: rows.iter().find(|row| row.event == "accepted").map(said),
        ..wire::Commit::default()
    }
}

fn said(row: &EventRow<'_>) -> wire::Complaint {
    wire::Complaint {
        channel: number_of_word::<Channel>(row.channel),
        line: number_of_word::<Line>(row.line),
        kind: number_of_word::<Kind>(row.kind),
        language: text(row.language),
        ..wire::Complaint::default()
    }
}

/// `None` for a name that this version does not know.
fn event(row: &EventRow<'_>) -> Option<Event> {
    Some(match row.event {
        "accepted" => Event::Accepted(event::Accepted {
            at: Some(timestamp(row.at)),
        }),
        "classified" => Event::Classified(classified(row)),
        "sent_to_triage" => Event::SentToTriage(event::SentToTriage {
            reason: number_of_word::<TriageReason>(row.reason),
            by: decided(row),
        }),
        "answered" => Event::Answered(event::Answered {
            entry: text(row.entry),
            callback: due(row.due_at),
        }),
        "offered" => Event::Offered(event::Offered {
            offer: Some(offer(row)),
            handle: due(row.due_at),
        }),
        "closed" => Event::Closed(event::Closed {
            reason: number_of_word::<CloseReason>(row.reason),
        }),
        "reopened" => Event::Reopened(event::Reopened {
            reason: number_of_word::<ReopenReason>(row.reason),
            unit: text(row.unit),
            entry: text(row.entry),
        }),
        "called_back" => Event::CalledBack(event::CalledBack {
            unit: text(row.unit),
            entry: text(row.entry),
            callback: row.reached.map(|reached| wire::Callback {
                reached,
                contacted: row.contacted,
                solved: row.solved,
                satisfied: row.satisfied,
            }),
            ..Default::default()
        }),
        "withdrawn" => Event::Withdrawn(event::Withdrawn {}),
        "warned" => Event::Warned(event::Warned { clock: clock(row) }),
        "overrun" => Event::Overrun(event::Overrun {
            clock: clock(row),
            unit: text(row.unit),
        }),
        _ => return of_a_team(row).or_else(|| of_several(row)),
    })
}

/// What a team does with its order.
fn of_a_team(row: &EventRow<'_>) -> Option<Event> {
    let (unit, team, actor) = (text(row.unit), text(row.team), text(row.actor));
    let offer = row.offer.unwrap_or_default().into();
    let (by, reason) = (decided(row), number_of_word::<ReturnReason>(row.reason));
    Some(match row.event {
        "signed" => Event::Signed(event::Signed { offer, actor, unit }),
        "returned" => Event::Returned(event::Returned {
            unit,
            team,
            offer,
            actor,
            reason,
            by,
            ..Default::default()
        }),
        "expired" => Event::Expired(event::Expired {
            unit,
            team,
            offer,
            by,
        }),
        "transferred" => Event::Transferred(event::Transferred {
            unit,
            team,
            offer,
            actor,
            reason,
            by,
            ..Default::default()
        }),
        "recalled" => Event::Recalled(event::Recalled {
            unit,
            team,
            offer,
            rules_digest: text(row.rules_digest),
        }),
        "suspended" => Event::Suspended(event::Suspended {
            actor,
            ..Default::default()
        }),
        "resumed" => Event::Resumed(event::Resumed {
            actor,
            handle: None,
        }),
        "resolved" => Event::Resolved(event::Resolved {
            unit,
            team,
            actor,
            outcome: number_of_word::<Outcome>(row.outcome),
            callback: due(row.due_at),
            ..Default::default()
        }),
        "asked" => Event::Asked(event::Asked {
            actor,
            ..Default::default()
        }),
        "extended" => Event::Extended(event::Extended {
            approved_by: actor,
            handle: due(row.due_at),
            ..Default::default()
        }),
        "request_declined" => Event::RequestDeclined(event::RequestDeclined {
            by: actor,
            ..Default::default()
        }),
        "noted" => Event::Noted(event::Noted {
            unit,
            team,
            actor,
            ..Default::default()
        }),
        _ => return None,
    })
}

/// What happens between units, between cases, and above them.
fn of_several(row: &EventRow<'_>) -> Option<Event> {
    let (unit, team, actor) = (text(row.unit), text(row.team), text(row.actor));
    let part = row.offer.unwrap_or_default().into();
    let other = row.into.map(|case| case.to_string()).unwrap_or_default();
    Some(match row.event {
        "part_offered" => Event::PartOffered(event::PartOffered {
            part: Some(wire::Part {
                no: part,
                unit,
                team,
                ..Default::default()
            }),
        }),
        "part_signed" => Event::PartSigned(event::PartSigned { unit, part, actor }),
        "part_ended" => Event::PartEnded(event::PartEnded {
            unit,
            team,
            part,
            actor,
            end: number_of_word::<PartEnd>(row.reason),
            ..Default::default()
        }),
        "merged" => Event::Merged(event::Merged {
            into: other,
            handle: None,
        }),
        "joined" => Event::Joined(event::Joined { member: other }),
        "followed" => Event::Followed(event::Followed {
            into: other,
            unit,
            outcome: number_of_word::<Outcome>(row.outcome),
            callback: due(row.due_at),
        }),
        "separated" => Event::Separated(event::Separated { from: other }),
        "supervised" => Event::Supervised(event::Supervised {
            unit,
            reason: number_of_word::<SupervisionReason>(row.reason),
        }),
        "released" => Event::Released(event::Released {
            actor,
            ..Default::default()
        }),
        _ => return None,
    })
}

fn classified(row: &EventRow<'_>) -> event::Classified {
    event::Classified {
        classification: Some(wire::Classification {
            category: text(row.category),
            kind: number_of_word::<Kind>(row.kind),
            urgency: number_of_word::<Urgency>(row.urgency),
            language: text(row.language),
            place: text(row.place),
            ..Default::default()
        }),
        dispatch: due(row.due_at),
    }
}

fn offer(row: &EventRow<'_>) -> wire::Offer {
    wire::Offer {
        no: row.offer.unwrap_or_default().into(),
        assignment: Some(wire::Assignment {
            unit: text(row.unit),
            team: text(row.team),
            lane: number_of_word::<Urgency>(row.urgency),
            rule: text(row.rule),
            rules_digest: text(row.rules_digest),
            ..Default::default()
        }),
        offered_at: Some(timestamp(row.at)),
        ..Default::default()
    }
}

/// `None` when neither rule nor rule set is in the row.
fn decided(row: &EventRow<'_>) -> Option<wire::DecidedBy> {
    (row.rule.is_some() || row.rules_digest.is_some()).then(|| wire::DecidedBy {
        rule: text(row.rule),
        rules_digest: text(row.rules_digest),
    })
}

fn clock(row: &EventRow<'_>) -> i32 {
    let of = |clock: &&ClockKind| Some(clock.as_str()) == row.clock;
    ClockKind::ALL
        .iter()
        .find(of)
        .map_or(0, |clock| to_wire(*clock))
}

fn due(at: Option<Timestamp>) -> Option<wire::Due> {
    at.map(|at| wire::Due {
        warn_at: None,
        at: Some(timestamp(at)),
    })
}

fn text(word: Option<&str>) -> String {
    word.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::events;
    use super::*;

    /// What `events` knows, each with everything that its row can hold.
    const NAMES: [&str; 32] = [
        "accepted",
        "classified",
        "sent_to_triage",
        "answered",
        "offered",
        "signed",
        "returned",
        "expired",
        "transferred",
        "suspended",
        "resumed",
        "resolved",
        "called_back",
        "closed",
        "reopened",
        "merged",
        "withdrawn",
        "warned",
        "overrun",
        "recalled",
        "asked",
        "extended",
        "request_declined",
        "noted",
        "part_offered",
        "part_signed",
        "part_ended",
        "joined",
        "followed",
        "separated",
        "supervised",
        "released",
    ];

    /// A row of this event with every column that any event has; its reason is one of the event's own words.
    fn full(name: &'static str) -> EventRow<'static> {
        let number = "07-0001234-8".parse().unwrap();
        let at = "2026-03-04T05:06:07.089Z".parse().unwrap();
        let reason = match name {
            "sent_to_triage" => "no_place",
            "closed" => "confirmed",
            "reopened" => "recurred",
            "part_ended" => "done",
            "supervised" => "overdue",
            _ => "wrong_unit",
        };
        EventRow {
            unit: Some("water"),
            team: Some("water-day"),
            offer: Some(3),
            actor: Some("desk-1"),
            reason: Some(reason),
            clock: Some("handle"),
            due_at: Some(at),
            outcome: Some("explained"),
            reached: Some(true),
            contacted: Some(true),
            solved: Some(false),
            satisfied: None,
            category: Some("roads.lights"),
            kind: Some("complaint"),
            urgency: Some("urgent"),
            language: Some("zh"),
            channel: Some("web"),
            line: Some("general"),
            place: Some("d1"),
            rule: Some("r-1"),
            rules_digest: Some("0123456789abcdef"),
            entry: Some("faq-1"),
            into: Some(number),
            ..EventRow::new(number, (4, 0), at, name)
        }
    }

    #[test]
    fn a_commit_of_a_row_gives_the_row_again() {
        for name in NAMES {
            // What this event has of the full row is what its commit gives; that must survive.
            let commit = commit(&[full(name)]);
            let once = events::rows(&commit).unwrap();
            let again = commits(&once);
            assert_eq!(again, std::slice::from_ref(&commit), "{name}");
            assert_eq!(once[0].event, name);
            assert_eq!(events::rows(&again[0]).unwrap(), once, "{name}");
        }
    }

    #[test]
    fn events_of_one_version_are_one_commit_and_an_unknown_one_still_stands_there() {
        let second = EventRow {
            step: 1,
            ..full("offered")
        };
        let later = EventRow {
            version: 5,
            ..full("from the future")
        };
        let all = commits(&[full("classified"), second, later]);
        assert_eq!((all.len(), all[0].events.len()), (2, 2));
        assert_eq!(all[1].events, [wire::Event { event: None }]);
    }
}
