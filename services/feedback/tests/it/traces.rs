//! The spans of each step: a trace of its own, linked to the one before, with the case on every span.

use swiftline_proto::trace::v1::Span;
use swiftline_proto::types::v1 as wire;
use swiftline_telemetry::{Telemetry, TelemetrySettings};
use swiftline_testkit::wait::wait_until;
use swiftline_tracebook::{Tracebook, serve};
use tokio::net::TcpListener;

use crate::rig::{PATIENCE, Rig, answers};
use crate::story::{Story, trace};

pub(crate) async fn traced() -> (Rig, Tracebook, Telemetry) {
    let book = Tracebook::new(10_000);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = TelemetrySettings {
        otlp_endpoint: format!("http://{}", listener.local_addr().unwrap()),
        export_interval_ms: 10,
        ..TelemetrySettings::default()
    };
    tokio::spawn(serve(book.clone(), listener, std::future::pending()));
    let telemetry = Telemetry::detached("feedback", "0", &settings).unwrap();
    let mut rig = Rig::without_service().await;
    rig.instruments = telemetry.instruments();
    (rig, book, telemetry)
}

/// The spans of the case once there is one that ends with this name.
pub(crate) async fn spans(book: &Tracebook, number: &str, wanted: &str) -> Vec<Span> {
    let found = wait_until(PATIENCE, async || {
        let spans = book.by_case(number);
        spans
            .iter()
            .any(|span| span.name.ends_with(wanted))
            .then_some(spans)
    });
    found.await.unwrap_or_else(|| panic!("no span {wanted}"))
}

pub(crate) fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found = spans.iter().find(|span| span.name.ends_with(name));
    found.unwrap_or_else(|| panic!("no span {name}"))
}

#[tokio::test]
async fn each_call_is_a_trace_linked_to_the_one_before() {
    let (mut rig, book, _telemetry) = traced().await;
    rig.router.come().await;
    rig.serve(&[]).await;
    let story = Story::signed(&rig.store).await;
    let number = story.number().to_string();
    rig.resolve(story.result()).await.unwrap();
    rig.call_back(story.number(), answers(Some(false), None))
        .await
        .unwrap();

    spans(&book, &number, "Feedback/Resolve").await;
    spans(&book, &number, "Router/Reopen").await;
    let all = spans(&book, &number, "Feedback/RecordCallback").await;
    let before = trace();
    let mut linked = (before.trace_id().to_owned(), before.span_id().to_owned());
    for (call, step) in [
        ("Feedback/Resolve", "resolve"),
        ("Feedback/RecordCallback", "record callback"),
    ] {
        let (root, step) = (named(&all, call), named(&all, step));
        assert_eq!(root.parent_span_id, "", "{call} is a root");
        assert_eq!(root.attributes["swiftline.case.number"], number);
        assert_eq!(step.attributes["swiftline.case.number"], number);
        assert_eq!(step.parent_span_id, root.span_id);
        let links: Vec<_> = step
            .links
            .iter()
            .map(|to| (to.trace_id.clone(), to.span_id.clone()))
            .collect();
        assert_eq!(links, [linked]);
        linked = (step.trace_id.clone(), step.span_id.clone());
    }
    let asking = named(&all, "Router/Reopen");
    assert_eq!(
        asking.trace_id,
        named(&all, "Feedback/RecordCallback").trace_id
    );
}

#[tokio::test]
async fn the_commits_span_is_the_steps() {
    let (mut rig, book, _telemetry) = traced().await;
    rig.serve(&[]).await;
    let story = Story::resolved(&rig.store).await;
    rig.close(story.number(), wire::CloseReason::Supervisor)
        .await
        .unwrap();
    let stored = rig.store.load(story.number()).await.unwrap().unwrap();
    let all = spans(&book, &story.number().to_string(), "close").await;
    let step = named(&all, "close");
    assert_eq!(stored.trace.trace_id(), step.trace_id);
    assert_eq!(stored.trace.span_id(), step.span_id);
    assert_eq!(step.attributes["swiftline.events"], "closed");
}

#[tokio::test]
async fn the_follow_up_goes_on_with_the_callbacks_trace() {
    let (mut rig, book, _telemetry) = traced().await;
    rig.serve(&[]).await;
    let story = Story::resolved(&rig.store).await;
    let number = story.number().to_string();
    rig.call_back(story.number(), answers(Some(false), None))
        .await
        .unwrap();
    let recorded = rig.store.load(story.number()).await.unwrap().unwrap().trace;
    rig.router.come().await;
    rig.total(|total| total.reopened == 1).await;
    let done = wait_until(PATIENCE, async || {
        let all = book.by_case(&number);
        let process = all
            .iter()
            .find(|span| span.name == "process {pNN}:log" && span.error.is_empty())?;
        let asking = all
            .iter()
            .find(|span| span.parent_span_id == process.span_id)?;
        Some((process.clone(), asking.clone()))
    });
    let (process, asking) = done.await.expect("a try that succeeds");
    assert_eq!(process.trace_id, recorded.trace_id());
    assert_eq!(process.parent_span_id, recorded.span_id());
    assert!(asking.name.ends_with("Router/Reopen"), "{}", asking.name);
    assert_eq!(process.attributes["swiftline.case.number"], number);
}
