//! What a command would make happen, or why it cannot be done.

use jiff::Timestamp;

use super::{
    Assignment, Callback, CallbackVia, Case, Claim, Clock, ClockKind, Command, DecidedBy, Due,
    Event, MAX_MEMBERS, Offer, Refusal, State,
};
use crate::id::{ActorId, EntryId, OfferNo, UnitId};
use crate::number::CaseNumber;

impl Case {
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
                until,
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
                    until,
                })
            }
            // Suspended => Signed
            Command::Resume { claim, handle } => {
                if let Some(claim) = &claim {
                    self.owned_by(claim, name)?;
                }
                when(self.state == S::Suspended)?;
                let actor = self.who_resumes(claim, now)?;
                Ok(Event::Resumed { actor, handle })
            }
            // Signed => Signed
            Command::Ask { claim, ask, reason } => {
                self.owned_by(&claim, name)?;
                when(self.state == S::Signed)?;
                self.decide_ask(claim, ask, reason, now)
            }
            // Signed => Signed | Suspended
            Command::DecideRequest { approve, by, note } => {
                when(self.state == S::Signed)?;
                self.decide_request(approve, by, note)
            }
            // Signed | Suspended: nothing changes
            Command::Note {
                claim,
                note,
                attachments,
            } => {
                if self.part(claim.offer).is_none() {
                    self.owned_by(&claim, name)?;
                }
                when(matches!(self.state, S::Signed | S::Suspended))?;
                self.decide_note(claim, note, attachments)
            }
            // Signed | Suspended: sub-orders
            Command::OfferPart {
                unit,
                team,
                lane,
                sign_by,
            } => {
                when(matches!(self.state, S::Signed | S::Suspended))?;
                self.decide_part((unit, team), lane, sign_by, now)
            }
            Command::EndPart { claim, end, note } => self.decide_end_part(claim, end, note),
            Command::DropPart { claim, part, note } => {
                when(matches!(self.state, S::Signed | S::Suspended))?;
                self.decide_drop_part(claim, part, note)
            }
            Command::ExpirePart { part } => self.decide_part_expiry(part, now),
            // Signed => Resolved
            Command::Resolve {
                claim,
                outcome,
                note,
                callback,
            } => {
                let offer = self.owned_by(&claim, name)?;
                when(self.state == S::Signed)?;
                let open = self.open_parts().count();
                if open > 0 {
                    return Err(Refusal::PartsOpen { open });
                }
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
            Command::RecordCallback {
                callback,
                via,
                again_at,
                comment,
            } => {
                when(matches!(self.state, S::Resolved | S::Answered))?;
                self.decide_callback(callback, via, again_at, comment)
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
            // anything before its result => Merged
            Command::Merge { into, handle } => {
                when(self.state.is_before_result())?;
                if into == self.number {
                    return Err(Refusal::IntoItself);
                }
                if !self.members.is_empty() {
                    return Err(Refusal::HasMembers);
                }
                let handle = self.clocks.handle.is_none().then_some(handle);
                Ok(Event::Merged { into, handle })
            }
            // anything before its result: nothing changes
            Command::Join { member } => {
                when(self.state.is_before_result())?;
                self.decide_join(member)
            }
            // Merged => Resolved
            Command::Follow {
                unit,
                outcome,
                callback,
            } => {
                when(self.state == S::Merged)?;
                Ok(Event::Followed {
                    into: self.issue()?,
                    unit,
                    outcome,
                    callback,
                })
            }
            // Merged => Returned
            Command::Separate => {
                when(self.state == S::Merged)?;
                let from = self.issue()?;
                Ok(Event::Separated { from })
            }
            // any open: supervision
            Command::Supervise { reason } => {
                when(self.state.is_open())?;
                if self.supervision.is_some() {
                    return Err(Refusal::UnderSupervision);
                }
                let unit = self.answerable.clone();
                Ok(Event::Supervised { unit, reason })
            }
            Command::Release { actor, note } => {
                when(self.state.is_open())?;
                if self.supervision.is_none() {
                    return Err(Refusal::NotUnderSupervision);
                }
                Ok(Event::Released { actor, note })
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
    pub(super) fn owned_by(&self, claim: &Claim, command: &'static str) -> Result<&Offer, Refusal> {
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
            no: self.next_no(),
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
        if let Some(part) = self.part(claim.offer) {
            return self.decide_sign_part(part, claim, now);
        }
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

    fn decide_callback(
        &self,
        callback: Callback,
        via: CallbackVia,
        again_at: Option<Timestamp>,
        comment: String,
    ) -> Result<Event, Refusal> {
        if self.callback.is_some_and(|earlier| earlier.reached) {
            return Err(Refusal::AlreadyAnswered);
        }
        let answered = [callback.contacted, callback.solved, callback.satisfied]
            .iter()
            .any(Option::is_some)
            || !comment.is_empty();
        if answered && !callback.reached {
            return Err(Refusal::NotReached);
        }
        let (unit, entry) = self.last_hands();
        Ok(Event::CalledBack {
            unit,
            entry,
            callback,
            via,
            again_at: again_at.filter(|_| !callback.reached),
            comment,
        })
    }

    /// Who takes it up again: its team at any time, the clock when its time is over.
    fn who_resumes(
        &self,
        claim: Option<Claim>,
        now: Timestamp,
    ) -> Result<Option<ActorId>, Refusal> {
        if let Some(claim) = claim {
            return Ok(Some(claim.actor));
        }
        let until = self.suspended_until;
        match until {
            Some(over) if over < now => Ok(None),
            _ => Err(Refusal::SetAside { until }),
        }
    }

    fn decide_note(
        &self,
        claim: Claim,
        note: String,
        attachments: Vec<String>,
    ) -> Result<Event, Refusal> {
        let unit = if let Some(part) = self.part(claim.offer) {
            self.helps(part, &claim, "note")?;
            part.unit.clone()
        } else {
            self.owned_by(&claim, "note")?.assignment.unit.clone()
        };
        Ok(Event::Noted {
            unit,
            team: claim.team,
            actor: claim.actor,
            note,
            attachments,
        })
    }

    fn decide_join(&self, member: CaseNumber) -> Result<Event, Refusal> {
        if member == self.number {
            return Err(Refusal::IntoItself);
        }
        if self.members.contains(&member) {
            return Err(Refusal::AlreadyMember { member });
        }
        if self.members.len() >= MAX_MEMBERS {
            return Err(Refusal::IssueFull);
        }
        Ok(Event::Joined { member })
    }

    /// The case that a merged one's issue is kept under.
    fn issue(&self) -> Result<CaseNumber, Refusal> {
        let state = self.state;
        let command = "follow";
        self.merged_into.ok_or(Refusal::NotNow { command, state })
    }

    /// Whom the citizen's word is about: the entry that answered, or else the unit of the newest offer.
    fn last_hands(&self) -> (Option<UnitId>, Option<EntryId>) {
        let unit = match (&self.answered, self.merged_into) {
            (Some(_), _) => None,
            // What it was resolved with was the work of the issue's unit.
            (None, Some(_)) => self.answerable.clone(),
            (None, None) => self
                .offer
                .as_ref()
                .map(|offer| offer.assignment.unit.clone()),
        };
        (unit, self.answered.clone())
    }
}
