//! A set that decides beside the one in force.

use swiftline_rpc::status::reason_of;

use super::helpers::{Desk, lights_to_the_district, lights_to_the_street};
use crate::rig::Rig;

#[tokio::test]
async fn a_shadow_counts_what_it_would_have_decided_otherwise() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let proposed = desk.propose(&lights_to_the_district()).await.unwrap();
    let digest = proposed.version.unwrap().digest;
    desk.shadow(&digest).await.unwrap();
    for _ in 0..3 {
        assert_eq!(
            rig.offered("streets.light", "01001").await.team,
            "streets-a"
        );
    }
    rig.offered("utilities.gas", "01001").await;
    let all = |status: &swiftline_proto::router::v1::RulesStatus| {
        (status.shadow_decided == 4).then(|| status.clone())
    };
    let status = desk.wait_for(all).await;
    assert_eq!(status.shadow_differs, 3);
    let [count] = status.shadow_counts.as_slice() else {
        panic!("{:?}", status.shadow_counts);
    };
    assert_eq!(
        (count.unit.as_str(), count.shadow_unit.as_str()),
        ("dept-streets", "dongshan")
    );
    assert_eq!(
        (count.rule.as_str(), count.shadow_rule.as_str()),
        ("street-lights", "street-lights")
    );
    assert_eq!(count.count, 3);
    assert!(
        rig.metrics()
            .contains("swiftline_rules_shadow_differs_total 3")
    );

    let other = desk
        .propose(&lights_to_the_street())
        .await
        .unwrap()
        .version
        .unwrap();
    let refused = desk.shadow(&other.digest).await.unwrap_err();
    assert_eq!(reason_of(&refused).unwrap(), "SHADOW_RUNS");
    let ended = desk.shadow("").await.unwrap();
    assert_eq!((ended.shadow, ended.shadow_decided), (None, 0));
    let refused = desk.shadow("").await.unwrap_err();
    assert_eq!(
        crate::rig::field(&refused, tonic::Code::InvalidArgument),
        "digest"
    );
}
