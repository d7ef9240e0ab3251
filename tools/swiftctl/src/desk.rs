//! `desk`: what a team does about its orders.

mod handling;
mod watch;

use clap::{Args, Subcommand};
use serde::Serialize;
use swiftline_domain::case::{Outcome, ReturnReason};
use swiftline_domain::id::{ActorId, TeamId, UnitId};
use swiftline_domain::number::CaseNumber;
use swiftline_proto::convert::to_wire;
use swiftline_proto::feedback::v1::ResolveRequest;
use swiftline_proto::intake::v1::GetCaseRequest;
use swiftline_proto::router::v1 as router;

use crate::case::{Actor, print, sentence};
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, heading};
use crate::view::{CaseView, ComplaintView, ContactView};
use crate::words::one_of;

/// Arguments of `desk`.
#[derive(Debug, Args)]
#[command(after_help = "\
Who signs first has the order. Everything else about it needs the number of the newest offer, so that a desk whose \
order has moved on cannot settle it; without --offer the case is looked up first.

Examples:
  swiftctl desk watch --team chaoyang-day
  swiftctl desk sign 07-0001234-8 --team chaoyang-day --actor worker-12
  swiftctl desk return 07-0001234-8 --team chaoyang-day --reason wrong_unit --note 'belongs to the water works'
  swiftctl desk call-helper 07-0001234-8 --team chaoyang-day --unit city-water
  swiftctl desk ask-extension 07-0001234-8 --team chaoyang-day --more 5d --reason 'the part comes on Friday'
  swiftctl desk resolve 07-0001234-8 --team chaoyang-day --outcome solved --note 'pipe replaced'

SWIFTCTL_TEAM and SWIFTCTL_ACTOR save repeating --team and --actor.")]
pub(crate) struct DeskArgs {
    #[command(subcommand)]
    command: DeskCommand,
}

#[derive(Debug, Subcommand)]
enum DeskCommand {
    /// Prints the orders that wait for a team, the most pressing first, then each new one as it comes
    Watch(watch::WatchArgs),
    /// Takes an order, and prints the complaint and whom to call
    Sign(Claim),
    /// Gives an order back; it is offered to the next unit
    Return {
        #[command(flatten)]
        claim: Claim,
        #[command(flatten)]
        why: Why,
    },
    /// Hands an order to a named unit
    Transfer {
        #[command(flatten)]
        claim: Claim,
        /// The unit
        #[arg(long)]
        to: UnitId,
        #[command(flatten)]
        why: Why,
    },
    /// Sets an order aside with somebody's approval; its clock stands still
    Suspend {
        #[command(flatten)]
        claim: Claim,
        /// Why, in words
        #[arg(long)]
        reason: String,
        /// Who approved, by an opaque id; not the one who asks
        #[arg(long)]
        approved_by: ActorId,
    },
    /// Takes an order up again
    Resume(Claim),
    /// Reports the result of an order
    Resolve {
        #[command(flatten)]
        claim: Claim,
        /// What came of it
        #[arg(long, value_parser = one_of!(Outcome))]
        outcome: Outcome,
        /// In your words, at most 2,000 characters
        #[arg(long, default_value = "")]
        note: String,
    },
    #[command(flatten)]
    Handling(handling::HandlingCommand),
}

/// Who acts on which offer.
#[derive(Debug, Args)]
struct Claim {
    /// The case's number, such as 07-0001234-8
    number: CaseNumber,
    /// The team
    #[arg(long, env = "SWIFTCTL_TEAM")]
    team: TeamId,
    /// The offer's number; without it, the case's newest
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    offer: Option<u32>,
    #[command(flatten)]
    actor: Actor,
}

/// Why a team gives an order away.
#[derive(Debug, Args)]
struct Why {
    /// Why
    #[arg(long, value_parser = one_of!(ReturnReason))]
    reason: ReturnReason,
    /// In your words, at most 2,000 characters
    #[arg(long, default_value = "")]
    note: String,
}

impl Claim {
    async fn on(self, mesh: &Mesh) -> Result<Option<router::Claim>, Failure> {
        let offer = match self.offer {
            Some(offer) => offer,
            None => newest_offer(self.number, mesh).await?,
        };
        Ok(Some(router::Claim {
            case_number: self.number.to_string(),
            team: self.team.to_string(),
            offer,
            actor: self.actor.id.to_string(),
        }))
    }
}

