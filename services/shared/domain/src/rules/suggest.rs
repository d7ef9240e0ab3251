//! What returned orders say about the rules: which are given back most, and the edit that the returns point to.
//!
//! A return alone says that a rule was wrong; where the case ended says what would have been right. When nearly all orders
//! of a rule that share a category, a place or both ended at the same other unit, the suggestion is a rule for just them,
//! put before the one that decided: with its conditions, so that no order of any other rule changes hands.
//! Nothing is applied by itself: an edit is a candidate that goes through lint, replay and approval as any other.

mod apply;
mod edit;
mod evidence;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::RuleSet;
use crate::case::ReturnReason;
use crate::city::CityPack;
use crate::id::{AreaId, CategoryId, RuleId, UnitId};

pub use apply::ApplyError;
pub use edit::{Edit, EditChange};

/// How many orders of a rule must have been decided before it is judged.
pub const MIN_DECIDED: u64 = 20;
/// How many orders must agree before an edit is suggested.
pub const MIN_CASES: u64 = 5;
/// How large a part of the orders must agree, in hundredths.
pub const MIN_AGREEING_PERCENT: u64 = 80;
/// The most edits of one suggestion.
pub const MAX_EDITS: usize = 20;
/// The least return rate, by its lower bound, for which a rule is listed without an edit.
pub const MIN_LISTED_RATE: f64 = 0.05;
/// The 97.5th percentile of the normal distribution: the lower bound holds in 97.5 of 100 cases.
const Z: f64 = 1.959_964;

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What the complaint was about; `None` when that was not known.
    pub category: Option<CategoryId>,
    /// Where it was; `None` when that was not known.
    pub place: Option<AreaId>,
    /// The rule that decided; `None` for the backstop.
    pub rule: Option<RuleId>,
    /// The digest of its rule set. Orders of other sets than the one that is judged are passed over; whoever knows that a
    /// rule has not changed since gives the digest of the newer set.
    pub digest: String,
    /// The unit that was given the order.
    pub unit: UnitId,
    /// Whether it gave the order back.
    pub returned: bool,
    /// The unit that signed in the end; `None` while nobody has.
    pub final_unit: Option<UnitId>,
    /// Why it was given back.
    pub reason: Option<ReturnReason>,
}

/// A rule whose orders are given back, and what to do about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The rule; `None` for the backstop.
    pub rule: Option<RuleId>,
    /// How many of its orders were decided.
    pub decided: u64,
    /// How many of them were given back.
    pub returned: u64,
    /// The return rate that can be relied on (lower bound of Wilson's interval, 95 %), 0 to 1, rounded to thousandths.
    pub rate_at_least: f64,
    /// Why they were given back, the most common reason first.
    pub reasons: Vec<ReasonCount>,
    /// What the returns point to, the edit for most orders first; at most [`MAX_EDITS`].
    pub edits: Vec<Edit>,
    /// All this in one sentence.
    pub message: String,
}

/// How often a reason was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonCount {
    /// The reason.
    pub reason: ReturnReason,
    /// How often.
    pub count: u64,
}

/// The rules whose orders are given back most, the worst first, at most `limit`: those with at least [`MIN_DECIDED`] orders and
/// with an edit to suggest or a return rate of at least [`MIN_LISTED_RATE`].
#[must_use]
pub fn suggest(
    pack: &CityPack,
    rules: &RuleSet,
    outcomes: impl IntoIterator<Item = Outcome>,
    limit: usize,
) -> Vec<Suggestion> {
    let mut by_rule: BTreeMap<Option<RuleId>, evidence::Evidence> = BTreeMap::new();
    for outcome in outcomes {
        if outcome.digest == rules.digest().as_str() {
            let evidence = by_rule.entry(outcome.rule.clone()).or_default();
            evidence.add(pack, &outcome);
        }
    }
    let mut judged: Vec<_> = by_rule
        .into_iter()
        .filter(|(_, evidence)| evidence.decided >= MIN_DECIDED && evidence.returned > 0)
        .map(|(rule, evidence)| (wilson(evidence.returned, evidence.decided), rule, evidence))
        .collect();
    judged
        .sort_by(|(a, _, one), (b, _, other)| b.total_cmp(a).then(other.decided.cmp(&one.decided)));
    let mut taken: HashSet<String> = rules
        .rules()
        .iter()
        .map(|rule| rule.id.to_string())
        .collect();
    judged
        .into_iter()
        .filter_map(|(rate, id, evidence)| {
            let rule = match &id {
                Some(id) => Some(rules.get(id.as_str())?),
                None => None,
            };
            let edits = edit::edits(pack, rule, &evidence, &mut taken);
            (rate >= MIN_LISTED_RATE || !edits.is_empty())
                .then(|| suggestion(id, rate, &evidence, edits))
        })
        .take(limit)
        .collect()
}

fn suggestion(
    rule: Option<RuleId>,
    rate: f64,
    evidence: &evidence::Evidence,
    edits: Vec<Edit>,
) -> Suggestion {
    let reasons = evidence.reasons.iter();
    let mut reasons: Vec<ReasonCount> = reasons
        .map(|(&reason, &count)| ReasonCount { reason, count })
        .collect();
    reasons.sort_by_key(|reason| Reverse(reason.count));
    let name = edit::name_of(rule.as_ref());
    let most = reasons.first().map_or_else(String::new, |most| {
        format!(", {} of them as {}", most.count, most.reason)
    });
    let rate_at_least = (rate * 1_000.0).round() / 1_000.0;
    let message = format!(
        "{} of {} orders of {name} were given back{most}: {} % or more are to be expected",
        evidence.returned,
        evidence.decided,
        (rate * 100.0).round(),
    );
    Suggestion {
        rule,
        decided: evidence.decided,
        returned: evidence.returned,
        rate_at_least,
        reasons,
        edits,
        message,
    }
}

/// The lower bound of Wilson's interval: few orders prove little.
fn wilson(returned: u64, decided: u64) -> f64 {
    let (n, z2) = (decided as f64, Z * Z);
    let rate = returned as f64 / n;
    let centre = rate + z2 / (2.0 * n);
    let spread = Z * (rate * (1.0 - rate) / n + z2 / (4.0 * n * n)).sqrt();
    ((centre - spread) / (1.0 + z2 / n)).max(0.0)
}
