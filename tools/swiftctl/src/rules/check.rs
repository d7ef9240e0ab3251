//! `rules validate`, `rules format` and `rules schema`: the text of a rule set.

use std::path::Path;

use clap::Args;
use serde::Serialize;
use swiftline_domain::rules;

use super::diff::{changed_lines, unified};
use super::pack::{Rules, RulesArg, Unread, lines, text_of};
use crate::failure::Failure;
use crate::output::{Out, clean};
use crate::words::{count, short};

/// Arguments of `rules validate`.
#[derive(Debug, Args)]
#[command(after_help = "\
Each error is on a line of its own as FILE:LINE:COLUMN: REASON, which editors can jump to; in JSON it is an object with \
file, line, column, reason and kind. The exit code is then 2.

Examples:
  swiftctl rules validate --city beijing
  swiftctl rules validate draft.yaml --city beijing")]
pub(super) struct ValidateArgs {
    #[command(flatten)]
    rules: RulesArg,
}

/// Arguments of `rules format`.
#[derive(Debug, Args)]
#[command(after_help = "\
There is one canonical form, with your comments; the digest of a rule set is made over it. Without an option it is \
printed. --check prints what would change and exits with 1 if anything would.

Examples:
  swiftctl rules format --city nyc --write
  swiftctl rules format --check draft.yaml
  swiftctl rules format - < draft.yaml")]
pub(super) struct FormatArgs {
    #[command(flatten)]
    rules: RulesArg,
    /// Change nothing; say which lines differ
    #[arg(long, conflicts_with = "write")]
    check: bool,
    /// Write the canonical form into the file
    #[arg(long)]
    write: bool,
}

/// Arguments of `rules schema`.
#[derive(Debug, Args)]
#[command(after_help = "\
Editors that know YAML complete and check a file whose first line names the schema:
  # yaml-language-server: $schema=rules.schema.json

Example:
  swiftctl rules schema > rules.schema.json")]
pub(super) struct SchemaArgs {
    /// Of the file of expected routes, rules.test.yaml
    #[arg(long)]
    tests: bool,
}

#[derive(Debug, Serialize)]
struct ValidView {
    file: String,
    digest: String,
    rules: usize,
    guarded: usize,
}

/// Reads rules and says what they are, or everything that is wrong with them.
///
/// # Errors
/// When something is wrong.
pub(super) fn validate(args: &ValidateArgs, out: &Out) -> Result<(), Failure> {
    match args.rules.load() {
        Ok(Rules { file, rules, .. }) => {
            let guarded = rules
                .rules()
                .iter()
                .filter(|rule| rule.when.guard.is_some());
            let view = ValidView {
                digest: rules.digest().to_string(),
                rules: rules.rules().len(),
                guarded: guarded.count(),
                file,
            };
            out.one(&view, |_| view.draw())
        }
        Err(Unread::Rules(file, errors)) if out.is_json() => {
            out.rows(errors.errors(), |_| String::new())?;
            let found = errors.errors().len() + errors.more();
            Err(Failure::Given(format!("{file}: {found} errors")))
        }
        Err(unread) => Err(unread.into()),
    }
}

impl ValidView {
    fn draw(&self) -> String {
        clean(&format!(
            "{}: {}, {} with a guard, digest {}",
            self.file,
            plural(self.rules, "rule"),
            count(self.guarded as u64),
            short(&self.digest)
        ))
    }
}

/// A number of things: `1 rule`, `2 rules`.
pub(super) fn plural(number: usize, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {what}{s}", count(number as u64))
}

/// Prints, writes or checks the canonical form.
///
/// # Errors
/// When the text has none, it differs from what is checked, or it cannot be written.
pub(super) fn format(args: &FormatArgs, out: &Out) -> Result<(), Failure> {
    let path = args.rules.path()?;
    let file = path.display().to_string();
    let text = text_of(&path)?;
    let canonical = rules::format(&file, &text).map_err(|errors| {
        Failure::Given(format!("{file} cannot be formatted:\n{}", lines(&errors)))
    })?;
    if args.check {
        return check(&file, &text, &canonical, out);
    }
    if !args.write {
        return out.text(&canonical);
    }
    if canonical != text {
        write(&path, &canonical)?;
        eprintln!("{}: formatted", clean(&file));
    }
    Ok(())
}

fn check(file: &str, text: &str, canonical: &str, out: &Out) -> Result<(), Failure> {
    if text == canonical {
        return Ok(());
    }
    let differ = changed_lines(text, canonical);
    let view = Unformatted {
        file: file.to_owned(),
        lines: differ.clone(),
    };
    out.one(&view, |_| unified(file, "canonical form", text, canonical))?;
    let differ = differ.join(", ");
    Err(Failure::Failed(clean(&format!(
        "{file} is not in its canonical form: lines {differ} differ; put it right with `swiftctl rules format --write`"
    ))))
}

#[derive(Debug, Serialize)]
struct Unformatted {
    file: String,
    /// Lines of the file, such as `3` or `7-9`.
    lines: Vec<String>,
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if path == Path::new("-") {
        return Err(Failure::Given(
            "--write: standard input cannot be written to; leave --write out".to_owned(),
        ));
    }
    std::fs::write(path, text)
        .map_err(|error| Failure::Failed(format!("{}: {error}", path.display())))
}

/// Prints the JSON Schema.
///
/// # Errors
/// When standard output is closed.
pub(super) fn schema(args: &SchemaArgs, out: &Out) -> Result<(), Failure> {
    let schema = if args.tests {
        rules::test_schema()
    } else {
        rules::schema()
    };
    let text =
        serde_json::to_string_pretty(&schema).map_err(|error| Failure::Output(error.into()))?;
    out.text(&text)
}
