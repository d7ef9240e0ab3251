//! What a change to a case means for the teams' queues. Pure: says what to do, in which order.
//!
//! **Invariant:** every effect may be repeated, and after the last effect of the last change the queues agree with the
//! case: the owner has it (in its lane until it is signed), nobody else does.

use jiff::Timestamp;
use swiftline_domain::case::{Case, Offer, Part, State};
use swiftline_domain::id::{OfferNo, TeamId, UnitId};
use swiftline_domain::vocabulary::{Lane, Language};
use swiftline_proto::convert::{timestamp, to_wire};
use swiftline_proto::router::v1::OrderOffer;
use swiftline_store::{QueuedOffer, Settle};
use swiftline_telemetry::TraceContext;

/// Something to be done to a team's queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Put the newest offer into its team's queue.
    Offer,
    /// Put a sub-order into its team's queue.
    OfferPart(OfferNo),
    /// Say what became of an offer.
    Settle {
        /// The team that had it.
        team: TeamId,
        /// The offer.
        offer: OfferNo,
        /// What became of it.
        what: Settle,
    },
}

impl Effect {
    fn settle(offer: &Offer, what: Settle) -> Self {
        Self::Settle {
            team: offer.assignment.team.clone(),
            offer: offer.no,
            what,
        }
    }

    fn settle_part(part: &Part, what: Settle) -> Self {
        Self::Settle {
            team: part.team.clone(),
            offer: part.no,
            what,
        }
    }
}

/// What this change of the case means.
#[must_use]
pub(crate) fn of_change(before: &Case, after: &Case) -> Vec<Effect> {
    let mut effects = Vec::new();
    let (had, has) = (before.owner(), after.owner());
    let same = had.map(|offer| offer.no) == has.map(|offer| offer.no);
    if let Some(had) = had.filter(|_| !same) {
        effects.push(Effect::settle(had, Settle::Gone));
    }
    if let Some(has) = has {
        if !same {
            effects.push(Effect::Offer);
        }
        let signed = |case: &Case| case.state != State::Offered;
        if signed(after) && (!same || !signed(before)) {
            effects.push(Effect::settle(has, Settle::Signed));
        }
    }
    for part in &after.parts {
        let was = before.part(part.no);
        let (new, signs) = (
            was.is_none(),
            was.is_none_or(|was| was.signed.is_none()) && part.signed.is_some(),
        );
        if new && part.is_open() {
            effects.push(Effect::OfferPart(part.no));
        }
        if !part.is_open() && was.is_some_and(Part::is_open) {
            effects.push(Effect::settle_part(part, Settle::Gone));
        } else if signs && part.is_open() {
            effects.push(Effect::settle_part(part, Settle::Signed));
        }
    }
    effects
}

/// What makes the queues agree with the case, whatever was left undone before.
#[must_use]
pub(crate) fn of_state(case: &Case) -> Vec<Effect> {
    let mut effects = gone(case);
    if let Some(owner) = case.owner() {
        // Repeating an offer changes nothing; if it never arrived, it is made good.
        effects.push(Effect::Offer);
        if case.state != State::Offered {
            effects.push(Effect::settle(owner, Settle::Signed));
        }
    }
    for part in &case.parts {
        if !part.is_open() {
            effects.push(Effect::settle_part(part, Settle::Gone));
            continue;
        }
        effects.push(Effect::OfferPart(part.no));
        if part.signed.is_some() {
            effects.push(Effect::settle_part(part, Settle::Signed));
        }
    }
    effects
}

/// The offers that are over, each with the team that had it.
fn gone(case: &Case) -> Vec<Effect> {
    let Some(newest) = &case.offer else {
        return Vec::new();
    };
    let over = |team: &TeamId, offer| Effect::Settle {
        team: team.clone(),
        offer,
        what: Settle::Gone,
    };
    let mut effects = Vec::new();
    // Each offer went to one team, and each that gave it away is in `asked`, in order. The newest is there as well
    // unless its team has it still, or ended the case with it.
    let given_away = case.asked.last() == Some(&newest.assignment.team) && !case.state.is_owned();
    if case.owner().is_none() && !given_away {
        effects.push(over(&newest.assignment.team, newest.no));
    }
    let last = if given_away {
        newest.no.0
    } else {
        newest.no.0.saturating_sub(1)
    };
    // Nobody gave away what was recalled.
    let recalled = |no: &OfferNo| case.recalled.iter().any(|(recalled, _)| recalled == no);
    effects.extend(
        case.recalled
            .iter()
            .filter(|(no, _)| no.0 <= last)
            .map(|(no, team)| over(team, *no)),
    );
    let numbers = (1..=last).rev().map(OfferNo);
    let numbers = numbers.filter(|no| !recalled(no) && case.part(*no).is_none());
    effects.extend(
        case.asked
            .iter()
            .rev()
            .zip(numbers)
            .map(|(team, offer)| over(team, offer)),
    );
    effects
}

/// The newest offer as its team's desk sees it; `None` before the first.
#[must_use]
pub(crate) fn queued(case: &Case, trace: &TraceContext) -> Option<QueuedOffer> {
    let offer = case.offer.as_ref()?;
    let to = &offer.assignment;
    let order = Order {
        no: offer.no,
        unit: &to.unit,
        team: &to.team,
        lane: to.lane,
        offered_at: offer.offered_at,
        sign_by: offer.sign_by,
        part: false,
    };
    Some(order.queued(case, trace))
}

/// A sub-order as its team's desk sees it; `None` where there is none of this number.
#[must_use]
pub(crate) fn queued_part(case: &Case, no: OfferNo, trace: &TraceContext) -> Option<QueuedOffer> {
    let part = case.part(no)?;
    let order = Order {
        no,
        unit: &part.unit,
        team: &part.team,
        lane: part.lane,
        offered_at: part.offered_at,
        sign_by: part.sign_by,
        part: true,
    };
    Some(order.queued(case, trace))
}

/// What offers and sub-orders have in common.
struct Order<'a> {
    no: OfferNo,
    unit: &'a UnitId,
    team: &'a TeamId,
    lane: Lane,
    offered_at: Timestamp,
    sign_by: Timestamp,
    part: bool,
}

impl Order<'_> {
    fn queued(&self, case: &Case, trace: &TraceContext) -> QueuedOffer {
        let what = case.classification.as_ref();
        let text = |id: Option<&str>| id.unwrap_or_default().to_owned();
        let language = what.map_or(Language::UNDETERMINED, |what| what.language);
        let order = OrderOffer {
            case_number: case.number.to_string(),
            offer: self.no.0,
            unit: self.unit.to_string(),
            team: self.team.to_string(),
            lane: to_wire(self.lane),
            category: text(what.and_then(|what| Some(what.category.as_ref()?.as_str()))),
            kind: what.map_or(0, |what| to_wire(what.kind)),
            place: text(what.and_then(|what| Some(what.place.as_ref()?.as_str()))),
            language: language.as_str().to_owned(),
            offered_at: Some(timestamp(self.offered_at)),
            sign_by: Some(timestamp(self.sign_by)),
            trace_parent: trace.as_str().to_owned(),
            part: self.part,
        };
        QueuedOffer {
            team: self.team.clone(),
            lane: self.lane,
            number: case.number,
            offer: self.no,
            order,
        }
    }
}

#[cfg(test)]
mod tests;
