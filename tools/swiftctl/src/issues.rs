//! `issues mine`: the recurring issues of a file of messages, found here.

mod rows;
mod title;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, Subcommand, ValueHint};
use comfy_table::Cell;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use swiftline_classifier::engine::Engine;
use swiftline_classifier::likeness::mine::{Issue, MAX_MESSAGES, Message, mine};
use swiftline_domain::city::CityPack;
use swiftline_domain::complaint::Complaint;
use swiftline_domain::vocabulary::Urgency;

use crate::failure::Failure;
use crate::import_run::zone;
use crate::output::{Format, Out, cell, clean, maybe};
use crate::rules::pack::PackArg;
use crate::words::count;
use rows::{Id, Row};

/// Arguments of `issues`.
#[derive(Debug, Args)]
pub(crate) struct IssuesArgs {
    #[command(subcommand)]
    command: IssuesCommand,
}

#[derive(Debug, Subcommand)]
enum IssuesCommand {
    /// Finds the recurring issues in a file of messages and ranks them by heat, without servers
    #[command(after_help = "\
Messages that tell of the same matter at the same place are one issue; an issue has at least two. The heat is in callers: \
each caller counts one, repeats of the same and votes a little, and growth, recency, coming back week after week and \
urgency add up to a quarter each.

A line of the file is a JSON object: msg_id (or id, key), user (or caller), time (2019/2/28 11:25:05 or ISO 8601), subject \
and detail (or title and content, or text), up. Everything but a text and the time may be missing. A row that cannot be \
read is named by its line on standard error and passed over; the exit code is then 2.

Prints one JSON object an issue, the hottest first: title, size, first, last, place (the name that most of its messages \
share; null without one), heat, callers, message_ids. With --output table, a table.

Examples:
  swiftctl issues mine --offline --input messages.jsonl --top 10
  swiftctl issues mine --offline --city beijing --input messages.jsonl --output table")]
    Mine(MineArgs),
}

#[derive(Debug, Args)]
struct MineArgs {
    /// Without servers; there is no other way yet
    #[arg(long)]
    offline: bool,
    /// The file; `-` is standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    input: PathBuf,
    #[command(flatten)]
    pack: PackArg,
    /// Only the N hottest
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// The time zone of times that have none [default: the city's, else UTC]
    #[arg(long, value_parser = zone)]
    zone: Option<TimeZone>,
}

/// An issue as it is printed.
#[derive(Debug, Serialize)]
struct IssueView<'a> {
    title: String,
    size: usize,
    first: Timestamp,
    last: Timestamp,
    place: Option<&'a str>,
    heat: f32,
    callers: usize,
    message_ids: Vec<&'a Id>,
}

/// Does what the command says. Results are JSON unless another form is wanted.
///
/// # Errors
/// When the file or the pack cannot be read, or some rows are bad.
pub(crate) fn run(args: IssuesArgs, format: Option<Format>) -> Result<(), Failure> {
    let IssuesCommand::Mine(args) = args.command;
    if !args.offline {
        return Err(Failure::Given(
            "say --offline; issues are found in a file, no service does it".to_owned(),
        ));
    }
    // A city is not needed: without one nothing is known of urgency.
    let pack = args
        .pack
        .folder()
        .is_ok()
        .then(|| args.pack.load())
        .transpose()?;
    let zone = zone_of(args.zone, pack.as_ref());
    let begun = Instant::now();
    let (rows, bad) = read(&args.input, &zone)?;
    let issues = mine(&messages(&rows, pack.as_ref()));
    let found = issues.len();
    let top = args.top.unwrap_or(usize::MAX);
    let views: Vec<_> = issues
        .iter()
        .take(top)
        .map(|issue| view(issue, &rows))
        .collect();
    print(&views, &Out::new(format.unwrap_or(Format::Json)))?;
    eprintln!(
        "{} issues in {} messages, {:.1} s",
        count(found as u64),
        count(rows.len() as u64),
        begun.elapsed().as_secs_f64()
    );
    match bad {
        0 => Ok(()),
        bad => Err(Failure::Given(format!(
            "{} of {} rows could not be read",
            count(bad),
            count(bad + rows.len() as u64)
        ))),
    }
}

