//! An edit that returns point to, as text to put into the file.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::MAX_EDITS;
use super::evidence::{Agreement, Evidence, Group};
use crate::city::CityPack;
use crate::id::{AreaId, CategoryId, MAX_ID_BYTES, RuleId, UnitId};
use crate::rules::{Choice, Condition, Dimension, Lead, Outcome, PlaceChoice, Rule, format};

/// An edit of a rule file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// What to change.
    #[serde(flatten)]
    pub change: EditChange,
    /// What the orders are about; `None` = whatever the rule is about.
    pub category: Option<CategoryId>,
    /// Where they are; `None` = wherever the rule holds.
    pub place: Option<AreaId>,
    /// How many such orders the rule decided.
    pub cases: u64,
    /// How many of them were given back and ended at `unit`.
    pub ended: u64,
    /// Where they should go.
    pub unit: UnitId,
    /// All this in one sentence.
    pub message: String,
}

/// What an edit changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum EditChange {
    /// A new rule is put in.
    Insert {
        /// Its id.
        id: RuleId,
        /// Its text in canonical form, indented by two, ending with a line feed.
        yaml: String,
        /// The rule before which it belongs; `None` = at the end, before the backstop.
        before: Option<RuleId>,
    },
    /// A rule's lead is replaced: all of its orders go to the wrong unit.
    Lead {
        /// The rule.
        rule: RuleId,
    },
}

/// What a rule is called in sentences.
pub(super) fn name_of(rule: Option<&RuleId>) -> String {
    rule.map_or_else(|| "the backstop".to_owned(), |rule| format!("rule {rule}"))
}

/// The edits for a rule; `None` = the backstop. `taken` holds the ids that are in use, and takes those of the edits.
pub(super) fn edits(
    pack: &CityPack,
    rule: Option<&Rule>,
    evidence: &Evidence,
    taken: &mut HashSet<String>,
) -> Vec<Edit> {
    let agreements = evidence.agreements(pack).into_iter();
    let edits = agreements.filter_map(|agreement| edit(pack, rule, agreement, taken));
    edits.take(MAX_EDITS).collect()
}

fn edit(
    pack: &CityPack,
    rule: Option<&Rule>,
    agreement: Agreement,
    taken: &mut HashSet<String>,
) -> Option<Edit> {
    pack.units.get(agreement.unit.as_str())?;
    let anything = Condition::default();
    let asked = rule.map_or(&anything, |rule| &rule.when);
    let when = narrowed(pack, asked, &agreement.group)?;
    let message = message(rule, &agreement);
    let change = match rule {
        Some(rule) if when == rule.when => {
            let fits = has_able_team(pack, &agreement.unit, &rule.then);
            fits.then(|| EditChange::Lead {
                rule: rule.id.clone(),
            })?
        }
        None if when == anything => return None, // a whole city's backstop is no rule to patch
        _ => {
            let id = free_id(&agreement, taken)?;
            let then = rule.map(|rule| &rule.then);
            let value = json!({
                "id": id.as_str(),
                "description": &message,
                "when": condition(&when),
                "then": outcome(then, &agreement.unit),
            });
            let yaml = canonical(&value)?;
            taken.insert(id.to_string());
            let before = rule.map(|rule| rule.id.clone());
            EditChange::Insert { id, yaml, before }
        }
    };
    let Agreement {
        group,
        cases,
        ended,
        unit,
    } = agreement;
    Some(Edit {
        change,
        category: group.category,
        place: group.place,
        cases,
        ended,
        unit,
        message,
    })
}

fn message(rule: Option<&Rule>, agreement: &Agreement) -> String {
    let Agreement {
        group,
        cases,
        ended,
        unit,
    } = agreement;
    let name = name_of(rule.map(|rule| &rule.id));
    let about = group.category.as_ref();
    let about = about.map_or_else(String::new, |category| format!(" about {category}"));
    let place = group.place.as_ref();
    let place = place.map_or_else(String::new, |place| format!(" in {place}"));
    format!(
        "{ended} of {cases} orders of {name}{about}{place} were given back and ended at {unit}."
    )
}

/// The condition of a rule, of which only this group is left; `None` when the two have nothing in common.
fn narrowed(pack: &CityPack, asked: &Condition, group: &Group) -> Option<Condition> {
    let mut when = asked.clone();
    if let Some(category) = &group.category {
        let within = |own: &CategoryId, other: &CategoryId| own.is_within(other);
        when.category = common(&asked.category, category, within)?;
    }
    if let Some(place) = &group.place {
        let within =
            |own: &AreaId, other: &AreaId| pack.areas.is_within(own.as_str(), other.as_str());
        when.place = PlaceChoice {
            known: None, // whoever is in an area is somewhere
            areas: common(&asked.place.areas, place, within)?,
        };
    }
    Some(when)
}

/// What a choice and a subtree have in common.
fn common<T: Clone>(
    asked: &Choice<T>,
    subtree: &T,
    within: impl Fn(&T, &T) -> bool,
) -> Option<Choice<T>> {
    let narrow = asked.any_of.is_empty() || asked.any_of.iter().any(|one| within(subtree, one));
    let any_of: Box<[T]> = if narrow {
        Box::from([subtree.clone()])
    } else {
        let inside = asked.any_of.iter().filter(|one| within(one, subtree));
        inside.cloned().collect()
    };
    let excluded = asked.none_of.iter().any(|one| within(subtree, one));
    let none_of = asked.none_of.iter().filter(|one| within(one, subtree));
    (!any_of.is_empty() && !excluded).then(|| Choice {
        none_of: none_of.cloned().collect(),
        any_of,
    })
}

