//! What the day came to, for people and, as the last line, for programs.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use owo_colors::OwoColorize;
use serde::Serialize;
use swiftline_domain::city::CityPack;
use swiftline_proto::feedback::v1::{GetRatesResponse, HotIssue, RankScoresResponse, UnitRates};

use crate::check::{Findings, Work};
use crate::surge::Evening;

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
    /// From the first complaint of the burst to its alarm, seconds; absent: there was none.
    pub surge_alarm_s: Option<f64>,
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

/// Those who are ranked, the best first.
pub(crate) fn ranking(ranking: &RankScoresResponse) -> String {
    const SHOWN: usize = 8;
    let header = [
        "who",
        "rank",
        "score",
        "response",
        "resolution",
        "satisfaction",
        "cases",
    ];
    let mut table = table(&header);
    let ranked: Vec<_> = ranking.ranks.iter().filter(|one| one.rank > 0).collect();
    for one in ranked.iter().take(SHOWN) {
        let score = one.score.clone().unwrap_or_default();
        table.add_row([
            one.name.clone(),
            one.rank.to_string(),
            score
                .score
                .map_or_else(|| "-".to_owned(), |score| format!("{score:.2}")),
            percent(score.response),
            percent(score.resolution),
            percent(score.satisfaction),
            score.assessed.to_string(),
        ]);
    }
    let (all, least) = (ranked.len(), ranking.min_cases);
    format!("{table}\n  {all} are ranked, from {least} cases with an answer on")
}

/// The hottest issues.
pub(crate) fn hot(issues: &[HotIssue]) -> String {
    if issues.is_empty() {
        return "  nothing was told by many".to_owned();
    }
    let mut table = table(&["issue", "heat", "cases", "callers", "first case"]);
    for issue in issues {
        table.add_row([
            issue.title.clone(),
            format!("{:.1}", issue.heat),
            issue.count.to_string(),
            issue.callers.to_string(),
            issue.id.clone(),
        ]);
    }
    table.to_string()
}

/// The burst and its alarm.
pub(crate) fn surge(pack: &CityPack, evening: &Evening) -> String {
    let came = evening.submitted.receipts.len();
    let about = format!("  {came} more complaints came at once: {}", evening.about);
    let Some((alarm, after)) = &evening.alarm else {
        return format!("{about}\n  {}: nobody was alarmed", "missed".red());
    };
    let category = pack.taxonomy.get(&alarm.category);
    let category = category.map_or(alarm.category.as_str(), |category| category.name.text());
    let district = pack.areas.get(&alarm.district);
    let district = district.map_or(alarm.district.as_str(), |area| area.name.text());
    let (observed, expected, after) = (alarm.observed, alarm.expected, after.as_secs_f64());
    let others = match evening.others {
        0 => "and no other alarm all day".to_owned(),
        others => format!("and {others} other alarms"),
    };
    format!(
        "{about}\n  {} {after:.1} s after the first of them: {category} in {district}, {observed} where {expected:.1} are usual, {others}",
        "alarm".green()
    )
}

fn percent(rate: Option<f64>) -> String {
    rate.map_or_else(|| "-".to_owned(), |rate| format!("{:.1} %", rate * 100.0))
}

fn rates_row(name: &str, rates: &UnitRates) -> [String; 5] {
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
