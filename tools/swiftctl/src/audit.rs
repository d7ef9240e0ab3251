//! `audit`: the log of the rule workflow, and whether it is what was written.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueHint};
use comfy_table::{Cell, Color};
use serde::Serialize;
use swiftline_domain::rules::workflow::{Entry, EntryHash, Head, Tampered, verify, verify_against};
use swiftline_proto::router::v1::AuditRequest;

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, clean};
use crate::rules::pack::text_of;
use crate::words::{entries as said, short};

/// Arguments of `audit`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every step of the rule workflow is an entry: who, what, when, which version, why. Each entry has the hash of the one before \
it, so that a change in the middle breaks the chain; note the head somewhere else from time to time, and a log that was \
written anew is found as well.

Examples:
  swiftctl audit log
  swiftctl audit verify --head \"$(cat head-of-last-month)\"
  swiftctl --output json audit log > audit.jsonl; swiftctl audit verify --input audit.jsonl")]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Prints the entries; in JSON as they are stored, to the byte
    #[command(after_help = "Example:\n  swiftctl audit log --from 100")]
    Log {
        /// From this entry on; the first is 0
        #[arg(long, default_value_t = 0, value_name = "ENTRY")]
        from: u64,
    },
    /// Checks every entry, the chain of their hashes, and that each step was allowed
    #[command(after_help = "\
The exit code is 1 when something is wrong; the first wrong entry is named.

Example:
  swiftctl audit verify")]
    Verify {
        /// A hash that was noted as the head; the log must still have that entry
        #[arg(long, value_name = "HASH")]
        head: Option<EntryHash>,
        /// Check this file of exported entries in place of the mesh's log; `-` is standard input
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        input: Option<PathBuf>,
    },
}

#[derive(Debug, Serialize)]
struct VerifiedView {
    entries: u64,
    head: String,
}

/// Runs a command of the audit log.
///
/// # Errors
/// When the log is not what was written, a file cannot be read, or the router is not there.
pub(crate) async fn run(args: AuditArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    match args.command {
        AuditCommand::Log { from } => {
            let lines = entries(from, mesh).await?;
            out.lines_or(&lines, |screen| draw(&lines, screen))
        }
        AuditCommand::Verify { head, input } => {
            let lines = match input {
                Some(file) => exported(&file)?,
                None => entries(0, mesh).await?,
            };
            let head = check(&lines, head.as_ref())
                .map_err(|wrong| Failure::Failed(clean(&format!("{wrong}"))))?;
            let view = VerifiedView {
                entries: head.entries,
                head: head.hash.to_string(),
            };
            out.one(&view, |_| {
                format!(
                    "{}, every one as it was written\nhead {}",
                    said(view.entries),
                    view.head
                )
            })
        }
    }
}

fn check(lines: &[String], noted: Option<&EntryHash>) -> Result<Head, Tampered> {
    let lines = lines.iter().map(String::as_bytes);
    match noted {
        Some(noted) => verify_against(lines, noted),
        None => verify(lines),
    }
}

fn exported(file: &Path) -> Result<Vec<String>, Failure> {
    Ok(text_of(file)?.lines().map(str::to_owned).collect())
}

async fn entries(from: u64, mesh: &Mesh) -> Result<Vec<String>, Failure> {
    let all = async {
        let request = mesh.request(AuditRequest { from });
        let mut answers = mesh
            .call(Peer::Router, mesh.rules()?.audit(request))
            .await?;
        let mut lines = Vec::new();
        loop {
            match answers.message().await {
                Ok(Some(more)) => lines.extend(more.entries),
                Ok(None) => return Ok(lines),
                Err(status) => return Err(mesh.failure(Peer::Router, status)),
            }
        }
    };
    tokio::time::timeout(mesh.timeout(), all)
        .await
        .unwrap_or_else(|_| Err(mesh.late(Peer::Router)))
}

fn draw(lines: &[String], screen: &Screen) -> String {
    if lines.is_empty() {
        return "there are no entries".to_owned();
    }
    screen.table(
        &[">entry", "at", "by", "what", "version", "~reason"],
        lines.iter().map(|line| row(line, screen)),
    )
}

fn row(line: &str, screen: &Screen) -> Vec<Cell> {
    let Ok(entry) = Entry::parse(line.as_bytes()) else {
        let mut cells = vec![Cell::new("?"), cell("cannot be read").fg(Color::Red)];
        cells.extend(std::iter::repeat_n(Cell::new(""), 3));
        cells.push(cell(line));
        return cells;
    };
    let digest = entry.action.digest().map(|digest| short(digest.as_str()));
    vec![
        Cell::new(entry.seq),
        cell(&screen.time(entry.at)),
        cell(entry.actor.as_str()),
        cell(entry.action.name()),
        cell(digest.as_deref().unwrap_or("-")),
        cell(&entry.reason),
    ]
}
