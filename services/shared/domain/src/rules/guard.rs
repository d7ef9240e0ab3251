//! Guards: CEL expressions for what structure cannot say.
//!
//! A guard sees the facts as variables and answers true or false. It has no side effects, and no loop within a loop, so it
//! ends soon. Nothing can be proved about it, so whatever is proved of rules takes a guard for possibly false.

mod check;
mod error;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, LazyLock};

use cel::common::types::{CelInt, CelString};
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use cel::parser::{Expression, Parser};
use cel::{Context, Env, Value};

pub use error::GuardError;
use error::RuntimeError;

use super::decide::Facts;
use crate::vocabulary::DayTag;

/// The longest guard, in characters.
pub const MAX_GUARD_CHARS: usize = 1_000;

/// How many brackets may lie in each other.
const MAX_GUARD_BRACKETS: u16 = 16;

/// How many levels an expression may have; a chain of operators has one for each, but `&&` and `||` are balanced. Running
/// one takes up to 40 KiB of stack a level in a debug build.
const MAX_GUARD_LEVELS: usize = 24;

/// The stack that the parser gets, which is recursive and knows no limit for chains of operators: with the longest
/// guard it takes 4 MiB in a debug build, twice what a thread has.
const PARSER_STACK_BYTES: usize = 16 * 1024 * 1024;

/// The variables that a guard may use, with their types.
pub const GUARD_VARIABLES: &[(&str, &str)] = &[
    ("category", "string, empty when not known"),
    ("place", "string, an area's id, empty when not known"),
    ("kind", "string"),
    ("urgency", "string"),
    ("channel", "string"),
    ("line", "string"),
    ("language", "string, ISO 639"),
    ("reporter", "string"),
    (
        "day",
        "list of strings: workday, weekend or holiday, and extreme_weather",
    ),
    ("hour", "int, 0 to 23"),
    ("minute", "int, 0 to 59"),
    ("text", "string, in lower case"),
];

/// The functions that a guard may use beside the operators; the last six go through a list.
pub const GUARD_FUNCTIONS: &[&str] = &[
    "contains",
    "startsWith",
    "endsWith",
    "size",
    "int",
    "double",
    "string",
    "has",
    "all",
    "exists",
    "exists_one",
    "map",
    "filter",
];

/// The language's own functions, which take longer to set up than any guard takes to run.
static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A guard, compiled.
#[derive(Clone)]
pub struct Guard {
    source: Arc<str>,
    expression: Arc<Expression>,
}

impl Guard {
    /// Compiles a guard.
    ///
    /// # Errors
    /// When the text is too long, not CEL, uses a variable that is not in [`GUARD_VARIABLES`] or a function that is not in
    /// [`GUARD_FUNCTIONS`], is nested too deep, has a loop within a loop, or can only fail.
    pub fn parse(source: &str) -> Result<Self, GuardError> {
        let length = source.chars().count();
        if length > MAX_GUARD_CHARS {
            return Err(GuardError::TooLong(length));
        }
        let expression = parse(source)?;
        let guard = Self {
            source: source.into(),
            expression: Arc::new(expression),
        };
        check::can_succeed(&guard)?;
        Ok(guard)
    }

    /// The expression as written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the guard uses this variable.
    #[must_use]
    pub fn uses(&self, variable: &str) -> bool {
        self.expression.references().has_variable(variable)
    }

    /// Whether the guard is true of these facts.
    ///
    /// # Errors
    /// When it cannot be worked out, or is neither true nor false. The reason names types and never values, so that
    /// nothing of a citizen's text is in it.
    pub fn holds(&self, facts: &Facts<'_>) -> Result<bool, String> {
        self.evaluate(facts).map_err(|error| error.reason)
    }

    fn evaluate(&self, facts: &Facts<'_>) -> Result<bool, RuntimeError> {
        let variables = Variables(*facts);
        let mut context = Context::with_env(Arc::clone(&LANGUAGE));
        context.set_variable_resolver(&variables);
        match Value::resolve(&self.expression, &context) {
            Ok(Value::Bool(truth)) => Ok(truth),
            Ok(other) => Err(RuntimeError::not_a_truth(&other)),
            Err(error) => Err(RuntimeError::of(&error)),
        }
    }
}

/// Parses and checks an expression on a stack that is big enough for any.
fn parse(source: &str) -> Result<Expression, GuardError> {
    let parse = || {
        let parser = Parser::new().max_recursion_depth(MAX_GUARD_BRACKETS);
        let parsed = parser.parse(source);
        let expression = parsed.map_err(|errors| error::syntax(source, &errors))?;
        check::names_and_loops(&expression)?;
        Ok(expression)
    };
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(PARSER_STACK_BYTES);
        let parser = builder.spawn_scoped(scope, parse).ok();
        let parsed = parser.and_then(|parser| parser.join().ok());
        parsed.unwrap_or_else(|| Err(GuardError::Syntax("the parser gave up".to_owned())))
    })
}

/// The facts as variables, made when a guard asks for them.
struct Variables<'a>(Facts<'a>);

impl VariableResolver for Variables<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let Self(facts) = self;
        let time = facts.moment.time;
        Some(match variable {
            "category" => text(facts.category.map_or("", |id| id.as_str())),
            "place" => text(facts.area.map_or("", |id| id.as_str())),
            "kind" => text(facts.kind.as_str()),
            "urgency" => text(facts.urgency.as_str()),
            "channel" => text(facts.channel.as_str()),
            "line" => text(facts.line.as_str()),
            "language" => text(facts.language.as_str()),
            "reporter" => text(facts.reporter.as_str()),
            "day" => return days(facts).try_into().ok().map(CowVal::Owned),
            "hour" => CowVal::owned(CelInt::from(i64::from(time.hour()))),
            "minute" => CowVal::owned(CelInt::from(i64::from(time.minute()))),
            "text" => text(facts.text),
            _ => return None,
        })
    }
}

fn text(text: &str) -> CowVal<'_, '_> {
    CowVal::owned(CelString::from(text))
}

fn days(facts: &Facts<'_>) -> Value {
    let tags = DayTag::ALL.iter().filter(|tag| facts.moment.is(**tag));
    let tags = tags.map(|tag| Value::String(Arc::new(tag.as_str().to_owned())));
    Value::List(Arc::new(tags.collect()))
}

impl PartialEq for Guard {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Guard {}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Guard({:?})", self.source)
    }
}
