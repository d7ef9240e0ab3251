//! The answer to the question for rates.

use swiftline_proto::feedback::v1::UnitRates;
use swiftline_rpc::status::violations_of;
use tonic::Code;

use crate::rig::{Rig, answers};
use crate::story::{Story, UNIT};

#[tokio::test]
async fn before_anything_has_happened_there_are_no_units_and_no_shares() {
    let rig = Rig::start().await;
    let rates = rig.rates(&[]).await.unwrap();
    assert_eq!(rates.units, []);
    assert_eq!(rates.total, Some(UnitRates::default()));
}

#[tokio::test]
async fn the_three_rates_are_shares_of_those_reached() {
    let rig = Rig::start().await;
    let given = [
        answers(Some(true), Some(true)),
        answers(Some(true), Some(false)),
        answers(Some(true), None),
        answers(None, None),
        Default::default(),
    ];
    for answer in given {
        let story = Story::resolved(&rig.store).await;
        rig.call_back(story.number(), answer).await.unwrap();
    }
    rig.settled().await;
    let total = rig.total(|total| total.reached == 4).await;
    assert_eq!(
        (
            total.resolved,
            total.contacted,
            total.solved,
            total.satisfied
        ),
        (5, 4, 3, 1)
    );
    let rates = rig.rates(&[UNIT]).await.unwrap();
    assert_eq!(rates.units[0].response_rate, Some(1.0));
    assert_eq!(rates.units[0].resolution_rate, Some(0.75));
    assert_eq!(rates.units[0].satisfaction_rate, Some(0.25));
}

#[tokio::test]
async fn a_unit_with_nothing_has_zeros_and_the_total_is_of_the_units_asked_for() {
    let rig = Rig::start().await;
    Story::resolved(&rig.store).await;
    rig.total(|total| total.resolved == 1).await;
    let rates = rig.rates(&["xihu", "xihu"]).await.unwrap();
    let expected = UnitRates {
        unit: "xihu".into(),
        ..UnitRates::default()
    };
    assert_eq!(rates.units, [expected]);
    assert_eq!(rates.total, Some(UnitRates::default()));
    let rates = rig.rates(&["xihu", UNIT]).await.unwrap();
    assert_eq!(rates.total.unwrap().resolved, 1);
}

#[tokio::test]
async fn an_unknown_unit_is_named_by_its_field() {
    let rig = Rig::start().await;
    let status = rig.rates(&[UNIT, "no-such-unit"]).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(violations_of(&status)[0].field, "units[1]");
    assert!(status.message().contains("no-such-unit"), "{status}");
}
