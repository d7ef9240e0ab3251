//! A case as a row.

use jiff::Timestamp;

use super::row::CaseRow;
use crate::case::{Case, Event, State};
use crate::id::{AreaId, CategoryId, EntryId, RuleId, UnitId};
use crate::vocabulary::{Channel, Line, ReporterType};

/// All that a row is made from.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The case as it ended.
    pub case: &'a Case,
    /// What happened to it and when, oldest first, the acceptance included.
    pub history: &'a [(Timestamp, Event)],
    /// The way it came in.
    pub channel: Channel,
    /// The hotline that was called.
    pub line: Line,
    /// Who asked.
    pub reporter: ReporterType,
    /// The level-1 area of its place.
    pub district: Option<&'a str>,
    /// Who asked, as a keyed pseudonym.
    pub caller: Option<i64>,
}

impl<'a> CaseRow<'a> {
    /// The row of a case. The score's columns stay empty: a formula fills them.
    #[must_use]
    pub fn of(facts: &Facts<'a>) -> Self {
        let case = facts.case;
        let said = case.classification.as_ref();
        let offer = case.offer.as_ref();
        let callback = case.callback;
        let answer = |of: fn(crate::case::Callback) -> Option<bool>| callback.and_then(of);
        let mut row = Self {
            case_number: case.number,
            accepted_at: whole(case.accepted_at),
            ended_at: whole(case.updated_at),
            state: case.state.as_str(),
            close_reason: None,
            channel: facts.channel.as_str(),
            line: facts.line.as_str(),
            reporter: facts.reporter.as_str(),
            kind: said.map(|said| said.kind.as_str()),
            urgency: said.map(|said| said.urgency.as_str()),
            language: said.map(|said| said.language.as_str()),
            category: said.and_then(|said| said.category.as_ref().map(CategoryId::as_str)),
            district: facts.district,
            place: said.and_then(|said| said.place.as_ref().map(AreaId::as_str)),
            unit: case.answerable.as_ref().map(UnitId::as_str),
            team: offer.map(|offer| offer.assignment.team.as_str()),
            rule: offer.and_then(|offer| offer.assignment.rule.as_ref().map(RuleId::as_str)),
            offers: 0,
            returns: 0,
            reopened: u16::try_from(case.reopened).unwrap_or(u16::MAX),
            first_offered_at: None,
            signed_at: None,
            resolved_at: None,
            called_back_at: None,
            handle_due_at: None,
            overdue_dispatch: false,
            overdue_sign: false,
            overdue_handle: false,
            overdue_callback: false,
            suspended_seconds: 0,
            outcome: case.outcome.map(crate::case::Outcome::as_str),
            reached: callback.map(|callback| callback.reached),
            contacted: answer(|callback| callback.contacted),
            solved: answer(|callback| callback.solved),
            satisfied: answer(|callback| callback.satisfied),
            issue: case.merged_into,
            answered: case.answered.as_ref().map(EntryId::as_str),
            confidence: said.map(|said| percent(said.confidence)),
            model: said.map(|said| said.model.as_str()),
            caller: facts.caller,
            score_unit: None,
            score_day: None,
            score_excluded: None,
        };
        row.walk(facts);
        row
    }

    /// Takes from the history what the case as it ended no longer says.
    fn walk(&mut self, facts: &Facts<'a>) {
        let (mut case, _) = Case::accept(facts.case.number, facts.case.accepted_at);
        let mut aside = None;
        for (at, event) in facts.history {
            if !matches!(event, Event::Accepted { .. }) {
                case.evolve(event, *at);
            }
            if case.state == State::Suspended {
                aside = aside.or(Some(*at));
            } else if let Some(since) = aside.take() {
                let stood = at.duration_since(since).as_secs();
                let stood = u32::try_from(stood).unwrap_or_default();
                self.suspended_seconds = self.suspended_seconds.saturating_add(stood);
            }
            if let Some(clock) = &case.clocks.handle {
                self.handle_due_at = Some(whole(clock.due.at));
            }
            self.note(event, whole(*at));
        }
    }

    fn note(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Offered { .. } => {
                self.offers = self.offers.saturating_add(1);
                self.first_offered_at = self.first_offered_at.or(Some(at));
            }
            Event::Signed { .. } => self.signed_at = Some(at),
            Event::Returned { .. } => self.returns = self.returns.saturating_add(1),
            Event::Resolved { .. } | Event::Followed { .. } => self.resolved_at = Some(at),
            Event::CalledBack { .. } => self.called_back_at = Some(at),
            Event::Closed { reason } => self.close_reason = Some(reason.as_str()),
            Event::Reopened { .. } => self.close_reason = None,
            Event::Overrun { clock, .. } => match clock.as_str() {
                "dispatch" => self.overdue_dispatch = true,
                "sign" => self.overdue_sign = true,
                "handle" => self.overdue_handle = true,
                _ => self.overdue_callback = true,
            },
            // The others say nothing that the case as it ended does not say.
            _ => {}
        }
    }
}

/// The whole second.
fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_millisecond().div_euclid(1_000)).unwrap_or(at)
}

fn percent(share: f32) -> u8 {
    // A share of 0 to 1: what lies outside is cut off.
    (share.clamp(0.0, 1.0) * 100.0).round() as u8
}
