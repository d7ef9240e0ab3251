//! `deadletters`: log entries that could not be handled, and putting them back.

use clap::{Args, Subcommand};
use comfy_table::Cell;
use jiff::Timestamp;
use serde::Serialize;
use swiftline_proto::router::v1::{DeadLetter, ListDeadLettersRequest, RedriveRequest};

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, clean, maybe};
use crate::view::time;
use crate::words::{count, some, trace_id};

/// Arguments of `deadletters`.
#[derive(Debug, Args)]
#[command(after_help = "\
An entry of the case log that a service could not handle, however often it tried, is set aside with its reason and its \
trace, so that it holds up nothing. When the cause is mended, put it back: handling it twice changes nothing.

Examples:
  swiftctl deadletters list
  swiftctl deadletters show ID
  swiftctl deadletters redrive ID
  swiftctl deadletters redrive --all")]
pub(crate) struct DeadLettersArgs {
    #[command(subcommand)]
    command: DeadLettersCommand,
}

#[derive(Debug, Subcommand)]
enum DeadLettersCommand {
    /// Lists them, the oldest first
    List {
        /// At most so many
        #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Shows one in full
    Show {
        /// Its id, as listed
        id: String,
    },
    /// Puts them back for the group that could not handle them
    Redrive {
        /// Their ids, as listed
        #[arg(
            required_unless_present = "all",
            conflicts_with = "all",
            value_name = "ID"
        )]
        ids: Vec<String>,
        /// All of them
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Serialize)]
struct LetterView {
    id: String,
    group: String,
    case_number: Option<String>,
    reason: String,
    attempts: u32,
    at: Option<Timestamp>,
    trace_id: Option<String>,
    bytes: u64,
}

impl From<DeadLetter> for LetterView {
    fn from(letter: DeadLetter) -> Self {
        Self {
            id: letter.id,
            group: letter.group,
            case_number: some(letter.case_number),
            reason: letter.reason,
            attempts: letter.attempts,
            at: time(letter.at),
            trace_id: trace_id(&letter.trace_parent),
            bytes: letter.bytes,
        }
    }
}

#[derive(Debug, Serialize)]
struct RedrivenView {
    redriven: u64,
}

/// Runs a command about dead letters.
///
/// # Errors
/// When there is no such letter, or the router is not there.
pub(crate) async fn run(args: DeadLettersArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    match args.command {
        DeadLettersCommand::List { limit } => {
            let letters = list(mesh, String::new(), limit).await?;
            out.rows(&letters, |screen| draw(&letters, screen))
        }
        DeadLettersCommand::Show { id } => {
            let letters = list(mesh, id.clone(), 1).await?;
            let Some(letter) = letters.into_iter().find(|letter| letter.id == id) else {
                return Err(Failure::Failed(format!(
                    "there is no dead letter {id:?}; `deadletters list` lists them"
                )));
            };
            out.one(&letter, |screen| draw_one(&letter, screen))
        }
        DeadLettersCommand::Redrive { ids, all: _ } => redrive(ids, mesh, out).await,
    }
}

async fn list(mesh: &Mesh, id: String, limit: u32) -> Result<Vec<LetterView>, Failure> {
    let request = mesh.request(ListDeadLettersRequest { id, limit });
    let answer = mesh
        .call(Peer::Router, mesh.operations()?.list_dead_letters(request))
        .await?;
    Ok(answer.letters.into_iter().map(LetterView::from).collect())
}

async fn redrive(ids: Vec<String>, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let asked = ids.len() as u64;
    let request = mesh.request(RedriveRequest { ids });
    let redriven = mesh
        .call(Peer::Router, mesh.operations()?.redrive(request))
        .await?
        .redriven;
    out.one(&RedrivenView { redriven }, |_| {
        format!("{} put back", count(redriven))
    })?;
    if redriven < asked {
        return Err(Failure::Failed(format!(
            "{} of them are not there (any more)",
            count(asked - redriven)
        )));
    }
    Ok(())
}

fn draw(letters: &[LetterView], screen: &Screen) -> String {
    if letters.is_empty() {
        return "no dead letters".to_owned();
    }
    let header = ["id", "group", "case", ">tried", ">bytes", "at", "~reason"];
    let row = |letter: &LetterView| {
        vec![
            cell(&letter.id),
            cell(&letter.group),
            maybe(letter.case_number.as_deref()),
            Cell::new(letter.attempts),
            Cell::new(count(letter.bytes)),
            maybe(letter.at.map(|at| screen.time(at)).as_deref()),
            cell(&letter.reason),
        ]
    };
    screen.table(&header, letters.iter().map(row))
}

fn draw_one(letter: &LetterView, screen: &Screen) -> String {
    screen.pairs(&[
        ("id", Some(letter.id.clone())),
        ("group", Some(letter.group.clone())),
        ("case", letter.case_number.clone()),
        ("reason", Some(clean(&letter.reason))),
        ("tried", Some(letter.attempts.to_string())),
        ("at", letter.at.map(|at| screen.when(at))),
        ("trace", letter.trace_id.clone()),
        ("size", Some(format!("{} bytes", count(letter.bytes)))),
    ])
}
