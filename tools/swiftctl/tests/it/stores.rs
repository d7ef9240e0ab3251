//! Stores of traces that answer as Jaeger, Tempo and the demo's receiver do, all with the same spans.
//!
//! Shapes of answers: Jaeger's `apiv3/http_gateway.go` (OTLP JSON in `result`, ids in hex) and the JSON of its own page; Tempo's
//! `/api/search` and `/api/v2/traces` (protobuf's JSON: ids in base64, enums by name).

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value as Any};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode as Code;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use serde_json::{Value, json};
use swiftline_tracebook::{Tracebook, serve};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::swiftctl::NUMBER;

/// 2026-01-01 in nanoseconds.
const BEGIN: u64 = 1_767_225_600_000_000_000;

/// What a store understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Jaeger 2.
    Jaeger,
    /// Jaeger 1, whose version 3 is not there.
    JaegerWithPageOnly,
    /// A Jaeger that has dropped the API of its page, and knows nothing of attributes.
    JaegerWithVersion3Only,
    /// Tempo 2.7 and newer.
    Tempo,
    /// Tempo before that.
    OldTempo,
    /// A web server.
    Page,
    /// A web server that has nothing.
    Nothing,
    /// Answers for ever.
    Endless,
    /// Refuses every question.
    Refusing,
}

