//! regorus: the rules as Rego, run by its virtual machine (RVM), which is loaded once and given input after input.
//!
//! Trees are written out as in zen's table: what a rule allows of a dimension is a set of words, and a set that several rules
//! share is stored once. There are two forms, and neither is always the faster:
//!
//! - [`Form::Chain`]: an ordered `else` for each rule. A single allowed word is an equality, several are a look-up in `data`.
//!   The machine has 255 registers for a chain, so ten links make one, ten chains the next, and so on; it takes at most 65,535
//!   instructions, which 10,000 rules exceed.
//! - [`Form::Index`]: `data` maps each word of each dimension to the set of the rules that allow it, and the
//!   policy takes the least number of the intersection.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use regorus::Value;
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;

use super::{Numbering, Prepared, field_names, word};
use crate::city::Dimension;
use crate::generate::World;
use crate::rules::{Input, Rule, within};
use crate::{Engine, Unfit};

const ENTRY: &str = "data.route.rule";
const HEAD: &str = "package route\nimport rego.v1\n";
/// A chain may use 255 registers, and each of its links takes some for each condition.
const LINKS: usize = 10;

/// How the rules are written in Rego.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// An ordered `else` for each rule.
    Chain,
    /// Sets of rules by word, intersected.
    Index,
}

/// The machine with a policy.
pub struct Regorus {
    machine: RegoVM,
    keys: Vec<Value>,
    prepared: Prepared<Value>,
}

impl Regorus {
    /// Compiles the rules.
    ///
    /// # Errors
    /// With regorus's own words when it refuses them.
    pub fn new(world: &World, form: Form) -> Result<Self, Unfit> {
        let (policy, data) = match form {
            Form::Chain => chain(world),
            Form::Index => (intersection(), index(world)),
        };
        Ok(Self {
            machine: machine(policy, data).map_err(|error| Unfit(format!("{error:#}")))?,
            keys: field_names().map(Value::from).collect(),
            prepared: Prepared::new(
                &world.city,
                |word| Value::from(word),
                |hour| Value::from(u32::from(hour)),
            ),
        })
    }
}

impl Engine for Regorus {
    type Decision = Value;

    fn decide(&mut self, input: &Input) -> Value {
        let fields = self.keys.iter().cloned().zip(self.prepared.of(input));
        let fields: BTreeMap<Value, Value> = fields.collect();
        self.machine.set_input(Value::from(fields));
        self.machine.execute().unwrap_or(Value::Undefined)
    }

    fn rule(&self, decision: &Value) -> usize {
        decision
            .as_u64()
            .ok()
            .and_then(|number| number.try_into().ok())
            .unwrap_or(usize::MAX)
    }
}

fn machine(policy: String, data: Value) -> Result<RegoVM, Box<dyn std::error::Error>> {
    let mut engine = regorus::Engine::new();
    engine.add_policy("route.rego".to_owned(), policy)?;
    let compiled = engine.compile_with_entrypoint(&ENTRY.into())?;
    let program = Compiler::compile_from_policy(&compiled, &[ENTRY])?;
    let mut machine = RegoVM::new();
    machine.load_program(Arc::clone(&program));
    machine.set_data(data)?;
    machine.set_max_instructions(usize::MAX);
    Ok(machine)
}

