//! `swift-sql`: SQL over the archive, as a program of its own because DataFusion is large.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use swiftline_sql::{Format, Query, SqlError};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Asks the archive in SQL. Tables: `cases`, `events`, `rollups`, and `scores_monthly` (per month and unit).
#[derive(Parser)]
#[command(name = "swift-sql", version)]
struct Args {
    /// The archive: a folder, or s3://bucket/prefix with AWS_* in the environment.
    #[arg(long, env = "SWIFTLINE_ARCHIVE__URL")]
    archive: String,
    /// How to print the answer.
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    format: Shape,
    /// Say how long it took, on standard error.
    #[arg(long)]
    time: bool,
    /// The question.
    sql: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Shape {
    /// For people.
    Table,
    /// One object a line.
    Json,
    /// With a header.
    Csv,
}

impl From<Shape> for Format {
    fn from(shape: Shape) -> Self {
        match shape {
            Shape::Table => Self::Table,
            Shape::Json => Self::Json,
            Shape::Csv => Self::Csv,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let begun = std::time::Instant::now();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let asked = ask(&args, &mut out).await;
    let ended = asked.and_then(|()| out.flush().map_err(SqlError::from));
    if args.time {
        eprintln!("{:.3} s", begun.elapsed().as_secs_f64());
    }
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has read enough.
        Err(SqlError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("swift-sql: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn ask(args: &Args, out: &mut impl io::Write) -> Result<(), SqlError> {
    let query = Query::open(&args.archive).await?;
    query.run(&args.sql, args.format.into(), out).await
}
