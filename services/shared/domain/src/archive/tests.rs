use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::case::{
    Assignment, Callback, CallbackVia, Case, Claim, ClockKind, CloseReason, Command, Due, Outcome,
    ReopenReason, TeamChoice,
};
use crate::id::{ClockClass, OfferNo, TeamId, UnitId};
use crate::number::{CaseNumber, Partition};
use crate::vocabulary::{Channel, Line, ReporterType, Urgency};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_250 + seconds * 1_000).unwrap()
}

fn second(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn due(seconds: i64) -> Due {
    Due {
        warn_at: at(seconds - 10),
        at: at(seconds),
    }
}

fn offer() -> Command {
    let assignment = Assignment {
        unit: UnitId::new("water").unwrap(),
        team: TeamId::new("water-day").unwrap(),
        lane: Urgency::Normal,
        clock: ClockClass::new("general").unwrap(),
        helpers: Vec::new(),
        inform: Vec::new(),
        rule: None,
        rules_digest: String::new(),
        choice: TeamChoice::Manual,
        considered: Vec::new(),
    };
    Command::Offer {
        assignment: Box::new(assignment),
        sign_by: at(1_000_000),
        handle: due(5_000),
    }
}

fn claim(offer: u32) -> Claim {
    Claim {
        team: TeamId::new("water-day").unwrap(),
        offer: OfferNo(offer),
        actor: "desk-1".parse().unwrap(),
    }
}

fn resolve(offer: u32) -> Command {
    Command::Resolve {
        claim: claim(offer),
        outcome: Outcome::Solved,
        note: String::new(),
        callback: due(90_000),
    }
}

#[test]
fn a_row_tells_a_case_s_whole_story() {
    let number = CaseNumber::new(Partition(7), 12).unwrap();
    let (mut case, accepted) = Case::accept(number, at(0));
    let mut history = vec![(at(0), accepted)];
    let mut step = |seconds, command| {
        let event = case.apply(command, at(seconds)).unwrap();
        history.push((at(seconds), event));
    };
    step(
        5,
        Command::SendToTriage {
            reason: crate::case::TriageReason::NoPlace,
            by: crate::case::DecidedBy::default(),
        },
    );
    step(10, offer());
    step(20, Command::Sign(claim(1)));
    step(
        30,
        Command::Suspend {
            claim: claim(1),
            reason: "parts".into(),
            approved_by: "desk-2".parse().unwrap(),
            until: None,
        },
    );
    let resume = Command::Resume {
        claim: Some(claim(1)),
        handle: None,
    };
    step(130, resume);
    step(140, Command::Overrun(ClockKind::Handle));
    step(150, resolve(1));
    step(
        160,
        Command::Close {
            reason: CloseReason::Supervisor,
        },
    );
    step(
        170,
        Command::Reopen {
            reason: ReopenReason::Recurred,
        },
    );
    step(180, offer());
    step(190, Command::Sign(claim(2)));
    step(200, resolve(2));
    let callback = Callback {
        reached: true,
        contacted: Some(true),
        solved: Some(true),
        satisfied: Some(false),
    };
    let called = Command::RecordCallback {
        callback,
        via: CallbackVia::Phone,
        again_at: None,
        comment: String::new(),
    };
    step(210, called);
    step(
        220,
        Command::Close {
            reason: CloseReason::Confirmed,
        },
    );

    let row = CaseRow::of(&Facts {
        case: &case,
        history: &history,
        channel: Channel::Phone,
        line: Line::General,
        reporter: ReporterType::Resident,
        district: Some("110101"),
        caller: Some(-5),
    });
    assert_eq!(
        (row.case_number, row.state, row.close_reason),
        (number, "closed", Some("confirmed"))
    );
    assert_eq!((row.offers, row.returns, row.reopened), (2, 0, 1));
    assert_eq!((row.unit, row.team), (Some("water"), Some("water-day")));
    assert_eq!(
        (row.accepted_at, row.ended_at),
        (second(0), second(220)),
        "whole seconds"
    );
    assert_eq!(
        (row.first_offered_at, row.signed_at),
        (Some(second(10)), Some(second(190)))
    );
    assert_eq!(
        (row.resolved_at, row.called_back_at),
        (Some(second(200)), Some(second(210)))
    );
    assert_eq!(row.suspended_seconds, 100);
    assert_eq!(
        row.handle_due_at,
        Some(second(5_000)),
        "the clock of the second time"
    );
    assert_eq!((row.overdue_handle, row.overdue_dispatch), (true, false));
    assert_eq!(
        (row.reached, row.solved, row.satisfied),
        (Some(true), Some(true), Some(false))
    );
    assert_eq!((row.outcome, row.caller), (Some("solved"), Some(-5)));

    let mut cells = Vec::new();
    row.each_cell(|_, value| cells.push(value));
    assert_eq!(cells.len(), CaseRow::COLUMNS.len());
    assert_eq!(
        CaseRow::of_cells(|at| cells[at]),
        Some(row),
        "a row is its cells"
    );
    assert_eq!(
        CaseRow::of_cells(|_| Value::Null),
        None,
        "a case number is needed"
    );
}

#[test]
fn no_column_is_named_twice_and_sorting_is_by_columns() {
    for table in Table::ALL {
        let names: std::collections::BTreeSet<_> = table.columns().iter().map(|c| c.name).collect();
        assert_eq!(names.len(), table.columns().len(), "{table}");
        for by in table.sorted_by() {
            assert!(names.contains(by), "{table}: {by}");
        }
    }
}

#[test]
fn months_are_utc_and_read_back() {
    let month = Month::of("2026-12-31T23:59:59.999Z".parse().unwrap());
    assert_eq!(month.to_string(), "2026-12");
    assert_eq!(
        (month.plus(1).to_string(), month.plus(-12).to_string()),
        ("2027-01".into(), "2025-12".into())
    );
    assert_eq!(Month::of(month.end()), month.plus(1));
    assert_eq!("2026-12".parse(), Ok(month));
    for bad in [
        "", "2026", "2026-13", "2026-1", "26-01", "+026-01", "2026-00",
    ] {
        assert!(bad.parse::<Month>().is_err(), "{bad}");
    }
    assert_eq!(
        month_dir(Table::Cases, "beijing", month),
        "cases/city=beijing/month=2026-12"
    );
}

#[test]
fn names_say_what_a_file_covers() {
    let (source, span) = span_of_name("p07-1794000000000-1794000600000.3.parquet").unwrap();
    assert_eq!((source.as_str(), span.to.minor), ("p07", 3));
    assert_eq!(
        Coverage::of(&source, span).to_string(),
        "p07:1794000000000-1794000600000.3"
    );
    for other in [
        "p07-2-1.parquet",
        "p07-1-2",
        "merged-0123456789abcdef.parquet",
        "p07-1-2-3.parquet",
        "-1-2.parquet",
    ] {
        assert!(span_of_name(other).is_none(), "{other}");
    }
}

fn covering(text: &str) -> Coverage {
    text.parse().unwrap()
}

#[test]
fn what_another_file_covers_is_not_read() {
    let file =
        |name: &str, covers: &str, generation| (name.to_owned(), covering(covers), generation);
    let files = [
        file("p07-1-2", "p07:1-2", 0),
        file("p07-2-3", "p07:2-3", 0),
        file("p08-1-2", "p08:1-2", 0),
        file("merged-a", "p07:1-2", 1),
        file("merged-b", "p07:1-3", 2),
        file("merged-c", "p07:1-3", 2),
    ];
    assert_eq!(newest(&files), [false, false, true, false, false, true]);
    assert!(covering("").is_empty());
    assert!("p07".parse::<Coverage>().is_err());
}

proptest! {
    #[test]
    fn coverage_reads_back_and_covers_its_parts(spans in prop::collection::vec((0_u64..40, 1_u64..9, 0_u8..3), 1..12)) {
        let parts: Vec<Coverage> = spans.iter().map(|(after, length, source)| {
            let place = |major| Position { major, minor: 0 };
            Coverage::of(&format!("p{source}"), Span { after: place(*after), to: place(after + length) })
        }).collect();
        let mut all = Coverage::default();
        for part in &parts {
            all.add(part);
        }
        prop_assert_eq!(&covering(&all.to_string()), &all);
        let mut closed = all.clone();
        closed.close_gaps();
        prop_assert!(all.is_within(&closed));
        for part in &parts {
            prop_assert!(part.is_within(&all));
        }
    }

    #[test]
    fn a_day_is_a_cell(days in -100_000_i32..100_000) {
        let day = <jiff::civil::Date as Cell>::of(Value::Day(days)).unwrap();
        prop_assert_eq!(day.value(), Value::Day(days));
        let _ = SignedDuration::ZERO;
    }
}
