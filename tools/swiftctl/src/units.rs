//! `units`: the tree of units with their teams and loads.

use std::collections::{HashMap, HashSet};

use clap::Args;
use comfy_table::Cell;
use serde::Serialize;
use swiftline_domain::city::UnitClass;
use swiftline_domain::id::UnitId;
use swiftline_proto::router::v1::{ListUnitsRequest, Team, Unit};

use crate::connect::{Mesh, Peer};
use crate::failure::Failure;
use crate::output::{Out, Screen, cell, load};
use crate::words::some;

/// The deepest level that is drawn as such; a city's units have three.
const MAX_DEPTH: usize = 8;
/// The most skills of a team that a table shows: a district's team has nearly all there are.
const SHOWN_SKILLS: usize = 2;

/// Arguments of `units`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  swiftctl units --class district
  swiftctl units --unit chaoyang
  swiftctl --output json units | jq -r '.teams[] | select(.load >= .capacity) | .id'")]
pub(crate) struct UnitsArgs {
    /// Only units of this class, such as district, subdistrict, department, utility, agency
    #[arg(long)]
    class: Option<UnitClass>,
    /// Only this unit and those below it
    #[arg(long)]
    unit: Option<UnitId>,
}

#[derive(Debug, Serialize)]
struct UnitView {
    unit: String,
    name: String,
    class: String,
    parent: Option<String>,
    teams: Vec<TeamView>,
}

#[derive(Debug, Serialize)]
struct TeamView {
    id: String,
    name: String,
    load: u32,
    capacity: u32,
    on_duty: bool,
    skills: Vec<String>,
    languages: Vec<String>,
}

impl From<Unit> for UnitView {
    fn from(unit: Unit) -> Self {
        let team = |team: Team| TeamView {
            id: team.id,
            name: team.name,
            load: team.load,
            capacity: team.capacity,
            on_duty: team.on_duty,
            skills: team.skills,
            languages: team.languages,
        };
        Self {
            unit: unit.id,
            name: unit.name,
            class: unit.class,
            parent: some(unit.parent),
            teams: unit.teams.into_iter().map(team).collect(),
        }
    }
}

/// Prints the tree.
///
/// # Errors
/// When there is no such unit, or the router is not there.
pub(crate) async fn run(args: UnitsArgs, mesh: &Mesh, out: &Out) -> Result<(), Failure> {
    let request = mesh.request(ListUnitsRequest {
        class: args
            .class
            .map(|class| class.as_str().to_owned())
            .unwrap_or_default(),
        unit: args.unit.map(|unit| unit.to_string()).unwrap_or_default(),
    });
    let answer = mesh
        .call(Peer::Router, mesh.operations()?.list_units(request))
        .await?;
    let units: Vec<UnitView> = answer.units.into_iter().map(UnitView::from).collect();
    out.rows(&units, |screen| draw(&units, screen))
}

fn draw(units: &[UnitView], screen: &Screen) -> String {
    if units.is_empty() {
        return "no such units".to_owned();
    }
    let rows = tree(units).into_iter().flat_map(|(depth, unit)| {
        let head = vec![
            cell(&format!("{}{}", "  ".repeat(depth), unit.unit)),
            cell(&unit.name),
            cell(&unit.class),
        ];
        let teams = unit.teams.iter().map(move |team| team_row(depth + 1, team));
        std::iter::once(head).chain(teams)
    });
    screen.table(
        &[
            "unit / team",
            "~name",
            "class",
            ">load",
            "duty",
            "~skills",
            "languages",
        ],
        rows,
    )
}

fn team_row(depth: usize, team: &TeamView) -> Vec<Cell> {
    vec![
        cell(&format!("{}· {}", "  ".repeat(depth), team.id)),
        cell(&team.name),
        Cell::new("team"),
        load(team.load.into(), team.capacity),
        Cell::new(if team.on_duty { "on" } else { "off" }),
        cell(&some_of(&team.skills)),
        cell(&team.languages.join(" ")),
    ]
}

/// The first few words, and how many more there are; JSON has all.
fn some_of(words: &[String]) -> String {
    let shown = words
        .iter()
        .take(SHOWN_SKILLS)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    match words.len().saturating_sub(SHOWN_SKILLS) {
        0 => shown,
        more => format!("{shown} +{more}"),
    }
}

/// The units in tree order with their depth; one whose parent is not listed stands at the top.
fn tree(units: &[UnitView]) -> Vec<(usize, &UnitView)> {
    let listed: HashSet<&str> = units.iter().map(|unit| unit.unit.as_str()).collect();
    let mut below: HashMap<Option<&str>, Vec<&UnitView>> = HashMap::new();
    for unit in units {
        let parent = unit
            .parent
            .as_deref()
            .filter(|parent| listed.contains(parent));
        below.entry(parent).or_default().push(unit);
    }
    let mut lines = Vec::new();
    let mut stack: Vec<(usize, &UnitView)> = below
        .remove(&None)
        .unwrap_or_default()
        .into_iter()
        .rev()
        .map(|unit| (0, unit))
        .collect();
    while let Some((depth, unit)) = stack.pop() {
        lines.push((depth.min(MAX_DEPTH), unit));
        // Taken out, so that a unit is never drawn twice.
        let children = below.remove(&Some(unit.unit.as_str())).unwrap_or_default();
        stack.extend(children.into_iter().rev().map(|child| (depth + 1, child)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(id: &str, parent: &str, teams: Vec<Team>) -> UnitView {
        Unit {
            id: id.into(),
            name: "朝阳区".into(),
            class: "district".into(),
            parent: parent.into(),
            teams,
        }
        .into()
    }

    #[test]
    fn units_stand_under_their_parents_with_their_teams() {
        let team = Team {
            id: "a-1".into(),
            capacity: 20,
            load: 3,
            on_duty: true,
            ..Default::default()
        };
        let units = [
            unit("b", "", vec![]),
            unit("a-x", "a", vec![team]),
            unit("a", "gone", vec![]),
        ];
        let text = draw(&units, &Screen::fixed("2026-11-21T00:00:00Z", Some(120)));
        assert_eq!(
            text,
            "UNIT / TEAM  NAME    CLASS     LOAD  DUTY  SKILLS  LANGUAGES\n\
             b            朝阳区  district\n\
             a            朝阳区  district\n  \
               a-x        朝阳区  district\n    \
                 · a-1            team      3/20  on"
        );
    }

    #[test]
    fn long_lists_of_skills_are_cut_short() {
        let words = ["gas", "power", "water"].map(str::to_owned);
        assert_eq!(some_of(&words[..2]), "gas power");
        assert_eq!(some_of(&words), "gas power +1");
    }

    #[test]
    fn a_ring_of_units_does_not_hang() {
        assert!(tree(&[unit("a", "b", vec![]), unit("b", "a", vec![])]).is_empty());
    }
}
