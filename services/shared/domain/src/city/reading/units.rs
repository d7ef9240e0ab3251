//! Reads `units.yaml` and checks that every area has somebody who answers.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::names::Tongues;
use super::{At, Doc, Known, Node};
use crate::city::area::Areas;
use crate::city::unit::{Unit, UnitClass, Units};
use crate::id::{AreaId, FunctionId, UnitId};

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
        match (&unit.area, &unit.function) {
            (Some(area), Some(function)) => {
                take_function(doc, &mut units, area, function, &unit.id, item.at);
            }
            (Some(area), None) => take_area(doc, &mut units.by_area, area, &unit.id, item.at),
            _ => {}
        }
        units.by_id.entry(unit.id.clone()).or_insert(unit);
    }
    known.units.complete();
    known.functions.complete();
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
    let fields = doc.fields(node, &["id", "class", "area", "function", "parent", "name"])?;
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
    let function = fields
        .get("function")
        .and_then(|node| doc.id::<FunctionId>(node));
    if let Some(function) = &function {
        known.functions.add(function.as_str());
    }
    if let Some(class) = class {
        if let Some(node) = fields.get("function")
            && class != UnitClass::Department
        {
            doc.error(
                node.at,
                format!("a {class} has no function; only the department of a district has one"),
            );
        }
        let of_a_district = class == UnitClass::Department && fields.get("function").is_some();
        match (class.has_area() || of_a_district, fields.get("area")) {
            (true, None) => doc.error(
                fields.at,
                format!("`area` is missing; a {class} answers for one"),
            ),
            (false, Some(area)) => {
                doc.error(
                    area.at,
                    if class == UnitClass::Department {
                        "a department of a district needs `function` as well: what it is for, the same word in every district".to_owned()
                    } else {
                        format!("a {class} answers for the whole city; leave `area` out")
                    },
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
        function,
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

fn take_function(
    doc: &mut Doc<'_>,
    units: &mut Units,
    area: &AreaId,
    function: &FunctionId,
    unit: &UnitId,
    at: At,
) {
    let key = (area.clone(), function.clone());
    let first = units.by_function.entry(key).or_insert_with(|| unit.clone());
    if first != unit {
        let (area, function, first) = (area.as_str(), function.as_str(), first.as_str());
        doc.error(
            at,
            format!(
                "area {area:?} already has the department {first:?} for {function:?}; one department has a function"
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
    let with_area = units
        .iter()
        .filter(|unit| unit.class.has_area() || unit.function.is_some());
    for unit in with_area {
        let Some(area) = unit.area.as_ref().and_then(|area| areas.get(area.as_str())) else {
            continue;
        };
        let of_a_district = unit.class.is_backstop() || unit.function.is_some();
        let wanted = if of_a_district { 1 } else { 2 };
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
