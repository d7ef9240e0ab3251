//! `rules replay`: what would have become of past complaints, before and after.

mod report;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use swiftline_domain::id::ActorId;
use swiftline_domain::rules::replay::{Observed, Replay, ReplayReport};
use swiftline_proto::router::v1::replay_request::Rules as Candidate;
use swiftline_proto::router::v1::replay_response::Step;
use swiftline_proto::router::v1::{ReplayRequest, ReplayResult};
use tonic::Request;

use super::digest::is_digest;
use super::pack::{PackArg, Rules, RulesArg, text_of};
use crate::cli::long_duration;
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::import_run::source::Source;
use crate::import_run::{FormatName, form, zone, zone_of};
use crate::offline;
use crate::output::{Out, clean};
use crate::words::count;

pub(super) use report::{draw_json, headline};

const BYTES: &str = "{bar:24.cyan/dim} {percent:>3} %  {msg}  {elapsed}, {eta} to go";
/// The steps of the bar of a replay in the mesh, which says its share.
const STEPS: u64 = 1_000;
/// The longest silence of a replay in the mesh.
const SILENCE: Duration = Duration::from_secs(60);

/// Arguments of `rules replay`.
#[derive(Debug, Args)]
#[command(after_help = "\
Decides past complaints under the rules in force and under the candidate, and shows who gains and who loses: complaints \
before and after by unit, against what its teams can have open; what moves, by which rules, with examples; changes of lanes \
and clocks. The mesh replays what it has had (--since); an approval is bound to the report of a version. With --input a \
file is replayed here, without the mesh, against the rules of the pack. Complaints are decided by the classification that \
they have; in a file, by that of the classifier's own engine.

Examples:
  swiftctl rules replay 3f2a5b6c --since 24h
  swiftctl rules replay draft.yaml --since 7d
  swiftctl rules replay draft.yaml --city nyc --input month.csv --format nyc311")]
pub(super) struct ReplayArgs {
    /// The candidate: a file, or a version by its first 8 digits or more (--since only) [default with --input: the rules of
    /// the pack, which shows what each unit gets]
    #[arg(value_hint = ValueHint::FilePath, required_unless_present = "input")]
    candidate: Option<PathBuf>,
    /// Ask the mesh to look back so far, such as 24h or 7d
    #[arg(long, value_name = "TIME", value_parser = long_duration, required_unless_present = "input", conflicts_with = "input")]
    since: Option<Duration>,
    /// Replay the complaints of this file; `-` is standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "format")]
    input: Option<PathBuf>,
    /// With --input: the form of the file, as `swiftctl import` takes it
    #[arg(long, value_enum, requires = "input")]
    format: Option<FormatName>,
    /// For csv: which column holds which field; may be repeated
    #[arg(long, value_name = "FIELD=COLUMN", required_if_eq("format", "csv"))]
    map: Vec<String>,
    /// The time zone of recorded times that have none [default: America/New_York for nyc311, else the city's]
    #[arg(long, value_parser = zone)]
    zone: Option<TimeZone>,
    #[command(flatten)]
    pack: PackArg,
    /// Who asks the mesh, by an opaque id
    #[arg(long, default_value = "desk-1", env = "SWIFTCTL_ACTOR")]
    actor: ActorId,
}

/// Replays complaints.
///
/// # Errors
/// When something given is wrong, rows of the file are bad, or the router is not there.
pub(super) async fn run(mut args: ReplayArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    match (args.input.take(), args.format) {
        (Some(input), Some(format)) => {
            tokio::task::block_in_place(|| offline(args, input, format, out))
        }
        _ => online(args, mesh, out).await,
    }
}

fn offline(args: ReplayArgs, input: PathBuf, format: FormatName, out: &Out) -> Result<(), Failure> {
    let Rules { pack, rules, .. } = RulesArg::new(args.candidate, args.pack).load()?;
    let source = Source {
        format: form(format, &args.map)?,
        file: input,
        zone: zone_of(args.zone, format, &pack.city.time_zone)?,
        limit: None,
        in_order: false,
    };
    let bar = bar(0);
    let rows = source.read(&bar)?;
    let mut replay = Replay::new(&pack, &pack.rules, &rules);
    let tell = |line: &str| bar.suspend(|| eprintln!("{line}"));
    let counts = offline::classify(&pack, rows, tell, |past| {
        replay.observe(&Observed {
            key: past.key,
            at: past.at,
            facts: past.facts(&pack),
        });
        bar.set_message(format!("{} complaints", count(replay.complaints())));
        Ok(())
    })?;
    bar.finish_and_clear();
    let report: ReplayReport = replay.report();
    out.one(&report, |screen| report::draw(&report, screen))?;
    match counts.bad {
        0 => Ok(()),
        bad => Err(Failure::Given(format!(
            "{} of {} rows could not be read",
            count(bad),
            count(bad + counts.good)
        ))),
    }
}

fn bar(length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template(BYTES) {
        bar.set_style(style);
    }
    bar
}

async fn online(args: ReplayArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let candidate = args.candidate.unwrap_or_default();
    let name = candidate.display().to_string();
    let rules = if candidate.exists() || name == "-" {
        Candidate::Text(text_of(&candidate)?)
    } else if is_digest(&name) {
        Candidate::Digest(name)
    } else {
        return Err(Failure::Given(clean(&format!(
            "{name:?} is no file, and no digest: say 8 digits or more"
        ))));
    };
    let since = args.since.unwrap_or_default();
    let request = ReplayRequest {
        since: prost_types::Duration::try_from(since).ok(),
        actor: args.actor.to_string(),
        rules: Some(rules),
    };
    let result = ask(request, mesh).await?;
    if result.skipped > 0 {
        let s = if result.skipped == 1 { "" } else { "s" };
        eprintln!("{} record{s} could not be read", count(result.skipped));
    }
    let json = result.report.unwrap_or_default().json;
    out.raw_or(&json, |screen| report::draw_json(&json, screen))
}

/// Asks the mesh, and shows how far it is.
async fn ask(request: ReplayRequest, mesh: &Mesh) -> Result<ReplayResult, Failure> {
    // Without a deadline for the whole: a long history takes its time. It must go on, though.
    let mesh = mesh.with_patience(SILENCE);
    let mut steps = mesh
        .call(Peer::Router, mesh.rules()?.replay(Request::new(request)))
        .await?;
    let bar = bar(STEPS);
    loop {
        let step = tokio::time::timeout(mesh.timeout(), steps.message())
            .await
            .map_err(|_| mesh.late(Peer::Router))?
            .map_err(|status| mesh.failure(Peer::Router, status))?;
        match step.map(|step| step.step) {
            Some(Some(Step::Progress(progress))) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    clippy::cast_precision_loss,
                    reason = "a share of a thousand steps"
                )]
                bar.set_position((progress.share.clamp(0.0, 1.0) * STEPS as f64) as u64);
                bar.set_message(format!("{} complaints", count(progress.complaints)));
            }
            Some(Some(Step::Result(result))) => {
                bar.finish_and_clear();
                return Ok(result);
            }
            Some(None) => {}
            None => {
                return Err(Failure::Failed(
                    "the router ended the replay without a result; ask again".to_owned(),
                ));
            }
        }
    }
}
