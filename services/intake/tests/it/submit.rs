//! Taking complaints in.

use std::collections::BTreeSet;

use futures::StreamExt as _;
use futures::future::join_all;
use prost::Message as _;
use swiftline_proto::intake::v1::{
    GetJourneyRequest, SubmitStreamRequest, SubmitStreamResponse, submit_result,
};
use swiftline_proto::types::v1 as wire;
use swiftline_store::seal::Keyring;
use swiftline_store::{Store, StoreSettings};

use crate::rig::{Rig, furnish, receipt, submission};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn a_complaint_is_taken_and_can_be_asked_after() {
    let rig = Rig::start().await;
    let mut first = submission("", "the street light is out");
    first.trace_parent = PARENT.to_owned();
    let taken = rig.submit(first).await.unwrap();
    assert!(!taken.duplicate && taken.accepted_at.is_some());
    assert_eq!(taken.trace_id, PARENT[3..35]);

    let answer = rig.case(&taken.case_number).await.unwrap();
    let case = answer.case.unwrap();
    assert_eq!((case.number, case.version), (taken.case_number.clone(), 1));
    assert_eq!(case.state, i32::from(wire::State::Accepted));
    assert_eq!(case.accepted_at, taken.accepted_at);
    let complaint = answer.complaint.unwrap();
    assert_eq!(complaint.text, "the street light is out");
    assert_eq!(
        complaint.line,
        i32::from(wire::Line::General),
        "in its normal form"
    );

    let request = GetJourneyRequest {
        case_number: taken.case_number.replace('-', " "),
    };
    let journey = rig
        .client
        .clone()
        .get_journey(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(journey.commits.len(), 1);
    assert_eq!(&journey.commits[0].trace_parent[3..35], &PARENT[3..35]);
    assert_ne!(
        journey.commits[0].trace_parent, PARENT,
        "the log carries a span of intake"
    );
    rig.stop().await.unwrap();
}

#[tokio::test]
async fn the_same_key_gives_the_same_number_and_says_so() {
    let rig = Rig::start().await;
    let first = rig.submit(submission("web-1", "no heat")).await.unwrap();
    let again = rig.submit(submission("web-1", "no heat")).await.unwrap();
    assert!(!first.duplicate && again.duplicate);
    assert_eq!(
        (&again.case_number, again.accepted_at),
        (&first.case_number, first.accepted_at)
    );
    let other = rig.submit(submission("web-2", "no heat")).await.unwrap();
    assert_ne!(other.case_number, first.case_number);
    assert!(rig.metrics().contains(
        r#"swiftline_submissions_total{channel="web",urgency="unknown",result="duplicate"} 1"#
    ));
}

#[tokio::test]
async fn the_same_key_at_the_same_time_makes_one_case() {
    let rig = Rig::start().await;
    let all = join_all((0..40).map(|_| rig.submit(submission("web-1", "no heat")))).await;
    let all: Vec<_> = all.into_iter().map(Result::unwrap).collect();
    let numbers: BTreeSet<&str> = all.iter().map(|one| one.case_number.as_str()).collect();
    assert_eq!(numbers.len(), 1);
    assert_eq!(all.iter().filter(|one| !one.duplicate).count(), 1);
}

#[tokio::test]
async fn a_batch_answers_each_in_order_and_one_bad_one_spoils_no_other() {
    let rig = Rig::start().await;
    let mut batch: Vec<_> = (0..300)
        .map(|n| submission(&format!("k{n}"), "no heat"))
        .collect();
    batch[7].complaint.as_mut().unwrap().text.clear();
    batch[9].idempotency_key = "k8".to_owned();
    let results = rig.submit_batch(batch).await.unwrap();
    assert_eq!(results.len(), 300);
    let Some(submit_result::Result::Rejection(rejection)) = &results[7].result else {
        panic!("{:?}", results[7])
    };
    assert_eq!(
        (rejection.code, rejection.violations[0].field.as_str()),
        (3, "complaint.text")
    );
    let (eighth, ninth) = (receipt(&results[8]), receipt(&results[9]));
    assert_eq!(eighth.case_number, ninth.case_number);
    assert_ne!(eighth.duplicate, ninth.duplicate);
    let good = results
        .iter()
        .enumerate()
        .filter(|(n, _)| *n != 7)
        .map(|(_, result)| receipt(result));
    let numbers: BTreeSet<&str> = good.map(|one| one.case_number.as_str()).collect();
    assert_eq!(numbers.len(), 298);
}

#[tokio::test]
async fn a_stream_answers_every_batch_by_its_sequence() {
    let rig = Rig::start().await;
    let batches = (0..50_u64).map(|sequence| SubmitStreamRequest {
        sequence,
        submissions: (0..20)
            .map(|n| submission(&format!("{sequence}-{n}"), "no heat"))
            .collect(),
    });
    let answers = rig
        .client
        .clone()
        .submit_stream(futures::stream::iter(batches))
        .await
        .unwrap();
    let answers: Vec<SubmitStreamResponse> =
        answers.into_inner().map(Result::unwrap).collect().await;
    let sequences: BTreeSet<u64> = answers.iter().map(|answer| answer.sequence).collect();
    assert_eq!(sequences, (0..50).collect());
    let numbers: BTreeSet<&str> = answers
        .iter()
        .flat_map(|answer| &answer.results)
        .map(|r| receipt(r).case_number.as_str())
        .collect();
    assert_eq!(numbers.len(), 1_000);
    for number in [numbers.first(), numbers.last()].into_iter().flatten() {
        rig.case(number).await.unwrap();
    }
    assert!(rig.metrics().contains("swiftline_accept_queue_depth 0"));
    assert!(rig.metrics().contains(
        r#"swiftline_submissions_total{channel="web",urgency="unknown",result="accepted"} 1000"#
    ));
    rig.stop().await.unwrap();
}

#[tokio::test]
async fn contact_data_is_stored_sealed_for_its_case() {
    let rig = Rig::start().await;
    let contact = wire::Contact {
        phone: "555-0100".to_owned(),
        ..wire::Contact::default()
    };
    let mut with_contact = submission("", "no heat");
    with_contact.contact = Some(contact.clone());
    let taken = rig.submit(with_contact).await.unwrap();

    let url = rig.redis.url();
    let store = Store::connect(&StoreSettings {
        url,
        ..StoreSettings::default()
    })
    .await
    .unwrap();
    let number = taken.case_number.parse().unwrap();
    let sealed = store
        .load(number)
        .await
        .unwrap()
        .unwrap()
        .sealed_contact
        .unwrap();
    assert!(!sealed.windows(8).any(|window| window == b"555-0100"));
    let dir = tempfile::tempdir().unwrap();
    furnish(dir.path());
    let keyring = Keyring::load(&dir.path().join("contact.keys")).unwrap();
    let opened = keyring.open(number, &sealed).unwrap();
    assert_eq!(wire::Contact::decode(opened.as_slice()), Ok(contact));
}

#[tokio::test]
async fn who_calls_is_kept_as_a_pseudonym_and_shown_to_nobody() {
    let rig = Rig::start().await;
    let url = rig.redis.url();
    let settings = StoreSettings {
        url,
        ..StoreSettings::default()
    };
    let store = Store::connect(&settings).await.unwrap();
    let mut pseudonyms = Vec::new();
    for phone in ["555-0100", "(555) 0100", "555-0101", ""] {
        let mut sent = submission("", "no heat");
        // What a sender says of it does not count.
        if let Some(complaint) = &mut sent.complaint {
            complaint.caller = 99;
        }
        sent.contact = (!phone.is_empty()).then(|| wire::Contact {
            phone: phone.to_owned(),
            ..wire::Contact::default()
        });
        let taken = rig.submit(sent).await.unwrap();
        let stored = store.load(taken.case_number.parse().unwrap()).await;
        pseudonyms.push(stored.unwrap().unwrap().complaint.caller);
        let shown = rig.case(&taken.case_number).await.unwrap();
        assert_eq!(shown.complaint.unwrap().caller, 0);
    }
    let [first, same, other, nobody] = pseudonyms[..] else {
        panic!("{pseudonyms:?}")
    };
    assert_eq!((first, nobody), (same, 0));
    assert!(first != other && first != 0 && other != 0);
}
