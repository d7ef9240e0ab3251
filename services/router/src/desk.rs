//! What a team does with an order: sign, return, transfer, suspend, resume.
//!
//! **Invariants**
//! - Of two who sign, one has it; the other is told who and when. The same person is told yes again.
//! - A returned or transferred order has its next owner, or waits before a person, in the same commit.
//! - Contact data is opened only for the team that has signed, and each opening is logged.

use swiftline_domain::case::{Case, Claim, Command, Refusal, ReturnReason};
use swiftline_domain::id::{ActorId, OfferNo, UnitId};
use swiftline_domain::number::CaseNumber;
use swiftline_proto::types::v1 as wire;
use swiftline_store::{Settle, Stored};
use swiftline_telemetry::TraceContext;

use crate::change::Changed;
use crate::decide::with_subject;
use crate::draft::Draft;
use crate::engine::Engine;
use crate::error::{Error, Fate};
use crate::fate::fate;
use crate::planner::{Left, Standing};
use crate::spans::Step;

/// A team's word on an order.
#[derive(Debug, Clone)]
pub(crate) struct DeskClaim {
    /// The case.
    pub(crate) number: CaseNumber,
    /// Who, for which team, on which offer.
    pub(crate) claim: Claim,
}

/// Why an order is given away.
#[derive(Debug, Clone)]
pub(crate) struct Grounds {
    /// The reason.
    pub(crate) reason: ReturnReason,
    /// In their words.
    pub(crate) note: String,
}

/// An order signed for.
#[derive(Debug)]
pub(crate) struct Signed {
    /// The case.
    pub(crate) case: Case,
    /// What the citizen said.
    pub(crate) complaint: wire::Complaint,
    /// How to reach the citizen, opened.
    pub(crate) contact: Option<wire::Contact>,
    /// This person had signed before.
    pub(crate) already: bool,
}

