//! Spans on their way to a real OTLP receiver, and what is counted when they do not arrive.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures::FutureExt as _;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, KeyValue as WireKeyValue, any_value::Value as Wire,
};
use opentelemetry_proto::tonic::trace::v1::{Span, span, status::StatusCode};
use swiftline_telemetry::{
    Operation, SpanCounts, SpanKind, Telemetry, TelemetrySettings, TraceContext, hop, names,
};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};

const SECOND: Duration = Duration::from_secs(1);

/// Keeps what it gets; answers only as often as it is allowed to.
#[derive(Clone)]
struct Receiver {
    requests: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
    allowed: Arc<Semaphore>,
    rejects: i64,
}

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.allowed.acquire().await.unwrap().forget();
        self.requests.lock().unwrap().push(request.into_inner());
        let rejected = ExportTracePartialSuccess {
            rejected_spans: self.rejects,
            error_message: "no".to_owned(),
        };
        Ok(Response::new(ExportTraceServiceResponse {
            partial_success: (self.rejects > 0).then_some(rejected),
        }))
    }
}

impl Receiver {
    async fn start(answers: usize, rejects: i64) -> (Self, String) {
        let receiver = Self {
            requests: Arc::default(),
            allowed: Arc::new(Semaphore::new(answers)),
            rejects,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let service = TraceServiceServer::new(receiver.clone()).max_decoding_message_size(64 << 20);
        let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
        tokio::spawn(
            tonic::transport::Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming),
        );
        (receiver, endpoint)
    }

    fn spans(&self) -> Vec<Span> {
        let requests = self.requests.lock().unwrap();
        let scopes = requests
            .iter()
            .flat_map(|request| &request.resource_spans)
            .flat_map(|one| &one.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    fn resource(&self, key: &str) -> Option<String> {
        let requests = self.requests.lock().unwrap();
        text(
            &requests[0].resource_spans[0].resource.as_ref()?.attributes,
            key,
        )
    }
}

fn value<'a>(attributes: &'a [WireKeyValue], key: &str) -> Option<&'a Wire> {
    let AnyValue { value } = attributes
        .iter()
        .find(|one| one.key == key)?
        .value
        .as_ref()?;
    value.as_ref()
}

fn text(attributes: &[WireKeyValue], key: &str) -> Option<String> {
    match value(attributes, key)? {
        Wire::StringValue(text) => Some(text.clone()),
        _ => None,
    }
}

fn settings(endpoint: &str) -> TelemetrySettings {
    TelemetrySettings {
        otlp_endpoint: endpoint.to_owned(),
        export_interval_ms: 60_000,
        ..TelemetrySettings::default()
    }
}

fn telemetry(settings: &TelemetrySettings) -> Telemetry {
    Telemetry::detached("intake", "1.2.3", settings).unwrap()
}

fn end_spans(telemetry: &Telemetry, count: usize) {
    let tracer = telemetry.instruments().tracer;
    (0..count).for_each(|_| tracer.span("x", SpanKind::Internal).start().finish());
}

#[tokio::test]
async fn a_hop_arrives_with_its_name_kind_and_attributes() {
    let (receiver, endpoint) = Receiver::start(100, 0).await;
    let telemetry = telemetry(&TelemetrySettings {
        instance_id: "i-1".to_owned(),
        ..settings(&endpoint)
    });
    let tracer = telemetry.instruments().tracer;
    let started = SystemTime::UNIX_EPOCH + SECOND;
    let mut sent = tracer
        .message(Operation::Create, "team.{team_id}", "team.t1")
        .case("B1")
        .message_id("1-0")
        .group("classifier")
        .batch(3)
        .start_time(started)
        .start();
    sent.set(names::URGENCY, "high");
    let context = sent.context();
    sent.finish_at(started + SECOND);
    assert_eq!(
        telemetry.shutdown(SECOND * 10).await,
        SpanCounts {
            ended: 1,
            exported: 1,
            dropped: 0
        }
    );

    let span = receiver.spans().remove(0);
    assert_eq!(
        (span.name.as_str(), span.kind),
        ("create team.{team_id}", span::SpanKind::Producer as i32)
    );
    assert_eq!(
        span.end_time_unix_nano - span.start_time_unix_nano,
        1_000_000_000
    );
    assert_eq!(
        format!(
            "{:032x}",
            u128::from_be_bytes(span.trace_id.try_into().unwrap())
        ),
        context.trace_id()
    );
    let expected = [
        ("messaging.system", "redis"),
        ("messaging.operation.name", "create"),
        ("messaging.operation.type", "create"),
        ("messaging.destination.name", "team.t1"),
        ("messaging.destination.template", "team.{team_id}"),
        ("messaging.message.id", "1-0"),
        ("messaging.message.conversation_id", "B1"),
        ("messaging.consumer.group.name", "classifier"),
        ("swiftline.case.number", "B1"),
        ("swiftline.urgency", "high"),
    ];
    for (key, wanted) in expected {
        assert_eq!(
            text(&span.attributes, key).as_deref(),
            Some(wanted),
            "{key}"
        );
    }
    assert_eq!(
        value(&span.attributes, "messaging.batch.message_count"),
        Some(&Wire::IntValue(3))
    );
    assert_eq!(receiver.resource("service.name").as_deref(), Some("intake"));
    assert_eq!(
        receiver.resource("service.version").as_deref(),
        Some("1.2.3")
    );
    assert_eq!(
        receiver.resource("service.instance.id").as_deref(),
        Some("i-1")
    );
}

