//! `rules lint`: what is wrong with rules that can be read, with proofs.

use clap::Args;
use comfy_table::{Cell, Color};
use serde::Serialize;
use swiftline_domain::id::RuleId;
use swiftline_domain::rules::{Finding, LintProofs, LintReport, Sample, Severity, lint};

use super::check::plural;
use super::pack::{Rules, RulesArg, Unread};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, clean, heading};
use crate::words::{count, percent};

/// Arguments of `rules lint`.
#[derive(Debug, Args)]
#[command(after_help = "\
Nothing is sampled: rules that can never decide, guards that are never true, units that cannot do what they are sent, and \
whether every category x smallest area x kind reaches a rule and a unit are proved, each finding with a complaint that shows it. \
A guard may always be false, so rules with one take nothing for sure from others. In JSON each finding is an object with \
kind, severity, rule, by, witness, message and line; the last object has kind `proof` and the totals.

Exit codes:
  0  nothing worse than info
  3  warnings
  2  errors: the rules must not be put in force

Examples:
  swiftctl rules lint --city beijing
  swiftctl rules lint draft.yaml --city nyc --output json | jq -r 'select(.severity == \"error\").message'")]
pub(super) struct LintArgs {
    #[command(flatten)]
    rules: RulesArg,
}

/// A line of JSON: a finding, or at the end what was proved. All keys are always there.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum LineView<'a> {
    Finding {
        kind: &'a str,
        severity: &'a str,
        rule: Option<&'a str>,
        by: Vec<&'a str>,
        witness: Option<&'a Sample>,
        message: &'a str,
        line: u32,
    },
    Proof {
        kind: &'static str,
        #[serde(flatten)]
        proofs: &'a LintProofs,
    },
}

/// Lints rules.
///
/// # Errors
/// When there is something worse than an info, with the exit code that says how bad.
pub(super) fn run(args: &LintArgs, out: &Out) -> Result<(), Failure> {
    let (file, report) = match args.rules.load() {
        Ok(Rules { pack, file, rules }) => (file, lint(&pack, &rules)),
        Err(Unread::Rules(file, errors)) => (file, LintReport::of_errors(&errors)),
        Err(Unread::Other(failure)) => return Err(failure),
    };
    print(&file, &report, out)?;
    verdict(&file, &report)
}

/// Prints a lint report; `file` is where its lines are.
///
/// # Errors
/// When standard output is closed.
pub(super) fn print(file: &str, report: &LintReport, out: &Out) -> Result<(), Failure> {
    let mut lines: Vec<LineView<'_>> = report.findings.iter().map(line).collect();
    lines.push(LineView::Proof {
        kind: "proof",
        proofs: &report.proofs,
    });
    out.rows(&lines, |screen| draw(file, report, screen))
}

fn line(finding: &Finding) -> LineView<'_> {
    LineView::Finding {
        kind: finding.kind.as_str(),
        severity: finding.severity.as_str(),
        rule: finding.rule.as_ref().map(RuleId::as_str),
        by: finding.by.iter().map(RuleId::as_str).collect(),
        witness: finding.witness.as_ref(),
        message: &finding.message,
        line: finding.line,
    }
}

fn verdict(file: &str, report: &LintReport) -> Result<(), Failure> {
    let text = clean(&format!("{file}: {}", sum(report)));
    match report.worst() {
        Some(Severity::Error) => Err(Failure::Given(text)),
        Some(Severity::Warning) => Err(Failure::Warned(text)),
        Some(Severity::Info) | None => Ok(()),
    }
}

/// How many findings of each severity: `2 errors, 1 warning, 3 infos`.
pub(super) fn sum(report: &LintReport) -> String {
    let parts = Severity::ALL.iter().filter_map(|severity| {
        let same = report
            .findings
            .iter()
            .filter(|one| one.severity == *severity);
        let number = same.count();
        (number > 0).then(|| plural(number, severity.as_str()))
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        return "nothing found".to_owned();
    }
    parts.join(", ")
}

/// The report for people.
pub(super) fn draw(file: &str, report: &LintReport, screen: &Screen) -> String {
    let mut text = String::new();
    for severity in Severity::ALL {
        let same = report
            .findings
            .iter()
            .filter(|one| one.severity == *severity);
        let rows: Vec<Vec<Cell>> = same.flat_map(|one| rows(file, one)).collect();
        if !rows.is_empty() {
            text.push_str(&heading(title(*severity)));
            text.push_str(&screen.table(&["where", "kind", "~what"], rows));
        }
    }
    text.push_str(&heading("Proved"));
    text.push_str(&proofs(&report.proofs, screen));
    text.trim_start().to_owned()
}

const fn title(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "Errors",
        Severity::Warning => "Warnings",
        Severity::Info => "For your information",
    }
}

/// The finding, and under it a complaint that shows it.
fn rows(file: &str, finding: &Finding) -> Vec<Vec<Cell>> {
    let place = match finding.line {
        0 => file.to_owned(),
        line => format!("{file}:{line}"),
    };
    let colour = match finding.severity {
        Severity::Error => Color::Red,
        Severity::Warning => Color::Yellow,
        Severity::Info => Color::Cyan,
    };
    let kind = Cell::new(finding.kind.as_str()).fg(colour);
    let mut rows = vec![vec![cell(&place), kind, cell(&finding.message)]];
    if let Some(witness) = &finding.witness {
        let shown = format!("for example {}", sample(witness));
        rows.push(vec![Cell::new(""), Cell::new(""), cell(&shown)]);
    }
    rows
}

/// A complaint as facts, as `rules explain --facts` takes them.
pub(super) fn sample(sample: &Sample) -> String {
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: &str| facts.push(format!("{name}={value}"));
    if let Some(category) = &sample.category {
        fact("category", category.as_str());
    }
    if let Some(place) = &sample.place {
        fact("place", place.as_str());
    }
    fact("kind", sample.kind.as_str());
    fact("urgency", sample.urgency.as_str());
    fact("channel", sample.channel.as_str());
    fact("line", sample.line.as_str());
    fact("language", sample.language.as_str());
    fact("reporter", sample.reporter.as_str());
    fact("day", sample.day.as_str());
    if sample.extreme_weather {
        fact("extreme_weather", "true");
    }
    fact("time", &sample.time.strftime("%H:%M").to_string());
    if !sample.text.is_empty() {
        fact("text", &sample.text);
    }
    facts.join(",")
}

fn proofs(proofs: &LintProofs, screen: &Screen) -> String {
    if proofs.cells == 0 {
        return "nothing: the rules cannot be read".to_owned();
    }
    let of_cells = |cells: u64| {
        #[expect(clippy::cast_precision_loss, reason = "a share is shown, not a count")]
        let share = cells as f64 / proofs.cells as f64;
        format!("{} ({})", count(cells), percent(share))
    };
    let some = |cells: u64| (cells > 0).then(|| of_cells(cells));
    screen.pairs(&[
        ("rules", Some(count(proofs.rules as u64))),
        ("with a guard", Some(count(proofs.guarded_rules as u64))),
        ("categories x areas x kinds", Some(count(proofs.cells))),
        ("reach a rule and its unit", Some(of_cells(proofs.covered))),
        ("may reach no rule", some(proofs.without_rule)),
        ("may miss a unit", some(proofs.without_unit)),
        ("not found out", some(proofs.undecided)),
        ("parts looked at", Some(count(proofs.parts))),
    ])
}
