//! What a case's refusal is on the wire: one table for every service that changes cases.

use swiftline_domain::case::Refusal;
use tonic::Code;

/// The gRPC code.
#[must_use]
pub const fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::NotOwner { .. } => Code::PermissionDenied,
        Refusal::AlreadySigned { .. } | Refusal::AlreadyMember { .. } => Code::AlreadyExists,
        Refusal::TooManyParts | Refusal::IssueFull => Code::ResourceExhausted,
        Refusal::OwnApproval { .. }
        | Refusal::NotReached
        | Refusal::IntoItself
        | Refusal::NotLonger { .. } => Code::InvalidArgument,
        Refusal::NotNow { .. }
        | Refusal::StaleOffer { .. }
        | Refusal::TooLate { .. }
        | Refusal::TooEarly { .. }
        | Refusal::AskedBefore { .. }
        | Refusal::AlreadyAnswered
        | Refusal::NoSuchAlarm { .. }
        | Refusal::PartsOpen { .. }
        | Refusal::PartOver { .. }
        | Refusal::PartNotSigned { .. }
        | Refusal::RequestPending
        | Refusal::NoRequest
        | Refusal::SetAside { .. }
        | Refusal::UnderSupervision
        | Refusal::HasMembers
        | Refusal::NotUnderSupervision => Code::FailedPrecondition,
    }
}

/// The constant that programs compare: the reason in `google.rpc.ErrorInfo`.
#[must_use]
pub const fn reason(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotNow { .. } | Refusal::TooEarly { .. } | Refusal::NoSuchAlarm { .. } => {
            "NOT_NOW"
        }
        Refusal::NotOwner { .. } => "NOT_OWNER",
        Refusal::StaleOffer { .. } => "STALE_OFFER",
        Refusal::AlreadySigned { .. } => "ALREADY_SIGNED",
        Refusal::TooLate { .. } => "OFFER_EXPIRED",
        Refusal::AskedBefore { .. } => "ASKED_BEFORE",
        Refusal::OwnApproval { .. } => "OWN_APPROVAL",
        Refusal::AlreadyAnswered => "ALREADY_ANSWERED",
        Refusal::NotReached => "NOT_REACHED",
        Refusal::IntoItself => "INTO_ITSELF",
        Refusal::PartsOpen { .. } => "PARTS_OPEN",
        Refusal::PartOver { .. } => "PART_OVER",
        Refusal::PartNotSigned { .. } => "PART_NOT_SIGNED",
        Refusal::TooManyParts => "TOO_MANY_PARTS",
        Refusal::RequestPending => "REQUEST_PENDING",
        Refusal::NoRequest => "NO_REQUEST",
        Refusal::NotLonger { .. } => "NOT_LONGER",
        Refusal::SetAside { .. } => "SET_ASIDE",
        Refusal::UnderSupervision => "UNDER_SUPERVISION",
        Refusal::NotUnderSupervision => "NOT_UNDER_SUPERVISION",
        Refusal::AlreadyMember { .. } => "ALREADY_MEMBER",
        Refusal::IssueFull => "ISSUE_FULL",
        Refusal::HasMembers => "HAS_MEMBERS",
    }
}

/// Names and values that go with the reason.
#[must_use]
pub fn metadata(refusal: &Refusal) -> Vec<(&'static str, String)> {
    match refusal {
        Refusal::NotNow { state, .. } => vec![("state", state.to_string())],
        Refusal::NotOwner { owner, .. } => vec![("owner", owner.to_string())],
        Refusal::StaleOffer { offer, newest } => {
            vec![("offer", offer.to_string()), ("newest", newest.to_string())]
        }
        Refusal::AlreadySigned { by, at } => {
            vec![("signed_by", by.to_string()), ("signed_at", at.to_string())]
        }
        Refusal::TooLate { sign_by } | Refusal::TooEarly { sign_by } => {
            vec![("sign_by", sign_by.to_string())]
        }
        _ => Vec::new(),
    }
}

/// The field of the request that is at fault and what is wrong with it, where it is one field alone.
#[must_use]
pub const fn violation(refusal: &Refusal) -> Option<(&'static str, &'static str)> {
    match refusal {
        Refusal::OwnApproval { .. } => Some((
            "approved_by",
            "must be another person than the one who asks",
        )),
        Refusal::NotLonger { .. } => Some(("until", "must give more time than there is")),
        Refusal::NotReached => Some(("callback.reached", "must be true where there are answers")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use swiftline_domain::case::State;

    use super::*;

    #[test]
    fn somebody_elses_order_is_a_matter_of_permission_and_names_the_owner() {
        let refusal = Refusal::NotOwner {
            team: "a".parse().unwrap(),
            owner: "b".parse().unwrap(),
        };
        assert_eq!(
            (code(&refusal), reason(&refusal)),
            (Code::PermissionDenied, "NOT_OWNER")
        );
        assert_eq!(metadata(&refusal), [("owner", "b".to_owned())]);
    }

    #[test]
    fn what_another_time_may_do_is_a_failed_precondition() {
        let refusal = Refusal::NotNow {
            command: "resolve",
            state: State::Offered,
        };
        assert_eq!(code(&refusal), Code::FailedPrecondition);
        assert_eq!(metadata(&refusal), [("state", "offered".to_owned())]);
        assert_eq!(code(&Refusal::AlreadyAnswered), Code::FailedPrecondition);
        assert_eq!(reason(&Refusal::AlreadyAnswered), "ALREADY_ANSWERED");
    }

    #[test]
    fn what_is_asked_wrongly_names_its_field() {
        let refusal = Refusal::NotReached;
        assert_eq!(code(&refusal), Code::InvalidArgument);
        assert_eq!(
            violation(&refusal).map(|(field, _)| field),
            Some("callback.reached")
        );
        assert_eq!(violation(&Refusal::IntoItself), None);
    }
}
