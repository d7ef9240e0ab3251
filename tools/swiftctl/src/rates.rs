//! `rates`: what the citizens say of each unit.

use clap::Args;
use comfy_table::Cell;
use serde::Serialize;
use swiftline_domain::id::UnitId;
use swiftline_proto::feedback::v1::{AnswerRates, GetRatesRequest, UnitRates};

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, heading};
use crate::words::{count, percent};

/// Arguments of `rates`.
#[derive(Debug, Args)]
#[command(after_help = "\
Response, resolution and satisfaction are shares of the citizens who were reached when called back.
Without units, the entries of the knowledge base that answered inquiries follow: how often each did, and of the citizens \
who said whether it helped, the share whom it did.

Examples:
  swiftctl rates
  swiftctl rates chaoyang haidian
  swiftctl --output json rates | jq 'select(.type == \"total\")'
  swiftctl --output json rates | jq 'select(.type == \"answer\" and .helped_rate < 0.5)'")]
pub(crate) struct RatesArgs {
    /// Only these units; without any, every unit that something has happened to
    units: Vec<UnitId>,
    /// More counts: resolved, expired, reopened, overdue, reached (JSON always has all)
    #[arg(long)]
    wide: bool,
}

/// A unit's counts, or those of all together.
#[derive(Debug, Serialize)]
struct RatesView {
    /// `unit` or `total`.
    r#type: &'static str,
    unit: Option<String>,
    offered: u64,
    signed: u64,
    returned: u64,
    expired: u64,
    transferred: u64,
    resolved: u64,
    reopened: u64,
    reached: u64,
    contacted: u64,
    solved: u64,
    satisfied: u64,
    overdue: u64,
    response_rate: Option<f64>,
    resolution_rate: Option<f64>,
    satisfaction_rate: Option<f64>,
}

impl RatesView {
    fn of(r#type: &'static str, rates: UnitRates) -> Self {
        Self {
            r#type,
            unit: Some(rates.unit).filter(|_| r#type == "unit"),
            offered: rates.offered,
            signed: rates.signed,
            returned: rates.returned,
            expired: rates.expired,
            transferred: rates.transferred,
            resolved: rates.resolved,
            reopened: rates.reopened,
            reached: rates.reached,
            contacted: rates.contacted,
            solved: rates.solved,
            satisfied: rates.satisfied,
            overdue: rates.overdue,
            response_rate: rates.response_rate,
            resolution_rate: rates.resolution_rate,
            satisfaction_rate: rates.satisfaction_rate,
        }
    }

    /// The columns: their names, and what stands in them.
    fn columns(&self, wide: bool) -> Vec<(&'static str, Cell)> {
        let number = |number: u64| Cell::new(count(number));
        let mut columns = vec![
            ("unit", cell(self.unit.as_deref().unwrap_or("all units"))),
            (">offered", number(self.offered)),
            (">signed", number(self.signed)),
            (">returned", number(self.returned)),
            (">response", rate(self.response_rate)),
            (">solved", rate(self.resolution_rate)),
            (">satisfied", rate(self.satisfaction_rate)),
        ];
        if wide {
            columns.extend([
                (">resolved", number(self.resolved)),
                (">expired", number(self.expired)),
                (">reopened", number(self.reopened)),
                (">overdue", number(self.overdue)),
                (">reached", number(self.reached)),
            ]);
        }
        columns
    }
}

/// Prints the rates.
///
/// # Errors
/// When feedback does not know a unit or is not there.
pub(crate) async fn run(args: RatesArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let units = args.units.iter().map(ToString::to_string).collect();
    let request = mesh.request(GetRatesRequest { units });
    let answer = mesh
        .call(Peer::Feedback, mesh.feedback()?.get_rates(request))
        .await?;
    let mut rows: Vec<RatesView> = answer
        .units
        .into_iter()
        .map(|unit| RatesView::of("unit", unit))
        .collect();
    rows.extend(answer.total.map(|total| RatesView::of("total", total)));
    let answers: Vec<AnswerView> = answer.answers.into_iter().map(Into::into).collect();
    let all = rows.iter().map(Row::Unit);
    let all: Vec<Row<'_>> = all.chain(answers.iter().map(Row::Answer)).collect();
    out.rows(&all, |screen| {
        let mut text = draw(&rows, args.wide, screen);
        if !answers.is_empty() {
            text.push_str(&heading("Answers of the knowledge base"));
            text.push_str(&draw_answers(&answers, screen));
        }
        text
    })
}

/// What became of the cases that an entry of the knowledge base answered.
#[derive(Debug, Serialize)]
struct AnswerView {
    /// Always `answer`.
    r#type: &'static str,
    entry: String,
    answered: u64,
    confirmed: u64,
    not_solved: u64,
    reopened: u64,
    helped_rate: Option<f64>,
}

impl From<AnswerRates> for AnswerView {
    fn from(rates: AnswerRates) -> Self {
        Self {
            r#type: "answer",
            entry: rates.entry,
            answered: rates.answered,
            confirmed: rates.confirmed,
            not_solved: rates.not_solved,
            reopened: rates.reopened,
            helped_rate: rates.helped_rate,
        }
    }
}

/// A line of JSON.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Row<'a> {
    Unit(&'a RatesView),
    Answer(&'a AnswerView),
}

fn draw_answers(answers: &[AnswerView], screen: &Screen) -> String {
    let row = |one: &AnswerView| {
        let numbers = [one.answered, one.confirmed, one.not_solved, one.reopened];
        let mut row = vec![cell(&one.entry)];
        row.extend(numbers.map(|number| Cell::new(count(number))));
        row.push(rate(one.helped_rate));
        row
    };
    let header = [
        "entry",
        ">answered",
        ">confirmed",
        ">not solved",
        ">reopened",
        ">helped",
    ];
    screen.table(&header, answers.iter().map(row))
}

fn rate(rate: Option<f64>) -> Cell {
    Cell::new(rate.map_or_else(|| "-".to_owned(), percent))
}

fn draw(rows: &[RatesView], wide: bool, screen: &Screen) -> String {
    let Some(first) = rows.first() else {
        return "nothing has happened yet".to_owned();
    };
    let header: Vec<&str> = first
        .columns(wide)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let row = |rates: &RatesView| {
        rates
            .columns(wide)
            .into_iter()
            .map(|(_, cell)| cell)
            .collect()
    };
    screen.table(&header, rows.iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_stands_with_what_became_of_its_answers() {
        let told = |entry: &str, helped_rate| {
            AnswerView::from(AnswerRates {
                entry: entry.into(),
                answered: 9,
                confirmed: 3,
                not_solved: 1,
                reopened: 1,
                helped_rate,
            })
        };
        let answers = [told("gas-meter", None), told("heating-season", Some(0.75))];
        let screen = Screen::fixed("2026-11-21T00:00:00Z", Some(80));
        let text = draw_answers(&answers, &screen);
        let text = anstream::adapter::strip_str(&text).to_string();
        let lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(lines[1], ["gas-meter", "9", "3", "1", "1", "-"]);
        assert_eq!(lines[2][..5], ["heating-season", "9", "3", "1", "1"]);
        let json = serde_json::to_value(Row::Answer(&answers[1])).unwrap();
        assert_eq!(
            (&json["type"], &json["helped_rate"]),
            (&"answer".into(), &0.75.into())
        );
    }
}
