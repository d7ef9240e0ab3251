//! Conditions made fast to test: everything that is known when the rules are read is computed then.

use std::collections::HashMap;
use std::sync::Arc;

use super::bits::Bits;
use super::condition::{Choice, Condition, Lead, PlaceChoice, Rule};
use super::keywords::{Keywords, KeywordsBuilder};
use crate::calendar::DailyHours;
use crate::city::{Areas, Taxonomy};
use crate::id::{AreaId, CategoryId, ClockClass, Skill};
use crate::vocabulary::{DayTag, Language};

/// Which values are allowed of something that may be unknown.
#[derive(Debug, Clone)]
pub(super) struct Allowed {
    values: Bits,
    unknown: bool,
}

impl Allowed {
    pub(super) fn holds(&self, value: Option<usize>) -> bool {
        value.map_or(self.unknown, |value| self.values.contains(value))
    }

    /// Allows what lies within `any_of` and not within `none_of`. `lineages` gives, for every value in the order
    /// of the ordinals, the value and those above it.
    fn of<'a, T: PartialEq + 'a>(
        choice: &Choice<T>,
        lineages: impl ExactSizeIterator<Item = Vec<&'a T>>,
    ) -> Option<Self> {
        if choice.is_empty() {
            return None;
        }
        let mut values = Bits::none(lineages.len());
        for (ordinal, lineage) in lineages.enumerate() {
            let within = |list: &[T]| list.iter().any(|wanted| lineage.contains(&wanted));
            let wanted = choice.any_of.is_empty() || within(&choice.any_of);
            if wanted && !within(&choice.none_of) {
                values.insert(ordinal);
            }
        }
        Some(Self {
            values,
            unknown: choice.any_of.is_empty(),
        })
    }
}

/// A rule's condition, compiled. `None` and full masks stand for what is not asked.
#[derive(Debug, Clone)]
pub(super) struct Tests {
    pub(super) category: Option<Allowed>,
    pub(super) place: Option<Allowed>,
    pub(super) kind: u16,
    pub(super) urgency: u16,
    pub(super) channel: u16,
    pub(super) line: u16,
    pub(super) reporter: u16,
    pub(super) day: Option<Choice<DayTag>>,
    pub(super) language: Option<Choice<Language>>,
    pub(super) hours: Option<DailyHours>,
    /// The keywords of which one must be there, and those of which none may.
    pub(super) keywords: Option<(Option<Bits>, Bits)>,
}

/// Everything that [`super::RuleSet::decide`] looks up.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) tests: Vec<Tests>,
    pub(super) keywords: Keywords,
    pub(super) areas: HashMap<AreaId, usize>,
    pub(super) categories: HashMap<CategoryId, CategoryDefaults>,
    pub(super) general: ClockClass,
    pub(super) no_skills: Arc<[Skill]>,
    pub(super) nobody: Arc<[Lead]>,
}

/// What a decision takes from the category where the rule leaves it open.
#[derive(Debug, Clone)]
pub(super) struct CategoryDefaults {
    pub(super) ordinal: usize,
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
        let mut words = KeywordsBuilder::default();
        for rule in rules {
            words.add(&rule.when.keywords);
        }
        let tests = rules
            .iter()
            .map(|rule| compile(&rule.when, areas, taxonomy, &words))
            .collect();
        let categories = taxonomy.iter().enumerate().map(|(ordinal, category)| {
            let (clock, skills) = (category.clock.clone(), Arc::clone(&category.skills));
            (
                category.id.clone(),
                CategoryDefaults {
                    ordinal,
                    clock,
                    skills,
                },
            )
        });
        Self {
            tests,
            keywords: words.build(),
            areas: areas
                .iter()
                .enumerate()
                .map(|(at, area)| (area.id.clone(), at))
                .collect(),
            categories: categories.collect(),
            general,
            no_skills: Arc::default(),
            nobody: Arc::default(),
        }
    }
}

fn compile(when: &Condition, areas: &Areas, taxonomy: &Taxonomy, words: &KeywordsBuilder) -> Tests {
    let lineages = taxonomy.iter().map(|category| {
        let up =
            |category: &&crate::city::Category| taxonomy.get(category.parent.as_ref()?.as_str());
        std::iter::successors(Some(category), up)
            .map(|category| &category.id)
            .collect()
    });
    Tests {
        category: Allowed::of(&when.category, lineages),
        place: compile_place(&when.place, areas),
        kind: mask(&when.kind, |value| value as u32),
        urgency: mask(&when.urgency, |value| value as u32),
        channel: mask(&when.channel, |value| value as u32),
        line: mask(&when.line, |value| value as u32),
        reporter: mask(&when.reporter, |value| value as u32),
        day: (!when.day.is_empty()).then(|| when.day.clone()),
        language: (!when.language.is_empty()).then(|| when.language.clone()),
        hours: when.hours,
        keywords: words.compile(&when.keywords),
    }
}

fn compile_place(place: &PlaceChoice, areas: &Areas) -> Option<Allowed> {
    let lineages = areas.iter().map(|area| {
        areas
            .lineage(area.id.as_str())
            .map(|area| &area.id)
            .collect()
    });
    let allowed = Allowed::of(&place.areas, lineages);
    let Some(known) = place.known else {
        return allowed;
    };
    let allowed = allowed.unwrap_or(Allowed {
        values: Bits::all(areas.iter().len()),
        unknown: true,
    });
    Some(Allowed {
        values: if known { allowed.values } else { Bits::none(0) },
        unknown: !known && allowed.unknown,
    })
}

/// The allowed values of a closed vocabulary, one bit each.
fn mask<T: Copy>(choice: &Choice<T>, number: impl Fn(T) -> u32) -> u16 {
    let bits = |list: &[T]| {
        list.iter()
            .fold(0, |bits, value| bits | 1_u16 << number(*value))
    };
    let wanted = if choice.any_of.is_empty() {
        u16::MAX
    } else {
        bits(&choice.any_of)
    };
    wanted & !bits(&choice.none_of)
}
