//! `rules test`: expected routes against what the rules decide.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use comfy_table::{Cell, Color};
use serde::Serialize;
use swiftline_domain::id::RuleId;
use swiftline_domain::rules::{Difference, RULE_TESTS_FILE, RuleTests, TestReport, TestResult};

use super::check::plural;
use super::pack::{PackArg, Rules, RulesArg, lines, text_of};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, clean, heading};

/// Arguments of `rules test`.
#[derive(Debug, Args)]
#[command(after_help = "\
A test names a complaint, with its time if that matters, and what should become of it: the rule, the unit, the lane or \
anything else that is decided. The exit code is 1 when one fails. In JSON each test is an object with type `test`, each rule \
that no test decides one with type `untested`, and the last has type `total`.

Examples:
  swiftctl rules test --city beijing
  swiftctl rules test --city nyc --rules draft.yaml")]
pub(super) struct TestArgs {
    /// The expected routes [default: the rules.test.yaml of the pack]
    #[arg(value_hint = ValueHint::FilePath)]
    tests: Option<PathBuf>,
    /// The rules [default: the rules.yaml of the pack]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    rules: Option<PathBuf>,
    #[command(flatten)]
    pack: PackArg,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum LineView<'a> {
    Test {
        name: &'a str,
        file: &'a str,
        line: u32,
        passed: bool,
        /// `backstop` where no rule decides.
        rule: &'a str,
        differences: &'a [Difference],
    },
    Untested {
        rule: &'a str,
    },
    Total {
        passed: usize,
        failed: usize,
        untested: usize,
    },
}

/// Runs the tests.
///
/// # Errors
/// When a file is wrong or a test fails.
pub(super) fn run(args: TestArgs, out: &Out) -> Result<(), Failure> {
    let path = match args.tests {
        Some(path) => path,
        None => args.pack.folder()?.join(RULE_TESTS_FILE),
    };
    let rules = RulesArg::new(args.rules, args.pack);
    let Rules { pack, rules, .. } = rules.load()?;
    let file = path.display().to_string();
    let tests = RuleTests::read(&pack, &file, &text_of(&path)?).map_err(|errors| {
        Failure::Given(format!(
            "{file} is not a file of expected routes:\n{}",
            lines(&errors)
        ))
    })?;
    let report = tests.run(&pack, &rules);
    print(&file, &report, out)?;
    match report.failed {
        0 => Ok(()),
        failed => Err(Failure::Failed(format!(
            "{} of {} failed",
            failed,
            plural(report.cases.len(), "test")
        ))),
    }
}

fn print(file: &str, report: &TestReport, out: &Out) -> Result<(), Failure> {
    let tests = report.cases.iter().map(|one| LineView::Test {
        name: &one.name,
        file,
        line: one.line,
        passed: one.passed,
        rule: decided(one),
        differences: &one.differences,
    });
    let untested = report.untested.iter().map(|rule| LineView::Untested {
        rule: rule.as_str(),
    });
    let total = LineView::Total {
        passed: report.passed,
        failed: report.failed,
        untested: report.untested.len(),
    };
    let lines: Vec<LineView<'_>> = tests.chain(untested).chain([total]).collect();
    out.rows(&lines, |screen| draw(file, report, screen))
}

fn decided(test: &TestResult) -> &str {
    test.rule.as_ref().map_or("backstop", |rule| rule.as_str())
}

fn draw(file: &str, report: &TestReport, screen: &Screen) -> String {
    let mut text = screen.table(
        &["", "test", "decided by", "~differs"],
        report.cases.iter().flat_map(|one| rows(file, one)),
    );
    if !report.untested.is_empty() {
        text.push_str(&heading("Rules that no test decides"));
        let rules: Vec<&str> = report.untested.iter().map(RuleId::as_str).collect();
        text.push_str(&clean(&rules.join("\n")));
    }
    let total = format!(
        "{} passed, {} failed, {} without a test",
        report.passed,
        report.failed,
        plural(report.untested.len(), "rule")
    );
    text.push_str("\n\n");
    text.push_str(&total);
    text
}

/// The test, and under one that failed where it is and what else differs.
fn rows(file: &str, test: &TestResult) -> Vec<Vec<Cell>> {
    let mark = if test.passed {
        Cell::new("pass").fg(Color::Green)
    } else {
        Cell::new("FAIL").fg(Color::Red)
    };
    let mut differences = test.differences.iter().map(|one| {
        cell(&format!(
            "{} is {}, expected {}",
            one.what, one.found, one.expected
        ))
    });
    let first = differences.next().unwrap_or_else(|| Cell::new(""));
    let mut rows = vec![vec![mark, cell(&test.name), cell(decided(test)), first]];
    rows.extend(differences.map(|other| vec![Cell::new(""), Cell::new(""), Cell::new(""), other]));
    if !test.passed {
        let place = cell(&format!("  at {file}:{}", test.line));
        rows.push(vec![Cell::new(""), place, Cell::new(""), Cell::new("")]);
    }
    rows
}
