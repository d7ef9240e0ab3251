//! `case`: one case, looked at and decided.

mod decide;
mod explain;
mod show;

use clap::{Args, Subcommand, ValueEnum};
use swiftline_domain::case::{CloseReason, ReopenReason};
use swiftline_domain::id::{ActorId, CategoryId, UnitId};
use swiftline_domain::number::CaseNumber;
use swiftline_proto::convert::to_wire;
use swiftline_proto::feedback::v1::{CloseRequest, RecordCallbackRequest, ReopenRequest};
use swiftline_proto::router::v1::DispatchRequest;
use swiftline_proto::types::v1 as wire;

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, clean};
use crate::view::{CaseView, OfferView};
use crate::words::one_of;

pub(crate) use show::{draw_complaint, draw_journey};

/// Arguments of `case`.
#[derive(Debug, Args)]
#[command(after_help = "\
A case number is read as people say it: dashes and spaces do not matter, and its last digit tells a misheard one.

Examples:
  swiftctl case show 07-0001234-8
  swiftctl case explain --text 'Burst pipe, water in the street' --lat 39.91 --lon 116.41
  swiftctl case dispatch 07-0001234-8 --category utilities.water_supply --actor dispatcher-3
  swiftctl case merge 07-0001234-8 --into 03-0000042-5 --actor dispatcher-3
  swiftctl case callback 07-0001234-8 --reached yes --contacted yes --solved no --satisfied no")]
pub(crate) struct CaseArgs {
    #[command(subcommand)]
    command: CaseCommand,
}

#[derive(Debug, Subcommand)]
enum CaseCommand {
    /// Where a case stands
    Show(Number),
    /// Everything that has happened to a case, in order
    Journey(Number),
    /// Why a case went where it went; with --text, where a complaint would go
    Explain(explain::ExplainArgs),
    /// Decides about a case in triage: its category, its unit, or both
    Dispatch(Dispatch),
    /// Finishes a case without an answer
    Close(Close),
    /// Takes a case up again
    Reopen(Reopen),
    /// Records what the citizen answered when called back
    #[command(
        after_help = "A satisfied citizen closes the case; one whose matter is not solved, or who is not satisfied, reopens it as the \
                      city pack says."
    )]
    Callback(CallbackArgs),
    #[command(flatten)]
    Decide(decide::DecideCommand),
}

#[derive(Debug, Args)]
struct Number {
    /// The case's number, such as 07-0001234-8
    number: CaseNumber,
}

/// Who acts.
#[derive(Debug, Args)]
pub(crate) struct Actor {
    /// Who acts, by an opaque id
    #[arg(long = "actor", default_value = "desk-1", env = "SWIFTCTL_ACTOR")]
    pub(crate) id: ActorId,
}

#[derive(Debug, Args)]
struct Dispatch {
    #[command(flatten)]
    case: Number,
    /// What it is about; without it, the category stays as it is
    #[arg(long, required_unless_present = "unit")]
    category: Option<CategoryId>,
    /// Whose it is; without it, the rules decide by the category
    #[arg(long)]
    unit: Option<UnitId>,
    #[command(flatten)]
    actor: Actor,
}

#[derive(Debug, Args)]
struct Close {
    #[command(flatten)]
    case: Number,
    /// Why
    #[arg(long, default_value = "supervisor", value_parser = one_of!(CloseReason))]
    reason: CloseReason,
    #[command(flatten)]
    actor: Actor,
}

