//! What has happened to a case: each event is its name and an ordered list of facts, so that JSON and table never differ.

use jiff::Timestamp;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;
use swiftline_domain::case::{
    CallbackVia, ClockKind, CloseReason, Outcome, PartEnd, ReopenReason, ReturnReason,
    SupervisionReason, TriageReason,
};
use swiftline_domain::vocabulary::{Kind, Urgency};
use swiftline_proto::convert::Word;
use swiftline_proto::types::v1 as wire;
use swiftline_proto::types::v1::event::Event;

use super::time;
use crate::words::{trace_id, word};

/// One step of a case's journey.
#[derive(Debug, Serialize)]
pub(crate) struct StepView {
    pub(crate) case_number: String,
    /// Of the case after the commit; the events of one commit share it.
    pub(crate) version: u64,
    pub(crate) at: Option<Timestamp>,
    pub(crate) event: &'static str,
    #[serde(flatten)]
    pub(crate) facts: Facts,
    pub(crate) trace_id: Option<String>,
}

/// The steps of these commits, in order.
pub(crate) fn steps(commits: Vec<wire::Commit>) -> Vec<StepView> {
    commits.into_iter().flat_map(commit).collect()
}

fn commit(commit: wire::Commit) -> impl Iterator<Item = StepView> {
    let wire::Commit {
        case_number,
        version,
        at,
        events,
        trace_parent,
        complaint: _,
        subject: _,
        leads_issue: _,
    } = commit;
    events.into_iter().map(move |event| {
        let (event, facts) = event.event.map_or(("unknown", Facts::default()), describe);
        StepView {
            case_number: case_number.clone(),
            version,
            at: time(at),
            event,
            facts,
            trace_id: trace_id(&trace_parent),
        }
    })
}

