//! `route`: where a file's complaints go, decided here.

use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueHint};
use indicatif::ProgressBar;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::failure::Failure;
use crate::import_run::source::Source;
use crate::import_run::{FormatName, form, zone, zone_of};
use crate::offline;
use crate::rules::pack::{PackArg, Rules, RulesArg};
use crate::words::count;

/// Arguments of `route`.
#[derive(Debug, Args)]
#[command(after_help = "\
Classifies with the classifier's own engine and decides by the pack's rules, without servers. Prints one JSON object a row: \
key (the row's own; line-7 for one without), unit, rule (`backstop` when none matches), district (the district or borough; \
null when the place is not known) and lane. What the mesh adds is not here: a person decides where the classifier is not \
sure enough, and teams are chosen by their load.

A row that cannot be read is named by its line and key on standard error and passed over; the exit code is then 2.

Examples:
  swiftctl route --offline --city nyc --format nyc311 day.csv > routed.jsonl
  head -1000 messages.jsonl | swiftctl route --offline --city beijing --format jsonl -
  swiftctl route --offline --city nyc --rules draft.yaml --format nyc311 day.csv")]
pub(crate) struct RouteArgs {
    /// Without servers; the mesh routes what is submitted
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    pack: PackArg,
    /// The rules [default: the rules.yaml of the pack]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    rules: Option<PathBuf>,
    /// The form of the file, as `swiftctl import` takes it
    #[arg(long, value_enum)]
    format: FormatName,
    /// For csv: which column holds which field; may be repeated
    #[arg(long, value_name = "FIELD=COLUMN", required_if_eq("format", "csv"))]
    map: Vec<String>,
    /// The time zone of recorded times that have none [default: America/New_York for nyc311, else the city's]
    #[arg(long, value_parser = zone)]
    zone: Option<TimeZone>,
    /// The file; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
}

/// Where a row goes. These are all the keys, in this order.
#[derive(Debug, Serialize)]
struct RoutedView<'a> {
    key: &'a str,
    unit: &'a str,
    rule: &'a str,
    district: Option<&'a str>,
    lane: &'a str,
}

/// Routes a file.
///
/// # Errors
/// When the pack, the rules or the file are wrong, or some rows are bad.
pub(crate) fn run(args: RouteArgs) -> Result<(), Failure> {
    if !args.offline {
        return Err(Failure::Given(
            "say --offline; the mesh itself routes what `swiftctl submit` and `swiftctl import` give it".to_owned(),
        ));
    }
    let Rules { pack, rules, .. } = RulesArg::new(args.rules, args.pack).load()?;
    let source = Source {
        format: form(args.format, &args.map)?,
        file: args.file,
        zone: zone_of(args.zone, args.format, &pack.city.time_zone)?,
        limit: None,
        in_order: false,
    };
    let begun = Instant::now();
    let rows = source.read(&ProgressBar::hidden())?;
    let mut stdout = BufWriter::new(std::io::stdout().lock());
    let tell = |line: &str| eprintln!("{line}");
    let counts = offline::classify(&pack, rows, tell, |past| {
        let facts = past.facts(&pack);
        let decision = rules.decide(&facts);
        let unit = pack
            .resolve_unit(&decision.lead, facts.area, rules.backstop())
            .unit;
        let district = facts
            .area
            .and_then(|area| pack.areas.district_of(area.as_str()));
        let view = RoutedView {
            key: past.key,
            unit: unit.id.as_str(),
            rule: decision
                .rule
                .as_ref()
                .map_or("backstop", |rule| rule.as_str()),
            district: district.map(|area| area.id.as_str()),
            lane: decision.lane.as_str(),
        };
        serde_json::to_writer(&mut stdout, &view).map_err(|error| Failure::Output(error.into()))?;
        stdout.write_all(b"\n").map_err(Failure::Output)
    })?;
    stdout.flush().map_err(Failure::Output)?;
    eprintln!(
        "{} rows routed in {:.1} s",
        count(counts.good),
        begun.elapsed().as_secs_f64()
    );
    match counts.bad {
        0 => Ok(()),
        bad => Err(Failure::Given(format!(
            "{} of {} rows could not be routed",
            count(bad),
            count(bad + counts.good)
        ))),
    }
}
