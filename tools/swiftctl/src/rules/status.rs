//! `rules status`: what is in force, what is tried, and what every router serves.

use std::time::Duration;

use clap::Args;
use comfy_table::{Cell, Color};
use swiftline_proto::router::v1::{RulesStatus, StatusRequest};

use super::check::plural;
use super::view::{CanaryView, DifferenceView, ReplicaView, ShadowView, StatusView, VersionView};
use crate::cli::duration;
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, clean, heading};
use crate::words::{count, entries, percent, short, span};

/// Arguments of `rules status`.
#[derive(Debug, Args)]
#[command(after_help = "\
A router that cannot serve what it should keeps the last good rules; its problem stands beside it.

Examples:
  swiftctl rules status
  swiftctl rules status --watch
  swiftctl --output json rules status | jq -r .active.digest")]
pub(super) struct StatusArgs {
    /// Print anew every so many seconds until stopped [default: 2]
    #[arg(long, value_name = "SECONDS", value_parser = duration, num_args = 0..=1, default_missing_value = "2")]
    watch: Option<Duration>,
}

/// Prints the status, once or again and again.
///
/// # Errors
/// When the router is not there, the first time.
pub(super) async fn run(args: StatusArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    print(status(mesh).await?, out)?;
    let Some(every) = args.watch else {
        return Ok(());
    };
    loop {
        tokio::time::sleep(every).await;
        match status(mesh).await {
            Ok(status) => {
                out.clear()?;
                print(status, out)?;
            }
            // Whoever watches wants to see it come back.
            Err(failure) => failure.print(),
        }
    }
}

/// The status as the router that answers knows it.
///
/// # Errors
/// When the router is not there.
pub(super) async fn status(mesh: &Mesh) -> Result<RulesStatus, Failure> {
    let request = mesh.request(StatusRequest {});
    let answer = mesh
        .call(Peer::Router, mesh.rules()?.status(request))
        .await?;
    Ok(answer.status.unwrap_or_default())
}

/// Prints a status.
///
/// # Errors
/// When standard output is closed.
pub(super) fn print(status: RulesStatus, out: &Out) -> Result<(), Failure> {
    let view = StatusView::from(status);
    out.one(&view, |screen| draw(&view, screen))
}

fn draw(view: &StatusView, screen: &Screen) -> String {
    let since = view.active_since.map(|at| screen.when(at));
    let in_flight = view.in_flight.as_ref().map(|work| {
        let end = if work.done { "done" } else { "under way" };
        format!(
            "{}, {end}: {} looked at, {} moved, {} failed",
            work.mode,
            count(work.looked_at),
            count(work.moved),
            count(work.failed)
        )
    });
    let head = view.audit_head.as_deref().map(short).unwrap_or_default();
    let mut text = screen.pairs(&[
        ("in force", view.active.as_ref().map(version)),
        ("since", since),
        ("orders in flight", in_flight),
        (
            "audit log",
            Some(format!("{}, head {head}", entries(view.audit_length))),
        ),
    ]);
    if let Some(canary) = &view.canary {
        text.push_str(&heading("Canary"));
        text.push_str(&draw_canary(canary, screen));
    }
    if let Some(shadow) = &view.shadow {
        text.push_str(&heading("Shadow"));
        text.push_str(&draw_shadow(shadow, screen));
    }
    let converged = if view.converged {
        "Routers: every live one serves what it should"
    } else {
        "Routers: NOT every live one serves what it should"
    };
    text.push_str(&heading(converged));
    text.push_str(&replicas(view.replicas.iter(), screen));
    text
}

/// A version in a line.
pub(super) fn version(version: &VersionView) -> String {
    let mut text = short(&version.digest);
    if let Some(rules) = version.rules {
        text.push_str(&format!(", {}", plural(rules as usize, "rule")));
    }
    match &version.proposed_by {
        Some(who) => text.push_str(&format!(", proposed by {who}")),
        None => text.push_str(", the pack's own"),
    }
    if let Some(who) = &version.approved_by {
        text.push_str(&format!(", approved by {who}"));
    }
    clean(&text)
}

fn draw_canary(canary: &CanaryView, screen: &Screen) -> String {
    let rate = |number: u64, most: f64| {
        #[expect(clippy::cast_precision_loss, reason = "a rate is shown, not a count")]
        let share = number as f64 / canary.decided.max(1) as f64;
        format!(
            "{} of {} ({}; taken back above {})",
            count(number),
            count(canary.decided),
            percent(share),
            percent(most)
        )
    };
    screen.pairs(&[
        ("rules", Some(version(&canary.version))),
        ("districts", Some(canary.districts.join(", "))),
        (
            "returned",
            Some(rate(canary.returned, canary.max_return_rate)),
        ),
        (
            "to a person",
            Some(rate(canary.triage, canary.max_triage_rate)),
        ),
        (
            "judged from",
            Some(format!("{} decisions on", count(canary.min_decided.into()))),
        ),
    ])
}

fn draw_shadow(shadow: &ShadowView, screen: &Screen) -> String {
    let mut text = screen.pairs(&[
        ("rules", Some(version(&shadow.version))),
        (
            "differs",
            Some(format!(
                "{} of {} decided",
                count(shadow.differs),
                count(shadow.decided)
            )),
        ),
    ]);
    if !shadow.differences.is_empty() {
        let row = |one: &DifferenceView| {
            let side = |rule: &Option<String>, unit: &str| {
                cell(&format!(
                    "{unit} ({})",
                    rule.as_deref().unwrap_or("backstop")
                ))
            };
            vec![
                side(&one.rule, &one.unit),
                side(&one.shadow_rule, &one.shadow_unit),
                Cell::new(count(one.count)),
            ]
        };
        text.push_str("\n\n");
        text.push_str(&screen.table(
            &["in force", "shadow", ">times"],
            shadow.differences.iter().map(row),
        ));
    }
    text
}

/// The routers, one a line.
pub(super) fn replicas<'a>(all: impl Iterator<Item = &'a ReplicaView>, screen: &Screen) -> String {
    let digest = |digest: &Option<String>| cell(&digest.as_deref().map_or("-".to_owned(), short));
    let row = |one: &ReplicaView| {
        let state = match (&one.problem, one.gone) {
            (Some(problem), _) => cell(problem).fg(Color::Red),
            (None, true) => Cell::new("gone").fg(Color::DarkGrey),
            (None, false) => Cell::new("ok").fg(Color::Green),
        };
        vec![
            cell(&one.id),
            digest(&one.digest),
            digest(&one.canary),
            digest(&one.shadow),
            Cell::new(one.seq),
            Cell::new(format!("{} ago", span(Duration::from_millis(one.age_ms)))),
            state,
        ]
    };
    screen.table(
        &[
            "router", "serves", "canary", "shadow", ">entry", "reported", "~state",
        ],
        all.map(row),
    )
}