#[tokio::test]
async fn parents_links_and_errors_arrive() {
    let (receiver, endpoint) = Receiver::start(100, 0).await;
    let telemetry = telemetry(&settings(&endpoint));
    let tracer = telemetry.instruments().tracer;
    let first = tracer
        .message(Operation::Send, "{pNN}:log", "{p01}:log")
        .start();
    let stored = TraceContext::parse(first.context().as_str()).unwrap(); // as it travels in a log entry
    let mut second = tracer
        .message(Operation::Process, "{pNN}:log", "{p01}:log")
        .parent(Some(&stored))
        .start();
    second.error("stale");
    let third = tracer
        .message(Operation::Settle, "{pNN}:log", "{p01}:log")
        .link(&stored)
        .cases(["B1", "B2"])
        .start();
    assert_eq!(second.context().trace_id(), stored.trace_id());
    assert_ne!(third.context().trace_id(), stored.trace_id());
    drop((first, second, third)); // dropping ends them too
    telemetry.shutdown(SECOND * 10).await;

    let spans = receiver.spans();
    let of = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let (sent, processed, settled) = (
        of("send {pNN}:log"),
        of("process {pNN}:log"),
        of("settle {pNN}:log"),
    );
    assert_eq!(processed.parent_span_id, sent.span_id);
    assert_eq!(
        processed.status.as_ref().unwrap().code,
        StatusCode::Error as i32
    );
    assert_eq!(
        text(&processed.attributes, "error.type").as_deref(),
        Some("stale")
    );
    assert!(settled.parent_span_id.is_empty());
    assert_eq!(
        (&settled.links[0].trace_id, &settled.links[0].span_id),
        (&sent.trace_id, &sent.span_id)
    );
    let Some(Wire::ArrayValue(cases)) = value(&settled.attributes, "swiftline.case.numbers") else {
        panic!()
    };
    assert_eq!(cases.values.len(), 2);
}

#[tokio::test]
async fn many_spans_arrive_in_batches_and_none_is_lost() {
    let (receiver, endpoint) = Receiver::start(1_000, 0).await;
    let telemetry = telemetry(&TelemetrySettings {
        batch_size: 100,
        ..settings(&endpoint)
    });
    end_spans(&telemetry, 10_050);
    let counts = telemetry.shutdown(SECOND * 30).await;
    assert_eq!(
        counts,
        SpanCounts {
            ended: 10_050,
            exported: 10_050,
            dropped: 0
        }
    );
    assert_eq!(receiver.spans().len(), 10_050);
    assert_eq!(receiver.requests.lock().unwrap().len(), 101);
}

#[tokio::test]
async fn a_flush_sends_what_is_queued() {
    let (receiver, endpoint) = Receiver::start(100, 0).await;
    let telemetry = telemetry(&settings(&endpoint));
    end_spans(&telemetry, 3);
    telemetry.flush().await;
    assert_eq!(receiver.spans().len(), 3);
    assert_eq!(
        telemetry.spans(),
        SpanCounts {
            ended: 3,
            exported: 3,
            dropped: 0
        }
    );
}

#[tokio::test]
async fn flushes_at_the_same_time_are_both_kept() {
    let (receiver, endpoint) = Receiver::start(100, 0).await;
    let telemetry = telemetry(&TelemetrySettings {
        batch_size: 10,
        ..settings(&endpoint)
    });
    end_spans(&telemetry, 205);
    let all = |()| assert_eq!(receiver.spans().len(), 205);
    futures::join!(telemetry.flush().map(all), telemetry.flush().map(all));
}

#[tokio::test]
async fn without_a_receiver_every_span_is_counted_as_dropped() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let telemetry = telemetry(&TelemetrySettings {
        batch_size: 10,
        ..settings(&endpoint)
    });
    let metrics = telemetry.instruments().metrics;
    end_spans(&telemetry, 1_005);
    assert_eq!(
        telemetry.shutdown(SECOND * 10).await,
        SpanCounts {
            ended: 1_005,
            exported: 0,
            dropped: 1_005
        }
    );
    let text = metrics.encode();
    for line in [
        "swiftline_spans_ended_total 1005",
        "swiftline_spans_exported_total 0",
        "swiftline_spans_dropped_total 1005",
    ] {
        assert!(text.contains(line), "{line} not in {text}");
    }
}

