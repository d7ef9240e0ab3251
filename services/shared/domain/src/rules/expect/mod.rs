//! Expected routes: what should become of which complaint, and what does.
//!
//! A pack's `rules.test.yaml` names complaints, each with its place and time, and what the rules should decide. The
//! services do not read it; it is for those who change rules.

mod reading;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use serde::Serialize;

use super::{Decision, Lead, RuleSet, Sample};
use crate::city::CityPack;
use crate::id::{ClockClass, RuleId, Skill, UnitId};
use crate::vocabulary::{Lane, Language};

/// The file of a pack's expected routes; it may be left out.
pub const RULE_TESTS_FILE: &str = "rules.test.yaml";

/// How a test names the decision that no rule made.
const BACKSTOP: &str = "backstop";

/// Expected routes, in the order of their file.
#[derive(Debug, Clone)]
pub struct RuleTests {
    cases: Vec<RuleTest>,
}

/// A complaint and what should become of it.
#[derive(Debug, Clone)]
pub struct RuleTest {
    /// Its name, which no other test of the file has.
    pub name: String,
    /// The line on which it begins, from 1.
    pub line: u32,
    /// The complaint.
    pub facts: Sample,
    /// What should be decided.
    pub expect: Expected,
}

/// What should be decided. What is `None` may be anything; at least one part is `Some`. The order within a list does
/// not matter.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// Which rule decides; `backstop` = none does.
    pub rule: Option<RuleId>,
    /// The unit that leads, found from the place where the rule says so.
    pub unit: Option<UnitId>,
    /// The lane.
    pub lane: Option<Lane>,
    /// The class of clocks.
    pub clock: Option<ClockClass>,
    /// The units that help.
    pub helpers: Option<Box<[UnitId]>>,
    /// The units that are told.
    pub inform: Option<Box<[UnitId]>>,
    /// What the team should be able to do.
    pub skills: Option<Box<[Skill]>>,
    /// The languages of which the team should speak one; the complaint's where the rule names none.
    pub languages: Option<Box<[Language]>>,
}

/// What became of all tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TestReport {
    /// How many decided as expected.
    pub passed: usize,
    /// How many did not.
    pub failed: usize,
    /// Each test, in the order of the file.
    pub cases: Vec<TestResult>,
    /// The rules that decided none of the tests, in the order of the rules.
    pub untested: Vec<RuleId>,
}

/// What became of one test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TestResult {
    /// The test's name.
    pub name: String,
    /// The line on which it begins, from 1.
    pub line: u32,
    /// Everything was as expected.
    pub passed: bool,
    /// The rule that decided; `None` = the backstop.
    pub rule: Option<RuleId>,
    /// What was not as expected.
    pub differences: Vec<Difference>,
}

/// One part of a decision that was not as expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which part: a field of [`Expected`].
    pub what: &'static str,
    /// What should have been decided; lists are sorted and have commas.
    pub expected: String,
    /// What was decided.
    pub found: String,
}

impl RuleTests {
    /// The tests, in order.
    #[must_use]
    pub fn cases(&self) -> &[RuleTest] {
        &self.cases
    }

    /// Decides every complaint under these rules and compares. `pack` must be the one that the tests were read with.
    #[must_use]
    pub fn run(&self, pack: &CityPack, rules: &RuleSet) -> TestReport {
        let cases: Vec<TestResult> = self
            .cases
            .iter()
            .map(|case| case.run(pack, rules))
            .collect();
        let passed = cases.iter().filter(|case| case.passed).count();
        let deciding: HashSet<&RuleId> =
            cases.iter().filter_map(|case| case.rule.as_ref()).collect();
        let ids = rules.rules().iter().map(|rule| &rule.id);
        let untested = ids.filter(|id| !deciding.contains(id)).cloned().collect();
        TestReport {
            passed,
            failed: cases.len() - passed,
            untested,
            cases,
        }
    }
}

impl RuleTest {
    fn run(&self, pack: &CityPack, rules: &RuleSet) -> TestResult {
        let decision = rules.decide(&self.facts.facts());
        let differences = self.differences(pack, rules, &decision);
        TestResult {
            name: self.name.clone(),
            line: self.line,
            passed: differences.is_empty(),
            rule: decision.rule,
            differences,
        }
    }

    fn differences(
        &self,
        pack: &CityPack,
        rules: &RuleSet,
        decision: &Decision,
    ) -> Vec<Difference> {
        let unit = |lead: &Lead| {
            let place = self.facts.place.as_ref();
            pack.resolve_unit(lead, place, rules.backstop())
                .unit
                .id
                .to_string()
        };
        let units = |leads: &[Lead]| list(leads.iter().map(unit));
        let rule = decision.rule.as_ref();
        let rule = rule.map_or_else(|| BACKSTOP.to_owned(), ToString::to_string);
        let languages = decision.languages.as_deref();
        let languages = languages.unwrap_or(std::slice::from_ref(&self.facts.language));
        let Expected {
            rule: wanted,
            unit: leads,
            lane,
            clock,
            helpers,
            inform,
            skills,
            languages: spoken,
        } = &self.expect;
        let compared = [
            ("rule", wanted.as_ref().map(ToString::to_string), rule),
            (
                "unit",
                leads.as_ref().map(ToString::to_string),
                unit(&decision.lead),
            ),
            (
                "lane",
                lane.as_ref().map(ToString::to_string),
                decision.lane.to_string(),
            ),
            (
                "clock",
                clock.as_ref().map(ToString::to_string),
                decision.clock.to_string(),
            ),
            (
                "helpers",
                helpers.as_deref().map(list),
                units(&decision.helpers),
            ),
            (
                "inform",
                inform.as_deref().map(list),
                units(&decision.inform),
            ),
            (
                "skills",
                skills.as_deref().map(list),
                list(decision.skills.iter()),
            ),
            ("languages", spoken.as_deref().map(list), list(languages)),
        ];
        let differ = |(what, expected, found): (&'static str, Option<String>, String)| {
            let expected = expected.filter(|expected| *expected != found)?;
            Some(Difference {
                what,
                expected,
                found,
            })
        };
        compared.into_iter().filter_map(differ).collect()
    }
}

/// The items without repeats, sorted; `none` when there are none.
fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let mut items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    items.sort();
    items.dedup();
    if items.is_empty() {
        return "none".to_owned();
    }
    items.join(", ")
}
