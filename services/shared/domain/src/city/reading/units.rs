//! Reads `units.yaml` and checks that every area has somebody who answers.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::names::Tongues;
use super::{At, Doc, Known, Node};
use crate::city::area::Areas;
use crate::city::unit::{Unit, UnitClass, Units};
use crate::id::{AreaId, UnitId};

pub(super) fn read(
    doc: &mut Doc<'_>,
    root: &Node,
    tongues: &Tongues,
    known: &mut Known,
) -> Option<Units> {
    let fields = doc.fields(root, &["units"])?;
    let items = doc
        .need(&fields, "units")
        .and_then(|node| doc.some_list(node))?;
    let mut units = Units::default();
    let mut parents = Vec::new();
    for item in items {
        let Some(unit) = unit(doc, item, tongues, known, &mut parents) else {
            continue;
        };
        if let Some(area) = &unit.area {
            take_area(doc, &mut units.by_area, area, &unit.id, item.at);
        }
        units.by_id.entry(unit.id.clone()).or_insert(unit);
    }
    known.units.complete();
    for (at, parent) in parents {
        known.units.check(doc, at, parent.as_str());
    }
    check_cycles(doc, &units.by_id, known);
    Some(units)
}

fn unit(
    doc: &mut Doc<'_>,
    node: &Node,
    tongues: &Tongues,
    known: &mut Known,
    parents: &mut Vec<(At, UnitId)>,
) -> Option<Unit> {
    let fields = doc.fields(node, &["id", "class", "area", "parent", "name"])?;
    let id = doc.need(&fields, "id").and_then(|node| {
        let id: UnitId = doc.id(node)?;
        known.units.declare(doc, node, id.as_str());
        Some(id)
    });
    let class = doc
        .need(&fields, "class")
        .and_then(|node| doc.parse::<UnitClass>(node));
    let area = fields.get("area").and_then(|node| {
        let area: AreaId = doc.id(node)?;
        known
            .areas
            .check(doc, node.at, area.as_str())
            .then_some(area)
    });
    let parent = fields.get("parent").and_then(|node| {
        let parent: UnitId = doc.id(node)?;
        parents.push((node.at, parent.clone()));
        Some(parent)
    });
    if let Some(class) = class {
        match (class.has_area(), fields.get("area")) {
            (true, None) => doc.error(
                fields.at,
                format!("`area` is missing; a {class} answers for one"),
            ),
            (false, Some(area)) => {
                doc.error(
                    area.at,
                    format!("a {class} answers for the whole city; leave `area` out"),
                );
            }
            _ => {}
        }
    }
    let name = doc
        .need(&fields, "name")
        .and_then(|node| tongues.names(doc, node));
    Some(Unit {
        id: id?,
        class: class?,
        area,
        parent,
        name: name?,
    })
}

fn take_area(
    doc: &mut Doc<'_>,
    by_area: &mut HashMap<AreaId, UnitId>,
    area: &AreaId,
    unit: &UnitId,
    at: At,
) {
    let first = by_area.entry(area.clone()).or_insert_with(|| unit.clone());
    if first != unit {
        doc.error(
            at,
            format!(
                "area {:?} already has the unit {:?}; one unit answers for an area",
                area.as_str(),
                first.as_str()
            ),
        );
    }
}

/// No unit is above itself.
fn check_cycles(doc: &mut Doc<'_>, units: &IndexMap<UnitId, Unit>, known: &Known) {
    for unit in units.values() {
        let above = |unit: &&Unit| units.get(unit.parent.as_ref()?);
        let mut ancestors = std::iter::successors(above(&unit), above).take(units.len());
        if ancestors.any(|ancestor| ancestor.id == unit.id) {
            let at = known.units.place_of(unit.id.as_str());
            doc.error(
                at,
                format!(
                    "unit {:?} is above itself; its chain of parents must end",
                    unit.id.as_str()
                ),
            );
        }
    }
}

/// The class of a unit fits the level of its area. Reports into `units.yaml`.
pub(super) fn check_areas(doc: &mut Doc<'_>, units: &Units, areas: &Areas, known: &Known) {
    for unit in units.iter().filter(|unit| unit.class.has_area()) {
        let Some(area) = unit.area.as_ref().and_then(|area| areas.get(area.as_str())) else {
            continue;
        };
        let wanted = if unit.class.is_backstop() { 1 } else { 2 };
        if area.kind.level() != wanted {
            let (class, id, kind) = (unit.class, area.id.as_str(), area.kind);
            let at = known.units.place_of(unit.id.as_str());
            doc.error(at, format!("a {class} cannot answer for {id:?}, which is a {kind}; it needs an area of level {wanted}"));
        }
    }
}

/// Every level-1 area has its backstop. Reports into `areas.yaml`.
pub(super) fn check_backstops(doc: &mut Doc<'_>, units: &Units, areas: &Areas, known: &Known) {
    for area in areas.iter().filter(|area| area.kind.level() == 1) {
        let id = area.id.as_str();
        if !units
            .of_area(id)
            .is_some_and(|unit| unit.class.is_backstop())
        {
            let at = known.areas.place_of(id);
            doc.error(at, format!("{} {id:?} has no backstop; add a unit of class district or borough with area: {id:?} to units.yaml", area.kind));
        }
    }
}
