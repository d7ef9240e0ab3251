//! Reads `rules.yaml` and checks rules against the rest of the pack.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use super::condition::PlaceLevel;
use super::decide::Source;
use super::format;
use super::{
    Backstop, Choice, Condition, Dimension, Guard, Lead, Outcome, PlaceChoice, Rule, RuleSet,
};
use crate::city::reading::{At, Doc, Ids, Known, Node};
use crate::city::{Areas, CityPack, GENERAL, PackErrors, Taxonomy, error_kind};
use crate::id::{AreaId, CategoryId, ClockClass, FunctionId, RuleId, UnitId};
use crate::vocabulary::Language;

/// Rules that were read and checked, but not yet compiled.
pub(crate) struct Read {
    rules: Vec<Rule>,
    lines: Vec<u32>,
    backstop: Backstop,
    general: ClockClass,
    /// The canonical form of the text.
    canonical: String,
}

impl Read {
    pub(crate) fn compile(self, areas: &Areas, taxonomy: &Taxonomy) -> RuleSet {
        RuleSet::new(self.rules, self.backstop, areas, taxonomy, self.general)
            .with_source(Source::of(&self.canonical, self.lines))
    }
}

impl RuleSet {
    /// Reads and checks rules against a city pack. `file` is what errors call the text. What [`RuleSet::text`] gives
    /// then is the canonical form ([`super::format()`]), so the layout of the text does not change the digest.
    ///
    /// # Errors
    /// Everything that is wrong, with line, column and what to write instead.
    pub fn read(pack: &CityPack, file: &str, text: &str) -> Result<Self, PackErrors> {
        let mut errors = Vec::new();
        let known = Known::of(pack);
        let root = crate::city::reading::parse(file, text)
            .map_err(|error| PackErrors::new(vec![error]))?;
        let read = read(&mut Doc::new(file, &mut errors), &root, text, &known);
        match read {
            Some(read) if errors.is_empty() => Ok(read.compile(&pack.areas, &pack.taxonomy)),
            _ => Err(PackErrors::new(errors)),
        }
    }
}

/// Reads the rules of `text`, which parses as `root`.
pub(crate) fn read(doc: &mut Doc<'_>, root: &Node, text: &str, known: &Known) -> Option<Read> {
    let before = doc.count_errors();
    let fields = doc.fields(root, &["rules", "backstop"])?;
    let items = doc
        .need(&fields, "rules")
        .and_then(|node| doc.some_list(node))
        .unwrap_or_default();
    let mut ids = Ids::new("rule", "rules.yaml");
    let mut rules: Vec<Rule> = Vec::new();
    let mut lines = Vec::new();
    let mut catch_all: Option<RuleId> = None;
    for item in items {
        let Some(rule) = rule(doc, item, known, &mut ids) else {
            continue;
        };
        if let Some(before) = &catch_all {
            let (id, before) = (rule.id.as_str(), before.as_str());
            let reason = format!(
                "rule {id:?} is never reached: {before:?} before it matches everything; move it up or take it out"
            );
            doc.error_of(error_kind::NEVER_REACHED, item.at, reason);
        } else if rule.when.is_catch_all() {
            catch_all = Some(rule.id.clone());
        }
        rules.push(rule);
        lines.push(item.at.line);
    }
    let backstop = doc
        .need(&fields, "backstop")
        .and_then(|node| backstop(doc, node, known));
    // Only a text without errors has the shape that its canonical form takes for granted.
    let canonical = (doc.count_errors() == before).then(|| format::canonical(doc, root, text));
    Some(Read {
        rules,
        lines,
        backstop: backstop?,
        general: ClockClass::new(GENERAL).ok()?,
        canonical: canonical??,
    })
}

