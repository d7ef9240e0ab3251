//! The JSON Schemas of `rules.yaml` and `rules.test.yaml`, for editors to complete and check while one writes.
//!
//! A schema knows the format, not the city: which units, areas and categories there are, only the reader can say.

mod expected;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use super::{Dimension, GUARD_VARIABLES, MAX_GUARD_CHARS, PlaceLevel};
use crate::id::MAX_ID_BYTES;
use crate::vocabulary::{Channel, DayTag, Kind, Line, ReporterType, Urgency};

pub use expected::test_schema;

/// The dialect in which the schemas are written.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// `HH:MM-HH:MM`; 24:00 is an end only.
const HOURS: &str = "^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$";

/// The JSON Schema (2020-12) of a `rules.yaml`.
#[must_use]
pub fn schema() -> Value {
    json!({
        "$schema": DIALECT,
        "title": "Routing rules of a city",
        "description": "Ordered rules: the first one whose conditions all hold decides. Where none does, the backstop decides.",
        "type": "object",
        "additionalProperties": false,
        "required": ["rules", "backstop"],
        "properties": {
            "rules": {
                "description": "The rules, in the order in which they are tried. A rule for a part stands before the rule for the whole.",
                "type": "array",
                "minItems": 1,
                "items": { "$ref": "#/$defs/rule" },
            },
            "backstop": { "$ref": "#/$defs/backstop" },
        },
        "$defs": {
            "id": id(),
            "language": language(),
            "rule": rule(),
            "when": when(),
            "then": then(),
            "lead": lead(),
            "backstop": backstop(),
        },
    })
}

fn id() -> Value {
    json!({ "type": "string", "pattern": format!("^[A-Za-z0-9._-]{{1,{MAX_ID_BYTES}}}$") })
}

fn language() -> Value {
    json!({ "type": "string", "pattern": "^[a-z]{2,3}$" })
}

/// A text with something in it.
fn text(description: &str) -> Value {
    json!({ "description": description, "type": "string", "pattern": "\\S" })
}

/// One of the things that `$defs` has, with a description of its own.
fn one(of: &str, description: &str) -> Value {
    json!({ "description": description, "$ref": format!("#/$defs/{of}") })
}

fn word(words: &[&str], description: &str) -> Value {
    json!({ "description": description, "enum": words })
}

/// A list; `min` is how many items it has at least.
fn list(items: &Value, min: usize, description: &str) -> Value {
    json!({ "description": description, "type": "array", "minItems": min, "items": items })
}

