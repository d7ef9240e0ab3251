//! `score`: how good units, teams and districts are at it, and which cases say so.

use clap::{Args, Subcommand, ValueEnum};
use comfy_table::Cell;
use serde::Serialize;
use swiftline_domain::id::{ExclusionId, RankingId, TeamId, UnitId};
use swiftline_domain::number::CaseNumber;
use swiftline_proto::feedback::v1 as wire;
use swiftline_proto::feedback::v1::{ScoreBy, ScoreMeasure, ScoreStep};

use crate::connect::{Mesh, Peer};
use crate::days::DaysOrMonth;
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, heading};
use crate::words::{count, percent, short, some};

/// Arguments of `score`.
#[derive(Debug, Args)]
#[command(after_help = "\
Response, resolution and satisfaction are the shares of yes among those who answered; the score is their mean by the \
weights of the city's formula (scores.yaml), 0 to 100. A case counts for the unit that the counting answers are about.

Examples:
  swiftctl score rank subdistricts --month 2026-11     a ranking of the city's formula
  swiftctl score rank --teams-of chaoyang              a unit's teams
  swiftctl score show --by district --step month --from 2026-01-01
  swiftctl score show chaoyang --recompute             every case again instead of the running sums
  swiftctl score cases not-solved --unit chaoyang      the cases behind a figure
  swiftctl score explain 07-0001234-8                  how one case counts, and why")]
pub(crate) struct ScoreArgs {
    #[command(subcommand)]
    command: ScoreCommand,
}

#[derive(Debug, Subcommand)]
enum ScoreCommand {
    /// What the cases of a period come to
    Show(ShowArgs),
    /// One of the city's rankings, the best first
    Rank(RankArgs),
    /// How one case counts, and why
    Explain(ExplainArgs),
    /// The cases behind a figure, the newest first
    Cases(CasesArgs),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    Unit,
    Team,
    District,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Step {
    Whole,
    Month,
    Day,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Only these units, or these districts with --by district
    ids: Vec<String>,
    #[command(flatten)]
    days: DaysOrMonth,
    /// Whose cases are summed
    #[arg(long, value_enum, default_value = "unit")]
    by: By,
    /// How the period is cut
    #[arg(long, value_enum, default_value = "whole")]
    step: Step,
    /// Computes every case again, from the archive and the store
    #[arg(long)]
    recompute: bool,
}

#[derive(Debug, Args)]
struct RankArgs {
    /// A ranking of the city's formula, such as subdistricts
    #[arg(required_unless_present = "teams_of")]
    ranking: Option<RankingId>,
    /// Ranks the teams of this unit
    #[arg(long, value_name = "UNIT", conflicts_with = "ranking")]
    teams_of: Option<UnitId>,
    #[command(flatten)]
    days: DaysOrMonth,
    /// Computes every case again, from the archive and the store
    #[arg(long)]
    recompute: bool,
}

#[derive(Debug, Args)]
struct ExplainArgs {
    /// The case
    case: CaseNumber,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Measure {
    Assessed,
    Contacted,
    NotContacted,
    Solved,
    NotSolved,
    Satisfied,
    NotSatisfied,
    Unreached,
    Excluded,
}

#[derive(Debug, Args)]
struct CasesArgs {
    /// The figure
    #[arg(value_enum)]
    measure: Measure,
    /// Of this unit
    #[arg(long, required_unless_present = "team")]
    unit: Option<UnitId>,
    /// Of this team
    #[arg(long)]
    team: Option<TeamId>,
    /// Only those that this exclusion takes out
    #[arg(long, value_name = "EXCLUSION")]
    by: Option<ExclusionId>,
    #[command(flatten)]
    days: DaysOrMonth,
    /// At most so many, up to 1,000
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
}

/// Does what the command says.
///
/// # Errors
/// When feedback refuses it or is not there.
pub(crate) async fn run(args: ScoreArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    match args.command {
        ScoreCommand::Show(args) => show(args, mesh, out).await,
        ScoreCommand::Rank(args) => rank(args, mesh, out).await,
        ScoreCommand::Explain(args) => explain(&args, mesh, out).await,
        ScoreCommand::Cases(args) => cases(args, mesh, out).await,
    }
}

/// A share of those who answered.
#[derive(Debug, Serialize)]
struct RateView {
    yes: u64,
    of: u64,
    rate: Option<f64>,
}

#[derive(Debug, Serialize)]
struct ScoreView {
    /// `score` or `total`.
    r#type: &'static str,
    id: Option<String>,
    team: Option<String>,
    from: String,
    to: String,
    score: Option<f64>,
    assessed: u64,
    response: RateView,
    resolution: RateView,
    satisfaction: RateView,
    unreached: u64,
    excluded: std::collections::BTreeMap<String, u64>,
}

impl ScoreView {
    fn of(r#type: &'static str, score: wire::Score) -> Self {
        let period = score.period.unwrap_or_default();
        let rate = |yes, of, rate| RateView { yes, of, rate };
        Self {
            r#type,
            id: some(score.id),
            team: some(score.team),
            from: period.from,
            to: period.to,
            score: score.score,
            assessed: score.assessed,
            response: rate(score.contacted, score.contacted_of, score.response),
            resolution: rate(score.solved, score.solved_of, score.resolution),
            satisfaction: rate(score.satisfied, score.satisfied_of, score.satisfaction),
            unreached: score.unreached,
            excluded: score.excluded.into_iter().collect(),
        }
    }

