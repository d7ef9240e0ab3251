//! One call, two spans, one trace.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use swiftline_rpc::{Annotations, Channel, ServerSettings};
use swiftline_telemetry::{Instruments, Telemetry, TelemetrySettings};
use tonic::{Request, Response, Status};

use crate::harness::{Replica, ask, ask_with, client_settings};

#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let scopes = request
            .into_inner()
            .resource_spans
            .into_iter()
            .flat_map(|one| one.scope_spans);
        self.0
            .lock()
            .unwrap()
            .extend(scopes.flat_map(|scope| scope.spans));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn attribute(span: &Span, key: &str) -> Option<Value> {
    span.attributes
        .iter()
        .find(|one| one.key == key)?
        .value
        .as_ref()?
        .value
        .clone()
}

fn text(span: &Span, key: &str) -> Option<String> {
    match attribute(span, key)? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

/// A replica, and who receives its spans.
#[expect(clippy::unwrap_used, reason = "a test that cannot begin has failed")]
async fn traced() -> (Receiver, Telemetry, Replica) {
    let receiver = Receiver::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let otlp_endpoint = format!("http://{}", listener.local_addr().unwrap());
    let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
    let service = TraceServiceServer::new(receiver.clone());
    tokio::spawn(
        tonic::transport::Server::builder()
            .add_service(service)
            .serve_with_incoming(incoming),
    );
    let settings = TelemetrySettings {
        otlp_endpoint,
        ..TelemetrySettings::default()
    };
    let telemetry = Telemetry::detached("test", "1", &settings).unwrap();

    let replica = Replica::start_on(
        "127.0.0.1:0",
        &ServerSettings::default(),
        1,
        telemetry.instruments(),
    )
    .await;
    (receiver, telemetry, replica)
}

#[tokio::test]
async fn a_caller_that_records_nothing_leaves_it_to_the_server() {
    let (receiver, telemetry, replica) = traced().await;
    let settings = client_settings(&[replica.url()]);
    let channel = Channel::new(&settings, &Instruments::disabled()).unwrap();
    ask(&channel, "traced").await.unwrap();
    telemetry.shutdown(Duration::from_secs(10)).await;

    let spans = receiver.0.lock().unwrap().clone();
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].kind, SpanKind::Server as i32);
    assert!(spans[0].parent_span_id.is_empty());
}

#[tokio::test]
async fn client_and_server_share_a_trace_and_name_the_call() {
    let (receiver, telemetry, replica) = traced().await;
    let instruments = telemetry.instruments();
    let channel = Channel::new(&client_settings(&[replica.url()]), &instruments).unwrap();
    let annotate = |request: &mut Request<_>| {
        request.extensions_mut().insert(Annotations::case("B1"));
    };
    ask_with(&channel, "traced", annotate).await.unwrap();
    ask(&channel, "fields").await.unwrap_err();
    ask(&channel, "internal").await.unwrap_err();
    let metrics = instruments.metrics.encode();
    telemetry.shutdown(Duration::from_secs(10)).await;

    let spans = receiver.0.lock().unwrap().clone();
    assert_eq!(spans.len(), 6);
    assert!(spans.iter().all(|span| span.name == "test.v1.Echo/Check"));
    let pairs: Vec<(&Span, &Span)> = spans
        .iter()
        .filter(|span| span.kind == SpanKind::Client as i32)
        .map(|client| {
            (
                client,
                spans
                    .iter()
                    .find(|span| span.parent_span_id == client.span_id)
                    .unwrap(),
            )
        })
        .collect();
    for (client, server) in &pairs {
        assert_eq!(server.kind, SpanKind::Server as i32);
        assert_eq!(server.trace_id, client.trace_id);
        assert_eq!(text(client, "rpc.system.name").as_deref(), Some("grpc"));
        assert_eq!(
            text(server, "rpc.method").as_deref(),
            Some("test.v1.Echo/Check")
        );
        assert_eq!(text(client, "server.address").as_deref(), Some("127.0.0.1"));
        assert_eq!(
            attribute(client, "server.port"),
            Some(Value::IntValue(replica.address.port().into()))
        );
    }
    let ended = |status: &str| {
        pairs
            .iter()
            .find(|(client, _)| text(client, "rpc.status_code").as_deref() == Some(status))
            .unwrap()
    };
    let is_error = |span: &Span| {
        let failed = span
            .status
            .as_ref()
            .is_some_and(|status| status.code == StatusCode::Error as i32);
        assert_eq!(failed, text(span, "error.type").is_some());
        failed
    };
    let (client, server) = ended("OK");
    assert_eq!(text(client, "swiftline.case.number").as_deref(), Some("B1"));
    assert!(!is_error(client) && !is_error(server));
    let (client, server) = ended("INVALID_ARGUMENT");
    assert!(
        is_error(client) && !is_error(server),
        "the caller's mistake is no error of the server"
    );
    let (client, server) = ended("INTERNAL");
    assert!(is_error(client) && is_error(server));

    for side in ["server", "client"] {
        let counted = format!(
            r#"rpc_{side}_call_duration_seconds_count{{rpc_method="test.v1.Echo/Check",rpc_status_code="OK"}} 1"#
        );
        assert!(metrics.contains(&counted), "{metrics}");
    }
    assert!(metrics.contains("# {trace_id="), "exemplars name a trace");
}