/// A store on a free port; it ends when dropped.
pub(crate) struct Store {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

impl Store {
    /// Starts one.
    pub(crate) fn start(kind: Kind) -> Self {
        let (runtime, listener, port) = listen();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let log = Arc::clone(&asked);
        let answer = move |uri: Uri| async move {
            log.lock().unwrap().push(uri.to_string());
            answer(kind, uri.path(), uri.query().unwrap_or_default())
        };
        let router = Router::new().fallback(answer);
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            port,
            asked,
            _runtime: runtime,
        }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it was asked, escapes and all.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// The demo's own receiver, with the same spans.
pub(crate) fn tracebook() -> (String, Runtime) {
    let (runtime, listener, port) = listen();
    let url = format!("http://127.0.0.1:{port}");
    runtime.spawn(serve(
        Tracebook::new(1_000),
        listener,
        std::future::pending(),
    ));
    runtime.block_on(async {
        let mut client = TraceServiceClient::connect(url.clone()).await.unwrap();
        let resource_spans = story().into_iter().map(resource_spans).collect();
        let request = ExportTraceServiceRequest { resource_spans };
        client.export(request).await.unwrap();
    });
    (url, runtime)
}

fn listen() -> (Runtime, TcpListener, u16) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let port = listener.local_addr().unwrap().port();
    (runtime, listener, port)
}

/// A case in two traces, and a trace of another case; each span with its service.
fn story() -> Vec<(&'static str, Span)> {
    let submit = span(
        0x4b,
        1,
        0,
        "swiftline.intake.v1.Intake/Submit",
        0,
        9_123_456,
    );
    let mut send = span(0x4b, 2, 1, "send {pNN}:log", 1_000_001, 8_000_000);
    send.kind = SpanKind::Producer.into();
    let mut process = span(0x4b, 3, 2, "process {pNN}:log", 10_000_000, 31_000_123);
    process.kind = SpanKind::Consumer.into();
    let mut route = span(0x4b, 4, 3, "route", 12_000_000, 30_000_999);
    route.kind = SpanKind::Internal.into();
    route.status = Some(Status {
        code: Code::Error.into(),
        message: "stale".to_owned(),
    });
    // Begins as its sibling does: the order must not be chance.
    let mut again = span(0x4b, 5, 3, "route", 12_000_000, 30_500_000);
    again.kind = SpanKind::Internal.into();
    let mut sign = span(
        0x00,
        6,
        0,
        "swiftline.router.v1.Desk/Sign",
        60_000_000_000,
        60_002_500_000,
    );
    sign.links.push(Link {
        trace_id: trace_id(0x4b),
        span_id: vec![5; 8],
        ..Link::default()
    });
    let mut other = span(0x77, 7, 0, "swiftline.intake.v1.Intake/Submit", 5, 9);
    for one in [&mut send, &mut process, &mut route, &mut again, &mut sign] {
        one.attributes.push(pair(
            "swiftline.case.number",
            Any::StringValue(NUMBER.to_owned()),
        ));
        one.attributes
            .push(pair("swiftline.offer.no", Any::IntValue(1)));
        one.attributes
            .push(pair("swiftline.rules.canary", Any::BoolValue(true)));
    }
    let number = Any::StringValue("07-0000001-0".to_owned());
    other.attributes.push(pair("swiftline.case.number", number));
    vec![
        ("router", again),
        ("router", route),
        ("router", sign),
        ("intake", submit),
        ("classifier", process),
        ("intake", send),
        ("intake", other),
    ]
}

/// A trace's id; that of 0 begins with zeros.
fn trace_id(byte: u8) -> Vec<u8> {
    let mut id = vec![0xa7; 16];
    id[0] = byte;
    id
}

fn span(trace: u8, id: u8, parent: u8, name: &str, from: u64, to: u64) -> Span {
    Span {
        trace_id: trace_id(trace),
        span_id: vec![id; 8],
        parent_span_id: if parent == 0 { vec![] } else { vec![parent; 8] },
        name: name.to_owned(),
        kind: SpanKind::Server.into(),
        start_time_unix_nano: BEGIN + from,
        end_time_unix_nano: BEGIN + to,
        ..Span::default()
    }
}

fn pair(key: &str, value: Any) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

fn resource_spans((service, span): (&str, Span)) -> ResourceSpans {
    let name = Any::StringValue(service.to_owned());
    ResourceSpans {
        resource: Some(Resource {
            attributes: vec![pair("service.name", name)],
            ..Resource::default()
        }),
        scope_spans: vec![ScopeSpans {
            spans: vec![span],
            ..ScopeSpans::default()
        }],
        ..ResourceSpans::default()
    }
}

fn answer(kind: Kind, path: &str, query: &str) -> Response {
    match kind {
        Kind::Jaeger | Kind::JaegerWithPageOnly | Kind::JaegerWithVersion3Only => {
            jaeger(kind, path, query)
        }
        Kind::Tempo | Kind::OldTempo => tempo(kind, path),
        Kind::Page => page(),
        Kind::Nothing => StatusCode::NOT_FOUND.into_response(),
        Kind::Endless => vec![b' '; 65 << 20].into_response(),
        Kind::Refusing => (
            StatusCode::BAD_REQUEST,
            "range specified by start and end exceeds 168h0m0s.",
        )
            .into_response(),
    }
}

fn page() -> Response {
    ([(CONTENT_TYPE, "text/html")], "<!doctype html>\n<html>").into_response()
}

fn told(value: &Value) -> Response {
    ([(CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

/// What Jaeger does not know it answers with its page.
fn jaeger(kind: Kind, path: &str, query: &str) -> Response {
    let is_case = query.contains("07-0001234-8");
    match path {
        "/api/services" => {
            told(&json!({"data": ["intake"], "total": 1, "limit": 0, "offset": 0, "errors": null}))
        }
        "/api/traces" if kind != Kind::JaegerWithVersion3Only => {
            // A service's traces; the one of the desk has no span of intake.
            let ids: &[u8] = match query.split('&').next() {
                Some("service=router") if is_case => &[0x4b, 0x00],
                Some("service=intake" | "service=classifier") if is_case => &[0x4b],
                _ => &[],
            };
            let data: Vec<Value> = ids.iter().map(|id| page_trace(*id)).collect();
            told(&json!({"data": data, "total": 0, "limit": 0, "offset": 0, "errors": null}))
        }
        "/api/v3/traces" if kind != Kind::JaegerWithPageOnly => {
            told(&json!({"result": {"resourceSpans": otlp(&story(), Dialect::Hex)}}))
        }
        _ => match (path.strip_prefix("/api/v3/traces/"), kind) {
            (Some(_), Kind::JaegerWithPageOnly) | (None, _) => page(),
            (Some(id), _) => match of_trace(id) {
                none if none.is_empty() => (
                    StatusCode::NOT_FOUND,
                    r#"{"error":{"httpCode":404,"message":"No traces found"}}"#,
                )
                    .into_response(),
                spans => told(&json!({"result": {"resourceSpans": otlp(&spans, Dialect::Hex)}})),
            },
        },
    }
}

fn tempo(kind: Kind, path: &str) -> Response {
    let by_id = |prefix: &str| path.strip_prefix(prefix).map(of_trace);
    match path {
        "/api/echo" => "echo\n".into_response(),
        "/api/search" => told(&json!({
            "traces": [
                {"traceID": hex(&trace_id(0x4b)), "rootServiceName": "intake", "startTimeUnixNano": "1767225600000000000", "durationMs": 31},
                // As Tempo writes it: without the zeros in front.
                {"traceID": hex(&trace_id(0x00)).trim_start_matches('0'), "rootServiceName": "router"},
            ],
            "metrics": {"inspectedTraces": 2, "inspectedBytes": "123"},
        })),
        _ => match (by_id("/api/v2/traces/"), by_id("/api/traces/")) {
            (Some(spans), _) if kind == Kind::Tempo => told(
                &json!({"trace": {"resourceSpans": otlp(&spans, Dialect::Base64)}, "metrics": {}}),
            ),
            (_, Some(spans)) if !spans.is_empty() => {
                told(&json!({"batches": otlp(&spans, Dialect::Base64)}))
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        },
    }
}

fn of_trace(id: &str) -> Vec<(&'static str, Span)> {
    let story = story().into_iter();
    story
        .filter(|(_, span)| hex(&span.trace_id) == id)
        .collect()
}

#[derive(Clone, Copy)]
enum Dialect {
    /// Ids in hex, enums as numbers: the specification, and Jaeger 2.
    Hex,
    /// Ids in base64, enums by name: protobuf's own JSON, and Tempo.
    Base64,
}

fn otlp(spans: &[(&str, Span)], dialect: Dialect) -> Vec<Value> {
    let id = |bytes: &[u8]| match dialect {
        Dialect::Hex => hex(bytes),
        Dialect::Base64 => STANDARD.encode(bytes),
    };
    let one = |(service, span): &(&str, Span)| {
        let attributes: Vec<Value> = span.attributes.iter().map(attribute).collect();
        let links: Vec<Value> = span
            .links
            .iter()
            .map(|link| json!({"traceId": id(&link.trace_id), "spanId": id(&link.span_id)}))
            .collect();
        let mut told = json!({
            "traceId": id(&span.trace_id), "spanId": id(&span.span_id), "name": span.name,
            "startTimeUnixNano": span.start_time_unix_nano.to_string(),
            "endTimeUnixNano": span.end_time_unix_nano.to_string(),
            "attributes": attributes, "links": links, "status": {},
        });
        told["kind"] = match dialect {
            Dialect::Hex => json!(span.kind),
            Dialect::Base64 => json!(span.kind().as_str_name()),
        };
        if !span.parent_span_id.is_empty() {
            told["parentSpanId"] = id(&span.parent_span_id).into();
        }
        if let Some(status) = &span.status {
            told["status"] = match dialect {
                Dialect::Hex => json!({"code": status.code, "message": status.message}),
                Dialect::Base64 => {
                    json!({"code": status.code().as_str_name(), "message": status.message})
                }
            };
        }
        json!({
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
            "scopeSpans": [{"scope": {"name": "swiftline"}, "spans": [told]}],
        })
    };
    spans.iter().map(one).collect()
}

fn attribute(pair: &KeyValue) -> Value {
    let value = match pair.value.as_ref().unwrap().value.as_ref().unwrap() {
        Any::StringValue(text) => json!({"stringValue": text}),
        Any::IntValue(number) => json!({"intValue": number.to_string()}),
        Any::BoolValue(is) => json!({"boolValue": is}),
        other => panic!("{other:?}"),
    };
    json!({"key": pair.key, "value": value})
}

/// A trace as Jaeger's page has it.
fn page_trace(byte: u8) -> Value {
    let id = hex(&trace_id(byte));
    let mut processes = serde_json::Map::new();
    let spans: Vec<Value> = of_trace(&id)
        .iter()
        .map(|(service, span)| {
            processes.insert(format!("p-{service}"), json!({"serviceName": service, "tags": []}));
            let reference = |kind: &str, trace: &[u8], span: &[u8]| {
                json!({"refType": kind, "traceID": hex(trace), "spanID": hex(span)})
            };
            let parent = (!span.parent_span_id.is_empty())
                .then(|| reference("CHILD_OF", &span.trace_id, &span.parent_span_id));
            let links = span.links.iter();
            let links = links.map(|link| reference("FOLLOWS_FROM", &link.trace_id, &link.span_id));
            let kind = span.kind().as_str_name().trim_start_matches("SPAN_KIND_");
            let mut tags = vec![json!({"key": "span.kind", "type": "string", "value": kind.to_lowercase()})];
            if let Some(status) = &span.status {
                tags.push(json!({"key": "otel.status_code", "type": "string", "value": "ERROR"}));
                tags.push(json!({"key": "otel.status_description", "type": "string", "value": status.message}));
                tags.push(json!({"key": "error", "type": "bool", "value": true}));
            }
            json!({
                "traceID": id, "spanID": hex(&span.span_id), "operationName": span.name,
                "references": parent.into_iter().chain(links).collect::<Vec<_>>(),
                "startTime": span.start_time_unix_nano / 1_000,
                "duration": (span.end_time_unix_nano - span.start_time_unix_nano) / 1_000,
                "tags": tags, "logs": [], "processID": format!("p-{service}"), "warnings": null,
            })
        })
        .collect();
    json!({"traceID": id, "spans": spans, "processes": processes, "warnings": null})
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
