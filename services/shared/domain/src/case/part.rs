//! Sub-orders: what other units do for the lead (吹哨报到: the lead blows the whistle and the departments report).

use jiff::Timestamp;

use super::command::PartEnd;
use super::{Case, Claim, Event, Refusal, State};
use crate::id::{ActorId, OfferNo, TeamId, UnitId};
use crate::vocabulary::Lane;

/// The most sub-orders that a case has in its life.
pub const MAX_PARTS: usize = 48;

/// An order to a helper. Its number comes from the same sequence as the lead's offers, so a claim names exactly one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its number, the fencing token.
    pub no: OfferNo,
    /// The helping unit.
    pub unit: UnitId,
    /// The unit's team that is asked.
    pub team: TeamId,
    /// The lane of the team's queue.
    pub lane: Lane,
    /// When it was made.
    pub offered_at: Timestamp,
    /// When it expires unless it is signed for.
    pub sign_by: Timestamp,
    /// Who signed, and when.
    pub signed: Option<(ActorId, Timestamp)>,
    /// How it ended; `None` while it is open.
    pub end: Option<PartEnd>,
}

impl Part {
    /// Whether somebody still has to do something about it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.end.is_none()
    }

    /// When it expires by itself; `None` once it is signed for or over.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        (self.is_open() && self.signed.is_none()).then_some(self.sign_by)
    }
}

impl Case {
    /// The sub-order of this number.
    #[must_use]
    pub fn part(&self, no: OfferNo) -> Option<&Part> {
        self.parts.iter().find(|part| part.no == no)
    }

    /// The sub-orders that are not over.
    pub fn open_parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.is_open())
    }

    /// The number of the next offer or sub-order.
    pub(super) fn next_no(&self) -> OfferNo {
        let parts = self.parts.iter().map(|part| part.no);
        parts.fold(self.newest_offer(), OfferNo::max).next()
    }

    pub(super) fn decide_part(
        &self,
        (unit, team): (UnitId, TeamId),
        lane: Lane,
        sign_by: Timestamp,
        now: Timestamp,
    ) -> Result<Event, Refusal> {
        if self.parts.len() >= MAX_PARTS {
            return Err(Refusal::TooManyParts);
        }
        let lead = self.owner().map(|offer| &offer.assignment.team);
        let taken = self.open_parts().any(|part| part.team == team) || lead == Some(&team);
        if taken {
            return Err(Refusal::AskedBefore { team });
        }
        Ok(Event::PartOffered {
            part: Box::new(Part {
                no: self.next_no(),
                unit,
                team,
                lane,
                offered_at: now,
                sign_by,
                signed: None,
                end: None,
            }),
        })
    }

    pub(super) fn decide_sign_part(
        &self,
        part: &Part,
        claim: Claim,
        now: Timestamp,
    ) -> Result<Event, Refusal> {
        self.helps(part, &claim, "sign")?;
        if let Some((by, at)) = &part.signed {
            return Err(Refusal::AlreadySigned {
                by: by.clone(),
                at: *at,
            });
        }
        if now > part.sign_by {
            let sign_by = part.sign_by;
            return Err(Refusal::TooLate { sign_by });
        }
        Ok(Event::PartSigned {
            unit: part.unit.clone(),
            part: part.no,
            actor: claim.actor,
        })
    }

    /// A helper says that its part is done, or not its own to do.
    pub(super) fn decide_end_part(
        &self,
        claim: Claim,
        end: PartEnd,
        note: String,
    ) -> Result<Event, Refusal> {
        let part = self.find_part(claim.offer)?;
        self.helps(part, &claim, "end a part")?;
        if end == PartEnd::Done && part.signed.is_none() {
            return Err(Refusal::PartNotSigned { part: part.no });
        }
        Ok(ended(part, Some(claim.actor), end, note))
    }

    /// The lead does without a helper.
    pub(super) fn decide_drop_part(
        &self,
        claim: Claim,
        no: OfferNo,
        note: String,
    ) -> Result<Event, Refusal> {
        self.owned_by(&claim, "drop a part")?;
        let part = self.find_part(no)?;
        if !part.is_open() {
            return Err(Refusal::PartOver { part: no });
        }
        Ok(ended(part, Some(claim.actor), PartEnd::Dropped, note))
    }

    pub(super) fn decide_part_expiry(&self, no: OfferNo, now: Timestamp) -> Result<Event, Refusal> {
        let part = self.find_part(no)?;
        let Some(sign_by) = part.expires_at() else {
            return Err(Refusal::PartOver { part: no });
        };
        if now <= sign_by {
            return Err(Refusal::TooEarly { sign_by });
        }
        Ok(ended(part, None, PartEnd::Expired, String::new()))
    }

    fn find_part(&self, no: OfferNo) -> Result<&Part, Refusal> {
        let newest = self.newest_offer();
        self.part(no)
            .ok_or(Refusal::StaleOffer { offer: no, newest })
    }

    /// Checks that the part is open and this team's.
    pub(super) fn helps(
        &self,
        part: &Part,
        claim: &Claim,
        command: &'static str,
    ) -> Result<(), Refusal> {
        if !matches!(self.state, State::Signed | State::Suspended) {
            let state = self.state;
            return Err(Refusal::NotNow { command, state });
        }
        if part.team != claim.team {
            return Err(Refusal::NotOwner {
                team: claim.team.clone(),
                owner: part.team.clone(),
            });
        }
        if !part.is_open() {
            return Err(Refusal::PartOver { part: part.no });
        }
        Ok(())
    }

    /// Nobody helps any more with what nobody handles.
    pub(super) fn drop_parts(&mut self) {
        let open = self.parts.iter_mut().filter(|part| part.is_open());
        open.for_each(|part| part.end = Some(PartEnd::Dropped));
    }
}

fn ended(part: &Part, actor: Option<ActorId>, end: PartEnd, note: String) -> Event {
    Event::PartEnded {
        unit: part.unit.clone(),
        team: part.team.clone(),
        part: part.no,
        actor,
        end,
        note,
    }
}
