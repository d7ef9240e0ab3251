//! The city and its rules as the files of a city pack, which is the form that our engine reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::city::{City, Dimension};
use crate::generate::{UNITS, World, unit};
use crate::rules::{Ask, Rule};

const PROFILE: &str = "
id: bench
name: {en: Bench}
time_zone: Asia/Shanghai
default_language: en
languages: [en]
sources: [{what: everything, origin: generated, licence: CC0}]
triage: {min_confidence: 0.35}
offers:
  sign_within: {emergency: 10m, urgent: 30m, normal: 4h}
  max_hops: 3
unit_classes: [district, department]
";

const CLOCKS: &str = "
classes:
  - {id: general, dispatch: 24h, handle: 15d, callback: 3d, working_time: true}
warn_at: 0.8
";

const CALENDAR: &str = r#"
weekend: [saturday, sunday]
office_hours: "09:00-18:00"
holidays: [{date: 2026-10-01, name: {en: National Day}}]
make_up_workdays: []
"#;

/// The texts of the pack's files by name.
#[must_use]
pub fn files(world: &World) -> BTreeMap<String, String> {
    let places = world.city.values(Dimension::Place);
    let districts = (0..places.words.len() as u16)
        .filter(|place| places.depth(*place) == 0)
        .map(|place| places.words[place as usize].as_str());
    let (units, teams) = units_and_teams(districts);
    let files = [
        ("city.yaml", PROFILE.to_owned()),
        ("areas.yaml", areas(&world.city)),
        ("units.yaml", units),
        ("teams.yaml", teams),
        ("clocks.yaml", CLOCKS.to_owned()),
        ("taxonomy.yaml", taxonomy(&world.city)),
        ("calendar.yaml", CALENDAR.to_owned()),
        ("rules.yaml", rules(world)),
    ];
    files.map(|(name, text)| (name.to_owned(), text)).into()
}

fn areas(city: &City) -> String {
    let places = city.values(Dimension::Place);
    let lines = places.words.iter().zip(0..).map(|(id, place)| {
        match places.parent(place) {
            None => format!("  - {{id: \"{id}\", kind: district, name: {{en: District {id}}}}}\n"),
            Some(parent) => {
                let parent = &places.words[parent as usize];
                format!("  - {{id: \"{id}\", kind: subdistrict, parent: \"{parent}\", name: {{en: Subdistrict {id}}}}}\n")
            }
        }
    });
    std::iter::once("areas:\n".to_owned())
        .chain(lines)
        .collect()
}

fn units_and_teams<'a>(districts: impl Iterator<Item = &'a str>) -> (String, String) {
    let (mut units, mut teams) = ("units:\n".to_owned(), "teams:\n".to_owned());
    let mut add = |id: &str, place: &str| {
        let name = format!("name: {{en: {id}}}");
        units += &format!("  - {{id: {id}, {place}, {name}}}\n");
        teams += &format!("  - {{id: {id}-a, unit: {id}, {name}, capacity: 10, hours: always}}\n");
    };
    for district in districts {
        add(
            &format!("district-{district}"),
            &format!("class: district, area: \"{district}\""),
        );
    }
    for number in 0..UNITS {
        add(&unit(number), "class: department");
    }
    (units, teams)
}

fn taxonomy(city: &City) -> String {
    let mut text = "categories:\n".to_owned();
    for id in &city.values(Dimension::Category).words {
        text += &format!("  - {{id: {id}, name: {{en: {id}}}}}\n");
    }
    text
}

fn rules(world: &World) -> String {
    let mut text = "rules:\n".to_owned();
    for rule in &world.rules {
        text += &rule_lines(rule, &world.city);
    }
    let unit = unit(0);
    text += &format!("backstop: {{lead: {{by_place: district}}, otherwise: {{unit: {unit}}}}}\n");
    text
}

fn rule_lines(rule: &Rule, city: &City) -> String {
    let mut when: Vec<String> = rule.asks.iter().map(|ask| asked(ask, city)).collect();
    if let Some((from, to)) = rule.hours {
        when.push(format!("hours: \"{from:02}:00-{to:02}:00\""));
    }
    if !rule.keywords.is_empty() {
        when.push(format!(
            "keywords: {{any_of: [{}]}}",
            rule.keywords.join(", ")
        ));
    }
    let mut lines = format!("  - id: {}\n    description: Generated.\n", rule.id);
    if !when.is_empty() {
        lines += &format!("    when: {{{}}}\n", when.join(", "));
    }
    lines += &format!("    then: {{lead: {{unit: {}}}}}\n", rule.unit);
    lines
}

fn asked(ask: &Ask, city: &City) -> String {
    let words = &city.values(ask.dimension).words;
    let mut lists = Vec::new();
    for (key, values) in [("any_of", &ask.any_of), ("none_of", &ask.none_of)] {
        if !values.is_empty() {
            let mut list = String::new();
            for value in values {
                let comma = if list.is_empty() { "" } else { ", " };
                // Strings never fail to take more.
                let _ = write!(list, "{comma}\"{}\"", words[*value as usize]);
            }
            lists.push(format!("{key}: [{list}]"));
        }
    }
    format!("{}: {{{}}}", ask.dimension.key(), lists.join(", "))
}
