//! `insight`: what the city's complaints tell together.

mod campaign;
mod learn;

use clap::{Args, Subcommand, ValueEnum};
use comfy_table::Cell;
use jiff::Timestamp;
use serde::Serialize;
use swiftline_domain::id::{AreaId, CategoryId};
use swiftline_domain::number::CaseNumber;
use swiftline_proto::convert;
use swiftline_proto::feedback::v1 as wire;

use crate::connect::{Mesh, Peer};
use crate::days::Days;
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, heading, maybe};
use crate::words::{count, percent, some};

/// Arguments of `insight`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  swiftctl insight hot --area chaoyang           the hottest issues of a district
  swiftctl insight hot 07-0001234-8              one issue, by the number of one of its cases
  swiftctl insight surges --open                 alarms that go on
  swiftctl insight pain --from 2026-01-01        themes by district, against as many days before
  swiftctl insight map --level subdistrict > map.geojson
  swiftctl insight campaign show heating-2026    a campaign and its effect")]
pub(crate) struct InsightArgs {
    #[command(subcommand)]
    command: InsightCommand,
}

#[derive(Debug, Subcommand)]
enum InsightCommand {
    /// Cases that tell of the same thing, the hottest first; or one issue
    Hot(HotArgs),
    /// More complaints than usual: alarms with their evidence, the newest first
    Surges(SurgesArgs),
    /// Tells what came in the hours before Swiftline, so that surges are found from the first day on
    Learn(learn::LearnArgs),
    /// Themes by district over a period, against the one before
    Pain(PainArgs),
    /// Counts by area as GeoJSON
    Map(MapArgs),
    /// One issue a month: measures, owner, tasks, progress, effect
    Campaign(campaign::CampaignArgs),
}

#[derive(Debug, Args)]
struct HotArgs {
    /// Shows the issue with this case
    case: Option<CaseNumber>,
    /// Only of this category and those under it
    #[arg(long)]
    category: Option<CategoryId>,
    /// Only with cases in this area
    #[arg(long)]
    area: Option<AreaId>,
    /// At most so many, up to 200
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
}

#[derive(Debug, Args)]
struct SurgesArgs {
    /// Only those that go on
    #[arg(long)]
    open: bool,
    /// Only of this category and those under it
    #[arg(long)]
    category: Option<CategoryId>,
    /// Only in this district
    #[arg(long)]
    district: Option<AreaId>,
    /// At most so many, up to 500
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,
}

#[derive(Debug, Args)]
struct PainArgs {
    #[command(flatten)]
    days: Days,
    /// Only this theme, a top category
    #[arg(long)]
    theme: Option<CategoryId>,
    /// Only this district
    #[arg(long)]
    district: Option<AreaId>,
    /// At most so many, up to 5,000
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    limit: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    /// Districts or boroughs.
    District,
    /// Subdistricts, towns or community districts.
    Subdistrict,
}

#[derive(Debug, Args)]
struct MapArgs {
    #[command(flatten)]
    days: Days,
    /// Which areas
    #[arg(
        long,
        value_enum,
        default_value = "district",
        hide_possible_values = true
    )]
    level: Level,
    /// Only of this category and those under it
    #[arg(long)]
    category: Option<CategoryId>,
    /// Names in this language, such as en
    #[arg(long, default_value = "", hide_default_value = true)]
    language: String,
}

/// Does what the command says.
///
/// # Errors
/// When feedback refuses it or is not there.
pub(crate) async fn run(args: InsightArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    match args.command {
        InsightCommand::Hot(args) => match args.case {
            Some(case) => show(case, mesh, out).await,
            None => hot(args, mesh, out).await,
        },
        InsightCommand::Surges(args) => surges(args, mesh, out).await,
        InsightCommand::Learn(args) => learn::run(args, mesh, out).await,
        InsightCommand::Pain(args) => pain(args, mesh, out).await,
        InsightCommand::Map(args) => map(args, mesh).await,
        InsightCommand::Campaign(args) => campaign::run(args, mesh, out).await,
    }
}

fn text<T: ToString>(given: Option<T>) -> String {
    given.map(|given| given.to_string()).unwrap_or_default()
}

#[derive(Debug, Serialize)]
struct IssueView {
    id: String,
    title: String,
    category: Option<String>,
    area: Option<String>,
    heat: f64,
    cases: u64,
    callers: u64,
    last_week: u64,
    week_before: u64,
    areas: u32,
    emergencies: u64,
    urgent: u64,
    first: String,
    last: String,
}