fn object(properties: Value, required: &[&str], description: &str) -> Value {
    json!({
        "description": description,
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

fn rule() -> Value {
    let properties = json!({
        "id": one("id", "The rule's stable name. Reports, traces and statistics use it: keep it when the rule changes."),
        "description": text("What the rule is for, for people."),
        "when": { "$ref": "#/$defs/when" },
        "then": { "$ref": "#/$defs/then" },
    });
    object(properties, &["id", "description", "then"], "A rule.")
}

/// What one dimension asks: any of these, none of those.
fn choice(items: &Value, description: &str) -> Value {
    json!({
        "description": description,
        "type": "object",
        "additionalProperties": false,
        "minProperties": 1,
        "properties": any_and_none(items),
    })
}

fn any_and_none(items: &Value) -> Value {
    json!({
        "any_of": list(items, 1, "One of these must hold."),
        "none_of": list(items, 1, "None of these may hold. What is not known of a complaint is none of anything."),
    })
}

fn when() -> Value {
    let mut properties = Map::new();
    for dimension in Dimension::ALL {
        properties.insert(dimension.as_str().to_owned(), asks(*dimension));
    }
    let description =
        "What must hold, every part of it. Without it the rule matches every complaint.";
    object(properties.into(), &[], description)
}

/// What a rule can ask about a dimension.
fn asks(dimension: Dimension) -> Value {
    let words = |words: &[&str]| json!({ "enum": words });
    let id = json!({ "$ref": "#/$defs/id" });
    match dimension {
        Dimension::Category => choice(
            &id,
            "What it is about. A category means everything below it too.",
        ),
        Dimension::Place => place(),
        Dimension::Kind => choice(&words(Kind::WORDS), "What the citizen wants."),
        Dimension::Urgency => choice(&words(Urgency::WORDS), "How pressing it is."),
        Dimension::Channel => choice(&words(Channel::WORDS), "The way it came in."),
        Dimension::Line => choice(&words(Line::WORDS), "Which hotline was called."),
        Dimension::Language => choice(
            &json!({ "$ref": "#/$defs/language" }),
            "The language it is in, by its ISO 639 code, such as zh or en.",
        ),
        Dimension::Reporter => choice(&words(ReporterType::WORDS), "Who asks."),
        Dimension::Day => choice(
            &words(DayTag::WORDS),
            "What sort of day it is. A day can be one of the first three and have extreme weather too.",
        ),
        Dimension::Hours => json!({
            "description": "The city's local time of day, such as \"22:00-06:00\", which goes on past midnight. The end is not within it.",
            "type": "string",
            "pattern": HOURS,
            "examples": ["22:00-06:00", "09:00-18:00"],
        }),
        Dimension::Keywords => choice(
            &text("A word or words, in any case of letters."),
            "Words in the text. A word in Latin letters must stand alone there: gas is not found in gasp.",
        ),
        Dimension::Guard => guard(),
    }
}

fn place() -> Value {
    let mut properties = any_and_none(&json!({ "$ref": "#/$defs/id" }));
    properties["known"] = json!({
        "description": "false = only complaints without a place, written alone; true = only those with one.",
        "type": "boolean",
    });
    json!({
        "description": "Where it is. An area means everything in it too.",
        "type": "object",
        "additionalProperties": false,
        "minProperties": 1,
        "properties": properties,
        "if": { "required": ["known"], "properties": { "known": { "const": false } } },
        "then": { "maxProperties": 1 },
    })
}

fn guard() -> Value {
    let variables: Vec<String> = GUARD_VARIABLES
        .iter()
        .map(|(name, what)| format!("{name} ({what})"))
        .collect();
    let description = format!(
        "An expression (CEL) that must be true as well, for what the other conditions cannot say. Nothing can be proved about it. It has {}.",
        variables.join("; ")
    );
    json!({
        "description": description,
        "type": "string",
        "pattern": "\\S",
        "maxLength": MAX_GUARD_CHARS,
        "examples": ["day.exists(tag, tag == \"weekend\") && hour < 8"],
    })
}

fn then() -> Value {
    let id = json!({ "$ref": "#/$defs/id" });
    let lead = json!({ "$ref": "#/$defs/lead" });
    let language = json!({ "$ref": "#/$defs/language" });
    let properties = json!({
        "lead": lead,
        "helpers": list(&lead, 0, "Who helps, each with a part of its own under the lead."),
        "inform": list(&lead, 0, "Who is told and has nothing to do."),
        "lane": word(Urgency::WORDS, "The lane of the team's queue. Without it, the complaint's urgency."),
        "clock": one("id", "The class of clocks, from clocks.yaml. Without it, the category's."),
        "skills": list(&id, 0, "What the team should be able to do. Without it, what the category wants."),
        "languages": list(&language, 0, "The languages of which the team should speak one. Without it, the complaint's."),
    });
    object(properties, &["lead"], "What the rule decides.")
}

fn lead() -> Value {
    let unit = json!({ "unit": one("id", "This unit, from units.yaml.") });
    let [subdistrict, district, department] = [
        PlaceLevel::Subdistrict,
        PlaceLevel::District,
        PlaceLevel::Department,
    ]
    .map(PlaceLevel::as_str);
    let place = json!({
        "by_place": word(
            &[subdistrict, district],
            "The unit of the complaint's subdistrict, or of its district. The district answers where no more is known.",
        ),
    });
    let by_function = json!({
        "by_place": { "description": "The department of the complaint's district.", "const": department },
        "function": one("id", "What the department is for: the function of a unit in units.yaml."),
    });
    json!({
        "description": "A unit, by its name or by the complaint's place.",
        "oneOf": [
            object(unit, &["unit"], "A unit by its name."),
            object(place, &["by_place"], "A unit by the complaint's place."),
            object(by_function, &["by_place", "function"], "A department of the complaint's district."),
        ],
    })
}

fn backstop() -> Value {
    let unit = json!({ "unit": one("id", "The unit, from units.yaml.") });
    let properties = json!({
        "lead": { "$ref": "#/$defs/lead" },
        "otherwise": object(unit, &["unit"], "Who leads when no place is known."),
    });
    object(
        properties,
        &["lead", "otherwise"],
        "What holds when no rule matches.",
    )
}
