//! The command line as a whole: the commands and what holds for all of them.

use std::time::Duration;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use jiff::SignedDuration;

use crate::connect::Endpoints;
use crate::failure::Failure;
use crate::output::Format;
use crate::{
    archive, audit, calls, case, city, classify, dead_letters, desk, import_run, insight, issues,
    knowledge, model, query, queues, rates, route, rules, score, submit, trace, units,
};

const ABOUT: &str =
    "Submits, follows and handles complaints, and looks after the mesh that carries them";

const AFTER: &str = "\
Examples:
  swiftctl submit --text 'No water in our building since this morning' --lat 39.91 --lon 116.41
  swiftctl case show 07-0001234-8        where a case stands
  swiftctl case explain 07-0001234-8     why it went there
  swiftctl trace 07-0001234-8            what every service did, and how long it took
  swiftctl desk watch --team TEAM        the orders that wait for a team, as they come
  swiftctl queues --watch 2              lag of the log and depth of the queues, every 2 seconds
  swiftctl import --format nyc311 day.csv --speed 600
  swiftctl rules --help                  how routing rules are changed, in ten lines
  swiftctl query 'SELECT * FROM scores_monthly'   the archive, asked in SQL
  swiftctl --output json units | jq -r '.teams[].id'

Exit codes:
  0   done
  1   the mesh refused, or it failed
  2   wrong usage, or something given is wrong: a case number, rows of a file, a city pack, rules
  3   `rules lint` has warnings, nothing worse
  69  a service is not there or did not answer in time";

/// `swiftctl`.
#[derive(Debug, Parser)]
#[command(name = "swiftctl", version, about = ABOUT, after_help = AFTER, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// How results are printed; json is one object a line with stable names, csv is for `query` [default: table; json for
    /// `issues`]
    #[arg(
        long,
        global = true,
        value_enum,
        env = "SWIFTCTL_OUTPUT",
        help_heading = "Output"
    )]
    pub(crate) output: Option<Format>,
    /// The longest that a call may take, such as 500ms, 10s or 2m
    #[arg(long, global = true, default_value = "10s", value_parser = duration, env = "SWIFTCTL_TIMEOUT", help_heading = "Mesh")]
    pub(crate) timeout: Duration,
    #[command(flatten)]
    pub(crate) endpoints: Endpoints,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Submits one complaint and prints its case number
    Submit(submit::SubmitArgs),
    /// Submits the complaints of a file
    Import(import_run::ImportArgs),
    /// Shows, explains and decides single cases
    Case(case::CaseArgs),
    /// What a team does: watch its orders, sign, return, resolve
    Desk(desk::DeskArgs),
    /// The state of the log's consumer groups and of the teams' queues
    Queues(queues::QueuesArgs),
    /// The tree of units with their teams and loads
    Units(units::UnitsArgs),
    /// Whom to ask whether their matter is settled
    Calls(calls::CallsArgs),
    /// The three rates of each unit: response, resolution, satisfaction
    Rates(rates::RatesArgs),
    /// Scores and rankings by the city's formula, recomputed or drilled down to cases
    Score(score::ScoreArgs),
    /// Cases that are only in the archive: found, citizens erased, old months dropped
    Archive(archive::ArchiveArgs),
    /// Asks the archive in SQL
    Query(query::QueryArgs),
    /// Draws the traces of a case as a waterfall
    Trace(trace::TraceArgs),
    /// Log entries that could not be handled
    Deadletters(dead_letters::DeadLettersArgs),
    /// How routing rules are checked, tried, put in force and taken back
    Rules(rules::RulesArgs),
    /// The log of who changed the rules, and whether it is what was written
    Audit(audit::AuditArgs),
    /// Says what messages are about, and why
    Classify(classify::ClassifyArgs),
    /// How the classifier's models are pushed, compared, put in force and taken back
    Model(model::ModelArgs),
    /// Says where the complaints of a file go, without servers
    Route(route::RouteArgs),
    /// The recurring issues of a file of messages, without servers
    Issues(issues::IssuesArgs),
    /// Surges, hot issues, pain points, campaigns and the map
    Insight(insight::InsightArgs),
    /// What the city answers to inquiries, and which answer a question finds
    Knowledge(knowledge::KnowledgeArgs),
    /// Checks city packs
    City(city::CityArgs),
    /// Prints the completions of a shell
    Completions(CompletionsArgs),
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  swiftctl completions bash > ~/.local/share/bash-completion/completions/swiftctl")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the completions of a shell.
///
/// # Errors
/// When standard output is closed.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "swiftctl", &mut script);
    std::io::stdout()
        .write_all(&script)
        .map_err(Failure::Output)
}

/// Reads a length of time; a bare number is seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is not a positive length of time such as 500ms, 10s or 2m");
    let read = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).map_err(|_| wrong())?,
        Err(_) => {
            let signed: SignedDuration = text.parse().map_err(|_| wrong())?;
            signed.try_into().map_err(|_| wrong())?
        }
    };
    if read.is_zero() {
        Err(wrong())
    } else {
        Ok(read)
    }
}

/// Reads a length of time that may also be days, such as `7d`.
pub(crate) fn long_duration(text: &str) -> Result<Duration, String> {
    const DAY: u64 = 24 * 60 * 60;
    let days: Option<u64> = text.strip_suffix('d').and_then(|days| days.parse().ok());
    match days.and_then(|days| days.checked_mul(DAY)) {
        Some(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => duration(text).map_err(|_| {
            format!("{text:?} is not a positive length of time such as 30m, 24h or 7d")
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn lengths_of_time_are_read_with_and_without_a_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("1.5"), Ok(Duration::from_millis(1_500)));
        for wrong in ["", "0", "-1s", "-1", "soon", "inf", "NaN"] {
            assert!(
                duration(wrong).unwrap_err().contains("such as 500ms"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_look_back_may_be_days() {
        assert_eq!(long_duration("7d"), Ok(Duration::from_secs(604_800)));
        assert_eq!(long_duration("24h"), Ok(Duration::from_secs(86_400)));
        for wrong in ["0d", "-1d", "d", "x"] {
            assert!(
                long_duration(wrong).unwrap_err().contains("or 7d"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn global_options_are_taken_after_the_command_too() {
        let cli =
            Cli::try_parse_from(["swiftctl", "queues", "--output", "json", "--timeout", "3s"])
                .unwrap();
        assert_eq!(cli.global.output, Some(Format::Json));
        assert_eq!(cli.global.timeout, Duration::from_secs(3));
    }
}
