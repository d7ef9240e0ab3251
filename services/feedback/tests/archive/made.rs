//! Rows made up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use jiff::Timestamp;
use swiftline_domain::archive::{CaseRow, Coverage, EventRow, Month, Position, Row, Span, Table};
use swiftline_domain::number::{CaseNumber, Partition};
use swiftline_feedback::archive::{Archive, ArchiveError, FileWriter, Rows, Step, cell, row};
use tempfile::TempDir;

/// An archive in a folder of its own.
pub(crate) fn archive() -> (TempDir, Archive) {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::open(folder.path().to_str().unwrap(), "small").unwrap();
    (folder, archive)
}

pub(crate) fn month() -> Month {
    "2025-03".parse().unwrap()
}

pub(crate) fn number(partition: u8, sequence: u64) -> CaseNumber {
    CaseNumber::new(Partition(partition), sequence).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(month().start().as_second() + seconds).unwrap()
}

/// A case, a little different for each number.
pub(crate) fn case(partition: u8, sequence: u64) -> CaseRow<'static> {
    let units = ["water", "roads", "parks"];
    let seconds = i64::try_from(sequence).unwrap();
    CaseRow {
        case_number: number(partition, sequence),
        accepted_at: at(seconds),
        ended_at: at(seconds + 3_600),
        state: "closed",
        close_reason: Some("confirmed"),
        channel: "phone",
        line: "general",
        reporter: "resident",
        kind: Some("complaint"),
        urgency: Some("normal"),
        language: Some("zh"),
        category: Some("roads.lights"),
        district: Some("d1"),
        place: (!sequence.is_multiple_of(3)).then_some("d1-s1"),
        unit: Some(units[(sequence % 3) as usize]),
        team: Some("day"),
        rule: None,
        offers: 1,
        returns: 0,
        reopened: u16::from(sequence.is_multiple_of(5)),
        first_offered_at: Some(at(seconds + 60)),
        signed_at: Some(at(seconds + 600)),
        resolved_at: Some(at(seconds + 1_200)),
        called_back_at: Some(at(seconds + 3_000)),
        handle_due_at: None,
        overdue_dispatch: false,
        overdue_sign: false,
        overdue_handle: sequence.is_multiple_of(7),
        overdue_callback: false,
        suspended_seconds: 0,
        outcome: Some("solved"),
        reached: Some(true),
        contacted: Some(true),
        solved: Some(!sequence.is_multiple_of(4)),
        satisfied: None,
        first_reached_at: None,
        first_unit: None,
        first_team: None,
        first_contacted: None,
        first_solved: None,
        first_satisfied: None,
        issue: sequence.is_multiple_of(9).then(|| number(partition, 1)),
        answered: None,
        confidence: Some(73),
        model: Some("words-1"),
        caller: Some(i64::try_from(sequence % 10).unwrap() - 5),
        score_unit: None,
        score_team: None,
        score_day: Some("2025-03-04".parse().unwrap()),
        score_excluded: None,
        score_contacted: None,
        score_solved: None,
        score_satisfied: None,
        score_formula: None,
    }
}

pub(crate) fn event(partition: u8, sequence: u64, version: u32) -> EventRow<'static> {
    let at = at(i64::from(version));
    let row = EventRow::new(number(partition, sequence), (version, 0), at, "signed");
    EventRow {
        unit: Some("water"),
        offer: Some(2),
        actor: Some("desk-1"),
        ..row
    }
}

/// A file's name and bytes, as a partition's batch of this number has them.
pub(crate) fn file<'a, R: Row<'a>>(partition: u8, batch: u64, rows: &[R]) -> (String, Vec<u8>) {
    let place = |major| Position { major, minor: 0 };
    let span = Span {
        after: place(batch - 1),
        to: place(batch),
    };
    let source = Partition(partition).to_string();
    let mut writer = FileWriter::new(R::TABLE, &Coverage::of(&source, span), 0).unwrap();
    let mut columns = Rows::new(R::TABLE);
    rows.iter().for_each(|row| columns.push(row));
    writer.write_rows(&mut columns).unwrap();
    (format!("{source}-{span}.parquet"), writer.finish().unwrap())
}

/// Puts a few files of cases there: partitions 1 and 2, batches of ten; gives all their numbers.
pub(crate) async fn filled(archive: &Archive) -> Vec<String> {
    let mut numbers = Vec::new();
    for partition in [1, 2] {
        for batch in 1..=3_u64 {
            let cases: Vec<_> = (batch * 10..batch * 10 + 10)
                .map(|sequence| case(partition, sequence))
                .collect();
            numbers.extend(cases.iter().map(|case| case.case_number.to_string()));
            let (name, bytes) = file(partition, batch, &cases);
            archive
                .put(Table::Cases, month(), &name, bytes)
                .await
                .unwrap();
        }
    }
    numbers.sort();
    numbers
}

/// Every case number that the archive gives, in its order.
pub(crate) async fn cases_of(archive: &Archive) -> Vec<String> {
    let mut numbers = Vec::new();
    for batch in archive
        .cases(month()..=month().plus(24), &["case_number"])
        .await
        .unwrap()
    {
        let batch = batch.unwrap();
        for at in 0..batch.num_rows() {
            match cell(&batch, &CaseRow::COLUMNS[0], at) {
                swiftline_domain::archive::Value::Number(number) => {
                    numbers.push(number.to_string());
                }
                other => panic!("{other:?}"),
            }
        }
    }
    numbers
}

/// What a unit scores, and how many rows have a caller.
pub(crate) async fn sums(archive: &Archive) -> (BTreeMap<String, (u32, u32)>, usize) {
    let (mut units, mut callers) = (BTreeMap::new(), 0);
    for batch in archive
        .cases(month()..=month().plus(24), &[])
        .await
        .unwrap()
    {
        let batch = batch.unwrap();
        for at in 0..batch.num_rows() {
            let case: CaseRow<'_> = row(&batch, at).unwrap();
            let sum: &mut (u32, u32) = units.entry(case.unit.unwrap().to_owned()).or_default();
            sum.0 += 1;
            sum.1 += u32::from(case.solved == Some(true));
            callers += usize::from(case.caller.is_some());
        }
    }
    (units, callers)
}

/// The same archive, its work broken off after the n-th of a step, from 1.
pub(crate) fn breaking(archive: &Archive, step: Step, nth: usize) -> Archive {
    let seen = AtomicUsize::new(0);
    archive.watched(Arc::new(move |done| {
        if done == step && seen.fetch_add(1, SeqCst) + 1 == nth {
            return Err(ArchiveError::BrokenOff(done));
        }
        Ok(())
    }))
}

/// The names of the files of the month.
pub(crate) fn names(folder: &TempDir, table: Table) -> Vec<String> {
    let month = folder.path().join(swiftline_domain::archive::month_dir(
        table,
        "small",
        month(),
    ));
    let Ok(entries) = std::fs::read_dir(month) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