impl From<wire::HotIssue> for IssueView {
    fn from(issue: wire::HotIssue) -> Self {
        Self {
            id: issue.id,
            title: issue.title,
            category: some(issue.category),
            area: some(issue.area),
            heat: issue.heat,
            cases: issue.count,
            callers: issue.callers,
            last_week: issue.last_week,
            week_before: issue.week_before,
            areas: issue.areas,
            emergencies: issue.emergencies,
            urgent: issue.urgent,
            first: issue.first,
            last: issue.last,
        }
    }
}

async fn hot(args: HotArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(wire::ListHotIssuesRequest {
        limit: args.limit,
        category: text(args.category),
        area: text(args.area),
    });
    let answer = mesh
        .call(Peer::Feedback, mesh.insight()?.list_hot_issues(request))
        .await?;
    let rows: Vec<IssueView> = answer.issues.into_iter().map(Into::into).collect();
    out.rows(&rows, |screen| draw_issues(&rows, screen))
}

fn draw_issues(rows: &[IssueView], screen: &Screen) -> String {
    if rows.is_empty() {
        return "no cases are alike yet".to_owned();
    }
    let header = [
        ">heat", "issue", "~title", ">cases", ">callers", ">7 days", ">before", ">areas", "last",
    ];
    let row = |row: &IssueView| {
        vec![
            Cell::new(format!("{:.1}", row.heat)),
            cell(&row.id),
            cell(&row.title),
            Cell::new(count(row.cases)),
            Cell::new(count(row.callers)),
            Cell::new(count(row.last_week)),
            Cell::new(count(row.week_before)),
            Cell::new(row.areas),
            cell(&row.last),
        ]
    };
    screen.table(&header, rows.iter().map(row))
}

#[derive(Debug, Serialize)]
struct CountView {
    name: String,
    count: u64,
}

#[derive(Debug, Serialize)]
struct ShownView {
    #[serde(flatten)]
    issue: IssueView,
    by_area: Vec<CountView>,
    by_day: Vec<CountView>,
    case_numbers: Vec<String>,
}

async fn show(case: CaseNumber, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let case_number = case.to_string();
    let request = mesh.request(wire::ShowHotIssueRequest { case_number });
    let answer = mesh
        .call(Peer::Feedback, mesh.insight()?.show_hot_issue(request))
        .await?;
    let by_area = answer.by_area.into_iter();
    let by_day = answer.by_day.into_iter();
    let view = ShownView {
        issue: answer.issue.unwrap_or_default().into(),
        by_area: by_area
            .map(|one| CountView {
                name: one.area,
                count: one.count,
            })
            .collect(),
        by_day: by_day
            .map(|one| CountView {
                name: one.day,
                count: one.count,
            })
            .collect(),
        case_numbers: answer.case_numbers,
    };
    out.one(&view, |screen| {
        let mut text = draw_issues(std::slice::from_ref(&view.issue), screen);
        for (name, counts) in [("area", &view.by_area), ("day", &view.by_day)] {
            text.push_str(&heading(&format!("By {name}")));
            let row = |one: &CountView| vec![cell(&one.name), Cell::new(count(one.count))];
            text.push_str(&screen.table(&[name, ">cases"], counts.iter().map(row)));
        }
        text.push_str(&heading("Cases, the newest first"));
        text.push_str(&view.case_numbers.join("\n"));
        text
    })
}

#[derive(Debug, Serialize)]
struct SurgeView {
    id: String,
    category: String,
    district: Option<String>,
    opened_at: Option<Timestamp>,
    over_at: Option<Timestamp>,
    from: Option<Timestamp>,
    hours: u32,
    observed: u64,
    expected: f64,
    expected_low: u64,
    expected_high: u64,
    chance: f64,
    history_days: f64,
    short_history: bool,
    areas: Vec<CountView>,
    case_numbers: Vec<String>,
}

impl From<wire::Surge> for SurgeView {
    fn from(surge: wire::Surge) -> Self {
        let areas = surge.areas.into_iter();
        Self {
            id: surge.id,
            category: surge.category,
            district: some(surge.district),
            opened_at: time(surge.opened_at),
            over_at: time(surge.over_at),
            from: time(surge.from),
            hours: surge.hours,
            observed: surge.observed,
            expected: surge.expected,
            expected_low: surge.expected_low,
            expected_high: surge.expected_high,
            chance: surge.chance,
            history_days: surge.history_days,
            short_history: surge.short_history,
            areas: areas
                .map(|one| CountView {
                    name: one.area,
                    count: one.count,
                })
                .collect(),
            case_numbers: surge.case_numbers,
        }
    }
}

