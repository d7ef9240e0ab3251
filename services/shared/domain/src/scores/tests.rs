use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::archive::{CaseRow, Facts};
use crate::case::{Callback, CallbackVia, Case, CloseReason, Event, Outcome};
use crate::city::CityPack;
use crate::city::testing::{small_pack, small_pack_files};
use crate::number::{CaseNumber, Partition};
use crate::vocabulary::{Channel, Line as Hotline, ReporterType};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A case that ended: taken in, answered for by a subdistrict, its citizen reached once, all well.
fn row() -> CaseRow<'static> {
    let number = CaseNumber::new(Partition(7), 12).unwrap();
    let (case, accepted) = Case::accept(number, at("2026-11-05T01:00:00Z"));
    let history = [(case.accepted_at, accepted)];
    let mut row = CaseRow::of(&Facts {
        case: Box::leak(Box::new(case)),
        history: Box::leak(Box::new(history)),
        channel: Channel::Phone,
        line: Hotline::General,
        reporter: ReporterType::Resident,
        district: Some("01"),
        caller: None,
    });
    row.ended_at = at("2026-11-09T01:00:00Z");
    row.state = "closed";
    row.kind = Some("complaint");
    row.category = Some("streets.light");
    row.unit = Some("st-hekou");
    row.team = Some("hekou-a");
    row.reached = Some(true);
    row.called_back_at = Some(at("2026-11-08T17:00:00Z"));
    row.contacted = Some(true);
    row.solved = Some(true);
    row.satisfied = Some(true);
    row
}

/// The same, reached before: another unit had it then, and nothing was solved.
fn reopened() -> CaseRow<'static> {
    CaseRow {
        first_reached_at: Some(at("2026-11-06T01:00:00Z")),
        first_unit: Some("st-linqian"),
        first_team: Some("linqian-a"),
        first_contacted: Some(true),
        first_solved: Some(false),
        first_satisfied: None,
        reopened: 1,
        ..row()
    }
}

fn zone(pack: &CityPack) -> &TimeZone {
    &pack.city.time_zone
}

fn line<'a>(row: &CaseRow<'a>, pack: &'a CityPack) -> Option<Line<'a>> {
    Line::of(row, &pack.scores, zone(pack))
}

fn answers(
    contacted: Option<bool>,
    solved: Option<bool>,
    satisfied: Option<bool>,
) -> Verdict<'static> {
    Verdict::Answers {
        contacted,
        solved,
        satisfied,
    }
}

#[test]
fn a_case_counts_on_the_citys_own_day_of_the_answers() {
    let pack = small_pack();
    let row = row();
    let line = line(&row, &pack).unwrap();
    // 17:00 UTC is 01:00 of the next day in Shanghai.
    assert_eq!(line.day, day("2026-11-09"));
    assert_eq!((line.unit, line.team), ("st-hekou", Some("hekou-a")));
    assert_eq!(line.verdict, answers(Some(true), Some(true), Some(true)));
    assert_eq!(line.formula.from, day("2026-01-01"));
}

#[test]
fn of_a_case_that_was_taken_up_again_the_first_answers_count_or_the_last_as_the_formula_says() {
    let pack = small_pack();
    let first = reopened();
    let counted = line(&first, &pack).unwrap();
    assert_eq!(
        (counted.unit, counted.team),
        ("st-linqian", Some("linqian-a"))
    );
    assert_eq!(counted.day, day("2026-11-06"));
    assert_eq!(counted.verdict, answers(Some(true), Some(false), None));

    let mut last = reopened();
    last.accepted_at = at("2027-01-05T01:00:00Z");
    let counted = line(&last, &pack).unwrap();
    assert_eq!(counted.unit, "st-hekou");
    assert_eq!(counted.day, day("2027-01-05"));
    assert_eq!(counted.verdict, answers(Some(true), Some(true), Some(true)));
}

