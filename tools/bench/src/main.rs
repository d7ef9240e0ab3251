//! `make bench`: what the mesh carries on this machine, beside the ceiling that its Redis sets, in one run; and how evenly the
//! router spreads orders over teams.

mod balance;
mod bare;
mod complaints;
mod mesh;
mod pack;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;
use swiftline_testkit::redis::Fsync;

use crate::bare::Bare;
use crate::complaints::Complaints;
use crate::mesh::{Bench, Spans};

/// What went wrong, in words for people.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures complaints a second from submission to offer through all four services, every complaint traced, at fsync everysec
/// and always; the ceiling of the same Redis commands; CPU seconds; the latency of single submissions at a fixed rate.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Args {
    /// Something else than the mesh.
    #[command(subcommand)]
    other: Option<Other>,
    /// Complaints in each measured run.
    #[arg(long, default_value_t = 50_000)]
    complaints: usize,
    /// Runs of each measurement; the median is reported.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Single submissions a second, for their latency.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// The city pack.
    #[arg(long, default_value = "k8s/cities/beijing", value_name = "FOLDER")]
    city: PathBuf,
    /// Only this fsync policy.
    #[arg(long, value_parser = ["everysec", "always"])]
    fsync: Option<String>,
}

#[derive(Subcommand)]
enum Other {
    Balance(balance::Balance),
}

/// One row of the report.
#[derive(Serialize)]
struct Row {
    fsync: &'static str,
    cores: usize,
    complaints_per_s: f64,
    bare_redis_per_s: f64,
    /// The mesh's share of the ceiling.
    ratio: f64,
    submit_rate_per_s: u32,
    submit_p50_ms: f64,
    submit_p99_ms: f64,
    /// CPU microseconds a complaint, by process.
    cpu_us: Vec<(String, f64)>,
    bare_redis_cpu_us: f64,
    spans: Spans,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), Failure> {
    if let Some(Other::Balance(args)) = &args.other {
        return balance::run(args);
    }
    if args.complaints == 0 || args.runs == 0 || args.rate == 0 {
        return Err("--complaints, --runs and --rate must be at least 1".into());
    }
    let policies = [("everysec", Fsync::Everysec), ("always", Fsync::Always)];
    let wanted = policies
        .into_iter()
        .filter(|(name, _)| args.fsync.as_deref().is_none_or(|only| only == *name));
    let mut rows = Vec::new();
    for (name, fsync) in wanted {
        anstream::eprintln!(
            "fsync {name}: {} runs of {} complaints",
            args.runs,
            args.complaints
        );
        rows.push(measure(&args, name, fsync).await?);
    }
    anstream::println!("{}", table(&rows));
    for row in &rows {
        anstream::println!("{}", serde_json::to_string(row)?);
    }
    Ok(())
}

async fn measure(args: &Args, name: &'static str, fsync: Fsync) -> Result<Row, Failure> {
    let dir = tempfile::Builder::new()
        .prefix("swiftline-bench-")
        .tempdir()?;
    let (folder, pack) = pack::roomy(&args.city, dir.path())?;
    let complaints = Arc::new(Complaints::of(&pack));
    let bench = Bench::start(dir.path(), &folder, fsync).await?;
    let bare = Arc::new(Bare::start(&pack, fsync).await?);
    bench.load(&complaints, "warm", mesh::warm(&pack)).await?;
    bare.run(&complaints, "warm", mesh::warm(&pack)).await?;
    let (mut loads, mut ceilings) = (Vec::new(), Vec::new());
    for run in 0..args.runs {
        // In turn, so that a slow minute of the machine is both's.
        loads.push(
            bench
                .load(&complaints, &format!("run-{run}"), args.complaints)
                .await?,
        );
        ceilings.push(
            bare.run(&complaints, &format!("run-{run}"), args.complaints)
                .await?,
        );
        if let (Some(load), Some(ceiling)) = (loads.last(), ceilings.last()) {
            anstream::eprintln!(
                "  {:.0}/s, bare Redis {:.0}/s",
                load.complaints_per_s,
                ceiling.complaints_per_s
            );
        }
    }
    let latencies = bench
        .latencies(&complaints, "single", args.rate, Duration::from_secs(10))
        .await?;
    let spans = bench.finish(dir.path()).await?;
    loads.sort_by(|a, b| a.complaints_per_s.total_cmp(&b.complaints_per_s));
    ceilings.sort_by(|a, b| a.complaints_per_s.total_cmp(&b.complaints_per_s));
    let (load, ceiling) = (&loads[loads.len() / 2], &ceilings[ceilings.len() / 2]);
    #[expect(clippy::cast_precision_loss, reason = "microseconds a complaint")]
    let each = |seconds: f64| round(seconds * 1e6 / args.complaints as f64);
    Ok(Row {
        fsync: name,
        cores: std::thread::available_parallelism()?.get(),
        complaints_per_s: round(load.complaints_per_s),
        bare_redis_per_s: round(ceiling.complaints_per_s),
        ratio: round(load.complaints_per_s / ceiling.complaints_per_s),
        submit_rate_per_s: args.rate,
        submit_p50_ms: round(quantile(&latencies, 0.5)),
        submit_p99_ms: round(quantile(&latencies, 0.99)),
        cpu_us: load
            .cpu
            .iter()
            .map(|(name, seconds)| (name.clone(), each(*seconds)))
            .collect(),
        bare_redis_cpu_us: each(ceiling.redis_cpu),
        spans,
    })
}

fn table(rows: &[Row]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    let mut header = vec!["".to_owned()];
    header.extend(rows.iter().map(|row| format!("fsync {}", row.fsync)));
    table.set_header(header);
    let mut line = |name: &str, value: &dyn Fn(&Row) -> String| {
        let mut cells = vec![name.to_owned()];
        cells.extend(rows.iter().map(value));
        table.add_row(cells);
    };
    line("complaints/s, submission to offer, all traced", &|row| {
        format!("{:.0}", row.complaints_per_s)
    });
    line("bare Redis, the same commands", &|row| {
        format!("{:.0}", row.bare_redis_per_s)
    });
    line("ratio", &|row| format!("{:.2}", row.ratio));
    line("single submission, median ms", &|row| {
        format!("{:.2}", row.submit_p50_ms)
    });
    line("single submission, p99 ms", &|row| {
        format!("{:.2}", row.submit_p99_ms)
    });
    line("spans received of those ended", &|row| {
        format!("{} of {}", row.spans.received, row.spans.ended)
    });
    line("spans dropped", &|row| row.spans.dropped.to_string());
    for (nth, (name, _)) in rows
        .first()
        .map(|row| row.cpu_us.as_slice())
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        line(&format!("CPU µs a complaint: {name}"), &|row| {
            format!("{:.1}", row.cpu_us[nth].1)
        });
    }
    line("CPU µs a complaint: bare Redis", &|row| {
        format!("{:.1}", row.bare_redis_cpu_us)
    });
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index"
    )]
    let index = (sorted.len() as f64 * share) as usize;
    sorted
        .get(index.min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
