//! Reads `teams.yaml` and checks that every unit has a team.

use indexmap::IndexMap;

use super::names::Tongues;
use super::{Doc, Ids, Known, Node, Value};
use crate::calendar::DailyHours;
use crate::city::team::{DutyHours, Team, Teams};
use crate::city::unit::Units;
use crate::id::{AreaId, TeamId, UnitId};
use crate::vocabulary::DayClass;

pub(super) fn read(
    doc: &mut Doc<'_>,
    root: &Node,
    tongues: &Tongues,
    known: &Known,
) -> Option<Teams> {
    let fields = doc.fields(root, &["teams"])?;
    let items = doc
        .need(&fields, "teams")
        .and_then(|node| doc.some_list(node))?;
    let mut ids = Ids::new("team", "teams.yaml");
    let mut by_id = IndexMap::new();
    for item in items {
        if let Some(team) = team(doc, item, tongues, known, &mut ids) {
            by_id.entry(team.id.clone()).or_insert(team);
        }
    }
    Some(Teams::grouped(by_id))
}

fn team(
    doc: &mut Doc<'_>,
    node: &Node,
    tongues: &Tongues,
    known: &Known,
    ids: &mut Ids,
) -> Option<Team> {
    let fields = doc.fields(
        node,
        &[
            "id",
            "unit",
            "name",
            "areas",
            "capacity",
            "skills",
            "languages",
            "hours",
        ],
    )?;
    let id = doc.need(&fields, "id").and_then(|node| {
        let id: TeamId = doc.id(node)?;
        ids.declare(doc, node, id.as_str());
        Some(id)
    });
    let unit = doc.need(&fields, "unit").and_then(|node| {
        let unit: UnitId = doc.id(node)?;
        known
            .units
            .check(doc, node.at, unit.as_str())
            .then_some(unit)
    });
    let name = doc
        .need(&fields, "name")
        .and_then(|node| tongues.names(doc, node));
    let capacity = doc
        .need(&fields, "capacity")
        .and_then(|node| doc.count(node));
    let areas = doc.each(fields.get("areas"), |doc, node| {
        let area: AreaId = doc.id(node)?;
        known
            .areas
            .check(doc, node.at, area.as_str())
            .then_some(area)
    });
    let skills = doc.each(fields.get("skills"), Doc::id);
    let languages = match fields.get("languages") {
        Some(node) => {
            doc.some_list(node);
            // A team may speak more than the pack is written in.
            doc.each(Some(node), Doc::parse)
        }
        None => tongues.default.into_iter().collect(),
    };
    let hours = doc.need(&fields, "hours").and_then(|node| hours(doc, node));
    Some(Team {
        id: id?,
        unit: unit?,
        name: name?,
        areas,
        capacity: capacity?,
        skills,
        languages,
        hours: hours?,
    })
}

fn hours(doc: &mut Doc<'_>, node: &Node) -> Option<DutyHours> {
    if let Value::Text(text) = &node.value {
        if text == "always" {
            return Some(DutyHours::Always);
        }
        let reason =
            format!("hours {text:?} are not known; write always or {{workday: \"08:30-18:00\"}}");
        doc.error(node.at, reason);
        return None;
    }
    let fields = doc.fields(node, DayClass::WORDS)?;
    let mut on = |day: DayClass| -> Option<DailyHours> {
        fields.get(day.as_str()).and_then(|node| doc.parse(node))
    };
    let (workday, weekend, holiday) = (
        on(DayClass::Workday),
        on(DayClass::Weekend),
        on(DayClass::Holiday),
    );
    if DayClass::WORDS.iter().all(|day| fields.get(day).is_none()) {
        doc.error(
            node.at,
            "the team is never on duty; give hours for at least one class of days",
        );
    }
    Some(DutyHours::ByDay {
        workday,
        weekend,
        holiday,
    })
}

/// Every unit has a team. Reports into `units.yaml`.
pub(super) fn check_every_unit_has_one(
    doc: &mut Doc<'_>,
    units: &Units,
    teams: &Teams,
    known: &Known,
) {
    for unit in units.iter() {
        let id = unit.id.as_str();
        if teams.of_unit(id).len() == 0 {
            doc.error(
                known.units.place_of(id),
                format!("unit {id:?} has no team; add one with unit: {id} to teams.yaml"),
            );
        }
    }
}
