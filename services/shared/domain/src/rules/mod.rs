//! Routing rules: ordered, first match wins, every outcome explained.
//!
//! A rule is data: a structured [`Condition`] over what routing sees of a complaint ([`Facts`]) and an [`Outcome`].
//! A [`RuleSet`] is compiled when it is read: subtrees of categories and areas become bit sets, closed vocabularies
//! bit masks, all keywords one Aho-Corasick automaton. [`RuleSet::decide`] then is a short scan without
//! allocation unless a keyword has to be looked for.
//!
//! **Invariants**
//! - The same facts always give the same decision.
//! - Every complaint gets a decision: where no rule matches, the backstop's.
//! - [`RuleSet::explain`] tells exactly the rules that [`RuleSet::decide`] went through.

mod bits;
mod compile;
mod condition;
mod decide;
mod digest;
mod guard;
mod keywords;
mod lint;
pub(crate) mod reading;
pub mod replay;
mod sample;
#[cfg(test)]
mod tests;
pub mod workflow;

pub use condition::{
    Backstop, Choice, Condition, Dimension, Lead, Outcome, PlaceChoice, PlaceLevel, Rule,
};
pub use decide::{Considered, Decision, Facts, RuleSet};
pub use digest::{DigestError, RulesDigest};
pub use guard::{GUARD_VARIABLES, Guard, GuardError, MAX_GUARD_CHARS};
pub use lint::{Finding, FindingKind, LintProofs, LintReport, Severity, lint};
pub use sample::{SAMPLE_FIELDS, Sample};