/// The words that a rule allows of each field that it asks about.
fn allowed<'w>(
    rule: &'w Rule,
    world: &'w World,
) -> impl Iterator<Item = (&'static str, Vec<Value>)> + 'w {
    let of_asks = rule.asks.iter().map(|ask| {
        let values = ask.allowed(&world.city).into_iter();
        let words = values.map(|value| Value::from(word(&world.city, ask.dimension, value)));
        (ask.dimension.key(), words.collect())
    });
    let of_hours = rule.hours.map(|hours| {
        let held = (0..24).filter(|hour| within(hours, *hour));
        (
            "hour",
            held.map(|hour| Value::from(u32::from(hour))).collect(),
        )
    });
    of_asks.chain(of_hours)
}

fn chain(world: &World) -> (String, Value) {
    let mut sets = BTreeMap::new();
    let mut numbering = Numbering::default();
    let mut links: Vec<Link> = Vec::new();
    for (number, rule) in world.rules.iter().enumerate() {
        let conditions = allowed(rule, world).map(|(field, words)| match &words[..] {
            [word] => format!("input.{field} == {word}"),
            _ => {
                let set = Value::from(BTreeSet::from_iter(words));
                let (name, is_new) = numbering.of(&set.to_string());
                if is_new {
                    sets.insert(Value::from(format!("s{name}")), set);
                }
                format!("data.sets.s{name}[input.{field}]")
            }
        });
        let conditions: Vec<String> = conditions.collect();
        links.push(Link {
            value: number.to_string(),
            // An empty body is no Rego.
            body: if conditions.is_empty() {
                "true".to_owned()
            } else {
                conditions.join("\n")
            },
        });
    }
    let data = BTreeMap::from([(Value::from("sets"), Value::from(sets))]);
    (chain_of_chains(links), Value::from(data))
}

/// One link of a chain: the value when the body holds.
struct Link {
    value: String,
    body: String,
}

/// Joins links to short chains, those to chains of chains, until one is left: `rule`.
fn chain_of_chains(mut links: Vec<Link>) -> String {
    let mut policy = HEAD.to_owned();
    for level in 0.. {
        let is_last = links.len() <= LINKS;
        let chains = links.chunks(LINKS).enumerate().map(|(at, chain)| {
            let name = if is_last {
                "rule".to_owned()
            } else {
                format!("chain_{level}_{at}")
            };
            if !is_last {
                // In this machine a body that meets something undefined ends its whole chain, not just its link.
                let _ = writeln!(policy, "default {name} := false");
            }
            let mut head = name.as_str();
            for Link { value, body } in chain {
                // Strings never fail to take more.
                let _ = write!(policy, "{head} := {value} if {{\n{body}\n}} ");
                head = "else";
            }
            policy.push('\n');
            Link {
                value: "found".to_owned(),
                body: format!("found := {name}\nfound != false"),
            }
        });
        links = chains.collect();
        if is_last {
            break;
        }
    }
    policy
}

fn intersection() -> String {
    let sets: Vec<String> = field_names()
        .map(|field| format!("data.index.{field}[input.{field}]"))
        .collect();
    format!("{HEAD}rule := min({})\n", sets.join(" & "))
}

fn index(world: &World) -> Value {
    let fields = field_names().map(|field| {
        let mut by_word: BTreeMap<Value, BTreeSet<Value>> = BTreeMap::new();
        let every_word = every_word(field, world);
        for (number, rule) in world.rules.iter().enumerate() {
            let asked = allowed(rule, world).find(|(asked, _)| *asked == field);
            for word in asked.map_or_else(|| every_word.clone(), |(_, words)| words) {
                by_word.entry(word).or_default().insert(number.into());
            }
        }
        let by_word = by_word
            .into_iter()
            .map(|(word, rules)| (word, rules.into()));
        (
            Value::from(field),
            Value::from(BTreeMap::from_iter(by_word)),
        )
    });
    let index = Value::from(BTreeMap::from_iter(fields));
    Value::from(BTreeMap::from([(Value::from("index"), index)]))
}

fn every_word(field: &str, world: &World) -> Vec<Value> {
    let Some(dimension) = Dimension::ALL
        .into_iter()
        .find(|dimension| dimension.key() == field)
    else {
        return (0_u32..24).map(Value::from).collect();
    };
    let words = 0..world.city.values(dimension).words.len() as u16;
    let words = words.map(Some).chain([None]);
    words
        .map(|value| Value::from(word(&world.city, dimension, value)))
        .collect()
}
