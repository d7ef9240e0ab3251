//! Offers, assignments and clocks: the parts that a case and its events share.

use swiftline_domain::case::{Assignment, Callback, Clock, ConsideredTeam, Due, Offer};
use swiftline_domain::id::OfferNo;

use super::time::{optional_time, required_time, timestamp};
use super::vocabulary::{required, to_wire};
use super::{ConvertError, id, ids, nested, optional_id, text_of, wire};

impl From<&Due> for wire::Due {
    fn from(due: &Due) -> Self {
        Self {
            warn_at: Some(timestamp(due.warn_at)),
            at: Some(timestamp(due.at)),
        }
    }
}

impl TryFrom<wire::Due> for Due {
    type Error = ConvertError;

    fn try_from(due: wire::Due) -> Result<Self, ConvertError> {
        Ok(Self {
            warn_at: required_time(due.warn_at, "warn_at")?,
            at: required_time(due.at, "at")?,
        })
    }
}

impl From<&Clock> for wire::Clock {
    fn from(clock: &Clock) -> Self {
        Self {
            due: Some((&clock.due).into()),
            warned: clock.warned,
            overdue: clock.overdue,
            paused_at: clock.paused_at.map(timestamp),
        }
    }
}

impl TryFrom<wire::Clock> for Clock {
    type Error = ConvertError;

    fn try_from(clock: wire::Clock) -> Result<Self, ConvertError> {
        Ok(Self {
            due: nested(clock.due, "due")?,
            warned: clock.warned,
            overdue: clock.overdue,
            paused_at: optional_time(clock.paused_at, "paused_at")?,
        })
    }
}

impl From<&ConsideredTeam> for wire::ConsideredTeam {
    fn from(considered: &ConsideredTeam) -> Self {
        Self {
            team: considered.team.to_string(),
            load: considered.load,
            capacity: considered.capacity,
            verdict: to_wire(considered.verdict),
        }
    }
}

impl TryFrom<wire::ConsideredTeam> for ConsideredTeam {
    type Error = ConvertError;

    fn try_from(considered: wire::ConsideredTeam) -> Result<Self, ConvertError> {
        Ok(Self {
            team: id(&considered.team, "team")?,
            load: considered.load,
            capacity: considered.capacity,
            verdict: required(considered.verdict, "verdict")?,
        })
    }
}

impl From<&Assignment> for wire::Assignment {
    fn from(to: &Assignment) -> Self {
        Self {
            unit: to.unit.to_string(),
            team: to.team.to_string(),
            lane: to_wire(to.lane),
            clock: to.clock.to_string(),
            helpers: to.helpers.iter().map(ToString::to_string).collect(),
            inform: to.inform.iter().map(ToString::to_string).collect(),
            rule: text_of(to.rule.as_ref()),
            rules_digest: to.rules_digest.clone(),
            choice: to_wire(to.choice),
            considered: to
                .considered
                .iter()
                .map(wire::ConsideredTeam::from)
                .collect(),
        }
    }
}

impl TryFrom<wire::Assignment> for Assignment {
    type Error = ConvertError;

    fn try_from(to: wire::Assignment) -> Result<Self, ConvertError> {
        Ok(Self {
            unit: id(&to.unit, "unit")?,
            team: id(&to.team, "team")?,
            lane: required(to.lane, "lane")?,
            clock: id(&to.clock, "clock")?,
            helpers: ids(&to.helpers, "helpers")?,
            inform: ids(&to.inform, "inform")?,
            rule: optional_id(&to.rule, "rule")?,
            rules_digest: to.rules_digest,
            choice: required(to.choice, "choice")?,
            considered: to
                .considered
                .into_iter()
                .map(|one| {
                    ConsideredTeam::try_from(one).map_err(|error| error.within("considered"))
                })
                .collect::<Result<_, _>>()?,
        })
    }
}

impl From<&Offer> for wire::Offer {
    fn from(offer: &Offer) -> Self {
        let (signed_by, signed_at) = offer
            .signed
            .as_ref()
            .map(|(by, at)| (by.to_string(), timestamp(*at)))
            .unzip();
        Self {
            no: offer.no.0,
            assignment: Some((&offer.assignment).into()),
            offered_at: Some(timestamp(offer.offered_at)),
            sign_by: Some(timestamp(offer.sign_by)),
            signed_by: signed_by.unwrap_or_default(),
            signed_at,
        }
    }
}

impl TryFrom<wire::Offer> for Offer {
    type Error = ConvertError;

    fn try_from(offer: wire::Offer) -> Result<Self, ConvertError> {
        let signed = match optional_id(&offer.signed_by, "signed_by")? {
            Some(by) => Some((by, required_time(offer.signed_at, "signed_at")?)),
            None => None,
        };
        Ok(Self {
            no: OfferNo(offer.no),
            assignment: nested(offer.assignment, "assignment")?,
            offered_at: required_time(offer.offered_at, "offered_at")?,
            sign_by: required_time(offer.sign_by, "sign_by")?,
            signed,
        })
    }
}

impl From<&Callback> for wire::Callback {
    fn from(answers: &Callback) -> Self {
        Self {
            reached: answers.reached,
            contacted: answers.contacted,
            solved: answers.solved,
            satisfied: answers.satisfied,
        }
    }
}

impl From<wire::Callback> for Callback {
    fn from(answers: wire::Callback) -> Self {
        Self {
            reached: answers.reached,
            contacted: answers.contacted,
            solved: answers.solved,
            satisfied: answers.satisfied,
        }
    }
}
