//! Every value of the domain survives the wire, and whatever comes from the wire is read or refused, never a panic.

mod golden;
mod strategies;

use proptest::prelude::*;
use prost::Message as _;
use swiftline_domain::case::{Case, Event};
use swiftline_domain::classification::Classification;
use swiftline_domain::complaint::Complaint;

use super::{ConvertError, commit, timestamp, to_timestamp, wire};

/// Encodes, decodes and converts back.
fn through<D, W>(value: &D) -> Result<D, ConvertError>
where
    for<'a> W: From<&'a D> + prost::Message + Default,
    D: TryFrom<W, Error = ConvertError>,
{
    let bytes = W::from(value).encode_to_vec();
    D::try_from(W::decode(bytes.as_slice()).expect("what was encoded decodes"))
}

proptest! {
    #[test]
    fn complaints_round_trip(complaint in strategies::complaint()) {
        prop_assert_eq!(through::<_, wire::Complaint>(&complaint), Ok(complaint));
    }

    #[test]
    fn classifications_round_trip(what in strategies::classification()) {
        prop_assert_eq!(through::<_, wire::Classification>(&what), Ok(what));
    }

    #[test]
    fn cases_round_trip(case in strategies::case()) {
        prop_assert_eq!(through::<_, wire::Case>(&case), Ok(case));
    }

    #[test]
    fn events_round_trip(event in strategies::event()) {
        prop_assert_eq!(through::<_, wire::Event>(&event), Ok(event));
    }

    #[test]
    fn times_round_trip(at in strategies::time()) {
        prop_assert_eq!(to_timestamp(timestamp(at), "at"), Ok(at));
    }

    #[test]
    fn any_time_is_read_or_refused(seconds: i64, nanos: i32) {
        if let Ok(at) = to_timestamp(prost_types::Timestamp { seconds, nanos }, "at") {
            prop_assert_eq!(timestamp(at), prost_types::Timestamp { seconds, nanos });
        }
    }

    #[test]
    fn garbage_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = wire::Complaint::decode(bytes.as_slice()).map(Complaint::try_from);
        let _ = wire::Classification::decode(bytes.as_slice()).map(Classification::try_from);
        let _ = wire::Case::decode(bytes.as_slice()).map(Case::try_from);
        let _ = wire::Event::decode(bytes.as_slice()).map(Event::try_from);
    }

    #[test]
    fn a_bent_case_is_read_or_refused(
        case in strategies::case(),
        at in any::<prop::sample::Index>(),
        by in 1..=255_u8,
    ) {
        let mut bytes = wire::Case::from(&case).encode_to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= by;
        let _ = wire::Case::decode(bytes.as_slice()).map(Case::try_from);
    }

    #[test]
    fn a_bent_event_is_read_or_refused(
        event in strategies::event(),
        at in any::<prop::sample::Index>(),
        by in 1..=255_u8,
    ) {
        let mut bytes = wire::Event::from(&event).encode_to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= by;
        let _ = wire::Event::decode(bytes.as_slice()).map(Event::try_from);
    }

    #[test]
    fn a_commit_says_all(case in strategies::case(), events in prop::collection::vec(strategies::event(), 1..4)) {
        let commit = commit(&case, &events, case.updated_at, "00-x", None);
        prop_assert_eq!(&commit.case_number, &case.number.to_string());
        prop_assert_eq!(commit.version, case.version.0);
        prop_assert_eq!(commit.at, Some(timestamp(case.updated_at)));
        let read: Result<Vec<Event>, _> = commit.events.into_iter().map(Event::try_from).collect();
        prop_assert_eq!(read, Ok(events));
    }
}

fn refused(complaint: wire::Complaint) -> String {
    Complaint::try_from(complaint).unwrap_err().to_string()
}

fn plain() -> wire::Complaint {
    wire::Complaint {
        channel: wire::Channel::Phone.into(),
        ..wire::Complaint::default()
    }
}

#[test]
fn what_a_complaint_leaves_out_has_a_meaning() {
    use swiftline_domain::vocabulary::{Line, ReporterType};
    let complaint = Complaint::try_from(plain()).unwrap();
    assert_eq!(
        (complaint.line, complaint.reporter),
        (Line::General, ReporterType::Resident)
    );
    assert_eq!((complaint.address, complaint.language), (None, None));
}

#[test]
fn a_complaint_is_refused_with_the_field_named() {
    let no_channel = wire::Complaint::default();
    assert_eq!(
        refused(no_channel),
        "complaint.channel: is required: one of phone, web, app, wechat, weibo, message_board, email, counter, api"
    );
    let unknown = wire::Complaint {
        channel: 42,
        ..plain()
    };
    assert!(
        refused(unknown).starts_with("complaint.channel: 42 is not a channel; one of phone, web")
    );
    let language = wire::Complaint {
        language: "English".into(),
        ..plain()
    };
    assert!(refused(language).starts_with("complaint.language: is not an ISO 639 language code"));
    let late = wire::Complaint {
        reported_at: Some(prost_types::Timestamp {
            seconds: i64::MAX,
            nanos: 0,
        }),
        ..plain()
    };
    assert!(refused(late).contains("complaint.reported_at: 9223372036854775807 seconds"));
    let odd = wire::Complaint {
        reported_at: Some(prost_types::Timestamp {
            seconds: 0,
            nanos: -1,
        }),
        ..plain()
    };
    assert!(refused(odd).contains("-1 nanoseconds are not 0 to 999,999,999"));
}

#[test]
fn the_path_leads_to_the_field_however_deep() {
    let offered = wire::event::Offered {
        offer: Some(wire::Offer {
            assignment: Some(wire::Assignment {
                unit: "no such".into(),
                ..wire::Assignment::default()
            }),
            ..wire::Offer::default()
        }),
        handle: None,
    };
    let event = wire::Event {
        event: Some(wire::event::Event::Offered(offered)),
    };
    let error = Event::try_from(event).unwrap_err();
    assert_eq!(error.field, "offered.offer.assignment.unit");
    assert_eq!(
        Event::try_from(wire::Event::default())
            .unwrap_err()
            .to_string(),
        "event: is required"
    );
    let wrong_number = wire::Case {
        number: "07-0001234-0".into(),
        ..wire::Case::default()
    };
    let error = Case::try_from(wrong_number).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("number: is not right: the check digit")
    );
}
