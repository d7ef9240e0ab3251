//! cel 0.15: one compiled program a rule, tried in order.
//!
//! A value of a tree is given as its ancestor on each level (`category0`, `category1`, ..), so that a subtree is one equality:
//! lists of ancestors (`"x" in categories`) and prefixes (`category.startsWith("x.")`) cost a call each. The variables
//! come from a resolver that borrows them, which spares each input a map of its own; the context of an input is a
//! child of one that holds the standard functions. Conditions stand in the order of how many values they have.

use std::sync::Arc;

use cel::common::types::{CelBool, CelInt, CelString};
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use cel::{Context, Env, Program, Value};

use super::{UNKNOWN, word};
use crate::city::{City, Dimension};
use crate::generate::World;
use crate::rules::{Ask, Input, Rule};
use crate::{Engine, Unfit};

/// One program a rule.
pub struct Cel<'w> {
    city: &'w City,
    programs: Vec<Program>,
    root: Context<'static, 'static>,
}

impl<'w> Cel<'w> {
    /// Compiles the rules.
    ///
    /// # Errors
    /// With the parser's words when it refuses one.
    pub fn new(world: &'w World) -> Result<Self, Unfit> {
        let compile = |rule| {
            Program::compile(&expression(rule, &world.city))
                .map_err(|error| Unfit(error.to_string()))
        };
        Ok(Self {
            city: &world.city,
            programs: world.rules.iter().map(compile).collect::<Result<_, _>>()?,
            root: Context::with_env(Arc::new(Env::stdlib())),
        })
    }
}

impl Engine for Cel<'_> {
    type Decision = usize;

    fn decide(&mut self, input: &Input) -> usize {
        let facts = Facts::new(input, self.city);
        let mut context = self.root.new_inner_scope();
        context.set_variable_resolver(&facts);
        let holds = |program: &Program| {
            Value::resolve_val(program.expression(), &context).is_ok_and(|value| {
                value
                    .downcast_ref::<CelBool>()
                    .is_some_and(|held| *held.inner())
            })
        };
        self.programs
            .iter()
            .position(holds)
            .unwrap_or(self.programs.len())
    }

    fn rule(&self, decision: &usize) -> usize {
        *decision
    }
}

/// The levels of the trees, then the flat dimensions.
struct Facts<'a> {
    category: [CelString<'a>; 3],
    place: [CelString<'a>; 2],
    kind: CelString<'a>,
    urgency: CelString<'a>,
    channel: CelString<'a>,
    line: CelString<'a>,
    reporter: CelString<'a>,
    day: CelString<'a>,
    hour: CelInt,
}

impl<'a> Facts<'a> {
    fn new(input: &Input, city: &'a City) -> Self {
        let flat = |dimension| CelString::from(word(city, dimension, input.value(dimension)));
        Self {
            category: levels(Dimension::Category, input, city),
            place: levels(Dimension::Place, input, city),
            kind: flat(Dimension::Kind),
            urgency: flat(Dimension::Urgency),
            channel: flat(Dimension::Channel),
            line: flat(Dimension::Line),
            reporter: flat(Dimension::Reporter),
            day: flat(Dimension::Day),
            hour: CelInt::from(i64::from(input.hour)),
        }
    }
}

impl VariableResolver for Facts<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let word = match name {
            "category0" => &self.category[0],
            "category1" => &self.category[1],
            "category2" => &self.category[2],
            "place0" => &self.place[0],
            "place1" => &self.place[1],
            "kind" => &self.kind,
            "urgency" => &self.urgency,
            "channel" => &self.channel,
            "line" => &self.line,
            "reporter" => &self.reporter,
            "day" => &self.day,
            "hour" => return Some(CowVal::Borrowed(&self.hour)),
            _ => return None,
        };
        Some(CowVal::Borrowed(word))
    }
}

/// The ancestors of the input's value from the top down, the value included.
fn levels<'a, const DEPTH: usize>(
    dimension: Dimension,
    input: &Input,
    city: &'a City,
) -> [CelString<'a>; DEPTH] {
    let values = city.values(dimension);
    let mut levels = [const { UNKNOWN }; DEPTH];
    if let Some(value) = input.value(dimension) {
        for above in &values.lineages[value as usize] {
            levels[values.depth(*above)] = &values.words[*above as usize];
        }
    }
    levels.map(CelString::from)
}

fn expression(rule: &Rule, city: &City) -> String {
    let mut all: Vec<String> = rule.asks.iter().map(|ask| condition(ask, city)).collect();
    if let Some((from, to)) = rule.hours {
        let join = if from < to { "&&" } else { "||" };
        all.push(format!("(hour >= {from} {join} hour < {to})"));
    }
    if all.is_empty() {
        "true".to_owned()
    } else {
        all.join(" && ")
    }
}

fn condition(ask: &Ask, city: &City) -> String {
    let values = city.values(ask.dimension);
    let key = ask.dimension.key();
    let compared = |value: &u16, operator| {
        let level = match ask.dimension {
            Dimension::Category | Dimension::Place => values.depth(*value).to_string(),
            _ => String::new(),
        };
        format!(
            "{key}{level} {operator} \"{}\"",
            values.words[*value as usize]
        )
    };
    let any: Vec<String> = ask
        .any_of
        .iter()
        .map(|value| compared(value, "=="))
        .collect();
    let mut all: Vec<String> = ask
        .none_of
        .iter()
        .map(|value| compared(value, "!="))
        .collect();
    match any.len() {
        0 => {}
        1 => all.insert(0, any[0].clone()),
        _ => all.insert(0, format!("({})", any.join(" || "))),
    }
    all.join(" && ")
}
