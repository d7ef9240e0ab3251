//! What the day came to, for people and, as the last line, for programs.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use owo_colors::OwoColorize;
use serde::Serialize;
use swiftline_domain::city::CityPack;
use swiftline_proto::feedback::v1::{GetRatesResponse, UnitRates};

use crate::check::{Findings, Work};

/// The last line. `lost` and `duplicated` are the checker's.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    /// Complaints with a case number.
    pub accepted: u64,
    /// Put before a team or a person.
    pub routed: u64,
    /// Offers made, the second ones after a return included.
    pub offered: u64,
    /// Waiting for a person to decide.
    pub triage: u64,
    /// Orders signed for.
    pub signed: u64,
    /// Orders given back.
    pub returned: u64,
    /// Results reported.
    pub resolved: u64,
    /// Broken promises of the kind "never lost".
    pub lost: usize,
    /// Broken promises of the kind "never twice".
    pub duplicated: usize,
    /// Spans that the services ended.
    pub spans_expected: u64,
    /// Spans that the receiver has.
    pub spans_received: u64,
    /// Spans that the services say they dropped.
    pub spans_dropped: u64,
    /// From when a submission was due to its case number, median, milliseconds.
    pub submit_p50_ms: f64,
    /// The same, 99th percentile.
    pub submit_p99_ms: f64,
    /// Complaints from the first submission until every one was routed, a second.
    pub complaints_per_s: f64,
    /// Submissions that intake refused for what is in them.
    pub rejected: usize,
    /// Rows of the file that could not be read.
    pub bad_rows: usize,
}

/// A table without lines, numbers to the right.
fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// What the teams of each district have done.
pub(crate) fn districts(pack: &CityPack, findings: &Findings) -> String {
    let mut rows: BTreeMap<String, (Work, u64)> = BTreeMap::new();
    for team in pack.teams.iter() {
        let unit = pack.units.get(team.unit.as_str());
        let area = team
            .areas
            .first()
            .or_else(|| unit.and_then(|unit| unit.area.as_ref()));
        let district = area.and_then(|area| pack.areas.district_of(area.as_str()));
        let name = district.map_or_else(
            || "city-wide".to_owned(),
            |district| district.name.text().to_owned(),
        );
        let (sum, capacity) = rows.entry(name).or_default();
        *capacity += u64::from(team.capacity);
        if let Some(work) = findings.work.get(&team.id) {
            sum.offered += work.offered;
            sum.signed += work.signed;
            sum.returned += work.returned;
            sum.resolved += work.resolved;
            sum.open += work.open;
        }
    }
    let mut table = table(&[
        "teams of",
        "offered",
        "signed",
        "returned",
        "resolved",
        "open",
        "load / capacity",
    ]);
    for (name, (work, capacity)) in rows {
        #[expect(clippy::cast_precision_loss, reason = "a percentage")]
        let load = work.open as f64 * 100.0 / capacity.max(1) as f64;
        table.add_row([
            name,
            work.offered.to_string(),
            work.signed.to_string(),
            work.returned.to_string(),
            work.resolved.to_string(),
            work.open.to_string(),
            format!("{} / {capacity} ({load:.1} %)", work.open),
        ]);
    }
    table.to_string()
}

/// The three rates of the units with the most answers, and of all.
pub(crate) fn rates(pack: &CityPack, rates: &GetRatesResponse) -> String {
    const SHOWN: usize = 8;
    let mut units: Vec<&UnitRates> = rates.units.iter().collect();
    units.sort_by_key(|unit| std::cmp::Reverse(unit.reached));
    let mut table = table(&[
        "unit",
        "citizens reached",
        "response",
        "resolution",
        "satisfaction",
    ]);
    for rates in units.into_iter().take(SHOWN) {
        let name = pack
            .units
            .get(&rates.unit)
            .map_or(rates.unit.as_str(), |unit| unit.name.text());
        table.add_row(rates_row(name, rates));
    }
    if let Some(total) = &rates.total {
        table.add_row(rates_row("all units", total));
    }
    table.to_string()
}

fn rates_row(name: &str, rates: &UnitRates) -> [String; 5] {
    let percent = |rate: Option<f64>| {
        rate.map_or_else(|| "-".to_owned(), |rate| format!("{:.1} %", rate * 100.0))
    };
    [
        name.to_owned(),
        rates.reached.to_string(),
        percent(rates.response_rate),
        percent(rates.resolution_rate),
        percent(rates.satisfaction_rate),
    ]
}

/// A heading.
pub(crate) fn heading(text: &str) -> String {
    format!("\n{}", text.bold())
}
