//! From a proposal to a rollback, and what is refused on the way.

use swiftline_proto::router::v1 as wire;
use swiftline_rpc::status::reason_of;
use tonic::Code;

use super::helpers::{
    ANNE, BO, Desk, lights_to_the_district, lights_to_the_street, with_an_unreachable_rule,
};
use crate::rig::{Rig, field};

#[tokio::test]
async fn the_first_router_puts_the_packs_own_rules_into_force() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let status = desk
        .wait_for(|status| status.converged.then(|| status.clone()))
        .await;
    let active = status.active.unwrap();
    assert_eq!(active.state, i32::from(wire::VersionState::Active));
    assert!(active.rules > 0, "the pack's own rules are counted, too");
    assert_eq!((active.proposed_by.as_str(), status.audit_length), ("", 1));
    let replica = &status.replicas[0];
    assert_eq!(
        (&replica.digest, replica.gone, replica.problem.as_str()),
        (&active.digest, false, "")
    );
    let shown = desk.rules.clone().show(wire::ShowRequest::default()).await;
    assert!(shown.unwrap().into_inner().text.contains("street-lights"));
}

#[tokio::test]
async fn a_change_goes_from_proposal_to_force_and_back() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let own = desk.active().await;
    let digest = desk.approved(&lights_to_the_district()).await;
    assert_eq!(
        rig.offered("streets.light", "01001").await.team,
        "streets-a"
    );

    let activated = desk
        .activate(&digest[..10], wire::InFlight::Keep)
        .await
        .unwrap();
    assert!(activated.converged, "{activated:?}");
    let held = rig.offered("streets.light", "01001").await;
    assert_eq!(held.team, "dongshan-a");
    let assignment = rig.case(held.number).await.offer.unwrap().assignment;
    assert_eq!(assignment.rules_digest, digest);
    let metrics = rig.metrics();
    let gauge = format!(
        r#"swiftline_rules_active{{role="active",digest="{}"}} 1"#,
        &digest[..12]
    );
    assert!(metrics.contains(&gauge), "{metrics}");
    assert!(metrics.contains("swiftline_rules_problem 0"), "{metrics}");

    let back = desk.roll_back("", wire::InFlight::Keep).await.unwrap();
    assert!(back.converged);
    assert_eq!(back.status.unwrap().active.unwrap().digest, own);
    assert_eq!(
        rig.offered("streets.light", "01001").await.team,
        "streets-a"
    );

    let history = desk
        .rules
        .clone()
        .history(wire::HistoryRequest::default())
        .await;
    let versions = history.unwrap().into_inner().versions;
    let told: Vec<_> = versions
        .iter()
        .map(|one| (one.digest.as_str(), one.state()))
        .collect();
    let expected = [
        (digest.as_str(), wire::VersionState::Former),
        (own.as_str(), wire::VersionState::Active),
    ];
    assert_eq!(told, expected);
    assert_eq!(
        (
            versions[0].proposed_by.as_str(),
            versions[0].approved_by.as_str()
        ),
        (ANNE, BO)
    );
}

#[tokio::test]
async fn helpers_and_who_is_told_are_named_once_and_never_the_lead() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let digest = desk.approved(&lights_to_the_street()).await;
    desk.activate(&digest, wire::InFlight::Keep).await.unwrap();
    let held = rig.offered("streets.light", "01001").await;
    let to = rig.case(held.number).await.offer.unwrap().assignment;
    let names = |units: &[swiftline_domain::id::UnitId]| {
        units.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(to.unit.as_str(), "st-hekou");
    assert_eq!(names(&to.helpers), ["dept-streets"]);
    assert_eq!(names(&to.inform), ["dongshan"]);
}

#[tokio::test]
async fn the_same_text_is_proposed_once_whatever_its_layout() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let first = desk.propose(&lights_to_the_district()).await.unwrap();
    assert!(!first.already);
    let other = lights_to_the_district().replace("rules:\n", "rules:\n\n\n");
    let second = desk.propose(&other).await.unwrap();
    assert!(second.already);
    assert_eq!(second.version, first.version);
    assert_eq!(desk.workflow().await.head().entries, 2);
}

#[tokio::test]
async fn nobody_approves_what_they_have_proposed() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let version = desk
        .propose(&lights_to_the_district())
        .await
        .unwrap()
        .version
        .unwrap();
    let refused = desk
        .approve(&version, &"0".repeat(64), BO)
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused).unwrap(), "NOT_REPLAYED");
    let replay = desk.replayed(&version.digest).await;
    let refused = desk
        .approve(&version, replay.as_str(), ANNE)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason_of(&refused).unwrap(), "OWN_PROPOSAL");
    let refused = desk
        .activate(&version.digest, wire::InFlight::Keep)
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused).unwrap(), "NOT_APPROVED");
    let refused = desk
        .approve(&version, &"0".repeat(64), BO)
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused).unwrap(), "OTHER_REPLAY");
    assert_eq!(field(&refused, Code::Aborted), "replay");
}

