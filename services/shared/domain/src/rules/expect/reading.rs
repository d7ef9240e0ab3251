//! Reads `rules.test.yaml`.

use super::{Expected, RuleTest, RuleTests};
use crate::city::reading::{Doc, Fields, Ids, Known, Node, Value, parse};
use crate::city::{CityPack, PackErrors, error_kind};
use crate::id::{ClockClass, UnitId};
use crate::rules::{SAMPLE_FIELDS, Sample};

/// The parts of a decision that a test can name, in the order in which differences are told.
pub(in crate::rules) const EXPECTED_FIELDS: &[&str] = &[
    "rule",
    "unit",
    "lane",
    "clock",
    "helpers",
    "inform",
    "skills",
    "languages",
];

impl RuleTests {
    /// Reads expected routes and checks them against a city pack. `file` is what errors call the text.
    ///
    /// # Errors
    /// Everything that is wrong, with line, column and what to write instead.
    pub fn read(pack: &CityPack, file: &str, text: &str) -> Result<Self, PackErrors> {
        let root = parse(file, text).map_err(|error| PackErrors::new(vec![error]))?;
        let mut errors = Vec::new();
        let cases = cases(&mut Doc::new(file, &mut errors), &root, pack);
        if errors.is_empty() {
            Ok(Self { cases })
        } else {
            Err(PackErrors::new(errors))
        }
    }
}

fn cases(doc: &mut Doc<'_>, root: &Node, pack: &CityPack) -> Vec<RuleTest> {
    let Some(fields) = doc.fields(root, &["tests"]) else {
        return Vec::new();
    };
    let known = Known::of(pack);
    let mut names = Ids::new("test", "rules.test.yaml");
    let items = doc
        .need(&fields, "tests")
        .and_then(|node| doc.some_list(node))
        .unwrap_or_default();
    items
        .iter()
        .filter_map(|item| case(doc, item, pack, &known, &mut names))
        .collect()
}

fn case(
    doc: &mut Doc<'_>,
    node: &Node,
    pack: &CityPack,
    known: &Known,
    names: &mut Ids,
) -> Option<RuleTest> {
    let fields = doc.fields(node, &["name", "facts", "expect"])?;
    let name = doc.need(&fields, "name").and_then(|node| {
        let name = doc.text(node)?;
        names.declare(doc, node, name);
        Some(name)
    });
    let facts = doc
        .need(&fields, "facts")
        .and_then(|node| facts(doc, node, pack));
    let expect = doc
        .need(&fields, "expect")
        .and_then(|node| expected(doc, node, known));
    Some(RuleTest {
        name: name?.to_owned(),
        line: node.at.line,
        facts: facts?,
        expect: expect?,
    })
}

fn facts(doc: &mut Doc<'_>, node: &Node, pack: &CityPack) -> Option<Sample> {
    let fields = doc.fields(node, SAMPLE_FIELDS)?;
    let mut given = Vec::new();
    for name in SAMPLE_FIELDS {
        let Some(node) = fields.get(name) else {
            continue;
        };
        let value = match node.value {
            Value::Bool(truth) => Some(if truth { "true" } else { "false" }),
            _ => doc.text(node),
        };
        given.push((*name, value?));
    }
    let wrong = match Sample::read(pack, given) {
        Ok(sample) => return Some(sample),
        Err(wrong) => wrong,
    };
    for (name, reason) in wrong {
        let kind = match name.as_str() {
            "category" => error_kind::UNKNOWN_CATEGORY,
            "place" => error_kind::UNKNOWN_AREA,
            _ => error_kind::INVALID,
        };
        let at = fields.get(&name).map_or(node.at, |node| node.at);
        doc.error_of(kind, at, format!("`{name}`: {reason}"));
    }
    None
}

fn expected(doc: &mut Doc<'_>, node: &Node, known: &Known) -> Option<Expected> {
    let fields = doc.fields(node, EXPECTED_FIELDS)?;
    if EXPECTED_FIELDS
        .iter()
        .all(|name| fields.get(name).is_none())
    {
        let reason = format!(
            "nothing is expected; write one of {}",
            EXPECTED_FIELDS.join(", ")
        );
        doc.error(node.at, reason);
    }
    let rule = fields.get("rule").and_then(|node| doc.id(node));
    let clock = fields.get("clock").and_then(|node| {
        let class: ClockClass = doc.id(node)?;
        known
            .classes
            .check(doc, node.at, class.as_str())
            .then_some(class)
    });
    let skills = fields
        .get("skills")
        .map(|node| doc.each(Some(node), |doc, item| known.skill(doc, item)));
    let languages = fields
        .get("languages")
        .map(|node| doc.each(Some(node), Doc::parse));
    Some(Expected {
        rule,
        unit: fields.get("unit").and_then(|node| unit(doc, node, known)),
        lane: fields.get("lane").and_then(|node| doc.parse(node)),
        clock,
        helpers: units(doc, &fields, "helpers", known),
        inform: units(doc, &fields, "inform", known),
        skills,
        languages,
    })
}

fn unit(doc: &mut Doc<'_>, node: &Node, known: &Known) -> Option<UnitId> {
    let unit: UnitId = doc.id(node)?;
    known
        .units
        .check(doc, node.at, unit.as_str())
        .then_some(unit)
}

fn units(
    doc: &mut Doc<'_>,
    fields: &Fields<'_>,
    name: &str,
    known: &Known,
) -> Option<Box<[UnitId]>> {
    let node = fields.get(name)?;
    Some(doc.each(Some(node), |doc, item| unit(doc, item, known)))
}
