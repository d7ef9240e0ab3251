//! Reads `areas.yaml`.

use indexmap::IndexMap;

use super::names::Tongues;
use super::{Doc, Known, Node};
use crate::city::area::{Area, AreaKind, Areas, Landmark};
use crate::id::AreaId;

pub(super) fn read(
    doc: &mut Doc<'_>,
    root: &Node,
    tongues: &Tongues,
    known: &mut Known,
) -> Option<Areas> {
    let fields = doc.fields(root, &["areas", "landmarks", "not_places"])?;
    let items = doc
        .need(&fields, "areas")
        .and_then(|node| doc.some_list(node))?;
    let mut by_id = IndexMap::new();
    let mut parents = Vec::new();
    for item in items {
        if let Some(area) = area(doc, item, tongues, known, &mut parents) {
            by_id.entry(area.id.clone()).or_insert(area);
        }
    }
    known.areas.complete();
    for (node, parent) in parents {
        if known.areas.check(doc, node.at, parent.as_str())
            && by_id
                .get(&parent)
                .is_some_and(|area: &Area| area.kind.level() != 1)
        {
            doc.error(
                node.at,
                format!(
                    "parent {:?} is of level 2; write a district or borough",
                    parent.as_str()
                ),
            );
        }
    }
    let landmarks = doc.each(fields.get("landmarks"), |doc, item| {
        landmark(doc, item, known)
    });
    let not_places = doc.texts(fields.get("not_places"));
    Some(Areas {
        by_id,
        landmarks,
        not_places,
    })
}

fn area<'n>(
    doc: &mut Doc<'_>,
    node: &'n Node,
    tongues: &Tongues,
    known: &mut Known,
    parents: &mut Vec<(&'n Node, AreaId)>,
) -> Option<Area> {
    let fields = doc.fields(node, &["id", "kind", "parent", "name", "aliases"])?;
    let id = doc.need(&fields, "id").and_then(|node| {
        let id: AreaId = doc.id(node)?;
        known.areas.declare(doc, node, id.as_str());
        Some(id)
    });
    let kind = doc
        .need(&fields, "kind")
        .and_then(|node| doc.parse::<AreaKind>(node));
    let parent = fields.get("parent").and_then(|node| {
        let parent: AreaId = doc.id(node)?;
        parents.push((node, parent.clone()));
        Some(parent)
    });
    match kind.map(AreaKind::level) {
        Some(1) if fields.get("parent").is_some() => {
            doc.error(fields.at, "an area of level 1 has no parent; leave it out");
        }
        Some(2) if fields.get("parent").is_none() => {
            doc.error(
                fields.at,
                "`parent` is missing; name the district or borough that the area lies in",
            );
        }
        _ => {}
    }
    let name = doc
        .need(&fields, "name")
        .and_then(|node| tongues.names(doc, node));
    let aliases = doc.texts(fields.get("aliases"));
    Some(Area {
        id: id?,
        kind: kind?,
        parent,
        name: name?,
        aliases,
    })
}

fn landmark(doc: &mut Doc<'_>, node: &Node, known: &Known) -> Option<Landmark> {
    let fields = doc.fields(node, &["name", "aliases", "area"])?;
    let name = doc.need(&fields, "name").and_then(|node| doc.text(node));
    let aliases = doc.texts(fields.get("aliases"));
    let area = doc.need(&fields, "area").and_then(|node| {
        let area: AreaId = doc.id(node)?;
        known
            .areas
            .check(doc, node.at, area.as_str())
            .then_some(area)
    });
    Some(Landmark {
        name: name?.into(),
        aliases,
        area: area?,
    })
}
