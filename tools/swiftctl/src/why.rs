//! Which rule decides and which came close, as the mesh and the offline commands both show it.

use comfy_table::{Cell, Color};
use serde::Serialize;
use swiftline_domain::rules::{Failure, Near};
use swiftline_proto::router::v1 as wire;

use crate::output::{Screen, cell};

/// The most losing rules that a table shows; JSON has all.
const SHOWN: usize = 10;

/// The most characters of what a condition wants that a table shows; JSON has all.
const SHOWN_CHARS: usize = 60;

/// A rule that lost.
#[derive(Debug, Serialize)]
pub(crate) struct LoserView {
    rule: String,
    /// It matches as well, but stands after the winner.
    after: bool,
    failed: Vec<FailedView>,
}

/// A condition that did not hold.
#[derive(Debug, Serialize)]
struct FailedView {
    dimension: String,
    wanted: String,
    found: String,
}

impl From<wire::LosingRule> for LoserView {
    fn from(loser: wire::LosingRule) -> Self {
        let failed = |one: wire::FailedCondition| FailedView {
            dimension: one.dimension,
            wanted: one.wanted,
            found: one.found,
        };
        Self {
            rule: loser.rule,
            after: loser.after,
            failed: loser.failed.into_iter().map(failed).collect(),
        }
    }
}

impl From<Near> for LoserView {
    fn from(near: Near) -> Self {
        let failed = |one: Failure| FailedView {
            dimension: one.dimension.as_str().to_owned(),
            wanted: one.wanted,
            found: one.found,
        };
        Self {
            rule: near.rule.to_string(),
            after: near.after,
            failed: near.failed.into_iter().map(failed).collect(),
        }
    }
}

/// Draws the rule that decides, the first line, and under it those that came close with all that failed of each.
pub(crate) fn draw(winner: Option<&str>, losers: &[LoserView], screen: &Screen) -> String {
    let winner = match winner {
        Some(rule) => vec![cell(rule), Cell::new("decides").fg(Color::Green)],
        None => vec![
            Cell::new("backstop"),
            Cell::new("decides: no rule matches").fg(Color::Yellow),
        ],
    };
    let losers = losers.iter().take(SHOWN).flat_map(rows);
    screen.table(&["rule", "~result"], std::iter::once(winner).chain(losers))
}

/// A list as far as a line of a table goes.
fn brief(list: &str) -> String {
    let mut chars = list.chars();
    let begin: String = chars.by_ref().take(SHOWN_CHARS).collect();
    if chars.next().is_none() {
        return begin;
    }
    let whole = begin
        .rfind(", ")
        .map_or(begin.as_str(), |end| &begin[..end]);
    format!("{whole}, ...")
}

/// A line for every condition that failed, the rule's name on the first.
fn rows(loser: &LoserView) -> Vec<Vec<Cell>> {
    if loser.failed.is_empty() {
        let why = if loser.after {
            "matches too, but stands after the one that decides"
        } else {
            "matches too"
        };
        return vec![vec![cell(&loser.rule), Cell::new(why)]];
    }
    let failed = loser.failed.iter().enumerate().map(|(nth, one)| {
        let rule = if nth == 0 { loser.rule.as_str() } else { "" };
        let result = format!(
            "no: {} is {}, wanted {}",
            one.dimension,
            one.found,
            brief(&one.wanted)
        );
        vec![cell(rule), cell(&result)]
    });
    failed.collect()
}
