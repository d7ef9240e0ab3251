//! A complaint as the compiled rules see it: every value a number.

use std::cell::OnceCell;

use super::bits::Bits;
use super::compile::{Compiled, number};
use super::condition::{Dimension, Rule};
use super::decide::Facts;
use super::index::{Selected, day_number};
use crate::id::{AreaId, CategoryId};

/// Facts with their numbers looked up once.
pub(super) struct Seen<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) category: Option<usize>,
    pub(super) area: Option<usize>,
    compiled: &'a Compiled,
    selected: Selected,
    /// Filled by the first rule that asks for a word and is possible otherwise: most texts meet none.
    words: OnceCell<Bits>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(facts: &'a Facts<'a>, compiled: &'a Compiled) -> Self {
        let category = facts.category.map(CategoryId::as_str);
        let category = number(&compiled.categories, category);
        let area = number(&compiled.areas, facts.area.map(AreaId::as_str));
        let selected = compiled.index.select(|dimension| match dimension {
            Dimension::Category => category.unwrap_or(usize::MAX),
            Dimension::Place => area.unwrap_or(usize::MAX),
            Dimension::Kind => facts.kind as usize,
            Dimension::Urgency => facts.urgency as usize,
            Dimension::Channel => facts.channel as usize,
            Dimension::Line => facts.line as usize,
            Dimension::Language => {
                let named = compiled.languages.binary_search(&facts.language);
                named.unwrap_or(usize::MAX)
            }
            Dimension::Reporter => facts.reporter as usize,
            Dimension::Day => day_number(facts.moment),
            Dimension::Hours => facts.moment.minute().into(),
            // Neither is indexed.
            Dimension::Keywords | Dimension::Guard => usize::MAX,
        });
        Self {
            facts,
            category,
            area,
            compiled,
            selected,
            words: OnceCell::new(),
        }
    }

    /// The first of these rules, which are those compiled, that matches.
    pub(super) fn first(&self, rules: &[Rule]) -> Option<usize> {
        let compiled = self.compiled;
        compiled.index.first(&self.selected, |rule| {
            !compiled.asks_more.contains(rule)
                || (self.words_hold(rule) && self.guard_holds(&rules[rule]) == Ok(true))
        })
    }

    /// The dimensions of a rule that do not hold, the guard left out.
    pub(super) fn failed(&self, rule: usize) -> impl Iterator<Item = Dimension> {
        let words = (!self.words_hold(rule)).then_some(Dimension::Keywords);
        let indexed = self.compiled.index.failed(&self.selected, rule);
        indexed.chain(words)
    }

    /// Whether a rule's guard holds; true for one without.
    pub(super) fn guard_holds(&self, rule: &Rule) -> Result<bool, String> {
        let guard = rule.when.guard.as_ref();
        guard.map_or(Ok(true), |guard| guard.holds(self.facts))
    }

    fn words_hold(&self, rule: usize) -> bool {
        self.words_failed(rule) == (false, false)
    }

    /// Whether the text has none of the words that a rule wants, and whether it has one that the rule rules out.
    pub(super) fn words_failed(&self, rule: usize) -> (bool, bool) {
        let words = self.compiled.words[rule].as_ref();
        words.map_or((false, false), |words| {
            (
                words.misses_wanted(self.found()),
                words.has_unwanted(self.found()),
            )
        })
    }

    fn found(&self) -> &Bits {
        self.words
            .get_or_init(|| self.compiled.keywords.found_in(self.facts.text))
    }
}
