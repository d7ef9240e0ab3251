//! Cases out of the archive: the row as it is, and the case as far as the row tells.

use swiftline_domain::archive::{CaseRow, Row, Value};
use swiftline_domain::case::{Outcome, State};
use swiftline_domain::vocabulary::{Channel, Kind, Line, ReporterType, Urgency};

use super::time::timestamp;
use super::vocabulary::{Word, to_wire};
use crate::feedback::v1 as feedback;
use crate::feedback::v1::column::Value as Cell;
use crate::types::v1 as wire;

/// The column of a row that leaves nobody's hands: who asked.
const CALLER: &str = "caller";
/// Percent.
const WHOLE: f32 = 100.0;

/// The columns of a row that hold something, in order, without who asked.
#[must_use]
pub fn columns(row: &CaseRow<'_>) -> Vec<feedback::Column> {
    let mut columns = Vec::with_capacity(CaseRow::COLUMNS.len());
    row.each_cell(|at, value| {
        let name = CaseRow::COLUMNS[at].name;
        if name != CALLER {
            columns.extend(cell(value).map(|value| feedback::Column {
                name: name.to_owned(),
                value: Some(value),
            }));
        }
    });
    columns
}

fn cell(value: Value<'_>) -> Option<Cell> {
    Some(match value {
        Value::Null | Value::Opaque(_) => return None,
        Value::Number(number) => Cell::Text(number.to_string()),
        Value::Word(word) => Cell::Text(word.to_owned()),
        Value::Time(ms) => Cell::Time(timestamp(jiff::Timestamp::from_millisecond(ms).ok()?)),
        Value::Day(_) => {
            let day = <jiff::civil::Date as swiftline_domain::archive::Cell>::of(value)?;
            Cell::Day(day.to_string())
        }
        Value::Flag(flag) => Cell::Flag(flag),
        Value::Count(count) => Cell::Count(count),
    })
}

/// The number on the wire of a word in a row; zero when it is absent or of a newer version.
pub fn number_of_word<T: Word + std::str::FromStr>(word: Option<&str>) -> i32 {
    let word = word.and_then(|word| word.parse::<T>().ok());
    word.map_or(0, to_wire)
}

impl From<&CaseRow<'_>> for wire::Case {
    /// The case as it ended; its version and the number of its newest offer are not in the row.
    fn from(row: &CaseRow<'_>) -> Self {
        let state = State::ALL.iter().find(|state| state.as_str() == row.state);
        Self {
            number: row.case_number.to_string(),
            state: state.map_or(0, |state| to_wire(*state)),
            accepted_at: Some(timestamp(row.accepted_at)),
            updated_at: Some(timestamp(row.ended_at)),
            classification: classification(row),
            offer: offer(row),
            answerable: text(row.unit),
            outcome: number_of_word::<Outcome>(row.outcome),
            callback: row.reached.map(|reached| wire::Callback {
                reached,
                contacted: row.contacted,
                solved: row.solved,
                satisfied: row.satisfied,
            }),
            reopened: row.reopened.into(),
            merged_into: row.issue.map(|issue| issue.to_string()).unwrap_or_default(),
            answered: text(row.answered),
            ..Self::default()
        }
    }
}

impl From<&CaseRow<'_>> for wire::Complaint {
    /// What a row tells of the complaint: no text, place or caller.
    fn from(row: &CaseRow<'_>) -> Self {
        Self {
            channel: number_of_word::<Channel>(Some(row.channel)),
            line: number_of_word::<Line>(Some(row.line)),
            reporter: number_of_word::<ReporterType>(Some(row.reporter)),
            ..Self::default()
        }
    }
}

/// `None` when it was never classified.
fn classification(row: &CaseRow<'_>) -> Option<wire::Classification> {
    (row.category.is_some() || row.model.is_some()).then(|| wire::Classification {
        category: text(row.category),
        kind: number_of_word::<Kind>(row.kind),
        urgency: number_of_word::<Urgency>(row.urgency),
        language: text(row.language),
        place: text(row.place),
        confidence: row
            .confidence
            .map_or(0.0, |percent| f32::from(percent) / WHOLE),
        model: text(row.model),
        ..Default::default()
    })
}

/// `None` when it was never offered.
fn offer(row: &CaseRow<'_>) -> Option<wire::Offer> {
    row.first_offered_at.map(|_| wire::Offer {
        assignment: Some(wire::Assignment {
            unit: text(row.unit),
            team: text(row.team),
            lane: number_of_word::<Urgency>(row.urgency),
            rule: text(row.rule),
            ..wire::Assignment::default()
        }),
        signed_at: row.signed_at.map(timestamp),
        ..wire::Offer::default()
    })
}

fn text(word: Option<&str>) -> String {
    word.unwrap_or_default().to_owned()
}
