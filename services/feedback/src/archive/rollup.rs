//! What stays of a month whose cases are dropped: sums, from which its rates can still be told.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use jiff::civil::Date;
use swiftline_domain::archive::{CaseRow, RollupRow};

use super::columns;

/// What cases are summed up by, in the order of the table's columns and then the month that they count in.
pub(super) type Of = [Option<String>; 5];

/// The sums, in the order of the table's columns.
pub(super) type Sum = [u32; 11];

/// Adds the cases of a batch.
pub(super) fn add(sums: &mut BTreeMap<Of, Sum>, batch: &RecordBatch) {
    for at in 0..batch.num_rows() {
        let Some(case) = columns::row::<CaseRow<'_>>(batch, at) else {
            continue;
        };
        let sum = sums.entry(of(&case)).or_default();
        for (sum, counts) in sum.iter_mut().zip(counts(&case)) {
            *sum += u32::from(counts);
        }
    }
}

fn of(case: &CaseRow<'_>) -> Of {
    let owned = |word: Option<&str>| word.map(str::to_owned);
    [
        owned(case.score_unit.or(case.unit)),
        owned(case.district),
        owned(case.category),
        owned(if case.score_day.is_some() {
            case.score_team
        } else {
            case.team
        }),
        case.score_day.map(month),
    ]
}

fn month(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// What a case adds. The answers are those that the formula took; where no formula has, those given last.
fn counts(case: &CaseRow<'_>) -> [bool; 11] {
    let counts = case.score_excluded.is_none();
    let assessed = counts && case.reached == Some(true);
    let answers = if case.score_formula.is_some() {
        [
            case.score_contacted,
            case.score_solved,
            case.score_satisfied,
        ]
    } else {
        [case.contacted, case.solved, case.satisfied]
    };
    let [contacted, solved, satisfied] = answers.map(|answer| answer.filter(|_| assessed));
    [
        true,
        assessed,
        contacted == Some(true),
        solved == Some(true),
        satisfied == Some(true),
        case.overdue_handle,
        case.reopened > 0,
        contacted.is_some(),
        solved.is_some(),
        satisfied.is_some(),
        counts && !assessed,
    ]
}

/// The sums as a row.
pub(super) fn row<'a>(of: &'a Of, sum: &Sum) -> RollupRow<'a> {
    let [unit, district, category, team, score_month] = of;
    let [
        cases,
        assessed,
        contacted,
        solved,
        satisfied,
        late,
        reopened,
        contacted_of,
        solved_of,
        satisfied_of,
        unreached,
    ] = *sum;
    RollupRow {
        unit: unit.as_deref(),
        district: district.as_deref(),
        category: category.as_deref(),
        team: team.as_deref(),
        cases,
        assessed,
        contacted,
        solved,
        satisfied,
        late,
        reopened,
        score_month: score_month.as_deref(),
        contacted_of,
        solved_of,
        satisfied_of,
        unreached,
    }
}
