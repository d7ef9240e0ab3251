//! `archive`: cases that are no longer in Redis: found, citizens erased from them, old months dropped.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Map, Value};
use swiftline_domain::id::ActorId;
use swiftline_domain::number::CaseNumber;
use swiftline_proto::feedback::v1::column::Value as Cell;
use swiftline_proto::feedback::v1::{
    Column, EraseRequest, EraseResponse, FindRequest, FindResponse, RetainRequest, RetainResponse,
};

use crate::case::{Actor, draw_journey, sentence};
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, clean, heading};
use crate::view::{CaseView, StepView, steps, time};
use crate::words;

/// Erasing goes through every month, dropping writes sums: both may take so much longer than a call does.
const PATIENCE: Duration = Duration::from_mins(10);

/// Arguments of `archive`.
#[derive(Debug, Args)]
#[command(after_help = "\
The archive has every case that ended some time ago, without texts, notes and contacts. `case show` and `case journey` look \
there by themselves; `query` asks it in SQL. Who looks, erases and drops is logged, with the reason: a code or a reference \
that names nobody.

Examples:
  swiftctl archive find 07-0001234-8
  swiftctl archive erase 07-0001234-8 03-0000042-5 --actor officer-2 --reason request-118
  swiftctl archive retain --keep-months 60 --dry-run --actor officer-2 --reason law-7")]
pub(crate) struct ArchiveArgs {
    #[command(subcommand)]
    command: ArchiveCommand,
}

#[derive(Debug, Subcommand)]
enum ArchiveCommand {
    /// A case that has ended: its row, and everything that happened to it
    Find {
        /// The case's number, such as 07-0001234-8
        number: CaseNumber,
        #[command(flatten)]
        actor: Actor,
    },
    /// Forgets who asked: the citizens of these cases are taken out of every case of theirs; scores stay
    Erase {
        /// Cases of the citizens, at most 100
        #[arg(required = true, num_args = 1..=100)]
        numbers: Vec<CaseNumber>,
        #[command(flatten)]
        why: Why,
    },
    /// Drops old months; the sums of their cases stay
    Retain {
        /// How many months to keep, the running one not counted
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
        keep_months: u32,
        /// Only say which months would be dropped
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        why: Why,
    },
}

/// Who changes the archive, and why.
#[derive(Debug, Args)]
struct Why {
    /// Who acts, by an opaque id
    #[arg(long, env = "SWIFTCTL_ACTOR")]
    actor: ActorId,
    /// Why: a code or a reference that names nobody, such as request-118
    #[arg(long)]
    reason: ActorId,
}

/// A case out of the archive.
#[derive(Debug, Serialize)]
struct Archived {
    /// The columns that hold something, in the order of the table.
    #[serde(flatten)]
    row: Map<String, Value>,
    /// Whether it is still known, as a pseudonym, who asked.
    caller_known: bool,
    journey: Vec<StepView>,
    #[serde(skip)]
    sentence: String,
}

impl From<FindResponse> for Archived {
    fn from(found: FindResponse) -> Self {
        Self {
            row: found.row.into_iter().filter_map(named).collect(),
            caller_known: found.caller_known,
            journey: steps(found.journey),
            sentence: sentence(&CaseView::from(found.case.unwrap_or_default())),
        }
    }
}

fn named(column: Column) -> Option<(String, Value)> {
    let value = match column.value? {
        Cell::Text(text) | Cell::Day(text) => text.into(),
        Cell::Time(at) => time(Some(at))?.to_string().into(),
        Cell::Flag(flag) => flag.into(),
        Cell::Count(count) => count.into(),
    };
    Some((column.name, value))
}

#[derive(Debug, Serialize)]
struct Erased {
    rows: u64,
    unknown: Vec<String>,
    live: Vec<String>,
}

impl From<EraseResponse> for Erased {
    fn from(answer: EraseResponse) -> Self {
        Self {
            rows: answer.rows,
            unknown: answer.unknown,
            live: answer.live,
        }
    }
}

#[derive(Debug, Serialize)]
struct Dropped {
    month: String,
    dry_run: bool,
}

