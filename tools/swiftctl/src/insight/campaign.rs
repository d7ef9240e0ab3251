//! `insight campaign`: campaigns as JSON files in, and how they stand out.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use comfy_table::Cell;
use serde::{Deserialize, Serialize};
use swiftline_domain::id::{ActorId, RuleId};
use swiftline_proto::feedback::v1 as wire;

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, heading};
use crate::words::some;

const STAGES: [(wire::CampaignStage, &str); 4] = [
    (wire::CampaignStage::Planned, "planned"),
    (wire::CampaignStage::Running, "running"),
    (wire::CampaignStage::Done, "done"),
    (wire::CampaignStage::Dropped, "dropped"),
];

/// Arguments of `insight campaign`.
#[derive(Debug, Args)]
#[command(after_help = "\
A campaign is a JSON object: id, title, categories, areas (none: everywhere), measures, owner, begins, ends, stage \
(planned, running, done, dropped) and tasks with title, unit (none: the owner), due and progress in per cent.

Examples:
  swiftctl insight campaign create campaign.json --actor li
  swiftctl --output json insight campaign show heating-2026 | jq .campaign > campaign.json
  swiftctl insight campaign update campaign.json --seen 1 --actor li")]
pub(super) struct CampaignArgs {
    #[command(subcommand)]
    command: CampaignCommand,
}

#[derive(Debug, Subcommand)]
enum CampaignCommand {
    /// Every campaign, how far it is and what is late
    List,
    /// One campaign: its tasks, its versions, and what came of it
    Show {
        /// Its id
        id: RuleId,
        /// Days compared on each side of its beginning, 7 to 180
        #[arg(long, default_value_t = 56, value_parser = clap::value_parser!(u32).range(7..=180))]
        days: u32,
    },
    /// Begins a campaign
    Create(WriteArgs),
    /// Writes a new version of a campaign
    Update {
        #[command(flatten)]
        write: WriteArgs,
        /// The version that you have seen: a newer one is not overwritten
        #[arg(long, value_name = "VERSION")]
        seen: u32,
    },
}