#[test]
fn a_formula_is_for_what_is_taken_in_from_its_day_on() {
    let pack = small_pack();
    let mut row = row();
    row.accepted_at = at("2025-12-31T15:59:59Z");
    assert_eq!(line(&row, &pack), None);
    row.accepted_at = at("2025-12-31T16:00:00Z");
    let first = line(&row, &pack).unwrap();
    row.accepted_at = at("2026-12-31T16:00:00Z");
    let second = line(&row, &pack).unwrap();
    assert_eq!(first.formula.from, day("2026-01-01"));
    assert_eq!(second.formula.from, day("2027-01-01"));
    assert_ne!(first.formula.digest(), second.formula.digest());
}

#[test]
fn an_open_case_counts_once_its_citizen_was_reached_and_nobodys_never() {
    let pack = small_pack();
    let mut row = row();
    row.state = "resolved";
    assert!(line(&row, &pack).is_some());
    row.reached = Some(false);
    assert_eq!(line(&row, &pack), None);
    row.state = "closed";
    assert_eq!(line(&row, &pack).unwrap().verdict, Verdict::Unreached);
    assert_eq!(line(&row, &pack).unwrap().day, day("2026-11-09"));
    row.unit = None;
    assert_eq!(line(&row, &pack), None);
}

#[test]
fn what_an_exclusion_names_does_not_count() {
    let pack = small_pack();
    let mut row = row();
    row.kind = Some("praise");
    let excluded = line(&row, &pack).unwrap();
    let Verdict::Excluded(by) = excluded.verdict else {
        panic!("{excluded:?}");
    };
    assert_eq!(by.id.as_str(), "inquiry");
    let mut tally = Tally::default();
    tally.add(&excluded);
    assert_eq!(tally.assessed, 0);
    assert_eq!(tally.excluded[&by.id], 1);

    row.kind = Some("help");
    row.state = "withdrawn";
    let Verdict::Excluded(by) = line(&row, &pack).unwrap().verdict else {
        panic!("not excluded");
    };
    assert_eq!(by.id.as_str(), "withdrawn");
}

#[test]
fn the_row_says_how_it_counts() {
    let pack = small_pack();
    let row = reopened().scored(&pack.scores, zone(&pack));
    assert_eq!(row.score_unit, Some("st-linqian"));
    assert_eq!(row.score_team, Some("linqian-a"));
    assert_eq!(row.score_day, Some(day("2026-11-06")));
    assert_eq!(
        (row.score_contacted, row.score_solved),
        (Some(true), Some(false))
    );
    assert_eq!(row.score_satisfied, None);
    assert_eq!(row.score_excluded, None);
    let digest = pack.scores.on(day("2026-11-06")).unwrap().digest();
    assert_eq!(row.score_formula, Some(digest.prefix()));
}

#[test]
fn the_score_is_the_weighted_mean_of_the_rates() {
    let pack = small_pack();
    let weights = &pack.scores.on(day("2026-11-06")).unwrap().weights;
    let tally = Tally {
        assessed: 4,
        contacted: 4,
        contacted_of: 4,
        solved: 3,
        solved_of: 4,
        satisfied: 1,
        satisfied_of: 2,
        ..Tally::default()
    };
    assert_eq!(tally.response(), Some(1.0));
    assert_eq!(tally.resolution(), Some(0.75));
    assert_eq!(tally.satisfaction(), Some(0.5));
    // (1 × 1 + 2 × 0.75 + 1 × 0.5) / 4
    assert_eq!(tally.score(weights), Some(75.0));
    let nobody_said = Tally {
        satisfied_of: 0,
        ..tally
    };
    assert_eq!(nobody_said.score(weights), None);
    let without = &pack.scores.on(day("2027-11-06")).unwrap().weights;
    assert_eq!(Tally::default().score(without), None);
}

