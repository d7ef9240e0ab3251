//! What teams do with orders.

use jiff::SignedDuration;
use swiftline_domain::case::State;
use swiftline_proto::router::v1::{self as wire};
use swiftline_proto::types::v1 as types;
use swiftline_rpc::status::reason_of;
use swiftline_store::Contact;
use swiftline_store::seal::Keyring;
use tonic::Code;

use crate::rig::{Held, Options, Rig, SOON, field};
use swiftline_testkit::wait::wait_until;

#[tokio::test]
async fn of_two_who_sign_at_once_exactly_one_has_it() {
    let rig = Rig::start().await;
    for _ in 0..5 {
        let held = rig.offered("streets.light", "01001").await;
        let actors = ["desk-1", "desk-2", "desk-3", "desk-4"];
        let signs = futures::future::join_all(actors.map(|actor| rig.sign(&held, actor))).await;
        let winners: Vec<usize> = (0..actors.len()).filter(|n| signs[*n].is_ok()).collect();
        assert_eq!(winners.len(), 1, "{signs:?}");
        let (by, at) = rig.case(held.number).await.offer.unwrap().signed.unwrap();
        assert_eq!(by.as_str(), actors[winners[0]]);
        for status in signs.into_iter().filter_map(Result::err) {
            assert_eq!(status.code(), Code::AlreadyExists);
            assert_eq!(reason_of(&status).unwrap(), "ALREADY_SIGNED");
            assert!(
                status.message().contains(&format!("by {by} at {at}")),
                "{status:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_same_person_again_is_told_yes_again() {
    let rig = Rig::start().await;
    let held = rig.offered("streets.light", "01001").await;
    rig.pass(SignedDuration::from_mins(20));
    let first = rig.sign(&held, "desk-1").await.unwrap();
    let second = rig.sign(&held, "desk-1").await.unwrap();
    assert_eq!((first.already, second.already), (false, true));
    assert_eq!(first.complaint.unwrap().text, "the words of a citizen");
    assert_eq!(first.case.unwrap().version, second.case.unwrap().version);
    assert_eq!(rig.waiting(&held.team).await, []);
    assert_eq!(
        rig.load(&held.team).await,
        1,
        "it is still the team's to do"
    );
    let metrics = rig.metrics();
    assert!(
        metrics.contains("swiftline_offer_age_seconds_count 1"),
        "{metrics}"
    );
    assert!(
        metrics.contains("swiftline_offer_age_seconds_sum 1200.0"),
        "{metrics}"
    );
}

#[tokio::test]
async fn a_returned_order_goes_up_and_never_back_until_a_person_must_decide() {
    let rig = Rig::start().await;
    let first = rig.offered("housing", "01001").await;
    assert!(first.team.starts_with("hekou-"));
    let case = rig.give_back(&first).await.unwrap();
    assert_eq!(case.state, i32::from(types::State::Offered));
    let second = rig.held(first.number).await;
    assert_eq!(second.team, "dongshan-a");
    assert_eq!(
        (rig.waiting(&first.team).await, rig.load(&first.team).await),
        (vec![], 0)
    );
    assert_eq!(rig.waiting("dongshan-a").await[0].offer, second.offer);
    // Also a signed order may be given back.
    rig.sign(&second, "desk-2").await.unwrap();
    rig.give_back(&second).await.unwrap();
    let third = rig.held(first.number).await;
    assert_eq!(third.team, "hotline-a");
    let case = rig.give_back(&third).await.unwrap();
    assert_eq!(
        case.state,
        i32::from(types::State::Triage),
        "three offers are all that the small city allows"
    );
    for team in ["hekou-a", "hekou-b", "dongshan-a", "hotline-a"] {
        assert_eq!((rig.waiting(team).await, rig.load(team).await), (vec![], 0));
    }
    let status = rig.sign(&second, "desk-2").await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert!(
        status.message().contains("was given away by dongshan-a"),
        "{status:?}"
    );
    assert!(
        rig.metrics()
            .contains(r#"swiftline_triage_total{reason="hop_limit"} 1"#)
    );
}

#[tokio::test]
async fn a_transferred_order_goes_to_the_named_unit() {
    let rig = Rig::start().await;
    let held = rig.offered("streets.light", "01001").await;
    rig.sign(&held, "desk-1").await.unwrap();
    let transfer = async |held: &Held, to: &str| {
        let request = wire::TransferRequest {
            claim: Some(held.claim("desk-1")),
            to: to.to_owned(),
            reason: types::ReturnReason::OutsidePowers.into(),
            note: String::new(),
        };
        rig.desk.clone().transfer(request).await
    };
    let unknown = transfer(&held, "st-nowhere").await.unwrap_err();
    assert_eq!(field(&unknown, Code::NotFound), "to");
    transfer(&held, "st-shiqiao").await.unwrap();
    let now = rig.held(held.number).await;
    assert_eq!(now.team, "shiqiao-a");
    let case = rig.case(held.number).await;
    assert_eq!(
        case.answerable.unwrap().as_str(),
        "dept-streets",
        "the first answers until another has signed"
    );
    assert_eq!(
        (rig.load("streets-a").await, rig.load("shiqiao-a").await),
        (0, 1)
    );
    // Its only team had it: it cannot go back there.
    let back = transfer(&now, "dept-streets").await.unwrap_err();
    assert_eq!(back.code(), Code::FailedPrecondition);
    assert_eq!(reason_of(&back).unwrap(), "NOBODY_LEFT");
    assert_eq!(rig.held(held.number).await, now, "nothing has happened");
}

#[tokio::test]
async fn an_order_is_set_aside_with_somebody_elses_approval_and_taken_up_again() {
    let rig = Rig::start().await;
    let held = rig.offered("streets.light", "01001").await;
    let suspend = async |approved_by: &str| {
        let request = wire::SuspendRequest {
            claim: Some(held.claim("desk-1")),
            reason: "waits for the spare part".to_owned(),
            approved_by: approved_by.to_owned(),
        };
        rig.desk.clone().suspend(request).await
    };
    let too_early = suspend("chief-1").await.unwrap_err();
    assert_eq!(reason_of(&too_early).unwrap(), "NOT_NOW");
    rig.sign(&held, "desk-1").await.unwrap();
    let own = suspend("desk-1").await.unwrap_err();
    assert_eq!(field(&own, Code::InvalidArgument), "approved_by");
    let case = suspend("chief-1").await.unwrap().into_inner().case.unwrap();
    assert_eq!(case.state, i32::from(types::State::Suspended));
    let due = rig.case(held.number).await.clocks.handle.unwrap().due.at;
    rig.pass(SignedDuration::from_hours(48));
    let request = wire::ResumeRequest {
        claim: Some(held.claim("desk-1")),
    };
    let resumed = rig.desk.clone().resume(request.clone()).await.unwrap();
    assert_eq!(
        resumed.into_inner().case.unwrap().state,
        i32::from(types::State::Signed)
    );
    let later = rig.case(held.number).await.clocks.handle.unwrap().due.at;
    assert_eq!(
        later.duration_since(due),
        SignedDuration::from_hours(48),
        "its clock stood still"
    );
    assert_eq!(rig.load(&held.team).await, 1);
    let twice = rig.desk.clone().resume(request).await.unwrap_err();
    assert_eq!(twice.code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn somebody_elses_order_is_not_given_out() {
    let rig = Rig::start().await;
    let held = rig.offered("streets.light", "01001").await;
    let thief = Held {
        team: "gas-a".to_owned(),
        ..held.clone()
    };
    let status = rig.sign(&thief, "desk-9").await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert_eq!(
        rig.waiting("streets-a").await.len(),
        1,
        "the owner's entry stays"
    );
    assert!(rig.give_back(&thief).await.is_err());
    assert_eq!(rig.case(held.number).await.state, State::Offered);
}

#[tokio::test]
async fn a_leftover_in_a_queue_vanishes_when_somebody_tries_to_sign_it() {
    let rig = Rig::start().await;
    let held = rig.offered("housing", "01001").await;
    let order = rig.waiting(&held.team).await.remove(0);
    rig.give_back(&held).await.unwrap();
    // As if a router had died before it took the order out.
    let queued = swiftline_store::QueuedOffer {
        team: held.team.parse().unwrap(),
        lane: swiftline_domain::vocabulary::Lane::Normal,
        number: held.number,
        offer: swiftline_domain::id::OfferNo(held.offer),
        order,
    };
    rig.store.offer(vec![queued]).await.unwrap();
    assert_eq!(rig.waiting(&held.team).await.len(), 1);
    let status = rig.sign(&held, "desk-1").await.unwrap_err();
    assert_eq!(reason_of(&status).unwrap(), "STALE_OFFER");
    assert_eq!(
        (rig.waiting(&held.team).await, rig.load(&held.team).await),
        (vec![], 0)
    );
}

#[tokio::test]
async fn contact_data_is_opened_for_whoever_has_signed() {
    use prost::Message;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("contact.keys");
    std::fs::write(
        &file,
        "test-1 MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n",
    )
    .unwrap();
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let rig = Rig::start_with(Options {
        set: vec![format!("contact.keys_file={}", file.display())],
        ..Options::default()
    })
    .await;
    let keyring = Keyring::load(&file).unwrap();
    let contact = types::Contact {
        phone: "0123".to_owned(),
        ..types::Contact::default()
    };
    let number = rig
        .store
        .mint(swiftline_domain::number::Partition(0), 1)
        .await
        .unwrap()[0];
    let sealed = keyring.seal(number, &contact.encode_to_vec()).unwrap();
    let sealed = Contact::new(move |_| Ok(sealed.clone()));
    rig.accept_as(number, Some(sealed)).await;
    rig.route(vec![rig.item(number, "streets.light", "01001")])
        .await
        .unwrap();
    let held = rig.held(number).await;
    assert_eq!(
        rig.sign(&held, "desk-1").await.unwrap().contact,
        Some(contact.clone())
    );
    assert!(
        rig.sign(&held, "desk-2").await.is_err(),
        "nobody else is shown anything"
    );

    // A record of another case does not open; the order is signed all the same.
    let other = rig
        .store
        .mint(swiftline_domain::number::Partition(0), 1)
        .await
        .unwrap()[0];
    let foreign = keyring.seal(number, &contact.encode_to_vec()).unwrap();
    let foreign = Contact::new(move |_| Ok(foreign.clone()));
    rig.accept_as(other, Some(foreign)).await;
    rig.route(vec![rig.item(other, "streets.light", "01001")])
        .await
        .unwrap();
    let signed = rig.sign(&rig.held(other).await, "desk-1").await.unwrap();
    assert_eq!(signed.contact, None);
}

#[tokio::test]
async fn loads_show_what_desks_have_done() {
    let rig = Rig::start().await;
    let held = rig.offered("streets.light", "01001").await;
    let load = async || {
        let request = wire::ListUnitsRequest {
            unit: "dept-streets".to_owned(),
            ..wire::ListUnitsRequest::default()
        };
        let units = rig
            .operations
            .clone()
            .list_units(request)
            .await
            .unwrap()
            .into_inner()
            .units;
        units[0].teams[0].load
    };
    assert_eq!(
        wait_until(SOON, async || (load().await == 1).then_some(())).await,
        Some(())
    );
    rig.give_back(&held).await.unwrap();
    assert_eq!(
        wait_until(SOON, async || (load().await == 0).then_some(())).await,
        Some(())
    );
}