#[derive(Debug, Args)]
struct Reopen {
    #[command(flatten)]
    case: Number,
    /// Why
    #[arg(long, value_parser = one_of!(ReopenReason))]
    reason: ReopenReason,
    #[command(flatten)]
    actor: Actor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Answer {
    Yes,
    No,
}

impl From<Answer> for bool {
    fn from(answer: Answer) -> Self {
        answer == Answer::Yes
    }
}

#[derive(Debug, Args)]
struct CallbackArgs {
    #[command(flatten)]
    case: Number,
    /// Did somebody answer the call?
    #[arg(long)]
    reached: Answer,
    /// Were you contacted by the team?
    #[arg(long)]
    contacted: Option<Answer>,
    /// Was it solved?
    #[arg(long)]
    solved: Option<Answer>,
    /// Are you satisfied?
    #[arg(long)]
    satisfied: Option<Answer>,
    #[command(flatten)]
    actor: Actor,
}

/// Runs a command about one case.
///
/// # Errors
/// When a service refuses it or is not there.
pub(crate) async fn run(args: CaseArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    match args.command {
        CaseCommand::Show(case) => show::show(case.number, mesh, out).await,
        CaseCommand::Journey(case) => show::journey(case.number, mesh, out).await,
        CaseCommand::Explain(args) => explain::run(args, mesh, out).await,
        CaseCommand::Dispatch(args) => dispatch(args, mesh, out).await,
        CaseCommand::Close(args) => close(args, mesh, out).await,
        CaseCommand::Reopen(args) => reopen(args, mesh, out).await,
        CaseCommand::Callback(args) => callback(args, mesh, out).await,
        CaseCommand::Decide(command) => decide::run(command, mesh, out).await,
    }
}

async fn dispatch(args: Dispatch, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let number = args.case.number;
    let request = DispatchRequest {
        case_number: number.to_string(),
        category: args.category.map(|id| id.to_string()).unwrap_or_default(),
        unit: args.unit.map(|id| id.to_string()).unwrap_or_default(),
        actor: args.actor.id.to_string(),
    };
    let answer = mesh
        .call(Peer::Router, mesh.router()?.dispatch(mesh.request(request)))
        .await?;
    let offer = OfferView::from(answer.offer.unwrap_or_default());
    out.one(&offer, |_| {
        let OfferView {
            offer, team, unit, ..
        } = &offer;
        clean(&format!(
            "{number} is offered to team {team} of unit {unit} (offer {offer})"
        ))
    })
}

async fn close(args: Close, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(CloseRequest {
        case_number: args.case.number.to_string(),
        reason: to_wire(args.reason),
        actor: args.actor.id.to_string(),
    });
    print(
        mesh.call(Peer::Feedback, mesh.feedback()?.close(request))
            .await?
            .case,
        out,
    )
}

async fn reopen(args: Reopen, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(ReopenRequest {
        case_number: args.case.number.to_string(),
        reason: to_wire(args.reason),
        actor: args.actor.id.to_string(),
    });
    print(
        mesh.call(Peer::Feedback, mesh.feedback()?.reopen(request))
            .await?
            .case,
        out,
    )
}

async fn callback(args: CallbackArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(RecordCallbackRequest {
        case_number: args.case.number.to_string(),
        callback: Some(wire::Callback {
            reached: args.reached.into(),
            contacted: args.contacted.map(bool::from),
            solved: args.solved.map(bool::from),
            satisfied: args.satisfied.map(bool::from),
        }),
        actor: args.actor.id.to_string(),
        via: 0,
    });
    print(
        mesh.call(Peer::Feedback, mesh.feedback()?.record_callback(request))
            .await?
            .case,
        out,
    )
}

/// Prints what a command has made of a case.
pub(crate) fn print(case: Option<wire::Case>, out: &Out) -> Result<(), Failure> {
    let case = CaseView::from(case.unwrap_or_default());
    out.one(&case, |_| sentence(&case))
}

/// Where the case stands now, in one line.
pub(crate) fn sentence(case: &CaseView) -> String {
    let state = case.state.as_deref().unwrap_or("in an unknown state");
    let mut text = format!("{} is {state}", case.case_number);
    if let Some(offer) = &case.offer
        && matches!(state, "offered" | "signed" | "suspended")
    {
        text.push_str(&format!(
            ", with team {} of unit {} (offer {})",
            offer.team, offer.unit, offer.offer
        ));
    }
    if let Some(lead) = case.merged_into.as_ref().filter(|_| state == "merged") {
        text.push_str(&format!(" into {lead}"));
    }
    let helpers = case.parts.iter().filter(|part| part.end.is_none()).count();
    if helpers > 0 {
        text.push_str(&format!(", {helpers} sub-order(s) open"));
    }
    if let Some(entry) = &case.answered {
        let by = if state == "answered" {
            ""
        } else {
            ", answered"
        };
        text.push_str(&format!("{by} by entry {entry} of the knowledge base"));
    }
    if let Some(outcome) = &case.outcome {
        text.push_str(&format!(", outcome {outcome}"));
    }
    if let Some(request) = &case.request {
        text.push_str(&format!("; {} asks for {}", request.by, request.ask));
    }
    if case.supervision.is_some() {
        text.push_str("; supervision looks after it");
    }
    clean(&text)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: CaseArgs,
    }

    fn parse(line: &str) -> Result<CaseCommand, clap::Error> {
        Line::try_parse_from(line.split(' ')).map(|line| line.args.command)
    }

    #[test]
    fn a_misheard_number_is_refused_before_anybody_is_called() {
        let error = parse("case show 07-0001234-0").unwrap_err().to_string();
        assert!(
            error.contains("the check digit does not fit, please read it again"),
            "{error}"
        );
    }

    #[test]
    fn a_dispatch_says_at_least_one_thing() {
        let number = CaseNumber::new(swiftline_domain::number::Partition(7), 1_234).unwrap();
        assert!(parse(&format!("case dispatch {number}")).is_err());
        assert!(parse(&format!("case dispatch {number} --unit u")).is_ok());
        assert!(parse(&format!("case dispatch {number} --unit u!")).is_err());
    }

    #[test]
    fn the_owner_is_named_only_while_there_is_one() {
        let offer = wire::Offer {
            no: 2,
            assignment: Some(wire::Assignment {
                unit: "u".into(),
                team: "t".into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let mut case = wire::Case {
            number: "n".into(),
            offer: Some(offer),
            ..Default::default()
        };
        case.set_state(wire::State::Signed);
        assert_eq!(
            sentence(&case.clone().into()),
            "n is signed, with team t of unit u (offer 2)"
        );
        case.set_state(wire::State::Resolved);
        case.set_outcome(wire::Outcome::PartlySolved);
        assert_eq!(
            sentence(&case.into()),
            "n is resolved, outcome partly_solved"
        );
    }
}
