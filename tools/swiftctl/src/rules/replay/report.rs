//! The report of a replay for people.

use std::fmt::Display;

use comfy_table::{Cell, Color};
use swiftline_domain::id::RuleId;
use swiftline_domain::rules::replay::{Change, Move, ReplayReport, RuleUse, UnitShare};

use crate::output::{Screen, cell, clean, heading};
use crate::words::{count, percent, short};

/// The most rows of a table; JSON has all.
const SHOWN: usize = 30;

/// Draws a report from its JSON; the JSON itself where it is of a router that is newer than this program.
pub(crate) fn draw_json(json: &str, screen: &Screen) -> String {
    serde_json::from_str(json).map_or_else(|_| clean(json), |report| draw(&report, screen))
}

/// What a report says, in a line; `in_force` is the digest of what is.
pub(crate) fn headline(json: &str, in_force: &str) -> String {
    let Ok(report) = serde_json::from_str::<ReplayReport>(json) else {
        return String::new();
    };
    let mut text = sums(&report);
    if report.old.as_str() != in_force {
        text.push_str(&format!(
            "\nit was compared with {}, which is not in force any more; replaying it anew says more",
            report.old.short()
        ));
    }
    text
}

fn sums(report: &ReplayReport) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a share is shown, not a count")]
    let share = report.moved as f64 / report.complaints.max(1) as f64;
    format!(
        "{} of {} complaints move to another unit ({}), {} stay with theirs but change lane, clocks or wishes, {} are as before",
        count(report.moved),
        count(report.complaints),
        percent(share),
        count(report.adjusted),
        count(report.unchanged)
    )
}

/// Draws a report.
pub(super) fn draw(report: &ReplayReport, screen: &Screen) -> String {
    let window = report.window.map(|window| {
        format!(
            "{} to {}",
            screen.time(window.first),
            screen.time(window.last)
        )
    });
    let backstop = format!(
        "{} before, {} after",
        count(report.backstop_before),
        count(report.backstop_after)
    );
    let mut text = sums(report);
    text.push('\n');
    text.push_str(&screen.pairs(&[
        ("before", Some(short(report.old.as_str()))),
        ("after", Some(short(report.new.as_str()))),
        ("complaints of", window),
        ("decided by no rule", Some(backstop)),
    ]));
    units(report, screen, &mut text);
    moves(report, screen, &mut text);
    changes("Lanes", &report.lanes, screen, &mut text);
    changes("Clocks", &report.clocks, screen, &mut text);
    rules(report, screen, &mut text);
    text
}

/// The units that gain or lose; where none does, those that get most.
fn units(report: &ReplayReport, screen: &Screen, text: &mut String) {
    let changed: Vec<&UnitShare> = report
        .units
        .iter()
        .filter(|unit| unit.gains + unit.loses > 0)
        .collect();
    let (title, mut units) = if changed.is_empty() {
        ("Units: none gains or loses", report.units.iter().collect())
    } else {
        ("Units that gain or lose", changed)
    };
    if units.is_empty() {
        return;
    }
    // The report has those first whose share changes most, and among equals no order that people look for.
    if report.moved == 0 {
        units.sort_by_key(|unit| std::cmp::Reverse(unit.after));
    }
    text.push_str(&heading(title));
    text.push_str(&screen.table(
        &[
            "unit",
            ">before",
            ">after",
            ">gains",
            ">loses",
            ">a day",
            ">capacity",
            ">load before",
            ">load after",
        ],
        units.iter().take(SHOWN).map(|unit| unit_row(unit)),
    ));
    more(units.len(), "units", text);
}

fn unit_row(unit: &UnitShare) -> Vec<Cell> {
    let number = |number: u64, sign: &str| match number {
        0 => Cell::new("-"),
        number => Cell::new(format!("{sign}{}", count(number))),
    };
    let load = |load: Option<f64>| match load {
        None => Cell::new("-"),
        Some(load) => {
            let cell = Cell::new(percent(load));
            match load {
                1.0.. => cell.fg(Color::Red),
                0.8.. => cell.fg(Color::Yellow),
                _ => cell,
            }
        }
    };
    let a_day = unit.per_day_after.map(|number| format!("{number:.1}"));
    vec![
        cell(unit.unit.as_str()),
        Cell::new(count(unit.before)),
        Cell::new(count(unit.after)),
        number(unit.gains, "+"),
        number(unit.loses, "-"),
        Cell::new(a_day.as_deref().unwrap_or("-")),
        Cell::new(count(unit.capacity)),
        load(unit.load_before),
        load(unit.load_after),
    ]
}

fn moves(report: &ReplayReport, screen: &Screen, text: &mut String) {
    if report.moves.is_empty() {
        return;
    }
    let row = |one: &Move| {
        let rule = |rule: Option<&str>| rule.unwrap_or("backstop").to_owned();
        let side = |unit: &str, by: Option<&str>| cell(&format!("{unit} ({})", rule(by)));
        vec![
            Cell::new(count(one.count)),
            side(
                one.old_unit.as_str(),
                one.old_rule.as_ref().map(RuleId::as_str),
            ),
            side(
                one.new_unit.as_str(),
                one.new_rule.as_ref().map(RuleId::as_str),
            ),
            cell(&one.examples.join(" ")),
        ]
    };
    text.push_str(&heading("What moves"));
    text.push_str(&screen.table(
        &[">complaints", "from (rule)", "to (rule)", "~for example"],
        report.moves.iter().take(SHOWN).map(row),
    ));
    more(report.moves.len(), "ways", text);
    if let Some(left_out) = &report.moves_left_out {
        text.push_str(&format!(
            "\nand {} complaints in {} ways that the report does not tell",
            count(left_out.complaints),
            count(left_out.ways)
        ));
    }
}

fn changes<T: Display>(title: &str, changes: &[Change<T>], screen: &Screen, text: &mut String) {
    if changes.is_empty() {
        return;
    }
    let row = |one: &Change<T>| {
        vec![
            Cell::new(count(one.count)),
            cell(&one.from.to_string()),
            cell(&one.to.to_string()),
        ]
    };
    text.push_str(&heading(title));
    text.push_str(&screen.table(&[">complaints", "from", "to"], changes.iter().map(row)));
}

/// The rules that decide more or less than before.
fn rules(report: &ReplayReport, screen: &Screen, text: &mut String) {
    let changed = report.rules.iter().filter(|rule| rule.before != rule.after);
    let changed: Vec<&RuleUse> = changed.collect();
    if changed.is_empty() {
        return;
    }
    let number = |number: Option<u64>, none: &str| Cell::new(number.map_or(none.to_owned(), count));
    let row = |one: &&RuleUse| {
        vec![
            cell(one.rule.as_str()),
            number(one.before, "new"),
            number(one.after, "gone"),
        ]
    };
    text.push_str(&heading("Rules that decide more or less"));
    text.push_str(&screen.table(
        &["rule", ">before", ">after"],
        changed.iter().take(SHOWN).map(row),
    ));
    more(changed.len(), "rules", text);
}

fn more(all: usize, what: &str, text: &mut String) {
    if all > SHOWN {
        let more = count((all - SHOWN) as u64);
        text.push_str(&format!("\nand {more} {what} more; --output json has all"));
    }
}