#[test]
fn equals_share_a_rank_and_few_cases_have_none() {
    let pack = small_pack();
    let weights = pack.scores.on(day("2026-11-06")).unwrap().weights;
    let of = |solved, of| Tally {
        assessed: of,
        contacted: of,
        contacted_of: of,
        solved,
        solved_of: of,
        satisfied: of,
        satisfied_of: of,
        ..Tally::default()
    };
    let all = [
        ("few", of(1, 1)),
        ("c", of(1, 4)),
        ("a", of(2, 4)),
        ("b", of(3, 6)),
        ("nothing", Tally::default()),
    ];
    let ranked = rank(all, &weights, 2);
    let places: Vec<_> = ranked.iter().map(|one| (one.who, one.rank)).collect();
    let expected = [
        ("a", Some(1)),
        ("b", Some(1)),
        ("c", Some(3)),
        ("few", None),
        ("nothing", None),
    ];
    assert_eq!(places, expected);
}

#[test]
fn a_digest_is_of_what_counts_and_not_of_names() {
    let with = |from: &str, to: &str| {
        let mut files = small_pack_files();
        let text = files["scores.yaml"].replace(from, to);
        assert_ne!(text, files["scores.yaml"]);
        files.insert("scores.yaml".to_owned(), text);
        let pack = CityPack::parse(&files).unwrap();
        pack.scores.iter().next().unwrap().digest().clone()
    };
    let digest = small_pack().scores.iter().next().unwrap().digest().clone();
    assert_eq!(with("en: Withdrawn", "en: Taken back"), digest);
    assert_eq!(
        with("[consultation, praise]", "[praise, consultation]"),
        digest
    );
    for (from, to) in [
        ("answers: first", "answers: last"),
        ("day: answered", "day: ended"),
        ("resolution: 2", "resolution: 3"),
        ("min_cases: 2", "min_cases: 3"),
        ("[consultation, praise]", "[consultation]"),
        ("by: district", "by: unit"),
        ("2026-01-01", "2026-02-01"),
    ] {
        assert_ne!(with(from, to), digest, "{to}");
    }
}

fn called_back(unit: &str, solved: bool) -> Event {
    Event::CalledBack {
        unit: Some(unit.parse().unwrap()),
        entry: None,
        callback: Callback {
            reached: true,
            contacted: Some(true),
            solved: Some(solved),
            satisfied: None,
        },
        via: CallbackVia::Phone,
        again_at: None,
        comment: String::new(),
    }
}

#[test]
fn a_row_keeps_what_was_said_before_the_case_went_elsewhere() {
    let number = CaseNumber::new(Partition(1), 1).unwrap();
    let start = at("2026-11-05T01:00:00Z");
    let (mut case, accepted) = Case::accept(number, start);
    let mut history = vec![(start, accepted)];
    let later = |hours| start + SignedDuration::from_hours(hours);
    let mut step = |hours, event: Event| {
        case.evolve(&event, later(hours));
        history.push((later(hours), event));
    };
    let followed = |unit: &str| Event::Followed {
        into: number,
        unit: unit.parse().unwrap(),
        outcome: Outcome::Solved,
        callback: crate::case::Due {
            warn_at: later(90),
            at: later(100),
        },
    };
    step(1, followed("st-linqian"));
    step(2, called_back("st-linqian", false));
    step(3, followed("st-hekou"));
    step(
        4,
        Event::Closed {
            reason: CloseReason::Unreachable,
        },
    );
    let facts = Facts {
        case: &case,
        history: &history,
        channel: Channel::Phone,
        line: Hotline::General,
        reporter: ReporterType::Resident,
        district: None,
        caller: None,
    };
    let row = CaseRow::of(&facts);
    // It was reached once, but about another unit than the one that had it in the end.
    assert_eq!(row.unit, Some("st-hekou"));
    assert_eq!((row.reached, row.solved), (Some(true), Some(false)));
    assert_eq!(row.first_unit, Some("st-linqian"));
    assert_eq!(row.first_reached_at, Some(later(2)));
    let pack = small_pack();
    assert_eq!(line(&row, &pack).unwrap().unit, "st-linqian");
}

