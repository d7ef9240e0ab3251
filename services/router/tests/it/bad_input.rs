//! Each bad input gets an error that names the field, and costs nothing.

use swiftline_proto::router::v1::{self as wire};
use swiftline_proto::types::v1 as types;
use tonic::Code;

use crate::rig::{Held, Rig, field};

#[tokio::test]
async fn a_bad_item_is_named_and_nothing_of_its_batch_is_routed() {
    let rig = Rig::start().await;
    let number = rig.accept(0).await;
    let good = rig.item(number, "streets.light", "01001");
    let with = |change: fn(&mut wire::RouteItem)| {
        let mut item = good.clone();
        change(&mut item);
        item
    };
    let bad = [
        (
            with(|item| item.case_number = "07-0001234-1x".into()),
            "items[1].case_number",
        ),
        (
            with(|item| item.case_number.clear()),
            "items[1].case_number",
        ),
        (with(|item| item.version = 0), "items[1].version"),
        (with(|item| item.accepted_at = None), "items[1].accepted_at"),
        (with(|item| item.complaint = None), "items[1].complaint"),
        (
            with(|item| item.classification = None),
            "items[1].classification",
        ),
        (
            with(|item| item.complaint.as_mut().unwrap().channel = 0),
            "items[1].complaint.channel",
        ),
        (
            with(|item| item.classification.as_mut().unwrap().kind = 99),
            "items[1].classification.kind",
        ),
        (
            with(|item| item.classification.as_mut().unwrap().place = "a b".into()),
            "items[1].classification.place",
        ),
    ];
    for (item, named) in bad {
        let status = rig.route(vec![good.clone(), item]).await.unwrap_err();
        assert_eq!(field(&status, Code::InvalidArgument), named);
    }
    let status = rig.route(vec![good.clone(); 1_001]).await.unwrap_err();
    assert_eq!(field(&status, Code::InvalidArgument), "items");
    assert_eq!(rig.load("streets-a").await, 0);
}

#[tokio::test]
async fn a_bad_claim_is_named() {
    let rig = Rig::start().await;
    let held = rig.offered("streets.light", "01001").await;
    let nobodys = rig.store.mint(held.number.partition(), 1).await.unwrap()[0];
    let good = held.claim("desk-1");
    let with = |change: &dyn Fn(&mut wire::Claim)| {
        let mut claim = good.clone();
        change(&mut claim);
        Some(claim)
    };
    let wrong_check = {
        let mut text = held.number.to_string();
        let last = text.pop().unwrap();
        text.push(if last == '0' { '1' } else { '0' });
        text
    };
    let bad = [
        (None, Code::InvalidArgument, "claim"),
        (
            with(&|claim| claim.case_number.clone_from(&wrong_check)),
            Code::InvalidArgument,
            "claim.case_number",
        ),
        (
            with(&|claim| claim.case_number = nobodys.to_string()),
            Code::NotFound,
            "case_number",
        ),
        (
            with(&|claim| claim.team = "nobody".into()),
            Code::NotFound,
            "claim.team",
        ),
        (
            with(&|claim| claim.team.clear()),
            Code::InvalidArgument,
            "claim.team",
        ),
        (
            with(&|claim| claim.offer = 0),
            Code::InvalidArgument,
            "claim.offer",
        ),
        (
            with(&|claim| claim.actor.clear()),
            Code::InvalidArgument,
            "claim.actor",
        ),
        (
            with(&|claim| claim.actor = "x".repeat(65)),
            Code::InvalidArgument,
            "claim.actor",
        ),
    ];
    for (claim, code, named) in bad {
        let status = rig
            .desk
            .clone()
            .sign(wire::SignRequest { claim })
            .await
            .unwrap_err();
        assert_eq!(field(&status, code), named);
    }
    let early = Held { offer: 7, ..held };
    assert_eq!(
        rig.sign(&early, "desk-1").await.unwrap_err().code(),
        Code::FailedPrecondition
    );
}

#[tokio::test]
async fn a_bad_word_of_a_desk_is_named() {
    let rig = Rig::start().await;
    let held = rig.offered("streets.light", "01001").await;
    rig.sign(&held, "desk-1").await.unwrap();
    let give_back = async |reason: i32, note: String| {
        let claim = Some(held.claim("desk-1"));
        let request = wire::ReturnRequest {
            claim,
            reason,
            note,
        };
        rig.desk.clone().r#return(request).await.unwrap_err()
    };
    let wrong_unit = types::ReturnReason::WrongUnit.into();
    assert_eq!(
        field(&give_back(0, String::new()).await, Code::InvalidArgument),
        "reason"
    );
    assert_eq!(
        field(&give_back(99, String::new()).await, Code::InvalidArgument),
        "reason"
    );
    let long = "字".repeat(2_001);
    assert_eq!(
        field(
            &give_back(wrong_unit, long.clone()).await,
            Code::InvalidArgument
        ),
        "note"
    );
    let suspend = async |reason: &str, approved_by: &str| {
        let request = wire::SuspendRequest {
            claim: Some(held.claim("desk-1")),
            reason: reason.to_owned(),
            approved_by: approved_by.to_owned(),
        };
        rig.desk.clone().suspend(request).await.unwrap_err()
    };
    assert_eq!(
        field(&suspend(" ", "chief-1").await, Code::InvalidArgument),
        "reason"
    );
    assert_eq!(
        field(&suspend(&long, "chief-1").await, Code::InvalidArgument),
        "reason"
    );
    assert_eq!(
        field(&suspend("waits", "").await, Code::InvalidArgument),
        "approved_by"
    );
    let request = wire::ReopenRequest {
        case_number: held.number.to_string(),
        reason: 0,
    };
    let status = rig.router.clone().reopen(request).await.unwrap_err();
    assert_eq!(field(&status, Code::InvalidArgument), "reason");
    let status = rig
        .router
        .clone()
        .explain(wire::ExplainRequest::default())
        .await
        .unwrap_err();
    assert_eq!(field(&status, Code::InvalidArgument), "subject");
}
