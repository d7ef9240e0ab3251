//! What one case contributes.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::formula::{AnswersThatCount, DayThatCounts, Exclusion, Formula, Formulas};
use crate::archive::CaseRow;
use crate::case::State;

/// How a case counts, under the formula of its day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line<'a> {
    /// For whom.
    pub unit: &'a str,
    /// For which of its teams; `None` when the answers are not about one.
    pub team: Option<&'a str>,
    /// On which day, in the city's time zone.
    pub day: Date,
    /// As what.
    pub verdict: Verdict<'a>,
    /// The formula that says so.
    pub formula: &'a Formula,
}

/// As what a case counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict<'a> {
    /// Not at all: this takes it out.
    Excluded(&'a Exclusion),
    /// Its citizen was never reached: it has no part in the rates.
    Unreached,
    /// By the citizen's answers; a question that was not answered is `None`.
    Answers {
        /// Was I contacted?
        contacted: Option<bool>,
        /// Was it solved?
        solved: Option<bool>,
        /// Am I satisfied?
        satisfied: Option<bool>,
    },
}

/// Answers, what they are about and when they were given.
#[derive(Clone, Copy)]
struct Given<'a> {
    at: Timestamp,
    unit: Option<&'a str>,
    team: Option<&'a str>,
    verdict: Verdict<'a>,
}

impl<'a> Line<'a> {
    /// How the case of this row counts; `None` while it does not: no unit has answered for it, or it is open and its citizen was
    /// not asked yet, or there was no formula on the day on which it was taken in.
    #[must_use]
    pub fn of(row: &CaseRow<'a>, formulas: &'a Formulas, zone: &TimeZone) -> Option<Self> {
        let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
        let formula = formulas.on(day(row.accepted_at))?;
        let given = given(row, formula.answers);
        let over = [State::Closed, State::Withdrawn]
            .map(State::as_str)
            .contains(&row.state);
        if given.is_none() && !over {
            return None;
        }
        let (unit, team) = given.map_or((row.unit, row.team), |given| (given.unit, given.team));
        let unit = unit?;
        let at = match formula.day {
            DayThatCounts::Answered => given.map_or(row.ended_at, |given| given.at),
            DayThatCounts::Accepted => row.accepted_at,
            DayThatCounts::Ended if over => row.ended_at,
            DayThatCounts::Ended => return None,
        };
        let exclusions = &mut formula.exclusions.iter();
        let verdict = match exclusions.find(|exclusion| exclusion.takes_out(row, unit)) {
            Some(exclusion) => Verdict::Excluded(exclusion),
            None => given.map_or(Verdict::Unreached, |given| given.verdict),
        };
        Some(Self {
            unit,
            team,
            day: day(at),
            verdict,
            formula,
        })
    }
}

fn given<'a>(row: &CaseRow<'a>, which: AnswersThatCount) -> Option<Given<'a>> {
    if row.reached != Some(true) {
        return None;
    }
    if let (AnswersThatCount::First, Some(at)) = (which, row.first_reached_at) {
        return Some(Given {
            at,
            unit: row.first_unit,
            team: row.first_team,
            verdict: Verdict::Answers {
                contacted: row.first_contacted,
                solved: row.first_solved,
                satisfied: row.first_satisfied,
            },
        });
    }
    Some(Given {
        at: row.called_back_at?,
        unit: row.unit,
        team: row.team,
        verdict: Verdict::Answers {
            contacted: row.contacted,
            solved: row.solved,
            satisfied: row.satisfied,
        },
    })
}

impl<'a> CaseRow<'a> {
    /// The same row with the columns of its score.
    #[must_use]
    pub fn scored(mut self, formulas: &'a Formulas, zone: &TimeZone) -> Self {
        let Some(line) = Line::of(&self, formulas, zone) else {
            return self;
        };
        self.score_unit = Some(line.unit);
        self.score_team = line.team;
        self.score_day = Some(line.day);
        self.score_formula = Some(line.formula.digest().prefix());
        match line.verdict {
            Verdict::Excluded(exclusion) => self.score_excluded = Some(exclusion.id.as_str()),
            Verdict::Unreached => {}
            Verdict::Answers {
                contacted,
                solved,
                satisfied,
            } => {
                self.score_contacted = contacted;
                self.score_solved = solved;
                self.score_satisfied = satisfied;
            }
        }
        self
    }
}
