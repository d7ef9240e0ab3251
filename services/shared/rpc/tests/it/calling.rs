//! What the channel does with replicas that come, go, break and hang.

use std::collections::BTreeSet;
use std::time::Duration;

use swiftline_rpc::{Channel, ClientError, ClientSettings, RetryPolicy, ServerSettings, retry};
use swiftline_telemetry::Instruments;
use tokio_stream::StreamExt as _;
use tonic::Code;

use crate::harness::{Replica, ask, channel, client_settings, wait_until, watch};

const READY: Duration = Duration::from_secs(20);

/// An address that refuses connections.
async fn dead() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn a_dead_address_fails_no_call_while_another_lives() {
    let replica = Replica::start_as(1).await;
    let channel = channel(&[dead().await, replica.url(), dead().await]);
    for _ in 0..200 {
        assert_eq!(ask(&channel, "").await.unwrap(), 1);
    }
    assert_eq!(channel.live(), 1);
}

#[tokio::test]
async fn calls_spread_over_all_replicas() {
    let replicas = [
        Replica::start_as(1).await,
        Replica::start_as(2).await,
        Replica::start_as(3).await,
    ];
    let channel = channel(&replicas.each_ref().map(Replica::url));
    wait_until(|| channel.live() == 3).await;
    let mut seen = BTreeSet::new();
    for _ in 0..200 {
        seen.insert(ask(&channel, "").await.unwrap());
    }
    assert_eq!(seen, BTreeSet::from([1, 2, 3]));
}

#[tokio::test]
async fn new_replicas_are_noticed_and_gone_ones_forgotten() {
    let (first, second) = (Replica::start_as(1).await, Replica::start_as(2).await);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{}\n", first.address)).unwrap();
    let channel = channel(&[format!("file://{}", file.path().display())]);
    assert!(channel.ready(READY).await);
    assert_eq!(ask(&channel, "").await.unwrap(), 1);
    std::fs::write(
        file.path(),
        format!("{}\n{}\n", first.address, second.address),
    )
    .unwrap();
    wait_until(|| channel.live() == 2).await;
    std::fs::write(file.path(), format!("{}\n", second.address)).unwrap();
    wait_until(|| channel.live() == 1).await;
    for _ in 0..20 {
        assert_eq!(ask(&channel, "").await.unwrap(), 2);
    }
    std::fs::remove_file(file.path()).unwrap();
    assert_eq!(ask(&channel, "").await.unwrap(), 2, "what was known stays");
}

#[tokio::test]
async fn a_call_in_flight_ends_though_its_replica_is_forgotten() {
    let replica = Replica::start_as(1).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), replica.address.to_string()).unwrap();
    let channel = channel(&[format!("file://{}", file.path().display())]);
    let call = tokio::spawn({
        let channel = channel.clone();
        async move { ask(&channel, "block").await }
    });
    replica.handler.arrived.notified().await;
    std::fs::write(file.path(), "").unwrap();
    wait_until(|| channel.live() == 0).await;
    replica.handler.gate.add_permits(1);
    assert_eq!(call.await.unwrap().unwrap(), 1);
}

#[tokio::test]
async fn a_replica_that_drains_fails_no_call() {
    let (first, second) = (Replica::start_as(1).await, Replica::start_as(2).await);
    let channel = channel(&[first.url(), second.url()]);
    wait_until(|| channel.live() == 2).await;
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let channel = channel.clone();
            tokio::spawn(async move {
                for _ in 0..100 {
                    ask(&channel, "").await.unwrap();
                }
            })
        })
        .collect();
    ask(&channel, "").await.unwrap();
    first.drain();
    first.gone().await;
    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(ask(&channel, "").await.unwrap(), 2);
}

#[tokio::test]
async fn a_replica_that_drains_keeps_its_streams_but_gets_no_new_calls() {
    let (first, second) = (Replica::start_as(1).await, Replica::start_as(2).await);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), first.address.to_string()).unwrap();
    let channel = channel(&[format!("file://{}", file.path().display())]).without_deadline();
    let mut stream = watch(&channel).await.unwrap();
    std::fs::write(
        file.path(),
        format!("{}\n{}\n", first.address, second.address),
    )
    .unwrap();
    wait_until(|| channel.live() == 2).await;
    first.drain();
    first.handler.gate.add_permits(1);
    assert_eq!(stream.next().await.unwrap().unwrap().status, 1);
    for _ in 0..50 {
        ask(&channel, "").await.unwrap(); // the first of them may find out that the replica takes no more
    }
    for _ in 0..20 {
        assert_eq!(ask(&channel, "").await.unwrap(), 2);
    }
    first.handler.gate.add_permits(2);
    assert_eq!(stream.next().await.unwrap().unwrap().status, 1);
    assert_eq!(stream.next().await.unwrap().unwrap().status, 1);
    assert!(stream.next().await.is_none());
    first.gone().await;
}