#[test]
fn a_pack_without_formulas_scores_nobody() {
    let mut files = small_pack_files();
    files.remove("scores.yaml");
    let pack = CityPack::parse(&files).unwrap();
    assert!(pack.scores.is_empty());
    assert_eq!(line(&row(), &pack), None);
}

#[test]
fn what_is_wrong_with_a_formula_is_named() {
    let wrong = |from: &str, to: &str| {
        let mut files = small_pack_files();
        let text = files["scores.yaml"].replacen(from, to, 1);
        files.insert("scores.yaml".to_owned(), text);
        CityPack::parse(&files).unwrap_err().to_string()
    };
    for (from, to, told) in [
        (
            "2026-01-01",
            "1.1.2026",
            "scores.yaml:2:11: \"1.1.2026\" is no date",
        ),
        (
            "answers: first",
            "answers: best",
            "scores.yaml:3:14: \"best\" is not one of first, last",
        ),
        (
            "day: answered",
            "days: answered",
            "scores.yaml:4:5: unknown key \"days\"; did you mean \"day\"?",
        ),
        (
            "{response: 1, resolution: 2, satisfaction: 1}",
            "{response: 0, resolution: 0, satisfaction: 0}",
            "no rate has weight",
        ),
        ("response: 1", "response: -1", "write a number from 0 up"),
        (
            "min_cases: 2",
            "min_cases: 0",
            "write a whole number of at least 1",
        ),
        (
            ", kinds: [consultation, praise]",
            "",
            "takes every case out",
        ),
        ("[consultation, praise]", "[]", "the list is empty"),
        ("withdrawn: true", "withdrawn: false", "leave it out"),
        (
            "withdrawn: true",
            "categories: [nothing]",
            "category \"nothing\"",
        ),
        (
            "withdrawn: true",
            "units: [st-heko]",
            "did you mean \"st-hekou\"?",
        ),
        (
            "id: withdrawn",
            "id: inquiry",
            "exclusion \"inquiry\" is already on line 8",
        ),
        (
            "from: 2027-01-01",
            "from: 2026-01-01",
            "begins on 2026-01-01 as well",
        ),
        (
            "by: district",
            "by: city",
            "\"city\" is not one of unit, district",
        ),
    ] {
        let errors = wrong(from, to);
        assert!(errors.contains(told), "{to}: {errors}");
    }
}

proptest! {
    #[test]
    fn sums_do_not_depend_on_how_they_are_grouped(
        said in proptest::collection::vec((any::<Option<bool>>(), any::<Option<bool>>(), any::<Option<bool>>(), 0u8..3), 0..40),
        split in 0usize..40,
    ) {
        let pack = small_pack();
        let rows: Vec<CaseRow<'_>> = said
            .iter()
            .map(|(contacted, solved, satisfied, how)| CaseRow {
                reached: Some(*how > 0),
                kind: Some(if *how == 2 { "praise" } else { "help" }),
                contacted: *contacted,
                solved: *solved,
                satisfied: *satisfied,
                ..row()
            })
            .collect();
        let sum = |rows: &[CaseRow<'_>]| {
            let mut tally = Tally::default();
            rows.iter().filter_map(|row| line(row, &pack)).for_each(|line| tally.add(&line));
            tally
        };
        let (left, right) = rows.split_at(split.min(rows.len()));
        let mut together = sum(left);
        together += &sum(right);
        let whole = sum(&rows);
        prop_assert_eq!(&together, &whole);
        for rate in [whole.response(), whole.resolution(), whole.satisfaction()].into_iter().flatten() {
            prop_assert!((0.0..=1.0).contains(&rate));
        }
        let excluded: u64 = whole.excluded.values().sum();
        prop_assert_eq!(whole.assessed + whole.unreached + excluded, rows.len() as u64);
    }
}
