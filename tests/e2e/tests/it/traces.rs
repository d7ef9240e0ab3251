//! The shape of the traces: these tests fail when any hop loses its parent or its link.

use std::collections::HashMap;

use swiftline_proto::intake::v1::Receipt;
use swiftline_proto::trace::v1::Span;
use swiftline_proto::types::v1::State;
use swiftline_testkit::mesh::{SERVICES, Service};
use swiftline_testkit::wait::wait_until;

use crate::desk::claim;
use crate::town::{GAS, PATIENCE, Town};

/// The hops of the machine part: service, kind, start of the name. Each is the child of the one before.
const HOPS: [(&str, &str, &str); 5] = [
    ("intake", "SERVER", "swiftline.intake.v1.Intake/Submit"),
    ("intake", "PRODUCER", "send "),
    ("classifier", "CONSUMER", "process "),
    ("router", "INTERNAL", "route"),
    ("router", "PRODUCER", "send team."),
];

/// The case's spans once there are enough of them for `enough` to be true.
pub(crate) async fn spans(
    town: &Town,
    number: &str,
    enough: impl Fn(&[Span]) -> bool,
) -> Vec<Span> {
    let found = wait_until(PATIENCE, async || {
        Some(town.site.tracebook.by_case(number)).filter(|spans| enough(spans))
    });
    match found.await {
        Some(spans) => spans,
        None => panic!(
            "not enough spans: {:#?}",
            names(&town.site.tracebook.by_case(number))
        ),
    }
}

fn names(spans: &[Span]) -> Vec<String> {
    spans
        .iter()
        .map(|span| format!("{} {} {}", span.service, span.kind, span.name))
        .collect()
}

fn find<'a>(spans: &'a [Span], (service, kind, name): (&str, &str, &str)) -> Option<&'a Span> {
    spans
        .iter()
        .find(|span| span.service == service && span.kind == kind && span.name.starts_with(name))
}

/// The spans of [`HOPS`], having checked that they are one connected trace, all of it about this case.
pub(crate) async fn whole(town: &Town, receipt: &Receipt) -> [Span; HOPS.len()] {
    let spans = spans(town, &receipt.case_number, |spans| {
        HOPS.iter().all(|hop| find(spans, *hop).is_some())
    })
    .await;
    let hops = HOPS.map(|hop| find(&spans, hop).unwrap().clone());
    for pair in hops.windows(2) {
        let (parent, child) = (&pair[0], &pair[1]);
        assert_eq!(
            child.parent_span_id, parent.span_id,
            "{} is not the child of {}",
            child.name, parent.name
        );
        assert_eq!(child.trace_id, receipt.trace_id);
    }
    for span in &hops[1..] {
        assert_eq!(
            span.attributes.get("swiftline.case.number"),
            Some(&receipt.case_number),
            "{}",
            span.name
        );
    }
    hops
}

#[tokio::test]
async fn from_submit_to_offer_is_one_connected_trace() {
    let town = Town::start().await;
    let receipt = town.submit("one", GAS).await.unwrap();
    town.becomes(&receipt.case_number, State::Offered).await;
    let [.., offer] = whole(&town, &receipt).await;
    assert_eq!(offer.name, "send team.{team_id}");
    assert_eq!(
        offer.attributes.get("messaging.destination.name"),
        Some(&"team.gas-a".to_owned())
    );
}

