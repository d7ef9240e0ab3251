//! `rules activate` and `rules rollback`: putting a version in force, and going back to a former one.

use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;
use swiftline_proto::router::v1 as wire;

use super::digest::{By, digest};
use super::status::{replicas, status, version};
use super::view::{ReplicaView, StatusView};
use crate::cli::duration;
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, clean};
use crate::words::{short, span};

/// The longest that the mesh waits for its routers.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Arguments of `rules activate`.
#[derive(Debug, Args)]
#[command(after_help = "\
The version takes the place of the one that is in force when you ask, or of the one that you name with --expect: when \
somebody else was quicker, nothing happens. Then waits until every live router serves it. The exit code is 1 when one does \
not: the version is in force all the same, and the routers that lag are named.

Example:
  swiftctl rules activate 3f2a5b6c --in-flight reevaluate-waiting --actor wang --reason 'agreed'")]
pub(super) struct ActivateArgs {
    /// The version, by its first 8 digits or more
    #[arg(value_parser = digest)]
    digest: String,
    #[command(flatten)]
    how: How,
}

/// Arguments of `rules rollback`.
#[derive(Debug, Args)]
#[command(after_help = "\
Needs no approval: the version was in force before. Otherwise as `swiftctl rules activate`.

Examples:
  swiftctl rules rollback --in-flight reevaluate-waiting --reason 'gas orders go astray'
  swiftctl rules rollback 9d8e7f6a --in-flight keep")]
pub(super) struct RollbackArgs {
    /// A version that was in force, by its first 8 digits or more [default: the one before]
    #[arg(value_parser = digest)]
    digest: Option<String>,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
struct How {
    /// Orders that wait: keep leaves them where they are; reevaluate-waiting decides anew those that nobody has signed
    /// for and moves what would go elsewhere; recall-unsigned takes all of these back and offers them anew
    #[arg(long, value_name = "WHAT", value_enum)]
    in_flight: InFlight,
    /// Only if this version is in force, by its first 8 digits or more [default: the one that is]
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    expect: Option<String>,
    /// The longest to wait for the routers, at most 60s
    #[arg(long, default_value = "30s", value_parser = wait)]
    wait: Duration,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InFlight {
    // What they mean is in the help of the option: see `output::Format`.
    Keep,
    ReevaluateWaiting,
    RecallUnsigned,
}

impl From<InFlight> for wire::InFlight {
    fn from(what: InFlight) -> Self {
        match what {
            InFlight::Keep => Self::Keep,
            InFlight::ReevaluateWaiting => Self::ReevaluateWaiting,
            InFlight::RecallUnsigned => Self::RecallUnsigned,
        }
    }
}

/// Reads how long to wait for the mesh.
///
/// # Errors
/// When it is no length of time, or longer than is waited.
pub(crate) fn wait(text: &str) -> Result<Duration, String> {
    let wait = duration(text)?;
    if wait > LONGEST_WAIT {
        return Err(format!("at most {} are waited for", span(LONGEST_WAIT)));
    }
    Ok(wait)
}

#[derive(Debug, Serialize)]
struct ActivatedView {
    digest: Option<String>,
    converged: bool,
    stragglers: Vec<ReplicaView>,
    status: StatusView,
}

/// Puts a version in force.
///
/// # Errors
/// When the mesh refuses, a router does not serve it in time, or the router is not there.
pub(super) async fn activate(args: ActivateArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    run(args.digest, false, args.how, mesh, out).await
}

/// Goes back to a version that was in force.
///
/// # Errors
/// As [`activate`].
pub(super) async fn rollback(args: RollbackArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    run(args.digest.unwrap_or_default(), true, args.how, mesh, out).await
}

async fn run(
    digest: String,
    rollback: bool,
    how: How,
    mesh: &Mesh,
    out: &Out,
) -> Result<(), Failure> {
    let expected_active = match how.expect {
        Some(digest) => digest,
        None => status(mesh).await?.active.unwrap_or_default().digest,
    };
    let mesh = mesh.with_patience(how.wait);
    let request = mesh.request(wire::ActivateRequest {
        digest,
        expected_active,
        in_flight: wire::InFlight::from(how.in_flight).into(),
        rollback,
        actor: how.by.actor.to_string(),
        reason: how.by.reason,
        wait: prost_types::Duration::try_from(how.wait).ok(),
    });
    let answer = mesh
        .call(Peer::Router, mesh.rules()?.activate(request))
        .await?;
    let status = StatusView::from(answer.status.unwrap_or_default());
    let view = ActivatedView {
        digest: status.active.as_ref().map(|version| version.digest.clone()),
        converged: answer.converged,
        stragglers: answer.stragglers.into_iter().map(Into::into).collect(),
        status,
    };
    out.one(&view, |screen| draw(&view, screen))?;
    verdict(&view)
}

fn draw(view: &ActivatedView, screen: &Screen) -> String {
    let in_force = view.status.active.as_ref().map(version);
    format!(
        "in force: {}\n\n{}",
        in_force.unwrap_or_else(|| "nothing".to_owned()),
        replicas(view.status.replicas.iter(), screen)
    )
}

fn verdict(view: &ActivatedView) -> Result<(), Failure> {
    if view.converged {
        return Ok(());
    }
    let late = view.stragglers.iter().map(|router| {
        let why = match (&router.problem, &router.digest) {
            (Some(problem), _) => problem.clone(),
            (None, Some(digest)) => format!("serves {}", short(digest)),
            (None, None) => "serves nothing yet".to_owned(),
        };
        clean(&format!("  {}: {why}", router.id))
    });
    let late: Vec<String> = late.collect();
    Err(Failure::Failed(format!(
        "it is in force, but not every router serves it yet:\n{}",
        late.join("\n")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_a_minute_at_most() {
        assert_eq!(wait("60s"), Ok(LONGEST_WAIT));
        assert_eq!(wait("61s").unwrap_err(), "at most 1 min are waited for");
        assert!(wait("soon").is_err());
    }
}
