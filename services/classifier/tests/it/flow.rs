//! From the log to the router, when all is well.

use std::collections::BTreeSet;

use swiftline_proto::router::v1::route_result::Outcome;
use swiftline_telemetry::TraceContext;

use crate::rig::{Rig, TRACE, texts, until};
use crate::router::{FakeRouter, offered};

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_classified_routed_and_acknowledged() {
    let rig = Rig::start(FakeRouter::willing(), &[]).await;
    let _router = rig.serve_router().await;
    let numbers = rig
        .accept_texts(["no heat in Hekou", "小区燃气泄漏", "hello"])
        .await;
    let classifier = rig.classifier().await;
    rig.all_settled().await;
    let mut seen = rig.router.seen();
    seen.sort_by_key(|item| {
        numbers
            .iter()
            .position(|number| number.to_string() == item.case_number)
    });
    let told: Vec<_> = seen
        .iter()
        .map(|item| item.classification.clone().unwrap())
        .collect();
    let categories: Vec<&str> = told.iter().map(|one| one.category.as_str()).collect();
    assert_eq!(categories, ["housing.heating", "utilities.gas", ""]);
    assert_eq!((told[0].place.as_str(), told[1].urgency), ("01001", 3));
    assert_eq!(seen[0].complaint.as_ref().unwrap().text, "no heat in Hekou");
    assert!(seen.iter().all(
        |item| item.version == 1 && item.accepted_at == Some(prost_types::Timestamp::default())
    ));
    assert!(rig.store.dead_letters(9).await.unwrap().is_empty());
    let metrics = classifier.metrics();
    for line in [
        r#"swiftline_classified_total{category_top="utilities",kind="complaint",urgency="emergency",language="zh"} 1"#,
        r#"swiftline_route_answers_total{answer="offered"} 3"#,
        "messaging_process_duration_seconds_count 3",
        "messaging_client_consumed_messages_total 3",
    ] {
        assert!(metrics.contains(line), "{line} not in {metrics}");
    }
    classifier.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_goes_on_from_the_log_to_the_router() {
    let rig = Rig::start(FakeRouter::willing(), &[]).await;
    let _router = rig.serve_router().await;
    rig.accept_texts(["no heat", "noise"]).await;
    let classifier = rig.classifier().await;
    rig.all_settled().await;
    let before = TraceContext::parse(TRACE).unwrap();
    let spans: BTreeSet<String> = rig
        .router
        .seen()
        .iter()
        .map(|item| TraceContext::parse(&item.trace_parent).unwrap())
        .inspect(|context| assert_eq!(context.trace_id(), before.trace_id()))
        .map(|context| context.span_id().to_owned())
        .collect();
    assert_eq!(spans.len(), 2, "each complaint has a span of its own");
    assert!(!spans.contains(before.span_id()));
    classifier.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn triage_and_what_is_beyond_routing_are_settled_too() {
    let decide = |item: &swiftline_proto::router::v1::RouteItem, _| {
        let outcome = match item.complaint.as_ref().unwrap().text.as_str() {
            "triage" => Outcome::Triage(1),
            "beyond" => Outcome::Beyond(5),
            _ => offered(),
        };
        Ok(outcome)
    };
    let rig = Rig::start(FakeRouter::deciding(decide), &[]).await;
    let _router = rig.serve_router().await;
    rig.accept_texts(["triage", "beyond", "noise"]).await;
    let classifier = rig.classifier().await;
    rig.all_settled().await;
    assert_eq!(rig.router.seen().len(), 3);
    classifier.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_router_wants_later_is_asked_again_and_holds_nobody_up() {
    let decide = |item: &swiftline_proto::router::v1::RouteItem, before| {
        let stubborn = item.complaint.as_ref().unwrap().text == "later" && before < 5;
        Ok(if stubborn {
            Outcome::Retry("not now".into())
        } else {
            offered()
        })
    };
    let rig = Rig::start(
        FakeRouter::deciding(decide),
        &["consumer.batch=4", "consumer.in_flight=1"],
    )
    .await;
    let _router = rig.serve_router().await;
    let numbers = rig.accept_texts(["later", "noise", "noise", "noise"]).await;
    let classifier = rig.classifier().await;
    let others = rig.accept_texts(["noise"; 8]).await;
    rig.all_settled().await;
    let times = rig.router.times();
    assert_eq!(times[&numbers[0].to_string()], 6);
    assert!(
        texts(&numbers[1..])
            .iter()
            .chain(&texts(&others))
            .all(|number| times[number] == 1),
        "{times:?}"
    );
    classifier.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_share_the_work_and_double_nothing() {
    let rig = Rig::start(
        FakeRouter::willing(),
        &["consumer.batch=8", "consumer.in_flight=1"],
    )
    .await;
    let _router = rig.serve_router().await;
    rig.router.close_gate();
    let numbers = rig.accept_texts(["noise"; 64]).await;
    let (one, two) = (rig.classifier().await, rig.classifier().await);
    // Each may have one batch under way, so two unanswered calls are one of each.
    until(async || rig.router.calls().len() == 2).await;
    rig.router.open_gate();
    rig.all_settled().await;
    let times = rig.router.times();
    assert_eq!(
        (times.len(), times.values().sum::<usize>()),
        (numbers.len(), numbers.len())
    );
    one.drain().await;
    two.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_batches_are_split_by_bytes() {
    let rig = Rig::start(FakeRouter::willing(), &["router.max_request_bytes=100000"]).await;
    let _router = rig.serve_router().await;
    let long = "noise ".repeat(1_600);
    rig.accept_texts([long.as_str(); 40]).await;
    let classifier = rig.classifier().await;
    rig.all_settled().await;
    let calls = rig.router.calls();
    assert_eq!(calls.iter().sum::<usize>(), 40);
    assert!(calls.iter().all(|items| *items <= 10), "{calls:?}");
    classifier.drain().await;
}
