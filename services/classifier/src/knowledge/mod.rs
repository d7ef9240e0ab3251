//! The knowledge base: the city pack's answers, and which of them answer an inquiry.
//!
//! ```text
//! text ─▶ terms ─▶ shelf of its language: tantivy (BM25) ─▶ candidates ─▶ score: how much of either was said ─▶ hits
//! ```
//!
//! BM25 ranks the entries of one question against each other, but its figures mean nothing from one question to the
//! next, and somebody must decide whether to answer at all. So the few entries that BM25 puts first are scored again:
//! which part of the inquiry they know, which part of one of their wordings was said, and how far the next best is
//! behind. That score is between 0 and 1 and is compared with the pack's `answer_from`.
//!
//! **Invariants**
//! - A search never fails: where the index cannot answer there are no hits, and a person decides as before.
//! - The index is in memory and never changes; many threads search it at once.
//! - No text of an inquiry is kept or logged.

pub(crate) mod api;
mod score;
mod shelf;
mod terms;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::civil::Date;
use swiftline_domain::city::{CityPack, KnowledgeBase, KnowledgeEntry};
use swiftline_domain::id::EntryId;
use swiftline_domain::vocabulary::Language;

use shelf::Shelf;

/// How many hits are shown where nobody says how many.
pub const BEST: usize = 3;
/// How many hits a search gives at most.
pub const MOST: usize = 10;

/// Why there is no index.
#[derive(Debug, thiserror::Error)]
#[error("the knowledge base cannot be indexed: {0}")]
pub struct KnowledgeError(#[from] tantivy::TantivyError);

/// An entry that may answer an inquiry.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Which entry.
    pub entry: EntryId,
    /// The language in which it was found.
    pub language: Language,
    /// The wording of its question that is most like the inquiry.
    pub question: Arc<str>,
    /// How surely it answers the inquiry: 0 to 1, comparable over inquiries.
    pub score: f32,
}

/// A city's answers, ready to be searched.
pub struct Knowledge {
    base: KnowledgeBase,
    answer_from: Option<f32>,
    shelves: Box<[Shelf]>,
}

impl std::fmt::Debug for Knowledge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Knowledge")
            .field("entries", &self.base.iter().len())
            .field("answer_from", &self.answer_from)
            .finish_non_exhaustive()
    }
}

impl Knowledge {
    /// Indexes the answers of a city; some ten milliseconds.
    ///
    /// # Errors
    /// When the index cannot be made, for want of memory or threads.
    pub fn new(pack: &CityPack) -> Result<Self, KnowledgeError> {
        let mut languages: Vec<Language> = Vec::new();
        for (language, _) in pack.knowledge.iter().flat_map(|entry| entry.answer.iter()) {
            if !languages.contains(&language) {
                languages.push(language);
            }
        }
        let shelves = languages
            .into_iter()
            .map(|language| Shelf::new(pack, language))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            base: pack.knowledge.clone(),
            answer_from: pack.city.answer_from.map(|share| share as f32),
            shelves,
        })
    }

    /// The entries that may answer a text, best first, at most `limit` and [`MOST`]. A text in a language without
    /// entries, or undetermined, is compared with all.
    #[must_use]
    pub fn search(&self, text: &str, language: Language, limit: usize) -> Vec<Hit> {
        let own = self
            .shelves
            .iter()
            .position(|shelf| shelf.language() == language);
        let shelves = match own {
            Some(index) => &self.shelves[index..=index],
            None => &self.shelves[..],
        };
        let mut hits: Vec<Hit> = shelves
            .iter()
            .flat_map(|shelf| shelf.search(text, &self.base))
            .collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        // Found in two languages, an entry counts where it was found more surely.
        let mut seen = std::collections::HashSet::new();
        hits.retain(|hit| seen.insert(hit.entry.clone()));
        hits.truncate(limit.min(MOST));
        hits
    }

    /// From this score on an answer is given without a person; `None`: never.
    #[must_use]
    pub fn answer_from(&self) -> Option<f32> {
        self.answer_from
    }

    /// Whether this hit may be given as the answer on this day, the city's, without a person: it is sure enough and its
    /// entry still holds.
    #[must_use]
    pub fn answers(&self, hit: &Hit, day: Date) -> bool {
        self.answer_from.is_some_and(|least| hit.score >= least)
            && self
                .entry(hit.entry.as_str())
                .is_some_and(|entry| entry.holds_on(day))
    }

    /// The entry of this id.
    #[must_use]
    pub fn entry(&self, id: &str) -> Option<&KnowledgeEntry> {
        self.base.get(id)
    }
}
