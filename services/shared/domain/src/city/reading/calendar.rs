//! Reads `calendar.yaml`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use super::names::Tongues;
use super::{Doc, Node};
use crate::calendar::{Calendar, DailyHours};
use crate::city::Names;

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

pub(super) fn read(
    doc: &mut Doc<'_>,
    root: &Node,
    tongues: &Tongues,
    zone: Option<&TimeZone>,
) -> Option<Calendar> {
    let fields = doc.fields(
        root,
        &[
            "weekend",
            "office_hours",
            "holidays",
            "make_up_workdays",
            "extreme_weather",
        ],
    )?;
    let weekend = doc.need(&fields, "weekend");
    let days = doc.each(weekend, weekday);
    if let Some(node) = weekend
        && WEEKDAYS.iter().all(|(_, day)| days.contains(day))
    {
        doc.error(
            node.at,
            "every day is a weekend; leave at least one working day",
        );
    }
    let office_hours = doc
        .need(&fields, "office_hours")
        .and_then(|node| office_hours(doc, node));
    let mut holidays = BTreeMap::new();
    doc.each(fields.get("holidays"), |doc, item| {
        let (date, name) = holiday(doc, item, tongues)?;
        if holidays.insert(date, name).is_some() {
            doc.error(item.at, format!("{date} is listed twice; take one out"));
        }
        Some(())
    });
    let mut make_up = BTreeSet::new();
    doc.each(fields.get("make_up_workdays"), |doc, item| {
        let date = date(doc, item)?;
        if !make_up.insert(date) {
            doc.error(item.at, format!("{date} is listed twice; take one out"));
        }
        if holidays.contains_key(&date) {
            doc.error(
                item.at,
                format!("{date} is a holiday as well; take one of the two out"),
            );
        } else if !days.contains(&date.weekday()) {
            doc.error(
                item.at,
                format!("{date} is no weekend day, so it is a working day anyway; take it out"),
            );
        }
        Some(())
    });
    let mut extreme_weather = BTreeSet::new();
    doc.each(fields.get("extreme_weather"), |doc, item| {
        let date = date(doc, item)?;
        if !extreme_weather.insert(date) {
            doc.error(item.at, format!("{date} is listed twice; take one out"));
        }
        Some(())
    });
    Calendar::new(zone?.clone(), days.into(), office_hours?, holidays, make_up)
        .map(|calendar| calendar.with_extreme_weather(extreme_weather))
}

fn weekday(doc: &mut Doc<'_>, node: &Node) -> Option<Weekday> {
    let word = doc.text(node)?;
    let found = WEEKDAYS
        .iter()
        .find_map(|(name, day)| (*name == word).then_some(*day));
    if found.is_none() {
        doc.error(
            node.at,
            format!("{word:?} is no day of the week; write one such as saturday"),
        );
    }
    found
}

fn office_hours(doc: &mut Doc<'_>, node: &Node) -> Option<DailyHours> {
    let hours: DailyHours = doc.parse(node)?;
    if hours.wraps() {
        doc.error(node.at, format!("office hours {hours} go on past midnight; they must end on the day on which they begin"));
        return None;
    }
    Some(hours)
}

fn holiday(doc: &mut Doc<'_>, node: &Node, tongues: &Tongues) -> Option<(Date, Names)> {
    let fields = doc.fields(node, &["date", "name"])?;
    let date = doc.need(&fields, "date").and_then(|node| date(doc, node));
    let name = doc
        .need(&fields, "name")
        .and_then(|node| tongues.names(doc, node));
    Some((date?, name?))
}

/// A day, written as 2026-10-01.
pub(super) fn date(doc: &mut Doc<'_>, node: &Node) -> Option<Date> {
    let text = doc.text(node)?;
    // The length keeps out the other shapes that ISO 8601 allows.
    let date = text
        .parse()
        .ok()
        .filter(|_| text.len() == "2026-10-01".len());
    if date.is_none() {
        doc.error(
            node.at,
            format!("{text:?} is no date of the calendar; write it as 2026-10-01"),
        );
    }
    date
}
