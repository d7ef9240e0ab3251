//! `train`: makes the classifier's models and measures them.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use swiftline_train::data::Data;
use swiftline_train::eval;

/// Makes the classifier's models from data and measures what ships
#[derive(Debug, Parser)]
#[command(name = "train", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measures everything that the classifier says
    Eval(EvalArgs),
}

#[derive(Debug, Args)]
struct EvalArgs {
    /// The folder of real data; parts that need it say so where it is absent
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// Only these parts of the report
    #[arg(value_parser = eval::names().collect::<Vec<_>>())]
    parts: Vec<String>,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Eval(args) => eval::report(
            &Data::new(args.data),
            &args.parts,
            &mut std::io::stdout().lock(),
        ),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("train: {error}");
            ExitCode::FAILURE
        }
    }
}
