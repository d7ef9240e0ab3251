//! `query`: SQL over the archive, by the separate program `swift-sql`: it has a large database engine in it, and whoever
//! wants only the other commands shall not wait for that to be built.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::failure::Failure;
use crate::output::Format;

/// The program.
const PROGRAM: &str = "swift-sql";
/// Names another place of it.
const PLACE: &str = "SWIFT_SQL";

/// Arguments of `query`.
#[derive(Debug, Args)]
#[command(after_help = "\
Tables: cases (one row a case that has ended), events (one row an event), rollups (sums of months that were dropped); every \
one has the columns city and month. View: scores_monthly (per city, month and unit: the three rates). What each column means \
is in services/feedback/ARCHIVE.md. Nothing can be changed.

Needs the program swift-sql: `make sql` builds it. It is looked for at $SWIFT_SQL, beside swiftctl, and in the PATH.

Examples:
  swiftctl query --archive /var/lib/swiftline/archive 'SELECT unit, count(*) FROM cases GROUP BY unit'
  swiftctl query --output csv \"SELECT * FROM scores_monthly WHERE month = '2026-10' ORDER BY resolution DESC\"
  swiftctl query 'DESCRIBE events'")]
pub(crate) struct QueryArgs {
    /// The archive: a folder, or s3://bucket/prefix with AWS_* in the environment
    #[arg(long, value_name = "URL", env = "SWIFTLINE_ARCHIVE__URL")]
    archive: String,
    /// Only this city's cases
    #[arg(long, value_name = "ID")]
    city: Option<String>,
    /// The question: one SELECT, or what SHOW TABLES, DESCRIBE and EXPLAIN ask
    sql: String,
}

/// Asks, and ends this process with the program's own end.
///
/// # Errors
/// When the program is not there or cannot be started.
pub(crate) fn run(args: QueryArgs, format: Format) -> Result<(), Failure> {
    let place = std::env::var_os(PLACE).filter(|place| !place.is_empty());
    let beside = std::env::current_exe().ok();
    let program = program(place, beside.as_deref());
    let mut command = Command::new(&program);
    command.arg("--archive").arg(args.archive);
    command.args(["--output", format.as_str()]);
    if let Some(city) = args.city {
        command.arg("--city").arg(city);
    }
    // The question may begin with a dash.
    command.arg("--").arg(args.sql);
    let error = std::os::unix::process::CommandExt::exec(&mut command);
    Err(not_started(&program, &error))
}

/// What to start: what was named, what lies beside swiftctl, or what the PATH has.
fn program(named: Option<OsString>, swiftctl: Option<&Path>) -> PathBuf {
    if let Some(named) = named {
        return named.into();
    }
    let beside = swiftctl.and_then(|swiftctl| Some(swiftctl.parent()?.join(PROGRAM)));
    beside
        .filter(|beside| beside.is_file())
        .unwrap_or_else(|| PROGRAM.into())
}

fn not_started(program: &Path, error: &io::Error) -> Failure {
    let program = program.display();
    Failure::Failed(match error.kind() {
        io::ErrorKind::NotFound => format!(
            "{program} is not there: build it with `make sql`, or say where it is with {PLACE}"
        ),
        _ => format!("{program} cannot be started: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_named_comes_before_what_lies_beside_and_that_before_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let swiftctl = folder.path().join("swiftctl");
        assert_eq!(program(None, Some(&swiftctl)), Path::new(PROGRAM));
        assert_eq!(program(None, None), Path::new(PROGRAM));
        let beside = folder.path().join(PROGRAM);
        std::fs::write(&beside, "").unwrap();
        assert_eq!(program(None, Some(&swiftctl)), beside);
        assert_eq!(
            program(Some("/opt/x".into()), Some(&swiftctl)),
            Path::new("/opt/x")
        );
    }
}
