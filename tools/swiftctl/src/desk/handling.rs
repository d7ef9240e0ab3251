//! What goes on at a desk between signing and the result: notes, requests, helpers.

use clap::Subcommand;
use jiff::Timestamp;
use swiftline_domain::city::Term;
use swiftline_domain::id::UnitId;
use swiftline_proto::convert::timestamp;
use swiftline_proto::router::v1 as router;

use super::Claim;
use crate::case::print;
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::Out;

#[derive(Debug, Subcommand)]
pub(super) enum HandlingCommand {
    /// Tells how an order goes on; a helper names its sub-order with --offer
    Note {
        #[command(flatten)]
        claim: Claim,
        /// In your words, at most 2,000 characters
        #[arg(long)]
        note: String,
        /// Address of a picture or paper; may be repeated
        #[arg(long = "attachment", value_name = "URL")]
        attachments: Vec<String>,
    },
    /// Asks for more time; somebody else decides with `case decide`
    AskExtension {
        #[command(flatten)]
        claim: Claim,
        /// How much more: 5d (working days where the clock counts those), 48h, 90m
        #[arg(long)]
        more: Term,
        /// Why, in words
        #[arg(long)]
        reason: String,
    },
    /// Asks to set an order aside; its clock stands still once somebody else has approved
    AskSuspension {
        #[command(flatten)]
        claim: Claim,
        /// When it is taken up again by itself, such as 2026-12-01T09:00:00+08:00; without it, when you resume it
        #[arg(long)]
        until: Option<Timestamp>,
        /// Why, in words
        #[arg(long)]
        reason: String,
    },
    /// Calls a unit to help with an order of yours
    CallHelper {
        #[command(flatten)]
        claim: Claim,
        /// The unit
        #[arg(long)]
        unit: UnitId,
    },
    /// Says that a helper's part is done; --offer is the sub-order's number
    FinishPart {
        #[command(flatten)]
        claim: Claim,
        /// There is nothing for your unit to do
        #[arg(long)]
        declined: bool,
        /// In your words, at most 2,000 characters
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Does without a helper
    DropPart {
        #[command(flatten)]
        claim: Claim,
        /// The sub-order's number
        #[arg(long)]
        part: u32,
        /// In your words, at most 2,000 characters
        #[arg(long, default_value = "")]
        note: String,
    },
}

pub(super) async fn run(command: HandlingCommand, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let mut client = mesh.handling()?;
    let case = match command {
        HandlingCommand::Note {
            claim,
            note,
            attachments,
        } => {
            let claim = claim.on(mesh).await?;
            let request = mesh.request(router::NoteRequest {
                claim,
                note,
                attachments,
            });
            mesh.call(Peer::Router, client.note(request)).await?.case
        }
        HandlingCommand::AskExtension {
            claim,
            more,
            reason,
        } => {
            let claim = claim.on(mesh).await?;
            let request = mesh.request(router::AskExtensionRequest {
                claim,
                more: more.to_string(),
                reason,
            });
            let asked = mesh.call(Peer::Router, client.ask_extension(request));
            asked.await?.case
        }
        HandlingCommand::AskSuspension {
            claim,
            until,
            reason,
        } => {
            let claim = claim.on(mesh).await?;
            let request = mesh.request(router::AskSuspensionRequest {
                claim,
                until: until.map(timestamp),
                reason,
            });
            let asked = mesh.call(Peer::Router, client.ask_suspension(request));
            asked.await?.case
        }
        HandlingCommand::CallHelper { claim, unit } => {
            let claim = claim.on(mesh).await?;
            let unit = unit.to_string();
            let request = mesh.request(router::CallHelperRequest { claim, unit });
            let called = mesh.call(Peer::Router, client.call_helper(request));
            called.await?.case
        }
        HandlingCommand::FinishPart {
            claim,
            declined,
            note,
        } => {
            let claim = claim.on(mesh).await?;
            let request = mesh.request(router::FinishPartRequest {
                claim,
                declined,
                note,
            });
            let finished = mesh.call(Peer::Router, client.finish_part(request));
            finished.await?.case
        }
        HandlingCommand::DropPart { claim, part, note } => {
            let claim = claim.on(mesh).await?;
            let request = mesh.request(router::DropPartRequest { claim, part, note });
            let dropped = mesh.call(Peer::Router, client.drop_part(request));
            dropped.await?.case
        }
    };
    print(case, out)
}
