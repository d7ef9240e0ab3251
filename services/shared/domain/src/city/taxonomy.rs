//! `taxonomy.yaml`: what complaints can be about, and the words that tell it.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::{Names, Words};
use crate::id::{CategoryId, ClockClass, Skill};
use crate::vocabulary::{Kind, Urgency};

/// A category, with what it inherits already filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its dotted id: `housing.heat` is under `housing`.
    pub id: CategoryId,
    /// The category above it; `None` at the top.
    pub parent: Option<CategoryId>,
    /// Its name.
    pub name: Names,
    /// How pressing such complaints are; its own, else its parent's, else normal.
    pub urgency: Urgency,
    /// Which clocks such complaints run on; its own, else its parent's, else `general`.
    pub clock: ClockClass,
    /// What the team should be able to do; its own, else its parent's, else nothing.
    pub skills: Arc<[Skill]>,
    /// The groups of departments, by the labels of a trained model, that such complaints are of; its own, else its
    /// parent's. Empty: the model has no group for them, and its judgement says nothing about them.
    pub groups: Arc<[Arc<str>]>,
    /// Complaint types of another system that mean this category, as written in the pack.
    pub source_types: Box<[Arc<str>]>,
    /// The words that tell this category.
    pub keywords: Words,
}

/// All categories, and the words that tell kind and urgency.
#[derive(Debug, Clone, Default)]
pub struct Taxonomy {
    pub(super) by_id: IndexMap<CategoryId, Category>,
    pub(super) by_source_type: HashMap<String, CategoryId>,
    pub(super) kinds: Box<[(Kind, Words)]>,
    pub(super) urgencies: Box<[(Urgency, Words)]>,
}

impl Taxonomy {
    /// The category of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Category> {
        self.by_id.get(id)
    }

    /// Every category, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Category> {
        self.by_id.values()
    }

    /// The category that another system's complaint type means, in any case of letters.
    #[must_use]
    pub fn of_source_type(&self, complaint_type: &str) -> Option<&Category> {
        self.by_source_type
            .get(complaint_type)
            .or_else(|| {
                self.by_source_type
                    .get(&complaint_type.trim().to_lowercase())
            })
            .and_then(|id| self.get(id.as_str()))
    }

    /// The words that tell a kind.
    #[must_use]
    pub fn kinds(&self) -> &[(Kind, Words)] {
        &self.kinds
    }

    /// The words that raise the urgency, whatever the category.
    #[must_use]
    pub fn urgencies(&self) -> &[(Urgency, Words)] {
        &self.urgencies
    }

    /// The category's place in [`Taxonomy::iter`], for dense tables.
    #[must_use]
    pub fn ordinal(&self, id: &str) -> Option<usize> {
        self.by_id.get_index_of(id)
    }
}
