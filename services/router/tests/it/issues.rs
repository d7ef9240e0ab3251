//! Cases that are one issue, and cases that citizens take back.

use swiftline_domain::case::State;
use swiftline_domain::number::CaseNumber;
use swiftline_proto::router::v1::{self as wire};
use swiftline_rpc::status::reason_of;
use tonic::{Code, Status};

use crate::rig::{Rig, field};

async fn merge(rig: &Rig, number: CaseNumber, into: CaseNumber) -> Result<(), Status> {
    let request = wire::MergeRequest {
        case_number: number.to_string(),
        into: into.to_string(),
        actor: "dispatcher-1".to_owned(),
    };
    rig.handling.clone().merge(request).await.map(drop)
}

#[tokio::test]
async fn a_merged_case_leaves_its_team_and_keeps_its_clock() {
    let rig = Rig::start().await;
    let lead = rig.offered("streets.light", "01001").await;
    let member = rig.offered("streets.light", "01001").await;
    let clock = rig.case(member.number).await.clocks.handle;
    let load = rig.load(&member.team).await;
    merge(&rig, member.number, lead.number).await.unwrap();
    let case = rig.case(member.number).await;
    assert_eq!(case.state, State::Merged);
    assert_eq!(
        (case.merged_into, case.clocks.handle),
        (Some(lead.number), clock)
    );
    assert_eq!(rig.load(&member.team).await, load - 1);
    assert_eq!(rig.case(lead.number).await.members, [member.number]);
    // Another one said to be the same as the member is the same as the lead.
    let third = rig.offered("streets.light", "01001").await;
    merge(&rig, third.number, member.number).await.unwrap();
    let merged = rig.case(third.number).await.merged_into;
    assert_eq!(merged, Some(lead.number));
}

#[tokio::test]
async fn what_cannot_be_one_issue_is_refused_and_nothing_changes() {
    let rig = Rig::start().await;
    let lead = rig.offered("streets.light", "01001").await;
    let member = rig.offered("streets.light", "01001").await;
    let own = merge(&rig, lead.number, lead.number).await.unwrap_err();
    assert_eq!(reason_of(&own).unwrap(), "INTO_ITSELF");
    merge(&rig, member.number, lead.number).await.unwrap();
    let twice = merge(&rig, member.number, lead.number).await.unwrap_err();
    assert_eq!(twice.code(), Code::FailedPrecondition);
    let third = rig.offered("streets.light", "01001").await;
    let above = merge(&rig, lead.number, third.number).await.unwrap_err();
    assert_eq!(reason_of(&above).unwrap(), "HAS_MEMBERS");
    assert!(rig.case(third.number).await.members.is_empty());
    let request = wire::MergeRequest {
        case_number: "x".to_owned(),
        into: third.number.to_string(),
        actor: "dispatcher-1".to_owned(),
    };
    let status = rig.handling.clone().merge(request).await.unwrap_err();
    assert_eq!(field(&status, Code::InvalidArgument), "case_number");
}

#[tokio::test]
async fn a_case_on_its_own_again_is_offered_again() {
    let rig = Rig::start().await;
    let lead = rig.offered("streets.light", "01001").await;
    let member = rig.offered("streets.light", "01001").await;
    merge(&rig, member.number, lead.number).await.unwrap();
    let request = wire::SeparateRequest {
        case_number: member.number.to_string(),
        actor: "dispatcher-1".to_owned(),
    };
    rig.handling.clone().separate(request).await.unwrap();
    let case = rig.case(member.number).await;
    assert_eq!((case.state, case.merged_into), (State::Offered, None));
}

#[tokio::test]
async fn what_a_citizen_takes_back_leaves_the_queue() {
    let rig = Rig::start().await;
    let held = rig.offered("streets.light", "01001").await;
    let withdraw = async || {
        let request = wire::WithdrawRequest {
            case_number: held.number.to_string(),
            actor: "operator-1".to_owned(),
        };
        rig.handling.clone().withdraw(request).await
    };
    withdraw().await.unwrap();
    assert_eq!(rig.case(held.number).await.state, State::Withdrawn);
    assert_eq!(
        (rig.waiting(&held.team).await, rig.load(&held.team).await),
        (vec![], 0)
    );
    let again = withdraw().await.unwrap_err();
    assert_eq!(again.code(), Code::FailedPrecondition);
}