    /// The cells of the figures.
    fn cells(&self) -> Vec<Cell> {
        let rate = |of: &RateView| Cell::new(of.rate.map_or_else(String::new, percent));
        vec![
            Cell::new(points(self.score)),
            rate(&self.response),
            rate(&self.resolution),
            rate(&self.satisfaction),
            Cell::new(count(self.assessed)),
            Cell::new(count(self.unreached)),
            Cell::new(count(self.excluded.values().sum())),
        ]
    }
}

/// The headers of [`ScoreView::cells`].
const FIGURES: [&str; 7] = [
    ">score",
    ">response",
    ">resolution",
    ">satisfaction",
    ">cases",
    ">unreached",
    ">excluded",
];

fn points(score: Option<f64>) -> String {
    score.map_or_else(String::new, |score| format!("{score:.2}"))
}

fn text<T: ToString>(given: Option<T>) -> String {
    given.map(|given| given.to_string()).unwrap_or_default()
}

async fn show(args: ShowArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let by = match args.by {
        By::Unit => ScoreBy::Unit,
        By::Team => ScoreBy::Team,
        By::District => ScoreBy::District,
    };
    let step = match args.step {
        Step::Whole => ScoreStep::Whole,
        Step::Month => ScoreStep::Month,
        Step::Day => ScoreStep::Day,
    };
    let request = mesh.request(wire::ShowScoresRequest {
        period: args.days.range(),
        by: by.into(),
        step: step.into(),
        ids: args.ids,
        recompute: args.recompute,
    });
    let answer = mesh
        .call(Peer::Feedback, mesh.scores()?.show_scores(request))
        .await?;
    let of = footer(&answer.formula, answer.recomputed, None);
    let scores = answer.scores.into_iter();
    let mut rows: Vec<ScoreView> = scores.map(|score| ScoreView::of("score", score)).collect();
    rows.extend(answer.total.map(|total| ScoreView::of("total", total)));
    out.rows(&rows, |screen| {
        draw(&rows, matches!(args.by, By::Team), step, &of, screen)
    })
}

fn draw(rows: &[ScoreView], teams: bool, step: ScoreStep, of: &str, screen: &Screen) -> String {
    let Some(total) = rows.last().filter(|_| rows.len() > 1) else {
        return format!("no case counts in this period\n{of}");
    };
    let cut = step != ScoreStep::Whole;
    let mut header = vec!["who"];
    header.extend(teams.then_some("team"));
    header.extend(cut.then_some("from"));
    header.extend(FIGURES);
    let row = |row: &ScoreView| {
        let mut cells = vec![cell(row.id.as_deref().unwrap_or("total"))];
        cells.extend(teams.then(|| cell(row.team.as_deref().unwrap_or_default())));
        cells.extend(cut.then(|| cell(&row.from)));
        cells.extend(row.cells());
        cells
    };
    let table = screen.table(&header, rows.iter().map(row));
    format!("{} to {}\n{table}\n{of}", total.from, total.to)
}

fn footer(formula: &str, recomputed: bool, min_cases: Option<u32>) -> String {
    let how = if recomputed {
        "every case computed again"
    } else {
        "running sums"
    };
    let least = min_cases.map_or_else(String::new, |least| {
        format!("; ranked from {least} cases with an answer on")
    });
    format!("formula {}, {how}{least}", short(formula))
}

#[derive(Debug, Serialize)]
struct RankView {
    rank: Option<u32>,
    name: String,
    #[serde(flatten)]
    score: ScoreView,
}

async fn rank(args: RankArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let teams = args.teams_of.is_some();
    let request = mesh.request(wire::RankScoresRequest {
        period: args.days.range(),
        ranking: text(args.ranking),
        teams_of: text(args.teams_of),
        recompute: args.recompute,
    });
    let answer = mesh
        .call(Peer::Feedback, mesh.scores()?.rank_scores(request))
        .await?;
    let of = footer(&answer.formula, answer.recomputed, Some(answer.min_cases));
    let rows: Vec<RankView> = answer
        .ranks
        .into_iter()
        .map(|one| RankView {
            rank: Some(one.rank).filter(|rank| *rank > 0),
            name: one.name,
            score: ScoreView::of("score", one.score.unwrap_or_default()),
        })
        .collect();
    let name = answer.name;
    out.rows(&rows, |screen| draw_ranks(&name, &rows, teams, &of, screen))
}

fn draw_ranks(name: &str, rows: &[RankView], teams: bool, of: &str, screen: &Screen) -> String {
    let mut header = vec![">rank", if teams { "team" } else { "who" }, "~name"];
    header.extend(FIGURES);
    // Who has nothing is in the JSON; a table of hundreds of empty rows hides the others.
    let shown = rows
        .iter()
        .filter(|row| row.rank.is_some() || row.score.assessed > 0);
    let mut hidden = rows.len();
    let lines: Vec<Vec<Cell>> = shown
        .map(|row| {
            hidden -= 1;
            let who = if teams {
                &row.score.team
            } else {
                &row.score.id
            };
            let rank = row
                .rank
                .map_or_else(|| "–".to_owned(), |rank| rank.to_string());
            let mut cells = vec![
                Cell::new(rank),
                cell(who.as_deref().unwrap_or_default()),
                cell(&row.name),
            ];
            cells.extend(row.score.cells());
            cells
        })
        .collect();
    let period = rows.first().map_or_else(String::new, |row| {
        format!(", {} to {}", row.score.from, row.score.to)
    });
    let nobody = match hidden {
        0 => String::new(),
        hidden => format!("; {hidden} without a case that counts"),
    };
    let table = screen.table(&header, lines);
    format!("{name}{period}\n{table}\n{of}{nobody}")
}

#[derive(Debug, Serialize)]
struct ExplainView {
    case: String,
    unit: Option<String>,
    team: Option<String>,
    day: Option<String>,
    excluded: Option<String>,
    reached: bool,
    contacted: Option<bool>,
    solved: Option<bool>,
    satisfied: Option<bool>,
    because: Vec<String>,
    formula: Option<String>,
}

async fn explain(args: &ExplainArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let case_number = args.case.to_string();
    let request = mesh.request(wire::ExplainScoreRequest { case_number });
    let answer = mesh
        .call(Peer::Feedback, mesh.scores()?.explain_score(request))
        .await?;
    let view = ExplainView {
        case: args.case.to_string(),
        unit: some(answer.unit),
        team: some(answer.team),
        day: some(answer.day),
        excluded: some(answer.excluded),
        reached: answer.reached,
        contacted: answer.contacted,
        solved: answer.solved,
        satisfied: answer.satisfied,
        because: answer.because,
        formula: some(answer.formula),
    };
    out.one(&view, |screen| draw_explained(&view, screen))
}

fn draw_explained(view: &ExplainView, screen: &Screen) -> String {
    let counts = match (&view.unit, &view.excluded) {
        (None, _) => "not".to_owned(),
        (Some(_), Some(by)) => format!("not, by {by}"),
        (Some(unit), None) => format!("for {unit}"),
    };
    let said = |answer: Option<bool>| answer.map(|yes| if yes { "yes" } else { "no" }.to_owned());
    let pairs = screen.pairs(&[
        ("case", Some(view.case.clone())),
        ("counts", Some(counts)),
        ("team", view.team.clone()),
        ("day", view.day.clone()),
        ("contacted", said(view.contacted)),
        ("solved", said(view.solved)),
        ("satisfied", said(view.satisfied)),
        ("formula", view.formula.as_deref().map(short)),
    ]);
    let because: Vec<String> = view.because.iter().map(|why| format!("  {why}")).collect();
    format!("{pairs}{}{}", heading("because"), because.join("\n"))
}

#[derive(Debug, Serialize)]
struct CaseView {
    case: String,
    day: String,
    team: Option<String>,
    excluded: Option<String>,
}

async fn cases(args: CasesArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let measure = match args.measure {
        Measure::Assessed => ScoreMeasure::Assessed,
        Measure::Contacted => ScoreMeasure::Contacted,
        Measure::NotContacted => ScoreMeasure::NotContacted,
        Measure::Solved => ScoreMeasure::Solved,
        Measure::NotSolved => ScoreMeasure::NotSolved,
        Measure::Satisfied => ScoreMeasure::Satisfied,
        Measure::NotSatisfied => ScoreMeasure::NotSatisfied,
        Measure::Unreached => ScoreMeasure::Unreached,
        Measure::Excluded => ScoreMeasure::Excluded,
    };
    let request = mesh.request(wire::ListScoredCasesRequest {
        period: args.days.range(),
        unit: text(args.unit),
        team: text(args.team),
        measure: measure.into(),
        excluded_by: text(args.by),
        limit: args.limit,
    });
    let answer = mesh
        .call(Peer::Feedback, mesh.scores()?.list_scored_cases(request))
        .await?;
    let total = answer.total;
    let rows: Vec<CaseView> = answer
        .cases
        .into_iter()
        .map(|one| CaseView {
            case: one.case_number,
            day: one.day,
            team: some(one.team),
            excluded: some(one.excluded),
        })
        .collect();
    out.rows(&rows, |screen| {
        if rows.is_empty() {
            return "no such case in this period".to_owned();
        }
        let row = |row: &CaseView| {
            vec![
                cell(&row.case),
                cell(&row.day),
                cell(row.team.as_deref().unwrap_or_default()),
                cell(row.excluded.as_deref().unwrap_or_default()),
            ]
        };
        let table = screen.table(
            &["case", "day", "team", "excluded by"],
            rows.iter().map(row),
        );
        format!("{table}\n{} of {}", count(rows.len() as u64), count(total))
    })
}
