//! What is decided about a case without its desk: issues, withdrawal, requests, triage, supervision.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;
use swiftline_domain::case::TriageReason;
use swiftline_domain::number::CaseNumber;
use swiftline_proto::router::v1 as router;

use super::{Actor, Number, print, sentence};
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, cell};
use crate::view::{CaseView, time};
use crate::words::word;

#[derive(Debug, Subcommand)]
pub(super) enum DecideCommand {
    /// Makes a case part of another's issue: it waits for that case's result and keeps its clock, callback and score
    Merge {
        #[command(flatten)]
        case: Number,
        /// The case that the issue is kept under
        #[arg(long)]
        into: CaseNumber,
        #[command(flatten)]
        actor: Actor,
    },
    /// Takes a case out of its issue; it is offered again
    Separate(Decided),
    /// Takes a case back for the citizen
    Withdraw(Decided),
    /// Approves or declines what the case's team has asked for
    Decide {
        #[command(flatten)]
        case: Number,
        /// Decline; without it, approve
        #[arg(long)]
        decline: bool,
        /// In your words, at most 2,000 characters
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        actor: Actor,
    },
    /// The cases that a person must send somewhere, those that have waited longest first
    Triage,
    /// The cases that supervision looks after, the oldest first
    Supervised,
    /// Puts a case before supervision
    Supervise(Decided),
    /// Says what supervision has done about a case
    Release {
        #[command(flatten)]
        case: Number,
        /// In your words, at most 2,000 characters
        #[arg(long)]
        note: String,
        #[command(flatten)]
        actor: Actor,
    },
}

#[derive(Debug, Args)]
pub(super) struct Decided {
    #[command(flatten)]
    case: Number,
    #[command(flatten)]
    actor: Actor,
}

impl Decided {
    fn words(&self) -> (String, String) {
        (self.case.number.to_string(), self.actor.id.to_string())
    }
}

pub(super) async fn run(command: DecideCommand, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let mut client = mesh.handling()?;
    let case = match command {
        DecideCommand::Merge { case, into, actor } => {
            let request = mesh.request(router::MergeRequest {
                case_number: case.number.to_string(),
                into: into.to_string(),
                actor: actor.id.to_string(),
            });
            mesh.call(Peer::Router, client.merge(request)).await?.case
        }
        DecideCommand::Separate(decided) => {
            let (case_number, actor) = decided.words();
            let request = mesh.request(router::SeparateRequest { case_number, actor });
            let separated = mesh.call(Peer::Router, client.separate(request));
            separated.await?.case
        }
        DecideCommand::Withdraw(decided) => {
            let (case_number, actor) = decided.words();
            let request = mesh.request(router::WithdrawRequest { case_number, actor });
            let withdrawn = mesh.call(Peer::Router, client.withdraw(request));
            withdrawn.await?.case
        }
        DecideCommand::Decide {
            case,
            decline,
            note,
            actor,
        } => {
            let request = mesh.request(router::DecideRequestRequest {
                case_number: case.number.to_string(),
                approve: !decline,
                actor: actor.id.to_string(),
                note,
            });
            let decided = mesh.call(Peer::Router, client.decide_request(request));
            decided.await?.case
        }
        DecideCommand::Triage => return triage(mesh, out).await,
        DecideCommand::Supervised => return supervised(mesh, out).await,
        DecideCommand::Supervise(decided) => {
            let (case_number, actor) = decided.words();
            let request = mesh.request(router::SuperviseRequest { case_number, actor });
            let supervised = mesh.call(Peer::Router, client.supervise(request));
            supervised.await?.case
        }
        DecideCommand::Release { case, note, actor } => {
            let request = mesh.request(router::ReleaseRequest {
                case_number: case.number.to_string(),
                actor: actor.id.to_string(),
                note,
            });
            mesh.call(Peer::Router, client.release(request)).await?.case
        }
    };
    print(case, out)
}

/// A case in triage: since when, why, and the case.
#[derive(Debug, Serialize)]
struct TriageView {
    since: Option<Timestamp>,
    reason: Option<String>,
    #[serde(flatten)]
    case: CaseView,
}

impl From<router::TriageItem> for TriageView {
    fn from(item: router::TriageItem) -> Self {
        Self {
            since: time(item.since),
            reason: word::<TriageReason>(item.reason),
            case: item.case.unwrap_or_default().into(),
        }
    }
}

async fn triage(mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(router::ListTriageRequest { limit: 0 });
    let mut client = mesh.handling()?;
    let listed = mesh.call(Peer::Router, client.list_triage(request));
    let cases: Vec<TriageView> = listed.await?.items.into_iter().map(Into::into).collect();
    out.rows(&cases, |screen| {
        if cases.is_empty() {
            return "no case is in triage".to_owned();
        }
        let row = |waits: &TriageView| {
            let what = waits.case.classification.as_ref();
            [
                Some(waits.case.case_number.clone()),
                waits.since.map(|at| screen.when(at)),
                waits.reason.clone(),
                what.and_then(|what| what.category.clone()),
                what.and_then(|what| what.place.clone()),
            ]
            .map(|word| cell(&word.unwrap_or_default()))
            .to_vec()
        };
        screen.table(
            &["case", "since", "why", "category", "place"],
            cases.iter().map(row),
        )
    })
}

async fn supervised(mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(router::ListSupervisedRequest { limit: 0 });
    let mut client = mesh.handling()?;
    let listed = mesh.call(Peer::Router, client.list_supervised(request));
    let cases: Vec<CaseView> = listed.await?.cases.into_iter().map(Into::into).collect();
    out.rows(&cases, |screen| {
        if cases.is_empty() {
            return "supervision looks after no case".to_owned();
        }
        let row = |case: &CaseView| {
            let looked = case.supervision.as_ref();
            let since = looked.and_then(|it| it.since).map(|at| screen.when(at));
            let why = looked.and_then(|it| it.reason.clone());
            [since, why, case.answerable.clone(), Some(sentence(case))]
                .map(|word| cell(&word.unwrap_or_default()))
                .to_vec()
        };
        screen.table(
            &["since", "why", "answerable", "case"],
            cases.iter().map(row),
        )
    })
}