fn zone_of(given: Option<TimeZone>, pack: Option<&CityPack>) -> TimeZone {
    let city = || pack.map(|pack| pack.city.time_zone.clone());
    given.or_else(city).unwrap_or(TimeZone::UTC)
}

/// The rows that can be read; the others go to standard error.
fn read(input: &Path, zone: &TimeZone) -> Result<(Vec<Row>, u64), Failure> {
    let wrong = |error| Failure::Given(format!("{}: {error}", input.display()));
    let reader: Box<dyn BufRead> = if input == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(input).map_err(wrong)?))
    };
    let (mut good, mut bad) = (Vec::new(), 0);
    for row in rows::read(reader, zone) {
        match row {
            Ok(_) if good.len() == MAX_MESSAGES => {
                let most = count(MAX_MESSAGES as u64);
                return Err(Failure::Given(format!(
                    "the file has more than {most} messages"
                )));
            }
            Ok(row) => good.push(row),
            Err(row) => {
                bad += 1;
                eprintln!("{}", clean(&row.to_string()));
            }
        }
    }
    Ok((good, bad))
}

fn messages<'a>(rows: &'a [Row], pack: Option<&CityPack>) -> Vec<Message<'a>> {
    let urgencies = pack.map(|pack| urgencies(rows, pack));
    let urgency = |row: usize| urgencies.as_ref().map_or(Urgency::Normal, |all| all[row]);
    let message = |(number, row): (usize, &'a Row)| Message {
        subject: &row.subject,
        detail: &row.detail,
        caller: &row.caller,
        at: row.at,
        votes: row.votes,
        urgency: urgency(number),
    };
    rows.iter().enumerate().map(message).collect()
}

fn urgencies(rows: &[Row], pack: &CityPack) -> Vec<Urgency> {
    let engine = Engine::new(pack);
    let text = |row: &Row| format!("{}\n{}", row.subject, row.detail);
    // What is no complaint that the mesh would take, such as one that is too long, is as urgent as most.
    let urgency = |row: &Row| {
        let complaint = Complaint::try_from(crate::import::complaint(text(row))).ok()?;
        Some(engine.classify_one(&complaint).urgency)
    };
    rows.iter()
        .map(|row| urgency(row).unwrap_or(Urgency::Normal))
        .collect()
}

fn view<'a>(issue: &'a Issue, rows: &'a [Row]) -> IssueView<'a> {
    let members = || issue.members.iter().map(|member| &rows[*member]);
    let central = &rows[issue.central];
    let times = || members().map(|row| row.at);
    IssueView {
        title: title::of(&central.subject, &central.detail, issue.place.as_deref()),
        size: issue.members.len(),
        first: times().min().unwrap_or_default(),
        last: times().max().unwrap_or_default(),
        place: issue.place.as_deref(),
        heat: (issue.heat * 10.0).round() / 10.0,
        callers: issue.callers,
        message_ids: members().map(|row| &row.id).collect(),
    }
}

fn print(views: &[IssueView<'_>], out: &Out) -> Result<(), Failure> {
    out.rows(views, |screen| {
        let row = |view: &IssueView<'_>| {
            vec![
                Cell::new(format!("{:.1}", view.heat)),
                Cell::new(view.size),
                Cell::new(view.callers),
                cell(&screen.time(view.first)),
                cell(&screen.time(view.last)),
                maybe(view.place),
                cell(&view.title),
            ]
        };
        let header = [
            ">heat", ">size", ">callers", "first", "last", "place", "~title",
        ];
        screen.table(&header, views.iter().map(row))
    })
}
