//! Why a rule decided: the winner, and the rules that came close, with everything that kept each from deciding.
//!
//! Nothing of a citizen's text is in an explanation: words that were or were not found are not named.

use std::collections::BinaryHeap;

use serde::Serialize;

use super::condition::{Choice, Dimension, PlaceChoice, Rule};
use super::decide::{Facts, RuleSet};
use super::seen::Seen;
use crate::id::RuleId;
use crate::vocabulary::DayTag;

/// What is said of a value that is not known.
const NOT_KNOWN: &str = "not known";

/// Which rule decided, and which others nearly did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The rule that decided; `None` = no rule matched and the backstop holds.
    pub winner: Option<RuleId>,
    /// The rules that came close, those with the fewest failures first, then in the order of the rules.
    pub close: Vec<Near>,
    /// How many rules stand up to the winner, itself included: all of them when none matched.
    pub looked_at: usize,
}

/// A rule that came close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Near {
    /// The rule.
    pub rule: RuleId,
    /// Everything that did not hold; empty for a rule that came too late.
    pub failed: Vec<Failure>,
    /// It matched as well, but stands after the winner: the first match wins.
    pub after: bool,
}

/// Something that a rule asks and that did not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What the rule asks about.
    pub dimension: Dimension,
    /// What it wants, such as `any of utilities.gas, utilities.water`.
    pub wanted: String,
    /// What the complaint has, such as `housing.heating` or `not known`.
    pub found: String,
}

impl RuleSet {
    /// Tells which rule [`RuleSet::decide`] takes for these facts, and the `limit` other rules that came closest. Rules
    /// before the winner come with what failed. Rules after it are told only when they match; they get at most half of
    /// the places while there are others to tell.
    #[must_use]
    pub fn explain(&self, facts: &Facts<'_>, limit: usize) -> Explanation {
        let seen = Seen::new(facts, self.compiled());
        let winner = seen.first(self.rules());
        let looked_at = winner.map_or(self.rules().len(), |winner| winner + 1);
        let mut before = self.nearest(&seen, winner.unwrap_or(looked_at), limit);
        let places = (limit / 2).max(limit - before.len());
        let mut close = self.matching_after(&seen, looked_at, places);
        before.truncate(limit - close.len());
        close.append(&mut before);
        Explanation {
            winner: winner.map(|winner| self.rules()[winner].id.clone()),
            close,
            looked_at,
        }
    }

    /// The first rules from an index on that match.
    fn matching_after(&self, seen: &Seen<'_>, from: usize, limit: usize) -> Vec<Near> {
        let rules = self.rules().iter().enumerate().skip(from);
        let matching = rules.filter(|(at, rule)| {
            seen.failed(*at).next().is_none() && seen.guard_holds(rule) == Ok(true)
        });
        let near = matching.map(|(_, rule)| Near {
            rule: rule.id.clone(),
            failed: Vec::new(),
            after: true,
        });
        near.take(limit).collect()
    }

    /// The rules before an index, none of which matches, with the fewest failures.
    fn nearest(&self, seen: &Seen<'_>, until: usize, limit: usize) -> Vec<Near> {
        // The best so far, the worst of them on top.
        let mut best = BinaryHeap::new();
        for (at, rule) in self.rules()[..until].iter().enumerate() {
            let failed = seen.failed(at).count();
            let worst = best.peek().copied().filter(|_| best.len() >= limit);
            // Guards are dear: only that of a rule which would be told is asked.
            if worst.is_none_or(|worst| (failed, at) < worst) {
                best.push((failed + usize::from(seen.guard_holds(rule) != Ok(true)), at));
            }
            if best.len() > limit {
                best.pop();
            }
        }
        let near = best.into_sorted_vec().into_iter().map(|(_, at)| Near {
            rule: self.rules()[at].id.clone(),
            failed: failures(seen, at, &self.rules()[at]),
            after: false,
        });
        near.collect()
    }
}