/// Runs a command about the archive.
///
/// # Errors
/// When feedback refuses it, keeps no archive or is not there.
pub(crate) async fn run(args: ArchiveArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    match args.command {
        ArchiveCommand::Find { number, actor } => {
            let request = mesh.request(FindRequest {
                case_number: number.to_string(),
                actor: actor.id.to_string(),
            });
            let mut client = mesh.archive()?;
            let found = mesh.call(Peer::Feedback, client.find(request)).await?;
            let found = Archived::from(found);
            out.one(&found, |screen| draw(&found, screen))
        }
        ArchiveCommand::Erase { numbers, why } => {
            let mesh = mesh.with_patience(PATIENCE);
            let request = mesh.request(EraseRequest {
                case_numbers: numbers.iter().map(ToString::to_string).collect(),
                actor: why.actor.to_string(),
                reason: why.reason.to_string(),
            });
            let mut client = mesh.archive()?;
            let erased = mesh.call(Peer::Feedback, client.erase(request)).await?;
            let erased = Erased::from(erased);
            out.one(&erased, |_| draw_erased(&erased))
        }
        ArchiveCommand::Retain {
            keep_months,
            dry_run,
            why,
        } => {
            let mesh = mesh.with_patience(PATIENCE);
            let request = mesh.request(RetainRequest {
                keep_months,
                dry_run,
                actor: why.actor.to_string(),
                reason: why.reason.to_string(),
            });
            let mut client = mesh.archive()?;
            let answer = mesh.call(Peer::Feedback, client.retain(request)).await?;
            print_dropped(answer, dry_run, out)
        }
    }
}

fn draw(found: &Archived, screen: &Screen) -> String {
    let value = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let mut pairs: Vec<(&str, Option<String>)> = found
        .row
        .iter()
        .map(|(name, of)| (name.as_str(), Some(value(of))))
        .collect();
    let known = if found.caller_known { "yes" } else { "no" };
    pairs.push(("caller known", Some(known.to_owned())));
    let mut text = found.sentence.clone();
    text.push('\n');
    text.push_str(&screen.pairs(&pairs));
    if !found.journey.is_empty() {
        text.push_str(&heading("Journey"));
        text.push_str(&draw_journey(&found.journey, screen));
    }
    text
}

fn draw_erased(erased: &Erased) -> String {
    let mut text = format!("erased from {} row(s)", words::count(erased.rows));
    if !erased.unknown.is_empty() {
        let numbers = erased.unknown.join(", ");
        text.push_str(&format!("\nnobody was known before in {numbers}"));
    }
    if !erased.live.is_empty() {
        let numbers = erased.live.join(", ");
        text.push_str(&format!(
            "\nstill in Redis: {numbers}; erase again when they are in the archive"
        ));
    }
    clean_lines(&text)
}

fn print_dropped(answer: RetainResponse, dry_run: bool, out: &Out) -> Result<(), Failure> {
    let dropped = answer.months.into_iter();
    let dropped: Vec<_> = dropped.map(|month| Dropped { month, dry_run }).collect();
    out.rows(&dropped, |_| {
        let months: Vec<&str> = dropped.iter().map(|one| one.month.as_str()).collect();
        let verb = if dry_run { "would drop" } else { "dropped" };
        match months.as_slice() {
            [] => "no month is that old".to_owned(),
            months => clean(&format!("{verb} {}", months.join(", "))),
        }
    })
}

/// Cleans each line, and keeps them apart.
fn clean_lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: ArchiveArgs,
    }

    #[test]
    fn what_changes_the_archive_says_who_and_why() {
        let parse = |line: &str| Line::try_parse_from(line.split(' ')).map(|_| ());
        let by = "--actor officer-2 --reason request-118";
        parse(&format!("archive erase 07-0001234-8 {by}")).unwrap();
        parse(&format!("archive retain --keep-months 12 {by}")).unwrap();
        for wrong in [
            "archive erase 07-0001234-8 --actor officer-2",
            "archive erase 07-0001234-8 --reason request-118 --actor a!",
            "archive retain --keep-months 0 --actor officer-2 --reason r",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse(&format!("archive erase {by}")).is_err());
    }
}
