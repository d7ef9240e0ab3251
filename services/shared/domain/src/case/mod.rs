//! The case: a small aggregate with one state machine.
//!
//! ```text
//! Accepted → Classified → Offered → Signed → Resolved → Closed
//!    │           │           ├→ Returned → Offered (next unit) | Triage
//!    │           └→ Triage (a person decides)
//!    └→ Answered → Closed | Reopened (by itself when the citizen says nothing)
//! Offered → Classified (recalled by new rules)
//! Signed ⇄ Suspended      Resolved | Closed → Reopened → Offered      any open → Merged | Withdrawn
//! ```
//!
//! [`Case::decide`] says what a command would do and changes nothing; [`Case::evolve`] takes one event in;
//! [`Case::apply`] does both. The text of the complaint is not part of it: the machine needs none of it.

mod command;
mod deadline;
mod event;
mod evolve;
mod refusal;
mod state;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use command::{
    Callback, Claim, CloseReason, Command, MAX_NOTE_CHARS, Outcome, ReopenReason, ReturnReason,
    TriageReason,
};
pub use event::{DecidedBy, Event};
pub use refusal::Refusal;
pub use state::{
    Assignment, Clock, ClockKind, Clocks, ConsideredTeam, Due, MAX_CONSIDERED, Offer, State,
    TeamChoice, Verdict,
};

use crate::classification::Classification;
use crate::id::{EntryId, OfferNo, TeamId, UnitId, Version};
use crate::number::CaseNumber;

/// One request on its way through the city.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its number.
    pub number: CaseNumber,
    /// How many events it has had.
    pub version: Version,
    /// Where it stands.
    pub state: State,
    /// When it was taken in.
    pub accepted_at: Timestamp,
    /// When the last event happened.
    pub updated_at: Timestamp,
    /// What it is, once understood.
    pub classification: Option<Classification>,
    /// The newest offer; it owns the case while [`State::is_owned`].
    pub offer: Option<Offer>,
    /// The teams that have had it and gave it away since it was last (re)opened.
    pub asked: Vec<TeamId>,
    /// The offers that were recalled because the rules changed, each with the team that had it.
    pub recalled: Vec<(OfferNo, TeamId)>,
    /// The unit that answers for it: the first that took it, until another has signed.
    pub answerable: Option<UnitId>,
    /// Its clocks.
    pub clocks: Clocks,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// The entry of the knowledge base that answered it; `None` when none did, or the case was taken up again since.
    pub answered: Option<EntryId>,
    /// The citizen's answers since it was last resolved or answered.
    pub callback: Option<Callback>,
    /// How often it was taken up again.
    pub reopened: u32,
    /// The case whose issue it is part of.
    pub merged_into: Option<CaseNumber>,
}

impl Case {
    /// A new case, and the event that says so.
    #[must_use]
    pub fn accept(number: CaseNumber, at: Timestamp) -> (Self, Event) {
        let case = Self {
            number,
            version: Version(1),
            state: State::Accepted,
            accepted_at: at,
            updated_at: at,
            classification: None,
            offer: None,
            asked: Vec::new(),
            recalled: Vec::new(),
            answerable: None,
            clocks: Clocks::default(),
            outcome: None,
            answered: None,
            callback: None,
            reopened: 0,
            merged_into: None,
        };
        (case, Event::Accepted { at })
    }

    /// The order that a team has now; `None` while nobody owns the case.
    #[must_use]
    pub fn owner(&self) -> Option<&Offer> {
        self.offer.as_ref().filter(|_| self.state.is_owned())
    }

    /// The number of the newest offer, zero before the first.
    #[must_use]
    pub fn newest_offer(&self) -> OfferNo {
        self.offer.as_ref().map_or(OfferNo(0), |offer| offer.no)
    }

    /// Does what the command asks, and says what happened.
    ///
    /// # Errors
    /// With the reason, when the command cannot be done; the case is then unchanged.
    pub fn apply(&mut self, command: Command, now: Timestamp) -> Result<Event, Refusal> {
        let event = self.decide(command, now)?;
        self.evolve(&event, now);
        Ok(event)
    }

