//! `train`: makes the classifier's models and measures them.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use swiftline_train::data::Data;
use swiftline_train::{eval, fit};

/// Makes the classifier's models from data and measures what ships
#[derive(Debug, Parser)]
#[command(name = "train", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes models from data, each with its card
    Fit(FitArgs),
    /// Measures everything that the classifier says
    Eval(EvalArgs),
}

#[derive(Debug, Args)]
struct FitArgs {
    /// The folder of real data; models whose data is absent are passed over with a line that says so
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// Where models and cards go
    #[arg(long, default_value = "services/classifier/models")]
    out: PathBuf,
    /// The folder of city packs
    #[arg(long, default_value = "k8s/cities")]
    cities: PathBuf,
    /// What the desk corrected: one JSON object a line with model, label, and text or features
    #[arg(long, value_name = "FILE")]
    with_corrections: Option<PathBuf>,
    /// Only these models
    #[arg(value_name = "MODEL", value_parser = fit::names().collect::<Vec<_>>())]
    models: Vec<String>,
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
        Command::Fit(args) => make(&args),
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

fn make(args: &FitArgs) -> Result<(), Box<dyn Error>> {
    let corrections = match &args.with_corrections {
        Some(file) => fit::corrections(file)?,
        None => Vec::new(),
    };
    let sources = fit::Sources {
        data: &Data::new(&args.data),
        cities: &args.cities,
        corrections,
    };
    fit::fit(
        &sources,
        &args.models,
        &args.out,
        &mut std::io::stdout().lock(),
    )
}
