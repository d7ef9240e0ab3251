//! Looking back: replays of the past, and what returned orders point to.

use jiff::SignedDuration;
use serde_json::Value;
use swiftline_proto::router::v1 as wire;
use swiftline_proto::router::v1::replay_request::Rules as ReplayOf;
use swiftline_proto::router::v1::replay_response::Step;
use tonic::{Code, Status};

use super::helpers::{BO, Desk, lights_to_the_district};
use crate::rig::{Rig, field};

/// Orders of one rule before a suggestion is made.
const ENOUGH: usize = 24;

fn day() -> Option<prost_types::Duration> {
    Some(prost_types::Duration {
        seconds: 86_400,
        nanos: 0,
    })
}

impl Desk {
    /// All that a replay says, the result last.
    async fn replay(&self, rules: ReplayOf) -> Result<(usize, wire::ReplayResult), Status> {
        let request = wire::ReplayRequest {
            rules: Some(rules),
            since: day(),
            actor: BO.to_owned(),
        };
        let mut steps = self.rules.clone().replay(request).await?.into_inner();
        let (mut progress, mut result) = (0, None);
        while let Some(response) = steps.message().await? {
            assert!(result.is_none(), "the result comes last");
            match response.step.unwrap() {
                Step::Progress(_) => progress += 1,
                Step::Result(shown) => result = Some(shown),
            }
        }
        Ok((progress, result.unwrap()))
    }
}

#[tokio::test]
async fn a_replay_shows_who_gains_and_loses_and_an_approval_is_bound_to_it() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    for _ in 0..3 {
        rig.offered("streets.light", "01001").await;
    }
    rig.offered("utilities.gas", "01001").await;
    let text = lights_to_the_district();

    let (_, shown) = desk.replay(ReplayOf::Text(text.clone())).await.unwrap();
    assert_eq!((shown.complaints, shown.moved, shown.skipped), (4, 3, 0));
    assert_eq!(shown.against, desk.active().await);
    assert_eq!(
        desk.status().await.audit_length,
        1,
        "nobody has proposed it"
    );

    let version = desk.propose(&text).await.unwrap().version.unwrap();
    let (progress, shown) = desk
        .replay(ReplayOf::Digest(version.digest.clone()))
        .await
        .unwrap();
    assert!(progress > 0);
    let report = shown.report.unwrap();
    let told: Value = serde_json::from_str(&report.json).unwrap();
    assert_eq!(told["moves"][0]["count"], 3);
    assert_eq!(told["moves"][0]["old_unit"], "dept-streets");
    let refused = desk.approve(&version, &"0".repeat(64), BO).await;
    assert_eq!(field(&refused.unwrap_err(), Code::Aborted), "replay");
    let approved = desk.approve(&version, &report.digest, BO).await.unwrap();
    assert_eq!((approved.replayed, approved.moved), (4, 3));
    let shown = desk
        .rules
        .clone()
        .show(wire::ShowRequest {
            digest: version.digest,
        })
        .await;
    assert_eq!(shown.unwrap().into_inner().replay, Some(report));
}

#[tokio::test]
async fn a_replay_looks_back_no_further_than_asked() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    rig.offered("streets.light", "01001").await;
    rig.pass(SignedDuration::from_hours(48));
    rig.offered("streets.light", "01001").await;
    let (_, shown) = desk
        .replay(ReplayOf::Text(lights_to_the_district()))
        .await
        .unwrap();
    assert_eq!(shown.complaints, 1);
}

#[tokio::test]
async fn what_cannot_be_replayed_is_named() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let broken = desk.replay(ReplayOf::Text("rules: [".to_owned())).await;
    assert_eq!(broken.unwrap_err().code(), Code::InvalidArgument);
    let unknown = desk.replay(ReplayOf::Digest("12345678".to_owned())).await;
    assert_eq!(unknown.unwrap_err().code(), Code::NotFound);
    let request = wire::ReplayRequest {
        rules: Some(ReplayOf::Text(lights_to_the_district())),
        since: None,
        actor: BO.to_owned(),
    };
    let endless = desk.rules.clone().replay(request).await.unwrap_err();
    assert_eq!(field(&endless, Code::InvalidArgument), "since");
}

#[tokio::test]
async fn orders_that_come_back_point_to_an_edit() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    for _ in 0..ENOUGH {
        let held = rig.offered("streets.light", "01001").await;
        rig.give_back(&held).await.unwrap();
        let next = rig.held(held.number).await;
        rig.sign(&next, "desk-2").await.unwrap();
    }
    let request = wire::SuggestRequest {
        since: day(),
        limit: 0,
    };
    let suggested = desk.rules.clone().suggest(request).await.unwrap();
    let suggested = suggested.into_inner();
    assert_eq!(suggested.cases, ENOUGH as u64);
    assert_eq!(suggested.digest, desk.active().await);
    let worst: Value = serde_json::from_str(&suggested.suggestions[0]).unwrap();
    assert_eq!(worst["rule"], "street-lights");
    assert_eq!(
        (&worst["decided"], &worst["returned"]),
        (&24.into(), &24.into())
    );
    assert!(!worst["edits"].as_array().unwrap().is_empty(), "{worst}");
}
