//! The shape of a case's traces: the machine's part is one, each human step begins another, linked to the one before.

use std::time::Duration;

use jiff::SignedDuration;
use swiftline_proto::trace::v1::Span;
use swiftline_telemetry::{Telemetry, TelemetrySettings, TraceContext};
use swiftline_tracebook::{Tracebook, serve};
use tokio::net::TcpListener;

use crate::rig::{ACCEPTED, Options, Rig};

struct Traced {
    rig: Rig,
    book: Tracebook,
    telemetry: Telemetry,
}

async fn start() -> Traced {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let book = Tracebook::new(10_000);
    tokio::spawn(serve(book.clone(), listener, std::future::pending()));
    let settings = TelemetrySettings {
        otlp_endpoint: endpoint,
        ..TelemetrySettings::default()
    };
    let telemetry = Telemetry::detached("router", "0.0.0", &settings).unwrap();
    let options = Options {
        instruments: telemetry.instruments(),
        ..Options::default()
    };
    let rig = Rig::start_with(options).await;
    Traced {
        rig,
        book,
        telemetry,
    }
}

fn find<'a>(spans: &'a [Span], name: &str, nth: usize) -> &'a Span {
    let mut named = spans.iter().filter(|span| span.name == name);
    named
        .nth(nth)
        .unwrap_or_else(|| panic!("no {nth}. {name} in {spans:#?}"))
}

fn position(span: &Span) -> String {
    format!("00-{}-{}-01", span.trace_id, span.span_id)
}

#[tokio::test]
async fn a_routing_goes_on_with_its_callers_trace_and_each_human_step_is_linked() {
    let Traced {
        mut rig,
        book,
        telemetry,
    } = start().await;
    let held = rig.offered("housing", "01001").await;
    let number = held.number.to_string();
    let routed = rig.stored(held.number).await.trace;
    let order = rig.waiting(&held.team).await.remove(0);
    rig.give_back(&held).await.unwrap();
    let returned = rig.stored(held.number).await.trace;
    rig.pass(SignedDuration::from_hours(5));
    rig.wait_for_team(held.number, "hotline-a").await;
    let expired = rig.stored(held.number).await.trace;
    let last = rig.held(held.number).await;
    rig.sign(&last, "desk-2").await.unwrap();
    rig.stop().await;
    let counts = telemetry.shutdown(Duration::from_secs(10)).await;
    assert_eq!((counts.dropped, counts.ended), (0, counts.exported));
    let spans = book.by_case(&number);

    let accepted = TraceContext::parse(ACCEPTED).unwrap();
    let route = find(&spans, "route", 0);
    assert_eq!(
        (route.trace_id.as_str(), route.parent_span_id.as_str()),
        (accepted.trace_id(), accepted.span_id())
    );
    assert_eq!(route.kind, "INTERNAL");
    for (key, value) in [
        ("swiftline.case.number", number.as_str()),
        ("swiftline.rule.id", "the-rest-of-housing"),
        ("swiftline.unit.id", "st-hekou"),
        ("swiftline.team.id", &held.team),
        ("swiftline.lane", "normal"),
        ("swiftline.hops", "0"),
    ] {
        assert_eq!(
            route.attributes.get(key).map(String::as_str),
            Some(value),
            "{key}"
        );
    }
    let send = find(&spans, "send team.{team_id}", 0);
    assert_eq!(
        (send.trace_id.clone(), send.parent_span_id.clone()),
        (route.trace_id.clone(), route.span_id.clone())
    );
    assert_eq!(send.kind, "PRODUCER");
    assert_eq!(position(send), routed.as_str());
    assert_eq!(order.trace_parent, routed.as_str());

    // The return: a new trace under the call, linked to the offer; its own offer is its child.
    let process = find(&spans, "process team.{team_id}", 0);
    assert_eq!(process.kind, "CONSUMER");
    assert_ne!(process.trace_id, route.trace_id);
    let call = spans
        .iter()
        .find(|span| span.span_id == process.parent_span_id)
        .unwrap();
    assert_eq!(
        (call.name.as_str(), call.kind.as_str()),
        ("swiftline.router.v1.Desk/Return", "SERVER")
    );
    assert_eq!(
        (
            process.links[0].trace_id.as_str(),
            process.links[0].span_id.as_str()
        ),
        (routed.trace_id(), routed.span_id())
    );
    let second = find(&spans, "send team.{team_id}", 1);
    assert_eq!(second.parent_span_id, process.span_id);
    assert_eq!(position(second), returned.as_str());

    // The expiry: a root of its own, linked to the return's offer.
    let deadline = find(&spans, "deadline", 0);
    assert_eq!(deadline.parent_span_id, "");
    assert_eq!(deadline.links[0].span_id, returned.span_id());
    assert_eq!(deadline.attributes["swiftline.events"], "expired,offered");
    assert_eq!(
        position(find(&spans, "send team.{team_id}", 2)),
        expired.as_str()
    );

    let sign = find(&spans, "process team.{team_id}", 1);
    assert_eq!(sign.links[0].span_id, expired.span_id());
    for span in &spans {
        for value in span.attributes.values() {
            assert!(
                !value.contains("words of a citizen") && !value.contains("not our street"),
                "{span:?}"
            );
        }
    }
}
