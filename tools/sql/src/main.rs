//! `swift-sql`: SQL over the archive, as a program of its own because DataFusion is large.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use swiftline_sql::{Format, Query, SqlError};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Something given is wrong, as in `swiftctl`.
const USAGE: u8 = 2;

/// Asks the archive in SQL; nothing can be changed
#[derive(Parser)]
#[command(
    name = "swift-sql",
    version,
    max_term_width = 100,
    after_help = "\
Tables: cases (one row a case that has ended), events (one row an event), rollups (sums of months that were dropped). Every one \
has the columns city and month, the UTC month of the file; whoever names them reads only those files.
View: scores_monthly, per city, month of score_day, and unit: how many cases were assessed, how many citizens said that they \
were contacted (contacted of contacted_of who answered that), that it was solved, that they are satisfied, and the three rates, \
0 to 1.

Examples:
  swift-sql --archive DIR \"SELECT * FROM scores_monthly WHERE month = '2026-10' ORDER BY resolution DESC\"
  swift-sql --archive DIR --city nyc --output json \"SELECT * FROM events WHERE case_number = '07-0001234-8'\"

Exit codes: 0 done, 1 it failed, 2 something given is wrong."
)]
struct Args {
    /// The archive: a folder, or s3://bucket/prefix with AWS_* in the environment
    #[arg(long, value_name = "URL", env = "SWIFTLINE_ARCHIVE__URL")]
    archive: String,
    /// Only this city's cases
    #[arg(long, value_name = "ID")]
    city: Option<String>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    output: Shape,
    /// Say how long it took, on standard error
    #[arg(long)]
    time: bool,
    /// The question
    sql: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Shape {
    // Not doc comments: clap would give every value lines of its own.
    // For people.
    Table,
    // One object a line.
    Json,
    // With a header.
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
    let mut out = io::BufWriter::new(io::stdout());
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
            eprintln!("error: {error}");
            if error.is_usage() {
                ExitCode::from(USAGE)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

async fn ask(args: &Args, out: &mut impl io::Write) -> Result<(), SqlError> {
    let query = Query::open(&args.archive, args.city.as_deref()).await?;
    query.run(&args.sql, args.output.into(), out).await
}
