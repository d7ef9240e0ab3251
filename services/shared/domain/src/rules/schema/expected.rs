//! The schema of `rules.test.yaml`.

use serde_json::{Map, Value, json};

use super::{DIALECT, id, language, list, object, one, text, word};
use crate::rules::SAMPLE_FIELDS;
use crate::vocabulary::{Channel, DayClass, Kind, Line, ReporterType, Urgency};

/// The JSON Schema (2020-12) of a `rules.test.yaml`.
#[must_use]
pub fn test_schema() -> Value {
    let test = json!({
        "name": text("The test's name. No other test of the file has it."),
        "facts": facts(),
        "expect": expect(),
    });
    json!({
        "$schema": DIALECT,
        "title": "Expected routes of a city",
        "description": "Complaints, and what the rules should decide about them.",
        "type": "object",
        "additionalProperties": false,
        "required": ["tests"],
        "properties": {
            "tests": list(&object(test, &["name", "facts", "expect"], "A complaint and what should become of it."), 1, "The tests."),
        },
        "$defs": { "id": id(), "language": language() },
    })
}

fn facts() -> Value {
    let mut properties = Map::new();
    for name in SAMPLE_FIELDS {
        properties.insert((*name).to_owned(), fact(name));
    }
    let description = "The complaint. What is not named is ordinary: a resident's call on a working day at ten, nothing known, in the city's language. The urgency is the category's.";
    object(properties.into(), &[], description)
}

fn fact(name: &str) -> Value {
    match name {
        "category" => one("id", "What it is about, from taxonomy.yaml."),
        "place" => one(
            "id",
            "The smallest area that it is known to lie in, from areas.yaml.",
        ),
        "kind" => word(Kind::WORDS, "What the citizen wants."),
        "urgency" => word(Urgency::WORDS, "How pressing it is."),
        "channel" => word(Channel::WORDS, "The way it came in."),
        "line" => word(Line::WORDS, "Which hotline was called."),
        "language" => one(
            "language",
            "Its language, by its ISO 639 code, such as zh or en.",
        ),
        "reporter" => word(ReporterType::WORDS, "Who asks."),
        "at" => json!({
            "description": "Day and time at once, in the city's time. The city's calendar says what sort of day it is.",
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?$",
            "examples": ["2026-10-01T02:00"],
        }),
        "day" => word(DayClass::WORDS, "What sort of day it is."),
        "extreme_weather" => json!({
            "description": "The city has declared extreme weather.",
            "enum": [true, false, "true", "false"],
        }),
        "time" => json!({
            "description": "The local time of day.",
            "type": "string",
            "pattern": "^[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?$",
            "examples": ["02:00"],
        }),
        _ => text("Its text."),
    }
}

fn expect() -> Value {
    let id = json!({ "$ref": "#/$defs/id" });
    let language = json!({ "$ref": "#/$defs/language" });
    let properties = json!({
        "rule": one("id", "The rule that decides; backstop = none does."),
        "unit": one("id", "The unit that leads, also where the rule finds it by the place."),
        "lane": word(Urgency::WORDS, "The lane of the team's queue."),
        "clock": one("id", "The class of clocks."),
        "helpers": list(&id, 0, "The units that help, in any order."),
        "inform": list(&id, 0, "The units that are told, in any order."),
        "skills": list(&id, 0, "What the team should be able to do, in any order."),
        "languages": list(&language, 0, "The languages of which the team should speak one, in any order."),
    });
    let mut expect = object(
        properties,
        &[],
        "What should be decided. What is not named may be anything.",
    );
    expect["minProperties"] = json!(1);
    expect
}
