//! What the server stack does with a call.

use std::time::Duration;

use swiftline_rpc::status::reason_of;
use swiftline_rpc::{PRIORITY_EMERGENCY, PRIORITY_KEY, ServerSettings, retry_delay, violations_of};
use tokio_stream::StreamExt as _;
use tonic::Code;

use crate::harness::{Replica, ask, ask_with, channel, health_check, send, wait_until, watch};

/// One call at a time, nobody waits.
fn tight() -> ServerSettings {
    ServerSettings {
        concurrency_limit: 1,
        queue_limit: 0,
        emergency_reserve: 1,
        stream_limit: 1,
        retry_after_ms: 250,
        ..ServerSettings::default()
    }
}

#[tokio::test]
async fn a_panic_costs_one_call() {
    let replica = Replica::start(&ServerSettings::default()).await;
    let channel = channel(&[replica.url()]);
    let status = ask(&channel, "panic").await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::Internal, "internal error")
    );
    assert_eq!(ask(&channel, "").await.unwrap(), 1, "the process lives");
    assert!(
        replica
            .metrics()
            .contains(r#"rpc_method="test.v1.Echo/Check",rpc_status_code="INTERNAL"} 1"#)
    );
}

#[tokio::test]
async fn the_text_of_an_internal_error_stays_inside() {
    let replica = Replica::start(&ServerSettings::default()).await;
    let status = ask(&channel(&[replica.url()]), "internal")
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::Internal, "internal error")
    );
}

#[tokio::test]
async fn wrong_fields_reach_the_caller() {
    let replica = Replica::start(&ServerSettings::default()).await;
    let status = ask(&channel(&[replica.url()]), "fields").await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::InvalidArgument, "2 fields are wrong")
    );
    let fields: Vec<String> = violations_of(&status)
        .into_iter()
        .map(|one| format!("{}: {}", one.field, one.description))
        .collect();
    assert_eq!(fields, ["a: is empty", "b: is too long"]);
}

#[tokio::test]
async fn a_call_without_a_deadline_gets_one() {
    let settings = ServerSettings {
        default_deadline_ms: 20,
        ..ServerSettings::default()
    };
    let replica = Replica::start(&settings).await;
    let status = ask(&channel(&[replica.url()]).without_deadline(), "forever")
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(
        status.message(),
        "the deadline passed before the answer was ready"
    );
    wait_until(|| {
        replica
            .metrics()
            .contains(r#"rpc_status_code="DEADLINE_EXCEEDED"} 1"#)
    })
    .await;
}

#[tokio::test]
async fn the_callers_deadline_is_kept() {
    let replica = Replica::start(&ServerSettings::default()).await;
    let timeout = Duration::from_millis(50);
    let status = ask_with(&channel(&[replica.url()]), "forever", |request| {
        request.set_timeout(timeout);
    })
    .await
    .unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn beyond_the_limit_calls_are_refused_with_a_hint_and_counted() {
    let replica = Replica::start(&tight()).await;
    let channel = channel(&[replica.url()]);
    let first = tokio::spawn({
        let channel = channel.clone();
        async move { ask(&channel, "block").await }
    });
    replica.handler.arrived.notified().await;

    let status = ask(&channel, "").await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(retry_delay(&status), Some(Duration::from_millis(250)));
    assert_eq!(reason_of(&status).as_deref(), Some("OVERLOADED"));
    assert_eq!(
        status.metadata().get("grpc-retry-pushback-ms").unwrap(),
        "250"
    );
    assert!(
        replica
            .metrics()
            .contains(r#"rpc_status_code="RESOURCE_EXHAUSTED"} 1"#)
    );

    let emergency = ask_with(&channel, "", |request| {
        request
            .metadata_mut()
            .insert(PRIORITY_KEY, PRIORITY_EMERGENCY.parse().unwrap());
    });
    assert_eq!(emergency.await.unwrap(), 1, "an emergency passes");
    assert!(health_check(&channel).await.is_ok(), "health is never shed");

    replica.handler.gate.add_permits(1);
    assert_eq!(first.await.unwrap().unwrap(), 1);
    assert_eq!(ask(&channel, "").await.unwrap(), 1, "there is room again");
}

#[tokio::test]
async fn a_call_may_wait_for_a_place() {
    let settings = ServerSettings {
        queue_limit: 1,
        queue_wait_ms: 30_000,
        ..tight()
    };
    let replica = Replica::start(&settings).await;
    let channel = channel(&[replica.url()]);
    let ask_again = |what: &'static str| {
        let channel = channel.clone();
        tokio::spawn(async move { ask(&channel, what).await })
    };
    let first = ask_again("block");
    replica.handler.arrived.notified().await;
    // two more: one waits, the other finds the queue full, whichever comes first
    let (second, third) = (ask_again(""), ask_again(""));
    wait_until(|| second.is_finished() || third.is_finished()).await;
    replica.handler.gate.add_permits(1);
    assert!(first.await.unwrap().is_ok());
    let codes = [second.await.unwrap(), third.await.unwrap()]
        .map(|answer| answer.map_err(|status| status.code()));
    assert!(
        codes.contains(&Ok(1)) && codes.contains(&Err(Code::ResourceExhausted)),
        "{codes:?}"
    );
}

#[tokio::test]
async fn a_call_that_waits_too_long_is_refused() {
    let settings = ServerSettings {
        queue_limit: 1,
        queue_wait_ms: 10,
        ..tight()
    };
    let replica = Replica::start(&settings).await;
    let channel = channel(&[replica.url()]);
    let first = tokio::spawn({
        let channel = channel.clone();
        async move { ask(&channel, "block").await }
    });
    replica.handler.arrived.notified().await;
    assert_eq!(
        ask(&channel, "").await.unwrap_err().code(),
        Code::ResourceExhausted
    );
    replica.handler.gate.add_permits(1);
    assert!(first.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_stream_outlives_the_deadline_and_holds_its_place_to_the_end() {
    let settings = ServerSettings {
        default_deadline_ms: 10,
        ..tight()
    };
    let replica = Replica::start(&settings).await;
    let channel = channel(&[replica.url()]).without_deadline();
    let mut stream = watch(&channel).await.unwrap();
    // the deadline of an ordinary call passes meanwhile, and the stream takes no ordinary place
    assert_eq!(
        ask(&channel, "forever").await.unwrap_err().code(),
        Code::DeadlineExceeded
    );
    assert_eq!(
        watch(&channel).await.unwrap_err().code(),
        Code::ResourceExhausted,
        "one stream at a time"
    );
    replica.handler.gate.add_permits(3);
    let mut messages = 0;
    while stream.next().await.transpose().unwrap().is_some() {
        messages += 1;
    }
    assert_eq!(messages, 3);
    assert!(watch(&channel).await.is_ok(), "its place is free again");
}

#[tokio::test]
async fn an_unknown_method_is_unimplemented_and_gets_no_label_of_its_own() {
    let replica = Replica::start(&ServerSettings::default()).await;
    let request = tonic::Request::new(tonic_health::pb::HealthCheckRequest::default());
    let status = send(&channel(&[replica.url()]), "/made.up/Method", request)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert!(
        replica
            .metrics()
            .contains(r#"rpc_method="_OTHER",rpc_status_code="UNIMPLEMENTED"} 1"#)
    );
}
