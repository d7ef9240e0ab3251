//! Cases as they stand.

use jiff::Timestamp;
use serde::Serialize;
use swiftline_domain::case::{Outcome, PartEnd, State, SupervisionReason, TeamChoice, Verdict};
use swiftline_domain::vocabulary::Urgency;
use swiftline_proto::types::v1 as wire;

use super::{ClassificationView, time};
use crate::words::{some, word};

/// A case without its complaint.
#[derive(Debug, Serialize)]
pub(crate) struct CaseView {
    pub(crate) case_number: String,
    pub(crate) version: u64,
    pub(crate) state: Option<String>,
    pub(crate) accepted_at: Option<Timestamp>,
    pub(crate) updated_at: Option<Timestamp>,
    pub(crate) classification: Option<ClassificationView>,
    pub(crate) offer: Option<OfferView>,
    pub(crate) asked: Vec<String>,
    pub(crate) answerable: Option<String>,
    pub(crate) dispatch_clock: Option<ClockView>,
    pub(crate) handle_clock: Option<ClockView>,
    pub(crate) callback_clock: Option<ClockView>,
    pub(crate) outcome: Option<String>,
    /// The entry of the knowledge base that answered it.
    pub(crate) answered: Option<String>,
    pub(crate) callback: Option<CallbackView>,
    pub(crate) reopened: u32,
    pub(crate) merged_into: Option<String>,
    /// Cases that were merged into it.
    pub(crate) members: Vec<String>,
    /// Sub-orders of helpers.
    pub(crate) parts: Vec<PartView>,
    pub(crate) request: Option<RequestView>,
    pub(crate) suspended_until: Option<Timestamp>,
    /// When the citizen is to be called next.
    pub(crate) call_at: Option<Timestamp>,
    /// Calls that reached nobody since the last result.
    pub(crate) attempts: u32,
    pub(crate) supervision: Option<SupervisionView>,
}

/// A sub-order.
#[derive(Debug, Serialize)]
pub(crate) struct PartView {
    pub(crate) part: u32,
    pub(crate) unit: String,
    pub(crate) team: String,
    pub(crate) lane: Option<String>,
    pub(crate) sign_by: Option<Timestamp>,
    pub(crate) signed_by: Option<String>,
    pub(crate) end: Option<String>,
}

impl From<wire::Part> for PartView {
    fn from(part: wire::Part) -> Self {
        Self {
            part: part.no,
            unit: part.unit,
            team: part.team,
            lane: word::<Urgency>(part.lane),
            sign_by: time(part.sign_by),
            signed_by: some(part.signed_by),
            end: word::<PartEnd>(part.end),
        }
    }
}

impl PartView {
    /// In a few words.
    pub(crate) fn sentence(&self) -> String {
        let stands = match (&self.end, &self.signed_by) {
            (Some(end), _) => end.clone(),
            (None, Some(by)) => format!("signed by {by}"),
            (None, None) => "offered".to_owned(),
        };
        format!("{} {} of {} ({stands})", self.part, self.team, self.unit)
    }
}

impl RequestView {
    /// In a few words.
    pub(crate) fn sentence(&self) -> String {
        let until = self.until.map(|until| format!(" until {until}"));
        format!(
            "{}{} ({})",
            self.ask,
            until.unwrap_or_default(),
            self.reason
        )
    }
}

/// What the team has asked for.
#[derive(Debug, Serialize)]
pub(crate) struct RequestView {
    pub(crate) ask: String,
    pub(crate) until: Option<Timestamp>,
    pub(crate) reason: String,
    pub(crate) by: String,
}

impl From<wire::PendingRequest> for RequestView {
    fn from(request: wire::PendingRequest) -> Self {
        use wire::ask::Ask;
        let (ask, until) = match request.ask.and_then(|ask| ask.ask) {
            Some(Ask::Extension(due)) => ("an extension", due.at),
            Some(Ask::Suspension(aside)) => ("a suspension", aside.until),
            None => ("something unknown", None),
        };
        Self {
            ask: ask.to_owned(),
            until: time(until),
            reason: request.reason,
            by: request.by,
        }
    }
}

/// Why supervision looks after a case, and since when.
#[derive(Debug, Serialize)]
pub(crate) struct SupervisionView {
    pub(crate) reason: Option<String>,
    pub(crate) since: Option<Timestamp>,
}

impl From<wire::Supervision> for SupervisionView {
    fn from(supervision: wire::Supervision) -> Self {
        Self {
            reason: word::<SupervisionReason>(supervision.reason),
            since: time(supervision.since),
        }
    }
}

impl From<wire::Case> for CaseView {
    fn from(case: wire::Case) -> Self {
        Self {
            case_number: case.number,
            version: case.version,
            state: word::<State>(case.state),
            accepted_at: time(case.accepted_at),
            updated_at: time(case.updated_at),
            classification: case.classification.map(Into::into),
            offer: case.offer.map(Into::into),
            asked: case.asked,
            answerable: some(case.answerable),
            dispatch_clock: case.dispatch_clock.map(Into::into),
            handle_clock: case.handle_clock.map(Into::into),
            callback_clock: case.callback_clock.map(Into::into),
            outcome: word::<Outcome>(case.outcome),
            answered: some(case.answered),
            callback: case.callback.map(Into::into),
            reopened: case.reopened,
            merged_into: some(case.merged_into),
            members: case.members,
            parts: case.parts.into_iter().map(Into::into).collect(),
            request: case.request.map(Into::into),
            suspended_until: time(case.suspended_until),
            call_at: time(case.call_at),
            attempts: case.attempts,
            supervision: case.supervision.map(Into::into),
        }
    }
}