impl Engine {
    /// Signs.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn sign(&self, desk: &DeskClaim) -> Result<Signed, Error> {
        let number = desk.number;
        let changed = self
            .desk_change(desk, "sign", |stored, draft| {
                match draft.apply(Command::Sign(desk.claim.clone())) {
                    Ok(()) => {
                        self.call_helpers(stored, draft, desk)?;
                        Ok(false)
                    }
                    Err(Refusal::AlreadySigned { by, .. }) if by == desk.claim.actor => Ok(true),
                    Err(refusal) => Err(Error::Refused { number, refusal }),
                }
            })
            .await?;
        let already = changed.value;
        let leads = changed.case.part(desk.claim.offer).is_none();
        if let Some(offer) = changed.case.offer.as_ref().filter(|_| leads && !already) {
            let age = changed.case.updated_at.duration_since(offer.offered_at);
            let (age, call) = (age.try_into().unwrap_or_default(), TraceContext::current());
            self.metrics.signed_after(age, call.as_ref());
        }
        let (keyring, actor) = (self.keyring.as_ref(), &desk.claim.actor);
        Ok(Signed {
            contact: keyring.and_then(|keys| keys.contact_for(&changed.stored, actor)),
            complaint: changed.stored.complaint,
            case: changed.case,
            already,
        })
    }

    /// Gives the order back: it goes to the next unit, or before a person.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn give_back(
        &self,
        desk: &DeskClaim,
        grounds: &Grounds,
    ) -> Result<Case, Error> {
        let number = desk.number;
        let changed = self.desk_change(desk, "return", |stored, draft| {
            let command = Command::Return {
                claim: desk.claim.clone(),
                reason: grounds.reason,
                note: grounds.note.clone(),
            };
            let refused = |refusal| Error::Refused { number, refusal };
            self.take_up_first(draft, desk).map_err(refused)?;
            draft.apply(command).map_err(refused)?;
            self.route_onward(stored, draft, Left::Returned)
        });
        changed.await.map(|changed| changed.case)
    }

    /// Hands the order to a unit.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn transfer(
        &self,
        desk: &DeskClaim,
        to: &UnitId,
        grounds: &Grounds,
    ) -> Result<Case, Error> {
        let number = desk.number;
        let unit = self.unit(to.as_str(), "to")?;
        let changed = self.desk_change(desk, "transfer", |stored, draft| {
            let command = Command::Transfer {
                claim: desk.claim.clone(),
                to: to.clone(),
                reason: grounds.reason,
                note: grounds.note.clone(),
            };
            let refused = |refusal| Error::Refused { number, refusal };
            self.take_up_first(draft, desk).map_err(refused)?;
            draft.apply(command).map_err(refused)?;
            let plan = with_subject(stored, &draft.case, |subject| {
                let standing = Standing::of(&draft.case, draft.at());
                self.planner
                    .to_unit(unit, subject, standing, &mut self.rng())
            })?;
            let nobody = || Error::NobodyLeft {
                number,
                unit: to.clone(),
            };
            let plan = plan.ok_or_else(nobody)?;
            draft.offer(Ok(plan)).map_err(refused)
        });
        changed.await.map(|changed| changed.case)
    }

    /// Sets the order aside.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn suspend(
        &self,
        desk: &DeskClaim,
        reason: &str,
        approved_by: &ActorId,
    ) -> Result<Case, Error> {
        let command = Command::Suspend {
            claim: desk.claim.clone(),
            reason: reason.to_owned(),
            approved_by: approved_by.clone(),
            until: None,
        };
        self.simple(desk, "suspend", command).await
    }

    /// Takes the order up again.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn resume(&self, desk: &DeskClaim) -> Result<Case, Error> {
        let number = desk.number;
        let changed = self.desk_change(desk, "resume", |_, draft| {
            let refused = |refusal| Error::Refused { number, refusal };
            self.resume_in(draft, Some(desk.claim.clone()))
                .map_err(refused)
        });
        changed.await.map(|changed| changed.case)
    }

    pub(crate) async fn simple(
        &self,
        desk: &DeskClaim,
        action: &'static str,
        command: Command,
    ) -> Result<Case, Error> {
        let number = desk.number;
        let changed = self.desk_change(desk, action, |_, draft| {
            let refused = |refusal| Error::Refused { number, refusal };
            draft.apply(command.clone()).map_err(refused)
        });
        changed.await.map(|changed| changed.case)
    }

    /// A change by a desk: counted, and where it is refused explained as well as can be.
    pub(crate) async fn desk_change<T>(
        &self,
        desk: &DeskClaim,
        action: &'static str,
        decide: impl Fn(&Stored, &mut Draft) -> Result<T, Error>,
    ) -> Result<Changed<T>, Error> {
        let team = &desk.claim.team;
        self.team(team.as_str(), "claim.team")?;
        match self.change(desk.number, Step::Desk(team), decide).await {
            Ok(changed) => {
                let new = changed.case.version != changed.stored.case.version;
                self.metrics
                    .action(action, if new { "ok" } else { "already" });
                Ok(changed)
            }
            Err(error) => {
                let error = self.explain_refusal(desk, error).await;
                self.metrics.action(action, error.label());
                Err(error)
            }
        }
    }

    /// A refusal may mean that the desk looks at something that is over: then that leaves its queue, and the answer
    /// says how it ended.
    async fn explain_refusal(&self, desk: &DeskClaim, error: Error) -> Error {
        let Error::Refused { number, refusal } = &error else {
            return error;
        };
        if !matches!(
            refusal,
            Refusal::StaleOffer { .. } | Refusal::NotNow { .. } | Refusal::NotOwner { .. }
        ) {
            return error;
        }
        if let Err(failure) = self.clear_leftover(desk).await {
            // The watch shows it once more, and the next try clears it.
            tracing::debug!(reason = failure.to_string(), "leftover not cleared");
        }
        let offer = desk.claim.offer;
        match self.store.journey(*number).await {
            Ok(journey) => match fate(&journey, offer) {
                Some(fate) => over(*number, offer, fate),
                None => error,
            },
            Err(_) => error,
        }
    }

    /// Takes an order out of the claiming team's queue if the case says that it is not theirs.
    async fn clear_leftover(&self, desk: &DeskClaim) -> Result<(), Error> {
        let Claim { team, offer, .. } = &desk.claim;
        let case = self.load(desk.number).await?.case;
        let helps = case
            .part(*offer)
            .is_some_and(|part| part.is_open() && part.team == *team);
        let is_theirs = helps
            || case
                .owner()
                .is_some_and(|owner| owner.no == *offer && owner.assignment.team == *team);
        if !is_theirs {
            self.store
                .settle(team, desk.number, *offer, Settle::Gone)
                .await?;
        }
        Ok(())
    }
}

fn over(number: CaseNumber, offer: OfferNo, fate: Fate) -> Error {
    Error::Over {
        number,
        offer,
        fate,
    }
}