fn rule(doc: &mut Doc<'_>, node: &Node, known: &Known, ids: &mut Ids) -> Option<Rule> {
    let fields = doc.fields(node, &["id", "description", "when", "then"])?;
    let id = doc.need(&fields, "id").and_then(|node| {
        let id: RuleId = doc.id(node)?;
        ids.declare(doc, node, id.as_str());
        Some(id)
    });
    let description = doc
        .need(&fields, "description")
        .and_then(|node| doc.text(node));
    let when = match fields.get("when") {
        Some(node) => condition(doc, node, known),
        None => Some(Condition::default()),
    };
    let then = doc
        .need(&fields, "then")
        .and_then(|node| outcome(doc, node, known));
    Some(Rule {
        id: id?,
        description: description?.to_owned(),
        when: when?,
        then: then?,
    })
}

fn condition(doc: &mut Doc<'_>, node: &Node, known: &Known) -> Option<Condition> {
    let fields = doc.fields(node, Dimension::WORDS)?;
    let of = |dimension: Dimension| fields.get(dimension.as_str());
    Some(Condition {
        category: choice(doc, of(Dimension::Category), |doc, item| {
            let id: CategoryId = doc.id(item)?;
            known
                .categories
                .check(doc, item.at, id.as_str())
                .then_some(id)
        }),
        place: of(Dimension::Place)
            .map(|node| place(doc, node, known))
            .unwrap_or_default(),
        kind: words(doc, of(Dimension::Kind)),
        urgency: words(doc, of(Dimension::Urgency)),
        channel: words(doc, of(Dimension::Channel)),
        line: words(doc, of(Dimension::Line)),
        language: words(doc, of(Dimension::Language)),
        reporter: words(doc, of(Dimension::Reporter)),
        day: words(doc, of(Dimension::Day)),
        hours: of(Dimension::Hours).and_then(|node| doc.parse(node)),
        keywords: choice(doc, of(Dimension::Keywords), |doc, item| {
            doc.text(item).map(|word| Arc::from(word.trim()))
        }),
        guard: of(Dimension::Guard).and_then(|node| guard(doc, node)),
    })
}

fn guard(doc: &mut Doc<'_>, node: &Node) -> Option<Guard> {
    let text = doc.text(node)?;
    Guard::parse(text)
        .map_err(|error| doc.error_of(error_kind::GUARD, node.at, format!("the guard {error}")))
        .ok()
}

fn words<T>(doc: &mut Doc<'_>, node: Option<&Node>) -> Choice<T>
where
    T: FromStr + PartialEq,
    T::Err: Display,
{
    choice(doc, node, Doc::parse)
}

fn choice<'d, T: PartialEq>(
    doc: &mut Doc<'d>,
    node: Option<&Node>,
    read: impl FnMut(&mut Doc<'d>, &Node) -> Option<T>,
) -> Choice<T> {
    let fields = node.and_then(|node| doc.fields(node, &["any_of", "none_of"]));
    let Some(fields) = fields else {
        return Choice::default();
    };
    if fields.get("any_of").is_none() && fields.get("none_of").is_none() {
        doc.error(
            fields.at,
            "nothing is asked; write any_of or none_of, or leave the dimension out",
        );
    }
    any_and_none(
        doc,
        fields.at,
        fields.get("any_of"),
        fields.get("none_of"),
        read,
    )
}

fn any_and_none<'d, T: PartialEq>(
    doc: &mut Doc<'d>,
    at: At,
    any_of: Option<&Node>,
    none_of: Option<&Node>,
    mut read: impl FnMut(&mut Doc<'d>, &Node) -> Option<T>,
) -> Choice<T> {
    for list in [any_of, none_of].into_iter().flatten() {
        doc.some_list(list);
    }
    let any_of = doc.each(any_of, &mut read);
    let none_of = doc.each(none_of, &mut read);
    if any_of.iter().any(|value| none_of.contains(value)) {
        doc.error(
            at,
            "the same value is in any_of and in none_of; take it out of one of them",
        );
    }
    Choice { any_of, none_of }
}

fn place(doc: &mut Doc<'_>, node: &Node, known: &Known) -> PlaceChoice {
    let Some(fields) = doc.fields(node, &["known", "any_of", "none_of"]) else {
        return PlaceChoice::default();
    };
    let (any_of, none_of) = (fields.get("any_of"), fields.get("none_of"));
    let is_known = fields.get("known").and_then(|node| doc.truth(node));
    if is_known == Some(false) && (any_of.is_some() || none_of.is_some()) {
        doc.error(
            fields.at,
            "a complaint without a place is in no area; write known: false alone",
        );
    }
    if fields.get("known").is_none() && any_of.is_none() && none_of.is_none() {
        doc.error(
            fields.at,
            "nothing is asked; write known, any_of or none_of, or leave the dimension out",
        );
    }
    let areas = any_and_none(doc, fields.at, any_of, none_of, |doc, item| {
        let id: AreaId = doc.id(item)?;
        known.areas.check(doc, item.at, id.as_str()).then_some(id)
    });
    PlaceChoice {
        known: is_known,
        areas,
    }
}

fn outcome(doc: &mut Doc<'_>, node: &Node, known: &Known) -> Option<Outcome> {
    let fields = doc.fields(
        node,
        &[
            "lead",
            "helpers",
            "inform",
            "lane",
            "clock",
            "skills",
            "languages",
        ],
    )?;
    let lead = doc
        .need(&fields, "lead")
        .and_then(|node| lead(doc, node, known));
    let lane = fields.get("lane").and_then(|node| doc.parse(node));
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
    let leads = |doc: &mut Doc<'_>, field: &str| -> Arc<[Lead]> {
        doc.each(fields.get(field), |doc, item| self::lead(doc, item, known))
            .into()
    };
    let (helpers, inform) = (leads(doc, "helpers"), leads(doc, "inform"));
    let languages = fields
        .get("languages")
        .map(|node| doc.each(Some(node), Doc::parse::<Language>).into());
    Some(Outcome {
        lead: lead?,
        helpers,
        inform,
        lane,
        clock,
        skills,
        languages,
    })
}

