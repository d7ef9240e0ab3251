//! Routing rules: ordered, first match wins, every outcome explained.
//!
//! A rule is data: a structured [`Condition`] over what routing sees of a complaint ([`Facts`]) and an [`Outcome`].
//! A [`RuleSet`] is compiled when it is read: every value of every dimension becomes a row with one bit a rule, all
//! keywords one Aho-Corasick automaton. [`RuleSet::decide`] ANDs the rows of a complaint's values until a rule is left,
//! and asks it for its words and its guard if it has any.
//!
//! **Invariants**
//! - The same facts always give the same decision.
//! - Every complaint gets a decision: where no rule matches, the backstop's.
//! - [`RuleSet::explain`] names the winner of [`RuleSet::decide`], and with each loser everything that kept it from winning.

mod bits;
mod compile;
mod condition;
mod decide;
mod digest;
mod expect;
mod explain;
mod format;
mod guard;
mod index;
mod keywords;
mod lint;
pub(crate) mod reading;
pub mod replay;
mod sample;
mod schema;
mod seen;
pub mod suggest;
#[cfg(test)]
mod tests;
pub mod workflow;

pub use condition::{
    Backstop, Choice, Condition, Dimension, Lead, Outcome, PlaceChoice, PlaceLevel, Rule,
};
pub use decide::{Decision, Facts, RuleSet};
pub use digest::{DigestError, RulesDigest};
pub use expect::{
    Difference, Expected, RULE_TESTS_FILE, RuleTest, RuleTests, TestReport, TestResult,
};
pub use explain::{Explanation, Failure, Near};
pub use format::{FORMAT_COLUMNS, format};
pub use guard::{GUARD_FUNCTIONS, GUARD_VARIABLES, Guard, GuardError, MAX_GUARD_CHARS};
pub use lint::{Finding, FindingKind, LintProofs, LintReport, Severity, lint};
pub use sample::{SAMPLE_FIELDS, Sample};
pub use schema::{schema, test_schema};
