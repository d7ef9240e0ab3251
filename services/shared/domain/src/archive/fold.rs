//! A case as a row.

use jiff::Timestamp;

use super::row::CaseRow;
use crate::case::{Callback, Case, Event, State};
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
    /// The row of a case. The score's columns stay empty: a formula fills them ([`CaseRow::scored`]).
    #[must_use]
    pub fn of(facts: &Facts<'a>) -> Self {
        let case = facts.case;
        let said = case.classification.as_ref();
        let offer = case.offer.as_ref();
        let hands = offer.filter(|offer| Some(&offer.assignment.unit) == case.answerable.as_ref());
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
            team: hands.map(|offer| offer.assignment.team.as_str()),
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
            reached: None,
            contacted: None,
            solved: None,
            satisfied: None,
            first_reached_at: None,
            first_unit: None,
            first_team: None,
            first_contacted: None,
            first_solved: None,
            first_satisfied: None,
            issue: case.merged_into,
            answered: case.answered.as_ref().map(EntryId::as_str),
            confidence: said.map(|said| percent(said.confidence)),
            model: said.map(|said| said.model.as_str()),
            caller: facts.caller,
            score_unit: None,
            score_team: None,
            score_day: None,
            score_excluded: None,
            score_contacted: None,
            score_solved: None,
            score_satisfied: None,
            score_formula: None,
        };
        row.walk(facts);
        row
    }

    /// Takes from the history what the case as it ended no longer says.
    fn walk(&mut self, facts: &Facts<'a>) {
        let (mut case, _) = Case::accept(facts.case.number, facts.case.accepted_at);
        let (mut aside, mut told) = (None, Told::default());
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
            told.hear(event, whole(*at));
        }
        self.tell(&told);
    }

    /// What the citizen said last, and first where that was something else.
    fn tell(&mut self, told: &Told<'a>) {
        let Some(last) = told.last else {
            self.reached = told.tried_at.map(|_| false);
            self.called_back_at = told.tried_at;
            return;
        };
        self.reached = Some(true);
        self.called_back_at = Some(last.at);
        self.contacted = last.said.contacted;
        self.solved = last.said.solved;
        self.satisfied = last.said.satisfied;
        let as_before = Answers {
            unit: self.unit,
            team: self.team,
            ..last
        };
        if let Some(first) = told.first.filter(|first| *first != as_before) {
            self.first_reached_at = Some(first.at);
            self.first_unit = first.unit;
            self.first_team = first.team;
            self.first_contacted = first.said.contacted;
            self.first_solved = first.said.solved;
            self.first_satisfied = first.said.satisfied;
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

/// What a citizen who was reached said of a result.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Answers<'a> {
    at: Timestamp,
    unit: Option<&'a str>,
    team: Option<&'a str>,
    said: Callback,
}

/// What the citizen said over the time of the case.
#[derive(Debug, Default)]
struct Told<'a> {
    /// The unit and team of the newest offer.
    hands: Option<(&'a str, &'a str)>,
    tried_at: Option<Timestamp>,
    first: Option<Answers<'a>>,
    last: Option<Answers<'a>>,
}

impl<'a> Told<'a> {
    fn hear(&mut self, event: &'a Event, at: Timestamp) {
        match event {
            Event::Offered { offer, .. } => {
                let to = &offer.assignment;
                self.hands = Some((to.unit.as_str(), to.team.as_str()));
            }
            Event::CalledBack { unit, callback, .. } => {
                self.tried_at = Some(at);
                if callback.reached {
                    let unit = unit.as_ref().map(UnitId::as_str);
                    let hands = self.hands.filter(|(of, _)| Some(*of) == unit);
                    let answers = Answers {
                        at,
                        unit,
                        team: hands.map(|(_, team)| team),
                        said: *callback,
                    };
                    self.first.get_or_insert(answers);
                    self.last = Some(answers);
                }
            }
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
