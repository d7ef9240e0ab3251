//! What guards can be: those over closed dimensions are tried on everything that the rest of the condition lets through.

use super::finding::{Finding, FindingKind};
use super::space::Dim;
use super::witness::time_of;
use super::{Fate, Linter};
use crate::id::RuleId;
use crate::rules::{Guard, Sample};
use crate::vocabulary::Language;

/// The most combinations of values that a guard is tried on.
const MAX_TRIES: usize = 50_000;

/// The variables of guards that stand for one dimension.
const VARIABLES: [(&str, Dim); 8] = [
    ("category", Dim::Category),
    ("place", Dim::Place),
    ("kind", Dim::Kind),
    ("urgency", Dim::Urgency),
    ("channel", Dim::Channel),
    ("line", Dim::Line),
    ("reporter", Dim::Reporter),
    ("day", Dim::Day),
];

/// A value of a variable.
#[derive(Clone, Copy)]
enum Value {
    Of(Dim, usize),
    Language(Language),
    Minute(u16),
}

/// What trying a guard showed.
enum Verdict {
    /// Never true; if it always fails to be worked out, the first reason.
    Never(Option<String>),
    Always,
    Sometimes,
}

pub(super) fn check(linter: &mut Linter<'_>) {
    let guarded: Vec<usize> = linter.guarded().collect();
    for rule in guarded.iter().copied() {
        // Of an empty condition anything holds, and that it is empty was said.
        if linter.space.emptiness(&linter.regions[rule]).is_none() {
            try_guard(linter, rule);
        }
    }
    if !guarded.is_empty() {
        let all = linter.rules.rules();
        let by: Vec<RuleId> = guarded.iter().map(|rule| all[*rule].id.clone()).collect();
        let names: Vec<&str> = by.iter().map(RuleId::as_str).collect();
        let message = format!(
            "{} of {} rules have a guard, which may be false: what they match is counted as nobody's until a rule without a guard takes it ({})",
            by.len(),
            all.len(),
            names.join(", ")
        );
        let finding = Finding::new(FindingKind::Guarded, None, message, 0);
        linter.say(finding).by = by;
    }
}

fn try_guard(linter: &mut Linter<'_>, rule: usize) {
    let Some(guard) = &linter.rules.rules()[rule].when.guard else {
        return;
    };
    let id = linter.id(rule);
    let Some(axes) = axes(linter, rule, guard) else {
        let why = if guard.uses("text") {
            "it looks at the text"
        } else {
            "it can be asked of too many combinations of values"
        };
        let message = format!("nothing was proved of the guard of rule {id:?}, for {why}; test it");
        linter.find(FindingKind::UnprovenGuard, rule, message);
        return;
    };
    let usual = linter.space.sample(&linter.regions[rule]);
    match try_all(linter, guard, &axes, &usual) {
        Verdict::Sometimes => {}
        Verdict::Always => {
            let message = format!(
                "the guard of rule {id:?} is true of everything that the rest of the condition lets through; take the guard out, so that the rule counts in proofs"
            );
            linter
                .find(FindingKind::AlwaysTrueGuard, rule, message)
                .witness = Some(usual);
        }
        Verdict::Never(reason) => {
            let reason = reason.map_or(String::new(), |reason| format!(" ({reason})"));
            let message = format!(
                "the guard of rule {id:?} is never true{reason}, so the rule never matches; correct the guard or take the rule out"
            );
            linter.fates[rule] = Fate::Dead;
            linter
                .find(FindingKind::NeverTrueGuard, rule, message)
                .witness = Some(usual);
        }
    }
}

/// The values of each variable that the guard uses, within the rule's region; `None` when they cannot be counted out.
fn axes(linter: &Linter<'_>, rule: usize, guard: &Guard) -> Option<Vec<Vec<Value>>> {
    if guard.uses("text") {
        return None;
    }
    let (space, region) = (&linter.space, &linter.regions[rule]);
    let mut axes: Vec<Vec<Value>> = VARIABLES
        .iter()
        .filter(|(name, _)| guard.uses(name))
        .map(|(_, dim)| {
            space
                .values(region, *dim)
                .map(|at| Value::Of(*dim, at))
                .collect()
        })
        .collect();
    if guard.uses("language") {
        let values = space.values(region, Dim::Language);
        let languages = values.flat_map(|at| space.languages_of(at));
        axes.push(languages.map(Value::Language).collect());
    }
    let (hour, minute) = (guard.uses("hour"), guard.uses("minute"));
    if hour || minute {
        let seen = |at: u16| (hour.then_some(at / 60), minute.then_some(at % 60));
        let stretches = space.values(region, Dim::Hours);
        let mut minutes: Vec<u16> = stretches.flat_map(|at| space.minutes(at)).collect();
        minutes.sort_by_key(|at| seen(*at));
        minutes.dedup_by_key(|at| seen(*at));
        axes.push(minutes.into_iter().map(Value::Minute).collect());
    }
    let combinations = axes
        .iter()
        .try_fold(1_usize, |product, axis| product.checked_mul(axis.len()));
    combinations
        .is_some_and(|combinations| combinations <= MAX_TRIES)
        .then_some(axes)
}

fn try_all(linter: &Linter<'_>, guard: &Guard, axes: &[Vec<Value>], usual: &Sample) -> Verdict {
    let combinations: usize = axes.iter().map(Vec::len).product();
    let (mut holds, mut fails, mut reason) = (false, false, None);
    for combination in 0..combinations {
        let mut sample = usual.clone();
        let mut rest = combination;
        for axis in axes {
            match axis[rest % axis.len()] {
                Value::Of(dim, at) => linter.space.set(&mut sample, dim, at),
                Value::Language(language) => sample.language = language,
                Value::Minute(minute) => sample.time = time_of(minute),
            }
            rest /= axis.len();
        }
        match guard.holds(&sample.facts()) {
            Ok(true) => holds = true,
            Ok(false) => fails = true,
            Err(error) => {
                fails = true;
                reason.get_or_insert(error);
            }
        }
        if holds && fails {
            return Verdict::Sometimes;
        }
    }
    if holds {
        Verdict::Always
    } else {
        Verdict::Never(reason)
    }
}