fn lead(doc: &mut Doc<'_>, node: &Node, known: &Known) -> Option<Lead> {
    let fields = doc.fields(node, &["unit", "by_place", "function"])?;
    let function = fields.get("function");
    match (fields.get("unit"), fields.get("by_place")) {
        (Some(node), None) if function.is_none() => {
            let unit: UnitId = doc.id(node)?;
            known
                .units
                .check(doc, node.at, unit.as_str())
                .then_some(Lead::Unit(unit))
        }
        (None, Some(node)) => match (doc.parse(node)?, function) {
            (PlaceLevel::Subdistrict, None) => Some(Lead::Subdistrict),
            (PlaceLevel::District, None) => Some(Lead::District),
            (PlaceLevel::Department, Some(node)) => {
                let function: FunctionId = doc.id(node)?;
                known
                    .functions
                    .check(doc, node.at, function.as_str())
                    .then_some(Lead::Department(function))
            }
            (PlaceLevel::Department, None) => {
                doc.error(
                    node.at,
                    "`function` is missing; write {by_place: department, function: <function>}",
                );
                None
            }
            (_, Some(node)) => {
                doc.error(
                    node.at,
                    "`function` goes with {by_place: department} only; leave it out",
                );
                None
            }
        },
        _ => {
            doc.error(
                fields.at,
                "write one of {unit: <unit id>}, {by_place: subdistrict}, {by_place: district} and {by_place: department, function: <function>}",
            );
            None
        }
    }
}

fn backstop(doc: &mut Doc<'_>, node: &Node, known: &Known) -> Option<Backstop> {
    let fields = doc.fields(node, &["lead", "otherwise"])?;
    let leads = doc
        .need(&fields, "lead")
        .and_then(|node| lead(doc, node, known));
    let otherwise = doc.need(&fields, "otherwise").and_then(|node| {
        let fields = doc.fields(node, &["unit"])?;
        let node = doc.need(&fields, "unit")?;
        let unit: UnitId = doc.id(node)?;
        known
            .units
            .check(doc, node.at, unit.as_str())
            .then_some(unit)
    });
    Some(Backstop {
        lead: leads?,
        otherwise: otherwise?,
    })
}
