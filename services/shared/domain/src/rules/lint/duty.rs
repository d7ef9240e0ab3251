//! Whether somebody is on duty whenever an emergency can come.

use std::collections::BTreeSet;

use super::Linter;
use super::finding::FindingKind;
use super::places::Desk;
use super::space::{DAY_MINUTES, Dim};
use super::staff::names;
use super::witness::time_of;
use crate::city::{DutyHours, Team};
use crate::rules::Sample;
use crate::vocabulary::{DayClass, Urgency};

pub(super) fn check(linter: &mut Linter<'_>, rule: usize, desks: &[Desk<'_>]) {
    if !is_for_emergencies(linter, rule) {
        return;
    }
    let gaps: Vec<(Gap, Desk<'_>)> = desks
        .iter()
        .filter_map(|desk| find_gap(linter, rule, desk))
        .collect();
    // The first of them that a complaint reaches is the one that is shown.
    let shown = gaps.iter().find_map(|(gap, desk)| {
        let witness = witness(linter, rule, *gap, &desk.places)?;
        Some((*gap, witness))
    });
    let Some((gap, witness)) = shown else { return };
    let desks: Vec<Desk<'_>> = gaps.into_iter().map(|(_, desk)| desk).collect();
    let message = format!(
        "rule {:?} sends emergencies to {} has no team on duty at some time, such as at {:02}:{:02} on a {} after a {}; put a team on duty then, or let another unit lead",
        linter.id(rule),
        names(&desks),
        gap.minute / 60,
        gap.minute % 60,
        witness.day,
        gap.before
    );
    linter.find(FindingKind::NeverOnDuty, rule, message).witness = Some(witness);
}

/// Whether all that the rule decides goes to the emergency lane.
fn is_for_emergencies(linter: &Linter<'_>, rule: usize) -> bool {
    let mut urgencies = linter.space.values(&linter.regions[rule], Dim::Urgency);
    match linter.rules.rules()[rule].then.lane {
        Some(lane) => lane == Urgency::Emergency,
        None => urgencies.all(|at| Urgency::ALL[at] == Urgency::Emergency),
    }
}

/// A moment at which nobody is there.
#[derive(Clone, Copy)]
struct Gap {
    /// A value of [`Dim::Day`].
    day: usize,
    /// What the day before it is: shifts that wrap past midnight belong to it.
    before: DayClass,
    minute: u16,
}

/// A complaint at this moment, in one of these places, that reaches the rule.
fn witness(linter: &mut Linter<'_>, rule: usize, gap: Gap, places: &[usize]) -> Option<Sample> {
    let mut region = linter.regions[rule].clone();
    let space = &linter.space;
    space.keep(&mut region, Dim::Place, |place| places.contains(&place));
    space.keep(&mut region, Dim::Day, |day| day == gap.day);
    space.keep(&mut region, Dim::Hours, |at| {
        space.minutes(at).contains(&gap.minute)
    });
    let free = linter.reaching(rule, &region)?;
    Some(Sample {
        time: time_of(gap.minute),
        ..linter.space.sample(&free)
    })
}

/// A moment that the rule covers at which no team of the unit is on duty, and where.
fn find_gap<'p>(linter: &Linter<'p>, rule: usize, desk: &Desk<'p>) -> Option<(Gap, Desk<'p>)> {
    let pack = linter.space.pack;
    let teams: Vec<&Team> = pack.teams.of_unit(desk.unit.id.as_str()).collect();
    let (unit, always) = (desk.unit, DutyHours::Always);
    let anywhere = |team: &Team| team.areas.is_empty();
    if teams
        .iter()
        .filter(|team| anywhere(team))
        .any(|team| team.hours == always)
    {
        return None;
    }
    if teams.iter().all(|team| anywhere(team)) {
        let places = desk.places.clone();
        return Some((gap_among(linter, rule, &teams)?, Desk { unit, places }));
    }
    desk.places.iter().find_map(|place| {
        let area = pack.areas.iter().nth(*place).map(|area| &area.id);
        let serving = teams.iter().filter(|team| team.serves(area, &pack.areas));
        let serving: Vec<&Team> = serving.copied().collect();
        let places = vec![*place];
        Some((gap_among(linter, rule, &serving)?, Desk { unit, places }))
    })
}

/// A moment that the rule covers at which none of these teams is on duty.
fn gap_among(linter: &Linter<'_>, rule: usize, teams: &[&Team]) -> Option<Gap> {
    let (space, region) = (&linter.space, &linter.regions[rule]);
    // Somebody can leave only when a shift ends; and a stretch of the rule's hours can begin when nobody is there.
    let shifts = || {
        let hours = teams.iter().flat_map(|team| {
            let days = DayClass::ALL.iter();
            days.filter_map(|day| team.hours.on(*day))
        });
        hours.map(|hours| hours.to_minute() % DAY_MINUTES)
    };
    let stretches = space.values(region, Dim::Hours);
    let minutes: BTreeSet<u16> = stretches
        .flat_map(|at| {
            let stretch = space.minutes(at);
            let begin = stretch.start;
            shifts()
                .chain([0])
                .filter(move |minute| stretch.contains(minute))
                .chain([begin])
        })
        .collect();
    space.values(region, Dim::Day).find_map(|day| {
        DayClass::ALL.iter().find_map(|before| {
            let there = |team: &&Team, minute| {
                let today = team.hours.on(DayClass::ALL[day / 2]);
                today.is_some_and(|hours| hours.from_its_start(time_of(minute)))
                    || team
                        .hours
                        .on(*before)
                        .is_some_and(|hours| hours.into_the_next_day(time_of(minute)))
            };
            let nobody = |minute: &u16| !teams.iter().any(|team| there(team, *minute));
            let minute = minutes.iter().copied().find(nobody)?;
            Some(Gap {
                day,
                before: *before,
                minute,
            })
        })
    })
}
