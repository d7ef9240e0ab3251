//! The schemas accept what the readers accept, refuse what they refuse for its form, and are published as they are.

use std::path::{Path, PathBuf};

use jsonschema::Validator;

use super::*;
use crate::city::reading::{Node, Value as Yaml, parse};
use crate::city::testing::{small_pack, small_pack_files};
use crate::rules::{RuleSet, RuleTests};

fn cities() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../k8s/cities")
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .build(schema)
        .unwrap()
}

fn json_of(node: &Node) -> Value {
    match &node.value {
        Yaml::Null => Value::Null,
        Yaml::Bool(truth) => json!(truth),
        Yaml::Number(number) => json!(number),
        Yaml::Text(text) => json!(text),
        Yaml::List(items) => items.iter().map(json_of).collect(),
        Yaml::Map(entries) => {
            let field = |(key, value): &(Node, Node)| match &key.value {
                Yaml::Text(key) => (key.clone(), json_of(value)),
                other => panic!("{other:?} is no key"),
            };
            Value::Object(entries.iter().map(field).collect())
        }
    }
}

/// What a schema has against a text.
fn objections(schema: &Value, text: &str) -> Vec<String> {
    let instance = json_of(&parse("x", text).unwrap());
    validator(schema)
        .iter_errors(&instance)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[track_caller]
fn is_current(name: &str, schema: &Value) {
    let path = cities().join("schema").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let published: Value = serde_json::from_str(&text).unwrap_or_default();
    assert!(
        published == *schema,
        "{name} is out of date: `swiftctl rules schema` prints it (with --tests, that of the tests)"
    );
}

#[test]
fn the_published_schemas_are_current() {
    is_current("rules.schema.json", &schema());
    is_current("rules.test.schema.json", &test_schema());
}

#[test]
fn the_schemas_are_schemas() {
    for schema in [schema(), test_schema()] {
        jsonschema::meta::validate(&schema).unwrap();
    }
}

#[test]
fn every_pack_validates() {
    let mut texts = vec![small_pack_files()["rules.yaml"].clone()];
    for city in ["beijing", "nyc"] {
        let path = cities().join(city).join("rules.yaml");
        texts.push(std::fs::read_to_string(path).unwrap());
    }
    for text in texts {
        assert_eq!(objections(&schema(), &text), [""; 0]);
    }
}

#[test]
fn every_key_has_a_description() {
    fn walk(value: &Value, path: &str) {
        let Value::Object(map) = value else {
            value
                .as_array()
                .into_iter()
                .flatten()
                .for_each(|item| walk(item, path));
            return;
        };
        if let Some(Value::Object(properties)) = map.get("properties") {
            for (key, property) in properties {
                let is_told = property.get("description").is_some()
                    || property["$ref"]
                        .as_str()
                        .is_some_and(|of| of != "#/$defs/id")
                    || property.get("const").is_some();
                assert!(is_told, "{path}.{key}");
            }
        }
        map.iter()
            .for_each(|(key, value)| walk(value, &format!("{path}.{key}")));
    }
    walk(&schema(), "rules");
    walk(&test_schema(), "tests");
}

/// A rule set that uses everything; each test below breaks one thing in it.
const FULL: &str = r#"
rules:
  - id: x
    description: Everything.
    when:
      category: {any_of: [housing], none_of: [housing.heating]}
      place: {known: true, any_of: ["01"], none_of: ["01002"]}
      kind: {any_of: [help]}
      urgency: {none_of: [normal]}
      channel: {any_of: [phone, api]}
      line: {any_of: [general]}
      language: {any_of: [en]}
      reporter: {any_of: [visitor]}
      day: {any_of: [extreme_weather]}
      hours: "22:00-06:00"
      keywords: {any_of: [no heat]}
      guard: hour > 3
    then: {lead: {unit: dongshan}, helpers: [{by_place: district}], inform: [{by_place: subdistrict}], lane: urgent, clock: utility, skills: [gas], languages: [zh]}
  - {id: y, description: No place., when: {place: {known: false}}, then: {lead: {by_place: district}, skills: []}}
backstop: {lead: {by_place: district}, otherwise: {unit: dept-hotline}}
"#;

#[test]
fn the_schema_and_the_reader_agree_about_the_form() {
    let reads = |text: &str| RuleSet::read(&small_pack(), "x", text);
    assert_eq!(objections(&schema(), FULL), [""; 0]);
    reads(FULL).unwrap();
    for (from, to) in [
        ("rules:", "rulez:"),
        ("id: x", "id: a b"),
        ("id: x", "idd: x"),
        ("    description: Everything.\n", ""),
        ("description: Everything.", "description: \"\""),
        ("category: {any_of", "categori: {any_of"),
        ("{any_of: [housing], none_of: [housing.heating]}", "{}"),
        ("{any_of: [housing], none_of: [housing.heating]}", "housing"),
        ("any_of: [housing]", "any_of: []"),
        ("any_of: [housing]", "all_of: [housing]"),
        ("known: true", "known: false"),
        ("known: true", "known: maybe"),
        ("any_of: [\"01\"]", "any_of: [1]"),
        ("any_of: [help]", "any_of: [joke]"),
        ("none_of: [normal]", "none_of: [calm]"),
        ("[phone, api]", "[pigeon]"),
        ("line: {any_of: [general]}", "line: {any_of: [main]}"),
        ("language: {any_of: [en]}", "language: {any_of: [English]}"),
        ("[visitor]", "[tourist]"),
        ("[extreme_weather]", "[rain]"),
        ("22:00-06:00", "22-6"),
        ("22:00-06:00", "24:00-06:00"),
        ("[no heat]", "[\" \"]"),
        ("guard: hour > 3", "guard: 3"),
        ("lead: {unit: dongshan}, ", ""),
        ("lead: {unit: dongshan}", "lead: dongshan"),
        (
            "lead: {unit: dongshan}",
            "lead: {unit: dongshan, by_place: district}",
        ),
        ("lead: {unit: dongshan}", "lead: {by_place: department}"),
        (
            "lead: {unit: dongshan}",
            "lead: {by_place: district, function: x}",
        ),
        ("lead: {unit: dongshan}", "lead: {by_place: street}"),
        (
            "helpers: [{by_place: district}]",
            "helpers: {by_place: district}",
        ),
        ("lane: urgent", "lane: fast"),
        ("languages: [zh]", "languages: [Chinese]"),
        ("otherwise: {unit: dept-hotline}", "otherwise: dept-hotline"),
        (", otherwise: {unit: dept-hotline}", ""),
    ] {
        let broken = FULL.replacen(from, to, 1);
        assert_ne!(broken, FULL, "{from}");
        assert!(
            !objections(&schema(), &broken).is_empty(),
            "the schema accepts {to:?}"
        );
        assert!(reads(&broken).is_err(), "the reader accepts {to:?}");
    }
}

#[test]
fn the_schema_and_the_reader_agree_about_tests() {
    let full = r#"
tests:
  - name: x
    facts: {category: noise, place: "01", kind: help, urgency: urgent, channel: web, line: general, language: en, reporter: visitor, at: "2026-10-01T02:00", text: loud}
    expect: {rule: backstop, unit: dongshan, lane: normal, clock: general, helpers: [], inform: [xihu], skills: [], languages: [en]}
  - {name: y, facts: {day: holiday, extreme_weather: true, time: "02:00"}, expect: {lane: normal}}
"#;
    let reads = |text: &str| RuleTests::read(&small_pack(), "x", text);
    assert_eq!(objections(&test_schema(), full), [""; 0]);
    reads(full).unwrap();
    for (from, to) in [
        ("tests:", "test:"),
        ("name: x", "names: x"),
        (
            "    facts: {category: noise,",
            "    fact: {category: noise,",
        ),
        ("kind: help", "kind: joke"),
        ("kind: help", "colour: red"),
        ("language: en", "language: English"),
        ("2026-10-01T02:00", "tomorrow"),
        ("extreme_weather: true", "extreme_weather: rain"),
        ("time: \"02:00\"", "time: noon"),
        ("day: holiday", "day: rainy"),
        ("rule: backstop", "rule: a b"),
        ("expect: {lane: normal}", "expect: {}"),
        ("inform: [xihu]", "inform: xihu"),
    ] {
        let broken = full.replacen(from, to, 1);
        assert_ne!(broken, full, "{from}");
        assert!(
            !objections(&test_schema(), &broken).is_empty(),
            "the schema accepts {to:?}"
        );
        assert!(reads(&broken).is_err(), "the reader accepts {to:?}");
    }
}
