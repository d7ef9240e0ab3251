//! Days, hours and deadlines, by example and as properties.

use jiff::civil::{date, time};
use jiff::tz::TimeZoneDatabase;
use proptest::prelude::*;

use super::*;
use crate::city::testing::small_pack;

fn hours(text: &str) -> DailyHours {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// New York with offices open at these hours, one holiday and one make-up workday.
fn new_york(office_hours: &str) -> Calendar {
    let zone = TimeZoneDatabase::bundled().get("America/New_York").unwrap();
    let christmas = small_pack().city.name;
    Calendar::new(
        zone,
        vec![Weekday::Saturday, Weekday::Sunday],
        hours(office_hours),
        [(date(2026, 12, 25), christmas)].into(),
        [date(2026, 12, 26)].into(),
    )
    .unwrap()
}

#[test]
fn hours_read_and_show_alike_and_odd_ones_are_refused() {
    for text in ["08:30-18:00", "00:00-24:00", "22:00-06:00", "23:59-00:01"] {
        assert_eq!(hours(text).to_string(), text);
    }
    let odd = [
        "",
        "8:30-18:00",
        "08:30",
        "08:30-18",
        "09:00-09:00",
        "24:00-06:00",
        "10:60-11:00",
        "10:00-24:01",
        "22:00-00:00",
        "+8:30-09:00",
        "08:30–18:00",
    ];
    for text in odd {
        assert!(text.parse::<DailyHours>().is_err(), "{text}");
    }
}

#[test]
fn hours_that_wrap_hold_on_both_sides_of_midnight() {
    let night = hours("22:00-06:00");
    assert!(night.contains(time(22, 0, 0, 0)) && night.contains(time(5, 59, 59, 0)));
    assert!(!night.contains(time(6, 0, 0, 0)) && !night.contains(time(21, 59, 0, 0)));
    assert_eq!(night.length(), SignedDuration::from_hours(8));
    assert_eq!(
        DailyHours::WHOLE_DAY.length(),
        SignedDuration::from_hours(24)
    );
    assert!(DailyHours::WHOLE_DAY.contains(time(23, 59, 59, 0)));
}

#[test]
fn every_sort_of_day() {
    let calendar = small_pack().calendar;
    let class = |text: &str| calendar.day_class(text.parse().unwrap());
    assert_eq!(class("2026-10-01"), DayClass::Holiday);
    assert_eq!(class("2026-10-02"), DayClass::Workday);
    assert_eq!(class("2026-10-03"), DayClass::Weekend);
    assert_eq!(class("2026-10-10"), DayClass::Workday);
    let moment = calendar.moment(at("2026-09-30T16:30:00Z"));
    assert_eq!(
        (moment.day, moment.time),
        (DayClass::Holiday, time(0, 30, 0, 0))
    );
}

#[test]
fn a_team_is_on_duty_by_the_day_on_which_its_hours_begin() {
    let pack = small_pack();
    let on = |team: &str, when: &str| {
        pack.teams
            .get(team)
            .unwrap()
            .on_duty(at(when), &pack.calendar)
    };
    assert!(on("hekou-a", "2026-10-01T03:00:00+08:00"));
    assert!(on("hekou-b", "2026-09-30T08:30:00+08:00"));
    assert!(!on("hekou-b", "2026-09-30T18:00:00+08:00"));
    assert!(
        !on("hekou-b", "2026-10-01T12:00:00+08:00"),
        "off on holidays"
    );
    assert!(
        on("hekou-b", "2026-10-10T12:00:00+08:00"),
        "on at a make-up workday"
    );
    // Linqian: nights that begin on workdays, and weekend days.
    assert!(on("linqian-a", "2026-09-25T23:00:00+08:00"));
    assert!(
        on("linqian-a", "2026-09-26T05:00:00+08:00"),
        "Friday's night lasts into Saturday"
    );
    assert!(on("linqian-a", "2026-09-26T12:00:00+08:00"));
    assert!(
        !on("linqian-a", "2026-09-28T05:00:00+08:00"),
        "Sunday's hours do not wrap"
    );
    assert!(
        on("linqian-a", "2026-10-01T05:00:00+08:00"),
        "Wednesday's night lasts into the holiday"
    );
    assert!(!on("linqian-a", "2026-10-01T23:00:00+08:00"));
}

#[test]
fn working_time_waits_for_the_next_opening_and_ends_at_closing() {
    let calendar = small_pack().calendar;
    let after = |start: &str, term: &str| {
        let length = calendar.office_time(term.parse().unwrap());
        calendar
            .local(calendar.add_working_time(at(start), length))
            .datetime()
            .to_string()
    };
    assert_eq!(
        after("2026-09-28T10:00:00+08:00", "1d"),
        "2026-09-29T10:00:00"
    );
    assert_eq!(
        after("2026-09-28T10:00:00+08:00", "2h"),
        "2026-09-28T12:00:00"
    );
    assert_eq!(
        after("2026-09-28T17:00:00+08:00", "2h"),
        "2026-09-29T10:00:00"
    );
    assert_eq!(
        after("2026-09-28T06:00:00+08:00", "2h"),
        "2026-09-28T11:00:00"
    );
    assert_eq!(
        after("2026-09-28T18:00:00+08:00", "1d"),
        "2026-09-29T18:00:00"
    );
    assert_eq!(
        after("2026-09-26T12:00:00+08:00", "1d"),
        "2026-09-28T18:00:00"
    );
    // Over the holiday, two weekends and the make-up Saturday.
    assert_eq!(
        after("2026-09-30T12:00:00+08:00", "7d"),
        "2026-10-10T12:00:00"
    );
}

#[test]
fn days_round_the_clock_keep_the_local_time_when_clocks_change() {
    let calendar = new_york("09:00-17:00");
    // Clocks go back on 1 November 2026.
    let start = at("2026-10-31T12:00:00-04:00");
    assert_eq!(
        calendar.add_wall_time(start, Term::Days(1)),
        at("2026-11-01T12:00:00-05:00")
    );
    assert_eq!(
        calendar.add_wall_time(start, Term::Seconds(86_400)),
        at("2026-11-01T11:00:00-05:00")
    );
    let friday = at("2026-10-30T16:00:00-04:00");
    let two_hours = SignedDuration::from_hours(2);
    assert_eq!(
        calendar.add_working_time(friday, two_hours),
        at("2026-11-02T10:00:00-05:00")
    );
}

#[test]
fn a_calendar_without_working_time_is_refused() {
    let zone = TimeZoneDatabase::bundled().get("Asia/Shanghai").unwrap();
    let every_day: Vec<Weekday> = Weekday::Monday.cycle_forward().take(7).collect();
    let make = |weekend, office| {
        Calendar::new(
            zone.clone(),
            weekend,
            hours(office),
            BTreeMap::new(),
            BTreeSet::new(),
        )
    };
    assert!(make(every_day, "09:00-18:00").is_none());
    assert!(make(vec![], "18:00-09:00").is_none());
    assert!(make(vec![], "09:00-18:00").is_some());
}

#[test]
fn the_end_of_time_is_no_panic() {
    let calendar = new_york("09:00-17:00");
    assert_eq!(
        calendar.add_wall_time(Timestamp::MAX, Term::Days(3_660)),
        Timestamp::MAX
    );
    let length = calendar.office_time(Term::Days(3_660));
    assert_eq!(
        calendar.add_working_time(Timestamp::MAX, length),
        Timestamp::MAX
    );
}

/// Calendars with office hours by day, around the clock, and across the hour in which New York's clocks change.
fn calendars() -> impl Strategy<Value = Calendar> {
    prop_oneof![
        Just(small_pack().calendar),
        Just(new_york("09:00-17:00")),
        Just(new_york("00:00-24:00")),
        Just(new_york("01:30-09:00")),
    ]
}

/// Seconds of 2026 and early 2027.
fn starts() -> impl Strategy<Value = Timestamp> {
    (1_767_200_000_i64..1_801_000_000).prop_map(|second| Timestamp::from_second(second).unwrap())
}

/// Up to 40 days of nine hours.
fn lengths() -> impl Strategy<Value = SignedDuration> {
    (0_i64..1_300_000).prop_map(SignedDuration::from_secs)
}

proptest! {
    #[test]
    fn working_time_ends_in_office_hours_and_never_before_its_start(
        calendar in calendars(), start in starts(), length in lengths()
    ) {
        let end = calendar.add_working_time(start, length);
        prop_assert!(end >= start);
        prop_assert!(calendar.is_office_time(end), "{}", calendar.local(end));
    }

    #[test]
    fn a_later_start_or_a_longer_term_never_ends_earlier(
        calendar in calendars(), start in starts(), later in 0_i64..200_000,
        length in lengths(), longer in 0_i64..200_000
    ) {
        let end = calendar.add_working_time(start, length);
        let later = start + SignedDuration::from_secs(later);
        prop_assert!(calendar.add_working_time(later, length) >= end);
        let longer = length + SignedDuration::from_secs(longer);
        prop_assert!(calendar.add_working_time(start, longer) >= end);
    }

    #[test]
    fn adding_nothing_stays_in_office_hours_and_waits_for_opening_outside(
        calendar in calendars(), start in starts()
    ) {
        let end = calendar.add_working_time(start, SignedDuration::ZERO);
        if calendar.is_office_time(start) {
            prop_assert!(end == start || calendar.local(start).time() == time(0, 0, 0, 0)
                // On the day with 25 hours the last one adds nothing.
                || calendar.local(start).date() == date(2026, 11, 1));
        } else {
            prop_assert!(end > start);
        }
    }

    #[test]
    fn two_steps_are_one(start in starts(), first in lengths(), second in lengths()) {
        let calendar = small_pack().calendar;
        let one = calendar.add_working_time(start, first + second);
        let two = calendar.add_working_time(calendar.add_working_time(start, first), second);
        prop_assert_eq!(one, two);
    }

    #[test]
    fn what_was_added_lies_between(start in starts(), length in lengths()) {
        let calendar = small_pack().calendar;
        let end = calendar.add_working_time(start, length);
        // To the second: a start within one is rounded up.
        let between = calendar.working_time(start, end);
        prop_assert!((between - length).abs() <= SignedDuration::from_secs(1), "{between}");
        prop_assert_eq!(calendar.working_time(end, start), SignedDuration::ZERO);
    }

    #[test]
    fn a_pause_takes_nothing_from_what_is_left(
        start in starts(), days in 1_u32..30, worked in lengths(), pause in lengths()
    ) {
        let pack = small_pack();
        let (clocks, calendar) = (&pack.clocks, &pack.calendar);
        let class = clocks.iter().find(|class| class.working_time).unwrap();
        let was = clocks.deadline(start, Term::Days(days), true, calendar);
        let paused_at = start.checked_add(worked).unwrap().min(was.due);
        let now = paused_at.checked_add(pause).unwrap();
        let after = clocks.after_pause(class.id.as_str(), was, paused_at, now, calendar);
        let left = |from, deadline: crate::city::Deadline| calendar.working_time(from, deadline.due);
        let lost = left(paused_at, was) - left(now, after);
        prop_assert!(lost.abs() <= SignedDuration::from_secs(1), "{lost}");
        prop_assert!(after.warn <= after.due);
    }

    #[test]
    fn warnings_come_before_their_deadlines(start in starts(), days in 1_u32..60, working: bool) {
        let pack = small_pack();
        for term in [Term::Days(days), Term::Seconds(days * 1_000)] {
            let deadline = pack.clocks.deadline(start, term, working, &pack.calendar);
            prop_assert!(start <= deadline.warn && deadline.warn <= deadline.due);
        }
    }
}

#[test]
fn a_team_is_next_there_when_its_next_hours_begin() {
    let pack = small_pack();
    let next = |team: &str, when: &str| {
        let team = pack.teams.get(team).unwrap();
        team.next_duty(at(when), &pack.calendar).unwrap()
    };
    let now = "2026-09-30T12:00:00+08:00";
    assert_eq!(next("hekou-b", now), at(now), "it is there");
    // Thursday is a holiday.
    let evening = "2026-09-30T18:00:00+08:00";
    assert_eq!(next("hekou-b", evening), at("2026-10-02T08:30:00+08:00"));
    assert_eq!(next("linqian-a", now), at("2026-09-30T22:00:00+08:00"));
    let mut never = pack.teams.get("hekou-b").unwrap().clone();
    never.hours = crate::city::DutyHours::ByDay {
        workday: None,
        weekend: None,
        holiday: None,
    };
    assert_eq!(never.next_duty(at(now), &pack.calendar), None);
}
