//! A complaint's way through the whole mesh.

use swiftline_proto::feedback::v1::{GetRatesRequest, RecordCallbackRequest, ResolveRequest};
use swiftline_proto::router::v1::{ReturnRequest, SignRequest};
use swiftline_proto::types::v1::event::Event as Happened;
use swiftline_proto::types::v1::{Callback, Outcome, ReturnReason, State};
use swiftline_testkit::wait::wait_until;
use tonic::Code;

use crate::town::{GAS, PATIENCE, Town, claim};

#[tokio::test]
async fn from_a_citizens_words_to_a_closed_case() {
    let town = Town::start().await;
    let receipt = town.submit("one", GAS).await.unwrap();
    let case = town.becomes(&receipt.case_number, State::Offered).await;
    let assignment = case.offer.as_ref().unwrap().assignment.as_ref().unwrap();
    assert_eq!(assignment.unit, "util-gas");
    assert_eq!(town.waiting("gas-a").await.len(), 1);

    let again = town.submit("one", GAS).await.unwrap();
    assert!(again.duplicate);
    assert_eq!(again.case_number, receipt.case_number);

    let claim = claim(&case);
    let signed = town
        .desk()
        .sign(SignRequest {
            claim: Some(claim.clone()),
        })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        signed.contact.unwrap().phone,
        "555-0100",
        "the team that has signed may see the contact"
    );
    assert!(town.waiting("gas-a").await.is_empty());

    let mut thief = claim.clone();
    thief.actor = "desk-2".to_owned();
    let refused = town
        .desk()
        .sign(SignRequest { claim: Some(thief) })
        .await
        .unwrap_err();
    assert!(
        refused.message().contains("already signed for by desk-1"),
        "{refused}"
    );

    let result = ResolveRequest {
        claim: Some(claim),
        outcome: Outcome::Solved.into(),
        note: "修好了".to_owned(),
    };
    town.feedback().resolve(result).await.unwrap();
    let answers = Callback {
        reached: true,
        contacted: Some(true),
        solved: Some(true),
        satisfied: Some(true),
    };
    let callback = RecordCallbackRequest {
        case_number: receipt.case_number.clone(),
        callback: Some(answers),
        actor: "operator-1".to_owned(),
    };
    town.feedback().record_callback(callback).await.unwrap();
    town.becomes(&receipt.case_number, State::Closed).await;

    let counted = wait_until(PATIENCE, async || {
        let rates = town
            .feedback()
            .get_rates(GetRatesRequest::default())
            .await
            .ok()?
            .into_inner();
        rates.total.filter(|total| total.satisfied == 1)
    });
    let total = counted.await.expect("the answers are counted");
    assert_eq!(
        (total.offered, total.signed, total.resolved, total.reached),
        (1, 1, 1, 1)
    );
    assert_eq!(total.satisfaction_rate, Some(1.0));
}

#[tokio::test]
async fn an_unsolved_case_goes_back_to_the_team_that_had_it() {
    let town = Town::start().await;
    let number = town.submit("one", GAS).await.unwrap().case_number;
    let case = town.becomes(&number, State::Offered).await;
    town.desk()
        .sign(SignRequest {
            claim: Some(claim(&case)),
        })
        .await
        .unwrap();
    let result = ResolveRequest {
        claim: Some(claim(&case)),
        outcome: Outcome::Solved.into(),
        note: String::new(),
    };
    town.feedback().resolve(result).await.unwrap();
    let answers = Callback {
        reached: true,
        contacted: Some(true),
        solved: Some(false),
        satisfied: Some(false),
    };
    let callback = RecordCallbackRequest {
        case_number: number.clone(),
        callback: Some(answers),
        actor: "operator-1".to_owned(),
    };
    town.feedback().record_callback(callback).await.unwrap();
    let again = town.becomes(&number, State::Offered).await;
    assert_eq!(again.reopened, 1);
    assert_eq!(again.offer.as_ref().unwrap().no, 2);
    assert_eq!(claim(&again).team, "gas-a");
}

#[tokio::test]
async fn a_returned_order_goes_on_and_never_back() {
    let town = Town::start().await;
    let number = town.submit("one", GAS).await.unwrap().case_number;
    let case = town.becomes(&number, State::Offered).await;
    let back = ReturnRequest {
        claim: Some(claim(&case)),
        reason: ReturnReason::WrongUnit.into(),
        note: "不归我们".to_owned(),
    };
    let moved = town
        .desk()
        .r#return(back.clone())
        .await
        .unwrap()
        .into_inner()
        .case
        .unwrap();
    assert!(matches!(moved.state(), State::Offered | State::Triage));
    if moved.state() == State::Offered {
        assert_ne!(claim(&moved).team, "gas-a");
    }
    assert!(town.waiting("gas-a").await.is_empty());
    let late = town.desk().r#return(back).await.unwrap_err();
    assert_eq!(late.code(), Code::FailedPrecondition, "{late}");
    let events: Vec<_> = town
        .journey(&number)
        .await
        .into_iter()
        .flat_map(|commit| commit.events)
        .collect();
    assert!(
        events
            .iter()
            .any(|event| matches!(event.event, Some(Happened::Returned(_))))
    );
}