    /// What the command would make happen; changes nothing.
    ///
    /// # Errors
    /// With the reason, when the command cannot be done.
    pub fn decide(&self, command: Command, now: Timestamp) -> Result<Event, Refusal> {
        use State as S;
        let name = command.name();
        let when = |allowed: bool| {
            if allowed {
                Ok(())
            } else {
                Err(Refusal::NotNow {
                    command: name,
                    state: self.state,
                })
            }
        };
        match command {
            // Accepted | Triage => Classified
            Command::Classify {
                classification,
                dispatch,
            } => {
                when(matches!(self.state, S::Accepted | S::Triage))?;
                Ok(Event::Classified {
                    classification,
                    dispatch,
                })
            }
            // Accepted | Classified | Returned | Reopened => Triage
            Command::SendToTriage { reason, by } => {
                when(matches!(
                    self.state,
                    S::Accepted | S::Classified | S::Returned | S::Reopened
                ))?;
                Ok(Event::SentToTriage { reason, by })
            }
            // Accepted | Classified => Answered
            Command::Answer { entry, callback } => {
                when(matches!(self.state, S::Accepted | S::Classified))?;
                Ok(Event::Answered { entry, callback })
            }
            // Classified | Triage | Returned | Reopened => Offered
            Command::Offer {
                assignment,
                sign_by,
                handle,
            } => {
                when(self.state.awaits_offer())?;
                self.decide_offer(*assignment, sign_by, handle, now)
            }
            // Offered => Signed
            Command::Sign(claim) => self.decide_sign(claim, now),
            // Offered | Signed | Suspended => Returned
            Command::Return {
                claim,
                reason,
                note,
            } => {
                let offer = self.owned_by(&claim, name)?;
                Ok(Event::Returned {
                    unit: offer.assignment.unit.clone(),
                    team: claim.team,
                    offer: claim.offer,
                    actor: claim.actor,
                    reason,
                    note,
                    by: DecidedBy::of(offer),
                })
            }
            // Offered => Classified (its next owner is decided in the same commit)
            Command::Recall {
                offer,
                rules_digest,
            } => {
                when(self.state == S::Offered)?;
                self.decide_recall(offer, rules_digest)
            }
            // Offered => Returned
            Command::Expire { offer } => {
                when(self.state == S::Offered)?;
                self.decide_expiry(offer, now)
            }
            // Offered | Signed | Suspended => Returned (the unit stays answerable)
            Command::Transfer {
                claim,
                to,
                reason,
                note,
            } => {
                let offer = self.owned_by(&claim, name)?;
                Ok(Event::Transferred {
                    unit: offer.assignment.unit.clone(),
                    team: claim.team,
                    offer: claim.offer,
                    actor: claim.actor,
                    to,
                    reason,
                    note,
                    by: DecidedBy::of(offer),
                })
            }
            // Signed => Suspended
            Command::Suspend {
                claim,
                reason,
                approved_by,
            } => {
                self.owned_by(&claim, name)?;
                when(self.state == S::Signed)?;
                if approved_by == claim.actor {
                    return Err(Refusal::OwnApproval { by: approved_by });
                }
                Ok(Event::Suspended {
                    actor: claim.actor,
                    reason,
                    approved_by,
                })
            }
            // Suspended => Signed
            Command::Resume(claim) => {
                self.owned_by(&claim, name)?;
                when(self.state == S::Suspended)?;
                Ok(Event::Resumed { actor: claim.actor })
            }
            // Signed => Resolved
            Command::Resolve {
                claim,
                outcome,
                note,
                callback,
            } => {
                let offer = self.owned_by(&claim, name)?;
                when(self.state == S::Signed)?;
                Ok(Event::Resolved {
                    unit: offer.assignment.unit.clone(),
                    team: claim.team,
                    actor: claim.actor,
                    outcome,
                    note,
                    callback,
                })
            }
            // Resolved => Resolved, Answered => Answered
            Command::RecordCallback(callback) => {
                when(matches!(self.state, S::Resolved | S::Answered))?;
                self.decide_callback(callback)
            }
            // Resolved | Answered => Closed
            Command::Close { reason } => {
                when(matches!(self.state, S::Resolved | S::Answered))?;
                Ok(Event::Closed { reason })
            }
            // Resolved | Answered | Closed => Reopened
            Command::Reopen { reason } => {
                when(matches!(self.state, S::Resolved | S::Answered | S::Closed))?;
                let (unit, entry) = self.last_hands();
                Ok(Event::Reopened {
                    unit,
                    entry,
                    reason,
                })
            }
            // any open => Merged
            Command::Merge { into } => {
                when(self.state.is_open())?;
                if into == self.number {
                    return Err(Refusal::IntoItself);
                }
                Ok(Event::Merged { into })
            }
            // any open => Withdrawn
            Command::Withdraw => {
                when(self.state.is_open())?;
                Ok(Event::Withdrawn)
            }
            Command::Warn(clock) => self
                .alarm(clock)
                .filter(|clock| !clock.warned)
                .map_or(Err(Refusal::NoSuchAlarm { clock }), |_| {
                    Ok(Event::Warned { clock })
                }),
            Command::Overrun(clock) => {
                self.alarm(clock)
                    .map_or(Err(Refusal::NoSuchAlarm { clock }), |_| {
                        let unit = self.answerable.clone();
                        Ok(Event::Overrun { unit, clock })
                    })
            }
        }
    }

