//! The router's spans. Human steps and expiries begin new traces linked to the one before; a routing goes on with the
//! trace of whoever asked for it.

use swiftline_domain::case::{Event, Offer};
use swiftline_domain::id::TeamId;
use swiftline_domain::vocabulary::Urgency;
use swiftline_telemetry::hop::HopBuilder;
use swiftline_telemetry::{Hop, Operation, SpanKind, TraceContext, Tracer, names};

use crate::draft::Draft;
use crate::metrics::choice;

/// The destination of every team queue, in its low-cardinality form.
const TEAM_TEMPLATE: &str = "team.{team_id}";

/// What a change to a case is part of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step<'a> {
    /// Somebody of a team acts: `process team.{team_id}`, within the call that is being served.
    Desk(&'a TeamId),
    /// An operator or another service acts: a span of this name, within the call that is being served.
    Call(&'static str),
    /// Nobody asks: a deadline has passed or the rules have changed. A span of this name at the root of a trace of its own.
    Alone(&'static str),
}

/// The span of a routing. It names the urgency, by which emergencies are kept wherever traces are sampled: one that waits
/// before a person is in no lane.
pub(crate) fn route(
    tracer: &Tracer,
    number: &str,
    urgency: Urgency,
    parent: Option<&TraceContext>,
) -> Hop {
    tracer
        .span("route", SpanKind::Internal)
        .parent(parent)
        .case(number)
        .attribute(names::URGENCY, urgency.as_str())
        .start()
}

/// The span of a change, linked to the newest span of the case.
pub(crate) fn step(tracer: &Tracer, step: Step<'_>, number: &str, before: &TraceContext) -> Hop {
    let builder: HopBuilder<'_> = match step {
        Step::Desk(team) => tracer
            .message(Operation::Process, TEAM_TEMPLATE, &destination(team))
            .attribute(names::TEAM_ID, team.as_str().to_owned())
            .parent_current(),
        Step::Call(name) => tracer.span(name, SpanKind::Internal).parent_current(),
        Step::Alone(name) => tracer.span(name, SpanKind::Internal),
    };
    builder.case(number).link(before).start()
}

/// The span that puts an offer into a team's queue: its context travels in the order.
pub(crate) fn send(tracer: &Tracer, number: &str, offer: &Offer, parent: &TraceContext) -> Hop {
    let team = &offer.assignment.team;
    tracer
        .message(Operation::Send, TEAM_TEMPLATE, &destination(team))
        .parent(Some(parent))
        .attribute(names::TEAM_ID, team.as_str().to_owned())
        .attribute(names::OFFER, i64::from(offer.no.0))
        .case(number)
        .start()
}

/// Says on the span what was decided: rule, unit, team, lane, digest, hops.
pub(crate) fn tell_offer(hop: &mut Hop, draft: &Draft, offer: &Offer) {
    if !hop.is_recording() {
        return;
    }
    let to = &offer.assignment;
    if let Some(rule) = &to.rule {
        hop.set(names::RULE_ID, rule.as_str().to_owned());
    }
    hop.set(names::UNIT_ID, to.unit.as_str().to_owned());
    hop.set(names::TEAM_ID, to.team.as_str().to_owned());
    hop.set(names::LANE, to.lane.as_str());
    hop.set(names::RULES_DIGEST, to.rules_digest.clone());
    if draft.by_canary() {
        hop.set(names::RULES_CANARY, true);
    }
    hop.set(names::TEAM_CHOICE, choice(to.choice));
    let hops = i64::try_from(draft.case.asked.len()).unwrap_or(i64::MAX);
    hop.set(names::HOPS, hops);
    if !draft.meets_wish() {
        hop.set(names::WISH_DROPPED, true);
    }
}

/// Says on the span what has happened, and why a person must decide, if one must.
pub(crate) fn tell_events(hop: &mut Hop, events: &[Event]) {
    if !hop.is_recording() {
        return;
    }
    let happened: Vec<&str> = events.iter().map(Event::name).collect();
    hop.set(names::EVENTS, happened.join(","));
    tell_triage(hop, events);
}

/// Says on the span why a person must decide, if one must, and which rules left it to one.
pub(crate) fn tell_triage(hop: &mut Hop, events: &[Event]) {
    let sent = events.iter().rev().find_map(|event| match event {
        Event::SentToTriage { reason, by } => Some((*reason, by)),
        _ => None,
    });
    let Some((reason, by)) = sent else {
        return;
    };
    hop.set(names::TRIAGE_REASON, reason.as_str());
    if let Some(rule) = &by.rule {
        hop.set(names::RULE_ID, rule.as_str().to_owned());
    }
    if !by.rules_digest.is_empty() {
        hop.set(names::RULES_DIGEST, by.rules_digest.clone());
    }
}

fn destination(team: &TeamId) -> String {
    format!("team.{team}")
}
