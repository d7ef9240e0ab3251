//! zen-engine 2: one decision table with hit policy *first*, compiled.
//!
//! A compiled table has an index for cells that list values, so every cell is a list: a subtree is written out as all the values
//! in it (with `"?"` for not known), `none_of` as all the others, hours as the hours that they hold. That leaves no cell to
//! evaluate row by row, which a condition on ancestors (`some($, ..)`) or a range (`[8..20)`) would. The rule's number
//! is the only output, and the graph has no output node. The function is asynchronous but waits for nothing: one poll.
//! The same table as a compiled *policy* was slower at every size.

use std::collections::HashMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use serde_json::{Value, json};
use zen_engine::Decision;
use zen_engine::model::{DecisionContent, GraphContent};
use zen_types::symbol::Symbol;
use zen_types::variable::{Variable, VariableMap};

use super::{Prepared, field_names, word};
use crate::city::Dimension;
use crate::generate::World;
use crate::rules::{Input, Rule, within};
use crate::{Engine, Unfit};

const RULE: &str = "rule";

/// The engine with a compiled table.
pub struct Zen {
    decision: Decision,
    keys: Vec<Symbol>,
    prepared: Prepared<Variable>,
}

impl Zen {
    /// Compiles the rules.
    ///
    /// # Errors
    /// With the engine's own words when it refuses them.
    pub fn new(world: &World) -> Result<Self, Unfit> {
        let content: DecisionContent =
            serde_json::from_value(graph(world)).map_err(|error| Unfit(error.to_string()))?;
        let graph: GraphContent = content
            .as_graph()
            .cloned()
            .ok_or_else(|| Unfit("not a graph".to_owned()))?;
        let mut decision = Decision::from(graph);
        decision.compile();
        decision
            .validate()
            .map_err(|error| Unfit(error.to_string()))?;
        Ok(Self {
            decision,
            keys: field_names().map(Symbol::from).collect(),
            prepared: Prepared::new(
                &world.city,
                |word| Variable::String(Symbol::from(word)),
                |hour| Variable::Number(hour.into()),
            ),
        })
    }
}

impl Engine for Zen {
    type Decision = Variable;

    fn decide(&mut self, input: &Input) -> Variable {
        let mut facts = VariableMap::with_capacity(self.keys.len());
        for (key, value) in self.keys.iter().zip(self.prepared.of(input)) {
            facts.insert(key.clone(), value);
        }
        let mut waiting = pin!(self.decision.evaluate(Variable::from_object(facts)));
        match waiting
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(Ok(response)) => response.result,
            Poll::Ready(Err(_)) | Poll::Pending => Variable::Null,
        }
    }

    fn rule(&self, decision: &Variable) -> usize {
        let number = decision.dot(RULE).and_then(|number| number.as_number());
        number
            .and_then(|number| number.try_into().ok())
            .unwrap_or(usize::MAX)
    }
}

fn graph(world: &World) -> Value {
    let inputs: Vec<Value> = field_names()
        .map(|name| json!({"id": name, "name": name, "field": name}))
        .collect();
    let rows: Vec<HashMap<String, String>> = world
        .rules
        .iter()
        .enumerate()
        .map(|(number, rule)| row(number, rule, world))
        .collect();
    json!({
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode", "content": {}},
            {"id": "table", "name": "table", "type": "decisionTableNode", "content": {
                "hitPolicy": "first",
                "inputs": inputs,
                "outputs": [{"id": "out", "name": RULE, "field": RULE}],
                "rules": rows,
                "passThrough": false,
            }},
        ],
        "edges": [{"id": "edge", "sourceId": "in", "targetId": "table"}],
    })
}

fn row(number: usize, rule: &Rule, world: &World) -> HashMap<String, String> {
    let mut cells = HashMap::from([
        ("_id".to_owned(), rule.id.clone()),
        ("out".to_owned(), number.to_string()),
    ]);
    for dimension in Dimension::ALL {
        let Some(ask) = rule.ask(dimension) else {
            continue;
        };
        let words = ask.allowed(&world.city).into_iter();
        let words = words.map(|value| format!("\"{}\"", word(&world.city, dimension, value)));
        cells.insert(
            dimension.key().to_owned(),
            words.collect::<Vec<_>>().join(", "),
        );
    }
    if let Some(hours) = rule.hours {
        let held = (0..24).filter(|hour| within(hours, *hour));
        let held: Vec<String> = held.map(|hour| hour.to_string()).collect();
        cells.insert("hour".to_owned(), held.join(", "));
    }
    cells
}