    /// The clock, if it runs and its case is open.
    fn alarm(&self, kind: ClockKind) -> Option<&Clock> {
        self.clocks
            .get(kind)
            .filter(|clock| self.state.is_open() && clock.next_alarm().is_some())
    }

    /// Checks that the case is this team's by this offer.
    fn owned_by(&self, claim: &Claim, command: &'static str) -> Result<&Offer, Refusal> {
        let newest = self.newest_offer();
        if claim.offer != newest {
            return Err(Refusal::StaleOffer {
                offer: claim.offer,
                newest,
            });
        }
        let offer = self.owner().ok_or(Refusal::NotNow {
            command,
            state: self.state,
        })?;
        if offer.assignment.team != claim.team {
            return Err(Refusal::NotOwner {
                team: claim.team.clone(),
                owner: offer.assignment.team.clone(),
            });
        }
        Ok(offer)
    }

    fn decide_offer(
        &self,
        assignment: Assignment,
        sign_by: Timestamp,
        handle: Due,
        now: Timestamp,
    ) -> Result<Event, Refusal> {
        if self.asked.contains(&assignment.team) {
            return Err(Refusal::AskedBefore {
                team: assignment.team,
            });
        }
        let offer = Offer {
            no: self.newest_offer().next(),
            assignment,
            offered_at: now,
            sign_by,
            signed: None,
        };
        let handle = self.clocks.handle.is_none().then_some(handle);
        Ok(Event::Offered {
            offer: Box::new(offer),
            handle,
        })
    }

    fn decide_sign(&self, claim: Claim, now: Timestamp) -> Result<Event, Refusal> {
        let offer = self.owned_by(&claim, "sign")?;
        if let Some((by, at)) = &offer.signed {
            return Err(Refusal::AlreadySigned {
                by: by.clone(),
                at: *at,
            });
        }
        if now > offer.sign_by {
            return Err(Refusal::TooLate {
                sign_by: offer.sign_by,
            });
        }
        Ok(Event::Signed {
            unit: offer.assignment.unit.clone(),
            offer: claim.offer,
            actor: claim.actor,
        })
    }

    fn decide_expiry(&self, no: OfferNo, now: Timestamp) -> Result<Event, Refusal> {
        let newest = self.newest_offer();
        match &self.offer {
            Some(offer) if offer.no == no && now <= offer.sign_by => Err(Refusal::TooEarly {
                sign_by: offer.sign_by,
            }),
            Some(offer) if offer.no == no => Ok(Event::Expired {
                unit: offer.assignment.unit.clone(),
                team: offer.assignment.team.clone(),
                offer: no,
                by: DecidedBy::of(offer),
            }),
            _ => Err(Refusal::StaleOffer { offer: no, newest }),
        }
    }

    fn decide_recall(&self, no: OfferNo, rules_digest: String) -> Result<Event, Refusal> {
        let newest = self.newest_offer();
        let offer = self.offer.as_ref().filter(|offer| offer.no == no);
        let offer = offer.ok_or(Refusal::StaleOffer { offer: no, newest })?;
        Ok(Event::Recalled {
            unit: offer.assignment.unit.clone(),
            team: offer.assignment.team.clone(),
            offer: no,
            rules_digest,
        })
    }

    fn decide_callback(&self, callback: Callback) -> Result<Event, Refusal> {
        if self.callback.is_some_and(|earlier| earlier.reached) {
            return Err(Refusal::AlreadyAnswered);
        }
        let answered = [callback.contacted, callback.solved, callback.satisfied]
            .iter()
            .any(Option::is_some);
        if answered && !callback.reached {
            return Err(Refusal::NotReached);
        }
        let (unit, entry) = self.last_hands();
        Ok(Event::CalledBack {
            unit,
            entry,
            callback,
        })
    }

    /// Whom the citizen's word is about: the entry that answered, or else the unit of the newest offer.
    fn last_hands(&self) -> (Option<UnitId>, Option<EntryId>) {
        let offer = self.offer.as_ref().filter(|_| self.answered.is_none());
        let unit = offer.map(|offer| offer.assignment.unit.clone());
        (unit, self.answered.clone())
    }
}
