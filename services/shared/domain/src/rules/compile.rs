//! Rules made fast to decide by: everything that is known when they are read is computed then.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::bits::Bits;
use super::condition::{Lead, Rule};
use super::index::{Index, Subtrees, named_languages};
use super::keywords::{Keywords, KeywordsBuilder, RuleWords};
use crate::city::{Areas, Taxonomy};
use crate::id::{AreaId, CategoryId, ClockClass, Skill};
use crate::vocabulary::Language;

/// Ids and their numbers. Only a city pack adds ids, so nobody can choose ones that collide.
pub(super) type Ids<T> = HashMap<T, u32, FixedState>;

/// Numbers ids in their order.
pub(super) fn ids<'a, T: Clone + Eq + Hash + 'a>(all: impl Iterator<Item = &'a T>) -> Ids<T> {
    all.cloned().zip(0..).collect()
}

/// The number of an id that may be missing or unknown.
pub(super) fn number<T: Eq + Hash + Borrow<str>>(ids: &Ids<T>, id: Option<&str>) -> Option<usize> {
    Some(*ids.get(id?)? as usize)
}

/// Everything that [`super::RuleSet::decide`] looks up.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) index: Index,
    pub(super) categories: Ids<CategoryId>,
    pub(super) areas: Ids<AreaId>,
    /// The languages that some rule names, in order.
    pub(super) languages: Box<[Language]>,
    pub(super) keywords: Keywords,
    /// What each rule asks of words; `None` = nothing.
    pub(super) words: Box<[Option<RuleWords>]>,
    /// The rules that ask for more than the index can tell.
    pub(super) asks_more: Bits,
    /// By the number of the category.
    pub(super) defaults: Box<[CategoryDefaults]>,
    /// What holds for a complaint without a category.
    pub(super) general: CategoryDefaults,
    pub(super) nobody: Arc<[Lead]>,
}

/// What a decision takes from the category where the rule leaves it open.
#[derive(Debug, Clone)]
pub(super) struct CategoryDefaults {
    pub(super) clock: ClockClass,
    pub(super) skills: Arc<[Skill]>,
}

impl Compiled {
    /// Compiles rules against the places and categories of a city. `general` is the class of clocks of a
    /// complaint without a category.
    pub(super) fn new(
        rules: &[Rule],
        areas: &Areas,
        taxonomy: &Taxonomy,
        general: ClockClass,
    ) -> Self {
        let mut builder = KeywordsBuilder::default();
        rules
            .iter()
            .for_each(|rule| builder.add(&rule.when.keywords));
        let words = rules
            .iter()
            .map(|rule| builder.compile(&rule.when.keywords));
        let words: Box<[Option<RuleWords>]> = words.collect();
        let mut asks_more = Bits::none(rules.len());
        for (at, rule) in rules.iter().enumerate() {
            if words[at].is_some() || rule.when.guard.is_some() {
                asks_more.insert(at);
            }
        }
        let defaults = taxonomy.iter().map(|category| CategoryDefaults {
            clock: category.clock.clone(),
            skills: Arc::clone(&category.skills),
        });
        let languages = named_languages(rules);
        let (categories, areas) = (Subtrees::of_categories(taxonomy), Subtrees::of_areas(areas));
        Self {
            index: Index::new(rules, &categories, &areas, &languages),
            categories: categories.numbers,
            areas: areas.numbers,
            languages,
            keywords: builder.build(),
            words,
            asks_more,
            defaults: defaults.collect(),
            general: CategoryDefaults {
                clock: general,
                skills: Arc::default(),
            },
            nobody: Arc::default(),
        }
    }

    /// What holds for complaints of this category.
    pub(super) fn defaults_of(&self, category: Option<usize>) -> &CategoryDefaults {
        category.map_or(&self.general, |number| &self.defaults[number])
    }
}