async fn newest_offer(number: CaseNumber, mesh: &Mesh) -> Result<u32, Failure> {
    let request = mesh.request(GetCaseRequest {
        case_number: number.to_string(),
    });
    let case = mesh
        .call(Peer::Intake, mesh.intake()?.get_case(request))
        .await?
        .case
        .unwrap_or_default();
    match &case.offer {
        Some(offer) => Ok(offer.no),
        None => Err(Failure::Failed(format!(
            "{}; it has not been offered to anybody",
            sentence(&case.into())
        ))),
    }
}

/// Runs a command of a desk.
///
/// # Errors
/// When a service refuses it or is not there.
pub(crate) async fn run(args: DeskArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    match args.command {
        DeskCommand::Watch(args) => watch::run(args, mesh, out).await,
        DeskCommand::Handling(command) => handling::run(command, mesh, out).await,
        DeskCommand::Sign(claim) => sign(claim, mesh, out).await,
        DeskCommand::Return { claim, why } => {
            let claim = claim.on(mesh).await?;
            let request = router::ReturnRequest {
                claim,
                reason: to_wire(why.reason),
                note: why.note,
            };
            let answer = mesh
                .call(Peer::Router, mesh.desk()?.r#return(mesh.request(request)))
                .await?;
            print(answer.case, out)
        }
        DeskCommand::Transfer { claim, to, why } => {
            let (claim, to) = (claim.on(mesh).await?, to.to_string());
            let request = router::TransferRequest {
                claim,
                to,
                reason: to_wire(why.reason),
                note: why.note,
            };
            let answer = mesh
                .call(Peer::Router, mesh.desk()?.transfer(mesh.request(request)))
                .await?;
            print(answer.case, out)
        }
        DeskCommand::Suspend {
            claim,
            reason,
            approved_by,
        } => {
            let (claim, approved_by) = (claim.on(mesh).await?, approved_by.to_string());
            let request = router::SuspendRequest {
                claim,
                reason,
                approved_by,
            };
            let answer = mesh
                .call(Peer::Router, mesh.desk()?.suspend(mesh.request(request)))
                .await?;
            print(answer.case, out)
        }
        DeskCommand::Resume(claim) => {
            let request = router::ResumeRequest {
                claim: claim.on(mesh).await?,
            };
            let answer = mesh
                .call(Peer::Router, mesh.desk()?.resume(mesh.request(request)))
                .await?;
            print(answer.case, out)
        }
        DeskCommand::Resolve {
            claim,
            outcome,
            note,
        } => {
            let request = ResolveRequest {
                claim: claim.on(mesh).await?,
                outcome: to_wire(outcome),
                note,
            };
            let answer = mesh
                .call(
                    Peer::Feedback,
                    mesh.feedback()?.resolve(mesh.request(request)),
                )
                .await?;
            print(answer.case, out)
        }
    }
}

/// A signed order.
#[derive(Debug, Serialize)]
struct SignedView {
    #[serde(flatten)]
    case: CaseView,
    complaint: Option<ComplaintView>,
    contact: Option<ContactView>,
    already: bool,
}

async fn sign(claim: Claim, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = router::SignRequest {
        claim: claim.on(mesh).await?,
    };
    let answer = mesh
        .call(Peer::Router, mesh.desk()?.sign(mesh.request(request)))
        .await?;
    let signed = SignedView {
        case: answer.case.unwrap_or_default().into(),
        complaint: answer.complaint.map(Into::into),
        contact: answer.contact.map(Into::into),
        already: answer.already,
    };
    out.one(&signed, |screen| draw_signed(&signed, screen))
}

fn draw_signed(signed: &SignedView, screen: &Screen) -> String {
    let mut text = sentence(&signed.case);
    if signed.already {
        text.push_str("; you had signed before");
    }
    if let Some(complaint) = &signed.complaint {
        text.push_str(&heading("Complaint"));
        text.push_str(&crate::case::draw_complaint(complaint, screen));
    }
    if let Some(contact) = &signed.contact {
        text.push_str(&heading("Contact"));
        text.push_str(&contact.draw(screen));
    }
    text
}
