//! Everything the router refuses, and what that is on the wire.

use jiff::Timestamp;
use swiftline_domain::case::{Refusal, State, TriageReason};
use swiftline_domain::id::{OfferNo, TeamId, UnitId};
use swiftline_domain::number::CaseNumber;
use swiftline_proto::convert::ConvertError;
use swiftline_proto::refusal;
use swiftline_rpc::{FieldViolation, RpcError};
use swiftline_store::StoreError;
use tonic::Code;

use crate::rules::RulesError;

/// Why a call could not be answered as asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A field of the request is wrong.
    #[error("{0}")]
    Field(#[from] ConvertError),
    /// A field names something that does not exist.
    #[error("{field}: there is no {what} {id:?}")]
    Unknown {
        /// The field.
        field: &'static str,
        /// What kind of thing.
        what: &'static str,
        /// What it was called.
        id: String,
    },
    /// The case refuses the command.
    #[error("case {number}: {refusal}")]
    Refused {
        /// The case.
        number: CaseNumber,
        /// Why.
        refusal: Refusal,
    },
    /// The offer that the caller holds on to is over.
    #[error("case {number}: offer {offer} {fate}")]
    Over {
        /// The case.
        number: CaseNumber,
        /// The offer.
        offer: OfferNo,
        /// How it ended.
        fate: Fate,
    },
    /// A person must still say more.
    #[error("case {number}: the rules cannot decide ({}); name a unit", .reason.as_str())]
    NeedsUnit {
        /// The case.
        number: CaseNumber,
        /// Why.
        reason: TriageReason,
    },
    /// Every team of the unit has had the case.
    #[error("case {number}: every team of {unit} has been asked before")]
    NobodyLeft {
        /// The case.
        number: CaseNumber,
        /// The unit.
        unit: UnitId,
    },
    /// Others changed the case each time it was tried.
    #[error("case {number} is being changed by others; try again")]
    Contended {
        /// The case.
        number: CaseNumber,
    },
    /// The rules cannot be changed so.
    #[error(transparent)]
    Rules(RulesError),
    /// Work that was handed on did not come to its end.
    #[error("{what} failed: {reason}")]
    Failed {
        /// Which.
        what: &'static str,
        /// How.
        reason: String,
    },
    /// The store could not do it.
    #[error("the store is unavailable; try again")]
    Away(#[source] StoreError),
    /// The store holds something that cannot be, or refuses for good.
    #[error("{0}")]
    Store(#[source] StoreError),
}

/// How an offer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nobody signed in time.
    Expired {
        /// When its time was over.
        sign_by: Timestamp,
    },
    /// Its team gave it back or handed it on.
    GivenAway {
        /// Which team.
        team: TeamId,
        /// When.
        at: Timestamp,
    },
    /// Its team reported the result.
    Resolved {
        /// When.
        at: Timestamp,
    },
}

impl std::fmt::Display for Fate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Expired { sign_by } => {
                write!(f, "expired at {sign_by}: it was not signed in time")
            }
            Self::GivenAway { team, at } => write!(f, "was given away by {team} at {at}"),
            Self::Resolved { at } => write!(f, "was resolved at {at}"),
        }
    }
}

impl Error {
    /// No such case.
    #[must_use]
    pub(crate) fn no_case(number: CaseNumber) -> Self {
        Self::Unknown {
            field: "case_number",
            what: "case",
            id: number.to_string(),
        }
    }

    /// The case stands where this cannot be done.
    #[must_use]
    pub(crate) fn not_now(number: CaseNumber, command: &'static str, state: State) -> Self {
        Self::Refused {
            number,
            refusal: Refusal::NotNow { command, state },
        }
    }

    /// The short name for metrics: bounded, and the same for every case.
    #[must_use]
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Field(_) => "bad_request",
            Self::Unknown { .. } => "unknown",
            Self::Refused { .. } | Self::Over { .. } => "refused",
            Self::NeedsUnit { .. } | Self::NobodyLeft { .. } => "undecided",
            Self::Contended { .. } => "contended",
            Self::Rules(error) => error.label(),
            Self::Failed { .. } => "internal",
            Self::Away(_) | Self::Store(_) => "store",
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        if error.may_pass() {
            Self::Away(error)
        } else {
            Self::Store(error)
        }
    }
}

impl From<RulesError> for Error {
    fn from(error: RulesError) -> Self {
        Self::Rules(error)
    }
}

