//! Health, metrics, reflection, tasks and drain of a service in this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use swiftline_runtime::{LIVENESS, RunError, RuntimeSettings, TaskPolicy};
use tonic::Code;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::harness::{Gate, Running, get, run, wait_until};

async fn health(running: &Running, service: &str) -> Result<ServingStatus, Code> {
    ask(running.channel().await, service).await
}

/// As a probe of Kubernetes asks: on the monitor's port.
async fn probe(running: &Running, service: &str) -> Result<ServingStatus, Code> {
    let endpoint = Endpoint::from_shared(format!("http://{}", running.metrics)).unwrap();
    match endpoint.connect().await {
        Ok(channel) => ask(channel, service).await,
        Err(_) => Err(Code::Unavailable),
    }
}

async fn ask(channel: Channel, service: &str) -> Result<ServingStatus, Code> {
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    let answer = HealthClient::new(channel).check(request).await;
    answer
        .map(|answer| answer.into_inner().status())
        .map_err(|status| status.code())
}

#[tokio::test]
async fn serves_health_for_itself_and_each_service() {
    let running = run(&RuntimeSettings::default(), |service| {
        service.add(Gate::new())
    })
    .await;
    wait_until(async || health(&running, "").await == Ok(ServingStatus::Serving)).await;
    wait_until(async || health(&running, "test.v1.Gate").await == Ok(ServingStatus::Serving)).await;
    assert_eq!(health(&running, "other").await, Err(Code::NotFound));
    running.end().await.unwrap();
}

#[tokio::test]
async fn probes_are_answered_beside_the_service_alive_while_it_is_not_ready() {
    let running = run(&RuntimeSettings::default(), |service| service).await;
    wait_until(async || probe(&running, "").await == Ok(ServingStatus::Serving)).await;
    running.context.readiness.set("store", false);
    wait_until(async || probe(&running, "").await == Ok(ServingStatus::NotServing)).await;
    assert_eq!(probe(&running, LIVENESS).await, Ok(ServingStatus::Serving));
    assert_eq!(health(&running, LIVENESS).await, Ok(ServingStatus::Serving));
    assert_eq!(probe(&running, "other").await, Err(Code::NotFound));
    running.end().await.unwrap();
}