/// An order in a team's queue or hands, and why it is there.
#[derive(Debug, Serialize)]
pub(crate) struct OfferView {
    pub(crate) offer: u32,
    pub(crate) unit: String,
    pub(crate) team: String,
    pub(crate) lane: Option<String>,
    pub(crate) clock: Option<String>,
    pub(crate) rule: Option<String>,
    pub(crate) rules_digest: Option<String>,
    pub(crate) choice: Option<String>,
    pub(crate) teams: Vec<TeamView>,
    pub(crate) offered_at: Option<Timestamp>,
    pub(crate) sign_by: Option<Timestamp>,
    pub(crate) signed_by: Option<String>,
    pub(crate) signed_at: Option<Timestamp>,
}

/// A team that was weighed.
#[derive(Debug, Serialize)]
pub(crate) struct TeamView {
    pub(crate) team: String,
    pub(crate) load: u32,
    pub(crate) capacity: u32,
    pub(crate) verdict: Option<String>,
}

impl From<wire::Assignment> for OfferView {
    /// Only decided, not offered: its number is zero and it has no times.
    fn from(to: wire::Assignment) -> Self {
        let team = |one: wire::ConsideredTeam| TeamView {
            team: one.team,
            load: one.load,
            capacity: one.capacity,
            verdict: word::<Verdict>(one.verdict),
        };
        Self {
            offer: 0,
            unit: to.unit,
            team: to.team,
            lane: word::<Urgency>(to.lane),
            clock: some(to.clock),
            rule: some(to.rule),
            rules_digest: some(to.rules_digest),
            choice: word::<TeamChoice>(to.choice),
            teams: to.considered.into_iter().map(team).collect(),
            offered_at: None,
            sign_by: None,
            signed_by: None,
            signed_at: None,
        }
    }
}

impl From<wire::Offer> for OfferView {
    fn from(offer: wire::Offer) -> Self {
        Self {
            offer: offer.no,
            offered_at: time(offer.offered_at),
            sign_by: time(offer.sign_by),
            signed_by: some(offer.signed_by),
            signed_at: time(offer.signed_at),
            ..Self::from(offer.assignment.unwrap_or_default())
        }
    }
}

/// A clock that runs beside the states.
#[derive(Debug, Serialize)]
pub(crate) struct ClockView {
    pub(crate) warn_at: Option<Timestamp>,
    pub(crate) due_at: Option<Timestamp>,
    pub(crate) warned: bool,
    pub(crate) overdue: bool,
    pub(crate) paused_at: Option<Timestamp>,
}

impl From<wire::Clock> for ClockView {
    fn from(clock: wire::Clock) -> Self {
        let due = clock.due.unwrap_or_default();
        Self {
            warn_at: time(due.warn_at),
            due_at: time(due.at),
            warned: clock.warned,
            overdue: clock.overdue,
            paused_at: time(clock.paused_at),
        }
    }
}

/// What the citizen answered when called back.
#[derive(Debug, Serialize)]
pub(crate) struct CallbackView {
    pub(crate) reached: bool,
    pub(crate) contacted: Option<bool>,
    pub(crate) solved: Option<bool>,
    pub(crate) satisfied: Option<bool>,
}

impl From<wire::Callback> for CallbackView {
    fn from(answers: wire::Callback) -> Self {
        Self {
            reached: answers.reached,
            contacted: answers.contacted,
            solved: answers.solved,
            satisfied: answers.satisfied,
        }
    }
}

impl CallbackView {
    /// The answers as words: `reached, contacted, not solved`.
    pub(crate) fn sentence(&self) -> String {
        let answers = [
            ("contacted", self.contacted),
            ("solved", self.solved),
            ("satisfied", self.satisfied),
        ];
        let mut words = vec![
            if self.reached {
                "reached"
            } else {
                "not reached"
            }
            .to_owned(),
        ];
        for (word, answer) in answers {
            match answer {
                Some(true) => words.push(word.to_owned()),
                Some(false) => words.push(format!("not {word}")),
                None => {}
            }
        }
        words.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_json_with_our_words_and_null_for_what_is_absent() {
        let case = wire::Case {
            number: "07-0001234-8".into(),
            version: 3,
            state: wire::State::Offered.into(),
            accepted_at: Some(prost_types::Timestamp {
                seconds: 0,
                nanos: 0,
            }),
            offer: Some(wire::Offer {
                no: 1,
                ..Default::default()
            }),
            ..Default::default()
        };
        let json = serde_json::to_value(CaseView::from(case)).unwrap();
        assert_eq!(json["state"], "offered");
        assert_eq!(json["accepted_at"], "1970-01-01T00:00:00Z");
        assert_eq!(json["offer"]["offer"], 1);
        assert!(json["outcome"].is_null() && json["handle_clock"].is_null());
    }

    #[test]
    fn answers_are_a_sentence() {
        let answers = wire::Callback {
            reached: true,
            contacted: Some(true),
            solved: Some(false),
            satisfied: None,
        };
        assert_eq!(
            CallbackView::from(answers).sentence(),
            "reached, contacted, not solved"
        );
        assert_eq!(
            CallbackView::from(wire::Callback::default()).sentence(),
            "not reached"
        );
    }
}
