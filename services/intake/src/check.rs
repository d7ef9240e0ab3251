//! What makes a submission acceptable. Every field that is not is named at once.

use jiff::Timestamp;
use swiftline_domain::complaint::Complaint;
use swiftline_domain::vocabulary::Channel;
use swiftline_proto::convert::Word as _;
use swiftline_proto::intake::v1::Submission;
use swiftline_proto::types::v1 as wire;
use swiftline_rpc::FieldViolation;
use swiftline_store::IdempotencyKey;
use swiftline_telemetry::TraceContext;

use crate::city::City;

/// The longest idempotency key, in bytes.
const MAX_KEY_BYTES: usize = 128;
/// The longest name and e-mail address of a contact, in characters (RFC 5321 allows addresses of 254).
const MAX_NAME_CHARS: usize = 254;
/// The longest telephone number with extension and remarks, in characters.
const MAX_PHONE_CHARS: usize = 64;
/// The longest other contact data, in characters.
const MAX_OTHER_CHARS: usize = 1_000;

/// A submission that can be taken. Not `Debug`: it holds what a citizen has said.
pub(crate) struct Checked {
    /// The sender's key, scoped to the channel: two channels that count alike must not share a case.
    pub(crate) key: Option<IdempotencyKey>,
    /// In its normal form: nothing that has a default is unspecified.
    pub(crate) complaint: wire::Complaint,
    /// The channel's word, for metrics.
    pub(crate) channel: &'static str,
    /// It speaks of danger, or its sender says that it is an emergency.
    pub(crate) pressing: bool,
    /// The contact data, if there is any.
    pub(crate) contact: Option<wire::Contact>,
    /// Where the sender's trace is.
    pub(crate) trace: Option<TraceContext>,
}

/// The channel's word for metrics, also of a submission that is refused.
pub(crate) fn channel_of(submission: &Submission) -> &'static str {
    let number = submission
        .complaint
        .as_ref()
        .map_or(0, |complaint| complaint.channel);
    Channel::of_number(number).map_or("unknown", Channel::as_str)
}

/// Checks a submission; `city` is where complaints are expected from, `emergency` what the sender says of it.
pub(crate) fn check(
    submission: Submission,
    now: Timestamp,
    city: &City,
    emergency: bool,
) -> Result<Checked, Vec<FieldViolation>> {
    let channel = channel_of(&submission);
    let mut violations = Vec::new();
    let key = key(channel, &submission.idempotency_key, &mut violations);
    let trace = trace(&submission.trace_parent, &mut violations);
    let contact = submission
        .contact
        .and_then(|contact| reachable(contact, &mut violations));
    let complaint = complaint(submission.complaint, now, city, &mut violations);
    match complaint {
        Some(complaint) if violations.is_empty() => Ok(Checked {
            key,
            pressing: emergency || city.danger.is_in(&complaint.text),
            complaint: complaint.into(),
            channel,
            contact,
            trace,
        }),
        _ => Err(violations),
    }
}

/// Checks a complaint alone, for a preview.
pub(crate) fn check_complaint(
    sent: Option<wire::Complaint>,
    now: Timestamp,
    city: &City,
) -> Result<wire::Complaint, Vec<FieldViolation>> {
    let mut violations = Vec::new();
    match complaint(sent, now, city, &mut violations) {
        Some(complaint) if violations.is_empty() => Ok(complaint.into()),
        _ => Err(violations),
    }
}

fn complaint(
    complaint: Option<wire::Complaint>,
    now: Timestamp,
    city: &City,
    violations: &mut Vec<FieldViolation>,
) -> Option<Complaint> {
    let Some(complaint) = complaint else {
        violations.push(FieldViolation::new("complaint", "is required"));
        return None;
    };
    match Complaint::try_from(complaint) {
        Ok(complaint) => {
            let problems = complaint.problems(now, city.extent);
            violations.extend(
                problems
                    .into_iter()
                    .map(|p| FieldViolation::new(p.field, p.reason)),
            );
            let answer = complaint.answer.as_ref();
            if let Some(reason) = answer.and_then(|entry| city.answers.problem(entry, now)) {
                violations.push(FieldViolation::new("complaint.answer", reason));
            }
            Some(complaint)
        }
        Err(error) => {
            violations.push(FieldViolation::new(error.field, error.reason));
            None
        }
    }
}

