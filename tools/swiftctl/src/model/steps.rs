//! `model shadow`, `model activate` and `model rollback`.

use std::time::Duration;

use clap::Args;
use serde::Serialize;
use swiftline_proto::classifier::v1 as wire;

use super::status::so_far;
use super::view::{ModelView, NameView};
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, clean};
use crate::rules::activate::wait;
use crate::rules::digest::{By, digest};

/// Arguments of `model shadow`.
#[derive(Debug, Args)]
#[command(after_help = "\
The model judges the messages that come in beside the one in force; what it says goes nowhere, only the differences are \
counted and shown by `swiftctl model status`.

Examples:
  swiftctl model shadow zh-groups 1f2e3d4c
  swiftctl model shadow zh-groups --end")]
pub(super) struct ShadowArgs {
    /// The model's name
    name: String,
    /// The model, by its first 8 digits or more
    #[arg(value_parser = digest, required_unless_present = "end")]
    digest: Option<String>,
    /// End the comparison that runs
    #[arg(long, conflicts_with = "digest")]
    end: bool,
    #[command(flatten)]
    by: By,
}

/// Arguments of `model activate`.
#[derive(Debug, Args)]
#[command(after_help = "\
The model takes the place of the one of its name. When somebody else changes the same name meanwhile, nothing happens. Then \
waits until every live classifier serves it. The exit code is 1 when one does not: the model is in force all the same, and \
the classifiers that lag are named.

Example:
  swiftctl model activate 1f2e3d4c --actor wang --reason 'differs rarely, and rightly'")]
pub(super) struct ActivateArgs {
    /// The model, by its first 8 digits or more
    #[arg(value_parser = digest)]
    digest: String,
    #[command(flatten)]
    how: How,
}

/// Arguments of `model rollback`.
#[derive(Debug, Args)]
#[command(after_help = "\
The model before may be the one that is built in. Otherwise as `swiftctl model activate`.

Example:
  swiftctl model rollback zh-groups --reason 'too many returns of heating'")]
pub(super) struct RollbackArgs {
    /// The model's name
    name: String,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
struct How {
    /// The longest to wait for the classifiers, at most 60s
    #[arg(long, default_value = "30s", value_parser = wait)]
    wait: Duration,
    #[command(flatten)]
    by: By,
}

impl How {
    fn wait_ms(&self) -> u32 {
        // zero would mean the server's own
        u32::try_from(self.wait.as_millis())
            .unwrap_or(u32::MAX)
            .max(1)
    }
}

#[derive(Debug, Serialize)]
struct ChangedView {
    #[serde(flatten)]
    model: NameView,
    converged: bool,
    waiting_for: Vec<String>,
}

/// Begins or ends a comparison.
///
/// # Errors
/// When the mesh refuses, or the classifier is not there.
pub(super) async fn shadow(args: ShadowArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(wire::ShadowRequest {
        name: args.name,
        digest: args.digest.unwrap_or_default(),
        actor: args.by.actor.to_string(),
        reason: args.by.reason,
    });
    let mut models = mesh.models()?;
    let answer = mesh.call(Peer::Classifier, models.shadow(request));
    let view = NameView::from(answer.await?.model.unwrap_or_default());
    out.one(&view, |screen| draw(&view, screen))
}

/// Puts a model in force.
///
/// # Errors
/// When the mesh refuses, a classifier does not serve it in time, or the classifier is not there.
pub(super) async fn activate(args: ActivateArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let mesh = mesh.with_patience(args.how.wait);
    let request = mesh.request(wire::ActivateRequest {
        digest: args.digest,
        wait_ms: args.how.wait_ms(),
        actor: args.how.by.actor.to_string(),
        reason: args.how.by.reason,
    });
    let mut models = mesh.models()?;
    let answer = mesh.call(Peer::Classifier, models.activate(request));
    let answer = answer.await?;
    print(answer.model, answer.waiting_for, out)
}

/// Goes back to the model that was in force before.
///
/// # Errors
/// As [`activate`].
pub(super) async fn rollback(args: RollbackArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let mesh = mesh.with_patience(args.how.wait);
    let request = mesh.request(wire::RollbackRequest {
        name: args.name,
        wait_ms: args.how.wait_ms(),
        actor: args.how.by.actor.to_string(),
        reason: args.how.by.reason,
    });
    let mut models = mesh.models()?;
    let answer = mesh.call(Peer::Classifier, models.rollback(request));
    let answer = answer.await?;
    print(answer.model, answer.waiting_for, out)
}

fn print(
    model: Option<wire::ModelStatus>,
    waiting_for: Vec<String>,
    out: &Out,
) -> Result<(), Failure> {
    let view = ChangedView {
        model: model.unwrap_or_default().into(),
        converged: waiting_for.is_empty(),
        waiting_for,
    };
    out.one(&view, |screen| draw(&view.model, screen))?;
    if view.converged {
        return Ok(());
    }
    let late = view.waiting_for.iter().map(|one| format!("  {one}"));
    let late: Vec<String> = late.collect();
    Err(Failure::Failed(clean(&format!(
        "it is in force, but not every classifier serves it yet:\n{}",
        late.join("\n")
    ))))
}

fn draw(view: &NameView, screen: &Screen) -> String {
    let shown = |model: &Option<ModelView>| model.as_ref().map(ModelView::shown);
    let comparison = view.comparison.as_ref();
    screen.pairs(&[
        ("model", Some(view.name.clone())),
        ("in force", shown(&view.active)),
        ("before", shown(&view.previous)),
        ("compared", shown(&view.shadow)),
        ("so far", comparison.map(so_far)),
    ])
}
