//! `rules propose`, `rules approve` and `rules reject`: what people decide about a version.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use serde::Serialize;
use swiftline_domain::id::ActorId;
use swiftline_domain::rules::LintReport;
use swiftline_proto::router::v1::{ApproveRequest, ProposeRequest, RejectRequest, Version};

use super::digest::{By, digest};
use super::history::{no_replay, show, summary};
use super::lint;
use super::pack::text_of;
use super::replay::headline;
use super::status::status;
use super::view::VersionView;
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, clean, heading};
use crate::words::short;

/// Arguments of `rules propose`.
#[derive(Debug, Args)]
#[command(after_help = "\
The mesh reads and lints the rules and stores them under their digest, which is made over the canonical form: proposing the \
same again changes nothing. A set with lint errors can be looked at, but never be approved.

Example:
  swiftctl rules propose draft.yaml --actor li --reason 'gas of Chaoyang moves to the new company'")]
pub(super) struct ProposeArgs {
    /// The rules; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Who acts, by an opaque id
    #[arg(long, default_value = "desk-1", env = "SWIFTCTL_ACTOR")]
    actor: ActorId,
    /// Why, in your words, at most 500 characters
    #[arg(long)]
    reason: String,
}

/// Arguments of `rules approve`.
#[derive(Debug, Args)]
#[command(after_help = "\
Only another person than the proposer can, and only what was linted and replayed. The approval names the two reports that \
were shown: when somebody replays anew in between, it is refused.

Examples:
  swiftctl rules show 3f2a5b6c --report replay
  swiftctl rules approve 3f2a5b6c --actor wang --reason 'agreed with the gas company'")]
pub(super) struct ApproveArgs {
    /// The version, by its first 8 digits or more
    #[arg(value_parser = digest)]
    digest: String,
    #[command(flatten)]
    by: By,
}

/// Arguments of `rules reject`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  swiftctl rules reject 3f2a5b6c --actor wang --reason 'the company takes over in May only'")]
pub(super) struct RejectArgs {
    /// The version, by its first 8 digits or more
    #[arg(value_parser = digest)]
    digest: String,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, Serialize)]
struct ProposedView {
    #[serde(flatten)]
    version: VersionView,
    /// It had been proposed before.
    already: bool,
}

/// Puts rules forward.
///
/// # Errors
/// When they cannot be read or are refused, or the router is not there.
pub(super) async fn propose(args: ProposeArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(ProposeRequest {
        text: text_of(Path::new(&args.file))?,
        actor: args.actor.to_string(),
        reason: args.reason,
    });
    let answer = mesh
        .call(Peer::Router, mesh.rules()?.propose(request))
        .await?;
    let view = ProposedView {
        version: answer.version.unwrap_or_default().into(),
        already: answer.already,
    };
    let report = answer.lint.unwrap_or_default().json;
    let report: Option<LintReport> = serde_json::from_str(&report).ok();
    out.one(&view, |screen| {
        draw_proposed(&view, report.as_ref(), screen)
    })
}

fn draw_proposed(view: &ProposedView, report: Option<&LintReport>, screen: &Screen) -> String {
    let digest = short(&view.version.digest);
    let mut text = if view.already {
        format!("{digest} had been proposed before\n")
    } else {
        format!("{digest} is proposed\n")
    };
    text.push_str(&summary(&view.version, screen));
    if view.version.errors > 0 {
        if let Some(report) = report {
            text.push_str(&heading("Lint"));
            text.push_str(&lint::draw(&digest, report, screen));
        }
        text.push_str("\n\nnext: put the errors right and propose again");
        return text;
    }
    let next = match (&view.version.replay, view.version.state.as_str()) {
        (None, _) => format!("swiftctl rules replay {digest} --since 24h"),
        (Some(_), "proposed") => {
            format!("another person: swiftctl rules approve {digest} --actor WHO --reason WHY")
        }
        _ => "swiftctl rules status".to_owned(),
    };
    text.push_str(&format!("\nnext: {next}"));
    text
}

/// Approves a version, having shown what its reports say.
///
/// # Errors
/// When it was not replayed, the mesh refuses, or the router is not there.
pub(super) async fn approve(args: ApproveArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let shown = show(&args.digest, mesh).await?;
    let in_force = status(mesh).await?.active.unwrap_or_default().digest;
    let version = shown.version.unwrap_or_default();
    if version.replay.is_empty() {
        return Err(no_replay(&version.digest));
    }
    let replay = shown.replay.unwrap_or_default();
    if !out.is_json() {
        out.one(&(), |screen| {
            let view = VersionView::from(version.clone());
            let mut text = summary(&view, screen);
            text.push('\n');
            text.push_str(&headline(&replay.json, &in_force));
            text
        })?;
    }
    let request = mesh.request(ApproveRequest {
        digest: version.digest,
        actor: args.by.actor.to_string(),
        reason: args.by.reason,
        lint: version.lint,
        replay: version.replay,
    });
    let answer = mesh
        .call(Peer::Router, mesh.rules()?.approve(request))
        .await?;
    print(answer.version, out, |digest| {
        format!(
            "{digest} is approved\nnext: swiftctl rules shadow {digest}, swiftctl rules canary {digest} --district X, \
             or swiftctl rules activate {digest} --in-flight keep"
        )
    })
}

/// Rejects a version.
///
/// # Errors
/// When the mesh refuses, or the router is not there.
pub(super) async fn reject(args: RejectArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(RejectRequest {
        digest: args.digest,
        actor: args.by.actor.to_string(),
        reason: args.by.reason,
    });
    let answer = mesh
        .call(Peer::Router, mesh.rules()?.reject(request))
        .await?;
    print(answer.version, out, |digest| {
        format!("{digest} is rejected")
    })
}

fn print(
    version: Option<Version>,
    out: &Out,
    say: impl FnOnce(&str) -> String,
) -> Result<(), Failure> {
    let view = VersionView::from(version.unwrap_or_default());
    out.one(&view, |_| clean(&say(&short(&view.digest))))
}
