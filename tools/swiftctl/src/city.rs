//! `city check`: whether a city pack can be loaded.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueHint};
use serde::Serialize;
use swiftline_config::read_folder;
use swiftline_domain::city::{CityPack, LoadError};

use crate::failure::Failure;
use crate::output::{Out, clean};
use crate::words::count;

/// Arguments of `city`.
#[derive(Debug, Args)]
pub(crate) struct CityArgs {
    #[command(subcommand)]
    command: CityCommand,
}

#[derive(Debug, Subcommand)]
enum CityCommand {
    /// Reads city packs as the services do, and prints what is in them or everything that is wrong
    #[command(after_help = "\
Each error is on a line of its own as FILE:LINE:COLUMN: REASON, which editors can jump to.

Example:
  swiftctl city check k8s/cities/beijing")]
    Check {
        /// The packs' folders
        #[arg(required = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
        dirs: Vec<PathBuf>,
    },
}

/// What is in a pack.
#[derive(Debug, Serialize)]
struct PackView {
    city: String,
    areas: usize,
    outlines: usize,
    units: usize,
    teams: usize,
    categories: usize,
    rules: usize,
    answers: usize,
}

impl PackView {
    fn of(pack: &CityPack) -> Self {
        Self {
            city: pack.city.id.clone(),
            areas: pack.areas.iter().len(),
            outlines: pack.outlines.iter().len(),
            units: pack.units.iter().len(),
            teams: pack.teams.iter().len(),
            categories: pack.taxonomy.iter().len(),
            rules: pack.rules.rules().len(),
            answers: pack.knowledge.iter().len(),
        }
    }

    fn draw(&self) -> String {
        let parts = [
            (self.areas, "areas"),
            (self.outlines, "outlines"),
            (self.units, "units"),
            (self.teams, "teams"),
            (self.categories, "categories"),
            (self.rules, "rules"),
            (self.answers, "answers"),
        ];
        let parts: Vec<String> = parts
            .iter()
            .map(|(number, what)| format!("{} {what}", count(*number as u64)))
            .collect();
        format!("{}: {}", self.city, parts.join(", "))
    }
}

/// Checks city packs.
///
/// # Errors
/// When a pack cannot be read or is wrong.
pub(crate) fn run(args: &CityArgs, out: &Out) -> Result<(), Failure> {
    let CityCommand::Check { dirs } = &args.command;
    let mut wrong = Vec::new();
    for dir in dirs {
        match check(dir) {
            Ok(pack) => out.one(&pack, |_| pack.draw())?,
            Err(error) => wrong.push(error),
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Failure::Given(wrong.join("\n")))
    }
}

fn check(dir: &Path) -> Result<PackView, String> {
    match CityPack::load(dir, read_folder) {
        Ok(pack) => Ok(PackView::of(&pack)),
        Err(LoadError::Read(error)) => Err(error.to_string()),
        Err(LoadError::Wrong(errors)) => {
            let text = format!("{} is not a city pack:\n{errors}", dir.display());
            let lines: Vec<String> = text.lines().map(clean).collect();
            Err(lines.join("\n"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_carry_the_path_of_their_file() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("city.yaml"), "id: [\n").unwrap();
        let text = check(dir.path()).unwrap_err();
        let path = dir.path().join("city.yaml");
        assert!(
            text.lines()
                .any(|line| line.starts_with(&format!("{}:", path.display()))),
            "{text}"
        );
        assert!(text.contains("areas.yaml"), "{text}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        assert!(
            check(Path::new("/nowhere/at-all"))
                .unwrap_err()
                .contains("/nowhere/at-all")
        );
    }

    #[test]
    fn the_counts_are_one_line() {
        let pack = PackView {
            city: "x".into(),
            areas: 366,
            outlines: 17,
            units: 1_000,
            teams: 5,
            categories: 6,
            rules: 7,
            answers: 8,
        };
        assert_eq!(
            pack.draw(),
            "x: 366 areas, 17 outlines, 1,000 units, 5 teams, 6 categories, 7 rules, 8 answers"
        );
    }
}
