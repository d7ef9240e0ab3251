//! The decision: the first rule that matches, else the backstop.

use std::cell::OnceCell;
use std::sync::Arc;

use super::bits::Bits;
use super::compile::{Compiled, Tests};
use super::condition::{Backstop, Choice, Dimension, Lead, Outcome, Rule};
use super::digest::RulesDigest;
use super::guard::Guard;
use crate::calendar::Moment;
use crate::city::{Areas, Taxonomy};
use crate::id::{AreaId, CategoryId, ClockClass, RuleId, Skill};
use crate::vocabulary::{Channel, DayTag, Kind, Lane, Language, Line, ReporterType, Urgency};

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

/// A rule that was looked at on the way to a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Considered {
    /// The rule.
    pub rule: RuleId,
    /// The first dimension that did not hold; `None` = the rule matched and decided.
    pub failed: Option<Dimension>,
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

    /// Decides: the first rule whose condition holds, else the backstop.
    #[must_use]
    pub fn decide(&self, facts: &Facts<'_>) -> Decision {
        let seen = Seen::new(facts, &self.compiled);
        let winner = self
            .compiled
            .tests
            .iter()
            .zip(&self.rules)
            .position(|(tests, rule)| seen.first_failed(tests, rule.when.guard.as_ref()).is_none());
        let rule = winner.map(|index| &self.rules[index]);
        self.decision(rule, facts)
    }

    /// Tells which rules [`RuleSet::decide`] looks at for these facts, up to and including the one that decides.
    #[must_use]
    pub fn explain(&self, facts: &Facts<'_>) -> Vec<Considered> {
        let seen = Seen::new(facts, &self.compiled);
        let mut considered = Vec::new();
        for (rule, tests) in self.rules.iter().zip(&self.compiled.tests) {
            let failed = seen.first_failed(tests, rule.when.guard.as_ref());
            considered.push(Considered {
                rule: rule.id.clone(),
                failed,
            });
            if failed.is_none() {
                break;
            }
        }
        considered
    }

    fn decision(&self, rule: Option<&Rule>, facts: &Facts<'_>) -> Decision {
        let category = facts
            .category
            .and_then(|category| self.compiled.categories.get(category.as_str()));
        let lead = rule.map_or(&self.backstop.lead, |rule| &rule.then.lead);
        let outcome: Option<&Outcome> = rule.map(|rule| &rule.then);
        let clock = outcome
            .and_then(|outcome| outcome.clock.as_ref())
            .or(category.map(|category| &category.clock))
            .unwrap_or(&self.compiled.general);
        let skills = outcome
            .and_then(|outcome| outcome.skills.as_ref())
            .or(category.map(|category| &category.skills))
            .unwrap_or(&self.compiled.no_skills);
        let nobody = &self.compiled.nobody;
        Decision {
            rule: rule.map(|rule| rule.id.clone()),
            lead: lead.clone(),
            lane: outcome
                .and_then(|outcome| outcome.lane)
                .unwrap_or(facts.urgency),
            clock: clock.clone(),
            skills: Arc::clone(skills),
            languages: outcome.and_then(|outcome| outcome.languages.clone()),
            helpers: outcome.map_or_else(
                || Arc::clone(nobody),
                |outcome| Arc::clone(&outcome.helpers),
            ),
            inform: outcome
                .map_or_else(|| Arc::clone(nobody), |outcome| Arc::clone(&outcome.inform)),
        }
    }
}

fn day_allows(day: &Choice<DayTag>, moment: Moment) -> bool {
    let is = |tag: &DayTag| moment.is(*tag);
    (day.any_of.is_empty() || day.any_of.iter().any(is)) && !day.none_of.iter().any(is)
}

/// Facts with their ordinals looked up once.
struct Seen<'a> {
    facts: &'a Facts<'a>,
    category: Option<usize>,
    area: Option<usize>,
    compiled: &'a Compiled,
    /// Filled by the first rule that asks for a word: most texts meet none.
    words: OnceCell<Bits>,
}

impl<'a> Seen<'a> {
    fn new(facts: &'a Facts<'a>, compiled: &'a Compiled) -> Self {
        let category = facts
            .category
            .and_then(|id| compiled.categories.get(id.as_str()));
        let area = facts.area.and_then(|id| compiled.areas.get(id.as_str()));
        Self {
            facts,
            category: category.map(|category| category.ordinal),
            area: area.copied(),
            compiled,
            words: OnceCell::new(),
        }
    }

    /// The first dimension that does not hold. The dear ones, hours and keywords, are asked last.
    fn first_failed(&self, tests: &Tests, guard: Option<&Guard>) -> Option<Dimension> {
        let Facts {
            kind,
            urgency,
            channel,
            line,
            reporter,
            moment,
            language,
            ..
        } = *self.facts;
        let among = |mask: u16, number: u32| mask >> number & 1 == 1;
        let holds = |allowed: &Option<super::compile::Allowed>, value| {
            allowed.as_ref().is_none_or(|allowed| allowed.holds(value))
        };
        if !holds(&tests.category, self.category) {
            Some(Dimension::Category)
        } else if !holds(&tests.place, self.area) {
            Some(Dimension::Place)
        } else if !among(tests.kind, kind as u32) {
            Some(Dimension::Kind)
        } else if !among(tests.urgency, urgency as u32) {
            Some(Dimension::Urgency)
        } else if !among(tests.channel, channel as u32) {
            Some(Dimension::Channel)
        } else if !among(tests.line, line as u32) {
            Some(Dimension::Line)
        } else if !tests
            .language
            .as_ref()
            .is_none_or(|choice| choice.allows(&language))
        {
            Some(Dimension::Language)
        } else if !among(tests.reporter, reporter as u32) {
            Some(Dimension::Reporter)
        } else if !tests.day.as_ref().is_none_or(|day| day_allows(day, moment)) {
            Some(Dimension::Day)
        } else if !tests.hours.is_none_or(|hours| hours.contains(moment.time)) {
            Some(Dimension::Hours)
        } else if !self.words_hold(tests) {
            Some(Dimension::Keywords)
        } else if !guard.is_none_or(|guard| guard.holds(self.facts) == Ok(true)) {
            Some(Dimension::Guard)
        } else {
            None
        }
    }

    fn words_hold(&self, tests: &Tests) -> bool {
        let Some((wanted, unwanted)) = &tests.keywords else {
            return true;
        };
        let found = self
            .words
            .get_or_init(|| self.compiled.keywords.found_in(self.facts.text));
        wanted.as_ref().is_none_or(|wanted| wanted.meets(found)) && !unwanted.meets(found)
    }
}
