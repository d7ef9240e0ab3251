//! `knowledge.yaml`: what citizens ask, and what the city answers.

use std::sync::Arc;

use indexmap::IndexMap;
use jiff::civil::Date;

use super::{Names, Words};
use crate::id::{CategoryId, EntryId};

/// The fewest wordings of a question in a language: fewer are not found by people who say it otherwise.
pub const MIN_WORDINGS: usize = 3;

/// A question that citizens ask, and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnowledgeEntry {
    /// Its stable name.
    pub id: EntryId,
    /// What it is about.
    pub category: CategoryId,
    /// How people ask it; at least [`MIN_WORDINGS`] in each language of the answer.
    pub questions: Words,
    /// What to tell them.
    pub answer: Names,
    /// The official page on which the answer rests.
    pub source: KnowledgeSource,
    /// When somebody last compared the answer with what it rests on.
    pub checked: Date,
    /// The last day on which the answer holds; `None` when no end is known.
    pub valid_until: Option<Date>,
}

impl KnowledgeEntry {
    /// Whether the answer still holds on this day, the city's.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.valid_until.is_none_or(|last| day <= last)
    }
}

/// The page on which an answer rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnowledgeSource {
    /// Whose page it is.
    pub name: Arc<str>,
    /// Where it is: `https://…` or `http://…`.
    pub url: Arc<str>,
}

/// All entries. A pack without `knowledge.yaml` has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnowledgeBase {
    pub(super) by_id: IndexMap<EntryId, KnowledgeEntry>,
}

impl KnowledgeBase {
    /// The entry of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&KnowledgeEntry> {
        self.by_id.get(id)
    }

    /// The entry at this place of [`KnowledgeBase::iter`].
    #[must_use]
    pub fn at(&self, ordinal: usize) -> Option<&KnowledgeEntry> {
        self.by_id.get_index(ordinal).map(|(_, entry)| entry)
    }

    /// Every entry, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &KnowledgeEntry> {
        self.by_id.values()
    }
}
