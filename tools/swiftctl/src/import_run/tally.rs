//! What came of the rows: counted, shown while it goes on, summed up at the end.

use std::path::Path;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use swiftline_proto::intake::v1::{Receipt, Rejection};

use crate::failure::code_name;
use crate::import::BadRow;
use crate::output::clean;
use crate::words::count;

const STYLE: &str = "{bar:24.cyan/dim} {percent:>3} %  {msg}  {elapsed}, {eta} to go";

/// Counts rows.
pub(super) struct Tally {
    file: String,
    accepted: u64,
    duplicate: u64,
    rejected: u64,
    bad_rows: u64,
    begun: Instant,
    bar: ProgressBar,
    by_rows: bool,
}

/// What came of an import.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    file: String,
    /// Rows read, good and bad, that something has come of.
    pub(super) rows: u64,
    accepted: u64,
    duplicate: u64,
    /// Rows that intake refused.
    pub(super) rejected: u64,
    /// Rows that could not be read.
    pub(super) bad_rows: u64,
    seconds: f64,
    rows_per_s: f64,
}

impl Tally {
    /// Begins to count. The bar shows on a terminal only.
    ///
    /// It goes by the file's bytes as they are read; by rows where only a part is read, or all of it at first.
    pub(super) fn new(file: &Path, by_rows: bool) -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template(STYLE) {
            bar.set_style(style);
        }
        Self {
            file: file.display().to_string(),
            accepted: 0,
            duplicate: 0,
            rejected: 0,
            bad_rows: 0,
            begun: Instant::now(),
            bar,
            by_rows,
        }
    }

    /// The bar, for whoever knows how far the file is read.
    pub(super) fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    /// A row that cannot be read.
    pub(super) fn bad(&mut self, bad: &BadRow) {
        self.bad_rows += 1;
        self.tell(&bad.to_string());
    }

    /// A row that intake has taken.
    pub(super) fn taken(&mut self, receipt: &Receipt) {
        if receipt.duplicate {
            self.duplicate += 1;
        } else {
            self.accepted += 1;
        }
    }

    /// A row that intake has refused.
    pub(super) fn rejected(&mut self, line: u64, rejection: &Rejection) {
        self.rejected += 1;
        self.tell(&format!("line {line}: rejected: {}", reason(rejection)));
    }

    /// So many more rows are settled: draws how far it is.
    pub(super) fn settled(&self, rows: usize) {
        if self.by_rows {
            self.bar.inc(rows as u64);
        }
        let wrong = self.rejected + self.bad_rows;
        self.bar.set_message(format!(
            "{} taken, {} not",
            count(self.accepted + self.duplicate),
            count(wrong)
        ));
    }

    /// Ends counting.
    pub(super) fn finish(self) -> Summary {
        self.bar.finish_and_clear();
        let rows = self.accepted + self.duplicate + self.rejected + self.bad_rows;
        let seconds = self.begun.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate is shown, not a count")]
        let rows_per_s = rows as f64 / seconds.max(1e-3);
        Summary {
            file: self.file,
            rows,
            accepted: self.accepted,
            duplicate: self.duplicate,
            rejected: self.rejected,
            bad_rows: self.bad_rows,
            seconds: thousandths(seconds),
            rows_per_s: thousandths(rows_per_s),
        }
    }

    /// On standard error, above the bar.
    fn tell(&self, line: &str) {
        self.bar.suspend(|| anstream::eprintln!("{}", clean(line)));
    }
}

fn thousandths(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}

/// Why a row was refused, in one line.
fn reason(rejection: &Rejection) -> String {
    if rejection.violations.is_empty() {
        return format!(
            "{} ({})",
            rejection.message,
            code_name(rejection.code.into())
        );
    }
    let violations = rejection
        .violations
        .iter()
        .map(|one| format!("{}: {}", one.field, one.description));
    violations.collect::<Vec<_>>().join("; ")
}

impl Summary {
    /// The summary for people.
    pub(super) fn draw(&self) -> String {
        format!(
            "{}: {} rows in {:.1} s, {:.0} a second\naccepted {}  duplicate {}  rejected {}  bad rows {}",
            clean(&self.file),
            count(self.rows),
            self.seconds,
            self.rows_per_s,
            count(self.accepted),
            count(self.duplicate),
            count(self.rejected),
            count(self.bad_rows),
        )
    }
}

#[cfg(test)]
mod tests {
    use swiftline_proto::intake::v1::rejection::Violation;

    use super::*;

    #[test]
    fn a_refusal_names_its_fields_or_its_code() {
        let mut rejection = Rejection {
            code: 3,
            message: "no".into(),
            violations: vec![],
        };
        assert_eq!(reason(&rejection), "no (INVALID_ARGUMENT)");
        let violation = |field: &str| Violation {
            field: field.into(),
            description: "is empty".into(),
        };
        rejection.violations = vec![violation("complaint.text"), violation("complaint.address")];
        assert_eq!(
            reason(&rejection),
            "complaint.text: is empty; complaint.address: is empty"
        );
    }

    #[test]
    fn the_summary_adds_up() {
        let mut tally = Tally::new(Path::new("day.csv"), false);
        tally.taken(&Receipt::default());
        tally.taken(&Receipt {
            duplicate: true,
            ..Default::default()
        });
        tally.bad(&BadRow {
            line: 3,
            key: None,
            reason: "x".into(),
        });
        tally.rejected(4, &Rejection::default());
        let summary = tally.finish();
        assert_eq!(summary.rows, 4);
        let text = summary.draw();
        assert!(text.starts_with("day.csv: 4 rows in 0.0 s"), "{text}");
        assert!(
            text.ends_with("\naccepted 1  duplicate 1  rejected 1  bad rows 1"),
            "{text}"
        );
    }
}