/// Names and values in order.
#[derive(Debug, Default)]
pub(crate) struct Facts(Vec<(&'static str, Value)>);

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Facts {
    fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// A text that is left out when it is empty.
    fn text(self, name: &'static str, text: String) -> Self {
        if text.is_empty() {
            self
        } else {
            self.with(name, text)
        }
    }

    fn word<T: Word>(self, name: &'static str, number: i32) -> Self {
        self.text(name, word::<T>(number).unwrap_or_default())
    }

    fn time(self, name: &'static str, at: Option<prost_types::Timestamp>) -> Self {
        self.text(name, time(at).map(|at| at.to_string()).unwrap_or_default())
    }

    fn answer(self, name: &'static str, answer: Option<bool>) -> Self {
        match answer {
            Some(answer) => self.with(name, answer),
            None => self,
        }
    }

    /// The facts as one line of text: `offer 2, team st-x`.
    pub(crate) fn sentence(&self) -> String {
        let fact = |(name, value): &(&str, Value)| {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            format!("{} {value}", name.replace('_', " "))
        };
        self.0.iter().map(fact).collect::<Vec<_>>().join(", ")
    }
}

/// An event's name and facts. Exhaustive, so that a new event cannot be forgotten.
fn describe(event: Event) -> (&'static str, Facts) {
    let facts = Facts::default();
    match event {
        Event::Accepted(_) => ("accepted", facts),
        Event::Classified(it) => ("classified", classified(it)),
        Event::SentToTriage(it) => (
            "sent_to_triage",
            facts.word::<TriageReason>("reason", it.reason),
        ),
        Event::Answered(it) => (
            "answered",
            facts
                .with("entry", it.entry)
                .time("callback_by", it.callback.and_then(|due| due.at)),
        ),
        Event::Offered(it) => ("offered", offered(it.offer.unwrap_or_default())),
        Event::Signed(it) => (
            "signed",
            facts.with("offer", it.offer).with("actor", it.actor),
        ),
        Event::Returned(it) => (
            "returned",
            gave_away(it.offer, it.team, it.unit)
                .with("actor", it.actor)
                .word::<ReturnReason>("reason", it.reason)
                .text("note", it.note)
                .text("rule", it.by.unwrap_or_default().rule),
        ),
        Event::Expired(it) => (
            "expired",
            gave_away(it.offer, it.team, it.unit).text("rule", it.by.unwrap_or_default().rule),
        ),
        Event::Transferred(it) => (
            "transferred",
            gave_away(it.offer, it.team, it.unit)
                .with("actor", it.actor)
                .with("to", it.to)
                .word::<ReturnReason>("reason", it.reason)
                .text("note", it.note),
        ),
        Event::Suspended(it) => (
            "suspended",
            facts
                .with("actor", it.actor)
                .with("reason", it.reason)
                .with("approved_by", it.approved_by)
                .time("until", it.until),
        ),
        Event::Resumed(it) => (
            "resumed",
            facts
                .text("actor", it.actor)
                .time("handle_by", it.handle.and_then(|due| due.at)),
        ),
        Event::Resolved(it) => (
            "resolved",
            facts
                .with("team", it.team)
                .with("unit", it.unit)
                .with("actor", it.actor)
                .word::<Outcome>("outcome", it.outcome)
                .text("note", it.note),
        ),
        Event::CalledBack(it) => ("called_back", called_back(it)),
        Event::Closed(it) => ("closed", facts.word::<CloseReason>("reason", it.reason)),
        Event::Reopened(it) => (
            "reopened",
            facts
                .word::<ReopenReason>("reason", it.reason)
                .text("entry", it.entry),
        ),
        Event::Merged(it) => ("merged", facts.with("into", it.into)),
        Event::Joined(it) => ("joined", facts.with("member", it.member)),
        Event::Followed(it) => (
            "followed",
            facts
                .with("into", it.into)
                .with("unit", it.unit)
                .word::<Outcome>("outcome", it.outcome),
        ),
        Event::Separated(it) => ("separated", facts.with("from", it.from)),
        Event::Supervised(it) => (
            "supervised",
            facts
                .text("unit", it.unit)
                .word::<SupervisionReason>("reason", it.reason),
        ),
        Event::Released(it) => (
            "released",
            facts.with("actor", it.actor).text("note", it.note),
        ),
        Event::Asked(it) => ("asked", asked(it)),
        Event::Extended(it) => (
            "extended",
            facts
                .with("actor", it.actor)
                .with("reason", it.reason)
                .with("approved_by", it.approved_by)
                .time("handle_by", it.handle.and_then(|due| due.at)),
        ),
        Event::RequestDeclined(it) => (
            "request_declined",
            facts.with("by", it.by).text("note", it.note),
        ),
        Event::Noted(it) => (
            "noted",
            facts
                .with("unit", it.unit)
                .with("actor", it.actor)
                .text("note", it.note)
                .text("attachments", it.attachments.join(" ")),
        ),
        Event::PartOffered(it) => {
            let part = it.part.unwrap_or_default();
            (
                "part_offered",
                facts
                    .with("part", part.no)
                    .with("unit", part.unit)
                    .with("team", part.team)
                    .time("sign_by", part.sign_by),
            )
        }
        Event::PartSigned(it) => (
            "part_signed",
            facts
                .with("part", it.part)
                .with("unit", it.unit)
                .with("actor", it.actor),
        ),
        Event::PartEnded(it) => (
            "part_ended",
            facts
                .with("part", it.part)
                .with("unit", it.unit)
                .word::<PartEnd>("end", it.end)
                .text("actor", it.actor)
                .text("note", it.note),
        ),
        Event::Withdrawn(_) => ("withdrawn", facts),
        Event::Warned(it) => ("warned", facts.word::<ClockKind>("clock", it.clock)),
        Event::Overrun(it) => ("overrun", facts.word::<ClockKind>("clock", it.clock)),
        Event::Recalled(it) => (
            "recalled",
            gave_away(it.offer, it.team, it.unit).with("rules", it.rules_digest),
        ),
    }
}

fn asked(it: wire::event::Asked) -> Facts {
    use wire::ask::Ask;
    let facts = Facts::default()
        .with("actor", it.actor)
        .with("reason", it.reason);
    match it.ask.and_then(|ask| ask.ask) {
        Some(Ask::Extension(until)) => facts.time("extension_until", until.at),
        Some(Ask::Suspension(aside)) => facts
            .with("for", "suspension")
            .time("suspension_until", aside.until),
        None => facts,
    }
}

fn classified(it: wire::event::Classified) -> Facts {
    let what = it.classification.unwrap_or_default();
    Facts::default()
        .text("category", what.category)
        .word::<Kind>("kind", what.kind)
        .word::<Urgency>("urgency", what.urgency)
        .text("place", what.place)
        .text("language", what.language)
        // Rounded: as a double the same number would grow digits that nobody measured.
        .with(
            "confidence",
            (f64::from(what.confidence) * 1e4).round() / 1e4,
        )
        .time("dispatch_by", it.dispatch.and_then(|due| due.at))
}

fn offered(offer: wire::Offer) -> Facts {
    let to = offer.assignment.unwrap_or_default();
    Facts::default()
        .with("offer", offer.no)
        .with("team", to.team)
        .with("unit", to.unit)
        .word::<Urgency>("lane", to.lane)
        .text("rule", to.rule)
        .time("sign_by", offer.sign_by)
}

fn gave_away(offer: u32, team: String, unit: String) -> Facts {
    Facts::default()
        .with("offer", offer)
        .with("team", team)
        .with("unit", unit)
}

fn called_back(it: wire::event::CalledBack) -> Facts {
    let answers = it.callback.unwrap_or_default();
    Facts::default()
        .text("unit", it.unit)
        .text("entry", it.entry)
        .with("reached", answers.reached)
        .answer("contacted", answers.contacted)
        .answer("solved", answers.solved)
        .answer("satisfied", answers.satisfied)
        .word::<CallbackVia>("via", it.via)
        .text("comment", it.comment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(event: Event) -> StepView {
        let commit = wire::Commit {
            case_number: "07-0001234-8".into(),
            version: 4,
            at: Some(prost_types::Timestamp {
                seconds: 0,
                nanos: 0,
            }),
            events: vec![wire::Event { event: Some(event) }],
            trace_parent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into(),
            ..wire::Commit::default()
        };
        steps(vec![commit]).remove(0)
    }

    #[test]
    fn table_and_json_tell_the_same_facts() {
        let step = one(Event::Returned(wire::event::Returned {
            unit: "st-x".into(),
            team: "st-x-1".into(),
            offer: 2,
            actor: "desk-1".into(),
            reason: wire::ReturnReason::WrongUnit.into(),
            note: String::new(),
            by: Some(wire::DecidedBy {
                rule: "water".into(),
                rules_digest: "3f2a".into(),
            }),
        }));
        assert_eq!(
            step.facts.sentence(),
            "offer 2, team st-x-1, unit st-x, actor desk-1, reason wrong_unit, rule water"
        );
        assert_eq!(
            serde_json::to_string(&step).unwrap(),
            r#"{"case_number":"07-0001234-8","version":4,"at":"1970-01-01T00:00:00Z","event":"returned","offer":2,"team":"st-x-1","unit":"st-x","actor":"desk-1","reason":"wrong_unit","rule":"water","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}"#
        );
    }

    #[test]
    fn only_the_questions_that_were_answered_are_told() {
        let answers = wire::Callback {
            reached: true,
            contacted: Some(true),
            ..Default::default()
        };
        let step = one(Event::CalledBack(wire::event::CalledBack {
            unit: "u".into(),
            callback: Some(answers),
            via: wire::CallbackVia::Link.into(),
            comment: "at last".into(),
            ..Default::default()
        }));
        assert_eq!(
            step.facts.sentence(),
            "unit u, reached true, contacted true, via link, comment at last"
        );
    }

    #[test]
    fn a_confidence_keeps_its_digits() {
        let what = wire::Classification {
            category: "water".into(),
            confidence: 0.9,
            ..Default::default()
        };
        let step = one(Event::Classified(wire::event::Classified {
            classification: Some(what),
            dispatch: None,
        }));
        assert_eq!(step.facts.sentence(), "category water, confidence 0.9");
    }
}
