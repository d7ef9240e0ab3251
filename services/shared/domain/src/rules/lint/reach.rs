//! Which rules no complaint reaches, and which say the same twice.

use std::collections::HashMap;
use std::sync::Arc;

use super::finding::FindingKind;
use super::search::{Cover, MAX_PARTS, is_within};
use super::space::{Dim, Region};
use super::{Fate, Linter};
use crate::rules::Sample;

/// A region, and the guard's text if there is one: the same for two rules that match the same.
type Meaning = (Region, Option<Arc<str>>);

pub(super) fn check(linter: &mut Linter<'_>) {
    let mut first: HashMap<Meaning, usize> = HashMap::new();
    for rule in 0..linter.regions.len() {
        if is_empty(linter, rule) || is_duplicate(linter, rule, &mut first) {
            linter.fates[rule] = Fate::Dead;
            continue;
        }
        let region = linter.regions[rule].clone();
        let before = linter.solid_before(rule, &region);
        let whole = |other: &usize| is_within(&linter.space, &region, &linter.regions[*other]);
        match before.iter().copied().find(whole) {
            Some(by) => taken_by_one(linter, rule, by, before),
            None => taken_by_all(linter, rule, before),
        }
    }
}

fn is_empty(linter: &mut Linter<'_>, rule: usize) -> bool {
    let Some(empty) = linter.space.emptiness(&linter.regions[rule]) else {
        return false;
    };
    let why = match empty {
        Ok(Dim::Category) => "its category: none_of takes out all that any_of names",
        Ok(Dim::Place) if linter.rules.rules()[rule].when.place.known == Some(false) => {
            "its place: a complaint without a place is in no area"
        }
        Ok(Dim::Place) => "its place: none_of takes out all that any_of names",
        Ok(Dim::Day) => "its day: no day is all of any_of and nothing of none_of",
        Ok(Dim::Hours) => "its hours",
        Err(()) => "its keywords: every text with a word of any_of has a word of none_of in it",
        Ok(_) => "any_of and none_of: nothing is left",
    };
    let message = format!(
        "rule {:?} matches nothing, for it contradicts itself in {why}; take one of them out, or the rule",
        linter.id(rule)
    );
    linter.find(FindingKind::Empty, rule, message);
    true
}

fn is_duplicate(linter: &mut Linter<'_>, rule: usize, first: &mut HashMap<Meaning, usize>) -> bool {
    let this = &linter.rules.rules()[rule];
    let guard = this.when.guard.as_ref().map(|guard| guard.source().into());
    let region = linter.regions[rule].clone();
    let other = *first.entry((region.clone(), guard)).or_insert(rule);
    if other == rule {
        return false;
    }
    let that = &linter.rules.rules()[other];
    let (kind, advice) = if that.then == this.then {
        (
            FindingKind::Duplicate,
            "does the same; take one of them out",
        )
    } else {
        (
            FindingKind::ConflictingDuplicate,
            "decides otherwise, and only the first is heard; keep one, or make their conditions differ",
        )
    };
    let message = format!(
        "rule {:?} matches exactly what rule {:?} on line {} matches and {advice}",
        this.id.as_str(),
        that.id.as_str(),
        linter.rules.line(other)
    );
    let by = that.id.clone();
    let witness = decided_by(linter, &region, other);
    let finding = linter.find(kind, rule, message);
    finding.by = vec![by];
    finding.witness = witness;
    true
}

/// One earlier rule takes all that the rule matches, unless those before it take it already.
fn taken_by_one(linter: &mut Linter<'_>, rule: usize, by: usize, mut before: Vec<usize>) {
    linter.fates[rule] = Fate::Dead;
    before.retain(|other| *other < by);
    let region = linter.regions[rule].clone();
    if let Cover::Closed(used) = linter.search(region.clone(), before) {
        return unreachable(linter, rule, used.into_iter().collect());
    }
    let witness = decided_by(linter, &region, by);
    let message = format!(
        "no complaint reaches rule {:?}: rule {:?} on line {} takes all that it matches; move it up, make that one narrower, or take it out",
        linter.id(rule),
        linter.id(by),
        linter.rules.line(by)
    );
    let by = linter.rules.rules()[by].id.clone();
    let finding = linter.find(FindingKind::Shadowed, rule, message);
    finding.by = vec![by];
    finding.witness = witness;
}

fn taken_by_all(linter: &mut Linter<'_>, rule: usize, before: Vec<usize>) {
    let region = linter.regions[rule].clone();
    match linter.search(region, before) {
        Cover::Open(_) => {}
        Cover::Closed(used) => {
            linter.fates[rule] = Fate::Dead;
            unreachable(linter, rule, used.into_iter().collect());
        }
        Cover::Undecided => {
            let message = format!(
                "whether any complaint reaches rule {:?} was not found out in {MAX_PARTS} steps; give it a simpler condition",
                linter.id(rule)
            );
            linter.find(FindingKind::Undecided, rule, message);
        }
    }
}

/// `used` together take all that the rule matches.
fn unreachable(linter: &mut Linter<'_>, rule: usize, used: Vec<usize>) {
    let region = linter.regions[rule].clone();
    let mut takers = Vec::new();
    for other in used {
        let share = linter.space.both(&region, &linter.regions[other]);
        let before: Vec<usize> = takers.clone();
        let takes_more =
            share.is_some_and(|share| !matches!(linter.search(share, before), Cover::Closed(_)));
        if takes_more {
            takers.push(other);
        }
    }
    let shown = takers.iter().enumerate().find_map(|(at, other)| {
        let share = linter.space.both(&region, &linter.regions[*other])?;
        Some((at, decided_by(linter, &share, *other)?))
    });
    let (at, witness) = shown.map_or((0, None), |(at, witness)| (at, Some(witness)));
    let names: Vec<String> = takers
        .iter()
        .take(5)
        .map(|other| format!("{:?}", linter.id(*other)))
        .collect();
    let more = match takers.len().saturating_sub(names.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "no complaint reaches rule {:?}: {}{more} before it together take all that it matches; move it up, make those narrower, or take it out",
        linter.id(rule),
        names.join(", ")
    );
    if !takers.is_empty() {
        takers[..=at].rotate_right(1);
    }
    let all = linter.rules.rules();
    let by = takers.iter().map(|other| all[*other].id.clone()).collect();
    let finding = linter.find(FindingKind::Unreachable, rule, message);
    finding.by = by;
    finding.witness = witness;
}

/// A complaint of the region, which is within the rule's, that this rule decides.
fn decided_by(linter: &mut Linter<'_>, region: &Region, rule: usize) -> Option<Sample> {
    // Outside the rules with guards too, if that can be: then there is no doubt.
    let all: Vec<usize> = (0..rule).collect();
    let certain = match linter.search(region.clone(), all) {
        Cover::Open(free) => Some(free),
        _ => None,
    };
    let free = match certain {
        Some(free) => free,
        None => linter.reaching(rule, region)?,
    };
    let rules = linter.rules;
    let decides = |sample: &Sample| {
        rules.decide(&sample.facts()).rule.as_ref() == Some(&rules.rules()[rule].id)
    };
    let usual = linter.space.sample(&free);
    if decides(&usual) {
        return Some(usual);
    }
    // A guard before it is true of this one: perhaps it is not of one that differs a little.
    Dim::ALL.into_iter().find_map(|dim| {
        linter.space.values(&free, dim).find_map(|value| {
            let mut sample = usual.clone();
            linter.space.set(&mut sample, dim, value);
            decides(&sample).then_some(sample)
        })
    })
}
