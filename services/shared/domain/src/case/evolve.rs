//! How each event changes a case.

use jiff::Timestamp;

use super::{Case, Clock, Clocks, Due, Event, State};

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
                self.state = State::Returned;
                self.asked.push(team.clone());
                self.resume_handling(at);
            }
            // Nobody gave it away: the same team may be asked again.
            Event::Recalled { team, offer, .. } => {
                self.state = State::Classified;
                self.recalled.push((*offer, team.clone()));
            }
            Event::Suspended { .. } => {
                self.state = State::Suspended;
                if let Some(clock) = &mut self.clocks.handle {
                    clock.pause(at);
                }
            }
            Event::Resumed { .. } => {
                self.state = State::Signed;
                self.resume_handling(at);
            }
            Event::Resolved {
                outcome, callback, ..
            } => {
                self.state = State::Resolved;
                self.outcome = Some(*outcome);
                self.await_callback(*callback);
            }
            Event::CalledBack { callback, .. } => {
                self.callback = Some(*callback);
                // What the knowledge base answered closes by itself unless the citizen says that it did not help.
                let settled = self.state != State::Answered || callback.solved.is_some();
                if callback.reached && settled {
                    self.clocks.callback = None;
                }
            }
            Event::Closed { .. } => self.end(State::Closed),
            Event::Reopened { .. } => {
                self.end(State::Reopened);
                self.reopened += 1;
                self.answered = None;
                // The unit that left it undone is asked first, so nobody is excluded any more.
                self.asked.clear();
            }
            Event::Merged { into } => {
                self.end(State::Merged);
                self.merged_into = Some(*into);
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
        }
    }

    /// Only the citizen is waited for.
    fn await_callback(&mut self, by: Due) {
        self.callback = None;
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
    }
}