#[tokio::test]
async fn a_replica_that_comes_back_is_used_again() {
    let replica = Replica::start_as(1).await;
    let (address, channel) = (replica.address.to_string(), channel(&[replica.url()]));
    assert_eq!(ask(&channel, "").await.unwrap(), 1);
    replica.drain();
    replica.gone().await;
    wait_until(|| channel.live() == 0).await;
    let _again = Replica::start_on(
        &address,
        &ServerSettings::default(),
        2,
        Instruments::disabled(),
    )
    .await;
    assert_eq!(
        ask(&channel, "").await.unwrap(),
        2,
        "the call waits for the connection"
    );
}

#[tokio::test]
async fn without_any_replica_a_call_is_unavailable() {
    let settings = ClientSettings {
        connect_timeout_ms: 20,
        ..client_settings(&[dead().await])
    };
    let channel = Channel::new(&settings, &Instruments::disabled()).unwrap();
    let status = ask(&channel, "").await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    let why = "no replica is connected: Connection refused";
    assert!(status.message().starts_with(why), "{status}");
    assert!(!channel.ready(Duration::from_millis(1)).await);
}

/// A replica whose connections break at the first request.
async fn breaking() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        while let Ok((mut stream, _)) = listener.accept().await {
            // an empty SETTINGS frame makes the connection; preface, settings, window and headers come, then it breaks
            let mut bytes = vec![0; 4096];
            let _ = stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await;
            let mut got = 0;
            while got < 150 {
                match stream.read(&mut bytes).await {
                    Ok(0) | Err(_) => break,
                    Ok(n) => got += n,
                }
            }
        }
    });
    url
}

#[tokio::test]
async fn a_connection_that_breaks_under_a_call_is_unavailable_and_a_retry_helps() {
    let broken = breaking().await;
    let status = ask(&channel(std::slice::from_ref(&broken)), "")
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::Unavailable, "the connection broke")
    );

    let replica = Replica::start_as(1).await;
    let channel = channel(&[broken, replica.url()]);
    let policy = RetryPolicy {
        attempts: 50,
        backoff_base_ms: 1,
        backoff_max_ms: 2,
    };
    for _ in 0..20 {
        assert_eq!(retry(&policy, || ask(&channel, "")).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn an_attempt_has_a_deadline_that_the_server_is_told() {
    let replica = Replica::start_as(1).await;
    let settings = ClientSettings {
        timeout_ms: 5_000,
        ..client_settings(&[replica.url()])
    };
    let channel = Channel::new(&settings, &Instruments::disabled()).unwrap();
    assert_eq!(ask(&channel, "timeout").await.unwrap(), 1);
    let none = ask(&channel.without_deadline(), "timeout")
        .await
        .unwrap_err();
    assert_eq!(none.code(), Code::Aborted);
    let short = ClientSettings {
        timeout_ms: 10,
        ..client_settings(&[replica.url()])
    };
    let channel = Channel::new(&short, &Instruments::disabled()).unwrap();
    assert_eq!(
        ask(&channel, "forever").await.unwrap_err().code(),
        Code::DeadlineExceeded
    );
}

#[tokio::test]
async fn a_stream_goes_on_when_its_channel_is_dropped() {
    let replica = Replica::start_as(1).await;
    let channel = channel(&[replica.url()]).without_deadline();
    let mut stream = watch(&channel).await.unwrap();
    drop(channel);
    replica.handler.gate.add_permits(3);
    let mut messages = 0;
    while stream.next().await.transpose().unwrap().is_some() {
        messages += 1;
    }
    assert_eq!(messages, 3);
}

#[tokio::test]
async fn an_unanswered_stream_is_cut_by_the_attempts_deadline() {
    let replica = Replica::start_as(1).await;
    let settings = ClientSettings {
        timeout_ms: 50,
        ..client_settings(&[replica.url()])
    };
    let channel = Channel::new(&settings, &Instruments::disabled()).unwrap();
    let mut stream = watch(&channel).await.unwrap();
    assert_eq!(
        stream.next().await.unwrap().unwrap_err().code(),
        Code::DeadlineExceeded
    );
}

#[tokio::test]
async fn bad_addresses_are_refused() {
    let none = Channel::new(&ClientSettings::default(), &Instruments::disabled()).unwrap_err();
    assert!(matches!(none, ClientError::NoAddress));
    let bad =
        Channel::new(&ClientSettings::to(["ftp://a:1"]), &Instruments::disabled()).unwrap_err();
    assert_eq!(
        bad.to_string(),
        r#"address "ftp://a:1": unknown scheme "ftp", must be http, dns or file"#
    );
}