/// Everything of a rule that does not hold.
fn failures(seen: &Seen<'_>, at: usize, rule: &Rule) -> Vec<Failure> {
    let failure = |dimension| Failure {
        dimension,
        wanted: wanted(rule, dimension),
        found: found(seen, at, dimension),
    };
    let guard = rule.when.guard.as_ref().and_then(|guard| {
        let found = match seen.guard_holds(rule) {
            Ok(true) => return None,
            Ok(false) => "false".to_owned(),
            Err(reason) => format!("it {reason}"),
        };
        Some(Failure {
            dimension: Dimension::Guard,
            wanted: guard.source().to_owned(),
            found,
        })
    });
    seen.failed(at).map(failure).chain(guard).collect()
}

/// What a rule wants of a dimension, for people.
fn wanted(rule: &Rule, dimension: Dimension) -> String {
    let when = &rule.when;
    match dimension {
        Dimension::Category => choice(&when.category),
        Dimension::Place => place(&when.place),
        Dimension::Kind => choice(&when.kind),
        Dimension::Urgency => choice(&when.urgency),
        Dimension::Channel => choice(&when.channel),
        Dimension::Line => choice(&when.line),
        Dimension::Language => choice(&when.language),
        Dimension::Reporter => choice(&when.reporter),
        Dimension::Day => choice(&when.day),
        Dimension::Hours => when
            .hours
            .map(|hours| hours.to_string())
            .unwrap_or_default(),
        Dimension::Keywords => choice(&when.keywords),
        Dimension::Guard => when
            .guard
            .as_ref()
            .map_or("", |guard| guard.source())
            .to_owned(),
    }
}

fn choice<T: ToString>(choice: &Choice<T>) -> String {
    parts([
        list("any of", &choice.any_of),
        list("none of", &choice.none_of),
    ])
}

fn place(place: &PlaceChoice) -> String {
    let known = place.known.map(|known| match known {
        true => "a known place".to_owned(),
        false => "no known place".to_owned(),
    });
    let areas = (!place.areas.is_empty()).then(|| choice(&place.areas));
    parts([known, areas])
}

fn list<T: ToString>(label: &str, values: &[T]) -> Option<String> {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    (!values.is_empty()).then(|| format!("{label} {}", values.join(", ")))
}

fn parts<const N: usize>(parts: [Option<String>; N]) -> String {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join("; ")
}

/// What the complaint has of a dimension, for people.
fn found(seen: &Seen<'_>, rule: usize, dimension: Dimension) -> String {
    let facts = seen.facts;
    let word = match dimension {
        Dimension::Category => return known(facts.category, seen.category),
        Dimension::Place => return known(facts.area, seen.area),
        Dimension::Language => return facts.language.to_string(),
        Dimension::Day => return day(facts),
        Dimension::Hours => return facts.moment.time.strftime("%H:%M").to_string(),
        Dimension::Keywords => match seen.words_failed(rule) {
            (true, false) => "none of its words",
            (true, true) => "none of its words, and one that it rules out",
            (false, _) => "a word that it rules out",
        },
        Dimension::Kind => facts.kind.as_str(),
        Dimension::Urgency => facts.urgency.as_str(),
        Dimension::Channel => facts.channel.as_str(),
        Dimension::Line => facts.line.as_str(),
        Dimension::Reporter => facts.reporter.as_str(),
        Dimension::Guard => "false",
    };
    word.to_owned()
}

/// An id, unless there is none or the pack does not have it.
fn known<T: ToString>(id: Option<&T>, number: Option<usize>) -> String {
    match (id, number) {
        (Some(id), Some(_)) => id.to_string(),
        (Some(id), None) => format!("{NOT_KNOWN} (the city has no {})", id.to_string()),
        (None, _) => NOT_KNOWN.to_owned(),
    }
}

fn day(facts: &Facts<'_>) -> String {
    let tags = DayTag::ALL.iter().filter(|tag| facts.moment.is(**tag));
    let tags: Vec<&str> = tags.map(|tag| tag.as_str()).collect();
    tags.join(", ")
}

#[cfg(test)]
mod tests;