impl RpcError for Error {
    fn code(&self) -> Code {
        match self {
            Self::Field(_) => Code::InvalidArgument,
            Self::Unknown { .. } => Code::NotFound,
            Self::Refused { refusal, .. } => refusal::code(refusal),
            Self::Over { .. } | Self::NeedsUnit { .. } | Self::NobodyLeft { .. } => {
                Code::FailedPrecondition
            }
            Self::Contended { .. } => Code::Aborted,
            Self::Rules(error) => error.code(),
            Self::Away(_) => Code::Unavailable,
            Self::Failed { .. } | Self::Store(_) => Code::Internal,
        }
    }

    fn violations(&self) -> Vec<FieldViolation> {
        match self {
            Self::Field(error) => vec![FieldViolation::new(&error.field, &error.reason)],
            Self::Unknown { field, what, .. } => {
                vec![FieldViolation::new(*field, format!("names no {what}"))]
            }
            Self::Refused { refusal, .. } => refusal::violation(refusal)
                .map(|(field, wrong)| FieldViolation::new(field, wrong))
                .into_iter()
                .collect(),
            Self::Rules(error) => error.violations(),
            _ => Vec::new(),
        }
    }

    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal::reason(refusal)),
            Self::Over {
                fate: Fate::Expired { .. },
                ..
            } => Some("OFFER_EXPIRED"),
            Self::Over { .. } => Some("STALE_OFFER"),
            Self::NeedsUnit { .. } => Some("NEEDS_UNIT"),
            Self::NobodyLeft { .. } => Some("NOBODY_LEFT"),
            Self::Contended { .. } => Some("CONTENDED"),
            Self::Rules(error) => Some(error.reason()),
            _ => None,
        }
    }

    fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Refused { refusal, .. } => refusal::metadata(refusal),
            Self::Over {
                offer,
                fate: Fate::Expired { sign_by },
                ..
            } => vec![
                ("offer", offer.to_string()),
                ("sign_by", sign_by.to_string()),
            ],
            Self::Over { offer, .. } => vec![("offer", offer.to_string())],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use swiftline_domain::id::ActorId;
    use swiftline_domain::number::Partition;
    use swiftline_rpc::status::{reason_of, to_status, violations_of};

    use super::*;

    fn number() -> CaseNumber {
        CaseNumber::new(Partition(7), 1).unwrap()
    }

    fn refused(refusal: Refusal) -> tonic::Status {
        to_status(&Error::Refused {
            number: number(),
            refusal,
        })
    }

    #[test]
    fn each_refusal_has_its_code_and_reason() {
        let team = || TeamId::new("t").unwrap();
        let actor = || ActorId::new("a").unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let cases = [
            (
                Refusal::NotOwner {
                    team: team(),
                    owner: team(),
                },
                Code::PermissionDenied,
                "NOT_OWNER",
            ),
            (
                Refusal::AlreadySigned { by: actor(), at },
                Code::AlreadyExists,
                "ALREADY_SIGNED",
            ),
            (
                Refusal::TooLate { sign_by: at },
                Code::FailedPrecondition,
                "OFFER_EXPIRED",
            ),
            (
                Refusal::NotNow {
                    command: "sign",
                    state: State::Closed,
                },
                Code::FailedPrecondition,
                "NOT_NOW",
            ),
            (
                Refusal::OwnApproval { by: actor() },
                Code::InvalidArgument,
                "OWN_APPROVAL",
            ),
            (
                Refusal::AskedBefore { team: team() },
                Code::FailedPrecondition,
                "ASKED_BEFORE",
            ),
        ];
        for (refusal, code, reason) in cases {
            let status = refused(refusal.clone());
            assert_eq!(
                (status.code(), reason_of(&status).as_deref()),
                (code, Some(reason)),
                "{refusal}"
            );
        }
    }

    #[test]
    fn who_signed_first_and_when_is_told() {
        let status = refused(Refusal::AlreadySigned {
            by: ActorId::new("desk-7").unwrap(),
            at: Timestamp::UNIX_EPOCH,
        });
        assert!(
            status
                .message()
                .contains("already signed for by desk-7 at 1970-01-01")
        );
    }

    #[test]
    fn an_unknown_team_is_named_by_its_field() {
        let status = to_status(&Error::Unknown {
            field: "claim.team",
            what: "team",
            id: "nobody".into(),
        });
        assert_eq!(status.code(), Code::NotFound);
        assert_eq!(violations_of(&status)[0].field, "claim.team");
    }

    #[test]
    fn a_store_that_is_away_is_worth_another_try_a_broken_one_is_not() {
        let away = Error::from(StoreError::Full("x".into()));
        let broken = Error::from(StoreError::Redis("x".into()));
        assert_eq!(
            (away.code(), broken.code()),
            (Code::Unavailable, Code::Internal)
        );
    }
}
