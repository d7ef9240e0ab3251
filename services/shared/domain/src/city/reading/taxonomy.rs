//! Reads `taxonomy.yaml` and fills in what categories inherit.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use indexmap::IndexMap;

use super::names::Tongues;
use super::{Doc, Known, Node};
use crate::city::clocks::GENERAL;
use crate::city::taxonomy::{Category, Taxonomy};
use crate::city::{Names, Words};
use crate::id::{CategoryId, ClockClass, Skill};
use crate::vocabulary::{Kind, Urgency};

/// A category as written: what it leaves out is inherited.
struct Written {
    name: Names,
    urgency: Option<Urgency>,
    clock: Option<ClockClass>,
    skills: Option<Arc<[Skill]>>,
    groups: Option<Arc<[Arc<str>]>>,
    source_types: Box<[Arc<str>]>,
    keywords: Words,
}

pub(super) fn read(
    doc: &mut Doc<'_>,
    root: &Node,
    tongues: &Tongues,
    known: &mut Known,
) -> Option<Taxonomy> {
    let fields = doc.fields(root, &["categories", "kinds", "urgency"])?;
    let items = doc
        .need(&fields, "categories")
        .and_then(|node| doc.some_list(node))?;
    let mut written = IndexMap::new();
    let mut claimed = HashMap::new();
    for item in items {
        if let Some((id, category)) = category(doc, item, tongues, known, &mut claimed) {
            written.entry(id).or_insert(category);
        }
    }
    known.categories.complete();
    for id in written.keys() {
        if let Some(parent) = parent_of(id) {
            let at = known.categories.place_of(id.as_str());
            known.categories.check(doc, at, parent);
        }
    }
    Some(Taxonomy {
        by_id: inherit(written)?,
        by_source_type: claimed,
        kinds: told_by::<Kind>(doc, fields.get("kinds"), Kind::WORDS, tongues),
        urgencies: told_by::<Urgency>(doc, fields.get("urgency"), Urgency::WORDS, tongues),
    })
}

fn parent_of(id: &CategoryId) -> Option<&str> {
    id.as_str().rsplit_once('.').map(|(parent, _)| parent)
}

fn category(
    doc: &mut Doc<'_>,
    node: &Node,
    tongues: &Tongues,
    known: &mut Known,
    claimed: &mut HashMap<String, CategoryId>,
) -> Option<(CategoryId, Written)> {
    let fields = doc.fields(
        node,
        &[
            "id",
            "name",
            "urgency",
            "clock",
            "skills",
            "groups",
            "source_types",
            "keywords",
        ],
    )?;
    let id = doc.need(&fields, "id").and_then(|node| {
        let id: CategoryId = doc.id(node)?;
        known.categories.declare(doc, node, id.as_str());
        Some(id)
    });
    let name = doc
        .need(&fields, "name")
        .and_then(|node| tongues.names(doc, node));
    let urgency = fields.get("urgency").and_then(|node| doc.parse(node));
    let clock = fields.get("clock").and_then(|node| {
        let class: ClockClass = doc.id(node)?;
        known
            .classes
            .check(doc, node.at, class.as_str())
            .then_some(class)
    });
    let skills = fields.get("skills").map(|node| {
        doc.each(Some(node), |doc, item| known.skill(doc, item))
            .into()
    });
    let groups = fields.get("groups").map(|node| {
        doc.each(Some(node), |doc, item| {
            Some(Arc::from(doc.text(item)?.trim()))
        })
        .into()
    });
    let source_types = doc.each(fields.get("source_types"), |doc, item| {
        let source_type = doc.text(item)?.trim();
        claim(doc, item, source_type, id.as_ref()?, claimed);
        Some(Arc::from(source_type))
    });
    let keywords = tongues.words(doc, fields.get("keywords"));
    Some((
        id?,
        Written {
            name: name?,
            urgency,
            clock,
            skills,
            groups,
            source_types,
            keywords,
        },
    ))
}

/// A complaint type of another system means one category.
fn claim(
    doc: &mut Doc<'_>,
    node: &Node,
    source_type: &str,
    id: &CategoryId,
    claimed: &mut HashMap<String, CategoryId>,
) {
    let first = claimed
        .entry(source_type.to_lowercase())
        .or_insert_with(|| id.clone());
    if first != id {
        doc.error(
            node.at,
            format!(
                "source type {source_type:?} already means the category {:?}; it can mean one only",
                first.as_str()
            ),
        );
    }
}

fn inherit(written: IndexMap<CategoryId, Written>) -> Option<IndexMap<CategoryId, Category>> {
    let general = ClockClass::new(GENERAL).ok()?;
    let inherited = |id: &CategoryId| {
        let lineage: Vec<&Written> = std::iter::successors(Some(id.as_str()), |id| {
            id.rsplit_once('.').map(|(parent, _)| parent)
        })
        .filter_map(|id| written.get(id))
        .collect();
        (
            lineage
                .iter()
                .find_map(|category| category.urgency)
                .unwrap_or(Urgency::Normal),
            lineage
                .iter()
                .find_map(|category| category.clock.clone())
                .unwrap_or_else(|| general.clone()),
            lineage
                .iter()
                .find_map(|category| category.skills.clone())
                .unwrap_or_default(),
            lineage
                .iter()
                .find_map(|category| category.groups.clone())
                .unwrap_or_default(),
        )
    };
    let full: Vec<_> = written.keys().map(inherited).collect();
    let categories =
        written
            .into_iter()
            .zip(full)
            .map(|((id, own), (urgency, clock, skills, groups))| {
                let category = Category {
                    parent: parent_of(&id).and_then(|parent| CategoryId::new(parent).ok()),
                    name: own.name,
                    urgency,
                    clock,
                    skills,
                    groups,
                    source_types: own.source_types,
                    keywords: own.keywords,
                    id: id.clone(),
                };
                (id, category)
            });
    Some(categories.collect())
}

/// Words that tell a value of a vocabulary.
fn told_by<T: FromStr>(
    doc: &mut Doc<'_>,
    node: Option<&Node>,
    vocabulary: &[&str],
    tongues: &Tongues,
) -> Box<[(T, Words)]> {
    let Some(fields) = node.and_then(|node| doc.fields(node, vocabulary)) else {
        return Box::default();
    };
    let told = vocabulary.iter().filter_map(|word| {
        let words = tongues.words(doc, Some(fields.get(word)?));
        Some((word.parse().ok()?, words))
    });
    told.collect()
}
