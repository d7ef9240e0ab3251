//! What an entry of the log is worth: the counters it raises, and whether the case may have to be reopened.
//!
//! Read straight from the stored messages: a conversion of every event to the domain would cost more than the counting.

use swiftline_domain::case::{Callback, ClockKind};
use swiftline_proto::convert::{self, ConvertError, to_wire};
use swiftline_proto::types::v1::event::{CalledBack, Event, Offered};
use swiftline_proto::types::v1::{Commit, DecidedBy};
use swiftline_store::{AnswerCounter, Counter, Counts, RuleCount, RuleCounter};

use crate::reopen::is_discontent;

/// What an entry is worth.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Worth {
    /// What it counts: for units, for the rules that decided, for the entries that answered.
    pub(crate) counts: Counts,
    /// The citizen is discontent: the city may want the case reopened.
    pub(crate) may_reopen: bool,
    /// Its issue is to be looked at: it has joined one, or leads one and has a result or has ended.
    pub(crate) moves_issue: bool,
}

/// What this commit is worth, and the names of its events.
///
/// # Errors
/// When an event is none that this version knows, or names its unit or rule wrongly.
pub(crate) fn worth(commit: &Commit) -> Result<(Worth, Vec<&'static str>), ConvertError> {
    let mut worth = Worth::default();
    let mut names = Vec::with_capacity(commit.events.len());
    let leads = commit.leads_issue;
    for event in &commit.events {
        let event = event.event.as_ref().ok_or_else(|| {
            ConvertError::new("events", "has an event that this version does not know")
        })?;
        let name = convert::event_name(event);
        worth.add(event).map_err(|error| error.within(name))?;
        names.push(name);
        let ends = matches!(event, Event::Resolved(_) | Event::Withdrawn(_));
        worth.moves_issue |= matches!(event, Event::Merged(_)) || (leads && ends);
    }
    Ok((worth, names))
}

impl Worth {
    fn add(&mut self, event: &Event) -> Result<(), ConvertError> {
        match event {
            Event::Offered(e) => self.add_offer(e),
            Event::Signed(e) => self.count(&e.unit, Counter::Signed),
            Event::Returned(e) => {
                self.count(&e.unit, Counter::Returned)?;
                self.count_by(e.by.as_ref(), RuleCounter::Returned)
            }
            Event::Expired(e) => {
                self.count(&e.unit, Counter::Expired)?;
                self.count_by(e.by.as_ref(), RuleCounter::Expired)
            }
            Event::Transferred(e) => {
                self.count(&e.unit, Counter::Transferred)?;
                self.count_by(e.by.as_ref(), RuleCounter::Transferred)
            }
            Event::Resolved(e) => self.count(&e.unit, Counter::Resolved),
            Event::Followed(e) => self.count(&e.unit, Counter::Resolved),
            Event::Answered(e) => self.count_answer(&e.entry, AnswerCounter::Answered),
            Event::CalledBack(e) if e.entry.is_empty() => self.add_callback(e),
            Event::CalledBack(e) => self.add_word_on_answer(e),
            // No unit had a case that the knowledge base answered.
            Event::Reopened(e) if !e.entry.is_empty() => {
                self.count_answer(&e.entry, AnswerCounter::Reopened)
            }
            Event::Reopened(e) if !e.unit.is_empty() => self.count(&e.unit, Counter::Reopened),
            // Dispatching and calling back are the hotline's own work: no unit is late with them.
            Event::Overrun(e) if e.clock == to_wire(ClockKind::Handle) => {
                self.count(&e.unit, Counter::Overdue)
            }
            Event::SentToTriage(e) => self.count_by(e.by.as_ref(), RuleCounter::Triage),
            Event::Reopened(_)
            | Event::Overrun(_)
            | Event::Accepted(_)
            | Event::Classified(_)
            | Event::Suspended(_)
            | Event::Resumed(_)
            | Event::Closed(_)
            | Event::Merged(_)
            | Event::Withdrawn(_)
            | Event::Recalled(_)
            | Event::Asked(_)
            | Event::Extended(_)
            | Event::RequestDeclined(_)
            | Event::Noted(_)
            | Event::PartOffered(_)
            | Event::PartSigned(_)
            | Event::PartEnded(_)
            | Event::Joined(_)
            | Event::Separated(_)
            | Event::Supervised(_)
            | Event::Released(_)
            | Event::Warned(_) => Ok(()),
        }
    }

    fn add_offer(&mut self, event: &Offered) -> Result<(), ConvertError> {
        let offer = event.offer.as_ref();
        let to = offer.and_then(|offer| offer.assignment.as_ref());
        let to = convert::present(to, "offer.assignment")?;
        self.count(&to.unit, Counter::Offered)?;
        self.count_rule(&to.rule, &to.rules_digest, RuleCounter::Offered)
    }

    fn add_callback(&mut self, event: &CalledBack) -> Result<(), ConvertError> {
        let callback = Callback::from(convert::present(event.callback, "callback")?);
        self.may_reopen |= is_discontent(&callback);
        let answers = [
            (Some(callback.reached), Counter::Reached),
            (callback.contacted, Counter::Contacted),
            (callback.solved, Counter::Solved),
            (callback.satisfied, Counter::Satisfied),
        ];
        for (answer, counter) in answers {
            if callback.reached && answer == Some(true) {
                self.count(&event.unit, counter)?;
            }
        }
        Ok(())
    }

    /// What the citizen says of an answer of the knowledge base: no unit's rates change.
    fn add_word_on_answer(&mut self, event: &CalledBack) -> Result<(), ConvertError> {
        let callback = Callback::from(convert::present(event.callback, "callback")?);
        self.may_reopen |= is_discontent(&callback);
        match callback.solved.filter(|_| callback.reached) {
            Some(true) => self.count_answer(&event.entry, AnswerCounter::Confirmed),
            Some(false) => self.count_answer(&event.entry, AnswerCounter::NotSolved),
            None => Ok(()),
        }
    }

    fn count_answer(&mut self, entry: &str, counter: AnswerCounter) -> Result<(), ConvertError> {
        let entry = convert::id(entry, "entry")?;
        self.counts.answers.push((entry, counter));
        Ok(())
    }

    fn count(&mut self, unit: &str, counter: Counter) -> Result<(), ConvertError> {
        let unit = convert::id(unit, "unit")?;
        self.counts.units.push((unit, counter));
        Ok(())
    }

    fn count_by(
        &mut self,
        by: Option<&DecidedBy>,
        counter: RuleCounter,
    ) -> Result<(), ConvertError> {
        by.map_or(Ok(()), |by| {
            self.count_rule(&by.rule, &by.rules_digest, counter)
        })
    }

    /// Counts for the rule that decided, or for its set's backstop; nothing when a person decided.
    fn count_rule(
        &mut self,
        rule: &str,
        digest: &str,
        counter: RuleCounter,
    ) -> Result<(), ConvertError> {
        if !digest.is_empty() {
            self.counts.rules.push(RuleCount {
                digest: digest.to_owned(),
                rule: convert::optional_id(rule, "rule")?,
                counter,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
