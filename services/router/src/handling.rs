//! What goes on between signing and the result: notes, requests, helpers.
//!
//! **Invariants**
//! - The helpers that a rule names are called in the commit by which the lead signs.
//! - After a pause as much time is left as before it, in working time where the class counts working days.
//! - Nobody approves their own request.

use jiff::Timestamp;
use swiftline_domain::case::{
    Ask, Case, Claim, Command, Due, PartEnd, Refusal, State, SupervisionReason,
};
use swiftline_domain::city::{Deadline, Term, Unit};
use swiftline_domain::id::{ActorId, OfferNo, TeamId, UnitId};
use swiftline_domain::number::CaseNumber;
use swiftline_store::Stored;

use crate::decide::with_subject;
use crate::desk::DeskClaim;
use crate::draft::Draft;
use crate::engine::Engine;
use crate::error::Error;
use crate::planner::Standing;
use crate::spans::Step;

impl Engine {
    /// Tells how it goes on.
    pub(crate) async fn note(
        &self,
        desk: &DeskClaim,
        note: &str,
        attachments: &[String],
    ) -> Result<Case, Error> {
        let command = Command::Note {
            claim: desk.claim.clone(),
            note: note.to_owned(),
            attachments: attachments.to_vec(),
        };
        self.simple(desk, "note", command).await
    }

    /// Asks for more time.
    pub(crate) async fn ask_extension(
        &self,
        desk: &DeskClaim,
        more: Term,
        reason: &str,
    ) -> Result<Case, Error> {
        let number = desk.number;
        let changed = self.desk_change(desk, "ask extension", |_, draft| {
            let now = draft.at();
            let until = self.longer(&draft.case, more, now);
            let command = Command::Ask {
                claim: desk.claim.clone(),
                ask: Ask::Extension { until },
                reason: reason.to_owned(),
            };
            let refused = |refusal| Error::Refused { number, refusal };
            draft.apply(command).map_err(refused)
        });
        changed.await.map(|changed| changed.case)
    }

    /// Asks to set the order aside.
    pub(crate) async fn ask_suspension(
        &self,
        desk: &DeskClaim,
        until: Option<Timestamp>,
        reason: &str,
    ) -> Result<Case, Error> {
        let command = Command::Ask {
            claim: desk.claim.clone(),
            ask: Ask::Suspension { until },
            reason: reason.to_owned(),
        };
        self.simple(desk, "ask suspension", command).await
    }

    /// Approves or declines what was asked for.
    pub(crate) async fn decide_request(
        &self,
        number: CaseNumber,
        approve: bool,
        by: &ActorId,
        note: &str,
    ) -> Result<Case, Error> {
        let command = Command::DecideRequest {
            approve,
            by: by.clone(),
            note: note.to_owned(),
        };
        self.call(number, "decide request", command).await
    }

    /// Calls a unit to help.
    pub(crate) async fn call_helper(&self, desk: &DeskClaim, unit: &UnitId) -> Result<Case, Error> {
        let number = desk.number;
        let unit = self.unit(unit.as_str(), "unit")?;
        let changed = self.desk_change(desk, "call helper", |stored, draft| {
            is_the_leads(&draft.case, &desk.claim)
                .map_err(|refusal| Error::Refused { number, refusal })?;
            if self.call_unit(stored, draft, unit)? {
                Ok(())
            } else {
                Err(Error::NobodyLeft {
                    number,
                    unit: unit.id.clone(),
                })
            }
        });
        changed.await.map(|changed| changed.case)
    }

    /// A helper's part is over.
    pub(crate) async fn finish_part(
        &self,
        desk: &DeskClaim,
        end: PartEnd,
        note: &str,
    ) -> Result<Case, Error> {
        let command = Command::EndPart {
            claim: desk.claim.clone(),
            end,
            note: note.to_owned(),
        };
        self.simple(desk, "finish part", command).await
    }

    /// The lead does without a helper.
    pub(crate) async fn drop_part(
        &self,
        desk: &DeskClaim,
        part: OfferNo,
        note: &str,
    ) -> Result<Case, Error> {
        let command = Command::DropPart {
            claim: desk.claim.clone(),
            part,
            note: note.to_owned(),
        };
        self.simple(desk, "drop part", command).await
    }

    /// A command that no desk gives.
    pub(crate) async fn call(
        &self,
        number: CaseNumber,
        name: &'static str,
        command: Command,
    ) -> Result<Case, Error> {
        let refused = |refusal| Error::Refused { number, refusal };
        let changed = self.change(number, Step::Call(name), |_, draft| {
            draft.apply(command.clone()).map_err(refused)
        });
        changed.await.map(|changed| changed.case)
    }

    /// Takes the order up again, with as much time as was left when it was set aside.
    pub(crate) fn resume_in(&self, draft: &mut Draft, claim: Option<Claim>) -> Result<(), Refusal> {
        let handle = self.after_pause(&draft.case, draft.at());
        draft.apply(Command::Resume { claim, handle })
    }

