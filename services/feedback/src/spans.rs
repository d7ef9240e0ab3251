//! The service's spans: each step on a case, and each try of the follow-up.

use swiftline_domain::case::Event;
use swiftline_store::{Delivery, Group};
use swiftline_telemetry::{Hop, Operation, SpanKind, TraceContext, Tracer, names};

/// A step that somebody asks for: within the call that is being served, linked to the newest span of the case.
pub(crate) fn step(
    tracer: &Tracer,
    name: &'static str,
    number: &str,
    before: &TraceContext,
) -> Hop {
    tracer
        .span(name, SpanKind::Internal)
        .parent_current()
        .case(number)
        .link(before)
        .start()
}

/// Working on an entry of the log: goes on with the trace of the commit that it tells of.
pub(crate) fn follow_up(tracer: &Tracer, delivery: &Delivery) -> Hop {
    let log = format!("{{{}}}:log", delivery.partition);
    tracer
        .message(Operation::Process, names::CASE_LOG, &log)
        .parent(Some(&delivery.trace))
        .case(&delivery.number.to_string())
        .message_id(&delivery.id.to_string())
        .group(Group::Feedback.as_str())
        .attribute(names::ATTEMPT, i64::from(delivery.attempts))
        .start()
}

/// Says on the span what has happened.
pub(crate) fn tell_events(hop: &mut Hop, events: &[Event]) {
    if hop.is_recording() {
        let happened: Vec<&str> = events.iter().map(Event::name).collect();
        hop.set(names::EVENTS, happened.join(","));
    }
}
