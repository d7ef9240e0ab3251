//! regorus: the rules as Rego and data, run by its virtual machine (RVM), which is loaded once and given input after input.
//!
//! `data` maps each word of each dimension to the set of the rules that allow it, trees written out as in zen's table; the policy
//! takes the least number of the intersection. Written as one would, an ordered `else` for each rule, it was several
//! times slower at 100 rules and tens of times at 1,000 (the machine's 255 registers allow only short chains, nested), and
//! 10,000 rules exceeded the default size of a policy.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use regorus::Value;
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;

use super::{Prepared, field_names, word};
use crate::city::Dimension;
use crate::generate::World;
use crate::rules::{Input, Rule, within};
use crate::{Engine, Unfit};

const ENTRY: &str = "data.route.rule";
const HEAD: &str = "package route\nimport rego.v1\n";

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
    pub fn new(world: &World) -> Result<Self, Unfit> {
        Ok(Self {
            machine: machine(intersection(), index(world))
                .map_err(|error| Unfit(format!("{error:#}")))?,
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
