//! How each event changes a case.

use jiff::Timestamp;

use super::{
    Case, Clock, Clocks, Due, Event, Outcome, Part, ReopenReason, Request, State, Supervision,
};
use crate::id::OfferNo;

impl Case {
    /// Takes one event in. Events come from [`Case::decide`] or from the log, so nothing is refused here.
    pub fn evolve(&mut self, event: &Event, at: Timestamp) {
        self.version.0 += 1;
        // Replicas' clocks differ a little; a case's own time never runs backwards.
        self.updated_at = self.updated_at.max(at);
        match event {
            Event::Accepted { .. } => self.state = State::Accepted,
            Event::Classified {
                classification,
                dispatch,
            } => {
                self.state = State::Classified;
                self.classification = Some((**classification).clone());
                self.clocks
                    .dispatch
                    .get_or_insert(Clock::started(*dispatch));
            }
            Event::SentToTriage { .. } => self.state = State::Triage,
            Event::Answered { entry, callback } => {
                self.state = State::Answered;
                self.answered = Some(entry.clone());
                self.await_callback(*callback);
            }
            Event::Offered { offer, handle } => {
                self.state = State::Offered;
                self.answerable
                    .get_or_insert_with(|| offer.assignment.unit.clone());
                self.offer = Some((**offer).clone());
                self.clocks.dispatch = None;
                if let Some(due) = handle {
                    self.clocks.handle = Some(Clock::started(*due));
                }
            }
            Event::Signed { actor, .. } => {
                self.state = State::Signed;
                if let Some(offer) = &mut self.offer {
                    offer.signed = Some((actor.clone(), at));
                    self.answerable = Some(offer.assignment.unit.clone());
                }
            }
            Event::Returned { team, .. }
            | Event::Expired { team, .. }
            | Event::Transferred { team, .. } => {
                self.leave_hands(at);
                self.state = State::Returned;
                self.asked.push(team.clone());
            }
            // Nobody gave it away: the same team may be asked again.
            Event::Recalled { team, offer, .. } => {
                self.state = State::Classified;
                self.recalled.push((*offer, team.clone()));
            }
            Event::Suspended { until, .. } => {
                self.state = State::Suspended;
                self.suspended_until = *until;
                self.request = None;
                if let Some(clock) = &mut self.clocks.handle {
                    clock.pause(at);
                }
            }
            Event::Resumed { handle, .. } => {
                self.state = State::Signed;
                self.suspended_until = None;
                match handle {
                    Some(due) => self.handle_by(*due),
                    None => self.resume_handling(at),
                }
            }
            Event::Asked { actor, ask, reason } => {
                self.request = Some(Request {
                    ask: *ask,
                    reason: reason.clone(),
                    by: actor.clone(),
                    at,
                });
            }
            Event::Extended { handle, .. } => {
                self.request = None;
                self.clocks.handle = Some(Clock::started(*handle));
            }
            Event::RequestDeclined { .. } => self.request = None,
            Event::Noted { .. } => {}
            Event::PartOffered { part } => self.parts.push((**part).clone()),
            Event::PartSigned { part, actor, .. } => {
                if let Some(part) = self.part_mut(*part) {
                    part.signed = Some((actor.clone(), at));
                }
            }
            Event::PartEnded { part, end, .. } => {
                if let Some(part) = self.part_mut(*part) {
                    part.end = Some(*end);
                }
            }
            Event::Resolved {
                outcome, callback, ..
            } => self.resolve(*outcome, *callback, at),
            Event::CalledBack {
                callback, again_at, ..
            } => {
                self.callback = Some(*callback);
                self.call_at = *again_at;
                self.attempts += u32::from(!callback.reached);
                // What the knowledge base answered closes by itself unless the citizen says that it did not help.
                let settled = self.state != State::Answered || callback.solved.is_some();
                if callback.reached && settled {
                    self.clocks.callback = None;
                }
            }
            Event::Closed { .. } => self.end(State::Closed),
            Event::Reopened { reason, .. } => {
                self.end(State::Reopened);
                self.reopened += 1;
                self.dissatisfied += u32::from(*reason == ReopenReason::Dissatisfied);
                self.answered = None;
                // The unit that left it undone is asked first, so nobody is excluded any more.
                self.asked.clear();
                // What is taken up again goes its own way.
                self.merged_into = None;
            }
            Event::Merged { into, handle } => {
                self.leave_hands(at);
                if let Some(offer) = self.owner() {
                    let over = (offer.no, offer.assignment.team.clone());
                    self.recalled.push(over);
                }
                self.state = State::Merged;
                self.merged_into = Some(*into);
                self.clocks.dispatch = None;
                if let Some(due) = handle {
                    self.clocks.handle = Some(Clock::started(*due));
                }
            }
            Event::Joined { member } => self.members.push(*member),
            Event::Followed {
                unit,
                outcome,
                callback,
                ..
            } => {
                self.answerable = Some(unit.clone());
                self.resolve(*outcome, *callback, at);
            }
            Event::Separated { .. } => {
                self.state = State::Returned;
                self.merged_into = None;
            }
            Event::Withdrawn => self.end(State::Withdrawn),
            Event::Warned { clock } => {
                if let Some(clock) = self.clocks.get_mut(*clock) {
                    clock.warned = true;
                }
            }
            Event::Overrun { clock, .. } => {
                if let Some(clock) = self.clocks.get_mut(*clock) {
                    clock.overdue = true;
                }
            }
            Event::Supervised { reason, .. } => {
                let (reason, since) = (*reason, at);
                self.supervision = Some(Supervision { reason, since });
            }
            Event::Released { .. } => self.supervision = None,
        }
    }

    fn part_mut(&mut self, no: OfferNo) -> Option<&mut Part> {
        self.parts.iter_mut().find(|part| part.no == no)
    }

    /// No team has it any more.
    fn leave_hands(&mut self, at: Timestamp) {
        self.resume_handling(at);
        self.suspended_until = None;
        self.request = None;
        self.drop_parts();
    }

    fn resolve(&mut self, outcome: Outcome, callback: Due, at: Timestamp) {
        self.state = State::Resolved;
        self.outcome = Some(outcome);
        self.request = None;
        self.await_callback(callback);
        self.call_at = Some(at);
    }

    /// Runs on until then; a warning that was given stays given.
    fn handle_by(&mut self, due: Due) {
        if let Some(clock) = &mut self.clocks.handle {
            clock.paused_at = None;
            clock.due = due;
        }
    }

    /// Only the citizen is waited for.
    fn await_callback(&mut self, by: Due) {
        self.callback = None;
        self.attempts = 0;
        self.clocks = Clocks {
            callback: Some(Clock::started(by)),
            ..Clocks::default()
        };
    }

    fn resume_handling(&mut self, at: Timestamp) {
        if let Some(clock) = &mut self.clocks.handle {
            clock.resume(at);
        }
    }

    fn end(&mut self, state: State) {
        self.state = state;
        self.clocks = Clocks::default();
        self.call_at = None;
        self.suspended_until = None;
        self.request = None;
        self.drop_parts();
        // A case that is taken up again stays under supervision.
        self.supervision = self.supervision.filter(|_| state.is_open());
    }
}