#[tokio::test]
async fn a_service_that_drains_is_alive_and_not_ready() {
    let gate = Gate::new();
    let running = run(&RuntimeSettings::default(), |service| {
        service.add(gate.clone())
    })
    .await;
    let call = running.call_gate();
    gate.arrived.notified().await;
    running.drain.cancel();
    running.context.stop.cancelled().await;
    wait_until(async || probe(&running, "").await == Ok(ServingStatus::NotServing)).await;
    wait_until(async || probe(&running, LIVENESS).await == Ok(ServingStatus::Serving)).await;
    gate.open.add_permits(1);
    call.await.unwrap();
    running.ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_condition_that_fails_shows_in_health_and_readyz() {
    let running = run(&RuntimeSettings::default(), |service| service).await;
    wait_until(async || get(running.metrics, "/readyz").await.0 == 200).await;
    running.context.readiness.set("store", false);
    assert_eq!(
        get(running.metrics, "/readyz").await,
        (503, "not ready: store\n".to_owned())
    );
    wait_until(async || health(&running, "").await == Ok(ServingStatus::NotServing)).await;
    assert_eq!(
        get(running.metrics, "/livez").await.0,
        200,
        "not ready is not dead"
    );
    running.context.readiness.set("store", true);
    wait_until(async || health(&running, "").await == Ok(ServingStatus::Serving)).await;
    running.end().await.unwrap();
}

#[tokio::test]
async fn metrics_are_openmetrics_and_count_calls() {
    let running = run(&RuntimeSettings::default(), |service| service).await;
    wait_until(async || health(&running, "").await.is_ok()).await;
    let counted = r#"rpc_server_call_duration_seconds_count{rpc_method="grpc.health.v1.Health/Check",rpc_status_code="OK"}"#;
    wait_until(async || get(running.metrics, "/metrics").await.1.contains(counted)).await;
    assert!(
        get(running.metrics, "/metrics")
            .await
            .1
            .ends_with("# EOF\n")
    );
    assert_eq!(get(running.metrics, "/other").await.0, 404);
    running.end().await.unwrap();
}

#[tokio::test]
async fn reflection_lists_the_services() {
    let running = run(&RuntimeSettings::default(), |service| {
        service.descriptors(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
    })
    .await;
    let ask = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = ServerReflectionClient::new(running.channel().await);
    let mut answers = client
        .server_reflection_info(futures::stream::iter([ask]))
        .await
        .unwrap()
        .into_inner();
    let Some(MessageResponse::ListServicesResponse(list)) =
        answers.message().await.unwrap().unwrap().message_response
    else {
        panic!("not a list");
    };
    let names: Vec<&str> = list
        .service
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    assert!(
        names.contains(&"grpc.health.v1.Health")
            && names.contains(&"grpc.reflection.v1.ServerReflection"),
        "{names:?}"
    );
    drop((answers, client));
    running.end().await.unwrap();
}

#[tokio::test]
async fn broken_descriptors_are_an_error() {
    let running = run(&RuntimeSettings::default(), |service| {
        service.descriptors(b"\xff")
    })
    .await;
    assert!(matches!(
        running.ended.await.unwrap(),
        Err(RunError::Reflection(_))
    ));
}

#[tokio::test]
async fn a_drain_waits_for_calls_and_tasks() {
    let gate = Gate::new();
    let cleaned = Arc::new(AtomicBool::new(false));
    let flag = cleaned.clone();
    let running = run(&RuntimeSettings::default(), |service| {
        service
            .add(gate.clone())
            .task("reader", TaskPolicy::Essential, move |stop| {
                let flag = flag.clone();
                async move {
                    stop.cancelled().await;
                    flag.store(true, Ordering::SeqCst);
                    Ok(())
                }
            })
    })
    .await;
    let call = running.call_gate();
    gate.arrived.notified().await;
    running.drain.cancel();
    running.context.stop.cancelled().await;
    assert!(!running.context.readiness.is_ready());
    assert_eq!(
        get(running.metrics, "/readyz").await.0,
        503,
        "metrics stay up while draining"
    );
    wait_until(async || tokio::net::TcpStream::connect(running.grpc).await.is_err()).await;
    assert!(!running.ended.is_finished());
    gate.open.add_permits(1);
    assert_eq!(
        call.await.unwrap(),
        Code::AlreadyExists,
        "the call in flight was answered"
    );
    running.ended.await.unwrap().unwrap();
    assert!(cleaned.load(Ordering::SeqCst));
    assert!(
        tokio::net::TcpStream::connect(running.metrics)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_half_sent_scrape_does_not_hold_up_the_exit() {
    use tokio::io::AsyncWriteExt as _;
    let running = run(&RuntimeSettings::default(), |service| service).await;
    let mut scrape = tokio::net::TcpStream::connect(running.metrics)
        .await
        .unwrap();
    scrape.write_all(b"GET /metr").await.unwrap();
    assert_eq!(get(running.metrics, "/livez").await.0, 200);
    running.end().await.unwrap();
    drop(scrape);
}

#[tokio::test]
async fn those_who_watch_health_are_told_and_let_go() {
    let running = run(&RuntimeSettings::default(), |service| service).await;
    wait_until(async || health(&running, "").await == Ok(ServingStatus::Serving)).await;
    let request = HealthCheckRequest::default();
    let mut watch = HealthClient::new(running.channel().await)
        .watch(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        watch.message().await.unwrap().unwrap().status(),
        ServingStatus::Serving
    );
    running.drain.cancel();
    assert_eq!(
        watch.message().await.unwrap().unwrap().status(),
        ServingStatus::NotServing
    );
    assert_eq!(watch.message().await.unwrap(), None);
    drop(watch);
    running.ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_drain_has_a_limit() {
    let gate = Gate::new();
    let runtime = RuntimeSettings {
        drain_timeout_ms: 20,
        ..RuntimeSettings::default()
    };
    let running = run(&runtime, |service| service.add(gate.clone())).await;
    let _call = running.call_gate();
    gate.arrived.notified().await;
    let error = running.end().await.unwrap_err().to_string();
    assert_eq!(
        error,
        "drain not finished within 20 ms: 1 of the server and its tasks"
    );
}

#[tokio::test]
async fn the_end_of_an_essential_task_ends_the_service() {
    let running = run(&RuntimeSettings::default(), |service| {
        service.task("sweeper", TaskPolicy::Essential, |_| async {
            Err("lost its lease".into())
        })
    })
    .await;
    let error = running.ended.await.unwrap().unwrap_err().to_string();
    assert_eq!(error, "task sweeper ended: lost its lease");
    assert!(running.context.stop.is_cancelled());
}

#[tokio::test]
async fn a_task_that_may_end_does_not_end_the_service() {
    let running = run(&RuntimeSettings::default(), |service| {
        service.task("once", TaskPolicy::Restart, |_| async { Ok(()) })
    })
    .await;
    wait_until(async || health(&running, "").await == Ok(ServingStatus::Serving)).await;
    running.end().await.unwrap();
}

#[tokio::test]
async fn the_ready_file_is_there_while_it_serves() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ready.json");
    let runtime = RuntimeSettings {
        ready_file: path.display().to_string(),
        ..RuntimeSettings::default()
    };
    let running = run(&runtime, |service| service).await;
    wait_until(async || path.exists()).await;
    let ready: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(ready["service"], "test");
    assert_eq!(ready["grpc"], running.grpc.to_string());
    assert_eq!(ready["metrics"], running.metrics.to_string());
    running.end().await.unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_ready_file_that_cannot_be_written_is_an_error() {
    let runtime = RuntimeSettings {
        ready_file: "/nonexistent/ready".to_owned(),
        ..RuntimeSettings::default()
    };
    let running = run(&runtime, |service| service).await;
    let error = running.ended.await.unwrap().unwrap_err().to_string();
    assert!(
        error.starts_with("ready file /nonexistent/ready: "),
        "{error}"
    );
}
