//! `rates`: what the citizens say of each unit.

use clap::Args;
use comfy_table::Cell;
use serde::Serialize;
use swiftline_domain::id::UnitId;
use swiftline_proto::feedback::v1::{GetRatesRequest, UnitRates};

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell};
use crate::words::{count, percent};

/// Arguments of `rates`.
#[derive(Debug, Args)]
#[command(after_help = "\
Response, resolution and satisfaction are shares of the citizens who were reached when called back.

Examples:
  swiftctl rates
  swiftctl rates chaoyang haidian
  swiftctl --output json rates | jq 'select(.type == \"total\")'")]
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
        let rate = |rate: Option<f64>| Cell::new(rate.map_or_else(|| "-".to_owned(), percent));
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
    out.rows(&rows, |screen| draw(&rows, args.wide, screen))
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
