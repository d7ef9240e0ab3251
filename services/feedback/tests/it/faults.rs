//! Redis goes and comes back.

use swiftline_proto::types::v1 as wire;
use swiftline_rpc::status::{reason_of, retry_delay};
use swiftline_testkit::wait::wait_until;
use tonic::Code;

use crate::rig::{PATIENCE, Rig, answers};
use crate::story::Story;

#[tokio::test]
async fn redis_gone_in_mid_run_is_said_and_recovered_from() {
    let mut rig = Rig::start().await;
    let (first, second) = (
        Story::signed(&rig.store).await,
        Story::resolved(&rig.store).await,
    );
    rig.resolve(first.result()).await.unwrap();
    rig.redis.kill_9();

    let status = rig
        .call_back(second.number(), answers(Some(true), None))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    assert_eq!(reason_of(&status).as_deref(), Some("STORE_UNAVAILABLE"));
    assert!(retry_delay(&status).is_some());
    assert_eq!(rig.rates(&[]).await.unwrap_err().code(), Code::Unavailable);

    rig.redis.restart().await.unwrap();
    let again = wait_until(PATIENCE, async || {
        rig.call_back(second.number(), answers(Some(true), None))
            .await
            .ok()
    });
    let case = again.await.expect("the service recovers");
    assert_eq!(case.state(), wire::State::Closed);
    let total = rig
        .total(|total| total.reached == 1 && total.resolved == 2)
        .await;
    assert_eq!((total.offered, total.signed, total.solved), (2, 2, 1));
}
