//! What is checked of a guard before any complaint comes: its names, its loops, and that it can succeed.

use cel::common::ast::{EntryExpr, Expr, IdedEntryExpr, IdedExpr};
use jiff::civil::Time;

use super::{GUARD_FUNCTIONS, GUARD_VARIABLES, Guard, GuardError, MAX_GUARD_LEVELS};
use crate::calendar::Moment;
use crate::id::{AreaId, CategoryId};
use crate::rules::decide::Facts;
use crate::vocabulary::{Channel, DayClass, Kind, Language, Line, ReporterType, Urgency};

/// Checks that every variable and function is known, that no loop is within another, and that it is not too deep.
pub(super) fn names_and_loops(expression: &IdedExpr) -> Result<(), GuardError> {
    let mut walk = Walk {
        loop_variables: Vec::new(),
        in_loop: false,
        level: 0,
    };
    walk.expression(expression)
}

struct Walk<'e> {
    /// What the loops around an expression call their items.
    loop_variables: Vec<&'e str>,
    in_loop: bool,
    level: usize,
}

impl<'e> Walk<'e> {
    fn all(
        &mut self,
        expressions: impl IntoIterator<Item = &'e IdedExpr>,
    ) -> Result<(), GuardError> {
        expressions
            .into_iter()
            .try_for_each(|one| self.expression(one))
    }

    fn expression(&mut self, expression: &'e IdedExpr) -> Result<(), GuardError> {
        if self.level == MAX_GUARD_LEVELS {
            return Err(GuardError::TooDeep);
        }
        self.level += 1;
        let checked = self.parts(expression);
        self.level -= 1;
        checked
    }

    fn parts(&mut self, expression: &'e IdedExpr) -> Result<(), GuardError> {
        match &expression.expr {
            Expr::Ident(name) => self.variable(name),
            Expr::Call(call) => {
                function(&call.func_name)?;
                self.all(call.target.as_deref().into_iter().chain(&call.args))
            }
            Expr::Comprehension(looped) => {
                self.all([&looped.iter_range, &looped.accu_init])?;
                if self.in_loop {
                    return Err(GuardError::NestedLoop);
                }
                self.in_loop = true;
                let before = self.loop_variables.len();
                let names = [
                    Some(&looped.iter_var),
                    looped.iter_var2.as_ref(),
                    Some(&looped.accu_var),
                ];
                self.loop_variables
                    .extend(names.into_iter().flatten().map(String::as_str));
                self.all([&looped.loop_cond, &looped.loop_step, &looped.result])?;
                self.loop_variables.truncate(before);
                self.in_loop = false;
                Ok(())
            }
            Expr::List(list) => self.all(&list.elements),
            Expr::Select(select) => self.expression(&select.operand),
            Expr::Map(map) => self.entries(&map.entries),
            Expr::Struct(made) => self.entries(&made.entries),
            Expr::Literal(_) | Expr::Unspecified => Ok(()),
        }
    }

    fn entries(&mut self, entries: &'e [IdedEntryExpr]) -> Result<(), GuardError> {
        entries.iter().try_for_each(|entry| match &entry.expr {
            EntryExpr::StructField(field) => self.expression(&field.value),
            EntryExpr::MapEntry(entry) => self.all([&entry.key, &entry.value]),
        })
    }

    fn variable(&self, name: &str) -> Result<(), GuardError> {
        let known = || GUARD_VARIABLES.iter().map(|(known, _)| *known);
        if self.loop_variables.contains(&name) || known().any(|known| known == name) {
            return Ok(());
        }
        Err(unknown(name, known().collect()))
    }
}

fn function(name: &str) -> Result<(), GuardError> {
    // Operators are functions whose names no person can write.
    let is_operator = name.starts_with(['_', '@', '!', '-']);
    if is_operator || GUARD_FUNCTIONS.contains(&name) {
        return Ok(());
    }
    Err(unknown(&format!("{name}()"), GUARD_FUNCTIONS.to_vec()))
}

fn unknown(name: &str, known: Vec<&str>) -> GuardError {
    GuardError::Unknown {
        name: name.to_owned(),
        known: known.join(", "),
    }
}

/// Tries the guard on complaints that differ in everything. One that fails for all of them because of the types of what
/// it says would never hold.
pub(super) fn can_succeed(guard: &Guard) -> Result<(), GuardError> {
    let (category, area) = (CategoryId::new("probe.probe").ok(), AreaId::new("00").ok());
    let unknown = probe(DayClass::Workday, false, Time::midnight(), "");
    let words = Facts {
        category: category.as_ref(),
        area: area.as_ref(),
        ..probe(
            DayClass::Holiday,
            true,
            Time::constant(12, 30, 0, 0),
            "some words",
        )
    };
    let number = probe(
        DayClass::Weekend,
        true,
        Time::constant(23, 59, 0, 0),
        "12345",
    );
    let mut reason = None;
    for facts in [unknown, words, number] {
        match guard.evaluate(&facts) {
            Err(error) if error.lies_in_types => reason = reason.or(Some(error.reason)),
            Ok(_) | Err(_) => return Ok(()),
        }
    }
    reason.map_or(Ok(()), |reason| Err(GuardError::OnlyFails(reason)))
}

fn probe(day: DayClass, extreme_weather: bool, time: Time, text: &str) -> Facts<'_> {
    Facts {
        category: None,
        area: None,
        kind: Kind::Complaint,
        urgency: Urgency::Normal,
        channel: Channel::Phone,
        line: Line::General,
        reporter: ReporterType::Resident,
        language: Language::CHINESE,
        moment: Moment {
            day,
            extreme_weather,
            time,
        },
        text,
    }
}
