//! `desk watch`: a team's orders as they come.

use clap::Args;
use comfy_table::{Cell, Color, ColumnConstraint, Width};
use jiff::Timestamp;
use serde::Serialize;
use swiftline_domain::id::TeamId;
use swiftline_domain::vocabulary::{Kind, Urgency};
use swiftline_proto::router::v1::{OrderOffer, WatchRequest, WatchResponse};
use tonic::{Request, Status, Streaming};

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, maybe};
use crate::view::time;
use crate::words::{some, trace_id, word};

/// The columns and their least widths: orders come one by one and must still stand under each other. The last is as wide
/// as it has to be.
const COLUMNS: [(&str, u16); 7] = [
    ("lane", 9),
    ("case", 12),
    (">offer", 5),
    ("sign by", 11),
    ("lang", 4),
    ("place", 10),
    ("category", 0),
];

/// Arguments of `desk watch`.
#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// The team
    #[arg(long, env = "SWIFTCTL_TEAM")]
    team: TeamId,
    /// End once the orders that wait now have been printed
    #[arg(long)]
    once: bool,
}

/// An order that waits for a team.
#[derive(Debug, Serialize)]
struct OrderView {
    case_number: String,
    offer: u32,
    unit: String,
    team: String,
    lane: Option<String>,
    category: Option<String>,
    kind: Option<String>,
    place: Option<String>,
    language: Option<String>,
    offered_at: Option<Timestamp>,
    sign_by: Option<Timestamp>,
    trace_id: Option<String>,
    /// A sub-order: the unit is called to help.
    part: bool,
}

impl From<OrderOffer> for OrderView {
    fn from(order: OrderOffer) -> Self {
        Self {
            case_number: order.case_number,
            offer: order.offer,
            unit: order.unit,
            team: order.team,
            lane: word::<Urgency>(order.lane),
            category: some(order.category),
            kind: word::<Kind>(order.kind),
            place: some(order.place),
            language: some(order.language),
            offered_at: time(order.offered_at),
            sign_by: time(order.sign_by),
            trace_id: trace_id(&order.trace_parent),
            part: order.part,
        }
    }
}

pub(super) async fn run(args: WatchArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let message = WatchRequest {
        team: args.team.to_string(),
        once: args.once,
    };
    if args.once {
        // Here alone the whole stream must be over in time.
        let all = async { collect(mesh, mesh.request(message)).await };
        let orders = tokio::time::timeout(mesh.timeout(), all)
            .await
            .unwrap_or_else(|_| Err(mesh.late(Peer::Router)))?;
        return out.rows(&orders, |screen| {
            if orders.is_empty() {
                nothing(&args.team)
            } else {
                draw(&orders, screen, true)
            }
        });
    }
    let mut answers = mesh
        .call(Peer::Router, mesh.desk()?.watch(Request::new(message)))
        .await?;
    let mut first = true;
    while let Some(orders) = next(&mut answers)
        .await
        .map_err(|status| mesh.failure(Peer::Router, status))?
    {
        if !orders.is_empty() {
            out.rows(&orders, |screen| draw(&orders, screen, first))?;
            first = false;
        }
    }
    Err(mesh.failure(
        Peer::Router,
        Status::unavailable("it has ended the watch, probably to restart"),
    ))
}

async fn collect(mesh: &Mesh, request: Request<WatchRequest>) -> Result<Vec<OrderView>, Failure> {
    let mut answers = mesh.call(Peer::Router, mesh.desk()?.watch(request)).await?;
    let mut orders = Vec::new();
    while let Some(more) = next(&mut answers)
        .await
        .map_err(|status| mesh.failure(Peer::Router, status))?
    {
        orders.extend(more);
    }
    Ok(orders)
}

async fn next(answers: &mut Streaming<WatchResponse>) -> Result<Option<Vec<OrderView>>, Status> {
    let answer = answers.message().await?;
    Ok(answer.map(|answer| answer.offers.into_iter().map(OrderView::from).collect()))
}

fn nothing(team: &TeamId) -> String {
    format!("nothing waits for {team}")
}

fn draw(orders: &[OrderView], screen: &Screen, with_header: bool) -> String {
    let header = COLUMNS.map(|(name, _)| name);
    let least = COLUMNS.map(|(_, width)| {
        Some(match width {
            0 => ColumnConstraint::ContentWidth,
            width => ColumnConstraint::LowerBoundary(Width::Fixed(width + 2)),
        })
    });
    let rows = orders.iter().map(|order| row(order, screen));
    screen.aligned_table(&header, with_header, least, rows)
}

/// What it is about, and whether the unit only helps with it.
fn what(order: &OrderView) -> Option<String> {
    let category = order.category.clone();
    match order.part {
        true => Some(format!("{} (to help)", category.unwrap_or_default())),
        false => category,
    }
}

fn row(order: &OrderView, screen: &Screen) -> Vec<Cell> {
    let lane = maybe(order.lane.as_deref());
    let lane = match order.lane.as_deref() {
        Some("emergency") => lane.fg(Color::Red),
        Some("urgent") => lane.fg(Color::Yellow),
        _ => lane,
    };
    vec![
        lane,
        cell(&order.case_number),
        Cell::new(order.offer),
        maybe(order.sign_by.map(|at| screen.short_time(at)).as_deref()),
        maybe(order.language.as_deref()),
        maybe(order.place.as_deref()),
        maybe(what(order).as_deref()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_that_come_later_stand_under_those_before() {
        let order = |lane: &str, category: &str| OrderView {
            lane: Some(lane.into()),
            category: Some(category.into()),
            ..OrderOffer {
                case_number: "07-0001234-8".into(),
                offer: 1,
                ..Default::default()
            }
            .into()
        };
        let screen = Screen::fixed("2026-11-21T00:00:00Z", None);
        let first = draw(&[order("emergency", "water")], &screen, true);
        let later = draw(&[order("normal", "housing.heat")], &screen, false);
        let column = |line: &str, text: &str| line.find(text).unwrap();
        let (head, row) = first.split_once('\n').unwrap();
        assert_eq!(column(head, "CATEGORY"), column(row, "water"));
        assert_eq!(column(row, "water"), column(&later, "housing.heat"));
        assert_eq!(later.lines().count(), 1);
    }
}