fn key(channel: &str, text: &str, violations: &mut Vec<FieldViolation>) -> Option<IdempotencyKey> {
    if text.is_empty() {
        return None;
    }
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    let key = (visible && text.len() <= MAX_KEY_BYTES)
        .then(|| IdempotencyKey::new(&format!("{channel}:{text}")).ok())
        .flatten();
    if key.is_none() {
        let reason = format!("must be 1 to {MAX_KEY_BYTES} visible ASCII characters, or empty");
        violations.push(FieldViolation::new("idempotency_key", reason));
    }
    key
}

fn trace(text: &str, violations: &mut Vec<FieldViolation>) -> Option<TraceContext> {
    if text.is_empty() {
        return None;
    }
    let trace = TraceContext::parse(text);
    if trace.is_none() {
        let reason = "is not a W3C traceparent, such as 00-<32 hex digits>-<16 hex digits>-01";
        violations.push(FieldViolation::new("trace_parent", reason));
    }
    trace
}

/// Contact data that says something; `None` when there is none.
fn reachable(
    contact: wire::Contact,
    violations: &mut Vec<FieldViolation>,
) -> Option<wire::Contact> {
    let fields = [
        ("contact.name", &contact.name, MAX_NAME_CHARS),
        ("contact.phone", &contact.phone, MAX_PHONE_CHARS),
        ("contact.email", &contact.email, MAX_NAME_CHARS),
        ("contact.other", &contact.other, MAX_OTHER_CHARS),
    ];
    for (field, text, most) in fields {
        // bytes bound characters from above, so the common short text costs no count
        if text.len() > most && text.chars().count() > most {
            let reason = format!("is longer than {most} characters");
            violations.push(FieldViolation::new(field, reason));
        }
    }
    (contact != wire::Contact::default()).then_some(contact)
}

#[cfg(test)]
mod tests {
    use swiftline_domain::city::testing;
    use swiftline_domain::complaint::{Extent, Location};

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn city() -> City {
        City {
            extent: None,
            ..City::of(&testing::small_pack())
        }
    }

    fn good() -> Submission {
        Submission {
            idempotency_key: "nyc-1".into(),
            complaint: Some(wire::Complaint {
                text: "no heat".into(),
                channel: wire::Channel::Phone.into(),
                ..wire::Complaint::default()
            }),
            ..Submission::default()
        }
    }

    fn with(change: impl FnOnce(&mut wire::Complaint)) -> Submission {
        let mut submission = good();
        change(submission.complaint.as_mut().unwrap());
        submission
    }

    fn fields(submission: Submission) -> Vec<String> {
        let corner = |latitude, longitude| Location {
            latitude,
            longitude,
        };
        let city = City {
            extent: Some(Extent {
                south_west: corner(40.4, -74.3),
                north_east: corner(41.0, -73.6),
            }),
            ..city()
        };
        match check(submission, NOW, &city, false) {
            Ok(_) => vec![],
            Err(violations) => violations.into_iter().map(|v| v.field).collect(),
        }
    }

    #[test]
    fn a_good_submission_is_taken_in_its_normal_form() {
        let checked = check(good(), NOW, &city(), false).ok().unwrap();
        assert_eq!(checked.complaint.line, i32::from(wire::Line::General));
        assert_eq!(
            checked.complaint.reporter,
            i32::from(wire::ReporterType::Resident)
        );
        assert_eq!(
            (checked.channel, checked.contact, checked.trace),
            ("phone", None, None)
        );
        assert!(checked.key.is_some());
    }

    #[test]
    fn the_same_key_of_another_channel_is_another_key() {
        let key = |channel: wire::Channel| {
            let submission = with(|complaint| complaint.channel = channel.into());
            check(submission, NOW, &city(), false).ok().unwrap().key
        };
        assert_eq!(key(wire::Channel::Web), key(wire::Channel::Web));
        assert_ne!(key(wire::Channel::Web), key(wire::Channel::App));
    }