#[tokio::test]
async fn a_set_with_lint_errors_can_be_looked_at_and_nothing_else() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let proposed = desk.propose(&with_an_unreachable_rule()).await.unwrap();
    let version = proposed.version.unwrap();
    assert!(version.errors > 0, "{version:?}");
    assert!(proposed.lint.unwrap().json.contains("gas-again"));
    let replay = desk.replayed(&version.digest).await;
    let approved = desk.approve(&version, replay.as_str(), BO).await;
    assert_eq!(reason_of(&approved.unwrap_err()).unwrap(), "LINT_ERRORS");
    let activated = desk.activate(&version.digest, wire::InFlight::Keep).await;
    assert_eq!(activated.unwrap_err().code(), Code::FailedPrecondition);
    let shadow = desk.shadow(&version.digest).await.unwrap_err();
    assert_eq!(reason_of(&shadow).unwrap(), "LINT_ERRORS");
    assert_eq!(
        desk.workflow().await.head().entries,
        3,
        "own, proposed, replayed"
    );
}

#[tokio::test]
async fn what_is_wrong_in_a_request_is_named() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let broken = desk.propose("rules: 7").await.unwrap_err();
    assert_eq!(broken.code(), Code::InvalidArgument);
    assert!(broken.message().contains("rules.yaml:1:"), "{broken:?}");
    let empty = desk.propose("").await.unwrap_err();
    assert_eq!(field(&empty, Code::InvalidArgument), "text");
    let unsaid = desk
        .activate_over("0000000011", "0000000011", wire::InFlight::Unspecified)
        .await;
    assert_eq!(
        field(&unsaid.unwrap_err(), Code::InvalidArgument),
        "in_flight"
    );
    let short = desk.activate("12", wire::InFlight::Keep).await.unwrap_err();
    assert_eq!(field(&short, Code::InvalidArgument), "digest");
    let unknown = desk
        .activate("0000000011", wire::InFlight::Keep)
        .await
        .unwrap_err();
    assert_eq!(field(&unknown, Code::NotFound), "digest");
    let reasonless = wire::RejectRequest {
        digest: desk.active().await,
        actor: ANNE.to_owned(),
        reason: " ".to_owned(),
    };
    let reasonless = desk.rules.clone().reject(reasonless).await.unwrap_err();
    assert_eq!(field(&reasonless, Code::InvalidArgument), "reason");
}

#[tokio::test]
async fn a_check_changes_nothing() {
    use wire::check_request::Rules;
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let check = async |rules: Rules| {
        let rules = Some(rules);
        let response = desk.rules.clone().check(wire::CheckRequest { rules }).await;
        response.unwrap().into_inner()
    };
    let good = check(Rules::Text(lights_to_the_district())).await;
    assert_eq!((good.errors, good.digest.len()), (0, 64));
    let own = check(Rules::Digest(desk.active().await[..8].to_owned())).await;
    assert!(own.text.contains("street-lights"));
    let bad = check(Rules::Text("rules: 7".to_owned())).await;
    assert!(bad.digest.is_empty() && bad.errors > 0, "{bad:?}");
    assert_eq!(desk.workflow().await.head().entries, 1);
}

#[tokio::test]
async fn a_rejected_set_is_out_until_it_is_proposed_again() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let digest = desk.approved(&lights_to_the_district()).await;
    let request = wire::RejectRequest {
        digest: digest.clone(),
        actor: ANNE.to_owned(),
        reason: "not now".to_owned(),
    };
    let rejected = desk
        .rules
        .clone()
        .reject(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        rejected.version.unwrap().state(),
        wire::VersionState::Rejected
    );
    let refused = desk
        .activate(&digest, wire::InFlight::Keep)
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused).unwrap(), "REJECTED");
    let again = desk.propose(&lights_to_the_district()).await.unwrap();
    assert!(!again.already);
}

#[tokio::test]
async fn of_two_activations_over_the_same_set_one_wins() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    let own = desk.active().await;
    let one = desk.approved(&lights_to_the_district()).await;
    let other = desk.approved(&lights_to_the_street()).await;
    let beside = rig.beside(crate::rig::Options::default()).await;
    let there = Desk {
        rules: beside.rules.clone(),
        ..desk.clone()
    };
    let (here, there) = tokio::join!(
        desk.activate_over(&one, &own, wire::InFlight::Keep),
        there.activate_over(&other, &own, wire::InFlight::Keep),
    );
    let lost = match (here, there) {
        (Ok(_), Err(lost)) | (Err(lost), Ok(_)) => lost,
        both => panic!("{both:?}"),
    };
    assert_eq!(lost.code(), Code::Aborted);
    assert_eq!(reason_of(&lost).unwrap(), "NOT_ACTIVE");
}

#[tokio::test]
async fn the_audit_log_is_told_as_it_is_stored() {
    let rig = Rig::start().await;
    let desk = Desk::of(&rig);
    desk.approved(&lights_to_the_district()).await;
    let mut stream = desk
        .rules
        .clone()
        .audit(wire::AuditRequest { from: 1 })
        .await
        .unwrap()
        .into_inner();
    let mut told = Vec::new();
    while let Some(page) = stream.message().await.unwrap() {
        told.extend(page.entries);
    }
    let stored = rig.store.rules().entries(0, 100).await.unwrap();
    let stored: Vec<String> = stored
        .into_iter()
        .map(|line| String::from_utf8(line).unwrap())
        .collect();
    assert_eq!(told, stored[1..]);
    let head = swiftline_domain::rules::workflow::verify(stored.iter().map(String::as_bytes));
    assert_eq!(
        head.unwrap().hash.to_string(),
        desk.status().await.audit_head
    );
}
