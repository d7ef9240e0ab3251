//! `swiftctl`: what dispatchers, desks and operators of the mesh type; and what the demo and the benchmark take from it.
//!
//! A command is its clap arguments and a function, in one file. It asks the services over gRPC (`connect`), turns
//! the answer into a view (`view`: what JSON shows) and prints it (`output`).
//!
//! **Invariants**
//! - Standard output has results only, in JSON one object a line; complaints and progress go to standard error.
//! - Text that came from outside is freed of control characters before a terminal sees it.
//! - Every call has a deadline, and nothing waits for input from a terminal.

mod archive;
mod audit;
mod calls;
mod case;
mod city;
mod classify;
mod cli;
mod connect;
mod days;
mod dead_letters;
mod desk;
mod failure;
pub mod import;
mod import_run;
mod insight;
mod issues;
mod knowledge;
mod model;
mod offline;
mod output;
mod query;
mod queues;
mod rates;
mod route;
mod rules;
mod score;
mod submit;
mod tls;
mod trace;
mod units;
mod view;
pub mod waterfall;
mod why;
mod words;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Command};
use connect::Mesh;
use failure::Failure;
use output::{Format, Out};

/// Runs the command line of this process and says how it ended; wrong usage ends the process at once.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has read enough of it.
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print();
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let format = cli.global.output.unwrap_or_default();
    if format == Format::Csv && !matches!(cli.command, Command::Query(_)) {
        return Err(Failure::Given(
            "--output csv is for `query` only".to_owned(),
        ));
    }
    let out = Out::new(format);
    match cli.command {
        Command::Query(args) => query::run(args, format),
        Command::City(args) => city::run(&args, &out),
        Command::Completions(args) => cli::completions(&args),
        Command::Route(args) => route::run(args),
        Command::Issues(args) => issues::run(args, cli.global.output),
        Command::Classify(args) if classify::is_offline(&args) => {
            classify::run_offline(&args, &out)
        }
        command => {
            let mesh = Mesh::new(cli.global.endpoints, cli.global.timeout);
            let runtime = tokio::runtime::Runtime::new().map_err(Failure::Output)?;
            let end = runtime.block_on(online(command, &mesh, &out));
            // A thread may still wait for standard input; nobody needs what it would read.
            runtime.shutdown_background();
            end
        }
    }
}

async fn online(command: Command, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    match command {
        Command::Submit(args) => submit::run(args, mesh, out).await,
        Command::Import(args) => Box::pin(import_run::run(args, mesh, out)).await,
        Command::Case(args) => case::run(args, mesh, out).await,
        Command::Desk(args) => desk::run(args, mesh, out).await,
        Command::Queues(args) => queues::run(args, mesh, out).await,
        Command::Units(args) => units::run(args, mesh, out).await,
        Command::Calls(args) => calls::run(args, mesh, out).await,
        Command::Rates(args) => rates::run(args, mesh, out).await,
        Command::Score(args) => Box::pin(score::run(args, mesh, out)).await,
        Command::Archive(args) => archive::run(args, mesh, out).await,
        Command::Trace(args) => Box::pin(trace::run(&args, mesh, out)).await,
        Command::Deadletters(args) => dead_letters::run(args, mesh, out).await,
        Command::Rules(args) => Box::pin(rules::run(args, mesh, out)).await,
        Command::Model(args) => Box::pin(model::run(args, mesh, out)).await,
        Command::Audit(args) => audit::run(args, mesh, out).await,
        Command::Insight(args) => insight::run(args, mesh, out).await,
        Command::Knowledge(args) => knowledge::run(args, mesh, out).await,
        Command::Classify(args) => classify::run(args, mesh, out).await,
        // Answered without the mesh, before this.
        Command::City(args) => city::run(&args, out),
        Command::Issues(args) => issues::run(args, None),
        Command::Route(args) => route::run(args),
        Command::Completions(args) => cli::completions(&args),
        Command::Query(args) => query::run(args, Format::Table),
    }
}
