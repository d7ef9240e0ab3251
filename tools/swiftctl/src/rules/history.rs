//! `rules history` and `rules show`: the versions, and the text of one.

use clap::{Args, ValueEnum};
use comfy_table::{Cell, Color};
use serde::Serialize;
use swiftline_proto::router::v1::{HistoryRequest, Report, ShowRequest, ShowResponse};

use super::digest::digest;
use super::replay::draw_json as draw_replay;
use super::view::VersionView;
use super::{lint, status};
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, clean, maybe};
use crate::words::{count, short};

/// Arguments of `rules history`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  swiftctl rules history --limit 10")]
pub(super) struct HistoryArgs {
    /// The most versions, the newest first
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
}

/// Arguments of `rules show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  swiftctl rules show > rules.yaml             what is in force
  swiftctl rules show 3f2a5b6c --report replay what the newest replay of a version has shown")]
pub(super) struct ShowArgs {
    /// The version, by its first 8 digits or more [default: the one in force]
    #[arg(value_parser = digest)]
    digest: Option<String>,
    /// A report about it in place of its text
    #[arg(long)]
    report: Option<ReportName>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReportName {
    Lint,
    Replay,
}

#[derive(Debug, Serialize)]
struct ShownView {
    #[serde(flatten)]
    version: VersionView,
    text: String,
}

/// Prints the versions.
///
/// # Errors
/// When the router is not there.
pub(super) async fn run(args: HistoryArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(HistoryRequest { limit: args.limit });
    let answer = mesh
        .call(Peer::Router, mesh.rules()?.history(request))
        .await?;
    let versions: Vec<VersionView> = answer.versions.into_iter().map(Into::into).collect();
    out.rows(&versions, |screen| draw(&versions, screen))
}

fn draw(versions: &[VersionView], screen: &Screen) -> String {
    if versions.is_empty() {
        return "there are no versions yet".to_owned();
    }
    screen.table(
        &[
            "digest",
            "state",
            ">rules",
            "lint",
            "replay",
            "proposed",
            "by",
            "approved by",
            "~reason",
        ],
        versions.iter().map(|version| row(version, screen)),
    )
}

fn row(version: &VersionView, screen: &Screen) -> Vec<Cell> {
    let state = match version.state.as_str() {
        "active" => cell(&version.state).fg(Color::Green),
        "rejected" => cell(&version.state).fg(Color::Red),
        _ => cell(&version.state),
    };
    let lint = match (version.errors, version.warnings) {
        (0, 0) => "clean".to_owned(),
        (errors, warnings) => format!("{errors} E, {warnings} W"),
    };
    let replay = version.replay.as_ref().map(|_| {
        format!(
            "{} of {} move",
            count(version.moved),
            count(version.replayed)
        )
    });
    let at = version.proposed_at.map(|at| screen.short_time(at));
    vec![
        cell(&short(&version.digest)),
        state,
        maybe(version.rules.map(|rules| count(rules.into())).as_deref()),
        Cell::new(lint),
        maybe(replay.as_deref()),
        maybe(at.as_deref()),
        cell(version.proposed_by.as_deref().unwrap_or("the pack")),
        maybe(version.approved_by.as_deref()),
        maybe(version.reason.as_deref()),
    ]
}

/// A version with its text and reports; an empty digest means the one in force.
///
/// # Errors
/// When there is none, or the router is not there.
pub(super) async fn show(digest: &str, mesh: &Mesh) -> Result<ShowResponse, Failure> {
    let request = mesh.request(ShowRequest {
        digest: digest.to_owned(),
    });
    mesh.call(Peer::Router, mesh.rules()?.show(request)).await
}

/// Prints the text of a version, or a report about it.
///
/// # Errors
/// When there is no such version or report, or the router is not there.
pub(super) async fn run_show(args: ShowArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let shown = show(&args.digest.unwrap_or_default(), mesh).await?;
    let version = VersionView::from(shown.version.unwrap_or_default());
    match args.report {
        None => {
            let text = clean(&shown.text);
            let view = ShownView { version, text };
            out.one(&view, |_| view.text.clone())
        }
        Some(ReportName::Lint) => print_lint(&version, shown.lint, out),
        Some(ReportName::Replay) => {
            let report = shown.replay.filter(|report| !report.json.is_empty());
            let report = report.ok_or_else(|| no_replay(&version.digest))?;
            out.raw_or(&report.json, |screen| draw_replay(&report.json, screen))
        }
    }
}

/// What is said of a version that was never replayed.
pub(super) fn no_replay(digest: &str) -> Failure {
    let digest = short(digest);
    Failure::Failed(clean(&format!(
        "{digest} has not been replayed; do so with `swiftctl rules replay {digest} --since 24h`"
    )))
}

fn print_lint(version: &VersionView, report: Option<Report>, out: &Out) -> Result<(), Failure> {
    let json = report.unwrap_or_default().json;
    match serde_json::from_str(&json) {
        Ok(report) => lint::print(&short(&version.digest), &report, out),
        // Of a router that is newer than this program.
        Err(_) => out.text(&clean(&json)),
    }
}

/// A version, and what its reports say, in lines.
pub(super) fn summary(version: &VersionView, screen: &Screen) -> String {
    let replay = version.replay.as_ref().map(|_| {
        format!(
            "{} of {} complaints move to another unit",
            count(version.moved),
            count(version.replayed)
        )
    });
    screen.pairs(&[
        ("rules", Some(status::version(version))),
        ("state", Some(clean(&version.state))),
        ("reason", version.reason.clone()),
        (
            "lint",
            Some(format!(
                "{} errors, {} warnings",
                version.errors, version.warnings
            )),
        ),
        ("replay", replay),
    ])
}
