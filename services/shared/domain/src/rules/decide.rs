//! The decision: the first rule that matches, else the backstop.

use std::sync::Arc;

use super::compile::Compiled;
use super::condition::{Backstop, Lead, Outcome, Rule};
use super::digest::RulesDigest;
use super::seen::Seen;
use crate::calendar::Moment;
use crate::city::{Areas, Taxonomy};
use crate::id::{AreaId, CategoryId, ClockClass, RuleId, Skill};
use crate::vocabulary::{Channel, Kind, Lane, Language, Line, ReporterType, Urgency};

/// What routing sees of a complaint.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// What it is about; `None` when that is not known. A category that the pack lacks counts as not known.
    pub category: Option<&'a CategoryId>,
    /// The smallest area that it is known to lie in; `None` when no place is known. An area that the pack lacks
    /// counts as not known.
    pub area: Option<&'a AreaId>,
    /// What the citizen wants.
    pub kind: Kind,
    /// How pressing it is.
    pub urgency: Urgency,
    /// The way it came in.
    pub channel: Channel,
    /// Which hotline was called.
    pub line: Line,
    /// Who asks.
    pub reporter: ReporterType,
    /// Its language.
    pub language: Language,
    /// Day and time in the city: [`crate::calendar::Calendar::moment`] of when it was accepted.
    pub moment: Moment,
    /// Its text, lower-cased with [`str::to_lowercase`].
    pub text: &'a str,
}

/// Whose a complaint is, and how it is to be handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The rule that decided; `None` = no rule matched and the backstop holds.
    pub rule: Option<RuleId>,
    /// Who leads; [`crate::city::CityPack::resolve_unit`] finds the unit.
    pub lead: Lead,
    /// The lane of the team's queue.
    pub lane: Lane,
    /// The class of clocks.
    pub clock: ClockClass,
    /// What the team should be able to do.
    pub skills: Arc<[Skill]>,
    /// The languages of which the team should speak one; `None` = the complaint's.
    pub languages: Option<Arc<[Language]>>,
    /// Who helps.
    pub helpers: Arc<[Lead]>,
    /// Who is told.
    pub inform: Arc<[Lead]>,
}

/// A city's rules in order, compiled.
#[derive(Debug, Clone)]
pub struct RuleSet {
    rules: Vec<Rule>,
    backstop: Backstop,
    compiled: Compiled,
    source: Source,
}

/// Where a rule set was read from.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// Its canonical text; empty when it was not read from any.
    pub(super) text: Arc<str>,
    pub(super) digest: RulesDigest,
    /// The line on which each rule begins, from 1.
    pub(super) lines: Box<[u32]>,
}

impl Source {
    pub(super) fn of(text: &str, lines: Vec<u32>) -> Self {
        Self {
            text: text.into(),
            digest: RulesDigest::of(text),
            lines: lines.into(),
        }
    }
}

impl RuleSet {
    /// Compiles rules. They must have been checked against the same areas and categories; `general` is the class
    /// of clocks of a complaint without a category.
    #[must_use]
    pub fn new(
        rules: Vec<Rule>,
        backstop: Backstop,
        areas: &Areas,
        taxonomy: &Taxonomy,
        general: ClockClass,
    ) -> Self {
        let compiled = Compiled::new(&rules, areas, taxonomy, general);
        Self {
            rules,
            backstop,
            compiled,
            source: Source::of("", Vec::new()),
        }
    }

    pub(super) fn with_source(mut self, source: Source) -> Self {
        self.source = source;
        self
    }

    /// The canonical text that it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.source.text
    }

    /// The name of the rule set: the SHA-256 of [`RuleSet::text`].
    #[must_use]
    pub fn digest(&self) -> &RulesDigest {
        &self.source.digest
    }

    /// The line of the text as it was given on which this rule begins, from 1; 0 for one that was not read.
    #[must_use]
    pub fn line(&self, index: usize) -> u32 {
        self.source.lines.get(index).copied().unwrap_or(0)
    }

    /// The rules, in order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What holds when no rule matches.
    #[must_use]
    pub fn backstop(&self) -> &Backstop {
        &self.backstop
    }

    /// The rule of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id.as_str() == id)
    }

    pub(super) fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    /// Decides: the first rule whose condition holds, else the backstop.
    #[must_use]
    pub fn decide(&self, facts: &Facts<'_>) -> Decision {
        let seen = Seen::new(facts, &self.compiled);
        let rule = seen.first(&self.rules).map(|index| &self.rules[index]);
        self.decision(rule, &seen)
    }

    /// The place in the order of the rule that [`RuleSet::decide`] takes, from 0; `None` = the backstop's. Cheaper
    /// where the outcome is not needed.
    #[must_use]
    pub fn winner(&self, facts: &Facts<'_>) -> Option<usize> {
        Seen::new(facts, &self.compiled).first(&self.rules)
    }

    fn decision(&self, rule: Option<&Rule>, seen: &Seen<'_>) -> Decision {
        let defaults = self.compiled.defaults_of(seen.category);
        let outcome: Option<&Outcome> = rule.map(|rule| &rule.then);
        let lead = outcome.map_or(&self.backstop.lead, |outcome| &outcome.lead);
        let clock = outcome.and_then(|outcome| outcome.clock.as_ref());
        let skills = outcome.and_then(|outcome| outcome.skills.as_ref());
        let nobody = &self.compiled.nobody;
        Decision {
            rule: rule.map(|rule| rule.id.clone()),
            lead: lead.clone(),
            lane: outcome
                .and_then(|outcome| outcome.lane)
                .unwrap_or(seen.facts.urgency),
            clock: clock.unwrap_or(&defaults.clock).clone(),
            skills: Arc::clone(skills.unwrap_or(&defaults.skills)),
            languages: outcome.and_then(|outcome| outcome.languages.clone()),
            helpers: Arc::clone(outcome.map_or(nobody, |outcome| &outcome.helpers)),
            inform: Arc::clone(outcome.map_or(nobody, |outcome| &outcome.inform)),
        }
    }
}
