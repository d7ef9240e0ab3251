//! What a case wants by itself, and when: offers expire, clocks warn and run out.

use jiff::Timestamp;

use super::{Case, ClockKind, CloseReason, Command, Part, State};

impl Case {
    /// When the case next wants attention by itself: an offer to expire, a clock to warn or run out.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        if !self.state.is_open() {
            return None;
        }
        let expiry = self
            .offer
            .as_ref()
            .filter(|_| self.state == State::Offered)
            .map(|offer| offer.sign_by);
        ClockKind::ALL
            .iter()
            .filter_map(|kind| self.clocks.get(*kind)?.next_alarm())
            .chain(expiry)
            .chain(self.suspended_until)
            .chain(self.parts.iter().filter_map(Part::expires_at))
            .min()
    }

    /// What is to be done now that a deadline has passed: the most pressing command, until none is left.
    #[must_use]
    pub fn due_command(&self, now: Timestamp) -> Option<Command> {
        if self.next_deadline().is_none_or(|deadline| deadline >= now) {
            return None;
        }
        if let Some(offer) = self.offer.as_ref().filter(|_| self.state == State::Offered)
            && offer.sign_by < now
        {
            return Some(Command::Expire { offer: offer.no });
        }
        if self.suspended_until.is_some_and(|until| until < now) {
            return Some(Command::Resume {
                claim: None,
                handle: None,
            });
        }
        let late = |part: &&Part| part.expires_at().is_some_and(|at| at < now);
        if let Some(part) = self.parts.iter().find(late) {
            return Some(Command::ExpirePart { part: part.no });
        }
        ClockKind::ALL.into_iter().find_map(|kind| {
            let clock = self.clocks.get(kind)?;
            clock.next_alarm().filter(|alarm| *alarm < now)?;
            Some(if clock.due.at >= now {
                Command::Warn(kind)
            } else if self.state == State::Answered {
                // Nobody says that the answer did not help: there is nothing left to do, and nobody to blame.
                Command::Close {
                    reason: CloseReason::CallbackOverdue,
                }
            } else {
                Command::Overrun(kind)
            })
        })
    }
}
