//! What is wrong with rules that can be read: proved, not sampled.
//!
//! Every condition is a region of a finite space ([`space`]), so whether earlier rules leave a later one anything, and
//! whether every matter of every place reaches a rule, is decided exactly ([`search`]), with a complaint that shows it.
//! A guard may always be false: a rule with one is never counted as taking anything from others, and the
//! report says which rules have one.
//!
//! **Invariants**
//! - A rule that is not said to be unreachable, shadowed or empty decides some complaint, if guards before it are false.
//! - A witness satisfies the condition of the rule it is about, but for its guard.
//! - What could not be decided within the bounds is said, never guessed.

mod coverage;
mod duty;
mod finding;
mod guards;
mod holes;
mod places;
#[cfg(test)]
mod properties;
mod reach;
mod search;
mod space;
mod staff;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod texts;
mod witness;

pub use finding::{Finding, FindingKind, LintProofs, LintReport, Severity};

use super::decide::RuleSet;
use crate::city::CityPack;
use search::Cover;
use space::{Region, Space};

/// Looks for what is wrong with rules that were read against this pack.
#[must_use]
pub fn lint(pack: &CityPack, rules: &RuleSet) -> LintReport {
    let mut linter = Linter::new(pack, rules);
    reach::check(&mut linter);
    guards::check(&mut linter);
    staff::check(&mut linter);
    let mut proofs = coverage::check(&mut linter);
    proofs.rules = rules.rules().len();
    proofs.guarded_rules = linter.guarded().count();
    proofs.parts = linter.parts;
    LintReport::new(linter.findings, proofs)
}

/// What is known of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It decides something, or it could not be found out that it does not.
    Lives,
    /// It never decides anything.
    Dead,
}

/// The rules, as regions, and what was found so far.
struct Linter<'a> {
    rules: &'a RuleSet,
    space: Space<'a>,
    regions: Vec<Region>,
    fates: Vec<Fate>,
    findings: Vec<Finding>,
    /// How many parts of regions were looked at.
    parts: u64,
}

impl<'a> Linter<'a> {
    fn new(pack: &'a CityPack, rules: &'a RuleSet) -> Self {
        let space = Space::new(pack, rules.rules());
        let regions = rules.rules().iter().map(|rule| space.region(&rule.when));
        Self {
            regions: regions.collect(),
            fates: vec![Fate::Lives; rules.rules().len()],
            findings: Vec::new(),
            parts: 0,
            space,
            rules,
        }
    }

    fn is_guarded(&self, rule: usize) -> bool {
        self.rules.rules()[rule].when.guard.is_some()
    }

    fn guarded(&self) -> impl Iterator<Item = usize> {
        (0..self.regions.len()).filter(|rule| self.is_guarded(*rule))
    }

    /// Whether a rule always takes what its condition says and decides something at all.
    fn is_solid(&self, rule: usize) -> bool {
        self.fates[rule] == Fate::Lives && !self.is_guarded(rule)
    }

    /// The rules before this one that surely take something of a region.
    fn solid_before(&self, rule: usize, region: &Region) -> Vec<usize> {
        let takes = |other: &usize| {
            self.is_solid(*other) && search::meets(&self.space, region, &self.regions[*other])
        };
        (0..rule).filter(takes).collect()
    }

    /// Looks for complaints of a region that is not empty in none of these rules.
    fn search(&mut self, region: Region, others: Vec<usize>) -> Cover {
        search::search(&self.space, region, others, &self.regions, &mut self.parts)
    }

    /// The complaints of a region within this rule's that reach the rule; `None` when there are none, or when that was not
    /// found out, which is said where the rule as a whole is looked at.
    fn reaching(&mut self, rule: usize, region: &Region) -> Option<Region> {
        let others = self.solid_before(rule, region);
        match self.search(region.clone(), others) {
            Cover::Open(free) => Some(free),
            Cover::Closed(_) | Cover::Undecided => None,
        }
    }

    /// A finding about a rule.
    fn find(&mut self, kind: FindingKind, rule: usize, message: String) -> &mut Finding {
        let line = self.rules.line(rule);
        let id = self.rules.rules()[rule].id.clone();
        self.say(Finding::new(kind, Some(id), message, line))
    }

    fn say(&mut self, finding: Finding) -> &mut Finding {
        let last = self.findings.len();
        self.findings.push(finding);
        &mut self.findings[last]
    }

    fn id(&self, rule: usize) -> &str {
        self.rules.rules()[rule].id.as_str()
    }
}
