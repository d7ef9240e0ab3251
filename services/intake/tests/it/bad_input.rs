//! Each bad input gets an error that names the field, and costs nothing.

use swiftline_proto::intake::v1::{GetJourneyRequest, Submission, SubmitStreamRequest};
use swiftline_proto::types::v1 as wire;
use swiftline_rpc::violations_of;
use tonic::{Code, Status};

use crate::rig::{Rig, submission};

/// The one field that a refusal names.
fn field(status: &Status) -> String {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let violations = violations_of(status);
    assert_eq!(violations.len(), 1, "{violations:?}");
    violations[0].field.clone()
}

fn with(change: impl FnOnce(&mut wire::Complaint)) -> Submission {
    let mut submission = submission("", "no heat");
    change(submission.complaint.as_mut().unwrap());
    submission
}

#[tokio::test]
async fn each_bad_field_is_refused_by_name_and_leaves_no_trace_in_the_store() {
    let rig = Rig::start().await;
    let at = |latitude, longitude| {
        with(|c| {
            c.location = Some(wire::Location {
                latitude,
                longitude,
            });
        })
    };
    let tomorrow = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    let tomorrow = Some(swiftline_proto::convert::timestamp(tomorrow));
    let keyed = |key: &str| submission(key, "no heat");
    let traced = Submission {
        trace_parent: "00-zz".to_owned(),
        ..submission("", "no heat")
    };
    let bad = [
        (Submission::default(), "complaint"),
        (with(|c| c.text.clear()), "complaint.text"),
        (with(|c| c.text = " \n\t".to_owned()), "complaint.text"),
        (with(|c| c.text = "x".repeat(1 << 20)), "complaint.text"),
        (with(|c| c.channel = 0), "complaint.channel"),
        (with(|c| c.channel = 42), "complaint.channel"),
        (
            with(|c| c.language = "Englisch".to_owned()),
            "complaint.language",
        ),
        (at(91.0, 116.0), "complaint.location.latitude"),
        (at(40.0, 181.0), "complaint.location.longitude"),
        (at(f64::NAN, 116.0), "complaint.location.latitude"),
        (at(116.05, 40.05), "complaint.location"),
        (with(|c| c.reported_at = tomorrow), "complaint.reported_at"),
        (
            with(|c| c.attachments = vec!["file:///etc/passwd".to_owned()]),
            "complaint.attachments",
        ),
        (
            with(|c| c.answer = "no-such-entry".to_owned()),
            "complaint.answer",
        ),
        (keyed("two words"), "idempotency_key"),
        (keyed(&"k".repeat(129)), "idempotency_key"),
        (traced, "trace_parent"),
    ];
    let count = bad.len();
    for (submission, named) in bad {
        let status = rig.submit(submission).await.unwrap_err();
        assert_eq!(field(&status), named);
        assert!(status.message().starts_with(named), "{status:?}");
    }
    let keys: Vec<String> = rig.redis.command("KEYS *case:*").await.unwrap();
    assert_eq!(keys, [""; 0]);
    let metrics = rig.metrics();
    let rejected = metrics
        .lines()
        .filter(|line| line.contains(r#"result="rejected""#));
    let rejected: usize = rejected
        .map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap())
        .sum();
    assert_eq!(rejected, count);
}

#[tokio::test]
async fn swapped_coordinates_are_told_from_others() {
    let rig = Rig::start().await;
    let swapped = with(|c| {
        c.location = Some(wire::Location {
            latitude: 116.05,
            longitude: 40.05,
        });
    });
    let status = rig.submit(swapped).await.unwrap_err();
    assert!(
        status
            .message()
            .contains("latitude and longitude look swapped"),
        "{status:?}"
    );
}

#[tokio::test]
async fn text_that_is_no_utf_8_is_refused_by_its_field() {
    let rig = Rig::start().await;
    // the same bytes as a SubmitRequest, sent by a client that does not look at them
    let bytes = bytes_of_bad_text();
    let mut grpc = rig.raw_client();
    grpc.ready().await.unwrap();
    let path =
        tonic::codegen::http::uri::PathAndQuery::from_static("/swiftline.intake.v1.Intake/Submit");
    let answer = grpc
        .unary(tonic::Request::new(bytes), path, crate::rig::Raw)
        .await;
    assert_eq!(field(&answer.unwrap_err()), "submission.complaint.text");
}

/// `SubmitRequest { submission { complaint { text: 0xff } } }`
fn bytes_of_bad_text() -> Vec<u8> {
    vec![0x0a, 0x05, 0x12, 0x03, 0x0a, 0x01, 0xff]
}

#[tokio::test]
async fn an_unknown_case_is_not_found() {
    let rig = Rig::start().await;
    let nobodys = ["07-0001234-1", "99-0000001-0"].map(|shape| {
        // put the right check digit, whatever it is
        (0..10)
            .map(|digit| format!("{}{digit}", &shape[..11]))
            .find(|n| is_number(n))
            .unwrap()
    });
    for number in nobodys {
        let status = rig.case(&number).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{status:?}");
        assert!(status.message().contains(&number));
        let request = GetJourneyRequest {
            case_number: number,
        };
        let status = rig.client.clone().get_journey(request).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{status:?}");
    }
}

fn is_number(text: &str) -> bool {
    text.parse::<swiftline_domain::number::CaseNumber>().is_ok()
}

#[tokio::test]
async fn a_misheard_case_number_is_refused_by_name() {
    let rig = Rig::start().await;
    let taken = rig
        .submit(submission("", "no heat"))
        .await
        .unwrap()
        .case_number;
    let last = taken.bytes().last().unwrap() - b'0';
    let misheard = format!("{}{}", &taken[..taken.len() - 1], (last + 1) % 10);
    let status = rig.case(&misheard).await.unwrap_err();
    assert_eq!(field(&status), "case_number");
    assert!(status.message().contains("check digit"), "{status:?}");
    for bad in ["", "abc", "1"] {
        assert_eq!(field(&rig.case(bad).await.unwrap_err()), "case_number");
    }
}

#[tokio::test]
async fn too_large_a_batch_is_refused_whole() {
    let rig = Rig::start().await;
    let many = vec![submission("", "x"); 1_001];
    let status = rig.submit_batch(many.clone()).await.unwrap_err();
    assert_eq!(field(&status), "submissions");
    let request = SubmitStreamRequest {
        sequence: 1,
        submissions: many,
    };
    let answers = rig
        .client
        .clone()
        .submit_stream(futures::stream::iter([request]))
        .await
        .unwrap();
    let status = answers.into_inner().message().await.unwrap_err();
    assert_eq!(field(&status), "submissions");
}

#[tokio::test]
async fn contact_data_without_keys_is_refused_with_the_setting_named() {
    let rig = Rig::start_with(&["contact.keys_file="]).await;
    let contact = wire::Contact {
        phone: "555-0100".to_owned(),
        ..wire::Contact::default()
    };
    let with_contact = Submission {
        contact: Some(contact),
        ..submission("", "no heat")
    };
    let status = rig.submit(with_contact).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert!(status.message().contains("contact.keys_file"));
    rig.submit(submission("", "no heat")).await.unwrap();
}
