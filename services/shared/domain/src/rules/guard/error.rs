//! What can be wrong with a guard, when it is read and when it is run.

use cel::{ExecutionError, ParseErrors, Value};

use super::{MAX_GUARD_BRACKETS, MAX_GUARD_CHARS, MAX_GUARD_LEVELS};

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
    /// Its parts lie too deep in each other.
    #[error(
        "is nested too deep: at most {MAX_GUARD_BRACKETS} brackets in each other and {MAX_GUARD_LEVELS} operators in a chain are allowed"
    )]
    TooDeep,
    /// It could run for a very long time.
    #[error(
        "has a loop within a loop; put one list after the other, as in day.filter(..).exists(..)"
    )]
    NestedLoop,
    /// It cannot be worked out, whatever the complaint.
    #[error("can only fail: it {0}")]
    OnlyFails(String),
}

/// The first of several errors, with where it is.
pub(super) fn syntax(source: &str, errors: &ParseErrors) -> GuardError {
    let Some(first) = errors.errors.first() else {
        return GuardError::Syntax(errors.to_string());
    };
    // The parser has no kind of error of its own for this.
    if first.msg.contains("Recursion limit") {
        return GuardError::TooDeep;
    }
    let message = first.msg.trim_start_matches("Syntax error: ");
    // What might have followed is a list of twenty signs: no help.
    let message = message.split(" expecting ").next().unwrap_or(message);
    GuardError::Syntax(match character(source, first.pos) {
        Some(number) => format!("{message} at character {number} of the guard"),
        None => message.to_owned(),
    })
}

/// The number of the character, from 1, that stands at a line and column, both from 1.
fn character(source: &str, (line, column): (isize, isize)) -> Option<usize> {
    let (line, column) = (usize::try_from(line).ok()?, usize::try_from(column).ok()?);
    let lines_before = line.checked_sub(1)?;
    let before = source.split_inclusive('\n').take(lines_before);
    let before: usize = before.map(|line| line.chars().count()).sum();
    (column > 0).then_some(before + column)
}

/// Why a guard gave neither true nor false. The reason names no values.
#[derive(Debug)]
pub(super) struct RuntimeError {
    pub(super) reason: String,
    /// It lies in the types of what the guard says, not in what the complaint is.
    pub(super) lies_in_types: bool,
}

impl RuntimeError {
    pub(super) fn not_a_truth(value: &Value) -> Self {
        Self {
            reason: format!(
                "gives a value of type {} instead of true or false",
                value.type_of()
            ),
            lies_in_types: true,
        }
    }

    pub(super) fn of(error: &ExecutionError) -> Self {
        use ExecutionError as E;
        let (reason, lies_in_types) = match error {
            E::NoSuchOverload(overload) => (overload.to_string(), true),
            E::UndeclaredReference(name) => (format!("uses {name:?}, which there is not"), true),
            E::InvalidArgumentCount { expected, actual } => (
                format!("gives {actual} arguments where {expected} are wanted"),
                true,
            ),
            E::UnexpectedType { got, want } => {
                (format!("has a {got} where a {want} is wanted"), true)
            }
            E::NoSuchKey(_) => ("asks a map for a key that it does not have".into(), false),
            E::IndexOutOfBounds(_) => ("asks a list for an item beyond its end".into(), false),
            E::DivisionByZero(_) | E::RemainderByZero(_) => ("divides by zero".into(), false),
            E::Overflow(..) => ("has a number that is too big".into(), false),
            E::FunctionError { function, .. } => {
                (format!("calls {function} with what it cannot take"), false)
            }
            _ => (
                "puts together values whose types do not go together".into(),
                true,
            ),
        };
        Self {
            reason,
            lies_in_types,
        }
    }
}
