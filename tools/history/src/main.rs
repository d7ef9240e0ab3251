//! `history`: makes years of a city's cases, to measure with.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use swiftline_domain::archive::Month;
use swiftline_domain::city::CityPack;
use swiftline_feedback::archive::Archive;
use swiftline_history::{Made, Plan, make, numbers};

/// Makes a history that could have been, straight into an archive. Nothing in it happened.
#[derive(Parser)]
#[command(name = "history", version)]
struct Args {
    /// Cases taken in.
    #[arg(long, default_value_t = 1_000_000)]
    cases: u64,
    /// Months.
    #[arg(long, default_value_t = 12)]
    months: u32,
    /// The last month.
    #[arg(long, default_value = "2026-10")]
    until: Month,
    /// What chance begins with: the same seed gives the same files.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The last so many months get their events as well.
    #[arg(long, default_value_t = 0)]
    events: u32,
    /// The city.
    #[arg(long, default_value = "k8s/cities/beijing")]
    city: PathBuf,
    /// The archive: a folder.
    #[arg(long)]
    out: String,
    /// Makes nothing: looks so many cases of the history up by their numbers, and says how long that took.
    #[arg(long, default_value_t = 0)]
    look_up: u32,
    /// Threads; 0: one a core.
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("history: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    let pack = CityPack::load(&args.city, |folder, names| {
        swiftline_config::read_folder(folder, names)
    })?;
    let archive = Archive::open(&args.out, &pack.city.id)?;
    if args.look_up > 0 {
        return look_up(&archive, args).await;
    }
    let plan = Plan {
        cases: args.cases,
        months: args.months,
        until: args.until,
        seed: args.seed,
        event_months: args.events,
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if args.threads == 0 {
        cores
    } else {
        args.threads
    };
    let bar = ProgressBar::new(args.cases).with_style(ProgressStyle::with_template(
        "{wide_bar} {human_pos} of {human_len} cases, {elapsed}, {eta} to go",
    )?);
    let begun = Instant::now();
    let made = make(&archive, &pack, &plan, threads, |made| {
        bar.set_position(made.cases);
    })
    .await?;
    bar.finish_and_clear();
    report(made, begun.elapsed().as_secs_f64());
    Ok(())
}

/// The first lookup reads every file's footer; the later ones know them.
async fn look_up(archive: &Archive, args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    let (mut times, mut found) = (Vec::new(), 0);
    for number in numbers(args.seed, args.cases, args.look_up) {
        let begun = Instant::now();
        found += u32::from(archive.find(number).await?.is_some());
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    let first = times.first().copied().unwrap_or_default();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    anstream::println!(
        "{found} of {} found: the first in {first:.1} ms; median {:.1} ms, 99 of 100 within {:.1} ms",
        times.len(),
        at(0.5),
        at(0.99)
    );
    Ok(())
}

fn report(made: Made, seconds: f64) {
    let Made {
        cases,
        events,
        bytes,
    } = made;
    let rows = (cases + events).max(1) as f64;
    let megabytes = bytes as f64 / 1e6;
    anstream::println!(
        "{cases} cases and {events} events in {seconds:.1} s: {megabytes:.1} MB, {:.1} bytes a row",
        bytes as f64 / rows
    );
}
