use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::fake::Fake;
use crate::swiftctl::{NUMBER, at, swiftctl};

#[test]
fn a_refusal_names_every_field() {
    let fake = Fake::start();
    let mut details = ErrorDetails::new();
    details.set_bad_request(vec![
        FieldViolation::new("complaint.text", "is empty; say what the matter is"),
        FieldViolation::new("complaint.location", "latitude 116.4 is not -90 to 90"),
    ]);
    fake.refuse(Status::with_error_details(
        Code::InvalidArgument,
        "2 fields are wrong",
        details,
    ));
    let ran = swiftctl(&fake, &["submit", "--text", ""]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert_eq!(
        ran.stderr,
        "error: intake refused: 2 fields are wrong (INVALID_ARGUMENT)\n  \
         complaint.text: is empty; say what the matter is\n  \
         complaint.location: latitude 116.4 is not -90 to 90\n"
    );
}

#[test]
fn a_busy_service_says_when_to_come_back() {
    let fake = Fake::start();
    let mut details = ErrorDetails::new();
    details.set_retry_info(Some(Duration::from_millis(500)));
    fake.refuse(Status::with_error_details(
        Code::ResourceExhausted,
        "busy",
        details,
    ));
    let ran = swiftctl(&fake, &["rates"]);
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.stderr,
        "error: feedback refused: busy (RESOURCE_EXHAUSTED)\n  try again in 500 ms\n"
    );
}

#[test]
fn an_unknown_case_is_said_to_be_unknown() {
    let fake = Fake::start();
    fake.refuse(Status::not_found("there is no case 07-0001234-8"));
    let ran = swiftctl(&fake, &["case", "show", NUMBER]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (
            1,
            "error: intake refused: there is no case 07-0001234-8 (NOT_FOUND)\n"
        )
    );
}

#[test]
fn a_service_that_is_not_there_is_named_with_its_address() {
    // Nothing listens on port 1 of the loopback.
    let url = "http://127.0.0.1:1";
    for (args, name, flag) in [
        (
            &["case", "show", NUMBER][..],
            "intake",
            "--intake or SWIFTCTL_INTAKE",
        ),
        (&["units"], "router", "--router or SWIFTCTL_ROUTER"),
        (&["rates"], "feedback", "--feedback or SWIFTCTL_FEEDBACK"),
        (
            &["case", "explain", "--text", "x"],
            "classifier",
            "--classifier or SWIFTCTL_CLASSIFIER",
        ),
        (
            &["trace", NUMBER],
            "the receiver of traces",
            "--traces or SWIFTCTL_TRACES",
        ),
    ] {
        let ran = at(url, args, "");
        assert_eq!((ran.code, ran.stdout.as_str()), (69, ""), "{ran:?}");
        let first = format!("error: no answer from {name} at {url}: ");
        assert!(
            ran.stderr.starts_with(&first) && ran.stderr.contains("onnection refused"),
            "{ran:?}"
        );
        assert!(ran.stderr.contains(flag), "{ran:?}");
        assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
    }
}

#[test]
fn a_service_that_does_not_answer_in_time_counts_as_absent() {
    // Takes connections and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let ran = at(&url, &["units", "--timeout", "50ms"], "");
    assert_eq!(ran.code, 69, "{ran:?}");
    assert!(
        ran.stderr
            .contains(&format!("no answer from router at {url}: ")),
        "{ran:?}"
    );
}

#[test]
fn a_misheard_case_number_is_refused_before_anybody_is_called() {
    let fake = Fake::start();
    for args in [
        &["case", "show", "07-0001234-6"][..],
        &["trace", "07-0001234-6"],
        &["desk", "sign", "07-0001234-6", "--team", "t"],
    ] {
        let ran = swiftctl(&fake, args);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(
            ran.stderr
                .contains("the check digit does not fit, please read it again"),
            "{ran:?}"
        );
    }
    assert!(fake.asked().is_empty());
}
