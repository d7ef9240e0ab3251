//! The demo: a city's day in front of your eyes, on a private Redis and four services that it starts and stops by itself.

mod again;
mod check;
mod day;
mod desks;
mod doors;
mod load;
mod progress;
mod rest;
mod run;
mod stage;
mod submit;
mod summary;
mod surge;
mod traces;
mod up;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use swiftline_domain::city::CityPack;

/// What went wrong, in words for people.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How long a call that finds a service busy or away is tried again.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs a day of complaints through a mesh of its own, or leaves a mesh running to try.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Replays a day: complaints are submitted, routed, signed for, returned, resolved, citizens called back; then every
    /// promise is checked in the store. Exit code 0 only when nothing was lost or doubled.
    Run(RunArgs),
    /// Sends complaints to a mesh that runs elsewhere and works at its desks, until standard input ends; then waits for rest
    /// and checks every promise in the store and every trace. Exit code 0 only when nothing was lost or doubled.
    Load(LoadArgs),
    /// Starts a mesh on fixed ports and leaves it running until Ctrl-C.
    Up(UpArgs),
}

#[derive(Args)]
struct RunArgs {
    /// The city pack.
    #[arg(long, default_value = "k8s/cities/nyc", value_name = "FOLDER")]
    city: PathBuf,
    /// The day, in New York's published form. Where the file is absent, a day is made up from the city pack.
    #[arg(
        long,
        default_value = "../shared/data/nyc311/2018-10-21_all_columns.csv",
        value_name = "FILE"
    )]
    day: PathBuf,
    /// How many complaints a made-up day has.
    #[arg(long, default_value_t = 3_000, value_name = "N")]
    complaints: usize,
    /// How long the day's 24 hours take, seconds.
    #[arg(long, default_value_t = 20.0, value_name = "SECONDS")]
    seconds: f64,
}

#[derive(Args)]
struct LoadArgs {
    /// The city pack of that mesh.
    #[arg(long, default_value = "k8s/cities/nyc", value_name = "FOLDER")]
    city: PathBuf,
    /// Complaints a second.
    #[arg(long, default_value_t = 20.0, value_name = "RATE")]
    rate: f64,
    /// At most so many complaints.
    #[arg(long, default_value_t = 20_000, value_name = "N")]
    complaints: usize,
    /// How long a call that finds nobody is tried again, seconds.
    #[arg(long, default_value_t = 90, value_name = "SECONDS")]
    patience: u64,
    /// Where intake is: `http://host:port`, or `dns://name:port` for all addresses of a name.
    #[arg(long, default_value = "dns://intake:7001", value_name = "ADDRESS")]
    intake: String,
    /// Where the router is.
    #[arg(long, default_value = "dns://router:7003", value_name = "ADDRESS")]
    router: String,
    /// Where feedback is.
    #[arg(long, default_value = "dns://feedback:7004", value_name = "ADDRESS")]
    feedback: String,
    /// Where the receiver of spans is that answers for traces; without it traces are not checked.
    #[arg(long, value_name = "URL")]
    tracebook: Option<String>,
    /// The file of settings that the services have, whose section `store` names the store.
    #[arg(long, value_name = "FILE")]
    settings: PathBuf,
    /// The store is a Redis Cluster.
    #[arg(long)]
    cluster: bool,
    /// A folder with `tls.crt`, `tls.key` and `ca.crt`, for a mesh that speaks TLS.
    #[arg(long, value_name = "FOLDER")]
    tls: Option<PathBuf>,
}

#[derive(Args)]
struct UpArgs {
    /// The city pack.
    #[arg(long, default_value = "k8s/cities/beijing", value_name = "FOLDER")]
    city: PathBuf,
    /// Router replicas, so that a change of rules can be seen to reach all of them.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    routers: u8,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let work = async {
        match cli.command {
            Command::Run(args) => run::run(args).await,
            Command::Load(args) => load::load(args).await,
            Command::Up(args) => up::up(args).await,
        }
    };
    // Dropping the work stops everything that it has started.
    let outcome = tokio::select! {
        outcome = work => outcome,
        stopped = asked_to_stop() => stopped.map(|()| false),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            anstream::eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn asked_to_stop() -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    anstream::eprintln!("\nstopping");
    Ok(())
}

fn load_pack(folder: &std::path::Path) -> Result<CityPack, Failure> {
    Ok(CityPack::load(folder, swiftline_config::read_folder)?)
}
