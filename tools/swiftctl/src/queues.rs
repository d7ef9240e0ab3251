//! `queues`: how far the services are behind, and what waits for the teams.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use comfy_table::{Cell, Color};
use jiff::Timestamp;
use serde::Serialize;
use swiftline_proto::router::v1::{GroupState, ListQueuesRequest, QueueState};

use crate::cli::duration;
use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, heading, load};
use crate::words::{count, span};

/// Arguments of `queues`.
#[derive(Debug, Args)]
#[command(after_help = "\
Groups: entries of the case log that a service's consumer group has not been given yet (lag), those given and not \
acknowledged (pending), and the age of the oldest of these. Teams: waiting orders by lane, and open ones of capacity. \
In JSON each line has a type: group (one per partition) or team.

Examples:
  swiftctl queues --watch 2
  swiftctl --output json queues | jq 'select(.type == \"group\" and .lag > 1000)'")]
pub(crate) struct QueuesArgs {
    /// Also teams that nothing waits for
    #[arg(long)]
    all: bool,
    /// Each partition's groups instead of their sums
    #[arg(long)]
    partitions: bool,
    /// Print anew every so many seconds until stopped
    #[arg(long, value_name = "SECONDS", value_parser = duration)]
    watch: Option<Duration>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum QueueView {
    Group {
        at: Timestamp,
        group: String,
        partition: u32,
        length: u64,
        lag: u64,
        pending: u64,
        oldest_ms: u64,
    },
    Team {
        at: Timestamp,
        team: String,
        unit: String,
        emergency: u64,
        urgent: u64,
        normal: u64,
        open: u64,
        capacity: u32,
        oldest_ms: u64,
    },
}

/// Prints the queues, once or again and again.
///
/// # Errors
/// When the router is not there, the first time.
pub(crate) async fn run(args: QueuesArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let (groups, teams) = look(&args, mesh).await?;
    print(&args, &groups, &teams, out)?;
    let Some(every) = args.watch else {
        return Ok(());
    };
    loop {
        tokio::time::sleep(every).await;
        match look(&args, mesh).await {
            Ok((groups, teams)) => {
                out.clear()?;
                print(&args, &groups, &teams, out)?;
            }
            // Whoever watches wants to see it come back.
            Err(failure) => failure.print(),
        }
    }
}

async fn look(
    args: &QueuesArgs,
    mesh: &Mesh,
) -> Result<(Vec<GroupState>, Vec<QueueState>), Failure> {
    let request = mesh.request(ListQueuesRequest {
        all_teams: args.all,
    });
    let answer = mesh
        .call(Peer::Router, mesh.operations()?.list_queues(request))
        .await?;
    Ok((answer.groups, answer.teams))
}

fn print(
    args: &QueuesArgs,
    groups: &[GroupState],
    teams: &[QueueState],
    out: &Out,
) -> Result<(), Failure> {
    let at = Timestamp::now();
    let group = |one: &GroupState| QueueView::Group {
        at,
        group: one.group.clone(),
        partition: one.partition,
        length: one.length,
        lag: one.lag,
        pending: one.pending,
        oldest_ms: one.oldest_ms,
    };
    let team = |one: &QueueState| QueueView::Team {
        at,
        team: one.team.clone(),
        unit: one.unit.clone(),
        emergency: one.emergency,
        urgent: one.urgent,
        normal: one.normal,
        open: one.open,
        capacity: one.capacity,
        oldest_ms: one.oldest_ms,
    };
    let rows: Vec<QueueView> = groups
        .iter()
        .map(group)
        .chain(teams.iter().map(team))
        .collect();
    out.rows(&rows, |screen| draw(groups, teams, args.partitions, screen))
}

fn draw(groups: &[GroupState], teams: &[QueueState], partitions: bool, screen: &Screen) -> String {
    let mut text = heading("Groups of the case log").trim_start().to_owned();
    text.push_str(&if partitions {
        by_partition(groups, screen)
    } else {
        in_sum(groups, screen)
    });
    text.push_str(&heading("Teams"));
    if teams.is_empty() {
        text.push_str("nothing waits for any team");
    } else {
        let header = [
            "team",
            ">emergency",
            ">urgent",
            ">normal",
            ">open",
            ">oldest",
        ];
        text.push_str(&screen.table(&header, teams.iter().map(team_row)));
    }
    text
}

fn by_partition(groups: &[GroupState], screen: &Screen) -> String {
    let row = |one: &GroupState| {
        let mut cells = vec![
            cell(&one.group),
            Cell::new(format!("p{:02}", one.partition)),
        ];
        cells.extend(numbers(one));
        cells
    };
    screen.table(
        &[
            "group",
            "partition",
            ">length",
            ">lag",
            ">pending",
            ">oldest",
        ],
        groups.iter().map(row),
    )
}

fn in_sum(groups: &[GroupState], screen: &Screen) -> String {
    let mut sums: BTreeMap<&str, (u64, GroupState)> = BTreeMap::new();
    for one in groups {
        let (partitions, sum) = sums.entry(&one.group).or_default();
        *partitions += 1;
        sum.length += one.length;
        sum.lag += one.lag;
        sum.pending += one.pending;
        sum.oldest_ms = sum.oldest_ms.max(one.oldest_ms);
    }
    let row = |(group, (partitions, sum)): (&str, (u64, GroupState))| {
        let mut cells = vec![cell(group), Cell::new(partitions)];
        cells.extend(numbers(&sum));
        cells
    };
    screen.table(
        &[
            "group",
            ">partitions",
            ">length",
            ">lag",
            ">pending",
            ">oldest",
        ],
        sums.into_iter().map(row),
    )
}

fn numbers(one: &GroupState) -> [Cell; 4] {
    [
        Cell::new(count(one.length)),
        Cell::new(count(one.lag)),
        Cell::new(count(one.pending)),
        age(one.oldest_ms),
    ]
}

fn team_row(one: &QueueState) -> Vec<Cell> {
    let emergency = Cell::new(count(one.emergency));
    vec![
        cell(&one.team),
        if one.emergency > 0 {
            emergency.fg(Color::Red)
        } else {
            emergency
        },
        Cell::new(count(one.urgent)),
        Cell::new(count(one.normal)),
        load(one.open, one.capacity),
        age(one.oldest_ms),
    ]
}

fn age(ms: u64) -> Cell {
    Cell::new(if ms == 0 {
        "-".to_owned()
    } else {
        span(Duration::from_millis(ms))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(partition: u32, lag: u64, oldest_ms: u64) -> GroupState {
        GroupState {
            partition,
            group: "classifier".into(),
            length: 1_000,
            lag,
            pending: 2,
            oldest_ms,
        }
    }

    fn plain(partitions: bool) -> String {
        let team = QueueState {
            team: "t".into(),
            unit: "u".into(),
            urgent: 1,
            open: 4,
            capacity: 9,
            ..Default::default()
        };
        let groups = [group(0, 5, 100), group(1, 7, 61_000)];
        let text = draw(
            &groups,
            &[team],
            partitions,
            &Screen::fixed("2026-11-21T00:00:00Z", Some(90)),
        );
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn groups_are_summed_and_the_oldest_entry_counts() {
        assert_eq!(
            plain(false),
            "Groups of the case log\n\
             GROUP       PARTITIONS  LENGTH  LAG  PENDING     OLDEST\n\
             classifier           2   2,000   12        4  1 min 1 s\n\n\
             Teams\n\
             TEAM  EMERGENCY  URGENT  NORMAL  OPEN  OLDEST\n\
             t             0       1       0   4/9       -"
        );
    }

    #[test]
    fn each_partition_is_shown_when_asked_for() {
        assert!(
            plain(true).contains("classifier  p01         1,000    7        2  1 min 1 s"),
            "{}",
            plain(true)
        );
    }
}
