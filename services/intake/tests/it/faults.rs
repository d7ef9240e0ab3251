//! Redis away, Redis slow, too much at once.

use std::time::Duration;

use futures::future::join;
use swiftline_proto::intake::v1::{SubmitRequest, SubmitStreamRequest, submit_result};
use swiftline_rpc::{PRIORITY_EMERGENCY, PRIORITY_KEY, retry_delay};
use swiftline_testkit::wait::wait_until;
use tonic::{Code, Request};

use crate::rig::{Rig, receipt, submission};

const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn redis_gone_and_back_loses_nothing_that_was_acknowledged() {
    let mut rig = Rig::start().await;
    let before = rig.submit(submission("before", "no heat")).await.unwrap();

    rig.redis.kill_9();
    let status = rig
        .submit(submission("during", "no heat"))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    assert!(retry_delay(&status).is_some());
    let status = rig.case(&before.case_number).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");

    rig.redis.restart().await.unwrap();
    let again = wait_until(SOON, async || {
        rig.submit(submission("during", "no heat")).await.ok()
    })
    .await;
    let again = again.expect("intake recovers by itself");
    assert_ne!(again.case_number, before.case_number);
    let known = rig.submit(submission("before", "no heat")).await.unwrap();
    assert!(known.duplicate);
    assert_eq!(known.case_number, before.case_number);
    rig.stop().await.unwrap();
}

#[tokio::test]
async fn health_follows_redis_though_nobody_submits() {
    let mut rig = Rig::start().await;
    let readiness = rig.readiness.clone();
    let is = async |ready: bool| {
        let seen = async || (readiness.is_ready() == ready).then_some(());
        wait_until(SOON, seen).await.is_some()
    };
    assert!(is(true).await);
    rig.redis.kill_9();
    assert!(is(false).await);
    rig.redis.restart().await.unwrap();
    assert!(is(true).await);
}

/// Until the number of submissions that wait is this.
async fn queued(rig: &Rig, count: usize) {
    let line = format!("swiftline_accept_queue_depth {count}");
    let seen = wait_until(SOON, async || rig.metrics().contains(&line).then_some(())).await;
    assert!(seen.is_some(), "{}", rig.metrics());
}

#[tokio::test]
async fn above_the_mark_ordinary_work_is_refused_and_emergencies_pass() {
    let rig = Rig::start_with(&["accept.high_water=1", "store.response_timeout_ms=30000"]).await;
    rig.redis.freeze();
    let scenario = async {
        queued(&rig, 1).await;
        let status = rig.submit(submission("", "no heat")).await.unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
        assert!(retry_delay(&status).is_some());

        let by_words = rig.submit(submission("", "there is a GAS LEAK in the cellar"));
        let mut request = Request::new(SubmitRequest {
            submission: Some(submission("", "no heat")),
        });
        request
            .metadata_mut()
            .insert(PRIORITY_KEY, PRIORITY_EMERGENCY.parse().unwrap());
        let mut client = rig.client.clone();
        let by_caller = client.submit(request);
        let batch = rig.submit_batch(vec![
            submission("", "no heat"),
            submission("", "the house is on fire"),
        ]);
        let thaw = async {
            queued(&rig, 4).await;
            rig.redis.thaw();
        };
        let (by_words, by_caller, batch, ()) = tokio::join!(by_words, by_caller, batch, thaw);
        by_words.unwrap();
        by_caller.unwrap();
        let batch = batch.unwrap();
        let Some(submit_result::Result::Rejection(rejection)) = &batch[0].result else {
            panic!("{batch:?}")
        };
        assert_eq!(rejection.code, i32::from(Code::ResourceExhausted));
        receipt(&batch[1]);
    };
    let (first, ()) = join(
        rig.submit(submission("", "the first in the queue")),
        scenario,
    )
    .await;
    first.unwrap();
    let shed = r#"swiftline_submissions_total{channel="web",urgency="unknown",result="shed"} 2"#;
    assert!(rig.metrics().contains(shed), "{}", rig.metrics());
    let taken =
        r#"swiftline_submissions_total{channel="web",urgency="emergency",result="accepted"} 3"#;
    assert!(rig.metrics().contains(taken), "{}", rig.metrics());
}

#[tokio::test]
async fn a_stream_is_slowed_and_never_refused() {
    let rig = Rig::start_with(&["accept.stream_high_water=1000", "accept.high_water=1"]).await;
    let batches = (0..8).map(|sequence| SubmitStreamRequest {
        sequence,
        submissions: vec![submission("", "no heat"); 1_000],
    });
    let mut answers = rig
        .client
        .clone()
        .submit_stream(futures::stream::iter(batches))
        .await
        .unwrap()
        .into_inner();
    let mut taken = 0;
    while let Some(answer) = answers.message().await.unwrap() {
        taken += answer
            .results
            .iter()
            .map(receipt)
            .filter(|receipt| !receipt.duplicate)
            .count();
    }
    assert_eq!(taken, 8_000);
}

#[tokio::test]
async fn a_drain_answers_what_is_under_way() {
    let rig = Rig::start_with(&["store.response_timeout_ms=30000"]).await;
    rig.redis.freeze();
    let client = rig.client.clone();
    let request = SubmitRequest {
        submission: Some(submission("", "no heat")),
    };
    let under_way = tokio::spawn(async move { client.clone().submit(request).await });
    queued(&rig, 1).await;
    let thaw_later = async {
        // the drain has begun when new calls are no longer taken
        let refused = wait_until(SOON, async || rig.is_draining().then_some(())).await;
        assert!(refused.is_some());
        rig.redis.thaw();
    };
    rig.begin_drain();
    thaw_later.await;
    assert!(under_way.await.unwrap().is_ok());
    rig.stop().await.unwrap();
}
