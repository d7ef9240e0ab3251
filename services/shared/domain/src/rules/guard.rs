//! Guards: CEL expressions for what structure cannot say.
//!
//! A guard sees the facts as variables and answers true or false. It has no side effects and no loops beyond its own
//! lists, so it ends. Nothing can be proved about it, so whatever is proved of rules takes a guard for possibly false.

use std::fmt;
use std::sync::Arc;

use cel::{Context, Program, Value};

use super::decide::Facts;
use crate::vocabulary::DayTag;

/// The longest guard, in characters.
pub const MAX_GUARD_CHARS: usize = 1_000;

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

/// A guard, compiled.
#[derive(Clone)]
pub struct Guard {
    source: Arc<str>,
    program: Arc<Program>,
}

/// Why a text is no guard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// It is too long.
    #[error("is {0} characters long, at most {MAX_GUARD_CHARS} are allowed")]
    TooLong(usize),
    /// It is not CEL.
    #[error("is not an expression of the Common Expression Language: {0}")]
    Syntax(String),
    /// It uses something that is not there.
    #[error("uses {name:?}, which a guard does not have; it has {known}")]
    Unknown {
        /// What it uses.
        name: String,
        /// What there is.
        known: String,
    },
}

impl Guard {
    /// Compiles a guard.
    ///
    /// # Errors
    /// When the text is too long, not CEL, or uses a variable that is not in [`GUARD_VARIABLES`].
    pub fn parse(source: &str) -> Result<Self, GuardError> {
        let length = source.chars().count();
        if length > MAX_GUARD_CHARS {
            return Err(GuardError::TooLong(length));
        }
        let program = Program::compile(source).map_err(|errors| {
            let first = errors.errors.first().map(|error| error.msg.clone());
            GuardError::Syntax(first.unwrap_or_else(|| errors.to_string()))
        })?;
        let known = |name: &str| GUARD_VARIABLES.iter().any(|(known, _)| *known == name);
        if let Some(name) = program
            .references()
            .variables()
            .into_iter()
            .find(|name| !known(name))
        {
            let known: Vec<&str> = GUARD_VARIABLES.iter().map(|(name, _)| *name).collect();
            return Err(GuardError::Unknown {
                name: name.to_owned(),
                known: known.join(", "),
            });
        }
        Ok(Self {
            source: source.into(),
            program: Arc::new(program),
        })
    }

    /// The expression as written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the guard uses this variable.
    #[must_use]
    pub fn uses(&self, variable: &str) -> bool {
        self.program.references().has_variable(variable)
    }

    /// Whether the guard is true of these facts.
    ///
    /// # Errors
    /// When it cannot be worked out, or is neither true nor false.
    pub fn holds(&self, facts: &Facts<'_>) -> Result<bool, String> {
        let mut context = Context::default();
        let mut set = |name: &str, value: Value| {
            if self.uses(name) {
                context.add_variable_from_value(name, value);
            }
        };
        let text = |text: &str| Value::String(Arc::new(text.to_owned()));
        set(
            "category",
            text(facts.category.map_or("", |id| id.as_str())),
        );
        set("place", text(facts.area.map_or("", |id| id.as_str())));
        set("kind", text(facts.kind.as_str()));
        set("urgency", text(facts.urgency.as_str()));
        set("channel", text(facts.channel.as_str()));
        set("line", text(facts.line.as_str()));
        set("language", text(facts.language.as_str()));
        set("reporter", text(facts.reporter.as_str()));
        let tags = DayTag::ALL.iter().filter(|tag| facts.moment.is(**tag));
        let tags: Vec<Value> = tags.map(|tag| text(tag.as_str())).collect();
        set("day", Value::List(Arc::new(tags)));
        set("hour", Value::Int(facts.moment.time.hour().into()));
        set("minute", Value::Int(facts.moment.time.minute().into()));
        set("text", text(facts.text));
        match self.program.execute(&context) {
            Ok(Value::Bool(truth)) => Ok(truth),
            Ok(other) => Err(format!(
                "gives {:?} instead of true or false",
                other.type_of()
            )),
            Err(error) => Err(error.to_string()),
        }
    }
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