    #[test]
    fn each_bad_field_is_named() {
        assert_eq!(fields(Submission::default()), ["complaint"]);
        assert_eq!(fields(with(|c| c.text.clear())), ["complaint.text"]);
        assert_eq!(
            fields(with(|c| c.text = "x".repeat(1 << 20))),
            ["complaint.text"]
        );
        assert_eq!(fields(with(|c| c.channel = 42)), ["complaint.channel"]);
        assert_eq!(fields(with(|c| c.channel = 0)), ["complaint.channel"]);
        assert_eq!(fields(with(|c| c.kind = 42)), ["complaint.kind"]);
        assert_eq!(
            fields(with(|c| c.language = "English".into())),
            ["complaint.language"]
        );
        let at = |latitude, longitude| {
            with(|c| {
                c.location = Some(wire::Location {
                    latitude,
                    longitude,
                });
            })
        };
        assert_eq!(fields(at(91.0, 0.0)), ["complaint.location.latitude"]);
        assert_eq!(fields(at(-74.0, 40.7)), ["complaint.location"]);
        let soon = Timestamp::from_second(3_600).unwrap();
        let soon = Some(swiftline_proto::convert::timestamp(soon));
        assert_eq!(
            fields(with(|c| c.reported_at = soon)),
            ["complaint.reported_at"]
        );
    }

    #[test]
    fn an_answer_is_an_entry_that_holds_on_the_day() {
        let read_out = |entry: &str, now: &str| {
            let submission = with(|c| c.answer = entry.into());
            match check(submission, now.parse().unwrap(), &city(), false) {
                Ok(checked) => Ok(checked.complaint.answer),
                Err(violations) => Err(violations
                    .into_iter()
                    .map(|one| format!("{}: {}", one.field, one.description))
                    .collect::<Vec<_>>()),
            }
        };
        let wrong = |reason: &str| Err(vec![format!("complaint.answer: {reason}")]);
        // The last evening of the entry, as the city's clocks tell it.
        let evening = "2027-09-30T23:59:00+08:00";
        assert_eq!(read_out("gas-meter", evening), Ok("gas-meter".to_owned()));
        assert_eq!(
            read_out("gas-meter", "2027-10-01T00:01:00+08:00"),
            wrong("names an entry that held until 2027-09-30 only")
        );
        assert_eq!(
            read_out("nothing", evening),
            wrong("names no entry of the city's knowledge base")
        );
        let Err(no_id) = read_out("two words", evening) else {
            panic!("taken");
        };
        assert!(no_id[0].starts_with("complaint.answer: "), "{no_id:?}");
    }

    #[test]
    fn every_bad_field_is_named_at_once() {
        let mut bad = with(|c| c.text.clear());
        bad.idempotency_key = "a b".into();
        bad.trace_parent = "00-x".into();
        bad.contact = Some(wire::Contact {
            name: "n".repeat(MAX_NAME_CHARS + 1),
            phone: "1".repeat(MAX_PHONE_CHARS + 1),
            email: "e".repeat(MAX_NAME_CHARS + 1),
            other: "o".repeat(MAX_OTHER_CHARS + 1),
        });
        assert_eq!(
            fields(bad),
            [
                "idempotency_key",
                "trace_parent",
                "contact.name",
                "contact.phone",
                "contact.email",
                "contact.other",
                "complaint.text"
            ]
        );
    }

    #[test]
    fn keys_are_short_and_visible() {
        let keyed = |key: &str| {
            fields(Submission {
                idempotency_key: key.into(),
                ..good()
            })
        };
        assert_eq!(keyed(&"k".repeat(MAX_KEY_BYTES)), [""; 0]);
        for bad in ["a b", "a\n", "键", &"k".repeat(MAX_KEY_BYTES + 1)] {
            assert_eq!(keyed(bad), ["idempotency_key"], "{bad:?}");
        }
    }

    #[test]
    fn an_empty_contact_is_none() {
        let empty = Submission {
            contact: Some(wire::Contact::default()),
            ..good()
        };
        assert_eq!(
            check(empty, NOW, &city(), false).ok().unwrap().contact,
            None
        );
    }
}