#[tokio::test]
async fn each_human_step_is_a_trace_linked_to_the_one_before() {
    let town = Town::start().await;
    let receipt = town.submit("one", GAS).await.unwrap();
    let number = receipt.case_number.clone();
    let case = town.becomes(&number, State::Offered).await;
    town.handle(&case).await;

    let steps = ["Desk/Sign", "Feedback/Resolve", "Feedback/RecordCallback"];
    let spans = spans(&town, &number, |spans| {
        steps.iter().all(|step| {
            spans
                .iter()
                .any(|span| span.kind == "SERVER" && span.name.ends_with(step))
        }) && spans.iter().any(|span| span.name.starts_with("send team."))
    })
    .await;
    let by_id: HashMap<&str, &Span> = spans
        .iter()
        .map(|span| (span.span_id.as_str(), span))
        .collect();
    let mut before = receipt.trace_id;
    for step in steps {
        let root = spans
            .iter()
            .find(|span| span.kind == "SERVER" && span.name.ends_with(step))
            .unwrap();
        assert_ne!(root.trace_id, before, "{step} begins a trace of its own");
        let linked = spans
            .iter()
            .filter(|span| span.trace_id == root.trace_id)
            .flat_map(|span| &span.links)
            .find(|link| link.trace_id == before);
        let link = linked.unwrap_or_else(|| {
            panic!(
                "{step} has no link to the step before: {:#?}",
                names(&spans)
            )
        });
        assert!(
            by_id.contains_key(link.span_id.as_str()),
            "{step} links to a span that exists"
        );
        before.clone_from(&root.trace_id);
    }
}

/// The trace ids of the exemplars of a histogram, of the series whose labels contain a text.
fn exemplars<'a>(metrics: &'a str, histogram: &str, labels: &str) -> Vec<&'a str> {
    let bucket = format!("{histogram}_bucket{{");
    let lines = metrics.lines().filter(|line| line.starts_with(&bucket));
    lines
        .filter(|line| line.contains(labels))
        .filter_map(|line| line.split_once("# {trace_id=\"")?.1.split('"').next())
        .collect()
}

#[tokio::test]
async fn exemplars_of_latencies_name_traces_that_the_receiver_has() {
    let town = Town::start().await;
    let number = town.submit("one", GAS).await.unwrap().case_number;
    let case = town.becomes(&number, State::Offered).await;
    town.sign(claim(&case)).await.unwrap();
    let signed = |spans: &[Span]| spans.iter().any(|span| span.name.ends_with("Desk/Sign"));
    let spans = spans(&town, &number, signed).await;
    let known = |id: &str| spans.iter().any(|span| span.trace_id == id);
    for (service, histogram, labels) in [
        (
            Service::Intake,
            "rpc_server_call_duration_seconds",
            "Intake/Submit\"",
        ),
        (
            Service::Router,
            "rpc_server_call_duration_seconds",
            "Desk/Sign\"",
        ),
        (
            Service::Classifier,
            "messaging_process_duration_seconds",
            "",
        ),
        (
            Service::Router,
            "swiftline_route_delay_seconds",
            "urgency=\"emergency\"",
        ),
        (Service::Router, "swiftline_offer_age_seconds", ""),
    ] {
        let metrics = wait_until(PATIENCE, async || {
            let metrics = town.metrics(service).await?;
            (!exemplars(&metrics, histogram, labels).is_empty()).then_some(metrics)
        });
        let metrics = metrics.await.expect(histogram);
        for id in exemplars(&metrics, histogram, labels) {
            assert!(known(id), "{histogram} {labels}: nobody has trace {id}");
        }
    }
}

#[tokio::test]
async fn nothing_personal_is_in_spans_logs_or_metrics() {
    let town = Town::start().await;
    let secret = "独一无二的秘密煤气投诉";
    let number = town
        .submit("one", &format!("{secret}，燃气泄漏"))
        .await
        .unwrap()
        .case_number;
    let case = town.becomes(&number, State::Offered).await;
    town.sign(claim(&case)).await.unwrap();
    let spans = spans(&town, &number, |spans| {
        spans.iter().any(|span| span.name.ends_with("Desk/Sign"))
    })
    .await;
    let mut said: String = spans.iter().map(|span| format!("{span:?}")).collect();
    for service in SERVICES {
        said.push_str(&town.mesh.get(service).log());
        said.push_str(&town.metrics(service).await.unwrap());
    }
    for personal in [secret, "555-0100", "来电人"] {
        assert!(!said.contains(personal), "{personal} is told");
    }
}
