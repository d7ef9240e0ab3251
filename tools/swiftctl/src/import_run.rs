//! `import`: the complaints of a file, in batches over one stream, as fast as intake takes them or at a pace.

mod batches;
mod pace;
mod sender;
pub(crate) mod source;
mod tally;

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use jiff::tz::TimeZone;

use crate::connect::Mesh;
use crate::failure::Failure;
use crate::import::{ColumnMap, FIELDS, Format};
use crate::output::Out;
use crate::words::count;
use batches::Batches;
use pace::Pace;
use sender::Sender;
use tally::Tally;

/// The most submissions that intake takes at once.
const MAX_BATCH: u16 = 1_000;

/// Arguments of `import`.
#[derive(Debug, Args)]
#[command(after_help = format!("\
Each row's idempotency key comes from the row's own key, or from the file's name and the line: importing a file \
again changes nothing, so an import that was broken off is simply repeated.

A row that cannot be read, or that intake refuses, is named by its line on standard error and passed over; the exit \
code is then 2. When intake is busy the import waits as long as intake says.

Fields for --map: {}.

Examples:
  swiftctl import --format nyc311 311_Service_Requests.csv
  swiftctl import --format nyc311 day.csv --speed 600      a day in 144 seconds
  swiftctl import --format jsonl messages.jsonl --zone Asia/Shanghai --rate 50/s
  swiftctl import --format csv calls.csv --map text=Note --map key=No --map time=Begin", FIELDS.join(", ")))]
pub(crate) struct ImportArgs {
    /// The form of the file: New York's published 311 requests (either style of column names), JSON lines (text, or
    /// subject and detail, or title and content), or any CSV with --map
    #[arg(long, value_enum)]
    format: FormatName,
    /// The file; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// For csv: which column holds which field; may be repeated
    #[arg(long, value_name = "FIELD=COLUMN", required_if_eq("format", "csv"))]
    map: Vec<String>,
    /// The time zone of recorded times that have none [default: America/New_York for nyc311, else UTC]
    #[arg(long, value_parser = zone)]
    zone: Option<TimeZone>,
    /// Submit so many a second, such as 50 or 50/s
    #[arg(long, value_name = "N", value_parser = pace::rate, conflicts_with = "speed")]
    rate: Option<f64>,
    /// Submit in the order and rhythm of the recorded times, so many times as fast (reads the whole file first)
    #[arg(long, value_name = "X", value_parser = pace::speed)]
    speed: Option<f64>,
    /// The most submissions in one message
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_BATCH)))]
    batch: u16,
    /// Only the first so many rows of the file
    #[arg(long, value_name = "ROWS")]
    limit: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    // What they are is in the help of the option: see `output::Format`.
    Nyc311,
    Jsonl,
    Csv,
}

/// Reads the name of a time zone.
pub(crate) fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name)
        .map_err(|_| format!("there is no time zone {name:?} here; write it like Asia/Shanghai"))
}

/// The form of a file that was named, with the columns that were.
///
/// # Errors
/// When the columns are wrong, or there are some where the form has its own.
pub(crate) fn form(format: FormatName, map: &[String]) -> Result<Format, Failure> {
    match format {
        FormatName::Csv => ColumnMap::parse(map)
            .map(Format::Csv)
            .map_err(|error| Failure::Given(format!("--map: {error}"))),
        _ if !map.is_empty() => Err(Failure::Given("--map: only for --format csv".to_owned())),
        FormatName::Nyc311 => Ok(Format::Nyc311),
        FormatName::Jsonl => Ok(Format::Jsonl),
    }
}

/// The zone of a file's times that have none: the one that was said, New York's for its own files, else `other`.
///
/// # Errors
/// When New York's is not known here.
pub(crate) fn zone_of(
    said: Option<TimeZone>,
    format: FormatName,
    other: &TimeZone,
) -> Result<TimeZone, Failure> {
    match (said, format) {
        (Some(said), _) => Ok(said),
        (None, FormatName::Nyc311) => zone("America/New_York").map_err(Failure::Given),
        (None, _) => Ok(other.clone()),
    }
}

impl ImportArgs {
    fn format(&self) -> Result<Format, Failure> {
        form(self.format, &self.map)
    }

    fn zone(&self) -> Result<TimeZone, Failure> {
        zone_of(self.zone.clone(), self.format, &TimeZone::UTC)
    }

    fn pace(&self) -> Pace {
        match (self.rate, self.speed) {
            (Some(rate), _) => Pace::rate(rate),
            (None, Some(speed)) => Pace::speed(speed),
            (None, None) => Pace::Free,
        }
    }
}

/// Imports a file.
///
/// # Errors
/// When the file cannot be read, a row was bad or rejected, or intake is not there.
pub(crate) async fn run(args: ImportArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let by_rows = args.limit.is_some() || args.speed.is_some();
    let mut tally = Tally::new(&args.file, by_rows);
    if let Some(limit) = args.limit {
        tally.bar().set_length(limit);
    }
    let source = source::Source {
        format: args.format()?,
        file: args.file.clone(),
        zone: args.zone()?,
        limit: args.limit,
        in_order: args.speed.is_some(),
    };
    let rows = source.read(tally.bar())?;
    let mut batches = Batches::new(rows, args.pace(), usize::from(args.batch));
    let end = Sender::new(mesh)?.drive(&mut batches, &mut tally).await;
    let summary = tally.finish();
    out.one(&summary, |_| summary.draw())?;
    end?;
    match summary.bad_rows + summary.rejected {
        0 => Ok(()),
        wrong => Err(Failure::Given(format!(
            "{} of {} rows were not taken",
            count(wrong),
            count(summary.rows)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: ImportArgs,
    }

    fn parse(line: &str) -> Result<ImportArgs, clap::Error> {
        Line::try_parse_from(line.split(' ')).map(|line| line.args)
    }

    #[test]
    fn a_pace_is_one_or_the_other() {
        assert!(parse("import --format jsonl x --rate 50/s").is_ok());
        assert!(parse("import --format jsonl x --speed 60").is_ok());
        assert!(parse("import --format jsonl x --rate 5 --speed 60").is_err());
        assert!(parse("import --format jsonl x --batch 1001").is_err());
    }

    #[test]
    fn columns_are_mapped_for_csv_and_nothing_else() {
        assert!(parse("import --format csv x").is_err());
        assert!(
            parse("import --format csv x --map text=a")
                .unwrap()
                .format()
                .is_ok()
        );
        let wrong = parse("import --format csv x --map tex=a")
            .unwrap()
            .format()
            .unwrap_err();
        assert!(
            wrong.to_string().starts_with("--map: there is no field"),
            "{wrong}"
        );
        let wrong = parse("import --format jsonl x --map text=a")
            .unwrap()
            .format()
            .unwrap_err();
        assert_eq!(wrong.to_string(), "--map: only for --format csv");
    }

    #[test]
    fn new_york_files_are_in_new_york_time() {
        let zone = |line: &str| parse(line).unwrap().zone().unwrap();
        assert_eq!(
            zone("import --format nyc311 x").iana_name(),
            Some("America/New_York")
        );
        assert_eq!(zone("import --format jsonl x"), TimeZone::UTC);
        assert!(parse("import --format jsonl x --zone Mars/Olympus").is_err());
    }
}
