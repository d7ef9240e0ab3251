//! The tables for people.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use swiftline_router::balance::simulation::{Choices, Policy};

use super::Row;

/// The highest load for its capacity over the mean of its unit, at each moment and in the long run.
pub(super) fn steady(rows: &[Row]) -> String {
    let mut table = table();
    let mut header =
        vec!["max/mean of load over capacity, at each moment (in the long run)".to_owned()];
    header.extend(Policy::ALL.map(|policy| policy.as_str().to_owned()));
    header.push("swiftline: full, a sibling not: as seen, in truth".to_owned());
    table.set_header(header);
    for city in rows.chunks(Policy::ALL.len()) {
        let Some(ours) = city.first() else { continue };
        let mut cells = vec![format!(
            "{}, {:.0} % busy, loads every {} ms",
            ours.layout,
            ours.utilisation * 100.0,
            ours.refresh_ms
        )];
        cells.extend(city.iter().map(|row| {
            let even = &row.report.steady;
            format!("{:.3} ({:.3})", even.moment, even.long_run)
        }));
        cells.push(passed_over(&ours.report.choices));
        table.add_row(cells);
    }
    aligned(table)
}

/// What ten times the orders do to a district.
pub(super) fn surge(rows: &[Row]) -> String {
    let mut table = table();
    table.set_header([
        "10 times the orders in one district",
        "max/mean",
        "worst",
        "spilled",
        "full, a sibling not: as seen, in truth",
        "peak load over capacity",
        "recovered after handling times",
    ]);
    for row in rows {
        let Some(surge) = &row.report.surge else {
            continue;
        };
        table.add_row([
            format!("{}, {}", row.layout, row.policy),
            format!("{:.3}", surge.evenness.moment),
            format!("{:.2}", surge.evenness.worst),
            percent(surge.choices.spilled, &surge.choices),
            passed_over(&surge.choices),
            format!("{:.2}", surge.peak),
            format!("{:.1}", surge.recovery),
        ]);
    }
    aligned(table)
}

fn passed_over(choices: &Choices) -> String {
    let (seen, truth) = (choices.full_as_seen, choices.full_in_truth);
    format!("{}, {}", percent(seen, choices), percent(truth, choices))
}

fn percent(part: u64, of: &Choices) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    let share = part as f64 / of.decisions.max(1) as f64;
    format!("{:.2} %", share * 100.0)
}

fn table() -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn aligned(mut table: Table) -> String {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}
