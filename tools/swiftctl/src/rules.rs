//! `rules`: how routing rules are checked, tried, put in force and taken back.
//!
//! What only looks at files works without the mesh: validate, format, schema, lint, test, explain, and replay of a file.

pub(crate) mod activate;
mod change;
mod check;
mod diff;
pub(crate) mod digest;
mod explain;
pub(crate) mod facts;
mod history;
mod lint;
pub(crate) mod pack;
mod replay;
mod status;
mod suggest;
mod test;
mod trial;
mod view;

use clap::{Args, Subcommand};

use crate::connect::Mesh;
use crate::failure::Failure;
use crate::output::Out;

pub(crate) use pack::PackArg;

/// Arguments of `rules`.
#[derive(Debug, Args)]
#[command(after_help = "\
A rule set is one file and is named by its digest; 8 digits are enough to name a version.

Example, from an edit to its rollback:

  swiftctl rules lint draft.yaml --city beijing
  swiftctl rules test --city beijing --rules draft.yaml
  swiftctl rules propose draft.yaml --actor li --reason 'gas moves to the new company'
  swiftctl rules replay 3f2a5b6c --since 24h --actor li
  swiftctl rules approve 3f2a5b6c --actor wang --reason 'agreed'
  swiftctl rules canary 3f2a5b6c --district 110105 --actor wang
  swiftctl rules activate 3f2a5b6c --in-flight reevaluate-waiting --actor wang
  swiftctl rules status
  swiftctl rules rollback --in-flight reevaluate-waiting --actor wang --reason 'too many returns'
  swiftctl audit log

SWIFTCTL_CITY and SWIFTCTL_ACTOR save repeating --city and --actor.")]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    command: RulesCommand,
}

#[derive(Debug, Subcommand)]
enum RulesCommand {
    /// Reads rules and says everything that is wrong with them
    Validate(check::ValidateArgs),
    /// Prints rules in their canonical form, or puts the file into it
    Format(check::FormatArgs),
    /// Prints the JSON Schema of a rules file, for editors
    Schema(check::SchemaArgs),
    /// Proves what is wrong with rules that can be read
    Lint(lint::LintArgs),
    /// Runs the expected routes of a pack
    Test(test::TestArgs),
    /// Says which rule decides a complaint that need not exist, and why the others do not
    Explain(explain::ExplainArgs),
    /// Shows who gains and who loses by new rules, on past complaints
    Replay(replay::ReplayArgs),
    /// Stores rules in the mesh as a version that can be approved
    Propose(change::ProposeArgs),
    /// Agrees to a version that somebody else proposed
    Approve(change::ApproveArgs),
    /// Rules out that a version comes into force
    Reject(change::RejectArgs),
    /// Lets a version decide beside the one in force, and counts the differences
    Shadow(trial::ShadowArgs),
    /// Puts a version in force in some districts; it goes back by itself when it does badly
    Canary(trial::CanaryArgs),
    /// Puts a version in force, and waits until every router serves it
    Activate(activate::ActivateArgs),
    /// Goes back to a version that was in force before
    Rollback(activate::RollbackArgs),
    /// What is in force, what is tried, and what every router serves
    Status(status::StatusArgs),
    /// Every version, the newest first
    History(history::HistoryArgs),
    /// Prints the text of a version, or a report about it
    Show(history::ShowArgs),
    /// Shows what is different between two versions or files
    Diff(diff::DiffArgs),
    /// The rules whose orders come back most, and what to change
    Suggest(suggest::SuggestArgs),
}

/// Runs a command about rules.
///
/// # Errors
/// When something given is wrong, the mesh refuses, or the router is not there.
pub(crate) async fn run(args: RulesArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    match args.command {
        RulesCommand::Validate(args) => check::validate(&args, out),
        RulesCommand::Format(args) => check::format(&args, out),
        RulesCommand::Schema(args) => check::schema(&args, out),
        RulesCommand::Lint(args) => lint::run(&args, out),
        RulesCommand::Test(args) => test::run(args, out),
        RulesCommand::Explain(args) => explain::run(args, out),
        RulesCommand::Replay(args) => replay::run(args, mesh, out).await,
        RulesCommand::Propose(args) => change::propose(args, mesh, out).await,
        RulesCommand::Approve(args) => change::approve(args, mesh, out).await,
        RulesCommand::Reject(args) => change::reject(args, mesh, out).await,
        RulesCommand::Shadow(args) => trial::shadow(args, mesh, out).await,
        RulesCommand::Canary(args) => trial::canary(args, mesh, out).await,
        RulesCommand::Activate(args) => activate::activate(args, mesh, out).await,
        RulesCommand::Rollback(args) => activate::rollback(args, mesh, out).await,
        RulesCommand::Status(args) => status::run(args, mesh, out).await,
        RulesCommand::History(args) => history::run(args, mesh, out).await,
        RulesCommand::Show(args) => history::run_show(args, mesh, out).await,
        RulesCommand::Diff(args) => diff::run(args, mesh, out).await,
        RulesCommand::Suggest(args) => suggest::run(args, mesh, out).await,
    }
}
