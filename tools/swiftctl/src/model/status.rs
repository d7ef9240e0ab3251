//! `model status` and `model history`.

use clap::Args;
use comfy_table::{Cell, Color};
use swiftline_proto::classifier::v1::{ModelsHistoryRequest, ModelsStatusRequest};

use super::view::{ComparisonView, ModelView, NameView, ReplicaView, StatusView, StepView};
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, clean, heading, maybe};
use crate::words::{count, percent};

/// Arguments of `model status`.
#[derive(Debug, Args)]
#[command(after_help = "\
A classifier that cannot load what it should keeps the last good model; why stands beside it.

Examples:
  swiftctl model status
  swiftctl --output json model status | jq -r '.models[].active.version'")]
pub(super) struct StatusArgs {}

/// Arguments of `model history`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  swiftctl model history --limit 10")]
pub(super) struct HistoryArgs {
    /// The most steps, the newest first
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
}

/// Prints how the models stand.
///
/// # Errors
/// When the classifier is not there.
pub(super) async fn run(_: StatusArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(ModelsStatusRequest {});
    let mut models = mesh.models()?;
    let answer = mesh.call(Peer::Classifier, models.status(request));
    let view = StatusView::from(answer.await?);
    out.one(&view, |screen| draw(&view, screen))
}

fn draw(view: &StatusView, screen: &Screen) -> String {
    let mut text = screen.table(
        &[
            "model",
            "in force",
            ">f1",
            ">labels",
            ">learned from",
            "before",
        ],
        view.models.iter().map(row),
    );
    for name in &view.models {
        if let (Some(shadow), Some(comparison)) = (&name.shadow, &name.comparison) {
            let title = format!("{} beside what is in force", shadow.shown());
            text.push_str(&heading(&title));
            text.push_str(&draw_comparison(comparison, screen));
        }
    }
    text.push_str(&heading("Classifiers"));
    text.push_str(&replicas(&view.replicas, screen));
    text
}

fn row(name: &NameView) -> Vec<Cell> {
    let active = name.active.as_ref();
    let f1 = active.and_then(|model| model.macro_f1);
    vec![
        cell(&name.name),
        cell(&active.map_or("nothing".to_owned(), ModelView::shown)),
        Cell::new(f1.map_or("-".to_owned(), |f1| format!("{f1:.3}"))),
        Cell::new(active.map_or(0, |model| model.labels)),
        Cell::new(count(active.map_or(0, |model| model.examples))),
        maybe(name.previous.as_ref().map(ModelView::shown).as_deref()),
    ]
}

/// What a comparison has shown so far, in a line.
pub(super) fn so_far(comparison: &ComparisonView) -> String {
    let (messages, different) = (comparison.messages, comparison.different);
    if messages == 0 {
        return "no messages yet".to_owned();
    }
    format!(
        "{} of {} messages differ ({}); of {} the new one is the surer",
        count(different),
        count(messages),
        percent(different as f64 / messages as f64),
        count(comparison.new_surer)
    )
}

fn draw_comparison(comparison: &ComparisonView, screen: &Screen) -> String {
    let mut text = so_far(comparison);
    let changes = &comparison.changes;
    if !changes.is_empty() {
        let row = |change: &super::view::ChangeView| {
            vec![
                cell(&change.before),
                cell(&change.after),
                Cell::new(count(change.messages)),
            ]
        };
        text.push_str("\n\n");
        text.push_str(&screen.table(&["in force", "new", ">messages"], changes.iter().map(row)));
    }
    text
}

fn replicas(all: &[ReplicaView], screen: &Screen) -> String {
    let row = |one: &ReplicaView| {
        let state = if one.troubles.is_empty() {
            Cell::new("ok").fg(Color::Green)
        } else {
            cell(&one.troubles.join("; ")).fg(Color::Red)
        };
        let seen = one.seen_at.map(|at| screen.when(at));
        vec![
            cell(&one.id),
            cell(&one.serving.join(" ")),
            maybe(seen.as_deref()),
            state,
        ]
    };
    screen.table(
        &["classifier", "serves", "reported", "~state"],
        all.iter().map(row),
    )
}

/// Prints who did what.
///
/// # Errors
/// When the classifier is not there.
pub(super) async fn history(args: HistoryArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(ModelsHistoryRequest { limit: args.limit });
    let mut models = mesh.models()?;
    let answer = mesh.call(Peer::Classifier, models.history(request));
    let steps: Vec<StepView> = answer.await?.steps.into_iter().map(Into::into).collect();
    out.rows(&steps, |screen| draw_steps(&steps, screen))
}

fn draw_steps(steps: &[StepView], screen: &Screen) -> String {
    if steps.is_empty() {
        return "nobody has changed a model yet".to_owned();
    }
    let row = |step: &StepView| {
        let at = step.at.map(|at| screen.short_time(at));
        vec![
            maybe(at.as_deref()),
            cell(&step.actor),
            cell(&clean(&step.action.replace('_', " "))),
            cell(&step.name),
            cell(&step.model()),
            cell(&step.reason),
        ]
    };
    screen.table(
        &["at", "who", "did", "model", "digest", "~reason"],
        steps.iter().map(row),
    )
}