    /// What is given away goes on without pause.
    pub(crate) fn take_up_first(&self, draft: &mut Draft, desk: &DeskClaim) -> Result<(), Refusal> {
        match draft.case.state {
            State::Suspended => self.resume_in(draft, Some(desk.claim.clone())),
            _ => Ok(()),
        }
    }

    /// The helpers that the lead's rule names, when it has just signed. A unit that has nobody to ask is left out: the lead
    /// sees in the journey whom it has.
    pub(crate) fn call_helpers(
        &self,
        stored: &Stored,
        draft: &mut Draft,
        desk: &DeskClaim,
    ) -> Result<(), Error> {
        let Some(offer) = draft.case.owner() else {
            return Ok(());
        };
        if offer.no != desk.claim.offer {
            return Ok(());
        }
        for id in offer.assignment.helpers.clone() {
            // The pack may have changed since the rules named it.
            if let Some(unit) = self.pack().units.get(id.as_str()) {
                self.call_unit(stored, draft, unit)?;
            }
        }
        Ok(())
    }

    /// Nobody of a helping unit has signed in time: its next team is asked, and when there is none, supervision looks.
    pub(crate) fn call_after_expiry(
        &self,
        stored: &Stored,
        draft: &mut Draft,
        part: OfferNo,
    ) -> Result<(), Error> {
        let unit = draft.case.part(part).map(|part| part.unit.clone());
        let unit = unit.and_then(|unit| self.pack().units.get(unit.as_str()));
        let called = match unit {
            Some(unit) => self.call_unit(stored, draft, unit)?,
            None => false,
        };
        if !called {
            draft.supervise(SupervisionReason::Ownerless);
        }
        Ok(())
    }

    /// Offers a sub-order to a team of the unit; whether one was left to ask.
    fn call_unit(&self, stored: &Stored, draft: &mut Draft, unit: &Unit) -> Result<bool, Error> {
        let number = draft.case.number;
        let Some(offer) = draft.case.owner() else {
            return Ok(false);
        };
        let lane = offer.assignment.lane;
        let asked = not_again(&draft.case);
        let found = with_subject(stored, &draft.case, |subject| {
            let standing = Standing {
                asked: &asked,
                ..Standing::of(&draft.case, draft.at())
            };
            self.planner
                .helper(unit, subject, standing, lane, &mut self.rng())
        })?;
        let Some((team, sign_by)) = found else {
            return Ok(false);
        };
        let command = Command::OfferPart {
            unit: unit.id.clone(),
            team,
            lane,
            sign_by,
        };
        let refused = |refusal| Error::Refused { number, refusal };
        draft.apply(command).map_err(refused)?;
        Ok(true)
    }

    /// When a case that was set aside must be handled, by the class of its clock; `None` where no clock stands still.
    fn after_pause(&self, case: &Case, now: Timestamp) -> Option<Due> {
        let clock = case.clocks.handle.as_ref()?;
        let class = &case.offer.as_ref()?.assignment.clock;
        let was = Deadline {
            due: clock.due.at,
            warn: clock.due.warn_at,
        };
        let (pack, paused_at) = (self.pack(), clock.paused_at?);
        let clocks = &pack.clocks;
        let after = clocks.after_pause(class.as_str(), was, paused_at, now, &pack.calendar);
        Some(Due {
            warn_at: after.warn,
            at: after.due,
        })
    }

    /// When a case would be due with so much more time: from its deadline on, or from now when that is over.
    fn longer(&self, case: &Case, more: Term, now: Timestamp) -> Due {
        let pack = self.pack();
        let class = case.offer.as_ref().map(|offer| &offer.assignment.clock);
        let terms = class.and_then(|class| pack.clocks.get(class.as_str()));
        let working = terms.is_some_and(|terms| terms.working_time);
        let due = case
            .clocks
            .handle
            .as_ref()
            .map_or(now, |clock| clock.due.at);
        let from = due.max(now);
        let until = pack.clocks.deadline(from, more, working, &pack.calendar);
        Due {
            warn_at: until.warn,
            at: until.due,
        }
    }
}

/// Whether the claim is the lead's.
fn is_the_leads(case: &Case, claim: &Claim) -> Result<(), Refusal> {
    let newest = case.newest_offer();
    let offer = claim.offer;
    match case.owner() {
        Some(owner) if owner.no != offer => Err(Refusal::StaleOffer { offer, newest }),
        Some(owner) if owner.assignment.team != claim.team => Err(Refusal::NotOwner {
            team: claim.team.clone(),
            owner: owner.assignment.team.clone(),
        }),
        Some(_) => Ok(()),
        None => Err(Refusal::NotNow {
            command: "call a helper",
            state: case.state,
        }),
    }
}

/// The teams that are not asked to help: the lead, those that help, and those that did not sign or declined since this offer.
fn not_again(case: &Case) -> Vec<TeamId> {
    let newest = case.newest_offer();
    let helps = case.parts.iter().filter(|part| {
        let tried = matches!(part.end, Some(PartEnd::Expired | PartEnd::Declined));
        part.is_open() || (tried && part.no > newest)
    });
    let lead = case.owner().map(|offer| offer.assignment.team.clone());
    helps.map(|part| part.team.clone()).chain(lead).collect()
}