#[tokio::test]
async fn a_receiver_that_hangs_costs_spans_but_not_the_end() {
    let (receiver, endpoint) = Receiver::start(0, 0).await;
    let telemetry = telemetry(&TelemetrySettings {
        batch_size: 5,
        queue_size: 10,
        ..settings(&endpoint)
    });
    end_spans(&telemetry, 100);
    assert!(
        telemetry.spans().dropped >= 85,
        "10 are queued, 5 are being sent: {:?}",
        telemetry.spans()
    );
    let counts = telemetry.shutdown(Duration::from_millis(50)).await;
    assert_eq!(
        counts,
        SpanCounts {
            ended: 100,
            exported: 0,
            dropped: 100
        }
    );
    assert!(receiver.spans().is_empty());
}

#[tokio::test]
async fn spans_that_the_receiver_refuses_are_dropped() {
    let (_receiver, endpoint) = Receiver::start(100, 2).await;
    let telemetry = telemetry(&settings(&endpoint));
    end_spans(&telemetry, 5);
    assert_eq!(
        telemetry.shutdown(SECOND * 10).await,
        SpanCounts {
            ended: 5,
            exported: 3,
            dropped: 2
        }
    );
}

#[tokio::test]
async fn spans_that_end_after_the_shutdown_are_dropped_and_counted() {
    let (_receiver, endpoint) = Receiver::start(100, 0).await;
    let telemetry = telemetry(&settings(&endpoint));
    let (tracer, metrics) = (
        telemetry.instruments().tracer,
        telemetry.instruments().metrics,
    );
    let late = tracer.span("late", SpanKind::Internal).start();
    telemetry.shutdown(SECOND * 10).await;
    late.finish();
    let text = metrics.encode();
    for line in [
        "swiftline_spans_ended_total 1",
        "swiftline_spans_exported_total 0",
        "swiftline_spans_dropped_total 1",
    ] {
        assert!(text.contains(line), "{line} not in {text}");
    }
}

#[tokio::test]
async fn switched_off_it_records_nothing_but_contexts_still_travel() {
    let telemetry = telemetry(&TelemetrySettings::default());
    let hop = telemetry
        .instruments()
        .tracer
        .span("x", SpanKind::Internal)
        .start();
    assert!(!hop.is_recording() && !hop.context().is_sampled());
    hop.finish();
    assert_eq!(
        telemetry.shutdown(SECOND).await,
        SpanCounts {
            ended: 0,
            exported: 0,
            dropped: 0
        }
    );
}

#[tokio::test]
async fn an_unsampled_parent_is_followed() {
    let (receiver, endpoint) = Receiver::start(100, 0).await;
    let telemetry = telemetry(&settings(&endpoint));
    let parent =
        TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").unwrap();
    let hop = telemetry
        .instruments()
        .tracer
        .span("x", SpanKind::Internal)
        .parent(Some(&parent))
        .start();
    assert_eq!(hop.context().trace_id(), parent.trace_id());
    assert!(!hop.context().is_sampled());
    hop.finish();
    telemetry.shutdown(SECOND * 10).await;
    assert!(receiver.spans().is_empty());
}

/// The only test that installs: a process has one log subscriber.
#[tokio::test]
async fn installed_tracing_spans_join_the_trace_and_foreign_ones_do_not_exist() {
    let (receiver, endpoint) = Receiver::start(100, 0).await;
    let telemetry = swiftline_telemetry::install("intake", "1.2.3", &settings(&endpoint)).unwrap();
    let outer = telemetry
        .instruments()
        .tracer
        .span("outer", SpanKind::Server)
        .start()
        .into_context();
    {
        let _guard = outer.clone().attach();
        let span = tracing::info_span!("inner").entered();
        assert!(TraceContext::current().is_some());
        hop::case_current("B1");
        let foreign = tracing::info_span!(target: "h2::codec", "frame").entered();
        tracing::info!("said inside");
        drop((foreign, span));
    }
    drop(outer);
    let error = swiftline_telemetry::install("intake", "1.2.3", &settings(&endpoint)).unwrap_err();
    assert!(error.to_string().starts_with("log subscriber: "), "{error}");
    telemetry.shutdown(SECOND * 10).await;

    let spans = receiver.spans();
    let mut found: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    found.sort_unstable();
    assert_eq!(found, ["inner", "outer"]);
    let of = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    assert_eq!(of("inner").parent_span_id, of("outer").span_id);
    assert_eq!(
        text(&of("inner").attributes, "swiftline.case.number").as_deref(),
        Some("B1")
    );
}