#[derive(Debug, Args)]
struct WriteArgs {
    /// The campaign
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Who acts, by an opaque id
    #[arg(long, default_value = "desk-1", env = "SWIFTCTL_ACTOR")]
    actor: ActorId,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CampaignFile {
    id: String,
    title: String,
    categories: Vec<String>,
    #[serde(default)]
    areas: Vec<String>,
    #[serde(default)]
    measures: Vec<String>,
    owner: String,
    begins: String,
    ends: String,
    stage: String,
    #[serde(default)]
    tasks: Vec<TaskFile>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TaskFile {
    title: String,
    #[serde(default)]
    unit: Option<String>,
    due: String,
    #[serde(default)]
    progress: u32,
}

impl From<wire::Campaign> for CampaignFile {
    fn from(campaign: wire::Campaign) -> Self {
        let stage = STAGES
            .iter()
            .find(|(stage, _)| *stage as i32 == campaign.stage);
        let tasks = campaign.tasks.into_iter();
        Self {
            stage: stage.map_or("unknown", |(_, word)| word).to_owned(),
            tasks: tasks
                .map(|task| TaskFile {
                    title: task.title,
                    unit: some(task.unit),
                    due: task.due,
                    progress: task.progress,
                })
                .collect(),
            id: campaign.id,
            title: campaign.title,
            categories: campaign.categories,
            areas: campaign.areas,
            measures: campaign.measures,
            owner: campaign.owner,
            begins: campaign.begins,
            ends: campaign.ends,
        }
    }
}

impl CampaignFile {
    /// The message; a word that is no stage is left for feedback to refuse.
    fn wire(self) -> wire::Campaign {
        let stage = STAGES.iter().find(|(_, word)| *word == self.stage);
        let tasks = self.tasks.into_iter();
        wire::Campaign {
            stage: stage.map_or(0, |(stage, _)| *stage as i32),
            tasks: tasks
                .map(|task| wire::CampaignTask {
                    title: task.title,
                    unit: task.unit.unwrap_or_default(),
                    due: task.due,
                    progress: task.progress,
                })
                .collect(),
            id: self.id,
            title: self.title,
            categories: self.categories,
            areas: self.areas,
            measures: self.measures,
            owner: self.owner,
            begins: self.begins,
            ends: self.ends,
        }
    }
}

#[derive(Debug, Serialize)]
struct StandingView {
    campaign: CampaignFile,
    version: u32,
    progress: u32,
    late_tasks: u32,
    changed_by: String,
}

impl From<wire::CampaignStanding> for StandingView {
    fn from(standing: wire::CampaignStanding) -> Self {
        Self {
            campaign: standing.campaign.unwrap_or_default().into(),
            version: standing.version,
            progress: standing.progress,
            late_tasks: standing.late_tasks,
            changed_by: standing.changed_by,
        }
    }
}

#[derive(Debug, Serialize)]
struct EffectView {
    inside_before: f64,
    inside_after: f64,
    outside_before: f64,
    outside_after: f64,
    ratio: f64,
    ratio_low: f64,
    ratio_high: f64,
    scatter: f64,
    days_before: u32,
    days_after: u32,
}

#[derive(Debug, Serialize)]
struct ShownView {
    #[serde(flatten)]
    standing: StandingView,
    effect: Option<EffectView>,
    versions: Vec<StandingView>,
}

pub(super) async fn run(args: CampaignArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    match args.command {
        CampaignCommand::List => {
            let request = mesh.request(wire::ListCampaignsRequest {});
            let answer = mesh
                .call(Peer::Feedback, mesh.insight()?.list_campaigns(request))
                .await?;
            let rows: Vec<StandingView> = answer.campaigns.into_iter().map(Into::into).collect();
            out.rows(&rows, |screen| draw(&rows, screen))
        }
        CampaignCommand::Show { id, days } => show(&id, days, mesh, out).await,
        CampaignCommand::Create(args) => {
            let (campaign, actor) = read(&args)?;
            let request = mesh.request(wire::CreateCampaignRequest { campaign, actor });
            let answer = mesh
                .call(Peer::Feedback, mesh.insight()?.create_campaign(request))
                .await?;
            written(answer.campaign, out)
        }
        CampaignCommand::Update { write, seen } => {
            let (campaign, actor) = read(&write)?;
            let version = seen;
            let request = mesh.request(wire::UpdateCampaignRequest {
                campaign,
                actor,
                version,
            });
            let answer = mesh
                .call(Peer::Feedback, mesh.insight()?.update_campaign(request))
                .await?;
            written(answer.campaign, out)
        }
    }
}

fn read(args: &WriteArgs) -> Result<(Option<wire::Campaign>, String), Failure> {
    let wrong = |error: String| Failure::Given(format!("{}: {error}", args.file.display()));
    let text = std::fs::read_to_string(&args.file).map_err(|error| wrong(error.to_string()))?;
    let file: CampaignFile =
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if !STAGES.iter().any(|(_, word)| *word == file.stage) {
        let words = STAGES.map(|(_, word)| word).join(", ");
        return Err(wrong(format!(
            "stage {:?} is not one of {words}",
            file.stage
        )));
    }
    Ok((Some(file.wire()), args.actor.to_string()))
}

fn written(standing: Option<wire::CampaignStanding>, out: &Out) -> Result<(), Failure> {
    let view = StandingView::from(standing.unwrap_or_default());
    out.one(&view, |screen| draw(std::slice::from_ref(&view), screen))
}

async fn show(id: &RuleId, days: u32, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let id = id.to_string();
    let request = mesh.request(wire::ShowCampaignRequest { id, days });
    let answer = mesh
        .call(Peer::Feedback, mesh.insight()?.show_campaign(request))
        .await?;
    let view = ShownView {
        standing: answer.campaign.unwrap_or_default().into(),
        effect: answer.effect.map(|effect| EffectView {
            inside_before: effect.inside_before,
            inside_after: effect.inside_after,
            outside_before: effect.outside_before,
            outside_after: effect.outside_after,
            ratio: effect.ratio,
            ratio_low: effect.ratio_low,
            ratio_high: effect.ratio_high,
            scatter: effect.scatter,
            days_before: effect.days_before,
            days_after: effect.days_after,
        }),
        versions: answer.versions.into_iter().map(Into::into).collect(),
    };
    out.one(&view, |screen| draw_shown(&view, screen))
}

fn draw(rows: &[StandingView], screen: &Screen) -> String {
    if rows.is_empty() {
        return "no campaigns".to_owned();
    }
    let header = [
        "campaign",
        "~title",
        "stage",
        "owner",
        "begins",
        "ends",
        ">progress",
        ">late",
        ">version",
    ];
    let row = |row: &StandingView| {
        vec![
            cell(&row.campaign.id),
            cell(&row.campaign.title),
            cell(&row.campaign.stage),
            cell(&row.campaign.owner),
            cell(&row.campaign.begins),
            cell(&row.campaign.ends),
            Cell::new(format!("{} %", row.progress)),
            Cell::new(row.late_tasks),
            Cell::new(row.version),
        ]
    };
    screen.table(&header, rows.iter().map(row))
}

fn draw_shown(view: &ShownView, screen: &Screen) -> String {
    let mut text = draw(std::slice::from_ref(&view.standing), screen);
    let campaign = &view.standing.campaign;
    let about = campaign.categories.join(", ");
    let places = if campaign.areas.is_empty() {
        "everywhere".to_owned()
    } else {
        campaign.areas.join(", ")
    };
    text.push_str("\n\n");
    text.push_str(&screen.pairs(&[
        ("about", Some(about)),
        ("where", Some(places)),
        ("measures", Some(campaign.measures.join("; "))),
        ("changed by", Some(view.standing.changed_by.clone())),
    ]));
    text.push_str(&heading("Tasks"));
    let task = |task: &TaskFile| {
        vec![
            cell(&task.due),
            Cell::new(format!("{} %", task.progress)),
            cell(task.unit.as_deref().unwrap_or(&campaign.owner)),
            cell(&task.title),
        ]
    };
    let tasks = campaign.tasks.iter().map(task);
    text.push_str(&screen.table(&["due", ">progress", "unit", "~task"], tasks));
    text.push_str(&heading("Effect on the inflow"));
    text.push_str(&match &view.effect {
        None => "nothing to compare yet".to_owned(),
        Some(effect) => format!(
            "{:+.1} % against the rest of the city ({:+.1} to {:+.1} % with 95 % confidence)\n\
             here {:.1} a day before, {:.1} after; elsewhere {:.1} and {:.1}; {} days and {} days",
            100.0 * (effect.ratio - 1.0),
            100.0 * (effect.ratio_low - 1.0),
            100.0 * (effect.ratio_high - 1.0),
            effect.inside_before,
            effect.inside_after,
            effect.outside_before,
            effect.outside_after,
            effect.days_before,
            effect.days_after,
        ),
    });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"id": "heating", "title": "Warm", "categories": ["housing.heating"], "owner": "dongshan",
        "begins": "2026-10-01", "ends": "2027-03-31", "stage": "running",
        "tasks": [{"title": "List", "due": "2026-10-15", "progress": 40}]}"#;

    #[test]
    fn a_file_is_a_campaign_and_back() {
        let file: CampaignFile = serde_json::from_str(FILE).unwrap();
        let campaign = file.wire();
        assert_eq!(campaign.stage(), wire::CampaignStage::Running);
        assert_eq!(CampaignFile::from(campaign.clone()).wire(), campaign);
        let slip = FILE.replace("\"owner\"", "\"owners\"");
        assert!(serde_json::from_str::<CampaignFile>(&slip).is_err());
    }

    #[test]
    fn a_wrong_file_is_named_with_its_reason() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("campaign.json");
        std::fs::write(&file, FILE.replace("running", "begun")).unwrap();
        let actor = "desk-1".parse().unwrap();
        let Failure::Given(reason) = read(&WriteArgs { file, actor }).unwrap_err() else {
            panic!()
        };
        assert!(
            reason.contains("campaign.json") && reason.contains("\"begun\" is not one of"),
            "{reason}"
        );
    }

    #[test]
    fn a_campaign_is_shown_with_its_effect() {
        let file: CampaignFile = serde_json::from_str(FILE).unwrap();
        let view = ShownView {
            standing: StandingView {
                campaign: file,
                version: 2,
                progress: 40,
                late_tasks: 1,
                changed_by: "li".into(),
            },
            effect: Some(EffectView {
                inside_before: 40.0,
                inside_after: 30.0,
                outside_before: 400.0,
                outside_after: 400.0,
                ratio: 0.75,
                ratio_low: 0.7,
                ratio_high: 0.8,
                scatter: 1.0,
                days_before: 56,
                days_after: 40,
            }),
            versions: vec![],
        };
        let text = draw_shown(&view, &Screen::fixed("2026-11-22T00:00:00Z", Some(120)));
        let text = anstream::adapter::strip_str(&text).to_string();
        assert!(
            text.contains("-25.0 % against the rest of the city (-30.0 to -20.0 %"),
            "{text}"
        );
        assert!(text.contains("everywhere") && text.contains("List"));
    }
}