/// Whether a team of the unit has the skills that the rule wants.
fn has_able_team(pack: &CityPack, unit: &UnitId, then: &Outcome) -> bool {
    let wanted = then.skills.as_deref().unwrap_or_default();
    let mut teams = pack.teams.of_unit(unit.as_str());
    teams.any(|team| team.has_skills(wanted))
}

/// An id that says where it comes from and that no rule has.
fn free_id(agreement: &Agreement, taken: &HashSet<String>) -> Option<RuleId> {
    let Agreement { group, unit, .. } = agreement;
    let category = group.category.as_ref().map(CategoryId::as_str);
    let place = group.place.as_ref().map(AreaId::as_str);
    let parts = category.into_iter().chain(place).chain([unit.as_str()]);
    let mut id = parts.fold("returned".to_owned(), |id, part| id + "-" + part);
    id.truncate(MAX_ID_BYTES - 5); // ids are ASCII; room for a number
    let numbered = (2..10_000).map(|n| format!("{id}-{n}"));
    let mut ids = std::iter::once(id.clone()).chain(numbered);
    ids.find(|id| !taken.contains(id))?.parse().ok()
}

/// The text of a rule in the canonical form, as [`format()`] writes it.
fn canonical(rule: &Value) -> Option<String> {
    let file = json!({"rules": [rule], "backstop": {}});
    let text = format("rules.yaml", &file.to_string()).ok()?;
    let (_, text) = text.split_once("rules:\n")?;
    let (rule, _) = text.rsplit_once("backstop:")?;
    Some(rule.to_owned())
}

fn condition(when: &Condition) -> Value {
    let mut fields = Map::new();
    let mut put = |dimension: Dimension, value: Option<Value>| {
        if let Some(value) = value {
            fields.insert(dimension.as_str().to_owned(), value);
        }
    };
    put(
        Dimension::Category,
        choice(&when.category, CategoryId::as_str),
    );
    put(Dimension::Place, place(&when.place));
    put(Dimension::Kind, choice(&when.kind, |one| one.as_str()));
    put(
        Dimension::Urgency,
        choice(&when.urgency, |one| one.as_str()),
    );
    put(
        Dimension::Channel,
        choice(&when.channel, |one| one.as_str()),
    );
    put(Dimension::Line, choice(&when.line, |one| one.as_str()));
    put(
        Dimension::Language,
        choice(&when.language, |one| one.as_str()),
    );
    put(
        Dimension::Reporter,
        choice(&when.reporter, |one| one.as_str()),
    );
    put(Dimension::Day, choice(&when.day, |one| one.as_str()));
    put(
        Dimension::Hours,
        when.hours.map(|hours| json!(hours.to_string())),
    );
    put(Dimension::Keywords, choice(&when.keywords, |word| word));
    let guard = when.guard.as_ref();
    put(Dimension::Guard, guard.map(|guard| json!(guard.source())));
    Value::Object(fields)
}

fn choice<T>(choice: &Choice<T>, word: impl Fn(&T) -> &str) -> Option<Value> {
    let mut fields = Map::new();
    for (name, list) in [("any_of", &choice.any_of), ("none_of", &choice.none_of)] {
        if !list.is_empty() {
            let words: Vec<&str> = list.iter().map(&word).collect();
            fields.insert(name.to_owned(), json!(words));
        }
    }
    (!fields.is_empty()).then_some(Value::Object(fields))
}

fn place(place: &PlaceChoice) -> Option<Value> {
    let areas = choice(&place.areas, AreaId::as_str);
    let Some(known) = place.known else {
        return areas;
    };
    let mut fields = match areas {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    fields.insert("known".to_owned(), json!(known));
    Some(Value::Object(fields))
}

/// What the rule decides, with another lead. Skills and languages were wanted of the old lead's teams: they are left open.
fn outcome(then: Option<&Outcome>, unit: &UnitId) -> Value {
    let lead_to_unit = Lead::Unit(unit.clone());
    let mut fields = Map::new();
    fields.insert("lead".to_owned(), lead(&lead_to_unit));
    let Some(then) = then else {
        return Value::Object(fields);
    };
    for (name, list) in [("helpers", &then.helpers), ("inform", &then.inform)] {
        let others = list.iter().filter(|one| **one != lead_to_unit);
        let others: Vec<Value> = others.map(lead).collect();
        if !others.is_empty() {
            fields.insert(name.to_owned(), Value::Array(others));
        }
    }
    if let Some(lane) = then.lane {
        fields.insert("lane".to_owned(), json!(lane.as_str()));
    }
    if let Some(clock) = &then.clock {
        fields.insert("clock".to_owned(), json!(clock.as_str()));
    }
    Value::Object(fields)
}

fn lead(lead: &Lead) -> Value {
    match lead {
        Lead::Unit(unit) => json!({"unit": unit.as_str()}),
        Lead::Subdistrict => json!({"by_place": "subdistrict"}),
        Lead::District => json!({"by_place": "district"}),
        Lead::Department(function) => {
            json!({"by_place": "department", "function": function.as_str()})
        }
    }
}