fn time(at: Option<prost_types::Timestamp>) -> Option<Timestamp> {
    at.and_then(|at| convert::to_timestamp(at, "at").ok())
}

async fn surges(args: SurgesArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(wire::ListSurgesRequest {
        open: args.open,
        category: text(args.category),
        district: text(args.district),
        limit: args.limit,
    });
    let answer = mesh
        .call(Peer::Feedback, mesh.insight()?.list_surges(request))
        .await?;
    let rows: Vec<SurgeView> = answer.surges.into_iter().map(Into::into).collect();
    out.rows(&rows, |screen| draw_surges(&rows, screen))
}

fn draw_surges(rows: &[SurgeView], screen: &Screen) -> String {
    if rows.is_empty() {
        return "no surges".to_owned();
    }
    let header = [
        "opened",
        "over",
        "category",
        "district",
        ">hours",
        ">seen",
        ">usual",
        "95 of 100",
        ">chance",
        "most in",
    ];
    let at = |at: Option<Timestamp>| at.map(|at| screen.short_time(at));
    let row = |row: &SurgeView| {
        // With little history the interval is wider, and says so.
        let mark = if row.short_history { "*" } else { "" };
        vec![
            maybe(at(row.opened_at).as_deref()),
            maybe(at(row.over_at).as_deref()),
            cell(&row.category),
            maybe(row.district.as_deref()),
            Cell::new(row.hours),
            Cell::new(count(row.observed)),
            Cell::new(format!("{:.1}", row.expected)),
            cell(&format!(
                "{} to {}{mark}",
                row.expected_low, row.expected_high
            )),
            Cell::new(format!("{:.0e}", row.chance)),
            maybe(row.areas.first().map(|area| area.name.as_str())),
        ]
    };
    let mut text = screen.table(&header, rows.iter().map(row));
    if rows.iter().any(|row| row.short_history) {
        text.push_str("\n\n* less than two weeks of history: wider");
    }
    text
}

#[derive(Debug, Serialize)]
struct PainView {
    theme: String,
    district: Option<String>,
    cases: u64,
    share: f64,
    before: u64,
    change: Option<f64>,
    solved: u64,
    unsolved: u64,
    unsolved_share: Option<f64>,
}

async fn pain(args: PainArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(wire::PainPointsRequest {
        period: args.days.range(),
        theme: text(args.theme),
        district: text(args.district),
        limit: args.limit,
    });
    let answer = mesh
        .call(Peer::Feedback, mesh.insight()?.pain_points(request))
        .await?;
    let points = answer.points.into_iter();
    let rows: Vec<PainView> = points
        .map(|point| PainView {
            theme: point.theme,
            district: some(point.district),
            cases: point.count,
            share: point.share,
            before: point.before,
            change: point.change,
            solved: point.solved,
            unsolved: point.unsolved,
            unsolved_share: point.unsolved_share,
        })
        .collect();
    let period = answer.period.unwrap_or_default();
    out.rows(&rows, |screen| {
        let header = [
            "theme",
            "district",
            ">cases",
            ">share",
            ">before",
            ">change",
            ">not solved",
        ];
        let row = |row: &PainView| {
            vec![
                cell(&row.theme),
                maybe(row.district.as_deref()),
                Cell::new(count(row.cases)),
                Cell::new(percent(row.share)),
                Cell::new(count(row.before)),
                maybe(
                    row.change
                        .map(|change| format!("{:+.1} %", change * 100.0))
                        .as_deref(),
                ),
                maybe(row.unsolved_share.map(percent).as_deref()),
            ]
        };
        format!(
            "{} to {}: {} days with counts, {} in the period before\n\n{}",
            period.from,
            period.to,
            answer.days,
            answer.days_before,
            screen.table(&header, rows.iter().map(row))
        )
    })
}

async fn map(args: MapArgs, mesh: &Mesh) -> Result<(), Failure> {
    let level = match args.level {
        Level::District => wire::MapLevel::District,
        Level::Subdistrict => wire::MapLevel::Subdistrict,
    };
    let request = mesh.request(wire::MapRequest {
        period: args.days.range(),
        level: level.into(),
        category: text(args.category),
        language: args.language,
    });
    let answer = mesh
        .call(Peer::Feedback, mesh.insight()?.map(request))
        .await?;
    use std::io::Write as _;
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{}", answer.geo_json).map_err(Failure::Output)
}
