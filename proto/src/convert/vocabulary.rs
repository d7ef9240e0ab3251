//! Closed vocabularies: an enum of the domain and one of the wire, word by word.

use swiftline_domain::case::{
    CallbackVia, ClockKind, CloseReason, Outcome, PartEnd, ReopenReason, ReturnReason, State,
    SupervisionReason, TeamChoice, TriageReason, Verdict,
};
use swiftline_domain::classification::EvidenceAbout;
use swiftline_domain::vocabulary::{Channel, Kind, Line, ReporterType, Urgency};

use super::ConvertError;
use crate::types::v1 as wire;

/// An enum of the domain that has its like on the wire. On the wire zero is `UNSPECIFIED`: no word at all.
pub trait Word: Copy + Sized {
    /// What one of its words is called in an error, with its article.
    const NAME: &'static str;
    /// The number on the wire.
    fn number(self) -> i32;
    /// The word with this number; `None` for zero and for numbers without a word.
    fn of_number(number: i32) -> Option<Self>;
    /// The wire's name of this number, such as `CHANNEL_PHONE`.
    fn name_of(number: i32) -> Option<&'static str>;
}

/// The number of a word on the wire.
#[must_use]
pub fn to_wire<T: Word>(word: T) -> i32 {
    word.number()
}

/// The number of a word that may be absent.
pub(super) fn optional_to_wire<T: Word>(word: Option<T>) -> i32 {
    word.map_or(0, T::number)
}

/// Reads a word that must be there.
///
/// # Errors
/// When it is unspecified or unknown; the error names the words that exist.
pub fn required<T: Word>(number: i32, field: &str) -> Result<T, ConvertError> {
    optional(number, field)?.ok_or_else(|| {
        let reason = format!("is required: one of {}", words::<T>());
        ConvertError::new(field, reason)
    })
}

/// Reads a word that may be absent.
///
/// # Errors
/// When it is unknown; the error names the words that exist.
pub fn optional<T: Word>(number: i32, field: &str) -> Result<Option<T>, ConvertError> {
    let word = T::of_number(number);
    if number != 0 && word.is_none() {
        let reason = format!("{number} is not {}; one of {}", T::NAME, words::<T>());
        return Err(ConvertError::new(field, reason));
    }
    Ok(word)
}

/// The words in order, as people write them.
fn words<T: Word>() -> String {
    let prefix = T::name_of(0)
        .and_then(|name| name.strip_suffix("UNSPECIFIED"))
        .unwrap_or_default();
    let names: Vec<String> = (1..)
        .map_while(T::name_of)
        .map(|name| {
            name.strip_prefix(prefix)
                .unwrap_or(name)
                .to_ascii_lowercase()
        })
        .collect();
    names.join(", ")
}

macro_rules! word {
    ($name:ident, $called:literal, $($variant:ident)+) => {
        impl From<$name> for wire::$name {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => Self::$variant,)+ }
            }
        }

        impl Word for $name {
            const NAME: &'static str = $called;

            fn number(self) -> i32 {
                wire::$name::from(self) as i32
            }

            fn of_number(number: i32) -> Option<Self> {
                match wire::$name::try_from(number).ok()? {
                    wire::$name::Unspecified => None,
                    $(wire::$name::$variant => Some(Self::$variant),)+
                }
            }

            fn name_of(number: i32) -> Option<&'static str> {
                wire::$name::try_from(number).ok().map(|word| word.as_str_name())
            }
        }
    };
}

word!(Kind, "a kind of request", Consultation Help Complaint Report Suggestion Praise);
word!(Urgency, "an urgency", Normal Urgent Emergency);
word!(Channel, "a channel", Phone Web App Wechat Weibo MessageBoard Email Counter Api);
word!(Line, "a line", General Enterprise ForeignLanguage Merged);
word!(ReporterType, "a type of reporter", Resident Enterprise Visitor Official);
word!(EvidenceAbout, "what evidence speaks for", Category Kind Urgency Place Language);
word!(State, "a state", Accepted Classified Triage Offered Signed Suspended Returned Resolved Reopened Answered Closed Merged Withdrawn);
word!(ClockKind, "a clock", Dispatch Handle Callback);
word!(TeamChoice, "a way of choosing", LeastLoaded Spill OffDuty Manual);
word!(Verdict, "a verdict", Chosen Busier Full OffDuty LacksSkill LacksLanguage AskedBefore Elsewhere);
word!(TriageReason, "a reason for triage", LowConfidence NoPlace HopLimit NoTeam);
word!(ReturnReason, "a reason for a return", WrongUnit OutsidePowers Duplicate NotEnoughInformation);
word!(Outcome, "an outcome", Solved PartlySolved Explained NotPossible);
word!(CloseReason, "a reason for closing", Confirmed Unreachable CallbackOverdue Supervisor);
word!(ReopenReason, "a reason for reopening", NotSolved Dissatisfied Recurred);
word!(CallbackVia, "a way of asking", Phone Link Sms);
word!(PartEnd, "an end of a sub-order", Done Declined Expired Dropped);
word!(SupervisionReason, "a reason for supervision", Overdue Repeated Ownerless Requested);

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: Word + PartialEq + std::fmt::Debug>(all: &[T], word: impl Fn(T) -> &'static str) {
        let listed: Vec<&str> = all.iter().map(|one| word(*one)).collect();
        assert_eq!(words::<T>(), listed.join(", "));
        for one in all {
            assert_eq!(required(one.number(), "x"), Ok(*one));
        }
    }

    #[test]
    fn wire_and_domain_have_the_same_words_in_the_same_order() {
        check(Kind::ALL, Kind::as_str);
        check(Urgency::ALL, Urgency::as_str);
        check(Channel::ALL, Channel::as_str);
        check(Line::ALL, Line::as_str);
        check(ReporterType::ALL, ReporterType::as_str);
        check(&State::ALL, State::as_str);
        check(&ClockKind::ALL, ClockKind::as_str);
        check(TriageReason::ALL, TriageReason::as_str);
        check(ReturnReason::ALL, ReturnReason::as_str);
        check(Outcome::ALL, Outcome::as_str);
        check(CloseReason::ALL, CloseReason::as_str);
        check(ReopenReason::ALL, ReopenReason::as_str);
        check(CallbackVia::ALL, CallbackVia::as_str);
        check(PartEnd::ALL, PartEnd::as_str);
        check(SupervisionReason::ALL, SupervisionReason::as_str);
    }

    #[test]
    fn an_unknown_word_is_refused_with_those_that_exist() {
        let error = required::<Outcome>(42, "outcome").unwrap_err();
        assert_eq!(
            error.to_string(),
            "outcome: 42 is not an outcome; one of solved, partly_solved, explained, not_possible"
        );
        assert_eq!(optional::<Outcome>(42, "outcome"), Err(error));
    }

    #[test]
    fn no_word_is_refused_only_where_one_is_required() {
        let error = required::<Urgency>(0, "lane").unwrap_err();
        assert_eq!(
            error.to_string(),
            "lane: is required: one of normal, urgent, emergency"
        );
        assert_eq!(optional::<Urgency>(0, "lane"), Ok(None));
    }
}
