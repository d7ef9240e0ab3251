//! Numbers of the wire as words, and amounts as people write them.

use std::time::Duration;

use swiftline_proto::convert::Word;

/// Takes exactly the words of a vocabulary of the domain as an argument.
macro_rules! one_of {
    ($vocabulary:ty) => {
        clap::builder::TypedValueParser::try_map(
            clap::builder::PossibleValuesParser::new(
                <$vocabulary>::ALL.iter().map(|word| word.as_str()),
            ),
            |word| word.parse::<$vocabulary>(),
        )
    };
}
pub(crate) use one_of;

/// The word that a number on the wire stands for; `None` for none, the number itself for one that is newer than this program.
pub(crate) fn word<T: Word>(number: i32) -> Option<String> {
    if number == 0 {
        return None;
    }
    let prefix = T::name_of(0)
        .and_then(|name| name.strip_suffix("UNSPECIFIED"))
        .unwrap_or_default();
    let name = T::name_of(number).map(|name| {
        name.strip_prefix(prefix)
            .unwrap_or(name)
            .to_ascii_lowercase()
    });
    Some(name.unwrap_or_else(|| number.to_string()))
}

/// The text, or nothing for an empty one: what proto3 cannot tell apart.
pub(crate) fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// The trace of a W3C traceparent.
pub(crate) fn trace_id(trace_parent: &str) -> Option<String> {
    trace_parent
        .split('-')
        .nth(1)
        .filter(|id| id.len() == 32)
        .map(str::to_owned)
}

/// The first 12 digits of a digest: enough to tell versions apart, and to name one to the mesh.
pub(crate) fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

/// A number with its thousands apart: `6,765`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A length of time in its two largest units: `350 ms`, `1.5 s`, `2 h 5 min`, `3 d 4 h`.
pub(crate) fn span(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0 => format!("{} ms", length.as_millis()),
        1..10 if length.subsec_millis() >= 100 => {
            format!("{seconds}.{} s", length.subsec_millis() / 100)
        }
        1..60 => format!("{seconds} s"),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

fn two(large: u64, unit: &str, small: u64, part: &str) -> String {
    if small == 0 {
        format!("{large} {unit}")
    } else {
        format!("{large} {unit} {small} {part}")
    }
}

/// A share of one as a percentage: `97.3 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// So many entries of the audit log.
pub(crate) fn entries(number: u64) -> String {
    match number {
        1 => "1 entry".to_owned(),
        number => format!("{} entries", count(number)),
    }
}

#[cfg(test)]
mod tests {
    use swiftline_domain::case::{ReturnReason, Verdict};
    use swiftline_domain::vocabulary::Urgency;
    use swiftline_proto::types::v1 as wire;

    use super::*;

    #[test]
    fn numbers_of_the_wire_are_our_words() {
        assert_eq!(
            word::<Urgency>(wire::Urgency::Emergency.into()).as_deref(),
            Some("emergency")
        );
        assert_eq!(
            word::<ReturnReason>(wire::ReturnReason::WrongUnit.into()).as_deref(),
            Some("wrong_unit")
        );
        assert_eq!(
            word::<Verdict>(wire::Verdict::AskedBefore.into()).as_deref(),
            Some("asked_before")
        );
        assert_eq!(word::<Urgency>(0), None);
        assert_eq!(word::<Urgency>(99).as_deref(), Some("99"));
    }

    #[test]
    fn a_trace_is_read_from_a_traceparent() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(
            trace_id(&format!("00-{id}-00f067aa0ba902b7-01")).as_deref(),
            Some(id)
        );
        assert_eq!(trace_id(""), None);
        assert_eq!(trace_id("00-short-1-01"), None);
    }

    #[test]
    fn amounts_are_written_as_people_do() {
        let counts = [0, 999, 1_000, 6_765, 1_234_567].map(count);
        assert_eq!(counts, ["0", "999", "1,000", "6,765", "1,234,567"]);
        let spans = [0, 350, 1_500, 12_000, 60_000, 7_500_000, 273_600_000]
            .map(|ms| span(Duration::from_millis(ms)));
        assert_eq!(
            spans,
            [
                "0 ms",
                "350 ms",
                "1.5 s",
                "12 s",
                "1 min",
                "2 h 5 min",
                "3 d 4 h"
            ]
        );
        assert_eq!(percent(0.9734), "97.3 %");
    }
}
