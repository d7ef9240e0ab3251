//! `model`: how the classifier's models are pushed, compared, put in force and taken back.

mod drift;
mod examples;
mod push;
mod show;
mod status;
mod steps;
mod view;

use clap::{Args, Subcommand};

use crate::connect::Mesh;
use crate::failure::Failure;
use crate::output::Out;

/// Arguments of `model`.
#[derive(Debug, Args)]
#[command(after_help = "\
A model is one file and is named by its digest; 8 digits are enough to name one that was pushed. Of each name, such as \
zh-groups, one is in force: at first the one that is built in.

Example, from a file to its rollback:

  swiftctl model show zh-groups.model
  swiftctl model push zh-groups.model --actor li --reason 'with the corrections of March'
  swiftctl model shadow zh-groups 1f2e3d4c --actor li
  swiftctl model status
  swiftctl model activate 1f2e3d4c --actor wang --reason 'differs rarely, and rightly'
  swiftctl model rollback zh-groups --actor wang --reason 'too many returns of heating'
  swiftctl model history

SWIFTCTL_ACTOR saves repeating --actor.")]
pub(crate) struct ModelArgs {
    #[command(subcommand)]
    command: ModelCommand,
}

#[derive(Debug, Subcommand)]
enum ModelCommand {
    /// What is in force, what is compared, and what every classifier serves
    Status(status::StatusArgs),
    /// Sends a model file to the mesh, which keeps it and changes nothing
    Push(push::PushArgs),
    /// Lets a model decide beside the one in force, and counts the differences
    Shadow(steps::ShadowArgs),
    /// Puts a model in force, and waits until every classifier serves it
    Activate(steps::ActivateArgs),
    /// Goes back to the model that was in force before
    Rollback(steps::RollbackArgs),
    /// Who did what, the newest first
    History(status::HistoryArgs),
    /// What a model file says of itself, without servers
    Show(show::ShowArgs),
    /// What people's decisions teach, as lines for `train fit --with-corrections`
    Examples(examples::ExamplesArgs),
    /// Whether what comes in still looks like what the models were trained on
    Drift(drift::DriftArgs),
}

/// Runs a command about models.
///
/// # Errors
/// When something given is wrong, the mesh refuses, or the classifier is not there.
pub(crate) async fn run(args: ModelArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    match args.command {
        ModelCommand::Status(args) => status::run(args, mesh, out).await,
        ModelCommand::Push(args) => push::run(args, mesh, out).await,
        ModelCommand::Shadow(args) => steps::shadow(args, mesh, out).await,
        ModelCommand::Activate(args) => steps::activate(args, mesh, out).await,
        ModelCommand::Rollback(args) => steps::rollback(args, mesh, out).await,
        ModelCommand::History(args) => status::history(args, mesh, out).await,
        ModelCommand::Show(args) => show::run(&args, out),
        ModelCommand::Examples(args) => examples::run(args, mesh, out).await,
        ModelCommand::Drift(args) => drift::run(args, mesh, out).await,
    }
}
